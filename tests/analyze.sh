#!/bin/bash
# requant analyze: the same numbers whatever the number of workers; the order, the sums and the
# advice agree with what quantize measures when layers are really left out.
. "$(dirname "$0")/lib.sh"

analyze() # on images that ranges are not made of, so that statistics of all others can be given
{
    "$program" analyze "$model" --data "$calib" --val "$val" --config "$config" --quiet "$@" 2>stderr
}

"$program" calibrate "$model" --data "$calib" --config "$config" -o stats.h5 --quiet >stdout 2>stderr ||
    fail "calibrate"
for threads in 1 3; do
    analyze --stats stats.h5 --threads $threads --csv $threads.csv --json >$threads.json ||
        fail "$threads threads"
done
cmp 1.csv 3.csv || fail "3 threads give other numbers than one"
# Given statistics are those of the network as it is: no scales are moved.
analyze --equalize off --csv own.csv >text || fail "calibrating by itself"
cmp 1.csv own.csv || fail "other numbers with statistics of its own"
pass "1 and 3 threads, given and own statistics"

if [ -z "$python" ]; then
    skip_part "the numbers: no python3"
    exit 0
fi
"$python" - text <<'PYTHON' || fail "the numbers"
import csv, json, sys

rows = list(csv.DictReader(open("1.csv")))
whole = json.load(open("1.json"))
both = [float(r["both_sqnr_db"]) for r in rows]
assert both == sorted(both), "not the worst first"
assert len(rows) == len(whole["layers"]) == 14, len(rows)
kinds = {r["layer"]: r["type"] for r in rows}
assert sum(t in ("Convolution", "MatMul") for t in kinds.values()) == 10, kinds
for r in rows:  # weights and activations each lose less than both, but for chance
    if r["weights_sqnr_db"]:
        best = min(float(r["weights_sqnr_db"]), float(r["activations_sqnr_db"]))
        assert float(r["both_sqnr_db"]) < best + 3, r
# Errors of layers add up: the whole's error is about the sum of theirs.
total = sum(10 ** (-b / 10) for b in both)
error = 10 ** (-whole["quantized"]["sqnr_db"] / 10)
assert error / 3 < total < error * 3, (total, error)
# Advice was tried: it gains, as the column of the table says, and the text has the same.
text = open("text").read()
assert whole["advice"], "nothing is proposed"
gains = {r["layer"]: float(r["excluded_gain_db"]) for r in rows}
for a in whole["advice"]:
    gain = a["after_db"] - a["before_db"]
    assert gain > 0 and a["option"] in text, a
    assert abs(a["before_db"] - whole["quantized"]["sqnr_db"]) < 1e-6, a
    if a["option"].count("--ignore") == 1:
        assert abs(gain - gains[a["option"][len("--ignore '"):-1]]) < 1e-6, (a, gains)
# One figure of leaving a layer out, whichever way it is told.
for l in whole["layers"]:
    gain = l["excluded"]["sqnr_db"] - whole["quantized"]["sqnr_db"]
    assert abs(gain - l["excluded_gain_db"]) < 1e-9, l
assert "gains less than" not in text
# And every figure says of how many images it is.
used = whole["images"]
by_name = {l["layer"]: l for l in whole["layers"]}
for a in whole["advice"]:
    if a["option"].count("--ignore") == 1:
        assert a["images"] == by_name[a["option"][len("--ignore '"):-1]]["excluded"]["images"] == used, a
for r in rows:
    for variant in ("weights", "activations", "both", "excluded"):
        n = by_name[r["layer"]].get(variant, {"images": 0})["images"]
        assert int(r[variant + "_images"]) == n <= used, r
        row = next((l for l in text.splitlines() if l.split()[:2] == [r["layer"], r["type"]]), None)
        if 0 < n < used and row:
            assert f" ({n})" in row and "(n): of the first n images" in text, row
assert any(int(r["excluded_images"]) < used for r in rows), "all are of all: nothing is tested here"
PYTHON
pass "order, parts, sum of errors, advice"

# What the advice promises comes true: the network that quantize makes without the worst layer.
worst=$(sed -n 2p 1.csv | cut -d, -f1)
gain=$("$python" -c 'import csv; print(next(csv.DictReader(open("1.csv")))["excluded_gain_db"])')
for way in all without; do
    ignore=
    if [ $way = without ]; then ignore=$worst; fi
    analyze --stats stats.h5 --json ${ignore:+--ignore "$ignore"} >$way.json || fail "$way"
done
"$python" - "$gain" <<'PYTHON' || fail "leaving the worst layer out"
import json, sys

sqnr = [json.load(open(f))["quantized"]["sqnr_db"] for f in ("all.json", "without.json")]
assert abs(sqnr[1] - sqnr[0] - float(sys.argv[1])) < 1.5, (sqnr, sys.argv[1])
PYTHON
pass "leaving $worst out gains what analyze says"

# Which images layers are measured on: those of --val, else holdout images, that are not calibrated with.
measured() # WANT..., options
{
    want=$1
    shift
    "$program" analyze "$model" --config "$config" --rounding nearest --quiet --html page.html --json "$@" >json 2>stderr ||
        fail "measuring $*"
    "$python" - "$want" <<'PYTHON' || fail "measured on: $want"
import json, re, sys
found = json.load(open("json"))
on = found["measured_on"]
note = re.search(r"Layers were (measured on [^<]*)\.", open("page.html").read()).group(1)
said = f'{found["images"]} {on["images"]} {on["calibration_images"]} {on["given_stats"]}'
assert said == sys.argv[1], (said, note)
assert note.startswith(f'measured on {found["images"]} '), note
assert ("flatter" in note) == (on["images"] == "calibration"), note
assert ("holdout" in note) == (on["images"] == "holdout"), note
assert on["given_stats"] == ("--stats" in note), note
PYTHON
}
measured "16 other 100 False" --data "$calib" --val "$val"
measured "10 other 90 False" --data "$calib" --val "$calib/cat" --images 16 # which --data has, too
measured "16 holdout 84 False" --data "$calib"
measured "25 holdout 75 False" --data "$calib" --images 50
measured "16 holdout 20 False" --data "$calib" --subset 20
measured "16 holdout 84 True" --data "$calib" --stats stats.h5
measured "4 holdout 12 False" --data generated:16:1
measured "15 calibration 15 False" --data generated:15:1
measured "10 calibration 10 False" --data "$calib/cat" --val "$calib/cat"
find "$calib" -name '*.jpg' | sort >sorted.txt
find "$calib" -name '*.jpg' | sort -r >reversed.txt
for order in sorted reversed; do
    "$program" analyze "$model" --data $order.txt --config "$config" --rounding nearest --quiet --csv $order.csv >stdout \
        2>stderr || fail "$order"
done
cmp sorted.csv reversed.csv || fail "the order of a list decides which are holdout images"
pass "layers are measured on images that nothing was fitted to, or it is said"

code=0
analyze --stats stats.h5 --ignore-type Convolution --ignore-type MatMul --ignore-type Add \
    --ignore-type AvgPool >stdout || code=$?
[ $code = 2 ] || fail "nothing quantized: exit $code, expected 2"
grep -q "quantizes no layer" stderr || fail "nothing quantized: no word of it"
pass "a plan that quantizes nothing"
