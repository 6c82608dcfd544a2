# Shared functions of the engine scripts. A script is sourced with `set -euo pipefail`; status 75 means "cannot be installed".

# skip REASON...: prints the reason, and returns the status for the runner.
skip() {
    echo "${engine_name:-engine}: $*" >&2
    return 75
}

# once DIR STAMP: succeeds if this exact version is installed; removes any other version.
once() {
    mkdir -p "$1"
    [ -e "$1/installed-$2" ] && return 0
    rm -rf "${1:?}"/bin "${1:?}"/venv "${1:?}"/installed-*
    return 1
}

# pip_install DIR PACKAGE VERSION [REQUIREMENT...]: installs PyPI packages in DIR/venv, or in DIR/venv/site without the venv
# module. The variable `python` selects another Python than python3.
pip_install() {
    local dir=$1 package=$2 version=$3 log=$1/install.log python=${python:-python3}
    local packages=("$package==$version" "${@:4}")
    once "$dir" "$version" && return 0
    command -v "$python" >/dev/null || { skip "$python is missing" || return; }
    if "$python" -m venv "$dir/venv" >"$log" 2>&1; then
        "$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >>"$log" 2>&1
    else
        rm -rf "${dir:?}/venv" && mkdir -p "$dir/venv/bin" && ln -s "$(command -v "$python")" "$dir/venv/bin/python" &&
            "$python" -m pip install --quiet --disable-pip-version-check --target "$dir/venv/site" "${packages[@]}" \
                >>"$log" 2>&1
    fi || { skip "pip cannot install $package $version: $(tail -n 1 "$log")" || return; }
    touch "$dir/installed-$version"
}

# python_from MINOR: prints a Python of at least 3.MINOR, from PATH or pyenv.
python_from() {
    local python
    for python in python3 python3.{14,13,12} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
        "$python" -c "import sys; sys.exit(sys.version_info < (3, $1))" 2>/dev/null || continue
        echo "$python"
        return
    done
    return 1
}

# pip_path DIR: adds the package of pip_install to PATH and to Python's path.
pip_path() {
    export PATH="$1/venv/bin:$1/venv/site/bin:$PATH"
    if [ -d "$1/venv/site" ]; then export PYTHONPATH="$1/venv/site"; fi
}
