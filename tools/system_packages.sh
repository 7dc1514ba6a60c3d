#!/usr/bin/env bash
# Install the Debian packages that a list names and this machine lacks.
#
# usage: tools/system_packages.sh LIST
#   LIST has a package and a command, or a library (lib….so.N), in each line; a package counts as
#   present when that is found, however it got there. "#" begins a comment.
# As root or by a sudo that asks nothing it installs; otherwise it prints the one command to run
# and ends with 1. It does nothing, and needs no Debian, when nothing is missing.
set -euo pipefail

list=${1:?usage: tools/system_packages.sh LIST}
missing=()

there() {
    if [[ $1 == lib*.so.* ]]; then
        PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -F "$1" >/dev/null
    else
        command -v "$1" >/dev/null
    fi
}

while read -r package command _ || [[ -n $package ]]; do
    [[ -z $package || $package == \#* ]] && continue
    there "${command:-$package}" || missing+=("$package")
done <"$list"
((${#missing[@]})) || exit 0

install="apt-get install --yes --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null; then
    echo "tests need ${missing[*]}: install what your system calls them" >&2
    exit 1
elif ((EUID == 0)); then
    as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
else
    echo "tests need packages that only root can install. Run this once, then try again:" >&2
    echo "  sudo $install" >&2
    exit 1
fi

"${as_root[@]}" apt-get -qq update </dev/null
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive $install -qq </dev/null
