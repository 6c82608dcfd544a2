# sail: LakeSail's Sail, Spark SQL over DataFusion. It runs statements; every other RPC is UNIMPLEMENTED.
# Version 0.7.2, from PyPI: pysail.
#
# It cannot load a table at its start. people.csv is in its folder. All connections share one session, so running
#   CREATE OR REPLACE TEMPORARY VIEW people USING csv OPTIONS (path 'people.csv', header 'true', inferSchema 'true')
# once creates the table `people` for all of them.
engine_name=sail
engine_about="Sail 0.7.2, Spark SQL: only statements, names in backticks"
engine_weight=light
engine_wait=20

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
sail_people=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/people.csv

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

engine_install() { pip_install "$1" pysail 0.7.2; }

engine_start() {
    mkdir -p "$1/data-$2"
    cp "$sail_people" "$1/data-$2/people.csv"
    pip_path "$1"
    exec sail flight server --ip 127.0.0.1 --port "$2" -C "$1/data-$2"
}
