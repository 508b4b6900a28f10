#!/bin/sh
# Prints a new folder for what tests write: in memory where this machine has enough and lets programs run there, since every commit of every
# small database waits for the disk otherwise; else where temporary files go anyway.
set -eu

shared=/dev/shm
needed_kib=$((6 * 1024 * 1024))
free() { df -Pk "$shared" 2>/dev/null | awk 'NR == 2 { print $4 }'; }
available() { awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null; }
enough() { [ "${1:-0}" -ge "$needed_kib" ]; }
runs() { printf '#!/bin/sh\n' >"$1/try" && chmod +x "$1/try" && "$1/try" 2>/dev/null && rm "$1/try"; }

if [ -w "$shared" ] && enough "$(free)" && enough "$(available)"; then
  folder=$(mktemp -d "$shared/enishi-XXXXXX")
  # Another user's process (PostgreSQL of a test) passes through to a folder of its own.
  if runs "$folder"; then chmod 711 "$folder" && printf '%s\n' "$folder" && exit 0; fi
  rm -rf "$folder"
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/enishi-XXXXXX")
chmod 711 "$folder"
printf '%s\n' "$folder"
