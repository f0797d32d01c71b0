#!/bin/sh
# venv.sh FOLDER: makes a virtual environment with the first Python of 3.10 or newer.
set -eu
folder=$1

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

if [ -x "$folder/bin/python" ] && fits "$folder/bin/python"; then
    exit 0
fi
python=
for each in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
    if command -v "$each" >/dev/null 2>&1 && fits "$each"; then
        python=$each
        break
    fi
done
if [ -z "$python" ]; then
    echo "Pilothouse needs Python 3.10 or newer, and there is none on PATH. Install one, or name it: make install PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
    echo "$python cannot make a virtual environment, since its ensurepip is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
fi
echo "making $folder with $("$python" --version)"
"$python" -m venv --clear "$folder"
