"""Random TensorFlow graphs: `requant import` against TensorFlow, in requant and in OpenVINO.

usage: test_random_tf.py [--seed FIRST] [--count GRAPHS] [--keep FOLDER]     PROGRAM names requant
"""
import random_tf
from random_graphs import main

main(random_tf.Tensorflow(), __doc__)
