#!/bin/bash
# requant compare: runs of the demo network, all forms of output, the gate, and the page in a browser.
. "$(dirname "$0")/lib.sh"

# quantized NAME OPTIONS...: a run of the demo network in the folder NAME
quantized()
{
    name=$1
    shift
    "$program" quantize --seconds 0.5 "$model" --data "$calib" --val "$val" \
        --config "$config" --backend reference --quiet -o "$name" "$@" >log ||
        complain "quantize $name"
}

# compare CODE OPERANDS AND OPTIONS...
compare()
{
    expected=$1 code=0
    shift
    timeout 60 "$program" compare "$@" >stdout 2>stderr || code=$?
    [ $code = "$expected" ] || complain "compare $*: exit $code, expected $expected"
}

get()
{
    "$tools/json_get" result.json "$@"
}

quantized perf --preset performance
quantized mixed --preset mixed
quantized half --ignore-pattern 'Multiply_40.*'
quantized fp16 --precision fp16

# -- everything at once -----------------------------------------------------------------------------

compare 0 perf mixed half/report.json fp16 --json result.json --csv result.csv \
    --markdown result.md --html result.html
for line in '^  (original) *FP32' '^  mixed *INT8' '^  half *INT8' '^  i8 to f32 *half' \
    '^  i8 to f16 *fp16' 'Preset *performance *mixed' 'settings *mixed *settings *preset'; do
    grep -q -- "$line" stdout || complain "the text has no '$line'"
done
grep -q "$(printf '\033')" stdout && complain "colours in a pipe"
[ "$(get schema)" = requant-comparison ] || complain schema
[ "$(get runs 2 name)" = half ] || complain "name of a report.json"
[ "$(get accuracy 0 metric)" = top-1 ] || complain "headline"
[ "$(get accuracy 0 by_run 0 verdict)" = "not tested" ] || complain "the first is not tested"
case $(get accuracy 0 by_run 1 verdict) in
"unchanged" | "not significant") ;;
*) complain "verdict of mixed: $(get accuracy 0 by_run 1 verdict)" ;;
esac
[ "$(get layers 0 by_run 3 precision)" = f16 ] || complain "precision of a layer"
# The difference is that of the reports.
a=$(get accuracy 0 by_run 0 value value) b=$(get accuracy 0 by_run 2 value value)
d=$(get accuracy 0 by_run 2 from_first value)
awk "BEGIN { x = ($b) - ($a) - ($d); exit !(x * x < 1e-12) }" || complain "difference: $a, $b, $d"
[ "$(head -1 result.csv | tr -d '\r')" = run,table,item,quantity,value ] || complain "csv heading"
grep -q '^mixed,settings,Preset,setting,mixed' result.csv || complain "csv: a setting"
[ "$(grep -c '^fp16,layer,.*,sqnr_db,' result.csv)" = 10 ] || complain "csv: layers"
grep -q '<summary>Accuracy (' result.md || complain markdown
grep -q '^| mixed | INT8 |' result.md || complain "markdown: a run"

compare 0 perf mixed --csv -
[ "$(head -1 stdout | tr -d '\r')" = run,table,item,quantity,value ] || complain "csv on stdout"
compare 0 perf mixed fp16 --baseline fp16 --junit junit.xml --json -
"$tools/json_get" stdout runs 0 name | grep -q fp16 || complain "--baseline"
"$tools/json_get" stdout runs 1 name | grep -q perf || complain "--baseline: the others' order"
[ "$(grep -c '<testcase' junit.xml)" = 3 ] || complain junit
compare 2 perf mixed --baseline none
grep -q 'runs are: perf, mixed' stderr || complain "--baseline: unknown"
compare 0 perf mixed --metric SQNR --json -
"$tools/json_get" stdout accuracy 0 headline | grep -q false || complain "--metric"

# -- the gate ---------------------------------------------------------------------------------------

compare 0 perf --max-drop 5 --max-size 0.5
compare 3 perf fp16 --max-drop 5 --max-size 0.5
[ "$(grep -c "^requant compare" stderr)" = 1 ] || complain "one line per missed budget"
grep -q 'fp16 has .* of the original' stderr || complain "a missed budget"
compare 3 perf fp16 --max-size 0.1
[ "$(grep -c "^requant compare" stderr)" = 2 ] || complain "two missed budgets"

# -- models, measured on the spot ---------------------------------------------------------------------

measured="--data $val --config $config --backend reference --seconds 0.2"
# shellcheck disable=SC2086
compare 0 "$model" perf/resnet8-cifar10-int8.xml \
    mixed/resnet8-cifar10-int8.xml $measured --json result.json --max-size 0.5
[ "$(get runs 0 name)" = resnet8-cifar10 ] || complain "name of a model"
[ "$(get runs 2 name)" = mixed/resnet8-cifar10-int8 ] || complain "models of one name"
[ "$(get runs 0 precision) $(get runs 1 precision)" = "FP32 INT8" ] || complain "precisions of models"
[ "$(get accuracy 0 metric)" = top-1 ] || complain "a model's accuracy"
[ "$(get budgets 0 run)" = perf/resnet8-cifar10-int8 ] || complain "the original has no budget"
# What they compute in, layer by layer, read off the models.
for line in '^  f32 to i8 *perf.* 10 ' '^  Multiply_4054 *f32 - *i8 [0-9.]* dB *i8 [0-9.]* dB' \
    'activations *range' 'regression'; do
    grep -q -- "$line" stdout || complain "models: the text has no '$line': $(cat stdout)"
done
[ "$(get plan_changes 0 against)" = perf/resnet8-cifar10-int8 ] || complain "plans of models"
# As in the report, which is of the same images and the same backend.
b=$(get accuracy 0 by_run 1 value value)
compare 0 perf --json result.json
[ "$b" = "$(get accuracy 0 by_run 0 value value)" ] || complain "model and report: $b"
# shellcheck disable=SC2086
compare 0 perf mixed/resnet8-cifar10-int8.xml $measured
grep -q 'not significant\|unchanged' stdout || complain "a report and a model of the same images"
compare 2 perf "$model"
grep -q -- --data stderr || complain "models need data"

# Models that call their input differently, one of them dynamic, which remembers a shape.
mkdir open renamed
cp "${model%.xml}.bin" open/open.bin
cp "${model%.xml}.bin" renamed/renamed.bin
sed '1,/<\/layer>/{ s/shape="1,32,32,3"/shape="?,?,?,3"/; s|<dim>1</dim>|<dim>-1</dim>|; s|<dim>32</dim>|<dim>-1</dim>|; }' \
    "$model" >open/open.xml
sed '1,/<\/layer>/s/input:0/picture/' "$model" >renamed/renamed.xml
model=open/open.xml quantized remembers --shape 'input:0[1,32,32,3]' --range minmax --rounding nearest
for pair in "renamed/renamed.xml remembers/open-int8.xml" "remembers/open-int8.xml renamed/renamed.xml"; do
    # shellcheck disable=SC2086
    compare 0 $pair $measured
done
# shellcheck disable=SC2086
compare 2 renamed/renamed.xml remembers/open-int8.xml $measured --shape 'input:0[1,32,32,3]'
grep -q "names 'input:0', which is no input; there are picture" stderr || complain "a given shape of no input"

# -- other conditions are named ---------------------------------------------------------------------

cp -r mixed elsewhere
sed -i 's/"cpu": "[^"]*"/"cpu": "Another CPU"/; s/"mean=[^"]*"/"mean=0"/' elsewhere/report.json
sed -i 's|airplane/0010.jpg|airplane/9999.jpg|' elsewhere/report.json
compare 0 perf elsewhere
grep -q 'perf, elsewhere: they were measured on different machines' stdout || complain "machine"
grep -q 'perf, elsewhere: they were measured on different images' stdout || complain "images"
grep -q 'not tested: other images' stdout || complain "tested all the same"
cp -r mixed others # files of the same names
sed -i 's/"validation_digest": "[^"]*"/"validation_digest": "0123"/' others/report.json
compare 0 perf others --html page.html --markdown page.md --json others.json
grep -q 'perf, others: they were measured on different images' stdout || complain "images by content"
grep -q '^| others .*not tested: other images' page.md stdout || complain "no word beside the run"
grep -q 'class=big>not comparable</p><p class=small>the runs were measured on different images' page.html ||
    complain "page: $(grep -o 'Most accurate.\{150\}' page.html)"
grep -q 'id=scatter' page.html && complain "page: accuracies of different images in one drawing"
[ "$("$tools/json_get" others.json accuracy 0 by_run 1 verdict)" = "not tested: other images" ] ||
    complain "verdict as JSON"
"$tools/json_get" others.json accuracy 0 by_run 1 from_first value 2>&1 | grep -q '[0-9]' && complain "a change all the same"
pass "runs on different images are not compared in accuracy"

# -- noise is neither met nor missed ------------------------------------------------------------------

times() # FOLDER, p10, median and p90 of the result in ms; before it took 4 ms
{
    cp -r perf "$1"
    sed -i "s/\"before_median_ms\": [^,]*/\"before_median_ms\": 4/
        s/\"before_p10_ms\": [^,]*/\"before_p10_ms\": 3.9/
        s/\"before_p90_ms\": [^,]*/\"before_p90_ms\": 4.1/
        s/\"after_p10_ms\": [^,]*/\"after_p10_ms\": $2/
        s/\"after_median_ms\": [^,]*/\"after_median_ms\": $3/
        s/\"after_p90_ms\": [^,]*/\"after_p90_ms\": $4/
        s/\(\"round_speedup[^:]*\): [^,]*/\1: null/
        s/\"waited_share\": [^,]*/\"waited_share\": null/" "$1/report.json"
    "$tools/json_get" "$1/report.json" speeds >/dev/null || fail "the report's times"
}

times quiet 1.9 2 2.1
times noisy 0.001 0.004 90
compare 0 quiet --min-speedup 1.9
compare 3 quiet --min-speedup 2.1
compare 2 quiet --min-speedup 0 # a budget that nothing could miss
compare 4 noisy --min-speedup 1.9 --json result.json
grep -q 'noisy: speed is not measurable now (times vary' stderr || complain "what is noise"
grep -q '1000' stdout && complain "a speed-up that is noise is shown"
[ "$(get budgets 0 state)" = "not measured" ] || complain "the state of a budget"
compare 0 noisy --min-speedup 1.9 --speed-noise warn
grep -q 'warning: noisy: speed is not measurable now' stderr || complain "a warning"
compare 3 quiet noisy --min-speedup 2.1 # a missed budget wins
compare 2 quiet --speed-noise perhaps

# -- what cannot be done ----------------------------------------------------------------------------

compare 2
compare 1 missing
compare 1 "$demo"
grep -q 'no report.json' stderr || complain "a folder without report"
compare 2 perf --metric F1
grep -q top-1 stderr || complain "--metric names what there is"
compare 2 perf --max-drop much
compare 2 perf mixed --csv - --json -
echo '{"schema": "requant-report", "schema_version": 1}' >empty.json
compare 0 perf empty.json
compare 4 empty.json --max-drop 1
echo '{' >broken.json
compare 1 perf broken.json

# -- the page in a browser ---------------------------------------------------------------------------

if [ -z "$browser" ]; then
    skip_part "the page: there is no chromium (set BROWSER)"
else
    drive_page result.html "$root/tests/interop/compare_page.js"
fi
