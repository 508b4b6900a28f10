#!/bin/sh
# Looks for what comes from Debian rather than from Python, and installs what is missing where we are root.
# Not root: what has a fallback is named and passed over; what has none ends the set-up, naming the package.
set -eu

purpose=${1:-run}
say() { printf '%s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" = 0 ]; }
installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=""
want() { missing="$missing $1"; }

"${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || want python3-venv
installed libsodium23 || ldconfig -p 2>/dev/null | grep -q 'libsodium\.so' || want libsodium23
installed fonts-noto-cjk || want fonts-noto-cjk
if [ "$purpose" = test ]; then
  command -v chromium-headless-shell >/dev/null 2>&1 || want chromium-headless-shell
  command -v node >/dev/null 2>&1 || want nodejs
  command -v npm >/dev/null 2>&1 || want npm
  command -v git >/dev/null 2>&1 || want git
  # The page of the first answer is run as it is typed, and the browser's driver brings a node that wants libatomic.
  command -v curl >/dev/null 2>&1 || want curl
  installed libatomic1 || ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || want libatomic1
  installed golang-go || want golang-go
  installed golang-golang-x-mod-dev || want golang-golang-x-mod-dev
  command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || want postgresql
fi
[ -n "$missing" ] || exit 0

if is_root && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  mkdir -p .cache
  say "setting up  installing Debian packages:$missing"
  # A fresh machine has no package lists, an old one stale lists: either shows as a failing install, and is read anew once.
  # shellcheck disable=SC2086
  apt-get install -y -q --no-install-recommends $missing >.cache/apt.log 2>&1 ||
    { apt-get update -q >.cache/apt.log 2>&1 && apt-get install -y -q --no-install-recommends $missing >>.cache/apt.log 2>&1; } ||
    say "setting up  apt-get could not install$missing (its words are in .cache/apt.log)"
fi

left=""
for package in $missing; do installed "$package" || left="$left $package"; done
for package in $left; do
  if [ "$package" = chromium-headless-shell ] && command -v chromium >/dev/null 2>&1; then
    say "setting up  $package is missing; the tests use chromium in its place (same pages, slower)"
    continue
  fi
  case "$purpose:$package" in
    *:python3-venv) ;;  # said by tools/install.sh, which knows which Python is meant
    test:*) stop "The tests need the Debian package $package, which is missing$(is_root || printf ' and only root may install it'): apt-get install$left" ;;
    run:libsodium23) say "setting up  libsodium23 is missing; the copy inside the package rbcl is used in its place (same results)" ;;
    run:fonts-noto-cjk) say "setting up  fonts-noto-cjk is missing; pages fall back on the fonts that this machine has" ;;
  esac
done
