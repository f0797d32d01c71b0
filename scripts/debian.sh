#!/bin/sh
# Debian packages that the tests need and this machine lacks: installed as root on Debian or
# Ubuntu, named elsewhere.
set -eu
missing=
add() { missing="$missing $1"; }

if [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null 2>&1 &&
    ! command -v chromium-browser >/dev/null 2>&1 && ! command -v google-chrome >/dev/null 2>&1; then
    add chromium
fi
found=
for each in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if command -v "$each" >/dev/null 2>&1 &&
        "$each" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
        found=$each
        break
    fi
done
[ -n "$found" ] || add python3-venv
command -v git >/dev/null 2>&1 || add git
command -v setpriv >/dev/null 2>&1 || add util-linux

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed here, and tests that need them will say so:$missing"
    exit 0
fi
echo "installing Debian packages:$missing"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! apt-get install -y --no-install-recommends $missing >"$log" 2>&1 &&
    ! { apt-get update >"$log" 2>&1 && apt-get install -y --no-install-recommends $missing >>"$log" 2>&1; }; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
