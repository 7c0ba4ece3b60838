#!/bin/sh
# Makes .venv with nanospine and its development tools, from a machine that has Python >= 3.11 and little else.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

die() { echo "nanospine: $*" >&2; exit 1; }

# As root on Debian or Ubuntu missing system packages are installed; elsewhere they are named.
install_system() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "nanospine: installing system packages: $*"
        (apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@") >/dev/null ||
            echo "nanospine: could not install $*" >&2
    else
        echo "nanospine: missing system packages; install them with: sudo apt-get install $*" >&2
    fi
}

command -v "$PYTHON" >/dev/null || install_system python3
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$PYTHON" --version) is too old; nanospine needs Python >= 3.11: set PYTHON=/path/to/python3.11."
"$PYTHON" -c 'import ensurepip' 2>/dev/null || install_system python3-venv
# The 3D pictures are drawn by VTK, which loads a graphics library at run time.
ldconfig -p 2>/dev/null | grep -q 'libEGL\.so' || install_system libegl1 libgl1 libgl1-mesa-dri libxrender1 libxcursor1

"$PYTHON" -m venv .venv || die "cannot make .venv; remove it and run again."
.venv/bin/python -m pip install --quiet --upgrade pip
.venv/bin/python -m pip install --quiet -e ".[dev]"
.venv/bin/python scripts/link_tree.py
touch .venv/installed
