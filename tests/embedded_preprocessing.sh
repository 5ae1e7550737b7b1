#!/bin/bash
# Preprocessing that import folded into a model is not done twice: the demo's network with a mean, a
# scale and reversed channels inside answers as the network itself does with them outside.
. "$(dirname "$0")/lib.sh"

# rt_info as import and Model Optimizer write it, on a model that does not do it: what the flags ask
# for must then be left out, and the answer be that of no flags at all.
mark() # place, output
{
    sed "s|</net>|<rt_info><requant_test/>$1</rt_info></net>|; /<rt_info>/,/<\/rt_info>/{/requant_test/!d}" \
        "$model" >"$2.xml"
    cp "${model%.xml}.bin" "$2.bin"
}
mark '<requant><preprocessing><mean_values value="[1,2,3]"/><scale value="7"/></preprocessing></requant>' own
mark '<conversion_parameters><mean_values value="[1,2,3]"/><scale_values value="[7,7,7]"/><reverse_input_channels value="True"/></conversion_parameters>' optimizer
mark '<conversion_parameters><mean_values value="[]"/><reverse_input_channels value="False"/></conversion_parameters>' nothing

top1() # model, options
{
    local of=$1
    shift
    "$program" evaluate "$of" --data "$val" --resize 32x32 --json "$@" 2>stderr |
        grep -A4 '"top-1"' | grep value || fail "evaluate of $of $*"
}

plain=$(top1 "$model")
wrong=$(top1 "$model" --mean 1,2,3 --scale 7)
swapped=$(top1 "$model" --channels bgr)
[ "$plain" != "$wrong" ] || fail "the demo does not notice a wrong scale: $plain"
[ "$(top1 own.xml --mean 1,2,3 --scale 7)" = "$plain" ] || fail "import's record is not heeded"
grep -q "subtracts the mean" stderr || fail "nothing was said"
[ "$(top1 optimizer.xml --mean 1,2,3 --scale 7 --channels bgr)" = "$plain" ] ||
    fail "Model Optimizer's record is not heeded"
[ "$(top1 optimizer.xml --channels rgb)" = "$swapped" ] || fail "channels are not swapped"
[ "$(top1 nothing.xml --mean 1,2,3 --scale 7)" = "$wrong" ] || fail "an empty record is heeded"
# Two models that both reverse: each gets what it asks for.
"$program" compare optimizer.xml optimizer.xml --data "$val" --resize 32x32 \
    --seconds 0 --channels rgb --csv both.csv >/dev/null 2>stderr || fail "compare"
[ "$(grep -c ',accuracy,top-1,value,' both.csv)" = 2 ] || fail "compare gave no accuracy"
[ "$(grep ',accuracy,top-1,value,' both.csv | sort -u | wc -l)" = 1 ] ||
    fail "compare: the second model got other channels"
pass "what was folded in is not done twice"

# What quantize wrote remembers how its images were prepared.
"$program" quantize "$model" --data "$calib" --resize 32x32 --channels bgr --scale 2 --rounding nearest \
    --equalize off --seconds 0 -o remembers >/dev/null 2>stderr || fail "quantize"
of() # options
{
    "$program" evaluate remembers --data "$val" --json "$@" 2>stderr | grep -A4 '"top-1"' | grep value ||
        fail "evaluate of remembers $*"
}
silent=$(of)
grep -q "calibrated with, and nothing else is asked: --resize 32x32 --scale 2 --channels bgr" stderr ||
    complain "not said: $(cat stderr)"
[ "$silent" = "$(of --resize 32x32 --channels bgr --scale 2)" ] || complain "other accuracy than with the options"
[ "$silent" != "$(of --channels rgb --scale 1)" ] || complain "options do not win"
grep -q -- "--channels" stderr && complain "channels are taken in spite of an option"
pass "evaluate prepares images as quantize did"

# And the shape that a dynamic model was calibrated at.
sed '/type="Parameter"/,/<\/layer>/{s|shape="1,32,32,3"|shape="1,?,?,3"|; s|<dim>32</dim>|<dim>-1</dim>|}' \
    "$model" >dynamic.xml
cp "${model%.xml}.bin" dynamic.bin
input=$(sed -n '/type="Parameter"/s|.* name="\([^"]*\)".*|\1|p' dynamic.xml)
"$program" quantize dynamic.xml --data "$calib" --shape "${input}[1,32,32,3]" --rounding nearest \
    --equalize off --seconds 0 -o shaped >/dev/null 2>stderr || fail "quantize of a dynamic model"
"$program" evaluate dynamic.xml --data "$val" >/dev/null 2>stderr && fail "the original has a shape by itself"
"$program" evaluate shaped --data "$val" --json >silent.json 2>stderr || complain "evaluate asks for the shape"
grep -qF "${input}[1,32,32,3] has the shape that it was calibrated at" stderr || complain "the shape is not said"
"$program" evaluate shaped --data "$val" --json --shape "${input}[1,32,32,3]" >given.json 2>stderr ||
    complain "evaluate with the shape"
grep -q "calibrated at" stderr && complain "the recorded shape is taken in spite of an option"
cmp silent.json given.json || complain "other accuracy than with the shape"
"$program" evaluate shaped --data "$val" --json --shape "${input}[1,36,36,3]" >given.json 2>stderr ||
    complain "evaluate with another shape"
cmp -s silent.json given.json && complain "--shape does not win"
"$program" evaluate shaped --data "$val" --json --resize 36x36 >resized.json 2>stderr ||
    complain "evaluate with --resize"
cmp resized.json given.json || complain "--resize does not win"
"$program" compare dynamic.xml shaped/dynamic-int8.xml --data "$val" --seconds 0 >/dev/null 2>stderr ||
    complain "compare asks for the shape"
[ "$(grep -c "calibrated at" stderr)" = 1 ] || complain "compare says the shape not once"
pass "evaluate and compare take the shape that quantize was given"

# A size that --shape gives, one side open or not, goes before the one that is remembered.
"$program" quantize dynamic.xml --data "$calib" --resize 32x32 --rounding nearest --equalize off --seconds 0 \
    -o sized >/dev/null 2>stderr || fail "quantize of a dynamic model at a size"
for pair in "[1,36,?,3] x36" "[1,36,36,3] 36x36"; do
    shape=${pair% *} size=${pair#* }
    "$program" evaluate sized --data "$val" --json --resize "$size" >resized.json 2>stderr || complain "--resize $size"
    "$program" evaluate sized --data "$val" --json --shape "$input$shape" >given.json 2>stderr ||
        complain "--shape $shape against a remembered size"
    grep -q "calibrated with --resize 32x32" stderr && complain "$shape: the remembered size is another's"
    cmp resized.json given.json || complain "--shape $shape does not win"
done
"$program" evaluate sized --data "$val" --json --shape "${input}[1,?,?,3]" >given.json 2>stderr ||
    complain "--shape without a size"
grep -q "nothing else is asked: --resize 32x32" stderr || complain "no size is given, and none remembered"
pass "sizes of --shape go before remembered ones"

# The folder stands for the model in it.
"$program" bench shaped --seconds 0.1 --csv - >folder.csv 2>stderr || complain "bench of a folder"
grep -q "^dynamic-int8," folder.csv || complain "bench of a folder names another model"
refusal=$("$program" run shaped 2>&1) && complain "run without an input"
grep -q "'$input' is not given\|--shape\|dynamic" <<<"$refusal" || complain "run of a folder: $refusal"
grep -q "is a folder" <<<"$refusal" && complain "run takes no folder: $refusal"
pass "bench and run take the folder that quantize wrote"
