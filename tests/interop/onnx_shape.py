"""ONNX models that take, add and count elements."""
import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add

for dynamic in (False, True):
    words = " dynamic" * dynamic
    case("Pad wraps, farther than the axis is long" + words, node("Pad", "x p", "y", mode="wrap"),
         {"x": data(2, 3, 4)}, {"p": np.array([1, 0, 9, 0, -1, 2])}, opset=19, dynamic=dynamic)
    case("Slice backwards from before the first" + words, node("Slice", "x b e a s", "y"),
         {"x": data(3, 5)}, {"b": np.array([-4, -3]), "e": np.array([-2**31, 2**31 - 1]),
                             "a": np.array([0, 1]), "s": np.array([-1, 1])}, dynamic=dynamic)
    case("GatherElements of a part of the other axes" + words,
         node("GatherElements", "x i", "y", axis=-2),
         {"x": data(5, 6, 4, 3), "i": np.random.default_rng(1).integers(-4, 4, (3, 6, 2, 1))},
         dynamic=dynamic)
    case("a target of Reshape by another axis' size" + words,
         [node("Shape", "x", "s"), node("Gather", "s last", "channels"),
          node("Concat", "rest channels", "t", axis=0), node("Reshape", "x t", "y")],
         {"x": data(3, 6, 5, 2)}, {"last": np.array([3]), "rest": np.array([-1])}, dynamic=dynamic)


def doubled(times):
    """The first axis grows by two each time, to a size that is computed in 32 bits."""
    nodes, x = [], "x"
    for i in range(times):
        nodes += [node("Concat", f"{x} {x}", f"c{i}", axis=0), node("Shape", x, f"s{i}"),
                  node("Cast", f"s{i}", f"i{i}", to=6), node("Mul", f"i{i} twice", f"m{i}"),
                  node("Cast", f"m{i}", f"l{i}", to=7), node("Reshape", f"c{i} l{i}", f"y{i}"),
                  node("Relu", f"y{i}", f"r{i}")]
        x = f"r{i}"
    return nodes


for count in (1, 2, 6):
    case(f"sizes in 32 bits, doubled {count} times", doubled(count), {"x": data(3, 4)},
         {"twice": np.array([2, 1], np.int32)}, dynamic=True)
