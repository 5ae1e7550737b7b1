"""The inputs of an IR as JSON: how many, the first one's name and dimensions (null: dynamic).
usage: describe.py MODEL.xml"""
import json
import sys

import openvino as ov

from preprocess import dims_of

model = ov.Core().read_model(sys.argv[1])
rank_known = model.input(0).partial_shape.rank.is_static
print(json.dumps({"inputs": len(model.inputs), "name": model.input(0).any_name,
                  "dims": dims_of(model) if rank_known else []}))
