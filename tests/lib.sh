#!/bin/bash
# What every test script begins with: `. "$(dirname "$0")/lib.sh"`. It names what the scripts use,
# and leaves them in an empty folder, which goes away when they end. Not a test itself.
# shellcheck disable=SC2034 # the variables are for the scripts
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# tests/run passes these two on. By hand, the release build is tested.
program=$(realpath -m "${PROGRAM:-$root/build/release/requant}")
build=$(realpath -m "${BUILD_DIR:-$root/build/release}")
tools=$build/tools
shared=$(realpath -m "$root/../shared") # more models and images, on machines that have them
demo=$root/datasets/demo
model=$demo/model/resnet8-cifar10.xml
calib=$demo/calib
val=$demo/val
config=$root/configs/cifar10.yaml
python=$(command -v python3) || python=
browser=${BROWSER:-}
for name in chromium chromium-browser google-chrome; do
    if [ -z "$browser" ]; then browser=$(command -v $name) || true; fi
done
unset name
work=$(mktemp -d)

ended()
{
    code=$?
    if [ $code = 0 ] && [ -s "$work/.complaints" ]; then code=1; fi
    cd "$root"
    chmod -R u+w "$work"
    rm -rf "$work"
    exit $code
}
trap ended EXIT
cd "$work"

pass()
{
    echo "pass  $1"
}

# Says what is wrong, and what the last command said, if its `2>stderr` is here; and goes on. The
# script fails when it ends. A file keeps the count, as a subshell cannot change a variable.
complain()
{
    echo "FAIL  $*" | tee -a "$work/.complaints" >&2
    if [ -s "$work/stderr" ]; then sed 's/^/      /' "$work/stderr" >&2; fi
}

fail()
{
    complain "$@"
    exit 1
}

# source_files PATTERN...: paths of the sources below $root, '*.c' in any folder; what git knows, or, of an
# unpacked archive, all that was not built.
source_files()
(
    cd "$root"
    if [ -e .git ] && command -v git >/dev/null; then
        git ls-files "$@"
    else
        set -f
        set -- "${@/#/-o -path ./}"
        # shellcheck disable=SC2048,SC2086 # words
        find . -path ./build -prune -o -type f \( -false $* \) -print | sed 's|^\./||' | sort
    fi
)

skip() # all of the script
{
    echo "skipped: $1"
    exit 77
}

skip_part()
{
    echo "skip  $1"
}

# open_page NAME WINDOW [MS [HASH]]: what a browser makes of NAME.html after its scripts ran (for MS of
# the page's own time), in NAME.dom.
open_page()
{
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --enable-logging=stderr \
        --user-data-dir="$work/profile" --window-size="$2" \
        ${3:+--virtual-time-budget="$3"} --dump-dom "file://$PWD/$1.html${4:-}" >"$1.dom" 2>"$1.log" ||
        fail "$1, $2: the browser: $(tail -n 3 "$1.log")"
    if grep CONSOLE "$1.log"; then fail "$1, $2: the browser's console is not empty"; fi
}

# drive_page PAGE SCRIPT: SCRIPT, put into PAGE, uses its controls and leaves its verdict in the body's
# data-result.
drive_page()
{
    { sed '$d' "$1"; echo '<script>'; cat "$2"; echo '</script></body></html>'; } >driven.html
    for window in 1280,900 500,900; do
        open_page driven $window
        result=$(grep -o 'data-result="[^"]*"' driven.dom) || fail "$1, $window: no result"
        echo "$window: $result"
        case $result in *FAILED*) fail "$1, $window: a control" ;; esac
    done
}
