"""The table of `make quality`. usage: run.py REQUANT OUT; environment: see run.sh"""
import hashlib
import json
import os
import random
import shutil
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "bench"))

from processes import Failed, run  # noqa: E402
from sources import Unavailable  # noqa: E402
from subjects import SUBJECTS  # noqa: E402
from table import Table  # noqa: E402

PROGRAM, OUT = sys.argv[1:]
CACHE = os.path.join(OUT, "cache")
ROUNDS = os.environ.get("ROUNDS", "40")
SEEDS = os.environ.get("SEEDS", "").split()
ORDERS = int(os.environ.get("ORDERS", "0"))
VARIANTS = {
    "default": [],
    "mixed": ["--preset", "mixed"],
    "performance": ["--preset", "performance"],
    "nearest": ["--rounding", "nearest"],
}
# NNCF's variants (peer.py) that a variant of requant stands beside; by default these.
PEERS = ("default", "mixed", "transformer", "best", "best-mixed", "transformer-best-mixed")
PEERS_OF = {}


def python(script, *arguments):
    """JSON from the last line of one of the scripts of this folder."""
    output = run([sys.executable, os.path.join(HERE, script), *arguments]).output
    return json.loads(output.strip().splitlines()[-1])


def digest(*paths):
    total = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def ir_digest(path):
    return digest(path, path[:-4] + ".bin")


def remembered(name, make):
    """What `make` returns, from the cache if it is there."""
    path = os.path.join(CACHE, name + ".json")
    if not os.path.exists(path):
        value = make()
        with open(path + ".tmp", "w") as file:
            json.dump(value, file)
        os.replace(path + ".tmp", path)
    with open(path) as file:
        return json.load(file)


def model_of(subject):
    """The FP32 IR that all start from: as it is, or imported by requant, once: else a change of the
    importer would have NNCF's models made anew."""
    path = subject.model(OUT)
    if path.endswith(".xml"):
        return path
    key = hashlib.sha256((digest(path) + " ".join(subject.imported)).encode()).hexdigest()[:12]
    target = os.path.join(CACHE, "fp32", key, subject.name + ".xml")
    if not os.path.exists(target):
        run([PROGRAM, "import", path, "-o", target, *subject.imported])
    return target


def data_of(subject, order=0):
    """For requant, a folder of links to the files to calibrate with, numbered in an order."""
    folder = os.path.join(OUT, "data", subject.name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    files = [os.path.abspath(file) for file, _ in subject.rows(OUT)[0]]
    if order:
        random.Random(order).shuffle(files)
    for i, file in enumerate(files):
        os.symlink(file, os.path.join(folder, f"{i:05d}{os.path.splitext(file)[1]}"))
    return folder


def requant(subject, base, variant, *options, order=0):
    folder = os.path.join(OUT, "requant", subject.name, variant)
    shutil.rmtree(folder, ignore_errors=True)
    target = os.path.join(folder, subject.name + "-int8.xml")
    chosen = {**VARIANTS, **subject.variants}[variant]
    cost = run([PROGRAM, "quantize", base, "--data", data_of(subject, order), "-o", target, "--quiet",
                "--adapter", "none", *subject.prepare.options(), *chosen, *options])
    with open(os.path.join(folder, "report.json")) as file:
        steps = {step["name"]: step["seconds"] for step in json.load(file)["steps"]}
    seconds = sum(s for name, s in steps.items() if not name.startswith("measure"))
    return target, {"seconds": seconds, "steps": steps, "peak_bytes": cost.peak_bytes}


def nncf(subject, base, variant):
    """Its model, made if this FP32 model was not quantized so before."""
    key = hashlib.sha256((ir_digest(base) + subject.digest(OUT)).encode()).hexdigest()[:12]
    name = f"{subject.name}-{variant}-{key}"
    path = os.path.join(CACHE, name + ".xml")
    return path, remembered(name, lambda: python("peer.py", subject.name, variant, base, path, OUT))


def judged(subject, base, path):
    judges = digest(*(os.path.join(HERE, name) for name in ("judge.py", "metrics.py")))
    facts = judges + ir_digest(base) + ir_digest(path) + subject.digest(OUT)
    name = f"score-{subject.name}-" + hashlib.sha256(facts.encode()).hexdigest()[:16]
    return remembered(name, lambda: list(python("judge.py", subject.name, OUT, base, path).values()))


def spread(subject, base, variant):
    """Standard deviation of SQNR over seeds, and how many orders of the data gave other bytes."""
    found = {}
    if len(SEEDS) > 1:
        values = [judged(subject, base, requant(subject, base, variant, "--seed", seed)[0])[1]["sqnr"]
                  for seed in SEEDS]
        found["sqnr_deviation"] = statistics.stdev(values)
    if ORDERS:
        bytes_of = [ir_digest(requant(subject, base, variant, order=i)[0]) for i in range(ORDERS + 1)]
        found["orders_apart"] = sum(other != bytes_of[0] for other in bytes_of[1:])
    return found


def measure(subject, table):
    base, entries = model_of(subject), {}

    def add(name, path, costs):
        entries["FP32"], scores = judged(subject, base, path)
        entries[name] = {**costs, **scores, "path": path}

    variants = os.environ.get("VARIANTS", "default").split()
    for peer in dict.fromkeys(peer for v in variants for peer in PEERS_OF.get(v, PEERS)):
        add("NNCF " + peer, *nncf(subject, base, peer))
    for variant in variants:
        varied = spread(subject, base, variant)
        path, costs = requant(subject, base, variant)
        add("requant " + variant, path, {**costs, **varied, "peers": [
            "NNCF " + peer for peer in PEERS_OF.get(variant, PEERS)]})
    entries["FP32"]["path"] = base
    if ROUNDS != "0":
        times = python("latency.py", subject.name, OUT, ROUNDS, *(e["path"] for e in entries.values()))
        for entry in entries.values():
            entry.update(times[entry["path"]])
    table.add(subject, entries)


def main():
    os.makedirs(CACHE, exist_ok=True)
    wanted, table, failed = os.environ.get("SUBJECTS", "").split(), Table(), False
    for subject in SUBJECTS:
        if wanted and subject.name not in wanted:
            continue
        try:
            measure(subject, table)
        except Unavailable as why:
            print(f"# {subject.name}: {why}: left out", flush=True)
        except Failed as why:
            print(f"# {subject.name}: {why}", flush=True)
            failed = True
    table.finish(os.path.join(OUT, "quality"))
    return failed


if __name__ == "__main__":
    sys.exit(main())
