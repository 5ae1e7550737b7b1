"""`requant import` of ONNX models against ovc.

usage: test_import_onnx.py PROGRAM BACKEND_TEST [MODELS_FOLDER]

Every IR of the ONNX backend cases that pass in BACKEND_TEST (tests/unit/test_onnx_backend.c, where
it is built and libonnx-testdata is installed) must open in OpenVINO. Every ONNX model of
MODELS_FOLDER must import, give what ovc's IR gives on random input within 1e-4, and have
no more layers than that.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov

CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
TOLERANCE = 1e-4
DEFAULTS = [1, 3, 64, 64]  # of dynamic dimensions
core = ov.Core()


def count_layers(model):
    return sum(op.get_type_name() != "Constant" for op in model.get_ops())


def random_input(port, name):
    rng = np.random.default_rng(0)
    dims = list(DEFAULTS)
    if "rec" in name:  # text lines: 48 pixels high
        dims[2:] = [48, 320]
    shape = [d.get_length() if d.is_static else dims[i]
             for i, d in enumerate(port.get_partial_shape())]
    return rng.random(shape, dtype=np.float32)


def check_model(program, path, folder):
    xml = folder / (path.stem + ".xml")
    run = subprocess.run([program, "import", path, "-o", xml], capture_output=True, text=True)
    if run.returncode:
        return run.stderr
    got, want = core.read_model(xml), ov.convert_model(path)
    if count_layers(got) > count_layers(want):
        return f"{count_layers(got)} layers, ovc makes {count_layers(want)}"
    feed = [random_input(port, path.stem) for port in want.inputs]
    outputs = [core.compile_model(m, "CPU", CONFIG)(feed) for m in (got, want)]
    for i in range(len(want.outputs)):
        worst = np.abs(outputs[0][i] - outputs[1][i]).max()
        if not worst <= TOLERANCE:
            return f"output {i} differs by {worst}"
    return None


def check_backend_cases(test, folder):
    if not os.access(test, os.X_OK):
        print("skipped: the ONNX backend cases' test is not built")
        return 0
    subprocess.run([test], env={**os.environ, "ONNX_BACKEND_SAVE": str(folder)}, check=True,
                   capture_output=True)
    failed = opened = 0
    for xml in sorted(folder.glob("*.xml")):
        try:
            core.read_model(xml)
            opened += 1
        except RuntimeError as error:
            print(f"failed: {xml.stem}: {error}")
            failed += 1
    print(f"{opened} IRs of ONNX backend cases open in OpenVINO, {failed} do not")
    return failed


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        failed += check_backend_cases(sys.argv[2], pathlib.Path(folder))
    models = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    paths = sorted(models.rglob("*.onnx")) if models else []
    if not paths:
        print("skipped: no folder of ONNX models")
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            problem = check_model(sys.argv[1], path, pathlib.Path(folder))
            print(f"{'failed' if problem else 'ok'}: {path.stem}{': ' + problem if problem else ''}")
            failed += problem is not None
    return failed > 0


sys.exit(main())
