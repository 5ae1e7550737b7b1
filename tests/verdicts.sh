#!/bin/bash
# Results that say nothing are refused: no green headline, no advice to use the model, and the command
# that looks for the cause.
. "$(dirname "$0")/lib.sh"

quantize() # OUT, options
{
    out=$1
    shift
    "$program" quantize --seconds 0 "$model" --data "$calib" --config "$config" --rounding nearest -o "$out" "$@" \
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
grep -q 'is suspicious: .*: --max-drop .* cannot be checked' stderr.compare || complain "compare names no suspicion"
sed -n 2p stdout | grep -q '^Suspicious: check before use\. top-1 of .* not significantly above chance' ||
    complain "labels that are drawn by lot: $(sed -n 2p stdout)"
grep -q '^  - Use ' stdout && complain "it is advised all the same"
grep -q 'Run: requant lint .*/val --labels labels.txt --config' stdout || complain "no command"
pass "near chance"

grep -q '"verdict": "suspicious"' chance/report.json || complain "report.json: no verdict"
grep -A 2 '"rule": "chance"' chance/report.json | grep -q '"found": "top-1 of the original' ||
    complain "report.json: no suspicion"
pass "report.json has the verdict"

quantize unlabelled --val "$calib/airplane"
sed -n 2p stdout | grep -q '^Accuracy' && complain "accuracy without labels: $(sed -n 2p stdout)"
pass "without labels accuracy is not said to be preserved"

"$program" tune --seconds 0 "$model" --data "$calib" --val "$val" --config "$config" --max-drop 30 -o tuned \
    >stdout 2>stderr || fail "tune"
sed -n 2p stdout | grep -q '^Within the budget\.' || complain "tune's report: $(sed -n 2p stdout)"
grep -q 'limit: top-1: the budget is a loss of at most 30 points' stdout || complain "tune's limit"
"$program" show tuned 2>stderr | sed -n 2p | grep -q '^Within the budget' || complain "shown again"
pass "tune's report does not contradict tune"

# The last MatMul's weights and the bias behind them, where the model's .bin has them.
break_model() # NAME, byte, how many, where
{
    mkdir "$1"
    cp "$demo/model/resnet8-cifar10.xml" "$1/dead.xml"
    cat "$demo/model/resnet8-cifar10.bin" >"$1/dead.bin"
    head -c "$3" /dev/zero | tr '\0' "$2" | dd of="$1/dead.bin" bs=1 seek="$4" conv=notrunc 2>dd.log || fail "dd"
}
break_model constant '\0' 2560 308304
break_model nan '\377' 4 310864

dead() # MODEL, what is said, options of tune
{
    local dead=$1 said=$2 status=0
    shift 2
    "$program" evaluate "$dead" --data "$val" --config "$config" >stdout 2>stderr || fail "evaluate $dead"
    [ "$dead" = "$model" ] ||
        grep -q "^warning: .*$said.* Run: requant lint $dead --data $val --config" stderr ||
        complain "evaluate $dead: no warning"
    "$program" tune --seconds 0 "$dead" --data "$calib" --val "$val" --config "$config" --rounding nearest \
        -o dead "$@" >stdout 2>stderr || status=$?
    [ $status = 4 ] || complain "tune $dead: exit $status, not 4"
    grep -q "suspicious: .*$said.* Run: requant lint $dead --data $val" stderr || complain "tune $dead: no suspicion"
    [ ! -e dead/report.json ] || complain "tune $dead: wrote a result"
}
dead constant/dead.xml "'Identity:0'" --max-drop 1
dead constant/dead.xml "the same for all images" --min-sqnr 20
dead nan/dead.xml "holds NaN" --max-drop 1
dead "$model" "above chance" --labels labels.txt --max-drop 5
pass "a dead network meets no budget, and evaluate says that it is dead"
for name in constant nan; do
    status=0
    "$program" analyze $name/dead.xml --data "$calib" --config "$config" --subset 8 >stdout 2>stderr || status=$?
    { [ $status = 4 ] && grep -q 'suspicious: .* Run: requant lint' stderr; } || complain "analyze $name: exit $status"
done
pass "analyze measures no layers of a dead network"

"$program" quantize --seconds 0 nan/dead.xml --data "$calib" --val "$val" --config "$config" --subset 8 -o numbers \
    >stdout 2>stderr || fail "quantize a network of NaN"
if grep -qi 'nan dB\|inf dB' stdout stderr; then complain "NaN or infinity as a number of dB"; fi
grep -q 'agreement  *0\.0 %' stdout || complain "NaN agrees with NaN"
grep -q '"why": "an output holds NaN in 200 of 200 images"' numbers/report.json || complain "report.json: no reason"
if grep -q 'Infinity\|NaN,' numbers/report.json; then complain "report.json has infinity or NaN as a text"; fi
pass "NaN is no number anywhere, and report.json says why"

lints() # MODEL, what is said, of which layer, options
{
    local model=$1 said=$2 layer=$3 status=0
    shift 3
    "$program" lint "$model" --data "$val" --config "$config" "$@" >stdout 2>stderr || status=$?
    [ $status = 3 ] || complain "lint $model: exit $status, not 3"
    grep -q "^error  outputs: .*$said" stdout || complain "lint $model: no such finding"
    grep -q "^ *evidence .*$layer" stdout || complain "lint $model: another layer"
}
lints constant/dead.xml "the same for all images: 'Identity:0'" "'model/dense/MatMul' (MatMul;"
lints nan/dead.xml "'Identity:0' of the model holds NaN" "'model/dense/BiasAdd' (Add;"
lints "$model" "top-1 of the model is .* not significantly above chance" "includes chance" --labels labels.txt
pass "lint says of dead outputs which, and which layer"
sed 's/ [0-9]*$/ duck/; 1s/duck/drake/' labels.txt >few.txt
status=0
"$program" lint "$model" --data "$val" --config "$config" --labels few.txt >stdout 2>stderr || status=$?
{ [ $status = 2 ] && grep -q "few.txt: classes by name, 2 in all, but .* has 10" stderr; } ||
    complain "lint with too few names: exit $status"
pass "lint refuses labels that evaluate refuses"

# A stride that does not matter is missing: OpenVINO wants it all the same.
if "$program" bench "$model" --backend openvino --seconds 0.1 >stdout 2>stderr; then
    mkdir refused
    sed 's/strides="8, 8" //' "$demo/model/resnet8-cifar10.xml" >refused/net.xml
    cp "$demo/model/resnet8-cifar10.bin" refused/net.bin
    "$program" quantize refused/net.xml --data "$calib" --val "$val" --config "$config" \
        --rounding nearest --equalize off -o refused/out >stdout 2>stderr || fail "OpenVINO's refusal ends the run"
    sed -n 2p stdout | grep -q '^Suspicious: check before use\. OpenVINO runs it otherwise, or not' ||
        complain "OpenVINO refuses it: $(sed -n 2p stdout)"
    grep -q 'could not compile' stdout || complain "not said why"
    grep -q 'Run: requant evaluate --backend openvino refused/out/net-int8.xml --data' stdout || complain "no command"
    grep -q "speed is measured with requant's own engine: OpenVINO" stderr || complain "speed: not said"
    grep -q '"rule": "deployment"' refused/out/report.json || complain "report.json: no suspicion"
    pass "what OpenVINO refuses is written, and suspicious"
else
    skip_part "no OpenVINO to refuse a model"
fi
