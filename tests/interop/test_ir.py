"""OpenVINO opens what requant wrote and computes the same bits.

usage: test_ir.py IR_REWRITE [MODELS_FOLDER]

IR_REWRITE is the program of tests/tools/ir_rewrite.c. IRs are built here with OpenVINO's opsets
(If, Loop, TensorIterator, state, every element type, awkward names, FP16-compressed) and, where
MODELS_FOLDER exists, taken or converted from the models in it. Each is written again by requant;
OpenVINO must read it and give bit-identical outputs.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov
import openvino.opset8 as op8
from openvino import opset13 as op

CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
TYPES = ("f64 f32 f16 bf16 i64 i32 i16 i8 i4 u64 u32 u16 u8 u4 u2 u1 boolean f8e4m3 "
         "f8e5m2").split()
core = ov.Core()


def conv_net():
    x = op.parameter([1, 3, 8, 8], np.float32, name="x<&>\"'\u00e9\ty")
    x.output(0).get_tensor().set_names({"in,put", "b"})
    w = op.constant(np.random.RandomState(1).rand(4, 3, 3, 3).astype(np.float32))
    conv = op.convolution(x, w, [1, 1], [1, 1], [1, 1], [1, 1])
    conv.set_friendly_name("conv\nline")
    model = ov.Model([op.result(op.relu(conv))], [x], "net<&>\"'")
    model.set_rt_info("a<&>\"'b\n\tc", "requant")
    model.set_rt_info("v", ["nncf", "q", "sub path"])
    return model


def dynamic_net():
    x = op.parameter(ov.PartialShape([-1, 3, ov.Dimension(1, 10), 8]), np.float32, name="x")
    return ov.Model([op.result(op.reshape(op.relu(x), op.constant([0, -1]), True))], [x], "dyn")


def unknown_rank_net():
    x = op.parameter(ov.PartialShape.dynamic(), np.float32, name="x")
    return ov.Model([op.result(op.relu(x))], [x], "rank")


def types_net():
    results = []
    for name in TYPES:
        constant = ov.op.Constant(getattr(ov.Type, name), ov.Shape([5]), [1, 0, 1, 1, 0])
        constant.set_friendly_name("c_" + name)
        wide = name in ("f8e4m3", "f8e5m2", "u2", "u1", "i4", "u4", "bf16", "f64")
        results.append(op.result(op.convert(constant, "f32") if wide else constant))
    x = op.parameter([1], np.float32, name="x")
    return ov.Model(results + [op.result(op.relu(x))], [x], "types")


def string_net():
    strings = ov.op.Constant(ov.Tensor(np.array(["ab", "cde", ""], dtype=np.str_)))
    x = op.parameter([1], np.float32, name="x")
    return ov.Model([op.result(strings), op.result(op.relu(x))], [x], "strings")


def if_net():
    def branch(name, node):
        x = op.parameter([2, 2], np.float32, name=name)
        return x, ov.Model([op.result(node(x))], [x], name)
    x = op.parameter([2, 2], np.float32, name="X")
    condition = op.parameter([1], np.bool_, name="condition")
    then_x, then_body = branch("then", lambda v: op.add(v, op.constant(np.float32(1))))
    else_x, else_body = branch("else", lambda v: op.multiply(v, op.constant(np.float32(3))))
    node = op.if_op(condition)
    node.set_then_body(then_body)
    node.set_else_body(else_body)
    node.set_input(x.output(0), then_x, else_x)
    out = node.set_output(then_body.results[0], else_body.results[0])
    return ov.Model([op.result(out)], [x, condition], "if")


def iterator_net():
    x = op.parameter([4, 2, 3], np.float32, name="X")
    h = op.parameter([1, 2, 3], np.float32, name="H")
    xi = op.parameter([1, 2, 3], np.float32, name="xi")
    hi = op.parameter([1, 2, 3], np.float32, name="hi")
    total = op.add(xi, op.multiply(hi, op.constant(np.float32(0.5))))
    body = ov.Model([op.result(total)], [xi, hi], "body")
    node = op8.tensor_iterator()
    node.set_body(body)
    node.set_sliced_input(xi, x.output(0), 0, 1, 1, -1, 0)
    node.set_merged_input(hi, h.output(0), total.output(0))
    last = node.get_iter_value(total.output(0), -1)
    every = node.get_concatenated_slices(total.output(0), 0, 1, 1, -1, 0)
    return ov.Model([op.result(last), op.result(every)], [x, h], "iterator")


def loop_net():
    x = op.parameter([1, 2], np.float32, name="X")
    xi = op.parameter([1, 2], np.float32, name="xi")
    total = op.add(xi, op.constant(np.full((1, 2), 2, np.float32)))
    body = ov.Model([op.result(op.constant(True)), op.result(total)], [xi], "body")
    node = op8.loop(op.constant(np.int64(5)), op.constant(True))
    node.set_function(body)
    node.set_special_body_ports([-1, 0])
    node.set_merged_input(xi, x.output(0), total.output(0))
    last = node.get_iter_value(total.output(0), -1)
    every = node.get_concatenated_slices(total.output(0), 0, 1, 1, -1, 0)
    return ov.Model([op.result(last), op.result(every)], [x], "loop")


def state_net():
    x = op.parameter([1, 3], np.float32, name="x")
    state = op.read_value(op.constant(np.zeros((1, 3), np.float32)), "v", ov.Type.f32,
                          ov.PartialShape([1, 3]))
    total = op.add(x, state)
    return ov.Model([op.result(total)], [op.assign(total, "v")], [x], "state")


def lstm_net():
    def numbers(*shape):
        return op.constant(np.random.RandomState(len(shape)).rand(*shape).astype(np.float32))
    x = op.parameter([1, 5, 4], np.float32, name="x")
    lstm = op.lstm_sequence(x, numbers(1, 1, 3), numbers(1, 1, 3), op.constant([5]),
                            numbers(1, 12, 4), numbers(1, 12, 3), numbers(1, 12), 3, "forward")
    return ov.Model([op.result(lstm.output(i)) for i in range(3)], [x], "lstm")


def fixed_shape(partial):
    if partial.rank.is_dynamic:
        return [2, 3]
    sizes = [1, 3, 64, 64]
    return [d.get_length() if d.is_static else
            min(sizes[i] if i < 4 else 2, d.get_max_length() if d.get_max_length() > 0 else 64)
            for i, d in enumerate(partial)]


def make_inputs(model):
    rng = np.random.RandomState(7)
    inputs = []
    for port in model.inputs:
        values = rng.standard_normal(fixed_shape(port.get_partial_shape()))
        inputs.append(values.astype(port.get_element_type().to_dtype()))
    return inputs


def outputs_of(path, inputs):
    model = core.read_model(path)
    if any(port.get_partial_shape().rank.is_dynamic for port in model.inputs):
        model.reshape(list(inputs[0].shape))  # the CPU plugin wants a rank
    request = core.compile_model(model, "CPU", CONFIG).create_infer_request()
    for _ in range(2):  # twice, for what keeps state
        request.infer(inputs)
    return [request.get_output_tensor(i) for i in range(len(request.model_outputs))]


def same(a, b):
    if a.element_type == ov.Type.string:
        return a.str_data.tolist() == b.str_data.tolist()
    return a.shape == b.shape and a.data.tobytes() == b.data.tobytes()


def check(rewrite, path, folder):
    """An error text, or None."""
    again = folder / "again.xml"
    run = subprocess.run([rewrite, str(path), str(again)], capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip()
    inputs = make_inputs(core.read_model(path))
    before, after = outputs_of(path, inputs), outputs_of(again, inputs)
    if len(before) != len(after):
        return f"{len(after)} outputs, expected {len(before)}"
    differing = [i for i, (a, b) in enumerate(zip(before, after)) if not same(a, b)]
    return f"outputs {differing} differ" if differing else None


def built(folder):
    nets = (conv_net, dynamic_net, unknown_rank_net, types_net, string_net, if_net, iterator_net,
            loop_net, state_net, lstm_net)
    for net in nets:
        for compress in (False, True):
            path = folder / f"{net.__name__}-{'fp16' if compress else 'fp32'}.xml"
            ov.save_model(net(), path, compress_to_fp16=compress)
            yield path.name, path


def version_10(path, folder):
    """The same IR as Model Optimizer 2021 would say it: version 10, inputs without precision."""
    text = path.read_text()
    text = text.replace(' version="11">', ' version="10">', 1)
    text = re.sub(r"<input>.*?</input>",
                  lambda m: re.sub(r' precision="\w+"', "", m.group(0)), text, flags=re.S)
    old = folder / "v10.xml"
    old.write_text(text)
    old.with_suffix(".bin").write_bytes(path.with_suffix(".bin").read_bytes())
    return old


def from_models(models, folder):
    for path in sorted(models.rglob("*.xml")):
        yield path.name, path
        yield path.name + " as v10", version_10(path, folder)
    sources = [p for end in ("*.onnx", "*.tflite", "*.pb") for p in sorted(models.rglob(end))
               if p.parent.name != "saved_model"]
    for source in sources:
        model = ov.convert_model(source)
        path = folder / "converted.xml"
        ov.save_model(model, path, compress_to_fp16=True)
        yield source.name + " as FP16", path


def main():
    rewrite, models = sys.argv[1], pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/nonexistent")
    failed = passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cases = [built(folder)] + ([from_models(models, folder)] if models.is_dir() else [])
        for label, path in (case for group in cases for case in group):
            problem = check(rewrite, path, folder)
            print(f"{'FAIL' if problem else 'same'}  {label}{': ' + problem if problem else ''}")
            failed, passed = failed + bool(problem), passed + (not problem)
    print(f"{passed} the same, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
