"""ONNX models of optimizers, and of matrices."""
import itertools

import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add
DOMAIN = "ai.onnx.preview.training"

RATE = {"r": np.array(0.1, np.float32)}
TWO = {"x": data(3), "z": data(2, 2), "g": data(3, seed=1), "h": data(2, 2, seed=1)}
AVERAGE = {"a": np.abs(data(3, seed=2)), "c": np.abs(data(2, 2, seed=2))}
SQUARES = {"s": np.abs(data(3, seed=3)), "t": np.abs(data(2, 2, seed=3))}
for steps in (0, 3):
    feeds = {**RATE, "n": np.array(steps), **TWO, **AVERAGE}
    case(f"Adagrad after {steps}",
         node("Adagrad", "r n x z g h a c", "x1 z1 a1 c1", DOMAIN, norm_coefficient=0.01, decay_factor=0.1,
              epsilon=1e-5), feeds)
    case(f"Adam after {steps}",
         node("Adam", "r n x z g h a c s t", "x1 z1 a1 c1 s1 t1", DOMAIN, norm_coefficient=0.01, alpha=0.8,
              beta=0.9, norm_coefficient_post=0.1), {**feeds, **SQUARES})
    for mode in ("standard", "nesterov"):
        case(f"Momentum {mode} after {steps}",
             node("Momentum", "r n x z g h a c", "x1 z1 a1 c1", DOMAIN, norm_coefficient=0.01, alpha=0.9,
                  beta=0.5, mode=mode), feeds)

for order in (1, 2, 3, 5):
    case(f"Det of order {order}", node("Det", "x", "y"), {"x": data(2, 3, order, order)})
case("Det of one matrix", node("Det", "x", "y"), {"x": data(4, 4)})
case("Det of a singular matrix", node("Det", "x", "y"), {"x": np.ones((3, 3), np.float32)})
case("Det whose pivot is 0", node("Det", "x", "y"),
     {"x": np.array([[0, 2, 1], [3, 0, 1], [1, 1, 0]], np.float32)})

for direction, states in itertools.product(("forward", "reverse", "bidirectional"), (False, True)):
    n = 2 if direction == "bidirectional" else 1
    given = {"w": data(n, 16, 3), "r": data(n, 16, 4, seed=1), "b": data(n, 32, seed=2),
             "p": data(n, 12, seed=5)}
    feeds = {"x": data(5, 2, 3)}
    if states:
        feeds |= {"h": data(n, 2, 4, seed=3), "c": data(n, 2, 4, seed=4)}
    case(f"LSTM with peepholes, {direction}, states {states}",
         node("LSTM", f"x w r b - {'h c' if states else '- -'} p", "y yh yc", hidden_size=4,
              direction=direction), feeds, given)
    case(f"LSTM with peepholes, {direction}, states {states}, lengths",
         node("LSTM", f"x w r b l {'h c' if states else '- -'} p", "y yh yc", hidden_size=4,
              direction=direction), {**feeds, "l": np.array([5, 3], np.int32)}, given)
