#!/bin/bash
# Random small graphs of ONNX, TensorFlow and Caffe: `requant import` against their own runtimes.
# SEED: of the first graph (default 1); COUNT: graphs of each (default 300).
. "$(dirname "$0")/../lib.sh"
. "$root/tests/interop/venvs.sh"
cd "$root"
export PROGRAM=$program TF_CPP_MIN_LOG_LEVEL=3
code=0
graphs=(--seed "${SEED:-1}" --count "${COUNT:-300}" --keep "$build/differential")
find_python
"$python" tests/interop/test_random_onnx.py "${graphs[@]}" || code=1
if find_tensorflow; then
    "$tensorflow" tests/interop/test_random_tf.py "${graphs[@]}" || code=1
    "$tensorflow" tests/interop/test_random_caffe.py "${graphs[@]}" || code=1
fi
exit $code
