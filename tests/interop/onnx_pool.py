"""ONNX models of pooling."""
import itertools

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add

WINDOWS = {
    "plain": dict(kernel_shape=[3, 2]),
    "strided": dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "strided, without pads": dict(kernel_shape=[2, 3], strides=[2, 3]),
    "without pads by name": dict(kernel_shape=[1, 3], strides=[2, 2], auto_pad="VALID"),
    "dilated without pads by name": dict(kernel_shape=[2, 3], dilations=[1, 2], strides=[2, 2], auto_pad="VALID"),
    "longer strides": dict(kernel_shape=[2, 2], strides=[3, 3], pads=[0, 1, 1, 0]),
    "a last window of pads": dict(kernel_shape=[2, 2], strides=[3, 2], pads=[1, 1, 1, 1]),
    "dilated": dict(kernel_shape=[3, 2], dilations=[2, 3], strides=[2, 3], pads=[1, 0, 2, 1]),
}
for (name, window), ceil, include in itertools.product(WINDOWS.items(), (0, 1), (0, 1)):
    case(f"AveragePool {name} ceil {ceil} include {include}",
         node("AveragePool", "x", "y", ceil_mode=ceil, count_include_pad=include, **window),
         {"x": data(2, 3, 9, 10)}, opset=19)
for name, window in WINDOWS.items():
    for ceil in (0, 1):
        case(f"LpPool {name} ceil {ceil}", node("LpPool", "x", "y", p=3, ceil_mode=ceil, **window),
             {"x": data(1, 2, 9, 10)})
    for order in (0, 1):
        case(f"MaxPool's indices {name} order {order}",
             node("MaxPool", "x", "y i", storage_order=order, **window), {"x": data(2, 3, 9, 10)})
case("MaxPool's indices of volumes", node("MaxPool", "x", "y i", storage_order=1, kernel_shape=[2, 2, 2],
                                          strides=[2, 1, 2]), {"x": data(2, 2, 5, 4, 6)})
for pooling in ("AveragePool", "MaxPool"):
    case(f"{pooling} SAME ignores ceil_mode", node(pooling, "x", "y", kernel_shape=[3, 3], strides=[3, 2],
                                                    auto_pad="SAME_UPPER", ceil_mode=1),
         {"x": data(2, 3, 2, 5)}, opset=19)
    case(f"{pooling} dynamic, a last window of pads",
         node(pooling, "x", "y", kernel_shape=[2], strides=[3], pads=[1, 0], ceil_mode=1),
         {"x": data(6, 3, 5)}, dynamic=True)
case("AveragePool counts pads, has none and reaches beyond", node(
    "AveragePool", "x", "y", kernel_shape=[2, 3], strides=[3, 2], ceil_mode=1, count_include_pad=1),
     {"x": data(1, 2, 5, 4)})
for size in (1, 2, 3):  # its last window begins in the pads for one of them
    case(f"AveragePool dynamic, counts pads of {size}", node(
        "AveragePool", "x", "y", kernel_shape=[3], strides=[3], pads=[2, 2], ceil_mode=1, count_include_pad=1),
         {"x": data(4, 3, size)}, dynamic=True)
case("LpPool dynamic, a last window behind the image", node("LpPool", "x", "y", kernel_shape=[1], strides=[3], ceil_mode=1),
     {"x": data(3, 2, 5)}, dynamic=True)
