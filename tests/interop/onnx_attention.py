"""ONNX models of attention."""
import itertools

import numpy as np

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
