# xtdb: XTDB 2, a bitemporal SQL database with transactions. Version 2.1.0 of com.xtdb:xtdb-core and xtdb-flight-sql.
#
# Registry: Maven Central. This script has never started the server: Maven found no version 2.x (the last xtdb-core was 1.24.5,
# which has no Flight SQL). If Maven finds the version, write the start first. The server contains Arrow's Java library, so the
# start must pass
#   --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true
engine_name=xtdb
engine_about="XTDB 2.1.0: transactions, cookies, many rows in one bind"
engine_weight=heavy
engine_wait=90

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

engine_install() {
    local artifact
    mkdir -p "$1"
    command -v mvn >/dev/null || { skip "mvn is missing" || return; }
    for artifact in com.xtdb:xtdb-core:2.1.0 com.xtdb:xtdb-flight-sql:2.1.0; do
        mvn --batch-mode --no-transfer-progress --update-snapshots \
            dependency:get -Dartifact="$artifact" -Dtransitive=false >"$1/install.log" 2>&1 ||
            { skip "$(grep -m 1 ERROR "$1/install.log" || echo "Maven cannot get $artifact")" || return; }
    done
    skip "Maven has the version, but the start is not implemented"
}

engine_start() { skip "cannot be installed"; }
