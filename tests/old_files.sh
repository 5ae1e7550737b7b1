#!/bin/bash
# Files of requant 0.1.0 (tests/data/0.1.0, written by it) stay readable: a plan gives the model it
# gave then, statistics, a report and the state of tune are taken. Unknown versions are refused by name.
. "$(dirname "$0")/lib.sh"
old=$root/tests/data/0.1.0
prepare="--scale 255"

quantize() # OUT, options
{
    out=$1
    shift
    # shellcheck disable=SC2086 # several words
    "$program" quantize --seconds 0 "$old/tiny.xml" $prepare -o "$out" --no-thumbnails "$@" >stdout 2>stderr
}

quantize plan --stats "$old/stats.h5" --plan "$old/plan.json" || fail "plan.json and stats.h5"
cmp plan/tiny-int8.bin "$old/plan.bin" || fail "plan.json: another model than 0.1.0's"
grep -q '"ignored_layers"' plan/plan.json || fail "the plan is written with old keys"
pass "plan.json and stats.h5"

# Rounding is decided anew, and otherwise than then: the model is that of 0.1.0 with nearest codes.
sed 's/"rounding": "fitted"$/"rounding": "nearest"/' "$old/plan-equalized.json" >nearest.json
quantize equalized --data "$calib" --subset 8 --plan nearest.json ||
    fail "an equalized plan.json"
cmp equalized/tiny-int8.bin "$old/plan-equalized.bin" || fail "equalized: another model than 0.1.0's"
"$program" compare "$old" plan >stdout 2>stderr || fail "comparing with the report and plan of 0.1.0"
grep -q '"readers":\|"choice":' equalized/plan.json && fail "the plan is written with old keys"
pass "an equalized plan, a report"

for file in plan.json plan-equalized.json report.json stats.h5; do
    "$program" show "$old/$file" >stdout 2>stderr || fail "show $file"
done
pass "show"

tune() # OUT, options
{
    out=$1
    shift
    mkdir "$out"
    cp "$old/tune.json" "$out"
    # shellcheck disable=SC2086 # several words
    "$program" tune --seconds 0 "$old/tiny.xml" --data "$calib" $prepare -o "$out" "$@" >stdout 2>stderr
}

# 0.1.0 put codes before the mean, too: its state is of another plan. It is read, and trials are made anew.
tune tuned --stats "$old/stats.h5" --rounding nearest --min-sqnr 53 || fail "tune.json"
grep -q "^starting over: tuned/tune.json: made for another model, plan or other images" stderr ||
    fail "the trials of another plan are taken"
grep -q '"ignored"' tuned/tune.json || fail "the state is written with old keys"
grep -q '"kept"\|"border_ms"' tuned/tune.json && fail "the state is written with old keys"
# 0.1.0 rounded weights with 48 images whatever --subset said: that is another plan.
tune other --subset 8 --min-sqnr 20 || fail "tune.json of another plan"
grep -q "^starting over: other/tune.json: made for another model, plan or other images" stderr ||
    fail "the trials of another plan are taken"
pass "tune.json"

sed 's/"version": 1/"version": 99/' "$old/plan.json" >future.json
quantize future --stats "$old/stats.h5" --plan future.json && fail "a plan of version 99"
grep -q "version: found 99" stderr || fail "the version is not named"
sed 's/"schema_version": [0-9]*/"schema_version": 99/' "$old/report.json" >report.json
"$program" show report.json >stdout 2>stderr && fail "a report of version 99"
grep -q "version 99" stderr || fail "the report's version is not named"
pass "other versions are refused"
