#!/bin/bash
# What people type in their first five minutes: models that are no IR yet, folders, flags of another
# tool, data in folders that are no classes. On the demo's network.
. "$(dirname "$0")/lib.sh"

"$tools/ir_to_onnx" "$model" net.onnx >/dev/null

# quantize_weights MODEL [flags]: the quickest kind, into `out`.
quantize_weights()
{
    rm -rf out
    "$program" quantize --seconds 0 "$@" --precision int8-weights -o out --quiet >stdout 2>stderr
}

refused() # what, exit status, pattern of the message, COMMAND...
{
    local what=$1 want=$2 pattern=$3 status=0
    shift 3
    "$program" "$@" >stdout 2>stderr || status=$?
    # shellcheck disable=SC2053 # one of several, as in [12]
    [[ $status = $want ]] || fail "$what: exit $status, not $want"
    grep -qE -e "$pattern" stderr || fail "$what: says something else"
    pass "$what"
}

# -- models ---------------------------------------------------------------------------------------

quantize_weights net.onnx || fail "an ONNX model"
[ -s out/net-int8-weights.xml ] || fail "an ONNX model: no out/net-int8-weights.xml"
mkdir one two empty
cp net.onnx one
touch one/notes.txt one/annotation.xml
quantize_weights one || fail "a folder with one model"
cp net.onnx two/a.onnx
cp net.onnx two/b.onnx
quantize_weights "$demo/model" || fail "a folder with an IR"
pass "models: ONNX, a folder with one model, a folder with an IR"
pbtxt=$root/tests/data/import/graph.pbtxt
rm -rf out
"$program" quantize --seconds 0 "$pbtxt" --precision fp16 -o out >stdout 2>stderr || fail "TensorFlow's text"
[ "$("$tools/json_get" out/report.json before format)" = TensorFlow ] || fail "TensorFlow's text: another format"
[ "$("$tools/json_get" out/report.json before xml_bytes)" = "$(stat -c %s "$pbtxt")" ] ||
    fail "TensorFlow's text: another size"
grep -q '^ *model files  ' stdout || fail "TensorFlow's text: has no xml and bin"
pass "the report says what a model is that is no IR, and how large"
refused "a folder with two models" 2 'holds 2 models, name one of them: a.onnx, b.onnx' \
    quantize two -o out
refused "a folder without a model" 1 'a folder without a model' quantize empty -o out
printf 'PK\003\004' | tee net.pt >net.keras
refused "PyTorch's own format" 1 "torch.onnx.export\\(model" quantize net.pt -o out
refused "PyTorch's own format, import" 1 "torch.onnx.export\\(model" import net.pt -o out
refused "Keras's own format" 1 "load_model\\('net.keras', compile=False\\).export\\('model'\\)" \
    import net.keras -o out

printf '\034\0\0\0TFL3' >net.tflite
refused "a damaged TensorFlow Lite model" 1 'damaged TensorFlow Lite model.*' import net.tflite -o out

# -- import's flags -------------------------------------------------------------------------------

quantize_weights net.onnx --mean_values 1,2,3 --scale_values '(4)' || fail "--mean_values"
grep -q '<mean_values value="1,2,3"' out/net-int8-weights.xml || fail "--mean_values: not in the IR"
quantize_weights net.onnx --import-input 'nosuch' && fail "--import-input is not read"
grep -q nosuch stderr || fail "--import-input: says something else"
pass "import's flags on the way"
refused "import's flags for an IR" 2 '--mean_values is of models that are imported.*--mean prepares' \
    quantize "$model" --mean_values 1 -o out
"$program" import net.onnx --mean '(1,2,3)' --scale 4,4,4 -o ir1 >/dev/null 2>stderr ||
    fail "import --mean --scale A,B,C"
"$program" import net.onnx --mean_values '(1,2,3)' --scale_values '(4,4,4)' -o ir2 >/dev/null
cmp ir1/net.bin ir2/net.bin
"$program" import net.onnx --mean_values '(0.485,0.456,0.406)' --scale_values 0.229,0.224,0.225 -o ir3 \
    >/dev/null 2>stderr || fail "import: mean and scale below 1"
grep -q 'did you mean --mean_values 123.675,116.28,103.53 --scale_values 58.395,57.12,57.375?' stderr ||
    fail "import: mean and scale below 1 are not asked about"
pass "import: mean and scale below 1"
refused "import, twice" 2 'exclude each other' import net.onnx --mean 1 --mean_values 1 -o ir3
pass "import and quantize take each other's spelling"

# -- data and preprocessing -----------------------------------------------------------------------

quick=(--subset 12 --preset performance --range minmax --rounding nearest --equalize off
    --no-bias-correction -o out)

quantize_images() # flags
{
    rm -rf out
    "$program" quantize --seconds "${speed:-0}" "$model" "${quick[@]}" "$@" >stdout 2>stderr
}

says() # what, pattern, file
{
    grep -qE -e "$2" "$3" || fail "$1: not said in $3"
    pass "$1"
}

quantize_images --data "$calib" || fail "no preprocessing"
says "no preprocessing: raw pixels are right here" 'no preprocessing is given.*nothing better' stderr
"$program" import net.onnx --mean 127.5 --scale 0.003921568627 -o raw >/dev/null 2>stderr
rm -rf out
"$program" quantize --seconds 0 raw/net.xml --data "$calib" "${quick[@]}" >stdout 2>stderr ||
    fail "an IR with mean and scale"
if grep -q 'no preprocessing' stderr; then fail "an IR with mean and scale: asked for more"; fi
"$tools/json_get" out/report.json speeds 0 >/dev/null 2>&1 && fail "--seconds 0: speed was measured"
speed=0.1 quantize_images --data "$calib" --config cifar10 || fail "--config"
"$tools/json_get" out/report.json speeds 0 >/dev/null || fail "--seconds 0.1: no speed"
pass "speed is measured as long as is asked for"
if grep -q 'no preprocessing' stderr; then fail "--config: asked for more"; fi
if ! grep -q 'was not found' stderr; then
    says "the model is run in OpenVINO, too" 'OpenVINO .* computes .*outputs.*: SQNR [0-9.]+ dB' stdout
fi
pass "preprocessing that is there is not missed"
quantize_images --data "$calib" --mean 0.485,0.456,0.406 --scale 0.229,0.224,0.225 ||
    fail "mean and scale below 1"
says "mean and scale below 1" 'did you mean --mean 123.675,116.28,103.53 --scale 58.395,' stderr
says "mean and scale below 1, in the report" '123.675,116.28,103.53' out/report.json
quantize_images --data "$calib" --scale 0.00392156863 || fail "a scale to multiply by"
says "a scale to multiply by" 'did you mean --scale 255?' stderr
"$program" evaluate "$model" --data "$calib" --scale 0.00392156863 >stdout 2>stderr || fail "evaluate"
says "a scale to multiply by, in evaluate" 'did you mean --scale 255?' stderr
mkdir -p halves/train halves/val
cp "$calib"/airplane/*.png "$calib"/airplane/*.jpg halves/train 2>/dev/null || true
cp "$calib"/bird/*.png "$calib"/bird/*.jpg halves/val 2>/dev/null || true
quantize_images --data halves --config cifar10 || fail "train and val"
says "train and val are no classes" "such as 'train' are parts of the data, no classes" stderr
refused "an empty -o" 2 '-o .--output. is empty' quantize "$model" --data "$calib" -o ''
(ulimit -f 8; refused "a limit on the size of files" 1 'File too large' \
    quantize "$model" --data "$calib" --config cifar10 --rounding nearest -o limited)
quantize_images --data "$demo" --config cifar10 || fail "calib and val"
says "calib and val are no classes" 'the [0-9]+ sub-folders are not the classes' stderr

# Mistakes that can be seen before the first image is run.
echo 'nosuch.jpg 1' >labels.txt
early() # what, pattern, flags
{
    local what=$1 pattern=$2
    shift 2
    if quantize_images --data "$calib" --config cifar10 "$@"; then fail "$what: accepted"; fi
    if [ -e out/stats.h5 ] || [ -e out/.requant/stats.h5 ]; then fail "$what: told after calibrating"; fi
    says "$what" "$pattern" stderr
}
early "labels of other images" 'labels.txt:1: no image' --labels labels.txt
(cd "$calib" && find . -name '*.jpg') | awk '{ print substr($0, 3), NR % 12 }' >twelve.txt
early "labels of more classes than the model has" "twelve.txt has 12 classes, but .* has only 10" \
    --labels twelve.txt
{ echo path,class; sed "s|^|$calib/|; s/ /,/" twelve.txt; } >twelve.csv
early "a table of more classes" "twelve.csv has 12 classes, but .* has only 10" --val twelve.csv
seq 12 >names.txt
early "more names of classes than the model has" "names.txt has 12 names .* has 10 classes" \
    --class-names names.txt
early "a missing --val" 'nosuch: no such file' --val nosuch
touch file
for flags in '--val nosuch -o out' '-o file/out'; do
    # shellcheck disable=SC2086 # two flags
    "$program" quantize --seconds 0 "$model" --data "$calib" $flags >stdout 2>stderr && fail "$flags: accepted"
    if grep -q 'no preprocessing' stderr; then fail "$flags: told after a look at images"; fi
done
pass "--val and -o are checked before a look at images"
early "an unknown adapter" "did you mean 'ssd'" --adapter ssdd
early "an adapter's missing file" 'charset.txt: cannot open' --adapter ctc:charset=charset.txt
early "a plan that is none" 'labels.txt' --plan labels.txt
cp "$model" broken.xml
cp "${model%.xml}.bin" broken.bin
printf '\0\0\300\177' | dd of=broken.bin bs=1 seek=1824 conv=notrunc 2>/dev/null # a weight
refused "a weight that is NaN" 1 "^requant quantize: broken.xml: layer '.*' \(Convolution\): 1 of its 2304 weights are NaN" \
    quantize broken.xml --data "$calib" --config cifar10 -o out
if [ -e out ]; then fail "a weight that is NaN: told after calibrating"; fi
"$program" quantize --seconds 0 broken.xml --data "$calib" --config cifar10 --subset 8 --precision int8-weights \
    --rounding nearest -o out >stdout 2>stderr || fail "a weight that is NaN, in a layer that stays"
says "a weight that is NaN, in a layer that stays" "1 of its weights are NaN or infinite" stderr
cp "${model%.xml}.bin" broken.bin
printf '\0\0\300\177' | dd of=broken.bin bs=1 seek=1760 conv=notrunc 2>/dev/null # of a bias
"$program" quantize --seconds 0 broken.xml --data "$calib" --config cifar10 --subset 8 --rounding nearest -o out \
    >stdout 2>stderr
says "a bias that is NaN" "\\(Add\\): 1 of its constants' values are NaN" stderr
says "a bias that is NaN, in the report" "warning: layer .*constants' values are NaN" stdout
status=0
"$program" lint broken.xml --data "$calib" --config cifar10 --subset 20 >stdout 2>stderr || status=$?
[ $status = 3 ] || fail "a bias that is NaN: lint ends with $status"
says "a bias that is NaN, in lint" "error  constants: layer .*constants' values are NaN" stdout
"$program" quantize --seconds 0 "$model" --config cifar10 --subset 4 --rounding nearest -o out >stdout 2>stderr ||
    fail "generated images"
if grep -q 'cannot be read' stderr; then fail "generated images: said to be unreadable"; fi
pass "generated images need no file"
refused "analyze, labels of other images" 1 'labels.txt:1: no image' \
    analyze "$model" --data "$calib" --config cifar10 --labels labels.txt
rm -rf flat
mkdir flat
cp "$val"/cat/*.jpg flat
refused "--classes without labels" 2 '^requant evaluate: --classes: needs a classifier' \
    evaluate "$model" --data flat --config cifar10 --classes none.csv
[ ! -e none.csv ] || fail "--classes without labels: a file all the same"

# -- names, and what the model says of itself -----------------------------------------------------

# In an order of its own, so that numbers alone would be wrong.
for name in airplane automobile bird cat deer dog frog horse ship truck; do echo "$name"; done >names.txt
mkdir some
for name in truck cat ship; do ln -s "$val/$name" "some/$name"; done
"$program" evaluate "$model" --data some --config cifar10 --class-names names.txt --classes classes.csv \
    >stdout 2>stderr || fail "--class-names"
says "folders that are called as classes are these" '^ +9  truck +20' stdout
accuracy=$(sed -n 's/^top-1 *\([0-9]*\).*/\1/p' stdout)
[ "$accuracy" -ge 60 ] || fail "three of ten folders: top-1 of $accuracy %"
find some/ -follow -name '*.jpg' | sed 's|some/\(.*\)/\(.*\)|\1/\2 \1|' >truths.txt
"$program" evaluate "$model" --data some --labels truths.txt --config cifar10 --class-names names.txt \
    >stdout 2>stderr || fail "names in a labels file"
[ "$accuracy" = "$(sed -n 's/^top-1 *\([0-9]*\).*/\1/p' stdout)" ] ||
    fail "names in a labels file: another accuracy"
refused "fewer names than classes, in a labels file" 2 'truths.txt: classes by name, 3 in all, .* has 10: --class-names FILE' \
    evaluate "$model" --data some --labels truths.txt --config cifar10
sed 's|^|some/|' truths.txt >listed.txt
"$program" evaluate "$model" --data listed.txt --config cifar10 --class-names names.txt >stdout 2>stderr ||
    fail "names in a list"
[ "$accuracy" = "$(sed -n 's/^top-1 *\([0-9]*\).*/\1/p' stdout)" ] || fail "names in a list: another accuracy"
refused "a file of names that is empty" 1 'no names of classes' \
    evaluate "$model" --data "$val" --class-names /dev/null
pass "names of classes"

if [ -n "$python" ]; then
    # A message that ends with more fields is the same message with them.
    "$python" - net.onnx told.onnx <<'PYTHON'
import sys
def field(number, data):
    size, out = len(data), bytes([number << 3 | 2])
    while size > 127: out, size = out + bytes([size & 127 | 128]), size >> 7
    return out + bytes([size]) + data
def entry(key, value): return field(14, field(1, key.encode()) + field(2, value.encode()))
names = "{0: 'air plane', 1: \"driver's seat\"}"
open(sys.argv[2], "wb").write(open(sys.argv[1], "rb").read() + entry("names", names) +
    entry("author", "Ultralytics") + entry("task", "detect") + entry("character", "a\nb"))
PYTHON
    "$program" import told.onnx -o told >/dev/null 2>stderr || fail "metadata"
    says "names of ONNX's metadata" '<labels value="air_plane driver.s_seat"' told/told.xml
    says "an alphabet of ONNX's metadata" '<character value="a&#10;b"' told/told.xml
    "$program" evaluate told/told.xml --data "$val" >stdout 2>stderr || true
    says "how an input is prepared" '--scale 255.0 --fit letterbox --pad 114' stderr
fi
mkdir beside
cp "$demo"/model/resnet8-cifar10.* beside
printf 'author: Ultralytics\ntask: classify\nnames:\n  0: zero\n  1: one\n' >beside/metadata.yaml
"$program" evaluate beside --data "$val" >stdout 2>stderr || fail "metadata.yaml"
says "metadata.yaml beside an IR" '--scale 255.0$' stderr
printf 'a: [\n' >beside/metadata.yaml
"$program" evaluate beside --data "$val" --subset 10 >stdout 2>stderr || fail "a damaged metadata.yaml"
says "a damaged metadata.yaml is passed over" 'metadata is passed over' stderr

# -- messages -------------------------------------------------------------------------------------

"$program" evaluate "$model" --data "$val" --config cifar10 --verbose --log run.log >stdout 2>stderr ||
    fail "--verbose --log"
[ "$("$program" quantize --seconds 0 "$model" --data "$calib" --config cifar10 --subset 12 --rounding nearest \
    --equalize off -o out --verbose 2>&1 >/dev/null | grep -c '^ranges: ')" -le 2 ] ||
    fail "--verbose: a line for each run of a search"
says "--verbose: steps and how long they took" '^measure: 200 in [0-9.]+ s$' stderr
"$program" evaluate nosuch --data "$val" --quiet --log run.log 2>stderr && fail "a missing model"
says "--log: steps with the time" '^[-0-9]+ [:0-9]+  measure: 200 in ' run.log
says "--log: errors of a further run" '  nosuch: cannot open' run.log
refused "--log: a folder that is not there" 1 'nosuch/run.log: cannot write' \
    evaluate "$model" --data "$val" --log nosuch/run.log
"$program" quantize --seconds 0 "$model" --data "$calib" --config cifar10 -o out >stdout 2>stderr &
sleep 0.3
kill -INT $!
status=0
wait $! || status=$?
[ $status = 130 ] || [ $status = 0 ] || fail "Ctrl-C: exit $status"
pass "Ctrl-C: exit $status"

# -- what -o may be -------------------------------------------------------------------------------

touch afile
refused "-o of a file" 2 '-o afile is a file: expected a folder .* name.xml or name.onnx' \
    quantize "$model" --precision fp16 -o afile
refused "-o of a folder below a file" 1 'afile: is in the way: a file, expected a folder' \
    quantize "$model" --precision fp16 -o afile/x.xml
refused "-o of another kind of file" 2 '-o x.txt: expected a folder .* name.xml or name.onnx' \
    quantize "$model" --precision fp16 -o x.txt
[ ! -e x.txt ] || fail "-o x.txt: a folder all the same"
mkdir shelf
echo mine >shelf/plan.json
for name in a b a; do
    "$program" quantize --seconds 0 "$model" --precision fp16 -o shelf/$name.onnx >stdout 2>stderr || fail "-o shelf/$name.onnx"
done
[ "$(grep -c 'has files of another model' stderr)" = 1 ] || fail "-o FILE.onnx: where files go is said once"
[ "$(cat shelf/plan.json)" = mine ] || fail "-o FILE.onnx: another's plan.json was replaced"
for name in a b; do
    [ "$("$tools/json_get" shelf/$name.report.json after path)" = shelf/$name.onnx ] || fail "-o shelf/$name.onnx: its report"
done
[ "$(find shelf -type f | wc -l)" = 7 ] || fail "-o FILE.onnx: $(ls shelf)"
"$program" compare shelf/a.report.json shelf/b.report.json >stdout 2>stderr || fail "compare two of one folder"
pass "models that share a folder have reports of their own"

# -- images in both folders -----------------------------------------------------------------------

# A folder of images that has those for validation in a folder of its own is calibrated without these.
for data in "$demo" "$calib"; do
    name=data-$(basename "$data")
    "$program" quantize --seconds 0 "$model" --data "$data" --val "$val" --config "$config" --rounding nearest \
        --equalize off -o "$name" >stdout 2>"$name.said" || fail "--val in --data: $(cat "$name.said")"
done
grep -q '^200 images of --data are in --val, too, and are not calibrated with$' data-demo.said || fail "--val in --data: not said"
for file in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin; do
    cmp data-demo/$file data-calib/$file || fail "--val in --data: calibrated with images of --val"
done
printf '%s\n' "$val"/cat/*.jpg >cats.txt
"$program" quantize --seconds 0 "$model" --data "$val/cat" --val cats.txt --config "$config" --rounding nearest --equalize off \
    -o cats >stdout 2>stderr || fail "the same images for both"
grep -q -- '^--val has all images of --data: accuracy is measured on the calibration images$' stderr ||
    fail "the same images for both: not said"
if grep -q 'in --val' data-calib.said; then fail "other images for --val: said to be those of --data"; fi
pass "images of --val are not calibrated with"

# -- backends -------------------------------------------------------------------------------------

# Found before the first image is read: these are none. OpenVINO, where it is there, shows no values inside a
# network; a library that has its functions is enough to say so.
mkdir no_images
for i in 1 2 3 4; do echo 'no image' >no_images/$i.png; done
functions=$(sed -n 's/.*{"\(ov_[a-z_]*\)".*/\1/p' "$root/engine/exec/openvino_library.c")
for name in $functions; do echo "int $name(void) { return 1; }"; done >openvino.c
${CC:-cc} -shared -fPIC -o libopenvino_c.so openvino.c || fail "no C compiler"

for command in quantize calibrate evaluate analyze tune lint compare run bench; do
    options="--data no_images"
    case $command in
        compare) options="$model $options" ;;
        run) options= ;;
        bench) options= ;;
        tune) options="$options --max-drop 1" ;;
        quantize) options="$options -o backend" ;;
        calibrate) options="$options -o backend.h5" ;;
    esac
    # shellcheck disable=SC2086 # several words
    refused "$command: a backend that is not here" 1 "backend 'openvino': OpenVINO's C library was not found" \
        $command "$model" $options --backend openvino --openvino "$work/nowhere"
    # shellcheck disable=SC2086
    refused "$command: a backend that nobody knows" '[12]' "backend 'openvin' is unknown; did you mean 'openvino'" \
        $command "$model" $options --backend openvin
    case $command in evaluate | run | bench) continue ;; esac
    # shellcheck disable=SC2086
    refused "$command: a backend that shows no values" 1 "backend 'openvino' shows no values inside a network" \
        $command "$model" $options --backend openvino --openvino "$work"
done
