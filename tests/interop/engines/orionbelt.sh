# orionbelt: OrionBelt, a semantic layer over DuckDB, behind pyarrow's Flight SQL server (gRPC C++).
# Version 2.36.0, from PyPI: ob-flight-extension and orionbelt-semantic-layer; Python 3.12. Both have the license BUSL-1.1, so
# the suite installs them and copies nothing of them.
#
# orionbelt/serve.py starts the server over the table `orders`, and orionbelt/model.yaml names its columns.
engine_name=orionbelt
engine_about="OrionBelt 2.36.0, a semantic layer: its own statements, a gRPC C++ server"
engine_weight=heavy
engine_wait=60

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
orionbelt_files=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/orionbelt

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

engine_install() {
    local version=2.36.0 python
    python=$(python_from 12) || { skip "Python 3.12 or later is missing" || return; }
    pip_install "$1" 'ob-flight-extension[duckdb]' "$version" "orionbelt-semantic-layer==$version"
}

# Its own launcher listens on all addresses.
engine_start() {
    mkdir -p "$1/data-$2"
    pip_path "$1"
    exec "$1/venv/bin/python" "$orionbelt_files/serve.py" "$2" "$1/data-$2"
}
