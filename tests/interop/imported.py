"""Imported models: run by requant and by OpenVINO, and held against what their outputs should be.

Inputs and outputs go by tensors' names; those of outputs as requant makes files of them (file_name).
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov

PROGRAM = os.environ.get("PROGRAM", "build/release/requant")
CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}


def file_name(name):
    return re.sub("[/:;]", "_", name)


def _names_of(port):
    return [*port.get_names(), port.get_node().get_friendly_name()]


def kept(xml, feeds):
    """Those feeds that inputs of the model are left of."""
    names = {name for port in ov.Core().read_model(xml).inputs for name in _names_of(port)}
    return {name: array for name, array in feeds.items() if name in names}


def by_openvino(xml, feeds):
    core = ov.Core()
    model = core.compile_model(core.read_model(xml), "CPU", CONFIG)
    ports = {name: port for port in model.inputs for name in _names_of(port)}
    result = model({ports[name]: array for name, array in feeds.items() if name in ports})
    return {file_name(name): result[port] for port in model.outputs for name in port.get_names()}


def by_openvino_kernels(isa, xml, feeds, folder):
    """By OpenVINO with kernels of that instruction set at most (ONEDNN_MAX_CPU_ISA), in a process of its own."""
    np.savez(folder / "feeds.npz", **feeds)
    subprocess.run([sys.executable, __file__, xml, folder / "feeds.npz", folder / "got.npz"], check=True,
                   capture_output=True, text=True, timeout=120, env={**os.environ, "ONEDNN_MAX_CPU_ISA": isa})
    return dict(np.load(folder / "got.npz"))


def by_requant(xml, feeds, folder, *options):
    command = [PROGRAM, "run", xml, "--save", folder / "out", "--quiet", *options]
    for i, (name, array) in enumerate(feeds.items()):
        np.save(folder / f"{i}.npy", array)
        command += ["--input", f"{name}={folder / str(i)}.npy"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return {path.stem: np.load(path) for path in (folder / "out").glob("*.npy")}


def near(got, want):
    """How they differ; None: nearly equal, integers exactly."""
    if got is None or got.shape != want.shape:
        return f"shape {None if got is None else got.shape}, expected {want.shape}"
    if want.dtype.kind != "f":
        return None if (got == want).all() else f"{(got != want).sum()} of {want.size} differ"
    if np.allclose(got, want, rtol=1e-4, atol=1e-5, equal_nan=True):
        return None
    return f"differs by up to {np.nanmax(np.abs(got.astype(float) - want)):.3g}"


def first_difference(runs, want, difference=near):
    """`runs`: (who, function that gives outputs). What differs first, or how a run ends; None: nothing."""
    for who, run in runs:
        try:
            got = run()
        except subprocess.CalledProcessError as error:
            return f"{who}: {error.stderr.strip() or error}"
        except RuntimeError as error:
            return f"{who}: {str(error).strip().splitlines()[-1]}"
        for name, array in want.items():
            problem = difference(got.get(file_name(name)), array)
            if problem:
                return f"{who}: {name}: {problem}"
    return None


def run_cases(cases, equal):
    """`cases`: (name, judge); judge(folder) says what is wrong, None if nothing is. `equal`: in the
    summary, what those that pass do. True if one fails; --case REGEX selects."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", default="")
    wanted = re.compile(parser.parse_args().case)
    failed = passed = 0
    for name, judge in cases:
        if not wanted.search(name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                problem = judge(pathlib.Path(folder))
            except subprocess.CalledProcessError as error:
                problem = error.stderr.strip() or str(error)
            except RuntimeError as error:
                problem = str(error).strip().splitlines()[-1]
        if problem:
            print(f"failed: {name}: {problem}")
        failed += problem is not None
        passed += problem is None
    print(f"{passed} {equal}, {failed} do not")
    return failed > 0


if __name__ == "__main__":
    np.savez(sys.argv[3], **by_openvino(sys.argv[1], dict(np.load(sys.argv[2]))))
