#!/bin/bash
# `requant extension new`: the starter builds as it is, and its operator runs, is quantized around,
# and is asked for where it is missing.
. "$(dirname "$0")/lib.sh"
[ -n "$python" ] || skip "no python3"
compiler=$(command -v cc) || skip "no cc"

# A network of one custom layer between two convolutions, and its input.
cat >network.py <<'END_OF_PYTHON'
import struct
def layer(i, name, kind, version, data, ins, out):
    port = lambda p, dims: f'<port id="{p}" precision="FP32">' + "".join(f"<dim>{d}</dim>" for d in dims) + "</port>"
    text = f'<layer id="{i}" name="{name}" type="{kind}" version="{version}">' + (f"<data {data}/>" if data else "")
    if ins: text += "<input>" + "".join(port(p, d) for p, d in enumerate(ins)) + "</input>"
    if out: text += "<output>" + port(len(ins), out) + "</output>"
    return text + "</layer>"
x, w = [1, 2, 8, 8], [2, 2, 1, 1]
window = 'strides="1,1" dilations="1,1" pads_begin="0,0" pads_end="0,0"'
const = 'element_type="f32" shape="2,2,1,1" offset="0" size="16"'
layers = [layer(0, "x", "Parameter", "opset1", 'element_type="f32" shape="1,2,8,8"', [], x),
          layer(1, "w", "Const", "opset1", const, [], w),
          layer(2, "first", "Convolution", "opset1", window, [x, w], x),
          layer(3, "mine", "OddOne", "extension", 'lambd="0.25"', [x], x),
          layer(4, "second", "Convolution", "opset1", window, [x, w], x),
          layer(5, "out", "Result", "opset1", "", [x], None)]
edges = [(0, 0, 2, 0), (1, 0, 2, 1), (2, 2, 3, 0), (3, 1, 4, 0), (1, 0, 4, 1), (4, 2, 5, 0)]
open("net.xml", "w").write('<net name="net" version="11"><layers>' + "".join(layers) + "</layers><edges>" + "".join(
    f'<edge from-layer="{a}" from-port="{b}" to-layer="{c}" to-port="{d}"/>' for a, b, c, d in edges) + "</edges></net>")
weights = [1.0, 0.5, -0.5, 2.0]
open("net.bin", "wb").write(struct.pack("<4f", *weights))
def npy(path, values):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 8, 8), }"
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    open(path, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<128f", *values))
import os, random
random.seed(1)
os.makedirs("data")
mix = lambda v: [weights[0] * a + weights[1] * b for a, b in zip(v[:64], v[64:])] + \
                [weights[2] * a + weights[3] * b for a, b in zip(v[:64], v[64:])]
for i in range(8):
    v = [random.uniform(-1, 1) for _ in range(128)]
    npy(f"data/{i}.npy", v)
    if i == 0: npy("want.npy", mix([c if abs(c) > 0.25 else 0.0 for c in mix(v)]))
END_OF_PYTHON
"$python" network.py

cat >same.py <<'END_OF_PYTHON'
import struct, sys
a, b = (struct.unpack("<128f", open(f, "rb").read()[-512:]) for f in sys.argv[1:])
sys.exit(not all(abs(p - q) <= 1e-5 for p, q in zip(a, b)))
END_OF_PYTHON

refused() # WHAT TEXT ARGUMENTS...
{
    what=$1 text=$2
    shift 2
    if "$program" "$@" >log 2>stderr; then complain "$what is not refused"; fi
    grep -qF -- "$text" stderr || complain "$what: no '$text'"
}

"$program" extension new odd_one >log 2>stderr || complain "extension new"
make -s -C odd_one CC="$compiler" CFLAGS="-Wall -Wextra -Werror -pedantic" 2>stderr || complain "the starter does not build"
"$program" run net.xml --input x=data/0.npy --extensions odd_one/libodd_one.so --save got >log 2>stderr || complain run
"$python" same.py got/*.npy want.npy || complain "other values"
pass "the starter builds and runs"

"$program" quantize net.xml --data data --extensions ./odd_one/libodd_one.so --backend reference --quiet -o out >log 2>stderr ||
    complain quantize
grep -q 'type="OddOne" version="extension"' out/net-int8.xml || complain "the operator is gone"
grep -q 'type="FakeQuantize"' out/net-int8.xml || complain "nothing is quantized around it"
pass "quantized around it"

refused "a missing library" "layer 'mine': type OddOne of opset 'extension': give --extensions" \
    run net.xml --input x=data/0.npy
refused "no library" "no/lib.so" run net.xml --input x=data/0.npy --extensions no/lib.so
refused "a folder" "Model Optimizer's extensions are Python" run net.xml --input x=data/0.npy --extensions odd_one
refused "an operator of the IR" "is an operator of the IR" extension new tanh
refused "a wrong name" "expected letters" extension new ../x
refused "a folder that is there" "odd_one is there already" extension new odd_one
refused "another verb" "expected \`extension new NAME\`" extension make odd_two
pass "what is wrong is said"
