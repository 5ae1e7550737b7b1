"""Zero-DCE, which brightens dark pictures, as ONNX: seven convolutions, and a curve applied eight
times, x - r x (1 - x), with r of each pixel from the last convolution."""
import os

import checkpoint

STEPS = 8


def layers(weights):
    """[(weight, bias)] of the seven convolutions, and whether a Concat has the earlier value first, as
    in the authors' model and unlike the package's."""
    original = any(name.startswith("e_conv") for name in weights)
    prefix = "e_conv" if original else "dce_net.conv"
    found = [(weights[f"{prefix}{i}.weight"], weights[f"{prefix}{i}.bias"]) for i in range(1, 8)]
    return found, original


def nodes_of(count, earlier_first, helper):
    nodes = []

    def add(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    values, below = [], "image"
    for i in range(count):
        if i >= 4:
            skip = values[6 - i]
            pair = [skip, below] if earlier_first else [below, skip]
            below = add("Concat", pair, f"joined{i}", axis=1)
        sums = add("Conv", [below, f"w{i}", f"b{i}"], f"conv{i}", pads=[1, 1, 1, 1])
        below = add("Relu" if i < 6 else "Tanh", [sums], f"value{i}")
        values.append(below)
    curves = [f"curve{i}" for i in range(STEPS)]
    nodes.append(helper.make_node("Split", [below, "sizes"], curves, axis=1))
    x = "image"
    for i, curve in enumerate(curves):
        rest = add("Sub", ["one", x], f"rest{i}")
        bend = add("Mul", [x, rest], f"bend{i}")
        step = add("Mul", [curve, bend], f"step{i}")
        x = add("Sub", [x, step], "enhanced" if i == STEPS - 1 else f"bright{i}")
    return nodes


def convert(weights_path, path, width, height):
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save
    found, earlier_first = layers(checkpoint.tensors_of(weights_path))
    constants = {"one": np.float32(1), "sizes": np.full(STEPS, 3, np.int64)}
    for i, (weight, bias) in enumerate(found):
        constants.update({f"w{i}": weight, f"b{i}": bias})
    shape = [1, 3, height, width]
    graph = helper.make_graph(
        nodes_of(len(found), earlier_first, helper), "zero-dce",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("enhanced", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    save(model, path)
