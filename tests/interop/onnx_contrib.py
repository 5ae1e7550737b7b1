"""ONNX models of com.microsoft's operators."""
import itertools

import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
MS = "com.microsoft"


def case(name, *args, **kwargs):
    book.add(f"{MS} {name}", *args, **kwargs)


X = {"x": 3 * data(2, 3, 8)}
ROW = {"b": data(8, seed=1)}
case("Gelu", node("Gelu", "x", "y", MS), X)
case("FastGelu", node("FastGelu", "x", "y", MS), X)
case("FastGelu with bias", node("FastGelu", "x b", "y", MS), X, ROW)
case("BiasGelu", node("BiasGelu", "x b", "y", MS), X, ROW)
case("QuickGelu", node("QuickGelu", "x", "y", MS, alpha=1.3), X)

IMAGE = {"x": data(1, 2, 5, 5), "z": data(1, 3, 3, 3)}
CONV = {"w": data(3, 2, 3, 3), "b": data(3)}
for activation, parameters in (("Relu", []), ("Tanh", []), ("Sigmoid", []), ("LeakyRelu", [0.3]),
                               ("Clip", [-0.2, 0.4]), ("HardSigmoid", [0.3, 0.6])):
    attrs = {"activation": activation, **({"activation_params": parameters} if parameters else {})}
    case(f"FusedConv {activation}", node("FusedConv", "x w b", "y", MS, **attrs), {"x": IMAGE["x"]}, CONV)
case("FusedConv with a sum", node("FusedConv", "x w b z", "y", MS, activation="Relu"), IMAGE, CONV)
case("FusedGemm", node("FusedGemm", "x w b", "y", MS, activation="LeakyRelu", activation_alpha=0.2,
                       alpha=0.5, beta=2.0, transB=1), {"x": data(3, 4)}, {"w": data(5, 4), "b": data(5)})
for a, b in itertools.product((0, 1), (0, 1)):
    case(f"FusedMatMul {a} {b}", node("FusedMatMul", "x w", "y", MS, alpha=0.5, transA=a, transB=b),
         {"x": data(2, 4, 4), "w": data(2, 4, 4, seed=1)})

NORM = {"g": data(8, seed=2), "b": data(8, seed=3), "c": data(8, seed=4)}
SKIP = {"x": data(2, 3, 8), "s": data(2, 3, 8, seed=1)}
case("SkipLayerNormalization", node("SkipLayerNormalization", "x s g b c", "y - - sum", MS, epsilon=1e-5),
     SKIP, NORM)
case("SkipLayerNormalization without beta", node("SkipLayerNormalization", "x s g", "y", MS), SKIP, NORM)
case("SkipSimplifiedLayerNormalization",
     node("SkipSimplifiedLayerNormalization", "x s g c", "y - - sum", MS, epsilon=1e-5), SKIP, NORM)
book.add("SimplifiedLayerNormalization", node("SimplifiedLayerNormalization", "x g", "y", axis=-1), SKIP,
         NORM)
WORDS = {"w": np.array([[1, 4, 2], [0, 3, 3]], np.int32), "s": np.array([[0, 1, 1], [1, 0, 0]], np.int32),
         "m": np.array([[1, 1, 0], [1, 0, 0]], np.int32)}
TABLES = {"tw": data(5, 8), "tp": data(6, 8, seed=1), "ts": data(2, 8, seed=2), **NORM}
case("EmbedLayerNormalization",
     node("EmbedLayerNormalization", "w s tw tp ts g b m", "y i sum", MS, epsilon=1e-5), WORDS, TABLES)
case("EmbedLayerNormalization of words alone",
     node("EmbedLayerNormalization", "w - tw tp - g b", "y i", MS), {"w": WORDS["w"]}, TABLES)
case("Inverse", node("Inverse", "x", "y", MS), {"x": data(2, 4, 4) + 2 * np.eye(4, dtype=np.float32)})
case("ExpandDims", node("ExpandDims", "x a", "y", MS), X, {"a": np.array(-1, np.int32)})
case("Trilu", node("Trilu", "x k", "y", MS, upper=0), X, {"k": np.array(1)})
case("Range", node("Range", "a b c", "y", MS), {"a": np.array(1.5, np.float32)},
     {"b": np.array(7, np.float32), "c": np.array(2, np.float32)})
case("Pad", node("Pad", "x p v", "y", MS), X,
     {"p": np.array([0, 1, 0, 0, 2, 1]), "v": np.array(0.5, np.float32)})

# -- quantized ---------------------------------------------------------------------------------


def codes(*shape, dtype=np.uint8, seed=0):
    low, high = (0, 256) if dtype == np.uint8 else (-128, 128)
    return np.random.default_rng([seed, *shape]).integers(low, high, shape).astype(dtype)


SCALES = {"s1": np.array(0.031, np.float32), "s2": np.array(0.017, np.float32), "z1": np.array(119, np.uint8),
          "z2": np.array(131, np.uint8), "s3": np.array(0.05, np.float32), "z3": np.array(100, np.uint8)}
case("MatMulIntegerToFloat", node("MatMulIntegerToFloat", "a b s1 s2 z1 z2 c", "y", MS), {"a": codes(3, 8)},
     {**SCALES, "b": codes(8, 5, seed=1), "c": data(5)})
case("DynamicQuantizeMatMul", node("DynamicQuantizeMatMul", "a b s2 z2 c", "y", MS), {"a": data(3, 8)},
     {**SCALES, "b": codes(8, 5, seed=1), "c": data(5)})
case("QGemm", node("QGemm", "a s1 z1 b s2 z2 c", "y", MS, transB=1), {"a": codes(3, 8)},
     {**SCALES, "b": codes(5, 8, seed=1), "c": np.arange(-200, 300, 100, dtype=np.int32)})
case("QLinearLeakyRelu", node("QLinearLeakyRelu", "a s1 z1 s3 z3", "y", MS, alpha=0.3), {"a": codes(3, 40)},
     SCALES)
case("QLinearWhere", node("QLinearWhere", "w a s1 z1 b s2 z2 s3 z3", "y", MS),
     {"w": np.array([True, False, True, False]), "a": codes(3, 4)}, {**SCALES, "b": codes(3, 4, seed=1)})
for bits, width, zeros in itertools.product((4, 8), (64, 56), (False, True)):
    blocks = (width + 31) // 32
    weights = {"b": codes(5, blocks, 32 * bits // 8), "s": 0.01 * abs(data(5, blocks)) + 0.01,
               "z": codes(5, (blocks * bits + 7) // 8, seed=2)}
    case(f"MatMulNBits {bits} {width} {zeros}",
         node("MatMulNBits", f"x b s {'z' if zeros else '-'}", "y", MS, bits=bits, K=width, N=5, block_size=32),
         {"x": data(3, width)}, weights)

# -- decoders --
GROUPS = {"num_heads": 4, "kv_num_heads": 2}
ANGLES = {"co": np.cos(data(16, 8, seed=5)), "si": np.sin(data(16, 8, seed=5))}


def decoder(tokens, past):
    n = 1 if tokens > 1 and past else 2  # ONNX Runtime takes no more
    return {"q": data(n, tokens, 64), "k": data(n, tokens, 32, seed=1), "v": data(n, tokens, 32, seed=2),
            "pk": data(n, 2, past, 16, seed=3), "pv": data(n, 2, past, 16, seed=4),
            "n": np.full(n, tokens + past - 1, np.int32), "t": np.array(tokens + past, np.int32)}


for tokens, past in ((5, 0), (1, 6), (3, 6)):
    for kind, attrs in (("plain", {}), ("scaled", {"scale": 0.7}), ("capped", {"softcap": 2.0}),
                        ("rotated", {"do_rotary": 1}), ("rotated pairs", {"do_rotary": 1, "rotary_interleaved": 1}),
                        ("near", {"local_window_size": 2})):
        case(f"GroupQueryAttention of {tokens} after {past}, {kind}",
             node("GroupQueryAttention", "q k v pk pv n t" + (" co si" if "do_rotary" in attrs else ""),
                  "y nk nv", MS, **GROUPS, **attrs), decoder(tokens, past),
             ANGLES if "do_rotary" in attrs else {})
case("GroupQueryAttention of packed inputs", node("GroupQueryAttention", "q - - pk pv n t", "y nk nv", MS, **GROUPS),
     {name: array for name, array in {**decoder(3, 4), "q": data(1, 3, 128)}.items() if name not in "kv"})
SEVERAL = "GroupQueryAttention of {} of several lengths"  # what is behind an end is anything
case(SEVERAL.format("prompts"),
     [node("GroupQueryAttention", "q k v pk pv n t co si", "all nk nv", MS, do_rotary=1, **GROUPS),
      node("Slice", "all from to axes", "y"), node("Shape", "nk", "ks"), node("Shape", "nv", "vs")],
     {**decoder(5, 0), "n": np.array([4, 2], np.int32)},
     {**ANGLES, "from": np.array([0]), "to": np.array([3]), "axes": np.array([1])})
case(SEVERAL.format("sequences"),
     [node("GroupQueryAttention", "q k v pk pv n t co si", "y nk nv", MS, do_rotary=1, **GROUPS),
      node("Shape", "nk", "ks"), node("Shape", "nv", "vs")],
     {**decoder(1, 6), "n": np.array([6, 3], np.int32)}, ANGLES)

INDEX = {"i": np.array([[4, 0], [2, 3]])}
TABLE = {"s": np.abs(data(5, 4, seed=2)) + 0.1}
for bits, zeros in itertools.product((4, 8), (False, True)):
    packed = np.random.default_rng(bits).integers(0, 256, (5, 64 * bits // 8), np.uint8)
    given = {"z": np.random.default_rng(9).integers(0, 256, (5, 4 * bits // 8), np.uint8)} if zeros else {}
    case(f"GatherBlockQuantized of {bits} bits, zero points {zeros}",
         node("GatherBlockQuantized", "w i s" + (" z" if zeros else ""), "y", MS, bits=bits, block_size=16,
              gather_axis=0, quantize_axis=1), INDEX, {"w": packed, **TABLE, **given})


def grid(*shape, seed=0):
    """Numbers that ONNX Runtime's codes of 8 bits hold exactly: their range is 255 steps from 0."""
    x = np.random.default_rng([seed, *shape]).integers(0, 256, shape)
    x[..., 0], x[..., 1] = 0, 255
    return (x / 256).astype(np.float32)


# One step, so that no state that has been computed is rounded; one sequence, since ONNX Runtime rounds those of each
# thread by themselves.
for kind, ways, per_channel in itertools.product((np.uint8, np.int8), (1, 2), (False, True)):
    rows = (ways, 20) if per_channel else (ways,)
    weights = {"w": codes(ways, 4, 20, dtype=kind), "r": codes(ways, 5, 20, dtype=kind, seed=1), "b": data(ways, 40),
               "ws": 0.01 * abs(data(*rows)) + 0.005, "rs": 0.01 * abs(data(*rows, seed=1)) + 0.005,
               "wz": np.zeros(rows, kind) if per_channel else codes(*rows, dtype=kind, seed=2),
               "rz": np.zeros(rows, kind) if per_channel else codes(*rows, dtype=kind, seed=3)}
    case(f"DynamicQuantizeLSTM of {kind.__name__}, {ways} ways{', by channels' * per_channel}",
         node("DynamicQuantizeLSTM", "x w r b - h c - ws wz rs rz", "y yh yc", MS, hidden_size=5,
              direction="forward" if ways == 1 else "bidirectional"),
         {"x": grid(1, 1, 4), "h": grid(ways, 1, 5), "c": data(ways, 1, 5)}, weights)
