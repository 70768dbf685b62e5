#!/usr/bin/env bash
# bare_machine.sh [SUITE…]: tries `make …` of the committed code on fresh minimal Debian systems (default: bookworm
# and trixie), as root and as an ordinary user, and prints what it saw. Needs root, debootstrap, unshare.
#   TARGETS='setup demo test'   what to make, one after another (default: setup)
#   BARE_DIR=DIR                where the base systems and the logs stay (default: /var/tmp/voicebot-bare)
# Of this machine it takes along apt's mirror and settings, and pip's settings of the whole machine (environment,
# /etc/pip.conf, the folders that they name), nothing of any user's home. All mounts live in a namespace of their own
# and vanish with it; so do all processes.
set -euo pipefail
bare=${BARE_DIR:-/var/tmp/voicebot-bare}
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=$repo/tools/bare_machine.sh

die() { printf 'bare: %s\n' "$*" >&2; exit 1; }

pip_settings() { env | grep -E '^(PIP_|(SSL|REQUESTS|CURL)_[A-Z_]*=|[a-z]+_proxy=)' || true; }

# Local folders that pip's settings of the whole machine name: wheels, file: indexes.
pip_folders() {
  { pip_settings; cat /etc/pip.conf 2>/dev/null || true; } |
    grep -oE '(file://)?/[^ ,"'"'"']+' | sed 's#^file://##' | sort -u |
    while read -r folder; do if [ -d "$folder" ]; then realpath "$folder"; fi; done
}

make_base() { # SUITE
  local mirror
  [ ! -e "$bare/$1/.ready" ] || return 0
  # shellcheck disable=SC2016 # apt's own fields
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
  [ -n "$mirror" ] || die "apt has no package lists. Run 'apt-get update'."
  rm -rf "${bare:?}/$1"
  echo "bare: $1: debootstrap …"
  debootstrap --variant=minbase --include=python3,git,make,ca-certificates "$1" "$bare/$1" "$mirror" \
    >"$bare/$1.debootstrap.log" 2>&1 || die "debootstrap failed: $bare/$1.debootstrap.log"
  cp -L /etc/resolv.conf /etc/hosts "$bare/$1/etc/"
  cp /etc/apt/apt.conf.d/* "$bare/$1/etc/apt/apt.conf.d/"
  [ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$bare/$1/etc/"
  cp /etc/ssl/certs/ca-certificates.crt "$bare/$1/etc/ssl/certs/"
  rm -rf "$bare/$1"/var/lib/apt/lists/* "$bare/$1"/var/cache/apt/*
  touch "$bare/$1/.ready"
}

# Runs a command line in the machine as the user, prints how it ended; its words go to the log.
try() { # COMMAND
  local started=${EPOCHREALTIME/[.,]/} code=0 uid=0
  [ "$user" = root ] || uid=1000
  chroot "$machine" setpriv --reuid "$uid" --regid "$uid" --clear-groups \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="/home/$user" USER="$user" \
    "${settings[@]}" bash -c "cd ~/voicebot && $1" </dev/null >"$log" 2>&1 || code=$?
  cat "$log" >>"$all_logs"
  printf 'bare: %s %s: %-15s exit %d after %d ms | %s\n' "$suite" "$user" "$1" "$code" \
    "$(((${EPOCHREALTIME/[.,]/} - started) / 1000))" \
    "$(grep -v '^make: ' "$log" | tail -n 1)"
  return "$code"
}

# The second stage, in namespaces of its own.
trial() { # SUITE USER EMPTY-FOLDER
  suite=$1 user=$2 machine=$3/machine log=$3/log all_logs=$bare/$1-$2.log
  local folder target failed=0
  mapfile -t settings < <(pip_settings)
  mkdir "$3"/{upper,work,machine}
  : >"$all_logs"
  mount -t overlay overlay -o "lowerdir=$bare/$suite,upperdir=$3/upper,workdir=$3/work" "$machine"
  mount -t proc proc "$machine/proc"
  mount --rbind /dev "$machine/dev"
  pip_folders | while read -r folder; do
    mkdir -p "$machine$folder"
    mount --bind -o ro "$folder" "$machine$folder"
  done
  mkdir -p "$machine/home/$user"
  git clone -q "$repo" "$machine/home/$user/voicebot"
  if [ "$user" != root ]; then
    echo "$user:x:1000:1000::/home/$user:/bin/bash" >>"$machine/etc/passwd"
    chown -R 1000:1000 "$machine/home/$user"
  fi

  if try 'make setup' || ! grep -q "Run 'apt-get update'" "$log"; then
    echo "bare: without package lists it does not say what to do"
    failed=1
  fi
  chroot "$machine" apt-get -qq update >>"$all_logs" 2>&1
  for target in ${TARGETS:-setup}; do try "make $target" || failed=1; done
  try 'make setup' || failed=1
  return "$failed"
}

if [ "${1:-}" = --trial ]; then
  trial "$2" "$3" "$4"
  exit
fi
[ "$(id -u)" = 0 ] || die "needs root (chroot and mounts)"
command -v debootstrap >/dev/null || die "debootstrap is missing. Run 'apt-get install debootstrap'."
mkdir -p "$bare"
failed=0 folder=
trap 'rm -rf --one-file-system "$folder"' EXIT
[ $# -gt 0 ] || set -- bookworm trixie
for suite in "$@"; do
  make_base "$suite"
  for user in root tester; do
    folder=$(mktemp -d "$bare/trial.XXXXXX")
    chmod 755 "$folder"
    unshare --mount --pid --fork --kill-child --propagation private \
      "$self" --trial "$suite" "$user" "$folder" || failed=1
    rm -rf --one-file-system "$folder"
  done
done
[ "$failed" = 0 ] || die "something failed; logs: $bare/*.log"
echo "bare: all as it should be; logs: $bare/*.log"
