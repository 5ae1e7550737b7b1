"""The tables: all models, on the terminal as they come; then requant's beside the best of NNCF's; both
as JSON and Markdown."""
import json
import os
import statistics

import paired

HEAD = ("model", "", "metric", "score", "SQNR dB", "as float", "speed", "time s")
VERDICT_HEAD = ("requant beside NNCF's best SQNR", "", "dB", "points", "time / NNCF's fastest",
                "seeds dB", "orders", "SQNR", "score", "speed")
CLOSE_DB = 0.1
CLOSE_TIME = 1.01


def cell(value, form, scale=1):
    return "" if value is None else format(value * scale, form)


def row_of(subject, name, entry):
    share = entry.get("share")
    return (subject.name, name, subject.metric, cell(entry.get("metric"), ".1f", 100),
            cell(entry.get("sqnr"), ".1f"), cell(entry.get("sqnr_float"), ".1f"),
            cell(share and 1 / share, ".2f") + ("x" if share else ""),
            cell(entry.get("seconds"), ".1f"))


def word(difference, close):
    return "equal" if abs(difference) <= close else "ahead" if difference > 0 else "behind"


def speed_word(time):
    """Of a ratio of times and its interval."""
    middle, low, high = time
    if high < 1:
        return "ahead"
    return "equal" if middle <= CLOSE_TIME or low <= 1 else "behind"


def comparison(entries, variant):
    """A variant of requant beside the one of NNCF's with the best SQNR, and the fastest one."""
    own = entries[variant]
    peers = {name: entries[name] for name in own["peers"]}
    name, best = max(peers.items(), key=lambda item: item[1]["sqnr"])
    found = {"variant": variant, "best": name, "db": own["sqnr"] - best["sqnr"],
             "points": 100 * (own["metric"] - best["metric"]),
             "sqnr_deviation": own.get("sqnr_deviation"), "orders_apart": own.get("orders_apart")}
    found["SQNR"] = word(found["db"], CLOSE_DB)
    # One input more or less is no difference.
    found["score"] = word(found["points"], 100 / own["inputs"] + 1e-9)
    if "times" in own:
        fastest = min(peers.values(), key=lambda entry: entry["share"])
        found["time"] = paired.ratio(own["times"], fastest["times"])
        found["speed"] = speed_word(found["time"])
    return found


def verdict_row(subject, found):
    time, apart = found.get("time"), found["orders_apart"]
    ratio = f"{time[0]:.3f} [{time[1]:.3f}, {time[2]:.3f}]" if time else ""
    orders = "" if apart is None else f"{apart} differ" if apart else "same"
    variant = found["variant"].removeprefix("requant ") + " : " + found["best"].removeprefix("NNCF ")
    return (subject, variant, f"{found['db']:+.2f}", f"{found['points']:+.1f}", ratio,
            cell(found["sqnr_deviation"], ".2f"), orders, found["SQNR"], found["score"],
            found.get("speed", ""))


def summary(comparisons):
    """A line for each verdict; the networks behind are named."""
    for key in ("SQNR", "score", "speed"):
        words = {name: found[key] for name, found in comparisons if key in found}
        if words:
            counts = [f"{sum(w == k for w in words.values())} {k}" for k in ("ahead", "equal", "behind")]
            behind = [name for name, w in words.items() if w == "behind"]
            yield f"{key}: {', '.join(counts)}" + (f" ({', '.join(behind)})" if behind else "")
    yield (f"median: {statistics.median(found['db'] for _, found in comparisons):+.2f} dB, "
           f"{statistics.median(found['points'] for _, found in comparisons):+.1f} points")


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(f"{text:{width}}" for text, width in zip(row, widths)).rstrip() for row in rows]


def markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def write(path, text):
    with open(path + ".tmp", "w") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


class Table:
    def __init__(self):
        self.rows, self.verdicts, self.comparisons, self.models = [HEAD], [VERDICT_HEAD], [], {}
        self.show(HEAD)

    @staticmethod
    def show(row):
        print(f"{row[0]:20s} {row[1]:30s} {row[2]:14s}" + "".join(f"{c:>9s}" for c in row[3:]),
              flush=True)

    def add(self, subject, entries):
        for name, entry in entries.items():
            self.rows.append(row_of(subject, name, entry))
            self.show(self.rows[-1])
        found = [comparison(entries, name) for name in entries
                 if name.startswith("requant ") and entries[name]["peers"]]
        self.comparisons += [(subject.name, one) for one in found]
        self.verdicts += [verdict_row(subject.name, one) for one in found]
        self.models[subject.name] = {"metric": subject.metric, "entries": entries, "comparisons": found}

    def finish(self, stem):
        lines = list(summary(self.comparisons)) if self.comparisons else []
        print("\n" + "\n".join(aligned(self.verdicts) + [""] + lines) + f"\n{stem}.json {stem}.md")
        write(stem + ".json", json.dumps(self.models, indent=1))
        write(stem + ".md", "\n".join([markdown(self.rows), markdown(self.verdicts), *lines]) + "\n")
