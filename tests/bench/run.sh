#!/bin/sh
# make bench: requant against OpenVINO, NNCF and ONNX Runtime, in one run: a table of ratios, OUT/bench.json,
# and the same under OUT/history by time, commit and CPU (`make bench-compare A=OLD B=NEW` holds two
# beside each other). usage: run.sh REQUANT OUT
#   MODELS     IR files, folders of them, and "resnet50", "vit-s" (random weights); the demo's ResNet-8
#   IMAGES     a folder of JPEG or PNG images; the demo's
#   COUNT      calibrate with so many of them (300)
#   REPEATS    of quantizing, of which the fastest counts (2)
#   BACKEND    of requant (onednn)
#   ORT        Percentile, Entropy or MinMax: ONNX Runtime too, where an .onnx lies beside the IR;
#              the first two take 20 GB of memory
#   LARGE      a model of so many MB is made, once, and compressed: time beside cp, and memory; none
#   IMPORTS    models to import, or folders of them: time against ovc, and against MO, a Model Optimizer
#   PYTHON     an interpreter that has tests/bench/requirements.txt; else one is made in OUT/venv
set -eu
if [ $# != 2 ]; then
    echo "usage: $0 REQUANT OUT" >&2
    exit 2
fi
here=$(dirname "$0")
program=$1 out=$2
demo=$here/../../datasets/demo
export MODELS="${MODELS:-$demo/model/resnet8-cifar10.xml}" IMAGES="${IMAGES:-$demo/calib}"
mkdir -p "$out"
COMMIT=$(git -C "$here" describe --always --dirty 2>/dev/null || true)
export COMMIT

python=${PYTHON:-$out/venv/bin/python}
if [ -z "${PYTHON:-}" ] && ! "$python" -c "import nncf, onnxruntime" 2>/dev/null; then
    echo "installing the peers into $out/venv" >&2
    python3 -m venv "$out/venv"
    "$out/venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
fi
if [ -z "${OPENVINO_LIB_PATHS:-}" ]; then
    OPENVINO_LIB_PATHS=$("$python" -c "
import importlib.util, os
print(os.path.join(importlib.util.find_spec('openvino').submodule_search_locations[0], 'libs'))")
    export OPENVINO_LIB_PATHS
fi
code=0
"$python" "$here/run.py" "$program" "$out" || code=1
# shellcheck disable=SC2086
[ -z "${IMPORTS:-}" ] || "$python" "$here/imports.py" "$program" "$out/imports" $IMPORTS || code=1
exit $code
