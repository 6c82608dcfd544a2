# adbc-testserver: the test server of ADBC's Flight SQL driver. It has no SQL: every query returns `ints` = 5. Some prepared
# statements have special effects: they fail at each RPC, poll, never end, or return the headers that the server received.
# Version 1.12.0, from the Go module proxy: github.com/apache/arrow-adbc/go/adbc.
engine_name=adbc-testserver
engine_about="ADBC 1.12.0's test server: errors at every RPC, polling, new handles, recorded headers"
engine_weight=light
engine_wait=10

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

# Use a separate go.mod: `go install PACKAGE@VERSION` requests the list of all versions, which proxies may reject.
engine_install() {
    local module=github.com/apache/arrow-adbc/go/adbc version=v1.12.0 bin
    once "$1" "$version" && return 0
    command -v go >/dev/null || { skip "go is missing" || return; }
    mkdir -p "$1/build"
    printf 'module testserver\n\ngo 1.25.0\n\nrequire %s %s\n' "$module" "$version" >"$1/build/go.mod"
    bin=$(cd "$1" && pwd)/bin
    (cd "$1/build" && GOBIN=$bin GOFLAGS=-mod=mod go install "$module/driver/flightsql/cmd/testserver") \
        >"$1/install.log" 2>&1 ||
        { skip "go cannot install $module $version: $(tail -n 1 "$1/install.log")" || return; }
    touch "$1/installed-$version"
}

engine_start() { exec "$1/bin/testserver" -host 127.0.0.1 -port "$2"; }
