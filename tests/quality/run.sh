#!/bin/sh
# make quality: what INT8 costs in accuracy and gains in speed, requant's models beside NNCF's, all
# run by OpenVINO on inputs that were not calibrated with: tables, OUT/quality.json and
# OUT/quality.md. NNCF's models, all scores and the FP32 models that were imported are kept in
# OUT/cache: only requant's INT8 models are made anew. Networks that are not in SHARED come from PyPI;
# what cannot be had is left out. How to add a network: subjects.py; a variant: run.py, peer.py.
# usage: run.sh REQUANT OUT
#   SUBJECTS   names from subjects.py; all of them
#   VARIANTS   of requant, from run.py ("default")
#   PEERS      of NNCF's variants, from peer.py (default, and the best ones); "": requant alone
#   SEEDS      "0 1 2 3 4": standard deviation of SQNR over these seeds
#   ORDERS     3: in so many other orders of the data, the same bytes?
#   SHARED     a folder with models/ and images/ as subjects.py names them (../shared)
#   ZERO_DCE   Epoch99.pth of Zero-DCE's repository (OUT/Epoch99.pth; left out without)
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
exec "$python" "$here/run.py" "$program" "$out"
