"""Cases of the Fourier transforms and of Inverse."""
import numpy as np
import openvino.opset3 as o3
import openvino.opset7 as o7
import openvino.opset8 as o8
import openvino.opset9 as o9
import openvino.opset14 as o14

from casebook import FLOATS, Casebook, const, data

book = Casebook()
CASES = book.cases
case = book.add

for axes, sizes in [([0], None), ([-1], None), ([1, 2], None), ([2, 0], [5, 3]), ([1], [9]),
                    ([-1, 0], [4, -1])]:
    for name, op in [("dft", o7.dft), ("idft", o7.idft)]:
        case(f"{name} {axes} {sizes}",
             lambda x, f=op, a=axes, s=sizes: f(x, const(a), *([const(s)] if s else [])),
             data(3, 4, 7, 2))
# Signals longer than the data: OpenVINO's CPU plugin refuses them for RDFT, and for IRDFT gives
# other values than its specification (and NumPy). -1 is refused for RDFT.
for axes, sizes in [([0], None), ([-1], None), ([1, 2], None), ([2, 0], [5, 3]), ([1], [3])]:
    case(f"rdft {axes} {sizes}",
         lambda x, a=axes, s=sizes: o9.rdft(x, const(a), *([const(s)] if s else [])),
         data(3, 4, 7))
for axes, sizes in [([0], None), ([-1], None), ([1, 2], None), ([0, 2], [3, 5]), ([1], [5])]:
    case(f"irdft {axes} {sizes}",
         lambda x, a=axes, s=sizes: o9.irdft(x, const(a), *([const(s)] if s else [])),
         data(3, 4, 7, 2))
for n in [1, 2, 3, 5, 8]:
    for adjoint in [False, True]:
        case(f"inverse {n} {adjoint}", lambda x, a=adjoint: o14.inverse(x, a),
             (data(2, 3, n, n) + 3 * np.eye(n)).astype(FLOATS))

# -- random numbers ----------------------------------------------------------------------------

for dtype in ("f32", "i32", "i64"):
    number = {"f32": np.float32, "i32": np.int32, "i64": np.int64}[dtype]
    case(f"random uniform {dtype}",
         lambda x, t=dtype, n=number: o8.random_uniform(o3.shape_of(x), const(-3, n), const(5, n), t, 7, 11),
         data(2, 3, 7))
