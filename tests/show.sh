# requant show: every kind of file, as text and as JSON, and what it says of other files.
set -eu
program=$(realpath "${PROGRAM:?names the requant binary}")
demo=$(realpath datasets/demo)
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. tests/tools/json_get.c "$BUILD_DIR/librequant.a" \
    $(pkg-config --cflags --libs jansson libxxhash) -lm -pthread -o "$work/json_get"
cd "$work"
failed=0
unset LC_ALL LC_CTYPE
export LANG=C.UTF-8

fail()
{
    failed=$((failed + 1))
    echo "FAIL  $1"
}

# show CODE ARGUMENTS...
show()
{
    expected=$1 code=0
    shift
    timeout 60 "$program" show "$@" >stdout 2>stderr || code=$?
    [ $code = "$expected" ] || fail "show $*: exit $code, expected $expected: $(cat stderr)"
}

has()
{
    grep -q -- "$1" stdout || fail "no '$1'"
}

"$program" quantize "$demo/model/resnet8-cifar10.xml" --data "$demo/calib" --backend reference \
    --config "$root/configs/cifar10.yaml" --quiet --ignore-type MatMul -o out >log || fail quantize

show 0 out
has 'FP32 -> INT8'
has '\[-*\]'
grep -q "$(printf '\033')" stdout && fail "colours in a pipe"
[ "$(grep -c 'range .* to' stdout)" = 3 ] || fail "three histograms"
show 0 out/report.json --all
has 'model/dense/MatMul *MatMul *f32'
show 0 out/report.json --json
[ "$(./json_get stdout schema)" = requant-report ] || fail "report as JSON"

show 0 out/plan.json
has 'Multiply_3952 *Convolution *int8'
has 'model/dense/MatMul *MatMul'
has 'input:0 *256 *1 *0 to 255'
show 0 out/plan.json --layer Multiply_40 --json
./json_get stdout settings preset >/dev/null || fail "plan as JSON"

show 0 out/stats.h5
has 'input:0 *\[1,32,32,3\] *0 *255'
has '█'
LANG=C show 0 out/stats.h5 --layer Transpose_620
grep -q '█' stdout && fail "blocks in an ASCII locale"
[ "$(grep -c '^Transpose_620' stdout)" = 1 ] || fail "one histogram"
show 0 out/stats.h5 --json
[ "$(./json_get stdout images_done)" = 100 ] || fail "statistics as JSON"

show 0 out/resnet8-cifar10-int8.xml
has 'quantized by requant: 13 FakeQuantize, 9 integer weights'
has 'Convolution *9'
has 'Identity:0 *\[1,10\] *f32'
show 0 "$demo/model/resnet8-cifar10.xml" --layer model/dense/MatMul --all
has 'MatMul'
show 0 "$demo/model/resnet8-cifar10.xml" --json
[ "$(./json_get stdout ir_version)" = 11 ] || fail "model as JSON"

# -- colours: on a terminal, unless NO_COLOR ---------------------------------------------------------

if command -v script >/dev/null; then
    TERM=xterm script -qec "$program show out/plan.json" /dev/null >stdout </dev/null
    grep -q "$(printf '\033')" stdout || fail "no colours on a terminal"
    NO_COLOR=1 TERM=xterm script -qec "$program show out/plan.json" /dev/null >stdout </dev/null
    grep -q "$(printf '\033')" stdout && fail "colours with NO_COLOR"
fi

# -- what cannot be shown ----------------------------------------------------------------------------

show 1 missing
show 1 "$demo"
show 1 "$root/Makefile"
grep -q 'plan.json' stderr || fail "kinds are named: $(cat stderr)"
: >empty
show 1 empty
head -c 100 out/stats.h5 >cut.h5
show 1 cut.h5
echo '{"schema": "requant-report"' >cut.json
show 1 cut.json
echo '{"schema": "requant-report", "schema_version": 1}' >bare.json
show 0 bare.json
show 2

[ $failed = 0 ] && echo "all as expected"
