"""Lets one call after another fail under every command of requant: memory, and files.

usage: sweep.py PROGRAM fail_nth.so [--sample N] [--seed S] [--command REGEX] [--kind malloc|io] [--jobs N]

A point is a call of malloc's family, or of open, read, write, fsync, rename, mmap and the like, by its
stack; it fails once, or with all calls after it. Then requant must end with exit status 1 and a message,
or as if nothing had happened: with the status and the files of an undisturbed run, or with a message of
what is missing. Never: a crash, a hang, silence, a file half written or another than that of an
undisturbed run, a temporary file that stays. Without --sample all points are tried.
"""
import argparse
import concurrent.futures
import itertools
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TINY = ROOT / "tests/data/0.1.0"
IMPORT = ROOT / "tests/data/import"
DEMO = ROOT / "datasets/demo"
CALIB = DEMO / "calib"
LIMIT = 120  # seconds of one run
DATA = ["--scale", "255", "--subset", "3", "--threads", "1"]
QUANTIZE = ["quantize", TINY / "tiny.xml", "--data", CALIB, *DATA, "-o"]
SHARD = ["calibrate", TINY / "tiny.xml", "--data", CALIB, *DATA, "--shard"]
# What depends on time, or names it.
VARIES = re.compile(r"report\.(json|html)|tune\.json|bench\.json")

# Speed is measured where a command is swept for it, and no longer than it takes to go that way.
FAST = ["--seconds", "0"]
SHORT = ["--seconds", "0.02"]

# OUT is the folder of the run; IN that of files made before.
COMMANDS = {
    "quantize": [*QUANTIZE, "OUT", *SHORT],
    "quantize-again": [*QUANTIZE, "OUT", *FAST, "--range", "minmax"],
    "quantize-val": [*QUANTIZE, "OUT", *FAST, "--val", DEMO / "val", "--no-thumbnails"],
    "quantize-onnx": [*QUANTIZE, "OUT/m.onnx", *FAST],
    "quantize-config": [*QUANTIZE, "OUT", *FAST, "--config", "IN/nncf.json"],
    "quantize-int4": [*QUANTIZE, "OUT", *FAST, "--precision", "int4-weights"],
    "quantize-int8-weights": [*QUANTIZE, "OUT", *FAST, "--precision", "int8-weights"],
    "quantize-fp16": ["quantize", TINY / "tiny.xml", "--precision", "fp16", "-o", "OUT", "--threads", "1"],
    "quantize-plan": [*QUANTIZE, "OUT", *FAST, "--stats", "IN/stats.h5", "--plan", "IN/plan.json"],
    "import-tensorflow": ["import", IMPORT / "graph.pbtxt", "-o", "OUT"],
    "import-onnx": ["import", ROOT / "tests/fuzz/corpus/onnx/conv", "-o", "OUT"],
    "import-tflite": ["import", "IN/m.tflite", "-o", "OUT"],
    "split": ["split", "IN/call.xml", "-o", "OUT"],
    "calibrate": ["calibrate", TINY / "tiny.xml", "--data", CALIB, *DATA, "-o", "OUT/s.h5"],
    "shard": [*SHARD, "2/2", "-o", "OUT/s.h5"],
    "merge": ["merge", "IN/2.h5", "IN/1.h5", "-o", "OUT/s.h5"],
    "evaluate": ["evaluate", DEMO / "model/resnet8-cifar10.xml", "--data", DEMO / "val", *DATA],
    "run": ["run", TINY / "tiny.xml", "--input", "image=IN/x.npy", "--save", "OUT", "--threads", "1"],
    "analyze": ["analyze", TINY / "tiny.xml", "--data", CALIB, *DATA],
    "tune": ["tune", TINY / "tiny.xml", "--data", CALIB, *DATA, "--min-sqnr", "20", "--max-trials", "3",
             "-o", "OUT", *FAST],
    "lint": ["lint", TINY / "tiny.xml", "--data", CALIB, "--scale", "255", "--threads", "1"],
    "compare": ["compare", "IN", "IN2", "--html", "OUT/c.html", "--markdown", "OUT/c.md", "--threads", "1"],
    "compare-github": ["compare", "IN", "IN2", "--github", "--max-size", "0.9"],
    "show-report": ["show", "IN/report.json"],
    "show-plan": ["show", "IN/plan.json"],
    "show-stats": ["show", "IN/stats.h5"],
    "show-model": ["show", TINY / "tiny.xml"],
    "bench": ["bench", TINY / "tiny.xml", *SHORT, "--threads", "1", "--json", "OUT/bench.json"],
    "ops": ["ops"],
}

# Commands whose OUT has the result of another one before.
BEFORE = {"quantize-again": "quantize"}


def says_more(text, usual):
    """Whether a run says something that an undisturbed one does not; numbers differ in any two."""
    lines = [{re.sub(r"[0-9.]+", "#", line) for line in t.splitlines()} for t in (text, usual)]
    return not lines[0] <= lines[1]


class Sweep:
    def __init__(self, program, library, known):
        self.program, self.library, self.known = program, library, known
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="requant-faults-"))
        self.before = {}
        for name in ("IN", "IN2"):
            self.start("quantize", self.base / name, None, None)
        for command in BEFORE.values():
            self.before[command] = self.base / f"before-{command}"
            self.start(command, self.before[command], None, None)
        for k in (1, 2):
            subprocess.run([program, *SHARD, f"{k}/2", "-o", self.base / f"IN/{k}.h5"], check=True,
                           capture_output=True)
        (self.base / "IN/nncf.json").write_text('{"preset": "mixed", "ignored_scope": {"types": ["ReduceMean"]}}')
        call = '"TensorFlowCall" version="requant"><data file="/m.pb" feeds="x" fetches="y" types="f32" shapes="1,4,8,8"/>'
        (self.base / "IN/call.xml").write_text(re.sub('"ReLU" version="opset1">', call, (TINY / "tiny.xml").read_text()))
        shutil.copy(TINY / "tiny.bin", self.base / "IN/call.bin")
        shutil.copy(ROOT / "tests/fuzz/corpus/tflite/conv_SAME2_i8io", self.base / "IN/m.tflite")
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 8, 8), }".ljust(117) + b"\n"
        (self.base / "IN/x.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header +
                                             struct.pack("<192f", *range(192)))

    def words(self, command, out):
        places = {"OUT": out, "IN2": self.base / "IN2", "IN": self.base / "IN"}
        return [re.sub(r"(?<![\w/.])(OUT|IN2|IN)(?=/|$)", lambda m: str(places[m[1]]), str(word))
                for word in COMMANDS[command]]

    def start(self, command, out, kind, at, later=False):
        """(status, text, log): of a run whose call number `at` fails."""
        if command in BEFORE:
            shutil.copytree(self.before[BEFORE[command]], out)
        else:
            out.mkdir()
        log = out.with_suffix(".log")
        # The limit of what requant prints, and of python that it may ask for OpenVINO, is none of ours.
        environment = {**os.environ, "OPENVINO_LIB_PATHS": "/nowhere", "PATH": "/nowhere"}
        if kind:
            environment.update(LD_PRELOAD=str(self.library), FAULT_KIND=kind, FAULT_AT=str(at),
                               FAULT_LOG=str(log))
            if later:
                environment["FAULT_LATER"] = "1"
        try:
            done = subprocess.run([self.program, *self.words(command, out)], env=environment,
                                  capture_output=True, timeout=LIMIT, cwd=self.base)
            status, text = done.returncode, done.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            status, text = "hangs", ""
        return status, text, log.read_text(errors="replace") if log.exists() else ""

    def points(self, command, kind):
        out = self.base / f"{command}-{kind}"
        status, text, log = self.start(command, out, kind, 0)
        files = {str(f.relative_to(out)): f.read_bytes() for f in out.rglob("*") if f.is_file()}
        if status not in (0, 3):
            sys.exit(f"{command} ends with {status}: {text}")
        return status, text, files, [int(n) for n in re.findall(r"^point (\d+)$", log, re.M)]

    def is_known(self, log, text):
        """The library that a failed call was made by, or what it printed, is in known.txt."""
        if any(self.known.search(line) for line in text.splitlines()):
            return True
        for stack in log.split("failed ")[1:]:
            lines = list(itertools.takewhile(lambda l: not l.startswith(str(self.program)),
                                             stack.splitlines()[1:]))
            if any(self.known.search(line) for line in lines):
                return True
        return False

    def named(self, lines):
        """A stack with the names of requant's own functions."""
        own = [re.search(r"\((\+0x[0-9a-f]+)\)", line) if line.startswith(str(self.program)) else None
               for line in lines]
        offsets = [match[1] for match in own if match]
        if not offsets or not shutil.which("addr2line"):
            return "\n".join(lines)
        names = iter(subprocess.run(["addr2line", "-s", "-f", "-p", "-e", self.program, *offsets],
                                    capture_output=True, text=True).stdout.splitlines())
        return "\n".join("      " + next(names, line) if match else line
                         for line, match in zip(lines, own))

    def earlier(self, command):
        """Files that were there before, by name."""
        folder = self.before.get(BEFORE.get(command))
        return {str(f.relative_to(folder)): f.read_bytes()
                for f in folder.rglob("*") if f.is_file()} if folder else {}

    def complaint(self, command, reference, out, status, text):
        """What is wrong with how a run ended; None: nothing."""
        right, said, files, _ = reference
        earlier = self.earlier(command)
        if status == "hangs":
            return "hangs"
        if status < 0 or status not in (1, right):
            return f"ends with {status}"
        if status == 1 and right != 1 and not text.strip():
            return "fails without a message"
        for file in filter(pathlib.Path.is_file, out.rglob("*")):
            name = str(file.relative_to(out))
            if VARIES.fullmatch(name) or name.startswith(".requant"):
                continue
            if "requant-tmp-" in name:
                return f"leaves {name}"
            if name not in files:
                return f"writes {name}, which else it does not"
            content = file.read_bytes()
            if status == 1 and content == earlier.get(name):
                continue
            if content != files[name] and not says_more(text, said):
                return f"{name} is another, and nothing says why"
        lost = [n for n in earlier if not (out / n).exists() and not n.startswith(".requant")]
        if lost and not (out / ".requant").exists():
            return f"{lost[0]}, which was there before, is lost"
        if status == right:
            missing = [n for n in files if not (out / n).exists() and ".requant" not in n]
            if missing and not says_more(text, said):
                return f"{missing[0]} is missing, and nothing says why"
        return None

    def try_point(self, command, kind, reference, at, later):
        out = self.base / f"{command}-{kind}-{at}{'-later' if later else ''}"
        status, text, log = self.start(command, out, kind, at, later)
        wrong = self.complaint(command, reference, out, status, text)
        shutil.rmtree(out, ignore_errors=True)
        out.with_suffix(".log").unlink(missing_ok=True)
        if "failed " not in log:
            return "not reached", None
        if not wrong:
            return "right", None
        if self.is_known(log, text):
            return "known", None
        stack = self.named(log.split("failed ")[1].splitlines()[:14])
        return "wrong", f"{command}: call {at} of {kind}{' and all later' if later else ''}: {wrong}\n" \
                        f"    {text.strip()[-300:]}\n    failed {stack}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--sample", type=int, help="points of each command and kind")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--command", default=".")
    parser.add_argument("--kind", choices=["malloc", "io"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    lines = (pathlib.Path(__file__).parent / "known.txt").read_text().splitlines()
    known = re.compile("|".join(l.split(": ")[0] for l in lines if l and not l.startswith("#")))
    sweep = Sweep(args.program.resolve(), args.library.resolve(), known)
    rng = random.Random(args.seed)
    print(f"seed {args.seed}", flush=True)
    total, wrong = {}, 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for command in filter(re.compile(args.command).search, COMMANDS):
            for kind in [args.kind] if args.kind else ["malloc", "io"]:
                reference = sweep.points(command, kind)
                tries = [(at, later) for at in reference[3] for later in (False, True)]
                if args.sample is not None and len(tries) > args.sample:
                    tries = rng.sample(tries, args.sample)
                counts = {}
                for end, what in pool.map(lambda t: sweep.try_point(command, kind, reference, *t), tries):
                    counts[end] = counts.get(end, 0) + 1
                    total[end] = total.get(end, 0) + 1
                    if what:
                        print("WRONG", what, flush=True)
                        wrong += 1
                print(f"{command}, {kind}: {len(reference[3])} points, {len(tries)} tried: "
                      f"{', '.join(f'{n} {end}' for end, n in sorted(counts.items()))}", flush=True)
    shutil.rmtree(sweep.base, ignore_errors=True)
    print(f"{sum(total.values())} tried: {', '.join(f'{n} {end}' for end, n in sorted(total.items()))}")
    sys.exit(wrong > 0)


main()
