#!/bin/sh
# Sets up all that `make demo` and `make test` need: ngspice (apt) and a virtual environment with memchar in it.
# usage: scripts/setup.sh VENV PYTHON
set -eu
venv=$1
python=$2

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else echo "setup: '$*' needs root; run it as root and call make again" >&2; exit 1
    fi
}

missing=""
command -v ngspice >/dev/null 2>&1 || missing="$missing ngspice"
command -v "$python" >/dev/null 2>&1 || missing="$missing python3"
# Debian splits ensurepip from Python; without it `python3 -m venv` fails half-way.
"$python" -c "import ensurepip, venv" >/dev/null 2>&1 || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    echo "setup: installing$missing with apt"
    as_root apt-get update -qq
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: memchar needs Python 3.11 or newer; $python is $("$python" --version). Try: make PYTHON=python3.11" >&2
    exit 1
}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "setup: installing memchar into $venv (under a minute on a fast line)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[test]'
touch "$venv/.ready"
