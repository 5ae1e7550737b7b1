#!/bin/bash
# Python environments of the tests against other programs, made where they are missing. To be sourced
# behind lib.sh.
# shellcheck disable=SC2034,SC2154 # variables of lib.sh and for the scripts
venvs=${build%/*} # of each a folder of its own: packages that want other versions of the same

unavailable()
{
    if [ "${CI:-}" = true ]; then fail "$1"; fi
    skip "$1"
}

has_modules() # python, modules
{
    "$1" -c "import $2" 2>/dev/null
}

# A venv in that folder with the packages of the requirements, unless it is there; else the word why
# not.
make_venv() # folder, requirements, modules
{
    has_modules "$1/bin/python" "$3" && return
    rm -rf "$1"
    if ! command -v python3 >/dev/null; then
        echo "there is no python3"
    elif ! python3 -m venv "$1" >&2; then
        echo "python3 cannot make $1 (apt-get install python3-venv)"
    elif ! "$1/bin/pip" install -q --disable-pip-version-check -r "$2" >&2; then
        echo "pip cannot install $2 (no network?)"
    elif ! has_modules "$1/bin/python" "$3"; then
        echo "$1 lacks one of $3"
    fi
}
