#!/usr/bin/env bash
# Shows that a query without data survives the ping rule of grpc-go's default settings, which C-core and grpc-java share:
# pings less than 5 minutes apart end the connection with `too_many_pings`. The script needs Go and the Go module proxy.
#   tests/interop/silent.sh                       200 s without data with the default options: one row
#   tests/interop/silent.sh keep_alive_interval=30s   pings too often: the connection ends, and the error contains the reason
# FLIGHTSQL sets another `flightsql` program, and SILENCE another time, such as 700s.
set -euo pipefail
cd "$(dirname "$0")"

root=$(cd ../.. && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
flightsql=${FLIGHTSQL:-$target/debug/flightsql}
[ -x "$flightsql" ] || (cd "$root" && cargo build -q -p flightsql-cli)
mkdir -p "$target/interop-engines/silent"
server=$target/interop-engines/silent/server
(cd silent && go build -o "$server" .)

port=$((61000 + RANDOM % 4000))
"$server" -port "$port" -silence "${SILENCE:-200s}" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$pid"
    sleep 0.1
done

begun=$SECONDS
status=0
"$flightsql" query "flightsql+tcp://127.0.0.1:$port?${1:-}" "SELECT 1" || status=$?
echo "ended after $((SECONDS - begun)) s with exit code $status"
exit "$status"
