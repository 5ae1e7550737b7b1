# requant tune: a budget is met by fewer layers in floating point than all of them, what was tried
# is reused, an interruption loses nothing, an impossible budget is exit 3.
set -eu
program=$(realpath "${PROGRAM:?names the requant binary}")
model=$(realpath datasets/demo/model/resnet8-cifar10.xml)
calib=$(realpath datasets/demo/calib)
val=$(realpath datasets/demo/val)
config=$(realpath configs/cifar10.yaml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail()
{
    echo "FAIL  $1"
    cat stderr
    exit 1
}

tune() # OUT, options
{
    out=$1
    shift
    "$program" tune "$model" --data "$calib" --val "$val" --config "$config" -o "$out" "$@" \
        >stdout 2>stderr
}

tune none --max-drop 30 || fail "a budget that INT8 meets"
grep -q "No layer has to stay in floating point" stdout || fail "layers were kept for nothing"
echo "pass  nothing kept where nothing must be"

tune some --min-sqnr 32 --max-trials 1 && fail "one trial settles nothing"
[ -f some/tune.json ] || fail "the state of an unfinished search is lost"
tune some --min-sqnr 32 || fail "going on"
grep -q "trials of .* are reused" stderr || fail "the first trial was made again"
[ -f some/resnet8-cifar10-int8.xml ] || fail "no model"
grep -q "Kept in floating point:" stdout || fail "no reasons"
echo "pass  a budget that needs some layers"

tune some --min-sqnr 90 --quiet && fail "an impossible budget"
tune some --min-sqnr 90 --quiet || [ $? = 3 ] || fail "an impossible budget: not exit 3"
echo "pass  a budget that cannot be met"

python=$(command -v python3) || python=
if [ -z "$python" ]; then
    echo "skip  the numbers: no python3"
    exit 0
fi
tune some --min-sqnr 32 || fail "once more"
"$python" - some/report.json some/plan.json <<'PYTHON' || fail "the numbers"
import json, sys
report, plan = (json.load(open(path)) for path in sys.argv[1:])
row = next(r for r in report["accuracy"] if r["metric"] == "SQNR")
value = row["after"]["value"]
assert value >= 31.99, value
kept = [l for l in plan["kept"] if l["reason"].startswith("tuned")]
assert kept, "the plan names no layer that was kept"
assert len(kept) < 14, len(kept)
PYTHON
echo "pass  the model keeps the budget, the plan says which layers"
