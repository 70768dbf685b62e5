#!/usr/bin/env bash
# fresh_clone.sh: what somebody meets who has just cloned the committed code: `make demo` twice and `make test` in a
# new folder with an empty HOME, with the time of each. pip's settings in the environment stay. Where something failed,
# the folder stays too.
set -euo pipefail
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
export HOME=$folder/home
mkdir "$HOME"
git clone -q "$repo" "$folder/voicebot"
cd "$folder/voicebot"

step() { # COMMAND…
  local started=$SECONDS code=0
  "$@" </dev/null || code=$?
  echo "fresh clone: $*: exit $code after $((SECONDS - started)) s"
  [ "$code" = 0 ] || { echo "fresh clone: everything stays in $folder"; exit "$code"; }
}

step make demo
step make demo
step make test
rm -rf "$folder"
