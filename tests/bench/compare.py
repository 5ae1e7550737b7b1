"""Two runs of `make bench`, row by row: what became slower or larger. Exit 1 if something did.
usage: compare.py OLD.json NEW.json [--tolerance 0.1]
Ratios against a peer in the same run are compared, not seconds: runs of other days and machines differ
in those. A row is worse where its ratio falls by more than the tolerance; what was noisy is only told."""
import argparse
import json
import sys

from table import PLAIN, RED


def read(path):
    with open(path) as file:
        return json.load(file)


def ratios(document):
    return {(row["measure"], row["model"], position(row)): row
            for row in document["rows"] if "ratio" in row}


def position(row):
    """Rows of one measure and model differ in what their note says before its first comma."""
    return row["note"].split(",")[0] if row["measure"].startswith("calibrate, 10x") else ""


def about(path, document):
    versions = document["versions"]
    load = document.get("load_average")
    print(f"{path}: commit {document.get('commit') or '-'}, {document['cpu']} ({document['isa']}), "
          f"requant {versions.get('requant')}, oneDNN {document['machine'].get('onednn', '-')}, "
          f"load {'-' if load is None else format(load, '.1f')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--tolerance", type=float, default=0.1, help="of a ratio (default: 0.1)")
    options = parser.parse_args()
    old, new = read(options.old), read(options.new)
    about(options.old, old)
    about(options.new, new)
    if (old["cpu"], old["isa"]) != (new["cpu"], new["isa"]):
        print("# another CPU: ratios may differ for that alone")
    before, after = ratios(old), ratios(new)
    worse = 0
    print(f"{'measure':36s} {'model':22s} {'old':>8s} {'new':>9s} {'change':>8s}")
    for key in sorted(before.keys() & after.keys()):
        a, b = before[key]["ratio"], after[key]["ratio"]
        noisy = before[key]["noisy"] or after[key]["noisy"]
        falls = b < a * (1 - options.tolerance)
        worse += falls and not noisy
        said = "noisy" if falls and noisy else "WORSE" if falls else \
            "better" if b > a * (1 + options.tolerance) else ""
        line = f"{key[0]:36s} {key[1]:22.22s} {a:7.2f}x {b:8.2f}x {b / a - 1:+8.1%} {said}"
        print(f"{RED}{line}{PLAIN}" if said == "WORSE" else line)
    for title, keys in (("gone", before.keys() - after.keys()), ("new", after.keys() - before.keys())):
        for measure, model, _ in sorted(keys):
            print(f"{measure:36s} {model:22.22s} {title}")
    print(f"{worse} of {len(before.keys() & after.keys())} rows worse by more than "
          f"{options.tolerance:.0%}")
    return worse > 0


if __name__ == "__main__":
    sys.exit(main())
