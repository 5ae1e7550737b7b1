"""use.py MODEL.xml IMAGES VAL CONFIG OUT: every function of requant.py, by what it gives."""
import os
import sys

import requant

model, images, val, config, out = sys.argv[1:]
os.makedirs(out)


def field(number, value):  # of a protocol buffer
    if isinstance(value, int): return bytes([number << 3, value])
    data = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(data)]) + data


def port(name):  # f32 [1,8]
    shape = b"".join(field(1, field(1, n)) for n in (1, 8))
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


onnx = os.path.join(out, "relu.onnx")
node = field(1, "x") + field(2, "y") + field(3, "relu") + field(4, "Relu")
graph = field(1, node) + field(2, "small") + field(11, port("x")) + field(12, port("y"))
with open(onnx, "wb") as file:
    file.write(field(1, 8) + field(7, graph) + field(8, field(2, 13)))

imported = requant.import_model(onnx, os.path.join(out, "ir"), model_name="small")
assert imported["framework"] == "ONNX" and imported["inputs"][0]["shape"] == [1, 8], imported
assert imported["saved"].endswith("ir/small.xml") and os.path.exists(imported["saved"]), imported

run = os.path.join(out, "run")
report = requant.quantize(model, data=images, val=val, config=config, output=run,
                          no_thumbnails=True, ignore=[])
assert report["accuracy"][0]["metric"] == "top-1", report["accuracy"]
assert report["after"]["precision"] == "INT8", report["after"]
assert report["tool"]["command"].startswith("requant quantize " + model), report["tool"]

metrics = requant.evaluate(report["after"]["path"], data=val, config=config, subset=50)["metrics"]
assert metrics[0]["metric"] == "top-1" and metrics[0]["images"] == 50, metrics

tuple_, text = (requant.evaluate(model, data=val, mean=mean, subset=50)["metrics"][0]["value"]
                for mean in ((100, 20, 3), "100,20,3"))
alone = requant.evaluate(model, data=val, mean=3, subset=50)["metrics"][0]["value"]
assert tuple_ == text != alone, (tuple_, text, alone)

def confidence(image, outputs):
    assert os.path.exists(image), image
    (values,) = outputs.values()
    assert len(values) == 10 and abs(sum(values) - 1) < 1e-3, values
    return max(values)


mine = requant.evaluate(model, data=val, config=config, subset=50, score=confidence)["metrics"][0]
assert mine["metric"] == "score" and 0.5 < mine["value"] < 1 and mine["images"] == 50, mine
less = requant.evaluate(model, data=val, config=config, subset=5, score=confidence,
                        score_lower_is_better=True)["metrics"][0]
assert less["metric"] != "score", less
try:
    requant.evaluate(model, data=val, config=config, subset=5, score=lambda image, outputs: 1 / 0)
except ZeroDivisionError:
    pass
else:
    raise AssertionError("a function's own error is lost")

layers = requant.analyze(model, data=images, config=config, subset=20, images=4)["layers"]
assert len(layers) > 5 and layers[0]["both"]["sqnr_db"] > 0, layers[:1]

tuned = requant.tune(model, data=images, val=val, config=config, max_drop=50, subset=20, max_trials=2,
                     output=os.path.join(out, "tuned"))
assert tuned["accuracy"][0]["metric"] == "top-1", tuned["accuracy"]
assert os.path.exists(os.path.join(out, "tuned", "tune.json"))

compared = requant.compare(run, max_size=0.01)
assert [budget["met"] for budget in compared["budgets"]] == [False], compared["budgets"]
untimed = requant.compare(model, report["after"]["path"], data=val, config=config, seconds=0, min_speedup=1)
assert untimed["budgets"][0]["found"] is None, untimed["budgets"]

for wrong, status in ((lambda: requant.quantize(model, dta=images), -5),
                      (lambda: requant.tune(model, data=images), -5),
                      (lambda: requant.evaluate("absent.xml", data=val), -1)):
    try:
        wrong()
    except requant.Error as error:
        assert error.status == status and str(error), (error.status, error)
    else:
        raise AssertionError("no error")
print("import_model, quantize, evaluate, analyze, tune, compare")
