/* Fields of layers. */
#include "reports/field_tables.h"

#define T rq_report_layer
static const rq_field layers[] = {
    REAL(T, order, INDEX, "#", "Order of execution."),
    TEXT(T, name, "Layer", "Name in the model."),
    TEXT(T, type, "Type", "Operator."),
    TEXT(T, precision_before, "Before", "Type the layer computed in."),
    TEXT(T, precision_after, "Precision", "Type the layer computes in now."),
    REAL(T, sqnr_db, DB, "Layer SQNR",
         "Power of the layer's output over power of its change, in dB, "
         "errors of earlier layers included: 20 dB is an error of 10 %, "
         "every 6 dB halve it."),
    REAL(T, cosine, COSINE, "Cosine",
         "Of the angle between the layer's outputs before and after; 1 "
         "is the same direction."),
    REAL(T, noise_share, SHARE, "Noise share",
         "Noise that the layer's own rounding adds to its output, beside the signal, as a share of "
         "the sum over all layers, in %."),
    REAL(T, clipped_share, SHARE, "Clipped", "Input values outside the chosen range, in %."),
    REAL(T, low, REAL, "Range min", "Smallest input value that INT8 can represent."),
    REAL(T, high, REAL, "Range max", "Largest input value that INT8 can represent."),
    TEXT(T, estimator, "Estimator", "How the range was chosen."),
    REAL(T, weight_min, REAL, "Weights min", "Smallest weight."),
    REAL(T, weight_max, REAL, "Weights max", "Largest weight."),
    REAL(T, params, COUNT, "Parameters", "Weights and biases."),
    REAL(T, macs, COUNT, "MACs", "Multiply-adds of one inference."),
    REAL(T, before_ms, MS, "Time before", "Median of one inference in ms."),
    REAL(T, after_ms, MS, "Time after", "Median of one inference in ms."),
    TEXT(T, kernel, "Kernel", "That ran the layer in OpenVINO, where it was there."),
    TEXT(T, reason, "Reason", "Why this precision and range."),
    REAL(T, error_alone, REAL, "Error alone",
         "Noise over signal at the model's outputs when this layer alone is quantized."),
    REAL(T, float_ms, MS, "Cost in floating point",
         "Time that leaving the layer in floating point is expected to add, in ms."),
    TEXT(T, excluded, "Excluded", "Whether tuning left the layer in floating point."),
};
RECORD(rq_layer_type, T, layers);
#undef T

#define T rq_report_histogram
static const rq_field histograms[] = {
    TEXT(T, layer, "Layer", "Name in the model."),
    TEXT(T, value, "Value", "What was counted."),
    REAL(T, low, REAL, "Range min", "Smallest value that INT8 can represent."),
    REAL(T, high, REAL, "Range max", "Largest value that INT8 can represent."),
    REAL(T, clipped_share, SHARE, "Clipped", "Values outside the range, in %."),
    TEXT(T, estimator, "Estimator", "How the range was chosen."),
    FIELD(REALS, REAL, T, edges, "edges", "Edges", "Of the buckets."),
    FIELD(REALS, REAL, T, counts, "counts", "Counts", "Values in each bucket."),
};
RECORD(rq_histogram_type, T, histograms);
#undef T

#define T rq_report_node
static const rq_field graph[] = {
    TEXT(T, name, "Name", "In the model."),
    TEXT(T, type, "Type", "Operator."),
    REALS(T, inputs, "Inputs", "Positions in this list."),
};
RECORD(rq_node_type, T, graph);
#undef T

#define T rq_report_channels
static const rq_field channels[] = {
    TEXT(T, layer, "Layer", "Name in the model."),
    REAL(T, channels, INDEX, "Channels", "Of the layer's output."),
    REALS(T, before_low, "Min before", "Smallest weight of each group of channels."),
    REALS(T, before_high, "Max before", "Largest weight of each group of channels."),
    REALS(T, after_low, "Min after", "Smallest weight as rounded."),
    REALS(T, after_high, "Max after", "Largest weight as rounded."),
};
RECORD(rq_channels_type, T, channels);
#undef T

#define T rq_report_type_time
static const rq_field types[] = {
    TEXT(T, type, "Type", "Operator."),
    REAL(T, before_layers, INDEX, "Layers before", "Of this type that are run."),
    REAL(T, after_layers, INDEX, "Layers after", "Of this type that are run."),
    REAL(T, before_ms, MS, "Time before", "All of them in one inference, in ms."),
    REAL(T, after_ms, MS, "Time after", "All of them in one inference, in ms."),
    TEXT(T, noise, "Noise", "Why their ratio is not measurable now."),
};
RECORD(rq_type_time_type, T, types);
#undef T
