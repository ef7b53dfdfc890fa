#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A Python environment in $1 with the pinned requirements files that follow, and this checkout in it.
set -eu
venv=$1
shift

# The newest Python from 3.11 on.
for python in python3.14 python3.13 python3.12 python3.11 python3; do
    command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && break
    python=
done
if [ -z "$python" ]; then
    echo "Rolodial needs Python 3.11 or newer; install it and try again." >&2
    exit 1
fi

if [ ! -x "$venv/bin/pip" ] && ! "$python" -m venv "$venv" 2>/dev/null; then
    echo "This Python cannot make environments yet: installing the package python3-venv."
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq && $sudo apt-get install -y -qq python3-venv
    "$python" -m venv --clear "$venv"
fi

files=
for file in "$@"; do files="$files -r $file"; done
echo "Installing the Python packages of $* (about a minute the first time) ..."
# shellcheck disable=SC2086 # one word for each option
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes $files
# The build's own tool is pinned too (requirements), so nothing is fetched unpinned here.
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
