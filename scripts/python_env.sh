#!/usr/bin/env bash
# Makes the environment in target/venv that the Python package is built and tested in, so that nothing is
# installed into the user's Python. Fails, with the reason, where that cannot be done.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=target/venv
wanted=tests/python/requirements.txt

if [ -e $venv/installed ] && [ ! $wanted -nt $venv/installed ]; then
    exit 0
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    echo "there is no Python 3.10 or later" >&2
    exit 1
fi
# Debian has venv without ensurepip unless python3-venv is installed: then the pip beside it helps out.
if ! "$python" -m venv $venv >/dev/null 2>&1; then
    "$python" -m venv --clear --without-pip $venv
    if ! "$python" -m pip --python $venv/bin/python install --quiet pip; then
        echo "Python has neither ensurepip nor pip: install python3-venv" >&2
        exit 1
    fi
fi
if ! $venv/bin/python -m pip install --quiet --disable-pip-version-check -r $wanted; then
    echo "the packages in $wanted cannot be installed" >&2
    exit 1
fi
touch $venv/installed
