#!/bin/bash
# One evaluation: for one file, images, backend and threads, quantize's report, tune's trial and its
# report, evaluate, and compare (of folders and on the spot) tell the same accuracy, to the last image.
. "$(dirname "$0")/lib.sh"

if [ -z "$python" ]; then skip "no python3"; fi

# figures NAME MODEL DATA SUBSET VAL CONFIG [OPTIONS...]
figures()
{
    name=$1 network=$2 data=$3 subset=$4 images=$5 preprocessing=$6
    shift 6
    run() { "$program" "$@" >stdout 2>stderr || fail "$name: $*"; }
    seen=(--data "$images" --config "$preprocessing" "$@")
    both=(--data "$data" --val "$images" --config "$preprocessing" --subset "$subset"
        --seconds 0
        --rounding nearest "$@")
    run quantize "$network" "${both[@]}" -o "$name-quantized"
    run tune "$network" "${both[@]}" --max-drop 1 -o "$name-tuned"
    for made in quantized tuned; do
        file=$(echo "$name-$made"/*.xml)
        run evaluate "$file" "${seen[@]}" --json
        mv stdout "$name-$made/evaluate.json"
        run compare "$network" "$file" "${seen[@]}" --seconds 0 --json -
        mv stdout "$name-$made/spot.json"
        run compare "$name-$made" --json -
        mv stdout "$name-$made/folder.json"
    done
    "$python" - "$name" <<'PYTHON' || fail "$name: the figures differ"
import json, sys
name = sys.argv[1]

def load(made, file):
    return json.load(open(f"{name}-{made}/{file}.json"))

def top1(rows, value):
    return next(value(row) for row in rows if row["metric"] == "top-1")

def compared(made, file):
    return top1(load(made, file)["accuracy"], lambda row: row["by_run"][-1]["value"]["value"])

def trial():
    state, plan = load("tuned", "tune"), load("tuned", "plan")
    kept = {k["layer"] for k in plan["ignored_layers"] if k["reason"].startswith("tuned")}
    names = [layer["layer"] for layer in state["layers"]]
    return next(t["value"] for t in state["trials"]
                if {names[i] for i in t["ignored"]} == kept)

def first_trial():
    return next(t["value"] for t in load("tuned", "tune")["trials"] if not t["ignored"])

for made in "quantized", "tuned":
    figures = {
        "report": top1(load(made, "report")["accuracy"], lambda row: row["after"]["value"]),
        "evaluate": top1(load(made, "evaluate"), lambda row: row["value"]),
        "compare, folder": compared(made, "folder"),
        "compare, on the spot": compared(made, "spot"),
    }
    figures["trial"] = trial() if made == "tuned" else first_trial()
    print(f"{name} {made}: {figures}")
    assert len({round(value, 9) for value in figures.values()}) == 1, figures
PYTHON
    pass "$name: report, trial, evaluate and compare agree"
}

figures resnet8 "$model" "$calib" 100 "$val" "$config"

lite0=$shared/models/efficientnet-lite0/efficientnet-lite0.xml
photos=$shared/images/imagenet
if [ -f "$lite0" ]; then
    figures lite0 "$lite0" "$photos/calib" 32 "$photos/val" \
        "$root/configs/efficientnet-lite.yaml" --labels "$photos/val.txt"
else
    skip_part "efficientnet-lite0: it is not here"
fi
