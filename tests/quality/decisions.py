"""Gain seen while deciding against gain on new images, for each kind of decision: requant quantizes
once as by default, and once without each decision; OpenVINO measures on the inputs that were not
calibrated with. Prints a table.
usage: decisions.py REQUANT OUT SUBJECT ...     SHARED: see run.sh; OUT as run.sh's, whose data are taken"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.argv, ARGUMENTS = sys.argv[:3], sys.argv[3:]
import run  # noqa: E402
from subjects import subject_of  # noqa: E402

# What --verbose says of a decision, and the option that leaves it out.
KINDS = {
    "equalization": (re.compile(r"cross-layer equalization: .* holdout images (\S+) dB vs (\S+) dB without.*: (\w+)"),
                     ["--equalize", "off"]),
    "adaptive rounding": (re.compile(r"adaptive rounding: .* holdout images (\S+) dB vs (\S+) dB without.*: (\w+)"),
                          ["--rounding", "nearest"]),
    "ranges": (re.compile(r"ranges by output SQNR: .* holdout images (\S+) dB vs (\S+) dB without.*: (\w+)"), None),
}


def quantize(subject, base, variant, options):
    """Its model, and what it said."""
    folder = os.path.join(run.OUT, "decisions", subject.name, variant.replace(" ", "-"))
    target = os.path.join(folder, subject.name + "-int8.xml")
    command = [run.PROGRAM, "quantize", base, "--data", run.data_of(subject), "-o", target, "--verbose",
               "--adapter", "none", "--seconds", "0", *subject.prepare.options(), *options]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return target, ran.stderr


def decided(text):
    """{kind: (gain seen, applied)} of the decisions that were made."""
    found = {}
    for kind, (pattern, _) in KINDS.items():
        for after, before, verdict in pattern.findall(text):
            found[kind] = (float(after) - float(before), verdict == "applied")
    return found


def rows(subject):
    base = run.model_of(subject)
    whole, text = quantize(subject, base, "default", [])
    found = decided(text)
    others = {kind: quantize(subject, base, kind, KINDS[kind][1])[0]
              for kind, (_, applied) in found.items() if applied and KINDS[kind][1]}
    scores = run.judged(subject, base, [whole, *others.values()])
    for kind, (gain, applied) in found.items():
        new = scores[whole]["sqnr"] - scores[others[kind]]["sqnr"] if kind in others else None
        yield kind, gain, applied, new


def main():
    os.makedirs(run.CACHE, exist_ok=True)
    print(f"{'network':20} {'decision':20} {'seen dB':>8} {'new dB':>8}")
    table = []
    for name in ARGUMENTS:
        for kind, gain, applied, new in rows(subject_of(name)):
            said = f"{new:+8.2f}" if new is not None else f"{'' if applied else 'not kept':>8}"
            print(f"{name:20} {kind:20} {gain:+8.2f} {said}", flush=True)
            table.append({"network": name, "decision": kind, "seen": gain, "applied": applied, "new": new})
    with open(os.path.join(run.OUT, "decisions.json"), "w") as file:
        json.dump(table, file, indent=1)


if __name__ == "__main__":
    main()
