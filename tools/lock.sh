#!/bin/sh
# Resolves the two requirement locks from pyproject.toml: hashes for every file, no index address, one lock for all platforms.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v .venv/bin/uv || command -v uv) || { printf 'uv was not found: .venv/bin/pip install uv\n' >&2; exit 1; }
compile() {
  "$uv" pip compile --quiet --generate-hashes --no-emit-index-url --no-annotate --no-header --universal --python-version 3.11 pyproject.toml "$@"
}
compile --extra build --output-file requirements.lock
compile --extra build --extra dev --extra parquet --output-file requirements-dev.lock
