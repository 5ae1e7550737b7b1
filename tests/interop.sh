#!/bin/bash
# requant against the real OpenVINO: operators, IRs, and the whole of `requant quantize`.
# PYTHON names an interpreter that has tests/interop/requirements.txt; without it, one is made in
# build/venv. MODELS names a folder of more models (default ../shared/models, if it is there).
# With CI=true an OpenVINO that cannot be had is a failure, else the tests are skipped.
. "$(dirname "$0")/lib.sh"
. "$root/tests/interop/venvs.sh"
cd "$root"
find_python

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
