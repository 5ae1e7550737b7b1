"""TensorFlow Lite models of one operator that the converter does not write: made by its schema."""
import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

rng = np.random.default_rng(5)


def model(operator, options, inputs, outputs):
    """`options`: (type, object). `inputs`: arrays of float32 are constants, tuples shapes, those in
    lists of variables; None is one that is left out. `outputs`: shapes. The first input is the model's."""
    graph, made = schema.SubGraphT(), schema.ModelT()
    made.buffers = [schema.BufferT()]
    graph.tensors = []

    def tensor(name, value, variable=False):
        t = schema.TensorT()
        t.name, t.type, t.isVariable, t.buffer = name, schema.TensorType.FLOAT32, variable, 0
        t.shape = list(getattr(value, "shape", value))
        if isinstance(value, np.ndarray):
            t.buffer = len(made.buffers)
            made.buffers.append(schema.BufferT())
            made.buffers[-1].data = np.frombuffer(value.astype(np.float32).tobytes(), np.uint8)
        graph.tensors.append(t)
        return len(graph.tensors) - 1

    op = schema.OperatorT()
    op.inputs = [-1 if x is None else tensor(f"in{i}", x[0] if isinstance(x, list) else x, isinstance(x, list))
                 for i, x in enumerate(inputs)]
    op.outputs = [tensor(f"out{i}", shape) for i, shape in enumerate(outputs)]
    op.builtinOptionsType, op.builtinOptions = options
    op.opcodeIndex = 0
    code = schema.OperatorCodeT()
    code.builtinCode = operator
    code.deprecatedBuiltinCode = min(operator, 127)
    code.version = 1
    graph.inputs, graph.outputs, graph.operators = [op.inputs[0]], op.outputs, [op]
    made.version, made.operatorCodes, made.subgraphs, made.description = 3, [code], [graph], ""
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def weights(*shape):
    return rng.normal(0, 0.5, shape).astype(np.float32)


def lstm_of(batch, inputs, hidden):
    """One direction: weights, recurrent weights, no peepholes, biases, no projection."""
    return [*(weights(hidden, inputs) for _ in range(4)), *(weights(hidden, hidden) for _ in range(4)),
            None, None, None, *(weights(hidden) for _ in range(4)), None, None]


def lstm(merged, time_major):
    options = schema.BidirectionalSequenceLSTMOptionsT()
    options.fusedActivationFunction = schema.ActivationFunctionType.TANH
    options.cellClip = options.projClip = 0.0
    options.mergeOutputs, options.timeMajor = merged, time_major
    steps, batch, inputs, hidden = 6, 2, 3, 4
    front = (steps, batch) if time_major else (batch, steps)
    states = [[(batch, hidden)] for _ in range(4)]
    return model(schema.BuiltinOperator.BIDIRECTIONAL_SEQUENCE_LSTM,
                 (schema.BuiltinOptions.BidirectionalSequenceLSTMOptions, options),
                 [(*front, inputs), *lstm_of(batch, inputs, hidden), *lstm_of(batch, inputs, hidden), *states,
                  *[None] * 9],
                 [(*front, 2 * hidden)] if merged else [(*front, hidden)] * 2)


def rnn(merged, time_major):
    options = schema.BidirectionalSequenceRNNOptionsT()
    options.fusedActivationFunction = schema.ActivationFunctionType.RELU
    options.mergeOutputs, options.timeMajor = merged, time_major
    steps, batch, inputs, hidden = 5, 2, 3, 4
    front = (steps, batch) if time_major else (batch, steps)
    one = [weights(hidden, inputs), weights(hidden, hidden), weights(hidden), [(batch, hidden)]]
    other = [weights(hidden, inputs), weights(hidden, hidden), weights(hidden), [(batch, hidden)]]
    return model(schema.BuiltinOperator.BIDIRECTIONAL_SEQUENCE_RNN,
                 (schema.BuiltinOptions.BidirectionalSequenceRNNOptions, options),
                 [(*front, inputs), *one, *other, None, None, None],
                 [(*front, 2 * hidden)] if merged else [(*front, hidden)] * 2)


def svdf(rank, activation):
    options = schema.SVDFOptionsT()
    options.rank, options.fusedActivationFunction = rank, activation
    batch, inputs, units, steps = 2, 5, 3, 4
    return model(schema.BuiltinOperator.SVDF, (schema.BuiltinOptions.SVDFOptions, options),
                 [(batch, inputs), weights(units * rank, inputs), weights(units * rank, steps), weights(units),
                  [(batch, units * rank * steps)]], [(batch, units)])


# The interpreter gives other values from run to run for an LSTM's one output with the batch first.
CASES = [(f"{kind.__name__} both ways{', one output' * merged}{', time first' * time_major}",
          kind(merged, time_major))
         for kind in (lstm, rnn) for merged in (False, True) for time_major in (False, True)
         if (kind, merged, time_major) != (lstm, True, False)]
ACTIVATIONS = schema.ActivationFunctionType
CASES += [(f"svdf of rank {rank}, activation {activation}", svdf(rank, activation))
          for rank in (1, 2) for activation in (ACTIVATIONS.NONE, ACTIVATIONS.RELU)]
