"""What ovc does: usage: peer_ovc.py MODEL OUT.xml"""
import sys

import openvino as ov

ov.save_model(ov.convert_model(sys.argv[1]), sys.argv[2], compress_to_fp16=False)
