#!/bin/bash
# Bad input of every kind: requant must end with exit 1 or 2 (a signal is 128 and more), say on
# stderr what is wrong in words that name the file, and leave nothing half-written.
. "$(dirname "$0")/lib.sh"
set +e
good_xml=$model
good_bin=${model%.xml}.bin
# A sanitizer's report must not look like an honest exit 1.
export ASAN_OPTIONS="allocator_may_return_null=1:exitcode=99:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="exitcode=99:${UBSAN_OPTIONS:-}" LSAN_OPTIONS="exitcode=99:${LSAN_OPTIONS:-}"
passed=0

# Nothing of a run may stay but what was complete: $2 lists leftovers that are allowed (a pattern).
half_written()
{
    find . \( -name '*.tmp*' -o -path './out*' -name '*.xml' -o -path './out*' -name '*.bin' \) | head -3
}

# expect NAME WORDS COMMAND...: fails with a message in which every one of WORDS (separated by |)
# occurs. `out` is the folder for results; it is taken away afterwards.
expect()
{
    name=$1 words=$2
    shift 2
    timeout 60 "$@" >stdout 2>stderr
    code=$?
    left=$(half_written)
    problem=
    if ! [ -s stderr ]; then problem="no message"; fi
    lines=$(grep -vc '^libgcov' stderr) # of make cover on a full disk
    if [ "$lines" -gt 8 ]; then problem="$lines lines, expected a few"; fi
    if [ -n "$left" ]; then problem="left behind: $left"; fi
    if [ $code != 1 ] && [ $code != 2 ]; then problem="exit $code, expected 1 or 2"; fi
    IFS='|'
    for word in $words; do
        grep -qF -e "$word" stderr || problem=${problem:-the message does not say "$word"}
    done
    unset IFS
    if [ -n "$problem" ]; then complain "$name: $problem"; else passed=$((passed + 1)); fi
    chmod -R u+w out 2>/dev/null
    rm -rf out
}

quantize()
{
    expect "$1" "$2" "$program" quantize "$3" --data "$calib" --config "$config" --subset 4 -o out
}

# A copy of the good model under NAME.xml, changed by a sed script; or its .bin by no sed at all.
changed()
{
    sed "$2" "$good_xml" >"$1.xml" || complain "$1: the change '$2'"
    cp "$good_bin" "$1.bin"
    if cmp -s "$1.xml" "$good_xml"; then
        echo "the change '$2' changes nothing" >stderr
        complain "$1"
    fi
}

# -- the model's xml ----------------------------------------------------------------------------

quantize "missing model" "missing.xml" missing.xml
: >empty.xml
quantize "empty xml" "empty.xml" empty.xml
for part in 1 100 5000 $(($(wc -c <"$good_xml") - 10)); do
    head -c $part "$good_xml" >truncated.xml
    cp "$good_bin" truncated.bin
    quantize "xml truncated to $part bytes" "truncated.xml" truncated.xml
done
head -c 3000 /dev/urandom >noise.xml
quantize "noise as xml" "noise.xml" noise.xml
mkdir folder.xml
quantize "folder as xml" "folder.xml" folder.xml
printf '<html><body>not found</body></html>' >page.xml
quantize "other xml" "page.xml" page.xml
printf '\010\007\022\004onnx' >model.onnx
quantize "onnx as model" "model.onnx" model.onnx
changed version 's/<net \(.*\)version="1[01]"/<net \1version="99"/'
quantize "unknown version" "version.xml|99" version.xml
{
    echo '<!DOCTYPE net [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
    previous=a
    for entity in b c d e f g h i j; do
        printf '<!ENTITY %s "' $entity
        for _ in 1 2 3 4 5 6 7 8 9 10; do printf '&%s;' $previous; done
        echo '">'
        previous=$entity
    done
    echo ']><net name="&j;" version="11"><layers/><edges/></net>'
} >bomb.xml
quantize "entity bomb" "bomb.xml" bomb.xml
printf '<!DOCTYPE net [<!ENTITY x SYSTEM "file:///etc/passwd">]><net name="&x;" version="11"><layers/></net>' >external.xml
quantize "external entity" "external.xml" external.xml
grep -q root: stderr && complain "external entity is read"
{
    printf '<net name="deep" version="11">'
    for _ in $(seq 20000); do printf '<a>'; done
} >deep.xml
quantize "deep nesting" "deep.xml" deep.xml

edge=$(grep -o '<edge [^>]*>' "$good_xml" | sed -n 40p)
edge_from() # NAME, layer or port, its number: the model NAME.xml, with that edge from elsewhere
{
    changed "$1" "\\|$edge| s/from-$2=\"[0-9]*\"/from-$2=\"$3\"/"
}
edge_from cycle layer 180
quantize "cyclic edges" "cycle.xml" cycle.xml
edge_from edge_nowhere layer 99999
quantize "edge from nowhere" "edge_nowhere.xml|99999" edge_nowhere.xml
edge_from edge_port port 77
quantize "edge from a port that is not there" "edge_port.xml" edge_port.xml
changed duplicate 's/<layer id="5"/<layer id="4"/'
quantize "two layers of one id" "duplicate.xml" duplicate.xml
result=$(sed -n 's/.*<layer id="\([0-9]*\)".*type="Result".*/\1/p' "$good_xml")
changed no_result "/type=\"Result\"/,/<\/layer>/d; /to-layer=\"$result\"/d"
quantize "no output" "no_result.xml|Result" no_result.xml
expect "no output, with an adapter" "no_result.xml|Result" \
    "$program" evaluate no_result.xml --data "$val" --config "$config" --adapter ssd
mkfifo fifo.xml fifo.onnx fifo_bin.bin
cp "$good_xml" fifo_bin.xml
quantize "FIFO as xml" "fifo.xml: is not a regular file" fifo.xml
expect "FIFO as ONNX" "fifo.onnx: is not a regular file" "$program" import fifo.onnx -o out
quantize "FIFO as bin" "fifo_bin.bin" fifo_bin.xml
changed unknown_operator 's/type="ReLU"/type="Relux"/'
quantize "unknown operator" "unknown_operator.xml|Relux" unknown_operator.xml
changed no_strides 's/strides="[0-9, ]*"/strides="0,0"/'
quantize "stride of zero" "no_strides.xml|strides" no_strides.xml
changed huge_pads 's/pads_begin="[0-9, ]*"/pads_begin="2000000000,2000000000"/
    s/auto_pad="[a-z_]*"/auto_pad="explicit"/'
quantize "huge padding" "huge_pads.xml" huge_pads.xml
changed negative 's|<dim>32</dim>|<dim>-32</dim>|'
quantize "negative dimension" "negative.xml" negative.xml
changed huge 's|<dim>32</dim>|<dim>9223372036854775807</dim>|'
quantize "huge dimension" "huge.xml" huge.xml
changed not_a_number 's|<dim>32</dim>|<dim>many</dim>|'
quantize "dimension of letters" "not_a_number.xml|many" not_a_number.xml
changed shape_lie 's|shape="16, 3, 3, 3"|shape="16, 3, 3, 300"|'
quantize "constant larger than its bytes" "shape_lie.xml" shape_lie.xml
changed type_lie 's/element_type="f32"/element_type="f31"/'
quantize "unknown element type" "type_lie.xml|f31" type_lie.xml

# -- the model's bin ----------------------------------------------------------------------------

cp "$good_xml" nobin.xml
quantize "missing bin" "nobin" nobin.xml
cp "$good_xml" short.xml
head -c 1000 "$good_bin" >short.bin
quantize "bin shorter than an offset says" "short" short.xml
changed offset 's/offset="[0-9]*"/offset="18446744073709551000"/'
quantize "huge offset" "offset" offset.xml
changed minus 's/offset="[0-9]*"/offset="-4"/'
quantize "negative offset" "minus" minus.xml

# -- images -------------------------------------------------------------------------------------

data()
{
    expect "$1" "$2" "$program" quantize "$good_xml" --data "$3" --config "$config" -o out
}

data "missing folder of images" "nowhere" nowhere
mkdir none
echo hello >none/readme.txt
data "folder without images" "none" none
mkdir text
echo "this is a text" >text/picture.jpg
data "text file named .jpg" "picture.jpg" text
mkdir corrupt
for file in "$demo"/calib/cat/*.jpg; do head -c 200 "$file" >"corrupt/$(basename "$file")"; done
data "all images corrupt" "10 of 10|0000.jpg" corrupt
mkdir bad_png
printf '\211PNG\r\n\032\n\000\000\000\015IHDR\177\377\377\377\177\377\377\377\010\002\000\000\000AAAA' >bad_png/big.png
data "PNG of 2^31 pixels a side" "big.png" bad_png
echo "$demo/calib/cat/none.jpg" >list.txt
data "list of missing images" "none.jpg" list.txt
: >empty.txt
data "empty list" "empty.txt" empty.txt

# -- labels -------------------------------------------------------------------------------------

labels()
{
    expect "$1" "$2" "$program" evaluate "$good_xml" --data "$val" --labels labels.txt \
        --config "$config"
}

rm -f labels.txt
labels "missing labels" "labels.txt"
echo "cat/0000.jpg" >labels.txt
labels "label without a class" "labels.txt"
echo "cat/0000.jpg -7" >labels.txt
labels "negative class" "labels.txt"
echo "cat/nothing.jpg 3" >labels.txt
labels "labels of other images" "labels.txt"
find "$val" -name '*.jpg' | sed "s|$demo/val/||; s/\$/ 4000/" >labels.txt
labels "class beyond the model's" "labels.txt|4001"

# -- statistics and results ---------------------------------------------------------------------

# Statistics in OUT are a cache: those that cannot be used are collected again, and the reason is said.
anew()
{
    cp out/stats.h5 before.h5
    rm -f out/*.xml
    "$program" quantize "$good_xml" --data "$calib" --config "$config" --subset 4 -o out \
        >stdout 2>stderr
    code=$?
    if [ $code = 0 ] && [ -s out/resnet8-cifar10-int8.xml ] && ! cmp -s out/stats.h5 before.h5 &&
        grep -q "again: out/stats.h5: .*$2" stderr; then
        passed=$((passed + 1))
    else
        complain "$1: exit $code"
    fi
}

mkdir out
head -c 5000 /dev/urandom >out/stats.h5
anew "garbage in OUT/stats.h5" "not a statistics file"
head -c 100000 out/stats.h5 >cut.h5 && mv cut.h5 out/stats.h5
anew "half of a stats.h5" "damaged"
sed 's/auto_pad="same_upper"/auto_pad="same_lower"/' "$good_xml" >other.xml
cp "$good_bin" other.bin
"$program" calibrate other.xml --data "$calib" --config "$config" --subset 4 -o out/stats.h5 \
    >stdout 2>stderr || complain "calibrate another model"
anew "stats.h5 of another model" "model"
"$program" calibrate "$good_xml" --data "$calib" --config "$config" --scale 2 --subset 4 \
    -o out/stats.h5 >stdout 2>stderr || complain "calibrate with other preprocessing"
anew "stats.h5 of other preprocessing" "scale"
"$program" calibrate "$good_xml" --data "$val" --config "$config" --subset 4 -o out/stats.h5 \
    >stdout 2>stderr || complain "calibrate with other images"
anew "stats.h5 of other images" "images"
"$program" calibrate "$good_xml" --data "$calib" --config "$config" --subset 4 -o given.h5 \
    >stdout 2>stderr || complain "calibrate for --stats"
rm -rf out
expect "--stats of another model" "model" "$program" quantize other.xml --stats given.h5 \
    --config "$config" -o out
expect "--stats of other preprocessing" "scale" "$program" quantize "$good_xml" --stats given.h5 \
    --config "$config" --scale 2 -o out
expect "--stats that is no file" "nothing.h5" "$program" quantize "$good_xml" --stats nothing.h5 \
    --config "$config" -o out
rm -rf out
"$program" quantize "$good_xml" --stats given.h5 --config "$config" -o planned >stdout 2>stderr ||
    complain "a plan to damage"
follow()
{
    name=$1 words=$2
    shift 2
    expect "$name" "$words" "$program" quantize "$@" --stats given.h5 --plan plan.json \
        --config "$config" -o out
}
head -c 3000 planned/plan.json >plan.json
follow "half of a plan" "plan.json:" "$good_xml"
sed 's/"format": .*/"format": "a letter",/' planned/plan.json >plan.json
follow "a plan that is none" "plan.json|not a plan|a letter" "$good_xml"
sed '0,/"levels": 256/s//"levels": "many"/' planned/plan.json >plan.json
follow "a plan with wrong levels" "plan.json|activations[0]|levels|many|expected" "$good_xml"
sed 's/"estimator"/"estimater"/' planned/plan.json >plan.json
follow "a plan with an unknown key" "estimater|did you mean" "$good_xml"
cp planned/plan.json plan.json
sed 's/"layer": "Multiply_3969"/"layer": "Multiply_39"/' planned/plan.json >plan.json
follow "a plan with a layer that is not there" "plan.json|Multiply_39|did you mean" "$good_xml"
if [ -n "$python" ]; then
"$python" - <<'PYTHON'
import json
plan = json.load(open("planned/plan.json"))
del plan["activations"][1], plan["weights"][1]
json.dump(plan, open("plan.json", "w"))
PYTHON
rm -rf out
"$program" quantize --seconds 0 "$good_xml" --stats given.h5 --plan plan.json -o out >stdout 2>stderr ||
    complain "a plan with entries missing"
for words in 'no ranges of these values, decided from the statistics' 'no weights of these layers, which are quantized'; do
    grep -q "warning: plan.json: $words" stdout || complain "entries missing in a plan: '$words' is not in the report"
done
fi
rm -rf out
cp planned/plan.json plan.json
follow "a plan of another model" "plan.json|another model" other.xml
follow "a plan and its settings" "--preset|decided by --plan" "$good_xml" --preset mixed
printf '%s' '<net name="n" version="11"><layers><layer id="0" name="x" type="Parameter" version="opset1">' \
    '<data shape="1,2" element_type="f32"/><output><port id="0" precision="FP32"><dim>1</dim><dim>2</dim>' \
    '</port></output></layer></layers><edges/></net>' >noresult.xml
: >noresult.bin
for precision in fp16 int8-weights int8; do
    expect "a graph without Result, $precision" "noresult.xml|no output" "$program" quantize noresult.xml \
        --precision $precision -o out
done
mkdir -p out/stats.h5
expect "folder named stats.h5" "stats.h5" "$program" quantize "$good_xml" --data "$calib" \
    --config "$config" --subset 4 -o out
: >out
quantize "OUT is a file" "out" "$good_xml"
rm -f out
if [ "$(id -u)" = 0 ]; then
    out=/proc/requant
else
    mkdir locked && chmod a-w locked
    out=locked/out
fi
expect "unwritable OUT" "$out" "$program" quantize "$good_xml" --data "$calib" \
    --config "$config" --subset 4 -o "$out"
cp "$good_xml" "$good_bin" .
expect "-o names the model itself" "resnet8-cifar10.xml" "$program" quantize resnet8-cifar10.xml \
    --data "$calib" --config "$config" -o resnet8-cifar10.xml
cmp -s resnet8-cifar10.xml "$good_xml" || complain "the model was overwritten"
"$program" quantize "$good_xml" --data "$calib" --config "$config" --subset 4 -o quantized \
    --quiet >stdout 2>stderr || complain "the good model"
quantize "quantized already" "quantized/resnet8-cifar10-int8.xml|--requantize" \
    quantized/resnet8-cifar10-int8.xml

# A full disk, as small as each file on the way: files may not grow beyond so many KiB.
full_disk()
{
    expect "full disk after $1 KiB" "out" bash -c "trap '' XFSZ; ulimit -f $1; exec \"\$@\"" - \
        "$program" quantize "$good_xml" --data "$calib" --config "$config" --subset 4 -o out
}
for limit in 1 8 64; do full_disk $limit; done
# An output that does not arrive is told once.
if [ -w /dev/full ]; then
    for line in "ops" "--version" "--help" "quantize --help" "help lint" "quantize --adapter help"; do
        # shellcheck disable=SC2086 # words of a command line
        "$program" $line >/dev/full 2>stderr
        code=$?
        if [ $code = 1 ] && [ "$(wc -l <stderr)" = 1 ] && grep -q "standard output" stderr; then
            passed=$((passed + 1))
        else
            complain "$line on a full standard output: exit $code"
        fi
    done
fi

# -- options ------------------------------------------------------------------------------------

option()
{
    name=$1 words=$2
    shift 2
    expect "$name" "$words" "$program" quantize "$good_xml" --data "$calib" --subset 4 -o out "$@"
}

expect "no command" "requant" "$program" quantise
option "unknown option" "--prezet|--preset" --prezet mixed
option "option without its value" "--preset" --preset
option "unknown choice" "sideways|mixed" --preset sideways
option "unknown range" "nothing|minmax" --range nothing
option "letters for a number" "--threads" --threads many
option "negative number" "--threads" --threads -3
option "unknown layer to ignore" "Convolution_19|Convolution_195" --ignore Convolution_19
option "unknown type to ignore" "Convolutoin|Convolution" --ignore-type Convolutoin
option "bad pattern to ignore" "conv[" --ignore-pattern 'conv['
option "crop that is not the input" "20" --config "$config" --crop 20
option "mean of two" "mean" --config "$config" --mean 1,2
option "scale of zero" "scale" --config "$config" --scale 0
option "unknown channels" "rbg" --config "$config" --channels rbg
option "missing config" "nothing.yaml" --config nothing.yaml
printf 'resize: 32\ncrpo: 32\n' >typo.yaml
option "unknown key in the config" "typo.yaml|crpo|crop" --config typo.yaml
printf 'resize: [32\n' >broken.yaml
option "broken config" "broken.yaml" --config broken.yaml
printf 'a: &a [x,x]\nb: &b [*a,*a]\nresize: *b\n' >alias.yaml
option "aliases in the config" "alias.yaml" --config alias.yaml
input=$(grep -o '<layer [^>]*type="Parameter"' "$good_xml" | sed 's/.*name="\([^"]*\)".*/\1/')
option "shape of an unknown input" "nothing|$input" --config "$config" --shape 'nothing[1,3,32,32]'
option "shape of no dimensions" "resnet8-cifar10.xml" --config "$config" --shape "${input}[]"
for shape in '[1,3]' "${input}[1,3" "${input}[1,a]" "${input}[1,-3,32,32]" \
    "${input}[9999999999999999999]" "${input}[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]"; do
    option "shape $shape" "${shape%%[*}" --config "$config" --shape "$shape"
done
expect "no output" "-o" "$program" quantize "$good_xml" --data "$calib"
expect "two models" "other.xml" "$program" quantize "$good_xml" other.xml --data "$calib" -o out
echo mine >own.txt
expect "a report in place of the model" "--json|$(basename "$good_bin")" "$program" bench "$good_xml" \
    --json "$good_bin"
expect "classes in place of the labels" "--classes|own.txt" "$program" evaluate "$good_xml" \
    --data "$val" --config "$config" --labels own.txt --classes own.txt

# -- run ----------------------------------------------------------------------------------------

npy()
{
    printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '$2', 'fortran_order': False, 'shape': ($3), }" >"$1"
    head -c "$4" /dev/zero >>"$1"
}
run()
{
    expect "$1" "$2" "$program" run "$good_xml" --input "$input=$3" --save out
}

npy wrong.npy '<f4' '1, 3, 5, 7' 420
run "array of a wrong shape" "$input" wrong.npy
npy short.npy '<f4' '1, 32, 32, 3' 100
run "array shorter than its shape" "short.npy" short.npy
npy huge.npy '<f4' '4294967296, 4294967296, 4294967296' 100
run "array of a huge shape" "huge.npy" huge.npy
npy object.npy '|O' '1, 32, 32, 3' 100
run "array of objects" "object.npy" object.npy
npy type.npy '<i8' '1, 32, 32, 3' 24576
run "array of a wrong type" "$input" type.npy
echo hello >text.npy
run "text as an array" "text.npy" text.npy
run "missing array" "missing.npy" missing.npy
expect "no input given" "$input" "$program" run "$good_xml" --save out
expect "unknown input" "nothing" "$program" run "$good_xml" --input nothing=wrong.npy --save out

echo "$passed refused as they should be"
