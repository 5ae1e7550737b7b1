#!/bin/bash
# The pythons of the tests against other software, each with its packages; sourced after lib.sh.
# PYTHON and TENSORFLOW_PYTHON name others.
# shellcheck disable=SC2034,SC2154 # variables for the scripts; build and root are lib.sh's
modules="openvino, numpy, PIL, h5py, jsonschema, onnx, onnxruntime"
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

find_python() # sets python
{
    if [ -n "${PYTHON:-}" ]; then
        has_modules "$PYTHON" "$modules" || unavailable "$PYTHON lacks one of $modules"
        python=$PYTHON
    else
        why=$(make_venv "$venvs/venv" "$root/tests/interop/requirements.txt" "$modules")
        if [ -n "$why" ]; then unavailable "$why; PYTHON= names another python"; fi
        python=$venvs/venv/bin/python
    fi
}

find_tensorflow() # sets tensorflow; 1: there is none
{
    tensorflow=${TENSORFLOW_PYTHON:-$venvs/venv-tensorflow/bin/python}
    why=
    if [ -z "${TENSORFLOW_PYTHON:-}" ]; then
        why=$(make_venv "$venvs/venv-tensorflow" "$root/tests/interop/requirements-tensorflow.txt" \
            "tensorflow, openvino, cv2")
    fi
    if [ -z "$why" ]; then return; fi
    if [ "${CI:-}" = true ]; then fail "$why"; fi
    skip_part "against TensorFlow: $why"
    return 1
}
