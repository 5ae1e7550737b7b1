#!/bin/bash
# One evaluation: for one file, images, backend and threads, quantize's report, tune's trial and its
# report, evaluate, and compare (of folders and on the spot) tell the same accuracy, to the last image.
# tune chooses on half of the images, and reports the other half.
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
    "$python" - "$name" "$images" <<'PYTHON' || fail "$name: the halves of the images"
import json, sys
name, folder = sys.argv[1:]
all, others = (json.load(open(f"{name}-{made}/report.json"))["validated"] for made in ("quantized", "tuned"))
assert len(others["paths"]) == (len(all["paths"]) + 1) // 2, (len(others["paths"]), len(all["paths"]))
assert set(others["paths"]) < set(all["paths"])
for file, keep in ("others", True), ("choice", False):
    with open(f"{name}-{file}.txt", "w") as out:
        for path, label in zip(all["paths"], all["labels"]):
            if (path in others["paths"]) == keep:
                print(f"{folder}/{path} {label}", file=out)
PYTHON
    run evaluate "$(echo "$name-quantized"/*.xml)" --data "$name-choice.txt" --config "$preprocessing" --json
    mv stdout "$name-quantized/choice.json"
    for made in quantized tuned; do
        file=$(echo "$name-$made"/*.xml)
        if [ $made = tuned ]; then seen=(--data "$name-others.txt" --config "$preprocessing"); fi
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
    return next(t["other_value"] for t in state["trials"]
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
    if made == "tuned":
        figures["trial"] = trial()
    print(f"{name} {made}: {figures}")
    assert len({round(value, 9) for value in figures.values()}) == 1, figures
figures = {"first trial": first_trial(),
           "evaluate": top1(load("quantized", "choice"), lambda row: row["value"])}
print(f"{name} quantized, to choose on: {figures}")
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
