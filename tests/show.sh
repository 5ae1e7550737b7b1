#!/bin/bash
# requant show: every kind of file, as text and as JSON, and what it says of other files.
. "$(dirname "$0")/lib.sh"
unset LC_ALL LC_CTYPE
export LANG=C.UTF-8

# show CODE ARGUMENTS...
show()
{
    expected=$1 code=0
    shift
    timeout 60 "$program" show "$@" >stdout 2>stderr || code=$?
    [ $code = "$expected" ] || complain "show $*: exit $code, expected $expected"
}

has()
{
    grep -q -- "$1" stdout || complain "no '$1'"
}

"$program" quantize "$model" --data "$calib" --backend reference \
    --config "$config" --quiet --ignore-type MatMul -o out >log || complain quantize

show 0 out
has 'FP32 -> INT8'
has '^ *-*\[*---*\]*-*$' # ranges under the histograms
grep -q "$(printf '\033')" stdout && complain "colours in a pipe"
[ "$(grep -c 'range .* to' stdout)" = 3 ] || complain "three histograms"
show 0 out/report.json --all
has 'model/dense/MatMul *MatMul *f32'
show 0 out/report.json --json
[ "$("$tools/json_get" stdout schema)" = requant-report ] || complain "report as JSON"

# A terminal has its lines broken between words.
python3 - "$program" >stdout <<'END' || complain "a terminal of 80 columns"
import fcntl, os, pty, re, struct, subprocess, sys, termios
terminal, end = pty.openpty()
fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
show = subprocess.Popen([sys.argv[1], "show", "out"], stdout=end, stderr=end)
os.close(end)
text = b""
try:
    while part := os.read(terminal, 4096):
        text += part
except OSError:  # the end of a terminal whose program ended
    pass
lines = re.sub(r"\x1b\[[0-9;]*m", "", text.decode()).split("\r\n")
assert show.wait() == 0 and len(lines) > 20, text
print("\n".join(line for line in lines if len(line) > 80))
END
[ -z "$(tr -d '\n' <stdout)" ] || complain "lines of more than 80 columns: $(cat stdout)"

show 0 out/plan.json
has 'Multiply_3952 *Convolution *int8'
has 'model/dense/MatMul *MatMul'
has 'input:0 *256 *1 *0 to 255'
show 0 out/plan.json --layer Multiply_40 --json
"$tools/json_get" stdout settings preset >/dev/null || complain "plan as JSON"

show 0 out/stats.h5
has 'input:0 *\[1,32,32,3\] *0 *255'
has '█'
LANG=C show 0 out/stats.h5 --layer Transpose_620
grep -q '█' stdout && complain "blocks in an ASCII locale"
[ "$(grep -c '^Transpose_620' stdout)" = 1 ] || complain "one histogram"
show 0 out/stats.h5 --json
[ "$("$tools/json_get" stdout images_done)" = 100 ] || complain "statistics as JSON"

show 0 out/resnet8-cifar10-int8.xml
has 'quantized by requant: 10 FakeQuantize, 9 integer weights'
has 'Convolution *9'
has 'Identity:0 *\[1,10\] *f32'
has 'i8 *76.7 kB' # large constants, which are not read, count too
show 0 "$model" --layer model/dense/MatMul --all
has 'MatMul'
show 0 "$model" --json
[ "$("$tools/json_get" stdout ir_version)" = 11 ] || complain "model as JSON"

# -- models of other frameworks ----------------------------------------------------------------------

cat >net.prototxt <<'END'
name: "small"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
        pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "relu" type: "ReLU" bottom: "pool" top: "pool" }
END
show 0 net.prototxt
has 'small, Caffe'
has 'data *\[1,3,8,8\] *f32'
has 'pool/relu *\[1,3,4,4\] *f32'
has 'Pooling *1'
has 'AvgPool *1'
has '2.4e-07 an image' # 48 means of 4, 48 maxima
show 0 net.prototxt --json
[ "$("$tools/json_get" stdout imports)" = true ] || complain "a model as JSON"
[ "$("$tools/json_get" stdout operators ReLU)" = 1 ] || complain "operators as JSON"
sed 's/"ReLU"/"Relux"/' net.prototxt >unmapped.prototxt
show 0 unmapped.prototxt
has "Relux x1: 'relu'; the nearest that maps is ReLU"
show 0 unmapped.prototxt --json
[ "$("$tools/json_get" stdout imports)" = false ] || complain "a model that does not map, as JSON"
cat >graph.pbtxt <<'END'
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape"
  value { shape { dim { size: -1 } dim { size: 4 } dim { size: 4 } dim { size: 2 } } } } }
node { name: "y" op: "Sigmoid" input: "x" attr { key: "T" value { type: DT_FLOAT } } }
END
mkdir saved
show 0 graph.pbtxt --all
has 'graph, TensorFlow'
has 'x *\[?,4,4,2\] *f32'
has 'y *Sigmoid *y'
show 1 saved
grep -q saved_model.pb stderr || complain "a folder without a model"

# -- colours: on a terminal, unless NO_COLOR ---------------------------------------------------------

if command -v script >/dev/null; then
    TERM=xterm script -qec "$program show out/plan.json" /dev/null >stdout </dev/null
    grep -q "$(printf '\033')" stdout || complain "no colours on a terminal"
    NO_COLOR=1 TERM=xterm script -qec "$program show out/plan.json" /dev/null >stdout </dev/null
    grep -q "$(printf '\033')" stdout && complain "colours with NO_COLOR"
fi

# -- what cannot be shown ----------------------------------------------------------------------------

show 1 missing
show 1 "$demo"
show 1 "$root/Makefile"
grep -q 'plan.json' stderr || complain "kinds are named"
: >empty
show 1 empty
head -c 100 out/stats.h5 >cut.h5
show 1 cut.h5
echo '{"schema": "requant-report"' >cut.json
show 1 cut.json
echo '{"schema": "requant-report", "schema_version": 1}' >bare.json
show 0 bare.json
show 2
