#!/bin/sh
# Sets this folder up: system packages, a virtual environment, the hashed requirements, the package itself.
#   tools/install.sh run       what `enishi up` needs
#   tools/install.sh develop   what the checks and tests need beside it (their Debian packages: tools/install_system.sh test)
# Everything stays inside the folder but the Debian packages, which only root installs.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:-run}
PYTHON=${PYTHON:-python3}
case "$purpose" in
  run) lock=requirements.lock ;;
  develop) lock=requirements-dev.lock ;;
  *) printf 'usage: tools/install.sh run|develop\n' >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

[ -w . ] || stop "This folder is not writable for you; the environment .venv is made inside it. Copy the folder to one of your own."

tools/install_system.sh run

command -v "$PYTHON" >/dev/null 2>&1 || stop "Python was not found as '$PYTHON'. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3 up"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "'$PYTHON' is $("$PYTHON" --version 2>&1); Enishi needs 3.11 or newer. Name another: make PYTHON=/path/to/python3.11 up"
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
  stop "'$PYTHON' cannot make virtual environments: the Debian package python3-venv is missing and only root may install it (apt-get install python3-venv)."

# An environment that was moved names its old place in every command, and one whose Python is gone cannot run: both are made anew.
if [ "$(cat .venv/.place 2>/dev/null || true)" != "$(pwd -P)" ] || ! .venv/bin/python -c '' 2>/dev/null; then
  say "setting up  making the environment .venv"
  rm -rf .venv
  "$PYTHON" -m venv .venv
  pwd -P >.venv/.place
fi

say "setting up  installing $(grep -c '^[a-z0-9].*==' "$lock") packages, each checked against its hash (a minute or two the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
# Apart, because --require-hashes takes no folder; without isolation, because hatchling stands in the lock.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
say "setting up  done"
