#!/bin/bash
# Results that say nothing are refused: no green headline, no advice to use the model, and the command
# that looks for the cause.
. "$(dirname "$0")/lib.sh"

quantize() # OUT, options
{
    out=$1
    shift
    "$program" quantize "$model" --data "$calib" --config "$config" --rounding nearest -o "$out" "$@" \
        >stdout 2>stderr || fail "quantize $*"
}

draw_labels() # classes in turn, whatever the images show
{
    (cd "$val" && find . -name '*.jpg' | LC_ALL=C sort) |
        awk '{ sub(/^\.\//, ""); print $0, NR % 10 }' >labels.txt
}

quantize good --val "$val"
sed -n 2p stdout | grep -q '^Accuracy preserved\.\|^Accuracy dropped' || complain "a sound result"
grep -q 'limit: top-1: the loss is at most 1 point' stdout || complain "the limit is not printed"
pass "a sound result has a verdict, and its limit"

draw_labels
quantize chance --val "$val" --labels labels.txt
status=0
"$program" compare chance --max-drop 50 >stdout.compare 2>stderr.compare || status=$?
[ $status = 4 ] || complain "compare: exit $status, not 4"
grep -q 'is suspicious: .*--max-drop .* cannot be checked' stderr.compare || complain "compare names no suspicion"
sed -n 2p stdout | grep -q '^Suspicious: check before use\. top-1 of .* not significantly above chance' ||
    complain "labels that are drawn by lot: $(sed -n 2p stdout)"
grep -q '^  - Use ' stdout && complain "it is advised all the same"
grep -q 'Run: requant lint .*/val --labels labels.txt --config' stdout || complain "no command"
pass "near chance"

quantize unlabelled --val "$calib/airplane"
sed -n 2p stdout | grep -q '^Accuracy' && complain "accuracy without labels: $(sed -n 2p stdout)"
pass "without labels accuracy is not said to be preserved"

"$program" tune "$model" --data "$calib" --val "$val" --config "$config" --max-drop 30 -o tuned \
    >stdout 2>stderr || fail "tune"
sed -n 2p stdout | grep -q '^Within the budget\.' || complain "tune's report: $(sed -n 2p stdout)"
grep -q 'limit: top-1: the budget is a loss of at most 30 points' stdout || complain "tune's limit"
"$program" show tuned 2>stderr | sed -n 2p | grep -q '^Within the budget' || complain "shown again"
pass "tune's report does not contradict tune"
