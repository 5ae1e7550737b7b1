"""The table: on the terminal as it grows, then as JSON and Markdown."""
import json
import os
import statistics

HEAD = ("model", "", "metric", "score", "SQNR dB", "as float", "speed", "time s")


def cell(value, form, scale=1):
    return "" if value is None else format(value * scale, form)


def row_of(subject, name, entry):
    share = entry.get("share")
    return (subject.name, name, subject.metric, cell(entry.get("metric"), ".1f", 100),
            cell(entry.get("sqnr"), ".1f"), cell(entry.get("sqnr_float"), ".1f"),
            cell(share and 1 / share, ".2f") + ("x" if share else ""),
            cell(entry.get("seconds"), ".1f"))


class Table:
    def __init__(self):
        self.rows, self.models = [HEAD], {}
        self.show(HEAD)

    @staticmethod
    def show(row):
        print(f"{row[0]:20s} {row[1]:22s} {row[2]:12s}" + "".join(f"{c:>9s}" for c in row[3:]),
              flush=True)

    def add(self, subject, entries):
        self.models[subject.name] = {"metric": subject.metric, "entries": entries}
        for name, entry in entries.items():
            self.rows.append(row_of(subject, name, entry))
            self.show(self.rows[-1])

    def margins(self):
        """Of requant's default before the variant of NNCF with the best SQNR: dB, points, speed."""
        for name, model in self.models.items():
            entries = model["entries"]
            own = entries.get("requant default")
            peers = [entry for key, entry in entries.items() if key.startswith("NNCF")]
            if own and peers:
                best = max(peers, key=lambda entry: entry["sqnr"])
                speed = best["share"] / own["share"] if "share" in own else None
                yield (name, own["sqnr"] - best["sqnr"], 100 * (own["metric"] - best["metric"]),
                       speed)

    def finish(self, stem):
        margins = list(self.margins())
        lines = [f"{'requant before the best of NNCF':43s} {'dB':>9s} {'points':>9s} {'speed':>9s}"]
        lines += [f"{name:43s} {db:+9.1f} {points:+9.1f} {cell(speed, '.2f'):>9s}"
                  for name, db, points, speed in margins]
        if margins:
            lines.append(f"{'median':43s} {statistics.median(m[1] for m in margins):+9.1f} "
                         f"{statistics.median(m[2] for m in margins):+9.1f}")
        print("\n" + "\n".join(lines) + f"\n{stem}.json {stem}.md")
        with open(stem + ".json.tmp", "w") as file:
            json.dump(self.models, file, indent=1)
        os.replace(stem + ".json.tmp", stem + ".json")
        with open(stem + ".md.tmp", "w") as file:
            file.write("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD) + "\n")
            file.writelines("| " + " | ".join(row) + " |\n" for row in self.rows[1:])
            file.write("\n```\n" + "\n".join(lines) + "\n```\n")
        os.replace(stem + ".md.tmp", stem + ".md")
