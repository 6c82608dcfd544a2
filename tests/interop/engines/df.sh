# df: datafusion-flight-sql-server 0.4.19, over DataFusion 55. It is stateless, has `$n` parameters, replaces handles, and has no
# updates.
# From crates.io, built by cargo: 12 minutes on 2 cores, with protoc.
engine_name=df
engine_about="datafusion-flight-sql-server 0.4.19: parameters by name, a new handle for each bind, everything is a query"
engine_weight=heavy
engine_wait=10
engine_quirks=datafusion

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"
df_manifest=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/Cargo.toml
df_target=$(cd "$(dirname "$df_manifest")/../.." && pwd)/target
df_target=${CARGO_TARGET_DIR:-$df_target}/interop

engine_url() { echo "flightsql+tcp://127.0.0.1:$1"; }

engine_install() {
    mkdir -p "$1"
    command -v cargo >/dev/null || { skip "cargo is missing" || return; }
    if ! command -v protoc >/dev/null; then
        { apt-get install -y protobuf-compiler || { apt-get update && apt-get install -y protobuf-compiler; }; } \
            >"$1/install.log" 2>&1 || { skip "protoc is missing (datafusion-substrait needs it)" || return; }
    fi
    # A compile error is a failure and not a reason to skip the engine.
    cargo build --quiet --manifest-path "$df_manifest" --target-dir "$df_target" --example df_server >&2
}

engine_start() { exec "$df_target/debug/examples/df_server" "$2"; }
