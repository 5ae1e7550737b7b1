# OpenVINO opens every IR that requant wrote, and computes the same bits (tests/interop/test_ir.py).
# PYTHON names an interpreter that has openvino; MODELS a folder of models (../shared/models).
set -eu
python=${PYTHON:-python3}
if ! "$python" -c 'import openvino' 2>/dev/null; then
    echo "skipped: $python has no openvino (set PYTHON)"
    exit 77
fi
rewrite=$BUILD_DIR/ir_rewrite
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. tests/tools/ir_rewrite.c "$BUILD_DIR/librequant.a" \
    $(pkg-config --cflags --libs libxml-2.0 libxxhash) -lm -pthread -o "$rewrite"
"$python" tests/interop/test_ir.py "$rewrite" "${MODELS:-../shared/models}"
