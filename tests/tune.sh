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

# The command that a report of quantize has for a budget, as a shell takes it.
command=$("$tools/json_get" written/report.json tool tune)
case $command in
"requant tune $model "*" --output written-tuned") ;;
*) fail "the command for a budget: $command" ;;
esac
eval '"$program"' "${command#requant} --max-drop 30" >stdout 2>stderr || fail "$command"
cmp written/resnet8-cifar10-int8.xml written-tuned/resnet8-cifar10-int8.xml || fail "the command asks for another model"
pass "the command of a report tunes the same model"

tune some --min-sqnr 32 --max-trials 1 && fail "one trial settles nothing"
grep -q "^  0 layers  .* missed$" stderr || complain "what was tried is not shown"
[ -f some/.requant/tune.json ] || fail "the state of an unfinished search is lost"
tune some --min-sqnr 32 || fail "going on"
grep -q "reusing .* trial" stderr || fail "the first trial was made again"
[ -f some/resnet8-cifar10-int8.xml ] || fail "no model"
if [ ! -f some/tune.json ] || [ -e some/.requant ]; then fail "the state is not among the results"; fi
grep -q "Excluded from quantization:" stdout || fail "no reasons"
grep -q "trial [0-9]* on the other 100 images: SQNR .* meets the budget" stderr || fail "nothing confirms the choice"
grep -q "SQNR  dB above budget  others  dB above budget" stdout || complain "the loss of accuracy stands for SQNR"
"$program" show some >shown 2>stderr || fail "show"
grep -E "^  [0-9]+ layers? .* (met|missed)$" stdout >tried
grep -E "^  [0-9]+ layers? .* (met|missed)$" shown | cmp - tried || complain "show has not the trials of tune"
[ "$(wc -l <tried)" -gt 2 ] || complain "no table of trials"
[ "$(grep -c "^<tr><th scope=row>[0-9]* layers\?[,<]" some/report.html)" = "$(wc -l <tried)" ] ||
    complain "the page has not the trials of tune"
pass "a budget that needs some layers"

# Figures on the screen, in report.json, the page and tune.json are of the images that confirm it.
if [ -n "$python" ]; then
    "$python" - <<'PYTHON' || fail "the figures of what was chosen"
import json, re
screen = open("stdout").read()
report = json.load(open("some/report.json"))
page = open("some/report.html").read()
value = next(r for r in report["accuracy"] if r["metric"] == "SQNR")["after"]["value"]
chosen = re.search(r"^ *\d+ layers? \* +([\d.]+) +[-\d.]+ +([\d.]+) ", screen, re.M)
assert float(chosen.group(2)) == float(f"{value:.4g}") >= 32, (chosen.group(0), value)
assert f"SQNR with the original model is {value:.1f} dB" in screen, value
assert "Within the budget" in page and f"SQNR with the original model is {value:.1f} dB" in page
others = [t["other_value"] for t in json.load(open("some/tune.json"))["trials"] if "other_value" in t]
assert any(abs(value - o) < 1e-9 for o in others), (value, others)
assert report["data"]["validation_images"] == len(report["validated"]["paths"]) == 100
said = "Layers were chosen on 100 of the 200 validation images; accuracy is that of the other 100"
assert any(said in n["text"] for n in report["notes"]) and said in page and said in " ".join(screen.split())
PYTHON
fi
"$program" tune --seconds 0 "$model" --data "$calib" --val "$val" --config "$config" --rounding nearest --equalize off \
    --max-drop 0.25 --max-trials 1 -o fine >stdout 2>stderr || [ $? = 3 ] || fail "a budget of half an image"
grep -q "warning: the budget is less than one image of 200: of 400 or more (--val) one may be lost" stderr ||
    fail "a budget of half an image: not said"
grep -q "layers are chosen on the images that accuracy is measured on" stderr ||
    fail "a budget of less than one image of a half: the images are halved"
"$program" tune --seconds 0 "$model" --data "$calib" --val "$val/cat" --config "$config" --rounding nearest \
    --min-sqnr 20 -o few >stdout 2>stderr || fail "few images to validate on"
grep -q "layers are chosen on the images that accuracy is measured on" stderr || fail "few images: not said"
for file in stdout few/report.json few/report.html; do
    tr -s ' \n' ' ' <"$file" | grep -q "Layers were chosen on the same 20 images that accuracy was measured on" || fail "$file does not say so"
done
pass "what is chosen on half of the images is confirmed on the other half, or it is said"

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
