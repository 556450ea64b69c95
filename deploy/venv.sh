#!/usr/bin/env bash
# Makes a virtual environment with the newest Python of 3.11 or later on this machine: venv.sh FOLDER
set -euo pipefail

folder=$1
wanted='import sys; sys.exit(sys.version_info < (3, 11))'

for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$python" -c "$wanted" 2>/dev/null; then
        found=$python
        break
    fi
done
if [ -z "${found:-}" ]; then
    echo "NMS needs Python 3.11 or newer and found none: install one, or name it: make setup PYTHON=/path/to/python3" >&2
    exit 1
fi

echo "Making $folder with $("$found" --version)"
rm -rf "$folder"
if "$found" -c 'import ensurepip' 2>/dev/null; then
    "$found" -m venv "$folder"
elif "$found" -m pip --version >/dev/null 2>&1; then
    # Debian's Python comes without ensurepip; a pip of the system can fill the environment all the same.
    "$found" -m venv --without-pip "$folder"
    "$found" -m pip --quiet --python "$folder/bin/python" install pip
else
    echo "$found has neither ensurepip nor pip: install them (on Debian: apt-get install python3-venv)" >&2
    exit 1
fi
