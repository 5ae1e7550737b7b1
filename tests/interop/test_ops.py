"""requant's kernels against OpenVINO's CPU plugin, operator by operator.

usage: test_ops.py [--case REGEX] [--jobs N] [--keep DIR]     PROGRAM names the requant binary

Every cases_*.py beside this file exports CASES, a list of (name, make); make() gives an ov.Model,
its input arrays in the order of the Parameters, and None, or the outputs to expect where OpenVINO's
depend on the CPU. The model is saved as IR, run by `requant run` on each of its own backends, and
every output compared: floats within rtol 1e-4 and an atol of 1e-5 of the largest value, integers
and booleans exactly. A failing case is left in the folder of --keep.
"""
import argparse
import concurrent.futures
import importlib
import multiprocessing
import os
import pathlib
import queue
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("PROGRAM", "build/release/requant")
BACKENDS = ("reference", "onednn")
CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
core = ov.Core()


class Skipped(Exception):
    """The case cannot be judged: OpenVINO does not run it."""


def name_ports(model):
    """One tensor name per input and output, so that files and options are unambiguous."""
    for i, parameter in enumerate(model.get_parameters()):
        parameter.set_friendly_name(f"input{i}")
        parameter.output(0).get_tensor().set_names({f"in{i}"})
    names = []
    for i, result in enumerate(model.get_results()):
        tensor = result.input_value(0).get_tensor()
        if not tensor.get_names():
            tensor.set_names({f"out{i}"})
        names.append(tensor.get_any_name())
    return names


def expected(model, arrays):
    try:
        request = core.compile_model(model, "CPU", CONFIG).create_infer_request()
        request.infer({i: ov.Tensor(np.array(a, order="C")) for i, a in enumerate(arrays)})
        return [request.get_output_tensor(i).data.copy() for i in range(len(model.outputs))]
    except RuntimeError as error:
        raise Skipped(str(error).strip().splitlines()[-1]) from None


def difference(got, want):
    """None if equal as asked, else a line that says how they differ."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"is {got.dtype} {list(got.shape)}, expected {want.dtype} {list(want.shape)}"
    if want.dtype.kind != "f":
        wrong = got != want
    else:
        got, want = got.astype(np.float64), want.astype(np.float64)
        finite = np.abs(want[np.isfinite(want)])
        limit = 1e-5 * (finite.max() if finite.size else 0)
        wrong = ~np.isclose(got, want, rtol=1e-4, atol=limit, equal_nan=True)
    if not wrong.any():
        return None
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"{wrong.sum()} of {wrong.size} differ, first at {at}: {got[at]} expected {want[at]}"


def run_requant(folder, n_inputs, backend):
    command = [PROGRAM, "run", str(folder / "model.xml"), "--save", str(folder / "out"), "--quiet",
               "--backend", backend]
    for i in range(n_inputs):
        command += ["--input", f"in{i}={folder}/in{i}.npy"]
    (folder / "repro").write_text(shlex.join(command) + "\n")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return f"exit {ran.returncode}: {ran.stderr.strip()}" if ran.returncode else None


def judge(make, folder):
    """None if the case passes, else what went wrong."""
    model, arrays, want = make()
    names = name_ports(model)
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    for i, array in enumerate(arrays):
        np.save(folder / f"in{i}.npy", array)
    want = expected(model, arrays) if want is None else want
    for backend in BACKENDS:
        trouble = run_requant(folder, len(arrays), backend)
        for i, array in enumerate(want):
            if trouble:
                break
            got = np.load(folder / "out" / (re.sub("[/:]", "_", names[i]) + ".npy"))
            trouble = difference(got, array)
            trouble = trouble and f"output {i}: {trouble}"
        if trouble:
            return f"{backend}: {trouble}"
    return None


def run_case(index, name, make, keep):
    """passed, failed or skipped, and what to print."""
    folder = pathlib.Path(keep) / f"{index:04}-{re.sub('[^A-Za-z0-9.]+', '-', name)[:60]}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        trouble = judge(make, folder)
    except Skipped as reason:
        return "skipped", f"skip {name}: OpenVINO: {reason}"
    except Exception as error:  # a case that cannot be built or read is a failure of that case
        trouble = f"{type(error).__name__}: {error}"
    if trouble is None:
        shutil.rmtree(folder)
        return "passed", None
    repro = folder / "repro"
    where = repro.read_text().strip() if repro.exists() else folder
    return "failed", f"FAIL {name}: {trouble}\n     {where}"


def collect(pattern):
    sys.path.insert(0, str(HERE))
    cases = []
    for file in sorted(HERE.glob("cases_*.py")):
        group = file.stem.removeprefix("cases_")
        cases += [(f"{group}: {name}", make)
                  for name, make in importlib.import_module(file.stem).CASES]
    return [case for case in cases if re.search(pattern, case[0])]


def serve(connection, pattern, keep):
    """A process of its own: runs the cases whose indices come in."""
    cases = collect(pattern)
    while (index := connection.recv()) is not None:
        connection.send(run_case(index, *cases[index], keep))


class Worker:
    """Survives a case that crashes OpenVINO."""

    def __init__(self, *args):
        self.args = args
        self.connection = None

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, *self.args), daemon=True)
        self.process.start()
        other.close()

    def attempt(self, index):
        """The outcome, or None when the process died on the way."""
        if self.connection is None:
            self.start()
        try:
            self.connection.send(index)
            return self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            self.connection = None
            return None

    def run(self, index, name):
        """A crash is OpenVINO's (requant runs in a process of its own), and so may wrong values be
        that an earlier case caused (state of one model seen by the next): a fresh process decides.
        A crash there leaves nothing to compare with."""
        outcome = self.attempt(index)
        if outcome is None or outcome[0] == "failed":
            self.stop()
            outcome = self.attempt(index)
        return outcome or ("skipped", f"skip {name}: OpenVINO crashed "
                           f"(exit {self.process.exitcode})")

    def stop(self):
        if self.connection is not None:
            self.connection.send(None)
            self.process.join()
            self.connection = None


def work(todo, worker):
    """Takes cases until there are none; the outcomes."""
    outcomes = []
    while True:
        try:
            index, name = todo.get_nowait()
        except queue.Empty:
            worker.stop()
            return outcomes
        outcome, text = worker.run(index, name)
        if text:
            print(text, flush=True)
        outcomes.append(outcome)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", default="", help="a regular expression: only cases it matches")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="folder for failing cases (default: a temporary one)")
    args = parser.parse_args()
    keep = args.keep or tempfile.mkdtemp(prefix="requant-ops-")
    todo = queue.SimpleQueue()
    for index, (name, _) in enumerate(collect(args.case)):
        todo.put((index, name))
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        workers = [pool.submit(work, todo, Worker(args.case, keep)) for _ in range(args.jobs)]
        results = [outcome for worker in workers for outcome in worker.result()]
    count = {kind: results.count(kind) for kind in ("passed", "failed", "skipped")}
    if not args.keep and not count["failed"]:
        shutil.rmtree(keep)
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] or not results else 0


if __name__ == "__main__":
    sys.exit(main())
