# deephaven: Deephaven's real-time engine with Calcite's SQL, read-only, here with people.csv as the table `people`.
# Version 42.7, from PyPI: deephaven-server. It needs Java 17 or newer, from JAVA_HOME or PATH.
#
# The script starts it from Python, because its own command needs a terminal. The response to the first RPC contains a session
# token in the `authorization` header. A ticket is valid only in that session, so a client must send that token.
engine_name=deephaven
engine_about="Deephaven 42.7: read-only, a token for each session, every column nullable, no parameters"
engine_weight=heavy
engine_wait=90

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
deephaven_people=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/people.csv

engine_url() { echo "flightsql+tcp://127.0.0.1:$1?token=Anonymous"; }

engine_install() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java version
    version=$("$java" -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p') || version=
    [ "${version:-0}" -ge 17 ] || { skip "Java 17 or newer is missing" || return; }
    pip_install "$1" deephaven-server 42.7
}

# The table is created before the port opens, so every client finds it.
engine_start() {
    mkdir -p "$1/data-$2"
    pip_path "$1"
    exec python -c '
import signal, sys
port, data, csv = int(sys.argv[1]), sys.argv[2], sys.argv[3]
from deephaven_server import Server
server = Server(host="127.0.0.1", port=port, jvm_args=[
    "-Xmx1g",
    "-DAuthHandlers=io.deephaven.auth.AnonymousAuthenticationHandler",
    f"-Ddeephaven.dataDir={data}/data",
    f"-Ddeephaven.cacheDir={data}/cache",
    f"-Ddeephaven.configDir={data}/config",
])
from deephaven import read_csv
people = read_csv(csv).update("born = java.time.LocalDate.parse(born)")
server.start()
while True:
    signal.pause()
' "$2" "$1/data-$2" "$deephaven_people"
}
