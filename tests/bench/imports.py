"""`requant import` against ovc (OpenVINO) and Model Optimizer: time, memory, layers, and the speed of
the IR in OpenVINO.
usage: imports.py REQUANT OUT MODEL...   (OUT/imports.json)
Models: .onnx, .pb, a SavedModel's folder, .caffemodel with its .prototxt beside it; folders of such
otherwise. MO names a Model Optimizer to compare with as well (`mo` of openvino-dev 2023.3)."""
import glob
import json
import os
import statistics
import sys

from processes import Failed, run

PROGRAM, OUT, *MODELS = sys.argv[1:]
MO = os.environ.get("MO", "")
REPEATS = int(os.environ.get("REPEATS", "5"))
SECONDS = os.environ.get("SECONDS_EACH", "2")
HERE = os.path.dirname(os.path.abspath(__file__))


def listed(paths):
    for path in paths:
        if os.path.isdir(path) and not os.path.exists(os.path.join(path, "saved_model.pb")):
            names = sorted(glob.glob(os.path.join(path, "**", "*"), recursive=True))
            yield from (n for n in names if n.endswith((".onnx", ".pb", ".caffemodel"))
                        and "saved_model" not in n)
        else:
            yield path


def fresh(xml):
    """Replacing a file costs what freeing the old one does: each run writes a new one."""
    for path in (xml, xml[:-3] + "bin"):
        if os.path.exists(path):
            os.remove(path)


def timed(command, xml, repeats):
    """The fastest of several runs: what the machine does besides only adds to it."""
    costs = []
    for _ in range(repeats):
        fresh(xml)
        costs.append(run(command))
    return min(costs, key=lambda cost: cost.seconds), max(cost.peak_bytes for cost in costs)


def mo_command(path, xml):
    command = [MO, "--output_dir", os.path.dirname(xml), "--model_name", "mo", "--silent"]
    if path.endswith(".caffemodel"):
        command += ["--input_proto", path.replace(".caffemodel", ".prototxt")]
    return command + (["--saved_model_dir", path] if os.path.isdir(path) else
                      ["--input_model", path])


def layers(xml):
    with open(xml) as file:
        text = file.read()
    return text.count("<layer ") - text.count('type="Const"')


def latency(first, second):
    """How many times as fast the second IR is, in turns; None for shapes that are open."""
    try:
        output = run([PROGRAM, "bench", first, second, "--backend", "openvino", "--seconds",
                      SECONDS, "--json", "-", "--quiet"]).output
    except Failed:
        return None
    entry = json.loads(output)["entries"][1]
    return {"ratio": entry["latency"]["ratio"], "noisy": entry["latency"]["noisy"]}


def show(row, other):
    cost = row[other]
    speed = cost.get("latency")
    print(f"{row['model']:34.34s} {other:6s} {row['seconds'] * 1e3:8.1f} {cost['seconds'] * 1e3:9.0f} "
          f"ms {cost['seconds'] / row['seconds']:6.0f}x {row['peak_bytes'] / 1e6:7.0f} "
          f"{cost['peak_bytes'] / 1e6:7.0f} MB {row['layers']:5d} {cost['layers']:5d} "
          + (f"{speed['ratio']:.3f}x{' noisy' if speed['noisy'] else ''}" if speed else "-"),
          flush=True)


def measure_peer(row, xml, other, command, repeats):
    path = os.path.join(OUT, f"{other}.xml")
    try:
        cost, peak = timed(command, path, repeats)
    except Failed as why:
        print(f"# {row['model']}: {other}: {why}", flush=True)
        return
    row[other] = {"seconds": cost.seconds, "peak_bytes": peak, "layers": layers(path),
                  "latency": latency(path, xml)}
    show(row, other)


def measure(path):
    xml = os.path.join(OUT, "requant.xml")
    cost, peak = timed([PROGRAM, "import", path, "-o", xml, "--quiet"], xml, 4 * REPEATS)
    row = {"model": "/".join(path.rstrip("/").split("/")[-2:]), "seconds": cost.seconds,
           "peak_bytes": peak, "layers": layers(xml)}
    if not path.endswith(".caffemodel"):
        measure_peer(row, xml, "ovc", [sys.executable, os.path.join(HERE, "peer_ovc.py"), path,
                                       os.path.join(OUT, "ovc.xml")], REPEATS)
    if MO:
        measure_peer(row, xml, "mo", mo_command(path, os.path.join(OUT, "mo.xml")), 1)
    return row


def main():
    os.makedirs(OUT, exist_ok=True)
    print("requant's time and the other's, memory, layers; how many times as fast OpenVINO runs "
          "requant's IR")
    rows = []
    for path in listed(MODELS):
        try:
            rows.append(measure(path))
        except Failed as why:
            print(f"# {path}: {why}", flush=True)
    ratios = [row["ovc"]["seconds"] / row["seconds"] for row in rows if "ovc" in row]
    if ratios:
        print(f"median against ovc: {statistics.median(ratios):.0f}x")
    with open(os.path.join(OUT, "imports.json"), "w") as file:
        json.dump(rows, file, indent=2)
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())
