#!/bin/bash
# requant tune: a budget is met by fewer layers in floating point than all of them, what was tried
# is reused, an interruption loses nothing, an impossible budget is exit 3.
. "$(dirname "$0")/lib.sh"

tune() # OUT, options
{
    out=$1
    shift
    "$program" tune --seconds 0 "$model" --data "$calib" --val "$val" --config "$config" -o "$out" "$@" \
        >stdout 2>stderr
}

tune none --max-drop 30 || fail "a budget that INT8 meets"
grep -q "No layer needs to be excluded from quantization" stdout || fail "layers were kept for nothing"
pass "nothing kept where nothing must be"

"$program" quantize --seconds 0 "$model" --data "$calib" --val "$val" --config "$config" -o written >stdout \
    2>stderr || fail "quantize"
for file in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json stats.h5; do
    cmp "written/$file" "none/$file" || fail "$file is not what quantize writes"
done
pass "with nothing excluded, tune writes what quantize writes"

tune some --min-sqnr 32 --max-trials 1 && fail "one trial settles nothing"
[ -f some/.requant/tune.json ] || fail "the state of an unfinished search is lost"
tune some --min-sqnr 32 || fail "going on"
grep -q "reusing .* trial" stderr || fail "the first trial was made again"
[ -f some/resnet8-cifar10-int8.xml ] || fail "no model"
if [ ! -f some/tune.json ] || [ -e some/.requant ]; then fail "the state is not among the results"; fi
grep -q "Excluded from quantization:" stdout || fail "no reasons"
pass "a budget that needs some layers"

tune some --min-sqnr 90 --quiet && fail "an impossible budget"
tune some --min-sqnr 90 --quiet || [ $? = 3 ] || fail "an impossible budget: not exit 3"
pass "a budget that cannot be met"

if [ -z "$python" ]; then
    skip_part "the numbers: no python3"
    exit 0
fi
tune some --min-sqnr 32 || fail "once more"
"$python" - some/report.json some/plan.json <<'PYTHON' || fail "the numbers"
import json, sys
report, plan = (json.load(open(path)) for path in sys.argv[1:])
row = next(r for r in report["accuracy"] if r["metric"] == "SQNR")
value = row["after"]["value"]
assert value >= 31.99, value
kept = [l for l in plan["ignored_layers"] if l["reason"].startswith("tuned")]
assert kept, "the plan names no layer that was kept"
assert len(kept) < 14, len(kept)
PYTHON
pass "the model keeps the budget, the plan says which layers"
