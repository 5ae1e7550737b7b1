#!/bin/bash
# requant against the real OpenVINO: operators, IRs, and the whole of `requant quantize`.
# PYTHON names an interpreter that has tests/interop/requirements.txt; without it, one is made in
# build/venv. TensorFlow has a venv of its own, build/venv-tensorflow; TENSORFLOW_PYTHON names another
# interpreter that has it. MODELS names a folder of more models (default ../shared/models, if it is
# there).
# With CI=true an OpenVINO that cannot be had is a failure, else the tests are skipped.
. "$(dirname "$0")/lib.sh"
cd "$root"
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

if [ -n "${PYTHON:-}" ]; then
    has_modules "$PYTHON" "$modules" || unavailable "$PYTHON lacks one of $modules"
    python=$PYTHON
else
    why=$(make_venv "$venvs/venv" tests/interop/requirements.txt "$modules")
    if [ -n "$why" ]; then unavailable "$why; PYTHON= names another python"; fi
    python=$venvs/venv/bin/python
fi

against_tensorflow() # scripts of tests/interop
{
    tensorflow=${TENSORFLOW_PYTHON:-$venvs/venv-tensorflow/bin/python}
    why=
    if [ -z "${TENSORFLOW_PYTHON:-}" ]; then
        why=$(make_venv "$venvs/venv-tensorflow" tests/interop/requirements-tensorflow.txt \
            "tensorflow, openvino")
    fi
    if [ -n "$why" ] && [ "${CI:-}" = true ]; then fail "$why"; fi
    if [ -n "$why" ]; then
        skip_part "against TensorFlow: $why"
        return
    fi
    for script in "$@"; do
        TF_CPP_MIN_LOG_LEVEL=3 "$tensorflow" "tests/interop/$script" || code=1
    done
}

models=${MODELS:-$shared/models}
code=0
"$python" tests/interop/test_ops.py >"$work/ops.log" 2>&1 & # half of the time: beside the others
ops=$!
"$python" tests/interop/test_ir.py "$tools/ir_rewrite" "$models" || code=1
"$python" tests/interop/test_to_onnx.py "$tools/ir_to_onnx" --every 16 || code=1
"$python" tests/interop/test_quantize.py "$models" || code=1
"$python" tests/interop/test_kernels.py || code=1
"$python" tests/interop/test_attention.py || code=1
"$python" tests/interop/test_onnx_nodes.py || code=1
"$python" tests/interop/test_qdq.py || code=1
against_tensorflow test_tf_nodes.py test_tflite.py
"$python" tests/interop/test_import_onnx.py "$program" "$build/tests/test_onnx_backend" "$models" ||
    code=1
if [ -d "$models" ]; then
    "$python" tests/interop/test_import_flags.py "$program" "$models" || code=1
else
    skip_part "flags of import on trained models: no $models"
fi
images=${IMAGES:-$shared/images/imagenet/val}
if [ -d "$models" ] && [ -d "$images" ]; then
    "$python" tests/interop/test_import_real.py "$program" "$models" "$images" || code=1
else
    skip_part "import of trained models on real images: no $models or $images"
fi
wait $ops || code=1
cat "$work/ops.log"
exit $code
