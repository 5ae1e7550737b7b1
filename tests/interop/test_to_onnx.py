"""Layers written as ONNX: ONNX Runtime against OpenVINO on the IR, operator by operator.

usage: test_to_onnx.py IR_TO_ONNX [--case REGEX] [--every N]

Takes the cases of test_ops.py. Every model that ir_to_onnx writes must pass onnx.checker, run in ONNX
Runtime and give what OpenVINO gives; what it refuses must say "cannot be written as ONNX", and at
least FLOOR of all cases must pass. With --every, each N-th case is taken.
"""
import argparse
import collections
import importlib
import multiprocessing
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import openvino as ov

import test_ops

FLOOR = 1500
# Where ONNX, or ONNX Runtime, cannot do what OpenVINO does, and networks do not need it.
LIMITS = ("has unsupported type", "NOT_IMPLEMENTED", "Could not find an implementation")
OTHERS = (
    r"gather outside gives zeros", r"gather-7 negative gives zeros",  # an error, and from the end
    r"interpolate nearest asymmetric round_prefer_ceil \(3, 4\)",  # 3.5 in f32: 3 or 4
    r"interpolate (linear|linear_onnx|cubic) u8",  # truncated, or not implemented
    r"divide -?7 by -?2 .* constants",  # rounded towards zero
    r"compare with nan",
    r"bitwise .* bool",
)
HERE = pathlib.Path(__file__).resolve().parent


def all_cases(pattern):
    for path in sorted(HERE.glob("cases_*.py")):
        for name, make in importlib.import_module(path.stem).CASES:
            if re.search(pattern, f"{path.stem} {name}"):
                yield f"{path.stem} {name}", make


def run_onnx(path, arrays):
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    given = {f"in{i}": array for i, array in enumerate(arrays)}
    return session.run(None, {i.name: given[i.name] for i in session.get_inputs()})


def judge(tool, make, folder):
    """(passed, refused, failed or skipped, why)."""
    model, arrays, _ = make()
    test_ops.name_ports(model)
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    try:
        want = test_ops.expected(model, arrays)
    except test_ops.Skipped as reason:
        return "skipped", str(reason)
    ran = subprocess.run([tool, folder / "model.xml", folder / "model.onnx"], capture_output=True,
                         text=True, timeout=120, check=False)
    if ran.returncode:
        written = "cannot be written as ONNX" in ran.stderr
        return "refused" if written else "failed", ran.stderr.strip()
    try:
        got = run_onnx(folder / "model.onnx", arrays)
    except Exception as error:  # checker's and runtime's own types
        limit = any(text in str(error) for text in LIMITS)
        return "limited" if limit else "failed", re.sub(r"\s+", " ", str(error))[:300]
    for i, (g, w) in enumerate(zip(got, want)):
        trouble = test_ops.difference(np.asarray(g), w)
        if trouble:
            return "failed", f"output {i}: {trouble}"
    return "passed", ""


def judge_apart(tool, make, folder):
    """In a process of its own: a case that crashes a runtime is none."""
    context = multiprocessing.get_context("fork")
    got, send = context.Pipe(False)
    process = context.Process(target=lambda: send.send(judge(tool, make, folder)))
    process.start()
    send.close()
    try:
        return got.recv()
    except EOFError:
        process.join()
        return "skipped", f"crashed (exit {process.exitcode})"
    finally:
        process.join()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--case", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, make in list(all_cases(arguments.case))[::arguments.every]:
            if any(re.search(pattern, name) for pattern in OTHERS):
                continue
            result, why = judge_apart(arguments.tool, make, pathlib.Path(folder))
            counts[result] += 1
            if result == "failed" or arguments.verbose and why:
                print(f"{result} {name}: {why}")
    print(", ".join(f"{n} {result}" for result, n in counts.most_common()))
    floor = 0 if arguments.case else FLOOR // arguments.every
    short = counts["passed"] < floor
    if short:
        print(f"fewer than {floor} cases passed")
    return 1 if counts["failed"] or short else 0


if __name__ == "__main__":
    sys.exit(main())
