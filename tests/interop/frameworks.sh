#!/bin/bash
# Import against TensorFlow and TensorFlow Lite, operator by operator. With CI=true a TensorFlow that
# cannot be had is a failure, else the tests are skipped.
. "$(dirname "$0")/../lib.sh"
. "$root/tests/interop/venvs.sh"
cd "$root"
export TF_CPP_MIN_LOG_LEVEL=3
code=0
if find_tensorflow; then
    "$tensorflow" tests/interop/test_tf_nodes.py || code=1
    "$tensorflow" tests/interop/test_tflite.py || code=1
    PROGRAM=$program "$tensorflow" tests/interop/test_offload.py tensorflow || code=1
fi
find_python
PROGRAM=$program "$python" tests/interop/test_offload.py onnx || code=1
exit $code
