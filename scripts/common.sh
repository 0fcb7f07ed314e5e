# shellcheck shell=bash
# What the other scripts share: where the project and its tools are, and how to speak to the person in front of it.
# Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$root/target/tools
cd "$root" || exit

# The pinned tools come before whatever else the machine has.
export PATH="$tools/bin:$PATH"

# Trunk looks for a newer Trunk on the network at every start, and takes only true or false for NO_COLOR.
export TRUNK_SKIP_VERSION_CHECK=true
if [ -n "${NO_COLOR:-}" ]; then export NO_COLOR=true; else unset NO_COLOR; fi

say() { printf '==> %s\n' "$*"; }

die() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# The first of the named programs that exists, or nothing.
first_of() {
    local name
    for name in "$@"; do
        if command -v "$name"; then return; fi
    done
}

# A browser and its driver belong together, so they are looked for together. A path given by hand comes first.
find_chromium() { first_of ${K8BIT_CHROMIUM:+"$K8BIT_CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; }
find_chromedriver() { first_of ${K8BIT_CHROMEDRIVER:+"$K8BIT_CHROMEDRIVER"} chromedriver; }
find_kubectl() { first_of ${K8BIT_KUBECTL:+"$K8BIT_KUBECTL"} kubectl; }
