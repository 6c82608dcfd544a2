# arrow-integration: Apache Arrow's programs that test the implementations of Flight against each other, in Go.
# Version 18.8.0, from the Go module proxy: github.com/apache/arrow-go/v18.
#
# Each process of the server plays one scenario of 14, and each run of the client checks one. The test starts both, so this
# engine has no conformance table. The server listens on all addresses and has no option for its host, so everything runs in a
# network namespace that contains only the loopback interface.
engine_name=arrow-integration
engine_about="Apache Arrow's integration scenarios for Flight and Flight SQL, from arrow-go 18.8.0"
engine_weight=light

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

engine_install() {
    local module=github.com/apache/arrow-go/v18 version=v18.8.0 program
    command -v unshare >/dev/null || { skip "unshare is missing" || return; }
    command -v ip >/dev/null || { skip "ip is missing" || return; }
    isolated true 2>"$1/unshare.log" ||
        { skip "unshare cannot create a network: $(tail -n 1 "$1/unshare.log")" || return; }
    once "$1" "$version" && return 0
    command -v go >/dev/null || { skip "go is missing" || return; }
    for program in server client; do
        GOBIN=$(cd "$1" && pwd)/bin go install \
            "$module/arrow/internal/flight_integration/cmd/arrow-flight-integration-$program@$version" \
            >"$1/install.log" 2>&1 ||
            { skip "go cannot install $module $version: $(tail -n 1 "$1/install.log")" || return; }
    done
    touch "$1/installed-$version"
}

# isolated COMMAND...: runs a command in a network of its own.
isolated() { unshare -rn sh -c 'ip link set lo up && exec "$@"' sh "$@"; }

# The build may need the network, the test has none.
engine_test() {
    local bin
    bin=$(cd "$1" && pwd)/bin
    shift
    "$@" --no-run && FLIGHTSQL_ARROW_INTEGRATION_BIN=$bin isolated "$@" --offline
}
