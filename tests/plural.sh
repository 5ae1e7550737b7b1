#!/bin/bash
# One of a thing is called by its singular: nobody reads of "1 images".
. "$(dirname "$0")/lib.sh"

# "1 images", "of 1 layers", "1 integer weights", but not "0.1 images", nor names and titles of the
# statistics ("1 means").
check() # name, text
{
    local found
    found=$(grep -noE '(^|[^0-9.,x-])1 ([a-z]+ )?(image|layer|point|value|weight|channel|budget|node|name|pattern|type|core|stream|run|trial|shard)s\b' "$2") &&
        complain "$1: $found"
    return 0
}

mkdir one
image=$(find "$val/airplane" -type f | sort | head -n 1)
cp "$image" one/
echo "$(basename "$image") 0" >labels
"$program" quantize "$model" --data one --val one --rounding nearest --equalize off --seconds 0 -o out \
    >stdout 2>stderr || fail "quantize"
check quantize stdout
check "quantize's messages" stderr
check report.html out/report.html
for file in out/*.xml out/*.json out/*.h5; do
    "$program" show "$file" >shown 2>stderr || fail "show $file"
    check "show $file" shown
done
"$program" calibrate "$model" --data one -o one.h5 >shown 2>stderr || fail "calibrate"
check calibrate shown
"$program" evaluate out --data one --labels labels >shown 2>stderr || fail "evaluate"
check evaluate shown
grep -q "over 1 image$" shown || complain "evaluate does not say how many images: $(cat shown)"
"$program" analyze "$model" --data one --rounding nearest --equalize off >shown 2>stderr || fail "analyze"
check analyze shown
"$program" compare out --max-size 9 --markdown compare.md >shown 2>stderr || fail "compare"
check compare compare.md
grep -q "PASS, 1 of 1 budget met" compare.md || complain "compare: $(head -n 1 compare.md)"
pass "one thing has no plural"
