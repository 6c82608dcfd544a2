# roapi: files as tables over DataFusion 47, here people.csv as `people`, with user and password.
# Version 0.12.7, from PyPI: roapi.
#
# Limitations of the server: a result without rows has no columns, and an update returns 1 without any effect.
engine_name=roapi
engine_about="ROAPI 0.12.7 over DataFusion 47: authentication by handshake, tickets for one read, prepared queries"
engine_weight=light
engine_wait=15

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
roapi_people=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/people.csv

engine_url() { echo "flightsql+tcp://ada:lovelace@127.0.0.1:$1"; }

engine_install() { pip_install "$1" roapi 0.12.7; }

engine_start() {
    # Port 0 is for two other servers that it always starts.
    cat >"$1/roapi-$2.yml" <<YAML
addr:
  http: 127.0.0.1:0
  postgres: 127.0.0.1:0
  flight_sql: 127.0.0.1:$2
tables:
  - name: people
    uri: $roapi_people
flight_sql_config:
  auth_token: token-of-roapi
  auth_basic:
    username: ada
    password: lovelace
YAML
    pip_path "$1"
    exec roapi -c "$1/roapi-$2.yml"
}
