"""The table of `make quality`. usage: run.py REQUANT OUT; environment: see run.sh"""
import hashlib
import json
import os
import random
import shutil
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "bench"))  # behind what is here: both have a table.py

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
PEERS = os.environ.get("PEERS", "default best best-mixed transformer transformer-best-mixed").split()
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


def cached(name):
    """What was kept by that name; None if nothing was."""
    path = os.path.join(CACHE, name + ".json")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return json.load(file)


def keep(name, value):
    path = os.path.join(CACHE, name + ".json")
    with open(path + ".tmp", "w") as file:
        json.dump(value, file)
    os.replace(path + ".tmp", path)
    return value


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
    """For requant, a folder of links to the files to calibrate with; with an order, a list of them in it."""
    folder = os.path.join(OUT, "data", subject.name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    links = []
    for i, (file, _) in enumerate(subject.rows(OUT)[0]):
        links.append(os.path.join(os.path.abspath(folder), f"{i:05d}{os.path.splitext(file)[1]}"))
        os.symlink(os.path.abspath(file), links[-1])
    if not order:
        return folder
    random.Random(order).shuffle(links)
    with open(folder + ".txt", "w") as file:
        file.writelines(link + "\n" for link in links)
    return folder + ".txt"


def requant(subject, base, variant, *options, order=0):
    folder = os.path.join(OUT, "requant", subject.name, variant)
    shutil.rmtree(folder, ignore_errors=True)
    target = os.path.join(folder, subject.name + "-int8.xml")
    chosen = {**VARIANTS, **subject.variants}[variant]
    cost = run([PROGRAM, "quantize", base, "--data", data_of(subject, order), "-o", target, "--quiet",
                "--adapter", "none", "--seconds", "0", *subject.prepare.options(), *chosen, *options])
    with open(os.path.join(folder, "report.json")) as file:
        steps = {step["name"]: step["seconds"] for step in json.load(file)["steps"]}
    seconds = sum(s for name, s in steps.items() if not name.startswith("measure"))
    return target, {"seconds": seconds, "steps": steps, "peak_bytes": cost.peak_bytes}


def nncf(subject, base, variant):
    """Its model, made if this FP32 model was not quantized so before."""
    key = hashlib.sha256((ir_digest(base) + subject.digest(OUT)).encode()).hexdigest()[:12]
    name = f"{subject.name}-{variant}-{key}"
    path = os.path.join(CACHE, name + ".xml")
    return path, cached(name) or keep(name, python("peer.py", subject.name, variant, base, path, OUT))


def judged(subject, base, paths):
    """{path: scores} of models and of FP32; those not judged before in one go, as FP32 runs for all."""
    same = digest(*(os.path.join(HERE, name) for name in ("judge.py", "metrics.py")))
    same += ir_digest(base) + subject.digest(OUT)
    names = {path: f"score-{subject.name}-"
                   + hashlib.sha256((same + ir_digest(path)).encode()).hexdigest()[:16]
             for path in [base, *paths]}
    scores = {path: cached(name) for path, name in names.items()}
    missing = [path for path, found in scores.items() if not found and path != base]
    if missing or not scores[base]:
        for path, found in python("judge.py", subject.name, OUT, base, *missing).items():
            scores[path] = keep(names[path], found)
    return scores


def seed_deviation(subject, base, variant):
    """Standard deviation of SQNR over seeds."""
    models = []
    for seed in SEEDS:
        path, _ = requant(subject, base, variant, "--seed", seed)
        kept = f"{os.path.dirname(path)}-seed{seed}"
        shutil.copytree(os.path.dirname(path), kept, dirs_exist_ok=True)
        models.append(os.path.join(kept, os.path.basename(path)))
    scores = judged(subject, base, models)
    return statistics.stdev(scores[path]["sqnr"] for path in models)


def digests_of_orders(subject, base, variant):
    return [ir_digest(requant(subject, base, variant, order=i)[0]) for i in range(1, ORDERS + 1)]


def requant_entry(subject, base, variant):
    """Its model, made last: what is varied before is written to the same place."""
    found = {"peers": ["NNCF " + peer for peer in PEERS_OF.get(variant, PEERS)]}
    if len(SEEDS) > 1:
        found["sqnr_deviation"] = seed_deviation(subject, base, variant)
    digests = digests_of_orders(subject, base, variant)
    path, costs = requant(subject, base, variant)
    if ORDERS:
        found["orders_apart"] = sum(other != ir_digest(path) for other in digests)
    return {**costs, **found, "path": path}


def measure(subject, table):
    base = model_of(subject)
    variants = os.environ.get("VARIANTS", "default").split()
    entries = {"FP32": {"path": base}}
    for peer in dict.fromkeys(peer for v in variants for peer in PEERS_OF.get(v, PEERS)):
        path, costs = nncf(subject, base, peer)
        entries["NNCF " + peer] = {**costs, "path": path}
    for variant in variants:
        entries["requant " + variant] = requant_entry(subject, base, variant)
    scores = judged(subject, base, [entry["path"] for entry in entries.values()])
    for entry in entries.values():
        entry.update(scores[entry["path"]])
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
