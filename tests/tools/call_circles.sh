#!/bin/bash
# Files that call each other in a circle, from the symbols of a build's objects: what check_layers.sh
# cannot see where files share a header. To read, not a test.
#   tests/tools/call_circles.sh [build/release]
# Calls through a table (.def) do not count.
cd "$(dirname "$0")/../.." && exec python3 - "${1:-build/release}" <<'END'
import collections, glob, os, re, subprocess, sys

build = sys.argv[1]
tops = ("calib", "datasets", "engine", "quant", "reports")
objects = [o[len(build) + 1:] for top in tops
           for o in glob.glob(f"{build}/{top}/**/*.o", recursive=True)
           if os.path.exists(o[len(build) + 1:-2] + ".c")]
if not objects: sys.exit(f"{build}: no objects; build first")
home, calls = {}, []
for line in subprocess.run(["nm", "-A", "-g"] + objects, cwd=build, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines():
    file, rest = line.split(":", 1)
    kind, symbol = rest.split()[-2:]
    if kind == "T": home[symbol] = file[:-2]
    if kind == "U": calls.append((file[:-2], symbol))

tables = {}  # by source: what its .def files name
for file in {f for f, _ in calls}:
    source = open(file + ".c").read()
    defs = re.findall(r'#include "([^"]*\.def)"', source)
    tables[file] = {word for d in defs for word in re.findall(r"\w+", open(d).read())}
edges = collections.defaultdict(set)
for file, symbol in calls:
    if symbol not in home: continue
    if any(symbol == w or symbol.endswith("_" + w) for w in tables[file]): continue
    if home[symbol] != file: edges[file, home[symbol]].add(symbol)
after = collections.defaultdict(set)
for a, b in edges: after[a].add(b)


def reach(a):
    seen, todo = set(), [a]
    while todo:
        for b in after.get(todo.pop(), ()):
            if b not in seen:
                seen.add(b)
                todo.append(b)
    return seen


reached, shown = {a: reach(a) for a in list(after)}, set()
for a in sorted(after):
    circle = {b for b in reached[a] if a in reached.get(b, ())}
    if a in shown or not circle: continue
    shown |= circle
    print("circle of calls:", *sorted(circle))
    for (x, y), symbols in sorted(edges.items()):
        if x in circle and y in circle: print(f"    {x} -> {y}:", *sorted(symbols))
print(f"{sum(map(len, edges.values()))} calls between {len({f for f, _ in calls})} files")
END
