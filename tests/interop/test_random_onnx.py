"""Random ONNX graphs: `requant import` against ONNX Runtime, in requant and in OpenVINO.

usage: test_random_onnx.py [--seed FIRST] [--count GRAPHS] [--keep FOLDER]     PROGRAM names requant
"""
import random_onnx
from random_graphs import main

main(random_onnx.Onnx(), __doc__)
