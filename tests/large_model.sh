#!/bin/bash
# Models whose weights are streamed: the peak of memory is a fraction of their size, and the bytes are
# right all the same.
. "$(dirname "$0")/lib.sh"
case $build in *asan | *tsan) skip "sanitizers keep memory of their own" ;; esac
if [ -z "$python" ]; then skip "python3 makes the model"; fi

layers=24
size=$((layers * 4)) # MB

# MatMuls of 1024x1024, each with weights of its own.
"$python" - "$layers" <<'END'
import array, random, sys

N, layers = 1024, int(sys.argv[1])
random.seed(1)
base = array.array("f", (random.gauss(0, 0.04) for _ in range(N * N + 997 * layers)))
with open("large.bin", "wb") as out:
    for i in range(layers):
        base[i * 997 : i * 997 + N * N].tofile(out)


def port(number, dims, names=""):
    return f'<port id="{number}" precision="FP32"{names}>' + "".join(f"<dim>{d}</dim>" for d in dims) + "</port>"


def layer(number, name, kind, data, inputs, outputs):
    ports = "".join(f"<{side}>{''.join(p)}</{side}>" for side, p in (("input", inputs), ("output", outputs)) if p)
    return f'<layer id="{number}" name="{name}" type="{kind}" version="opset1"><data {data}/>{ports}</layer>'


row, square = (1, N), (N, N)
nodes = [layer(0, "x", "Parameter", f'shape="1,{N}" element_type="f32"', [], [port(0, row)])]
edges, last, number = [], (0, 0), 1
for i in range(layers):
    nodes.append(layer(number, f"w{i}", "Const",
                       f'element_type="f32" shape="{N},{N}" offset="{4 * N * N * i}" size="{4 * N * N}"',
                       [], [port(0, square)]))
    nodes.append(layer(number + 1, f"m{i}", "MatMul", 'transpose_a="false" transpose_b="true"',
                       [port(0, row), port(1, square)], [port(2, row)]))
    edges += [(*last, number + 1, 0), (number, 0, number + 1, 1)]
    last, number = (number + 1, 2), number + 2
nodes.append(layer(number, "y", "Result", "", [port(0, row)], []))
edges.append((*last, number, 0))
with open("large.xml", "w") as out:
    out.write('<?xml version="1.0"?><net name="large" version="11"><layers>' + "".join(nodes) + "</layers><edges>")
    for a, b, c, d in edges:
        out.write(f'<edge from-layer="{a}" from-port="{b}" to-layer="{c}" to-port="{d}"/>')
    out.write("</edges></net>")
END

# Runs the program; `peak` is what it took of memory at most, in MB.
measured() # ARGUMENTS...
{
    "$python" - "$program" "$@" >peak 2>stderr <<'END' || fail "$*: exit $?"
import os, sys

child = os.fork()
if child == 0:
    os.dup2(os.open("stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss // 1024)
sys.exit(os.waitstatus_to_exitcode(status))
END
    peak=$(cat peak)
}

expect_below() # MB WHAT
{
    if [ "$peak" -ge "$1" ]; then complain "$2: $peak MB of memory for a model of $size MB"; fi
}

measured show large.xml
expect_below $((size / 2)) show
measured quantize large.xml --precision fp16 -o half
expect_below $((size / 2)) fp16
measured quantize large.xml --precision int8-weights -o eight
expect_below $((size / 2)) int8-weights
measured quantize large.xml --precision int4-weights -o four
expect_below $((size / 2)) int4-weights

# The same numbers as of each alone.
"$python" - <<'END' || complain "fp16: other numbers"
import struct, sys

with open("large.bin", "rb") as source, open("half/large-fp16.bin", "rb") as half:
    for first in (0, 5 << 20, 90 << 20):
        source.seek(4 * (first // 4))
        half.seek(2 * (first // 4))
        numbers = struct.unpack("<4096f", source.read(16384))
        if struct.pack("<4096e", *numbers) != half.read(8192):
            sys.exit(1)
END
if [ "$(stat -c %s eight/large-int8-weights.bin)" -gt $((layers * 1060000)) ]; then
    complain "int8-weights: larger than its codes"
fi

# Pieces are read when they are written: what became shorter until then is a message.
head -c 1000000 large.bin >short.bin
cp large.xml short.xml
if "$program" quantize short.xml --precision fp16 -o short 2>stderr; then complain "a short .bin is taken"; fi
grep -q 'past the end of' stderr || complain "a short .bin: another message"
if [ -e short/short-fp16.xml ]; then complain "a short .bin: a model all the same"; fi

pass "weights are streamed"
