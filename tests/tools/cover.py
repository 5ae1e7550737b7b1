"""Which lines the tests ran, room by room, and FOLDER/not_run.txt: PATH:LINE: TEXT of the others.

usage: cover.py FOLDER ROOMS     FOLDER has the objects and what gcov counted; ROOMS is one word
"""
import json
import os
import subprocess
import sys


def counted(folder, rooms):
    """{path: {line: how often it ran}}"""
    command = ["gcovr", "--root", ".", "--json", "-", "-j", str(os.cpu_count()), folder]
    for room in rooms:
        command += ["--filter", f"{room}/"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {
        file["file"]: {line["line_number"]: line["count"] for line in file["lines"]
                       if not line.get("gcovr/noncode")}
        for file in report["files"]
    }


def main(folder, rooms):
    rooms = rooms.split()
    files = counted(folder, rooms)
    if not files:
        sys.exit(f"cover.py: nothing was counted in {folder}")
    of_room = dict.fromkeys(rooms, (0, 0))
    with open(os.path.join(folder, "not_run.txt"), "w") as out:
        for path, lines in sorted(files.items()):
            room = next(r for r in rooms if path.startswith(r + "/"))
            missed = sorted(line for line, count in lines.items() if not count)
            all_lines, run = of_room[room]
            of_room[room] = all_lines + len(lines), run + len(lines) - len(missed)
            with open(path) as source:
                text = source.read().split("\n")
            for line in missed:
                print(f"{path}:{line}: {text[line - 1].strip()}", file=out)
    sums = [(room, *of_room[room]) for room in rooms if of_room[room][0]]
    sums.append(("all", sum(s[1] for s in sums), sum(s[2] for s in sums)))
    print(f"{'room':<20}{'lines':>8}{'run':>8}{'':>8}")
    for room, lines, run in sums:
        print(f"{room:<20}{lines:>8}{run:>8}{100 * run / lines:>6.1f} %")
    print(f"the lines that no test runs: {out.name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
