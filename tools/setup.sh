#!/usr/bin/env bash
# setup.sh run|dev: sets up .venv/ and .asterisk/ of this checkout, without root and without a compiler.
# "run" is what the robot and the demo need, "dev" adds what tests and linters need. pip's and apt's own settings apply.
# What is done already is skipped: a stamp in each folder holds the hash of all that its content was made from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
level=${1:?usage: setup.sh run|dev}
venv_python=.venv/bin/python
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
hash_of() { cat "$@" | sha256sum | cut -d ' ' -f 1; }

# --- Python ---------------------------------------------------------------------------------------------------------

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local candidate candidates=(python3 python3.13 python3.12 python3.11)
  [ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
  for candidate in "${candidates[@]}"; do
    if new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  die "no Python 3.11 or newer: ${candidates[0]} is $("${candidates[0]}" -V 2>/dev/null || echo missing)." \
    "Install one, or name it: make setup PYTHON=/path/to/python3.11"
}

# False where PYTHON= names another version than the environment has.
of_named_python() {
  local named version='import sys; print(sys.version_info[:3])'
  [ -n "${PYTHON:-}" ] || return 0
  named=$(find_python) || exit 1
  [ "$("$named" -c "$version")" = "$("$venv_python" -c "$version" 2>/dev/null)" ]
}

# It starts, has pip, and was made at this very path: the scripts of a moved checkout name the old one.
usable() { "$venv_python" -m pip --version >/dev/null 2>&1 && grep -qF "$PWD/.venv/bin/" .venv/bin/pip; }

# Prints the path of pip's wheel. Debian keeps ensurepip out of python3; its package python3-pip-whl holds pip as a
# wheel, which is used from where it lies or from an unpacked download: nothing is installed on the machine.
debian_pip_wheel() {
  local wheel mend="Run 'apt-get install python3-venv' (as root), then again."
  for wheel in /usr/share/python-wheels/pip-*.whl; do
    if [ -e "$wheel" ]; then
      echo "$wheel"
      return
    fi
  done
  command -v apt-get >/dev/null || die "this Python has no pip (no module ensurepip). Install pip for it, then again."
  apt-cache show python3-pip-whl >/dev/null 2>&1 ||
    die "this Python has no pip, and apt has no package lists to find it in. Run 'apt-get update' (as root), then again."
  (cd "$scratch" && apt-get -qq -o APT::Sandbox::User=root download python3-pip-whl >&2 &&
    dpkg-deb -x python3-pip-whl_*.deb .) ||
    die "this Python has no pip, and apt could not download it. $mend"
  echo "$scratch"/usr/share/python-wheels/pip-*.whl
}

make_venv() {
  local python wheel
  python=$(find_python)
  say "Python environment: .venv/, $("$python" -V)"
  if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv --clear .venv
  else
    wheel=$(debian_pip_wheel)
    "$python" -m venv --clear --without-pip .venv
    "$venv_python" "$wheel/pip" install -q --no-index --root-user-action=ignore "$wheel"
  fi
}

pip_install() { "$venv_python" -m pip install -q --disable-pip-version-check --root-user-action=ignore "$@"; }

install_packages() {
  local extras='' started=$SECONDS
  [ "$level" = run ] || extras='[dev,postgresql]'
  say "Python packages from pip's index …"
  # Four small dependencies come as source only. What builds them is pinned too, hence no isolated build.
  { pip_install -c constraints.txt hatchling editables setuptools setuptools-scm &&
    pip_install -c constraints.txt --no-build-isolation --use-pep517 -e ".$extras"; } ||
    die "pip could not install the packages: its own words are above, 'pip config list' shows which index it asks."
  say "Python packages: $((SECONDS - started)) s"
}

# Silero's torch: only the build without CUDA, the other one weighs gigabytes. Without torch the robot speaks with
# another voice, so that a missing build is told, but is no error.
install_torch() {
  local torch started=$SECONDS
  torch=$(grep '^torch==' constraints.txt)+cpu
  grep -v '^torch==' constraints.txt >"$scratch/constraints.txt"
  say "$torch for Silero …"
  if pip_install -c "$scratch/constraints.txt" --only-binary torch "$torch" 2>"$scratch/torch.log"; then
    say "$torch: $((SECONDS - started)) s"
  elif grep -q 'No matching distribution found for torch' "$scratch/torch.log"; then
    say "no $torch for $("$venv_python" -V) in pip's indexes, so Silero's tests are skipped." \
      "To have them, name an index with PyTorch's CPU builds in PIP_EXTRA_INDEX_URL and run again."
  else
    cat "$scratch/torch.log" >&2
    die "pip could not install $torch."
  fi
}

setup_python() {
  local stamp key
  key=$(echo "$PWD" | hash_of - pyproject.toml constraints.txt tools/setup.sh)
  of_named_python || rm -rf .venv
  for stamp in .venv/.setup-dev ".venv/.setup-$level"; do # dev holds all that run does
    if [ "$(cat "$stamp" 2>/dev/null)" = "$key" ]; then return; fi
  done
  usable || make_venv
  install_packages
  [ "$level" = run ] || install_torch
  echo "$key" >"$stamp"
}

# --- Asterisk and the offline voice ---------------------------------------------------------------------------------

setup_asterisk() {
  local stamp=.asterisk/.setup key started=$SECONDS
  key=$(hash_of voicebot/apt.py voicebot/debian.py voicebot/telephony/asterisk.py tools/setup.sh)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$key" ]; then return; fi
  say "Asterisk and the offline voice from Debian's packages …"
  .venv/bin/voicebot asterisk install
  mkdir -p .asterisk
  echo "$key" >"$stamp"
  say "Asterisk and the offline voice: $((SECONDS - started)) s"
}

case $level in run | dev) ;; *) die "unknown level '$level': run or dev" ;; esac
setup_python
setup_asterisk
