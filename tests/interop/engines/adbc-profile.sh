# adbc-profile: ADBC's driver manager with its Flight SQL driver, in Go, from PyPI: adbc-driver-manager, adbc-driver-flightsql.
# Version 1.13.0.
#
# The test starts an embedded server and reads one connection profile with both programs, so this engine has no conformance table.
engine_name=adbc-profile
engine_about="one connection profile for ADBC's driver manager 1.13.0 with the Go driver, and for flightsql query --profile"
engine_weight=light

source "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

engine_install() {
    pip_install "$1" adbc-driver-manager 1.13.0 adbc-driver-flightsql==1.13.0 pyarrow==26.0.1
}

engine_test() {
    local dir=$1
    shift
    pip_path "$(cd "$dir" && pwd)"
    FLIGHTSQL_ADBC_PYTHON=$(cd "$dir" && pwd)/venv/bin/python FLIGHTSQL_PROGRAM=$bin/flightsql "$@" --features profile
}
