#!/bin/bash
# Names of images, layers and classes are anybody's: none begins a line of what requant prints that looks like another
# message, or that GitHub Actions takes for a command.
. "$(dirname "$0")/lib.sh"

forged=$'\n::error::forged\nrequant quantize: forged'
mkdir -p images/airplane images/automobile
cp "$calib"/airplane/*.jpg images/airplane/
cp "$calib"/automobile/*.jpg images/automobile/
for image in images/airplane/*.jpg; do
    mv "$image" "images/airplane/::error::forged$forged ##[error]${image##*/}"
    break
done
echo 'no image' >"images/automobile/::warning::forged$forged.jpg"

# The same model, with names that begin commands; XML turns a raw end of line into a blank, this one not.
sed -E 's/(<layer id="[0-9]+" name=")([^"]*)"/\1::error::forged\&#10;::error::forged##[error]\2"/g' "$model" >evil.xml
cp "${model%.xml}.bin" evil.bin
grep -q 'name="::error::forged' evil.xml || fail "the model has no such names"

# quiet_about NAME COMMAND...: whatever its exit status
quiet_about()
{
    name=$1
    shift
    "$@" >stdout 2>stderr || echo "exit status $?" >>stderr
    cat stdout stderr "${log:-/dev/null}" >said
    [ -s said ] || complain "$name: nothing is said"
    if grep -anE '^[[:space:]]*::|##\[|^(requant quantize: )?requant quantize: forged' said; then
        complain "$name: forged lines"
    else
        pass "$name"
    fi
}

log=run.log
quiet_about "quantize" "$program" quantize evil.xml --data images --val images --config "$config" \
    --seconds 0 --rounding nearest --max-bad 20 \
    --log run.log -o out --verbose
log=
quiet_about "show MODEL" "$program" show evil.xml --all
quiet_about "show MODEL --json" "$program" show evil.xml --json
quiet_about "show stats.h5" "$program" show out/stats.h5 --all
quiet_about "show plan.json" "$program" show out/plan.json --all
quiet_about "show report.json" "$program" show out/report.json
quiet_about "run" "$program" run evil.xml "$(find images -name '*error]*' | head -n 1)" --config "$config"
quiet_about "evaluate" "$program" evaluate evil.xml --data images --config "$config" --max-bad 20
for i in 0 1 2 3 4 5 6 7 8 9; do printf '::error::\033[31m##[error]%s\n' $i; done >names
quiet_about "evaluate, names of classes" "$program" evaluate "$model" --data "$val" --config "$config" --class-names names \
    --classes classes.csv
if grep -q $'\033' said classes.csv; then complain "names of classes: escape sequences"; fi
quiet_about "lint" "$program" lint evil.xml --data images --config "$config" --max-bad 20
quiet_about "analyze" "$program" analyze evil.xml --data images --config "$config" --stats out/stats.h5 --images 2 --max-bad 20 --csv -
quiet_about "compare" "$program" compare out out
quiet_about "compare --markdown" "$program" compare out out --markdown
sed 's/type="Convolution"/type="::error::forged\&#10;::error::forged"/' evil.xml >unknown.xml
cp evil.bin unknown.bin
quiet_about "an unknown operator" "$program" evaluate unknown.xml --data images --config "$config"
