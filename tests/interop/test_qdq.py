"""The demo as a QDQ model in ONNX Runtime and OpenVINO, and for other targets.

usage: test_qdq.py     PROGRAM names the requant binary
"""
import collections
import json
import sys

import numpy as np
import onnx
import onnxruntime

import test_quantize as common

OPTIONS = [*common.DEMO_OPTIONS, "--rounding", "nearest", "--subset", "30"]


def run_onnx(path, images):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path.with_suffix(".optimized"))
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    fused = collections.Counter(n.op_type for n in onnx.load(options.optimized_model_filepath).graph.node)
    name = session.get_inputs()[0].name
    return [session.run(None, {name: image[None]})[0] for image in images], fused


def test_answers(folder):
    images = [image for image, _ in common.demo_images(common.DEMO / "val")][::4]
    common.quantize(common.DEMO_MODEL, folder / "ir.xml", *OPTIONS)
    want = [out[0] for out in common.outputs(common.open_model(folder / "ir.xml"), images)]
    for codes, least in (("uint8", 20), ("int8", 60)):
        path = folder / f"{codes}.onnx"
        common.quantize(common.DEMO_MODEL, path, "--qdq", codes, *OPTIONS)
        onnx.checker.check_model(str(path), full_check=True)
        got, fused = run_onnx(path, images)
        common.equal("QLinearConv", fused["QLinearConv"], 9)
        same = np.mean([g.argmax() == w.argmax() for g, w in zip(got, want)])
        assert same >= 0.95, f"{codes}: {100 * same} % of the answers"
        read = [out[0] for out in common.outputs(common.open_model(path), images)]
        sqnr = common.signal_to_noise(np.stack(want), np.stack(read))
        assert sqnr >= least, f"{codes} in OpenVINO: {sqnr:.1f} dB, expected {least}"


def test_names_stay(folder):
    path = folder / "names.onnx"
    common.quantize(common.DEMO_MODEL, path, *OPTIONS)
    before, after = common.core.read_model(common.DEMO_MODEL), onnx.load(path).graph
    assert after.input[0].name in before.input(0).get_names()
    assert after.output[0].name in before.output(0).get_names()
    assert (folder / "report.json").exists() and (folder / "plan.json").exists()


def test_targets(folder):
    """For 8 bits NNCF's tables of all devices are alike; ours differ as their plugins do."""
    ranges = {}
    for target in ("cpu", "gpu", "npu", "onnxruntime"):
        common.quantize(common.DEMO_MODEL, folder / target, "--target", target, "--equalize", "off",
                        *OPTIONS)
        plan = json.loads((folder / target / "plan.json").read_text())
        common.equal("target", plan["settings"]["target"], target)
        ranges[target] = {a["value"]: (a["low"], a["high"]) for a in plan["activations"]}
    assert all(len(low) == 1 for low, _ in ranges["gpu"].values()), "a range per channel on GPU"
    common.equal("values on GPU", set(ranges["gpu"]), set(ranges["cpu"]))
    common.equal("values on NPU", set(ranges["npu"]), set(ranges["cpu"]))


def activations(model):
    nodes = [op.input_value(0).get_node() for op in model.get_ops() if op.get_type_name() == "FakeQuantize"]
    return {n.get_friendly_name() for n in nodes if n.get_type_name() not in ("Constant", "Convert")}


def test_placement_as_nncf(folder):
    """No value is quantized that NNCF leaves alone for that device, if it is there."""
    try:
        import nncf
    except ImportError:
        print("skip  no nncf")
        return
    images = [image[None] for image, _ in common.demo_images(common.DEMO / "calib")][:10]
    for target in ("gpu", "npu"):
        common.quantize(common.DEMO_MODEL, folder / target / "m.xml", "--target", target,
                        "--equalize", "off", *OPTIONS)
        theirs = nncf.quantize(common.core.read_model(common.DEMO_MODEL), nncf.Dataset(images),
                               target_device=nncf.TargetDevice[target.upper()], subset_size=10)
        ours = common.core.read_model(folder / target / "m.xml")
        more = activations(ours) - activations(theirs)
        assert not more, f"quantized for {target}, but not by NNCF: {more}"


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_") and callable(test)]
    return 0 if all([common.run_one(name, test) for name, test in tests]) else 1


if __name__ == "__main__":
    sys.exit(main())
