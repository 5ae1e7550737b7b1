"""ONNX models of attention."""
import itertools

import numpy as np
from onnx import TensorProto, helper

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add

QKV = {"q": data(2, 4, 5, 8), "k": data(2, 4, 6, 8, seed=1), "v": data(2, 4, 6, 8, seed=2)}
FEW = {"q": QKV["q"], "k": data(2, 2, 6, 8, seed=1), "v": data(2, 2, 6, 8, seed=2)}
FLAT = {"q": data(2, 5, 32), "k": data(2, 6, 16, seed=1), "v": data(2, 6, 16, seed=2)}
PAST = {"pk": data(2, 4, 3, 8, seed=3), "pv": data(2, 4, 3, 8, seed=4)}
MASK = {"m": data(5, 6, seed=5)}
ALLOWED = {"m": np.tri(5, 6, 2, dtype=bool)}

case("Attention", node("Attention", "q k v", "y"), QKV, opset=23)
case("Attention, causal", node("Attention", "q k v", "y", is_causal=1), QKV, opset=23)
case("Attention, scaled", node("Attention", "q k v", "y", scale=0.7), QKV, opset=23)
case("Attention of few keys", node("Attention", "q k v", "y"), FEW, opset=23)
case("Attention of flat inputs", node("Attention", "q k v", "y", q_num_heads=4, kv_num_heads=2), FLAT,
     opset=23)
for (name, mask), cap in itertools.product((("mask", MASK), ("keys", ALLOWED)), (0.0, 2.0)):
    for causal in (0, 1):
        case(f"Attention of a {name}, cap {cap} causal {causal}",
             node("Attention", "q k v m", "y", softcap=cap, is_causal=causal), {**QKV, **mask}, opset=23)
case("Attention with a past", node("Attention", "q k v - pk pv", "y nk nv"), {**QKV, **PAST}, opset=23)
case("Attention with a past, causal",
     node("Attention", "q k v - pk pv", "y nk nv", is_causal=1), {**QKV, **PAST}, opset=23)

ANGLES = {"c": data(10, 4, seed=6), "s": data(10, 4, seed=7)}
AT = {"p": np.array([[3, 0, 9, 1, 2], [5, 6, 7, 8, 4]])}
for mixed in (0, 1):
    case(f"RotaryEmbedding interleaved {mixed}",
         node("RotaryEmbedding", "x c s p", "y", interleaved=mixed), {"x": data(2, 3, 5, 8), **AT}, ANGLES,
         opset=23)
    case(f"RotaryEmbedding of flat input interleaved {mixed}",
         node("RotaryEmbedding", "x c s p", "y", interleaved=mixed, num_heads=3),
         {"x": data(2, 5, 24), **AT}, ANGLES, opset=23)
    case(f"RotaryEmbedding of a part interleaved {mixed}",
         node("RotaryEmbedding", "x c s p", "y", interleaved=mixed, rotary_embedding_dim=8),
         {"x": data(2, 3, 5, 12), **AT}, ANGLES, opset=23)
    case(f"RotaryEmbedding of angles interleaved {mixed}",
         node("RotaryEmbedding", "x c s", "y", interleaved=mixed),
         {"x": data(2, 3, 5, 8), "c": data(2, 5, 4), "s": data(2, 5, 4, seed=1)}, opset=23)
    case(f"com.microsoft RotaryEmbedding interleaved {mixed}",
         node("RotaryEmbedding", "x p c s", "y", "com.microsoft", interleaved=mixed),
         {"x": data(2, 5, 24), **AT}, ANGLES)
    case(f"com.microsoft RotaryEmbedding from one place interleaved {mixed}",
         node("RotaryEmbedding", "x p c s", "y", "com.microsoft", interleaved=mixed),
         {"x": data(2, 5, 24), "p": np.array([4])}, ANGLES)

# -- com.microsoft's ---------------------------------------------------------------------------

MS = "com.microsoft"
X = {"x": data(2, 5, 16)}
W = {"w": data(16, 48), "b": data(48)}
for name, mask in (("none", None), ("lengths", [5, 3]), ("ends and begins", [5, 4, 0, 2]),
                   ("keys", [[1, 1, 1, 0, 1], [1, 0, 1, 1, 1]])):
    feeds = {**X, **({} if mask is None else {"m": np.array(mask, np.int32)})}
    for causal in (0, 1):
        case(f"{MS} Attention of a mask of {name}, causal {causal}",
             node("Attention", f"x w b {'-' if mask is None else 'm'}", "y", MS, num_heads=4,
                  unidirectional=causal), feeds, W)
case(f"{MS} Attention with a past", node("Attention", "x w b - p", "y np", MS, num_heads=4, unidirectional=1),
     {**X, "p": data(2, 2, 4, 3, 4)}, W)
case(f"{MS} Attention with a bias of scores",
     node("Attention", "x w b - - s", "y", MS, num_heads=4, scale=0.3), {**X, "s": data(2, 4, 5, 5)}, W)
QKV16 = {"q": data(2, 5, 16), "k": data(2, 6, 16, seed=1), "v": data(2, 6, 16, seed=2)}
case(f"{MS} MultiHeadAttention", node("MultiHeadAttention", "q k v", "y", MS, num_heads=4), QKV16)
case(f"{MS} MultiHeadAttention with bias, mask and scores",
     node("MultiHeadAttention", "q k v b m s", "y", MS, num_heads=4, scale=0.4),
     {**QKV16, "m": np.array([[1, 1, 1, 0, 1, 1], [1, 0, 1, 1, 1, 0]], np.int32), "s": data(2, 4, 5, 6)}, W)
case(f"{MS} MultiHeadAttention with a past",
     node("MultiHeadAttention", "q k v - - - pk pv", "y nk nv", MS, num_heads=4),
     {**QKV16, "k": QKV16["k"][:, :5], "v": QKV16["v"][:, :5], "pk": data(2, 4, 3, 4), "pv": data(2, 4, 3, 4, seed=1)})

# -- windows and scores ------------------------------------------------------------------------

for mode in (0, 1, 2, 3):
    case(f"Attention's scores {mode}",
         node("Attention", "q k v m - -", "y - - s", qk_matmul_output_mode=mode, softcap=2.0), {**QKV, **MASK},
         opset=24)
for left, right, causal in ((2, 0, 0), (1, 1, 0), (1, -1, 1), (-1, 1, 0)):
    case(f"Attention from {left} to {right}, causal {causal}",
         node("Attention", "q k v", "y", left_window_size=left, right_window_size=right, is_causal=causal),
         QKV, opset=25)

# -- what decoders keep from step to step --
STATE = {"s": data(2, 2, 4, 3, seed=6)}
for rule, tokens, state in itertools.product(("linear", "gated", "delta", "gated_delta"), (1, 5), (False, True)):
    feeds = {"q": data(2, tokens, 16), "k": data(2, tokens, 8, seed=1), "v": data(2, tokens, 6, seed=2),
             "d": -np.abs(data(2, tokens, 8, seed=3)), "b": np.abs(data(2, tokens, 2, seed=4))}
    gates = "- -" if rule == "linear" else "d -" if rule == "gated" else "- b" if rule == "delta" else "d b"
    case(f"LinearAttention {rule} of {tokens} tokens, state {state}",
         node("LinearAttention", f"q k v {'s' if state else '-'} {gates}", "y n", update_rule=rule,
              q_num_heads=4, kv_num_heads=2), {**feeds, **STATE} if state else feeds, opset=27)
KERNEL = {"w": data(4, 1, 3, seed=7), "b": data(4, seed=8)}
for length, activation in itertools.product((1, 6), ("none", "silu")):
    case(f"CausalConvWithState of {length}, {activation}",
         node("CausalConvWithState", "x w b p", "y n", activation=activation),
         {"x": data(2, 4, length), "p": data(2, 4, 2, seed=9)}, KERNEL, opset=27)
    case(f"CausalConvWithState of {length}, {activation}, nothing before",
         node("CausalConvWithState", "x w", "y n", activation=activation), {"x": data(2, 4, length)}, KERNEL,
         opset=27)
CACHE = {"c": data(2, 3, 8, 4), "u": data(2, 3, 5, 4, seed=1)}
case("TensorScatter", node("TensorScatter", "c u", "y"), CACHE, opset=24)
case("TensorScatter by places", node("TensorScatter", "c u i", "y"), {**CACHE, "i": np.array([0, 3])}, opset=24)
case("TensorScatter around the end", node("TensorScatter", "c u i", "y", mode="circular"),
     {**CACHE, "i": np.array([6, 3])}, opset=24)


def modifier(op, name):
    """A graph of the model's own that changes scores or probabilities."""
    ends = [helper.make_tensor_value_info(f"{name}_{end}", TensorProto.FLOAT, ["B", "H", "L", "S"])
            for end in ("in", "out")]
    return helper.make_graph([helper.make_node(op, [ends[0].name], [ends[1].name])], name, *[[e] for e in ends])


for name, attrs in (("plain", {}), ("scaled", {"scale": 0.7}), ("of changed scores", {"score_mod": modifier("Tanh", "s")}),
                    ("of changed probabilities", {"prob_mod": modifier("Sqrt", "p")})):
    case(f"FlexAttention {name}", node("FlexAttention", "q k v", "y", "ai.onnx.preview", **attrs), FEW, opset=26)
