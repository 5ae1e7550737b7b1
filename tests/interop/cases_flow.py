"""Cases of nested graphs and of variables."""
import numpy as np
import openvino as ov
from openvino import opset13 as op
import openvino.opset3 as o3
import openvino.opset8 as o8

from casebook import FLOATS, const, data

CASES = []


def case(name):
    """The function gives parameters, outputs (and sinks) and inputs."""

    def add(build):
        def make():
            parameters, outputs, inputs, *sinks = build()
            model = ov.Model(outputs, *sinks, parameters, "case")
            return model, inputs, None

        CASES.append((name, make))
        return build

    return add


def parameter(shape, name, dtype=FLOATS):
    return op.parameter(ov.PartialShape(shape), dtype, name=name)


# -- If ----------------------------------------------------------------------------------------


def branch(shape, build):
    x = parameter(shape, "inner")
    return x, ov.Model(build(x), [x], "branch")


def if_case(name, then_build, else_build, condition, inner=(2, 3)):
    @case(f"if {name}")
    def _():
        x = parameter([2, 3], "x")
        c = parameter([1] if condition.shape else [], "c", np.bool_)
        then_x, then_body = branch(inner, then_build)
        else_x, else_body = branch(inner, else_build)
        node = op.if_op(c)
        node.set_then_body(then_body)
        node.set_else_body(else_body)
        node.set_input(x.output(0), then_x, else_x)
        outs = [node.set_output(a, b) for a, b in zip(then_body.results, else_body.results)]
        return [x, c], [op.result(op.relu(o)) for o in outs], [data(2, 3), condition]


for value in [True, False]:
    for shape in [(), (1,)]:
        flag = np.full(shape, value)
        if_case(f"{value} {shape}", lambda x: [op.add(x, const(1, FLOATS))],
                lambda x: [op.multiply(x, const(3, FLOATS))], flag)
    flag = np.array(value)
    if_case(f"two outputs {value}",
            lambda x: [op.exp(x), op.reduce_sum(x, const([0]), True)],
            lambda x: [op.tanh(x), op.reduce_max(x, const([0]), True)], flag)
    if_case(f"shapes differ {value}", lambda x: [op.concat([x, x], 0)], lambda x: [op.exp(x)], flag,
            [-1, 3])


@case("if constant, an input for one branch only")
def _():
    x, y = parameter([2, 3], "x"), parameter([4], "y")
    then_x, then_body = branch([2, 3], lambda v: [op.exp(v)])
    node = op.if_op(const(True, np.bool_))
    node.set_then_body(then_body)
    else_y, else_body = branch([4], lambda v: [op.broadcast(op.reduce_sum(v, const([0])),
                                                            const([2, 3]))])
    node.set_else_body(else_body)
    node.set_input(x.output(0), then_x, None)
    node.set_input(y.output(0), None, else_y)
    out = node.set_output(then_body.results[0], else_body.results[0])
    return [x, y], [op.result(out), op.result(op.relu(y))], [data(2, 3), data(4)]


# -- TensorIterator ----------------------------------------------------------------------------


def iterator_case(name, shape, axis, start, stride, part, end, out=None):
    """A running sum of slices, and every partial sum."""
    @case(f"iterator {name}")
    def _():
        slice_shape = list(shape)
        slice_shape[axis] = part
        x, h = parameter(shape, "x"), parameter(slice_shape, "h")
        xi, hi = parameter(slice_shape, "xi"), parameter(slice_shape, "hi")
        w = parameter([1], "w")
        wi = parameter([1], "wi")
        total = op.add(op.multiply(xi, wi), op.multiply(hi, const(0.5, FLOATS)))
        body = ov.Model([op.result(total)], [xi, hi, wi], "body")
        node = o8.tensor_iterator()
        node.set_body(body)
        node.set_sliced_input(xi, x.output(0), start, stride, part, end, axis)
        node.set_merged_input(hi, h.output(0), total.output(0))
        node.set_invariant_input(wi, w.output(0))
        outputs = [node.get_iter_value(total.output(0), -1),
                   node.get_concatenated_slices(total.output(0), *(out or (0, part, part, -1, axis)))]
        return [x, h, w], [op.result(op.relu(o)) for o in outputs], \
            [data(*shape), data(*slice_shape, seed=1), data(1, seed=2)]


iterator_case("rows", (4, 2, 3), 0, 0, 1, 1, -1)
iterator_case("axis 1", (3, 5, 2), 1, 0, 1, 1, -1)
iterator_case("pairs", (3, 6, 2), 1, 0, 2, 2, -1)
iterator_case("backwards", (3, 5, 2), 1, -1, -1, 1, 0, (-1, -1, 1, 0, 1))
iterator_case("backwards in, forwards out", (5, 2), 0, -1, -1, 1, 0)
iterator_case("pairs backwards", (2, 3, 6), 2, -1, -2, 2, 0, (-1, -2, 2, 0, 2))
iterator_case("joined elsewhere", (4, 2, 3), 0, 0, 1, 1, -1, (0, 3, 3, -1, 2))


# -- Loop --------------------------------------------------------------------------------------


def loop_case(name, trips, going, stop=None, run_time=False, counted=False):
    """x = x * 0.9 + 1 (+ the iteration's number), until its sum passes `stop`."""
    @case(f"loop {name}")
    def _():
        x, xi = parameter([1, 3], "x"), parameter([1, 3], "xi")
        inner, feeds = [xi], []
        total = op.add(op.multiply(xi, const(0.9, FLOATS)), const(1, FLOATS))
        if counted:
            number = parameter([], "number", np.int64)
            inner = [number, xi]
            total = op.add(total, op.convert(number, "f32"))
        go_on = const(True, np.bool_) if stop is None else \
            op.less(op.reduce_sum(total, const([0, 1])), const(stop, FLOATS))
        body = ov.Model([op.result(go_on), op.result(total)], inner, "body")
        outer, values = [x], [data(1, 3)]
        if run_time:
            t, c = parameter([], "t", np.int64), parameter([], "c", np.bool_)
            outer += [t, c]
            values += [np.array(trips, np.int64), np.array(going)]
        else:
            t, c = const(trips), const(going, np.bool_)
        node = op.loop(t, c)
        node.set_function(body)
        node.set_special_body_ports([0 if counted else -1, 0])
        node.set_merged_input(xi, x.output(0), total.output(0))
        outputs = [node.get_iter_value(total.output(0), -1),
                   node.get_concatenated_slices(total.output(0), 0, 1, 1, -1, 0)]
        return outer, [op.result(op.relu(o)) for o in outputs], values


loop_case("fixed", 5, True)
loop_case("not at all", 0, True)
loop_case("run-time, not at all", 5, False, run_time=True)
loop_case("counted", 5, True, counted=True)
loop_case("ends by condition", 50, True, stop=15.0)
loop_case("no limit", -1, True, stop=15.0)
loop_case("run-time trips", 4, True, run_time=True, counted=True)
loop_case("run-time, ends by condition", 40, True, run_time=True, stop=9.0)


@case("loop over slices")
def _():
    x, xi = parameter([4, 3], "x"), parameter([1, 3], "xi")
    y = op.exp(xi)
    body = ov.Model([op.result(const(True, np.bool_)), op.result(y)], [xi], "body")
    node = op.loop(const(4), const(True, np.bool_))
    node.set_function(body)
    node.set_special_body_ports([-1, 0])
    node.set_sliced_input(xi, x.output(0), 0, 1, 1, -1, 0)
    out = node.get_concatenated_slices(y.output(0), 0, 1, 1, -1, 0)
    return [x], [op.result(out)], [data(4, 3)]


@case("loop grows its state")
def _():
    x, xi = parameter([1, 3], "x"), parameter([-1, 3], "xi")
    y = op.concat([xi, op.reduce_sum(xi, const([0]), True)], 0)
    body = ov.Model([op.result(const(True, np.bool_)), op.result(y)], [xi], "body")
    node = op.loop(const(4), const(True, np.bool_))
    node.set_function(body)
    node.set_special_body_ports([-1, 0])
    node.set_merged_input(xi, x.output(0), y.output(0))
    out = node.get_iter_value(y.output(0), -1)
    return [x], [op.result(op.relu(out))], [data(1, 3)]


@case("loop swaps two states")
def _():
    a, b = parameter([2], "a"), parameter([2], "b")
    ai, bi = parameter([2], "ai"), parameter([2], "bi")
    body = ov.Model([op.result(const(True, np.bool_)), op.result(bi),
                     op.result(op.add(ai, const(1, FLOATS)))], [ai, bi], "body")
    node = op.loop(const(5), const(True, np.bool_))
    node.set_function(body)
    node.set_special_body_ports([-1, 0])
    node.set_merged_input(ai, a.output(0), body.results[1].input_value(0))
    node.set_merged_input(bi, b.output(0), body.results[2].input_value(0))
    outputs = [node.get_iter_value(r.input_value(0), -1) for r in body.results[1:]]
    return [a, b], [op.result(o) for o in outputs], [data(2), data(2, seed=1)]


@case("loop in a loop")
def _():
    x, xi, xj = parameter([1, 3], "x"), parameter([1, 3], "xi"), parameter([1, 3], "xj")
    inner_y = op.multiply(xj, const(1.1, FLOATS))
    inner_body = ov.Model([op.result(const(True, np.bool_)), op.result(inner_y)], [xj], "inner")
    inner = op.loop(const(3), const(True, np.bool_))
    inner.set_function(inner_body)
    inner.set_special_body_ports([-1, 0])
    inner.set_merged_input(xj, xi.output(0), inner_y.output(0))
    inner_last = inner.get_iter_value(inner_y.output(0), -1)
    y = op.add(inner_last, const(0.5, FLOATS))
    body = ov.Model([op.result(const(True, np.bool_)), op.result(y)], [xi], "body")
    node = op.loop(const(4), const(True, np.bool_))
    node.set_function(body)
    node.set_special_body_ports([-1, 0])
    node.set_merged_input(xi, x.output(0), y.output(0))
    out = node.get_concatenated_slices(y.output(0), 0, 1, 1, -1, 0)
    return [x], [op.result(out)], [data(1, 3)]


# -- variables ---------------------------------------------------------------------------------


@case("read value-6")
def _():
    x = parameter([1, 3], "x")
    state = op.read_value(const([[1, 2, 3]], FLOATS), "v", ov.Type.f32, ov.PartialShape([1, 3]))
    total = op.add(x, state)
    return [x], [op.result(total)], [data(1, 3)], [op.assign(total, "v")]


@case("read value-6 from nothing")
def _():
    x = parameter([1, 3], "x")
    state = op.read_value("v", ov.Type.f32, ov.PartialShape([1, 3]))
    total = op.add(x, state)
    return [x], [op.result(total)], [data(1, 3)], [op.assign(total, "v")]


@case("read value-6, run-time shape")
def _():
    x = parameter([1, 3], "x")
    state = op.read_value(op.multiply(x, x), "v", ov.Type.f32, ov.PartialShape([-1, 3]))
    total = op.concat([x, state], 0)
    return [x], [op.result(op.relu(total))], [data(1, 3)], [op.assign(total, "v")]


@case("read value-3")
def _():
    x = parameter([1, 3], "x")
    state = o3.read_value(const([[1, 2, 3]], FLOATS), "v")
    total = op.add(x, state)
    return [x], [op.result(total)], [data(1, 3)], [o3.assign(total, "v")]
