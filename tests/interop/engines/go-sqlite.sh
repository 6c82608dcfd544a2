# go-sqlite: Apache Arrow Go's example server over an in-memory SQLite, with its own tables (intTable, foreignTable).
# Version 18.8.0, from the Go module proxy: github.com/apache/arrow-go/v18.
#
# Limitations of the server: it crashes if a result has a column declared BIGINT, SMALLINT, BOOLEAN, NUMERIC, DECIMAL, CHAR(n),
# TIME, TIMESTAMP, DATETIME or VARBINARY, and cannot read TINYINT. INTEGER, REAL, TEXT, VARCHAR(n), BLOB and DATE work.
# A table that an open transaction has written blocks all other clients.
engine_name=go-sqlite
engine_about="SQLite in memory behind arrow-go 18.8.0's example server: transactions, binds by position, keys"
engine_weight=light
engine_wait=10

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

engine_install() {
    local module=github.com/apache/arrow-go/v18 version=v18.8.0
    once "$1" "$version" && return 0
    command -v go >/dev/null || { skip "go is missing" || return; }
    GOBIN=$(cd "$1" && pwd)/bin \
        go install "$module/arrow/flight/flightsql/example/cmd/sqlite_flightsql_server@$version" \
        >"$1/install.log" 2>&1 ||
        { skip "go cannot install $module $version: $(tail -n 1 "$1/install.log")" || return; }
    touch "$1/installed-$version"
}

engine_start() { exec "$1/bin/sqlite_flightsql_server" -host 127.0.0.1 -port "$2"; }
