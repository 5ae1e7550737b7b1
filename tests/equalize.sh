#!/bin/bash
# requant quantize --equalize: what was moved is in plan.json, and --plan does the same again.
. "$(dirname "$0")/lib.sh"

quantize() # OUT, options
{
    out=$1
    shift
    "$program" quantize --seconds 0 "$model" --config "$config" -o "$out" "$@" >stdout 2>stderr
}

quantize auto --data "$calib" || fail "quantizing"
grep -q "cross-layer equalization: " stderr || fail "nothing could be moved"
grep -q "rescaled.*; with statistics of [0-9]* images, output SQNR on holdout images " stderr ||
    fail "figures of statistics of some images look like those of all"
pass "moves are tried"

quantize off --data "$calib" --equalize off || fail "quantizing without"
grep -q "cross-layer equalization: " stderr && fail "--equalize off moves scales"
grep -q '"log2"' off/plan.json && fail "--equalize off: moves in the plan"
pass "--equalize off"

quantize given --data "$calib" --stats off/stats.h5 --rounding nearest || fail "given statistics"
grep -q "scaling of channels is not tried, as given statistics" stderr || fail "not said"
pass "given statistics have no moves, which is said"

# A move by hand: scales that leave the first block's 16 channels as they are, but for three.
sed 's/"equalized": \[\]/"equalized": [{"value": "Transpose_652", "axis": 1, "log2": [0, -1, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0]}]/' off/plan.json >moved.json
grep -q '"log2"' moved.json || fail "the plan has no list of moves"
quantize moved --data "$calib" --plan moved.json || fail "following a move"
quantize again --data "$calib" --plan moved/plan.json || fail "following the plan that was written"
cmp moved/resnet8-cifar10-int8.bin again/resnet8-cifar10-int8.bin || fail "another model"
cmp -s moved/resnet8-cifar10-int8.bin off/resnet8-cifar10-int8.bin && fail "nothing was moved"
quantize once --stats moved/stats-equalized.h5 --plan moved/plan.json ||
    fail "following it, from statistics"
pass "--plan moves what it says"

# The layer before the scales gives other numbers than the original's, which are no errors.
for run in off moved; do
    "$program" compare "$model" $run/resnet8-cifar10-int8.xml --data "$calib" --config "$config" \
        --subset 8 --seconds 0 --csv $run.csv >stdout 2>stderr || fail "comparing"
done
layer=$(sed -n 's/.*<layer0 value="\(.*\)" \/>.*/\1/p' moved/resnet8-cifar10-int8.xml)
grep -q ",layer,$layer,sqnr_db," off.csv || fail "no SQNR of $layer"
grep -q ",layer,$layer,sqnr_db," moved.csv && fail "$layer: its outputs do not compare"
grep -q ",layer,.*,sqnr_db," moved.csv || fail "no SQNR of any layer"
pass "compare leaves out layers whose scales were moved"

quantize bad --stats off/stats.h5 --plan moved.json && fail "statistics of another network"
grep -q "needs the stats-equalized.h5" stderr || fail "no word of the right statistics"
sed 's/"Transpose_652", "axis"/"nowhere", "axis"/' moved.json >broken.json
quantize bad --data "$calib" --plan broken.json && fail "a value that is not there"
grep -q "equalized: 'nowhere'" stderr || fail "the value is not named"
sed 's/"log2": \[0,/"log2": [99,/' moved.json >broken.json
quantize bad --data "$calib" --plan broken.json && fail "a scale out of range"
grep -q "expected a multiple of 0.25 from -12 to 12" stderr || fail "no word of the range"
quantize bad --data "$calib" --plan moved.json --target npu && fail "another target than the plan's"
grep -q -- "--target is decided by --plan" stderr || fail "no word of the target"
pass "what does not fit is refused"
