#!/bin/bash
# requant analyze: the same numbers whatever the number of workers; the order, the sums and the
# advice agree with what quantize measures when layers are really left out.
. "$(dirname "$0")/lib.sh"

analyze()
{
    "$program" analyze "$model" --data "$calib" --config "$config" --quiet "$@" 2>stderr
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
assert len(rows) == len(whole["layers"]) == 12, len(rows)
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
        assert abs(gain - gains[a["option"][len("--ignore '"):-1]]) < 0.05, (a, gains)
assert "gains less than" not in text
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

code=0
analyze --stats stats.h5 --ignore-type Convolution --ignore-type MatMul --ignore-type Add \
    --ignore-type AvgPool >stdout || code=$?
[ $code = 2 ] || fail "nothing quantized: exit $code, expected 2"
grep -q "quantizes no layer" stderr || fail "nothing quantized: no word of it"
pass "a plan that quantizes nothing"
