#!/bin/bash
# --score: the user's own metric leads in evaluate, quantize, tune and compare; what goes wrong is told
# with the image; and --output-weight.
# shellcheck disable=SC2016 # some names and commands are not for this shell to expand
. "$(dirname "$0")/lib.sh"

if [ -z "$python" ]; then skip "no python3"; fi

# Two images of each class.
for class in "$val"/*/; do
    mkdir -p "some/$(basename "$class")"
    find "$class" -type f | sort | head -n 2 | while read -r image; do cp "$image" "some/$(basename "$class")"; done
done
# The probability of the class whose folder the image lies in, of the last 40 bytes of the only output.
cat >score.sh <<'END'
[ "$(ls "$1")" = Identity_0.npy ] || { echo "outputs: $(ls "$1")" >&2; exit 1; }
[ -f "$2" ] || { echo "no image $2" >&2; exit 1; }
class=$(basename "$(dirname "$2")")
n=$(ls "$(dirname "$2")/.." | grep -n "^$class\$" | cut -d: -f1)
tail -c 40 "$1/Identity_0.npy" | od -An -v -tf4 -w4 | sed -n "${n}p"
END
own=(--score "sh '$work/score.sh'" --config "$config")

"$program" evaluate "$model" --data some "${own[@]}" --json >stdout 2>stderr || fail "evaluate"
fp32=$("$python" -c 'import json; r = json.load(open("stdout"))[0]; assert r["metric"] == "score", r
assert 0.5 < r["value"] < 1 and r["images"] == 20, r; print(r["value"])') || fail "$(cat stdout)"
"$program" evaluate "$model" --data some "${own[@]}" --json --threads 1 >again 2>stderr || fail "evaluate"
cmp stdout again || fail "the score depends on the number of threads"
pass "evaluate: score $fp32"

fast=(--rounding nearest --equalize off --range minmax)
"$program" quantize --seconds 0 "$model" --data "$calib" --subset 40 --val some "${fast[@]}" "${own[@]}" -o out \
    >stdout 2>stderr || fail "quantize"
grep -q '^  score  *0\.[0-9]*  *0\.[0-9]*  *[-+]\?0\.[0-9]*  *\[' stdout || fail "no score in the report: $(cat stdout)"
"$program" compare "$model" out/*.xml --data some "${own[@]}" --seconds 0 --max-drop 0.5 \
    --json compared.json >stdout 2>stderr || fail "compare"
"$program" tune --seconds 0 "$model" --data "$calib" --subset 40 --val some "${fast[@]}" "${own[@]}" --max-drop 0.5 \
    --max-trials 2 -o tuned >stdout 2>stderr || fail "tune"
"$program" evaluate out/*.xml --data some "${own[@]}" --json >evaluated.json 2>stderr || fail "evaluate"
"$python" - <<'END' || fail "the figures differ"
import json
report = json.load(open("out/report.json"))["accuracy"][0]
assert report["metric"] == "score" and report["delta"]["low"] <= report["delta"]["value"], report
state = json.load(open("tuned/tune.json"))
assert state["metric"] == "score", state["metric"]
compared = json.load(open("compared.json"))["accuracy"][0]
assert compared["metric"] == "score", compared
figures = {"report": report["after"]["value"], "trial": state["trials"][0]["value"],
           "compare": compared["by_run"][-1]["value"]["value"],
           "evaluate": json.load(open("evaluated.json"))[0]["value"]}
print(figures, state["fp32"], report["before"]["value"])
assert len({round(x, 9) for x in figures.values()}) == 1, figures
assert abs(state["fp32"] - report["before"]["value"]) < 1e-9
END
pass "report, trial, evaluate and compare agree on the score"

# fails WHAT MESSAGE COMMAND [OPTIONS...]: evaluate fails, and says so.
fails()
{
    what=$1 message=$2 command=$3
    shift 3
    if "$program" evaluate "$model" --data some --config "$config" --subset 3 --score "$command" "$@" \
        >stdout 2>stderr; then fail "$what: no failure"; fi
    grep -q -e "$message" stderr || fail "$what: says $(cat stderr)"
}
fails "exit status" "for .*\.\(png\|jpg\).*: exit status 3: no good" 'echo no good >&2; exit 3 #'
fails "no number" "printed 'seven', expected one number" 'echo seven #'
fails "no finite number" "printed 'nan', expected one number" 'echo nan #'
fails "signal" "ended by signal 9" 'kill -9 $$ #'
fails "no such command" "exit status 127" './absent'
fails "nothing" "an empty command" ''
begun=$(date +%s)
fails "timeout" "has not ended within 0.5 s" 'sleep 30 & wait #' --score-timeout 0.5
[ $(($(date +%s) - begun)) -lt 15 ] || fail "the timeout took too long"
pass "failures name the image and what the command said"

# Names are never a shell's business.
mkdir -p 'evil/a;touch hit' 'evil/$(touch hit)'
first=$(find "$val" -type f | head -n 1)
cp "$first" 'evil/a;touch hit/`touch hit`.png'
cp "$first" "evil/\$(touch hit)/-x'y.png"
(cd evil && "$program" evaluate "$model" --data . --config "$config" --adapter none --score 'test -f "$2" && echo 1 #' \
    >../stdout 2>../stderr) || fail "evil names by number"
cat >exists.sh <<'END'
[ -d "$1" ] && [ -f "$2" ] && echo 1
END
(cd evil && "$program" evaluate "$model" --data . --config "$config" --adapter none --score "sh '$work/exists.sh'" \
    >../stdout 2>../stderr) || fail "evil names"
[ -z "$(find . -name hit)" ] || fail "a name was run"
pass "names of files are not interpreted"

# Ctrl-C ends the commands, too, and nothing stays behind.
mkdir tmp
TMPDIR=$work/tmp "$program" evaluate "$model" --data some --config "$config" --score 'exec sleep 77 #' >stdout 2>stderr &
pid=$!
for _ in $(seq 100); do
    if [ -n "$(ls tmp)" ]; then break; fi
    sleep 0.1
done
sleep 0.3
kill -INT $pid
code=0
wait $pid || code=$?
[ $code = 130 ] || fail "Ctrl-C: exit status $code"
[ -z "$(ls tmp)" ] || fail "Ctrl-C leaves files: $(ls tmp)"
pass "Ctrl-C"
