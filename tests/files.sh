#!/bin/bash
# Files for other programs: the JSON that commands write fits the schemas that are installed with
# requant, and wrong JSON does not; the Python of calib/README.md reads stats.h5.
. "$(dirname "$0")/lib.sh"
. "$root/tests/interop/venvs.sh"

needed="h5py, jsonschema"
why=
if has_modules "${PYTHON:-$python}" "$needed"; then
    python=${PYTHON:-$python}
else
    why=$(make_venv "$venvs/venv-files" "$root/tests/interop/requirements-files.txt" "$needed")
    python=$venvs/venv-files/bin/python
fi
if [ -n "$why" ]; then unavailable "$why"; fi

# fits SCHEMA FILE...
fits()
{
    schema=$root/reports/schemas/$1.schema.json
    shift
    "$python" "$root/tests/tools/validate.py" "$schema" "$@" >log 2>stderr || complain "$schema"
    sed 's/^/pass  /' log
}

run() # what requant is to do; its JSON goes to stdout
{
    "$program" "$@" --quiet >stdout 2>stderr || complain "$*"
}

images=(--data "$calib" --config "$config")
fast=(--rounding nearest --equalize off)
run quantize "$model" "${images[@]}" --val "$val" --seconds 0.3 -o int8
run quantize "$model" "${images[@]}" --preset mixed "${fast[@]}" --seconds 0 -o mixed
run quantize "$model" --precision int4-weights --group-size 16 --seconds 0 -o int4
run quantize "$model" --precision fp16 --seconds 0 -o fp16
fits report int8/report.json mixed/report.json int4/report.json fp16/report.json
fits plan int8/plan.json mixed/plan.json int4/plan.json

run tune "$model" "${images[@]}" "${fast[@]}" --val "$val" --min-sqnr 27 \
    --max-trials 8 --seconds 0 -o tuned
fits tune tuned/tune.json
fits plan tuned/plan.json

run analyze "$model" "${images[@]}" --subset 20 --json
mv stdout analyze.json
fits analyze analyze.json

run evaluate int8/resnet8-cifar10-int8.xml --data "$val" --config "$config" --json
mv stdout evaluate.json
fits evaluate evaluate.json

run lint "$model" "${images[@]}" --json
mv stdout good.json
"$program" lint "$model" --data "$calib" --scale 1e-3 --quiet --json >bad.json 2>stderr || true
"$tools/json_get" bad.json findings 0 check >/dev/null || complain "lint found nothing"
fits lint good.json bad.json

run bench "$model" int8/resnet8-cifar10-int8.xml --seconds 0.5 --json plain.json
run bench "$model" --seconds 0.2 --per-layer --json layers.json
fits bench plain.json layers.json

run compare int8 mixed int4 fp16 --max-size 0.9 --json reports.json
run compare "$model" int8/resnet8-cifar10-int8.xml --data "$val" --config "$config" --seconds 0 \
    --json models.json
fits compare reports.json models.json

# shellcheck disable=SC2016 # the marks of Markdown
sed -n '/^```python$/,/^```$/{/^```/!p}' "$root/calib/README.md" >read.py
[ "$(grep -c . read.py)" -le 6 ] || complain "calib/README.md: more than six lines"
cp int8/stats.h5 .
"$python" read.py >lines 2>stderr || complain "the Python of calib/README.md"
[ "$(wc -l <lines)" -gt 10 ] || complain "what it reads: $(cat lines)"
grep -q "input:0' 0.0 255.0 307200 " lines || complain "what it reads: $(cat lines)"
pass "calib/README.md reads stats.h5"
