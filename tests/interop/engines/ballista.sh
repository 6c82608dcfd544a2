# ballista: distributed DataFusion, here with a scheduler and one executor, with people.csv as the table `people`.
# Version 55.0.0, from crates.io, built by cargo in ../ballista, with protoc: 7 minutes on 2 cores if df is already built.
#
# Authentication is optional. Clients without it share one session and its tables; each authentication opens a session.
engine_name=ballista
engine_about="Ballista 55.0.0: an endpoint for each partition, no parameters, no INSERT, DDL by update"
engine_weight=heavy
engine_wait=30

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
ballista_people=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/people.csv
ballista_manifest=$(cd "$(dirname "${BASH_SOURCE[0]}")/../ballista" && pwd)/Cargo.toml
# This folder is df's, because both share most dependencies.
ballista_target=$(cd "$(dirname "$ballista_manifest")/../../.." && pwd)/target
ballista_target=${CARGO_TARGET_DIR:-$ballista_target}/interop

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

engine_install() {
    mkdir -p "$1"
    command -v cargo >/dev/null || { skip "cargo is missing" || return; }
    if ! command -v protoc >/dev/null; then
        { apt-get install -y protobuf-compiler || { apt-get update && apt-get install -y protobuf-compiler; }; } \
            >"$1/install.log" 2>&1 || { skip "protoc is missing (Ballista's build needs it)" || return; }
    fi
    # A compile error is a failure and not a reason to skip the engine.
    cargo build --quiet --locked --manifest-path "$ballista_manifest" --target-dir "$ballista_target" >&2
}

# Starts one process, whose port opens after the executor has registered.
engine_start() {
    rm -rf "${1:?}/results"
    mkdir -p "$1/results"
    exec "$ballista_target/debug/ballista_server" "$2" "$ballista_people" "$1/results"
}
