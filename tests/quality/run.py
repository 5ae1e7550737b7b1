"""The table of `make quality`. usage: run.py REQUANT OUT; environment: see run.sh"""
import hashlib
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "bench"))

from processes import Failed, run  # noqa: E402
from subjects import SUBJECTS  # noqa: E402
from table import Table  # noqa: E402

PROGRAM, OUT = sys.argv[1:]
CACHE = os.path.join(OUT, "cache")
ROUNDS = os.environ.get("ROUNDS", "40")
PEERS = ("default", "best", "best-mixed")
VARIANTS = {
    "default": [],
    "mixed": ["--preset", "mixed"],
    "performance": ["--preset", "performance"],
    "nearest": ["--rounding", "nearest"],
}


def python(script, *arguments):
    """JSON from the last line of one of the scripts of this folder."""
    output = run([sys.executable, os.path.join(HERE, script), *arguments]).output
    return json.loads(output.strip().splitlines()[-1])


def digest(path):
    """Of an IR, and of the scripts that judge it."""
    files = [path, path[:-4] + ".bin"] + [os.path.join(HERE, name) for name in
                                          ("judge.py", "metrics.py", "subjects.py", "texts.py")]
    total = hashlib.sha256()
    for name in files:
        with open(name, "rb") as file:
            total.update(file.read())
    return total.hexdigest()


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
    """The FP32 IR that all start from: as it is, or imported by requant."""
    path = os.path.join(OUT, subject.model) if not os.path.isabs(subject.model) else subject.model
    if path.endswith(".xml"):
        return path
    folder = os.path.join(OUT, "models", subject.name)
    shape = ["--input_shape", "[" + subject.shape.split("[")[1]] if subject.shape else []
    run([PROGRAM, "import", path, "-o", os.path.join(folder, subject.name + ".xml"), *shape])
    return os.path.join(folder, subject.name + ".xml")


def images_of(subject):
    """A list for requant of the images to calibrate with."""
    path = os.path.join(OUT, "images", subject.name + ".txt")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.writelines(os.path.abspath(image) + "\n" for image, _ in subject.rows(OUT)[0])
    return path


def requant(subject, base, variant):
    folder = os.path.join(OUT, "requant", subject.name, variant)
    shutil.rmtree(folder, ignore_errors=True)
    target = os.path.join(folder, subject.name + "-int8.xml")
    cost = run([PROGRAM, "quantize", base, "--data", images_of(subject), "-o", target, "--quiet",
                "--adapter", "none", *subject.prepare.options(), *VARIANTS[variant]])
    with open(os.path.join(folder, "report.json")) as file:
        steps = {step["name"]: step["seconds"] for step in json.load(file)["steps"]}
    seconds = sum(s for name, s in steps.items() if not name.startswith("measure"))
    return target, {"seconds": seconds, "steps": steps, "peak_bytes": cost.peak_bytes}


def nncf(subject, base, variant):
    """Its model, made if this FP32 model was not quantized so before."""
    name = f"{subject.name}-{variant}-{digest(base)[:12]}"
    path = os.path.join(CACHE, name + ".xml")
    return path, remembered(name, lambda: python("peer.py", subject.name, variant, base, path, OUT))


def judged(subject, base, path):
    name = "score-" + hashlib.sha256((digest(base) + digest(path)).encode()).hexdigest()[:16]
    return remembered(name, lambda: list(python("judge.py", subject.name, OUT, base, path).values()))


def measure(subject, table):
    base = model_of(subject)
    made = [("NNCF " + variant, *nncf(subject, base, variant)) for variant in PEERS]
    for variant in os.environ.get("VARIANTS", "default").split():
        made.append(("requant " + variant, *requant(subject, base, variant)))
    entries = {}
    for name, path, costs in made:
        fp32, scores = judged(subject, base, path)
        entries[name] = {**costs, **scores, "path": path}
    entries = {"FP32": {**fp32, "path": base}, **entries}
    if ROUNDS != "0":
        times = python("latency.py", ROUNDS, *(entry["path"] for entry in entries.values()))
        for entry in entries.values():
            entry.update(times[entry["path"]])
    table.add(subject, entries)


def main():
    os.makedirs(CACHE, exist_ok=True)
    wanted, table, failed = os.environ.get("SUBJECTS", "").split(), Table(), False
    for subject in SUBJECTS:
        if wanted and subject.name not in wanted:
            continue
        if not os.path.exists(os.path.join(OUT, subject.model)):
            print(f"# {subject.name}: no {subject.model}: left out", flush=True)
            continue
        try:
            measure(subject, table)
        except Failed as why:
            print(f"# {subject.name}: {why}", flush=True)
            failed = True
    table.finish(os.path.join(OUT, "quality"))
    return failed


if __name__ == "__main__":
    sys.exit(main())
