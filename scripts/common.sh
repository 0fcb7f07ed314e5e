# shellcheck shell=bash
# What the other scripts share: where the project and its tools are, and how to print messages.
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

# version_is_at_least PRESENT WANTED
version_is_at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# A browser and its driver belong together, so they are looked for together. A path given by hand comes first.
find_chromium() { first_of ${K8BIT_CHROMIUM:+"$K8BIT_CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; }
find_chromedriver() { first_of ${K8BIT_CHROMEDRIVER:+"$K8BIT_CHROMEDRIVER"} chromedriver; }
find_firefox() { first_of ${K8BIT_FIREFOX:+"$K8BIT_FIREFOX"} firefox-esr firefox /Applications/Firefox.app/Contents/MacOS/firefox; }
find_geckodriver() { first_of ${K8BIT_GECKODRIVER:+"$K8BIT_GECKODRIVER"} geckodriver; }
find_webkitdriver() { first_of ${K8BIT_WEBKITDRIVER:+"$K8BIT_WEBKITDRIVER"} WebKitWebDriver; }
find_minibrowser() {
    # Where Debian, Fedora and Arch put it; it is on no PATH.
    first_of ${K8BIT_MINIBROWSER:+"$K8BIT_MINIBROWSER"} MiniBrowser /usr/lib/*/webkit2gtk-4.*/MiniBrowser \
        /usr/libexec/webkit*/MiniBrowser /usr/lib/webkit*/MiniBrowser
}
find_kubectl() { first_of ${K8BIT_KUBECTL:+"$K8BIT_KUBECTL"} kubectl; }

# The programs of the tests, for the tests.
export_test_programs() {
    K8BIT_CHROMIUM=$(find_chromium)
    K8BIT_CHROMEDRIVER=$(find_chromedriver)
    K8BIT_KUBECTL=$(find_kubectl)
    export K8BIT_CHROMIUM K8BIT_CHROMEDRIVER K8BIT_KUBECTL
}
