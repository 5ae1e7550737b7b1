"""Patterns of attention, quantized on some inputs and run in the real OpenVINO on others: how near the
outputs stay, and that every product with weights runs in INT8, as the report says, too.

usage: test_attention.py [NET...]     PROGRAM names the requant binary
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov

from attention_nets import NETS
from test_kernels import executed

PROGRAM = os.environ.get("PROGRAM", "build/release/requant")
TO_CALIBRATE, TO_MEASURE = 24, 12


def quantize(model, feed, folder):
    ov.save_model(model, folder / "net.xml", compress_to_fp16=False)
    (folder / "data").mkdir()
    rng = np.random.default_rng(5)
    for i in range(TO_CALIBRATE):
        np.savez(folder / f"data/{i:02}.npz", **feed(rng))
    command = [PROGRAM, "quantize", folder / "net.xml", "--data", folder / "data", "-o", folder / "out",
               "--seconds", "0"]
    libraries = {"OPENVINO_LIB_PATHS": str(pathlib.Path(ov.__file__).parent / "libs")}
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, check=False,
                         env=os.environ | libraries)
    assert ran.returncode == 0, ran.stderr
    return folder / "out/net-int8.xml"


def outputs(path, inputs):
    """Of a network with states also what the same words give behind themselves."""
    config = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(path, "CPU", config)
    found = []
    for one in inputs:
        request = compiled.create_infer_request()
        found.append(np.array(request.infer(one)[0]))
        if request.query_state():
            again = one | {"start": one["start"] + one["ids"].shape[1]}
            found.append(np.array(request.infer(again)[0]))
    return found


def decibel(before, after):
    noise = sum(np.sum((a - b) ** 2.0) for a, b in zip(before, after))
    return 10 * np.log10(sum(np.sum(a ** 2.0) for a in before) / noise)


def ran(found, name):
    """OpenVINO names a product by what it has taken in."""
    return found.get(name, found.get(name + "/DequantizationMultiply", ("", "")))


def wrong_kernels(report, names):
    """The report names the kernels that OpenVINO ran."""
    kernels = {layer["name"]: layer["kernel"] or "none" for layer in report["layers"]}
    return [f"the report says that {name} ran {kernels[name]}" for name in names
            if not kernels[name].lower().endswith("_i8")]


def wrong_of(make, least, folder):
    """What is not as it should be, and the SQNR."""
    net, model, feed = make()
    path = quantize(model, feed, folder)
    rng = np.random.default_rng(6)
    inputs = [feed(rng) for _ in range(TO_MEASURE)]
    sqnr = decibel(outputs(folder / "net.xml", inputs), outputs(path, inputs))
    found = executed(path)
    wrong = [f"{name} runs as {ran(found, name)}" for name in net.products if ran(found, name)[1] not in ("i8", "u8")]
    wrong += wrong_kernels(json.loads((path.parent / "report.json").read_text()), net.products)
    return wrong + ([f"below {least} dB"] if sqnr < least else []), sqnr


def main():
    failed = 0
    for make, least in NETS.items():
        if sys.argv[1:] and make.__name__ not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong, sqnr = wrong_of(make, least, pathlib.Path(folder))
        failed += bool(wrong)
        print("fail " if wrong else "pass ", make.__name__, f"{sqnr:.1f} dB", "; ".join(wrong))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
