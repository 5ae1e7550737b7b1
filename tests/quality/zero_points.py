"""What a zero point costs OpenVINO's CPU kernels: the figures of quant/placement/zero_points.def.
Chains of four layers with signed symmetric and with asymmetric codes run in turns, on one thread; of
each pair of runs the ratio of the process's own time, which other processes do not lengthen.
usage: zero_points.py [ROUNDS]     ONEDNN_MAX_CPU_ISA: AVX2, AVX2_VNNI, AVX512_CORE_VNNI, ALL"""
import os
import sys
import time

import numpy as np
import openvino as ov
from openvino import opset13 as op

LAYERS = 4
ENDS = {"symmetric": (128, -4.0), "asymmetric": (23, -0.4)}  # code of 0, low end
MOVES = {"": lambda x, c: x,
         "max pool": lambda x, c: op.max_pool(x, [1, 1], [1, 1], [1, 1], [1, 1], [3, 3]).output(0),
         "transpose": lambda x, c: op.transpose(x, i64(0, 1, 3, 2)),
         "slice": lambda x, c: op.concat([op.slice(x, i64(0), i64(c // 2), i64(1), i64(1)),
                                          op.slice(x, i64(c // 2), i64(c), i64(1), i64(1))], 1)}
# channels, side, window, groups, what moves the codes; or rows and width of a product
CONVOLUTIONS = [(c, side, window, 1, "") for window in (1, 3)
                for c, side in ((16, 112), (32, 56), (64, 56), (128, 28), (256, 14), (512, 7))]
CONVOLUTIONS += [(c, side, 3, c, "") for c, side in ((32, 112), (96, 56), (192, 28), (384, 14), (960, 7))]
CONVOLUTIONS += [(64, 56, 3, 4, ""), (256, 14, 3, 4, "")]
CONVOLUTIONS += [(64, 28, 3, 1, moves) for moves in MOVES if moves]
PRODUCTS = [(rows, width) for rows in (1, 16, 128) for width in (256, 768)]


def i64(*values):
    return op.constant(np.array(values, np.int64))


def quantized(x, codes):
    zero, low = ENDS[codes]
    step = -low / zero
    ends = [op.constant(np.float32(v)) for v in (low, (255 - zero) * step) * 2]
    return op.fake_quantize(x, *ends, 256)


def weights(shape, kept, rng):
    integers = op.constant(rng.integers(-127, 128, shape).astype(np.int8))
    scales = np.full([n if i in kept else 1 for i, n in enumerate(shape)], 1e-3, np.float32)
    return op.multiply(op.convert(integers, "f32"), op.constant(scales))


def convolve(x, c, window, groups, rng):
    pads, ones = [window // 2] * 2, [1, 1]
    if groups == 1:
        return op.convolution(x, weights([c, c, window, window], [0], rng), ones, pads, pads, ones)
    w = weights([groups, c // groups, c // groups, window, window], [0, 1], rng)
    return op.group_convolution(x, w, ones, pads, pads, ones)


def convolutions(shape, codes, rng):
    c, side, window, groups, moves = shape
    x = first = op.parameter([1, c, side, side], np.float32)
    for _ in range(LAYERS):
        y = convolve(MOVES[moves](quantized(x, codes), c), c, window, groups, rng)
        x = op.swish(op.add(y, op.constant(rng.standard_normal([1, c, 1, 1]).astype(np.float32))))
    return ov.Model([op.result(x)], [first])


def products(shape, codes, rng):
    rows, width = shape
    x = first = op.parameter([rows, width], np.float32)
    for _ in range(LAYERS):
        y = op.matmul(quantized(x, codes), weights([width, width], [0], rng), False, True)
        x = op.gelu(op.add(y, op.constant(rng.standard_normal([1, width]).astype(np.float32))), "erf")
    return ov.Model([op.result(x)], [first])


def kernels(compiled):
    """Primitives of the layers with weights."""
    infos = [node.get_rt_info() for node in compiled.get_runtime_model().get_ordered_ops()]
    return {info["primitiveType"].astype(str) for info in infos
            if info["layerType"].astype(str) in ("Convolution", "FullyConnected")}


def request_of(model):
    config = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    compiled = ov.Core().compile_model(model, "CPU", config)
    request = compiled.create_infer_request()
    request.infer([np.random.default_rng(2).random(model.inputs[0].shape, np.float32)])
    return request, kernels(compiled)


def seconds(request, times):
    start = time.process_time()
    for _ in range(times):
        request.infer()
    return time.process_time() - start


def measure(make, shape, rounds):
    requests = [request_of(make(shape, codes, np.random.default_rng(1))) for codes in ENDS]
    times = max(1, int(0.001 / max(seconds(requests[0][0], 1), 1e-5)))
    pairs = np.array([[seconds(request, times) for request, _ in requests] for _ in range(rounds)])
    ratios = pairs[:, 1] / pairs[:, 0]
    low, middle, high = np.quantile(ratios, (.25, .5, .75))
    names = ", ".join(sorted(requests[0][1])) + " -> " + ", ".join(sorted(requests[1][1]))
    print(f"{str(shape):32} {100 * (middle - 1):+6.1f} %  ({100 * (low - 1):+.1f} to {100 * (high - 1):+.1f})  {names}",
          flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print(f"OpenVINO {ov.get_version()}, {os.environ.get('ONEDNN_MAX_CPU_ISA', 'ALL')}")
    for shape in CONVOLUTIONS:
        measure(convolutions, shape, rounds)
    for shape in PRODUCTS:
        measure(products, shape, rounds)


if __name__ == "__main__":
    main()
