#!/bin/bash
# Import against the frameworks themselves: TensorFlow and TensorFlow Lite. They have a venv of their
# own, build/venv-tensorflow; TENSORFLOW_PYTHON names another interpreter that has
# tests/interop/requirements-tensorflow.txt.
# With CI=true a TensorFlow that cannot be had is a failure, else the tests are skipped.
. "$(dirname "$0")/../lib.sh"
cd "$root"
. tests/interop/venv.sh

tensorflow=${TENSORFLOW_PYTHON:-$venvs/venv-tensorflow/bin/python}
if [ -z "${TENSORFLOW_PYTHON:-}" ]; then
    why=$(make_venv "$venvs/venv-tensorflow" tests/interop/requirements-tensorflow.txt \
        "tensorflow, openvino")
    if [ -n "$why" ]; then unavailable "$why; TENSORFLOW_PYTHON= names another python"; fi
fi
code=0
for script in test_tf_nodes.py test_tflite.py; do
    TF_CPP_MIN_LOG_LEVEL=3 "$tensorflow" "tests/interop/$script" || code=1
done
exit $code
