# xtdb: XTDB 2, a bitemporal SQL database with transactions. Version 2.1.0 of com.xtdb:xtdb-core and xtdb-flight-sql.
#
# Registry: Maven Central. It has never been started by this script: where this was written, Maven found no 2.x there
# (xtdb-core ended at 1.24.5, which has no Flight SQL). Where Maven does find it, the start has to be written first; as
# Arrow's Java library is in it, that has to pass
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
    skip "Maven has it, but its start is not written yet"
}

engine_start() { skip "cannot be installed"; }
