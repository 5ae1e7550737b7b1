"""Random Caffe networks: `requant import` against OpenCV's reader, in requant and in OpenVINO.

usage: test_random_caffe.py [--seed FIRST] [--count GRAPHS] [--keep FOLDER]     PROGRAM names requant
"""
import random_caffe
from random_graphs import main

main(random_caffe.Caffe(), __doc__)
