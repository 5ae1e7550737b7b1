"""The table of ratios: what is wanted of each, on screen and as JSON."""
import json
import os
import sys

# measure: floor and goal of the ratio, in which more is better for requant
WANTED = {
    "latency FP32": (1.0, 1.1),
    "latency INT8": (0.9, 1.05),
    "throughput FP32": (0.95, 1.1),
    "throughput INT8": (0.95, 1.1),
    "calibrate + decide, time": (2.2, 2.5),  # where inference is most of it
    "bare inference / calibration": (1 / 1.3, 1 / 1.15),
    "default quantize, time": (2, 3),
    "default quantize, time, NNCF's best": (5, 8),
    "ONNX Runtime, time": (30, None),
    "ONNX Runtime, memory": (100, None),
    "calibrate, 10x the images, CPU": (1 / 11, 1 / 10),
    "calibrate, 10x the images, memory": (1 / 1.1, 1),
    "load, 10x the layers, time": (1 / 12, 1 / 10),
    "large model, CPU beside cp": (None, 1 / 1.5),
    "large model, memory": (2000 / 500, 2000 / 300),  # of its size
    "2 workers, efficiency": (0.95, 1),
    "2 shards + merge": (1.9, 1.97),
}
WANTED_OF = {
    ("calibrate + decide, time", "efficientnet-lite0"): (5, 6),
    ("calibrate + decide, time", "ch_PP-OCRv4_det_infer"): (3.5, 5),
    ("default quantize, time", "resnet50"): (1, 1.5),
}
RED, PLAIN = ("\033[31m", "\033[0m") if sys.stdout.isatty() else ("", "")


def wanted(measure, model):
    """Floor and goal; None where nothing is asked."""
    return WANTED_OF.get((measure, model), WANTED.get(measure, (None, None)))


def verdict(row):
    floor, goal, ratio = row["floor"], row["goal"], row["ratio"]
    if floor is goal is None:
        return ""
    if row["noisy"]:
        return "noisy"
    if floor is not None and ratio < floor:
        return "BELOW"
    return "ok" if ratio >= (goal or floor) else "floor"


class Table:
    def __init__(self, busy):
        """busy: other work ran on the machine before; its times get no verdict."""
        self.rows, self.versions, self.machine, self.busy = [], {}, {}, busy

    def add(self, measure, model, requant, other, ratio, unit, note="", noisy=False):
        floor, goal = wanted(measure, model)
        noisy = noisy or (self.busy and unit in ("ms", "s", "1/s"))
        row = {"measure": measure, "model": model, "requant": requant, "other": other, "ratio": ratio,
               "unit": unit, "floor": floor, "goal": goal, "note": note, "noisy": noisy}
        self.rows.append(row)
        said = verdict(row)
        line = (f"{measure:36s} {model:22.22s} {requant:10.4g} {other:10.4g} {unit:5s} "
                f"{ratio:7.2f}x {said:6s} {note}")
        print(f"{RED}{line}{PLAIN}" if said == "BELOW" else line, flush=True)

    def fail(self, model, why):
        self.rows.append({"measure": "failed", "model": model, "note": str(why)})
        print(f"{RED}# {model}: {why}{PLAIN}", flush=True)

    def failed(self):
        return any(row["measure"] == "failed" for row in self.rows)

    def save(self, paths, **more):
        """The same document under each path; `more` are further entries of it."""
        document = {"cpu": self.machine.get("cpu"), "isa": self.machine.get("isa"),
                    "machine": self.machine, "versions": self.versions, **more, "rows": self.rows}
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path + ".tmp", "w") as file:
                json.dump(document, file, indent=2)
            os.replace(path + ".tmp", path)
