/* Every field of the report: its name in files, unit, title and explanation. */
#include "reports/fields.h"

#define FIELD(kind, unit, type, member, key, title, help)                                          \
    {                                                                                              \
        key, RQ_FIELD_##kind, RQ_UNIT_##unit, offsetof(type, member), title, help                  \
    }
#define TEXT(type, member, title, help) FIELD(TEXT, REAL, type, member, #member, title, help)
#define FLAG(type, member, title, help) FIELD(FLAG, REAL, type, member, #member, title, help)
#define REAL(type, member, unit, title, help) FIELD(REAL, unit, type, member, #member, title, help)
#define RECORD(name, type, list)                                                                   \
    const rq_record_type name = {sizeof(type), list, sizeof list / sizeof *list}

#define T rq_report_tool
static const rq_field tool[] = {
    TEXT(T, version, "Version", "Version of requant that wrote this report."),
    TEXT(T, command, "Command", "Command line."),
    TEXT(T, lint, "Check", "Command that checks preprocessing and images of the same run."),
    TEXT(T, evaluate, "Check in OpenVINO",
         "Command that measures the quantized model as OpenVINO runs it."),
};
RECORD(rq_tool_type, T, tool);
#undef T

#define T rq_report_machine
static const rq_field machine[] = {
    TEXT(T, cpu, "CPU",
         "Where it was measured; other CPUs differ in speed, and in accuracy where "
         "INT8 products may saturate."),
    TEXT(T, isa, "Instructions", "The widest instruction set the kernels used."),
    REAL(T, threads, INDEX, "Threads", "Workers that requant used."),
    REAL(T, memory_bytes, BYTES, "Memory", "Of the machine."),
};
RECORD(rq_machine_type, T, machine);
#undef T

#define T rq_report_model
static const rq_field model[] = {
    TEXT(T, name, "Name", "Of the model."),
    TEXT(T, path, "File", "Path of the model file."),
    TEXT(T, format, "Format", "Of the file."),
    TEXT(T, digest, "Digest", "XXH3 of its content: equal digests are equal models."),
    TEXT(T, precision, "Precision", "Precision of most layers."),
    TEXT(T, inputs, "Inputs", "Names, shapes and element types."),
    TEXT(T, outputs, "Outputs", "Names, shapes and element types."),
    REAL(T, layers, INDEX, "Layers", "Nodes in the graph."),
    REAL(T, params, COUNT, "Parameters", "Number of trainable weights."),
    REAL(T, macs, COUNT, "MACs", "Multiply-adds of one inference."),
    REAL(T, xml_bytes, BYTES, "xml",
         "Size of the graph's file; of all files of a model that is no IR."),
    REAL(T, bin_bytes, BYTES, "bin", "Size of the weights' file."),
};
RECORD(rq_model_type, T, model);
#undef T

#define T rq_report_data
static const rq_field data[] = {
    TEXT(T, calibration, "Calibration images", "Ranges were chosen on these."),
    REAL(T, calibration_images, INDEX, "Images used", "Images that were read."),
    TEXT(T, validation, "Validation images", "Accuracy was measured on these."),
    REAL(T, validation_images, INDEX, "Images used", "Images that were read."),
    REAL(T, bad_images, INDEX, "Bad images", "Images that could not be read and were skipped."),
    REAL(T, classes, INDEX, "Classes", "Of the labels."),
    FLAG(T, labelled, "Labelled",
         "With labels, accuracy is measured against ground truth; without them, against the "
         "original model."),
    TEXT(T, preprocessing, "Preprocessing", "From pixels to the model's input."),
    TEXT(T, digest, "Digest", "XXH3 of the list of calibration images."),
    REAL(T, found_before, INDEX, "Found before",
         "Boxes, symbols of texts, or images with more than one class of pixels."),
    REAL(T, found_after, INDEX, "Found after",
         "Boxes, symbols of texts, or images with more than one class of pixels."),
};
RECORD(rq_data_type, T, data);
#undef T

#define T rq_report_settings
static const rq_field settings[] = {
    TEXT(T, precision, "Precision", "What the model was quantized to."),
    TEXT(T, float_precision, "Float precision", "Of constants that are not quantized."),
    TEXT(T, preset, "Preset", "performance: symmetric activations; mixed: asymmetric."),
    TEXT(T, estimator, "Range estimator", "How activation ranges were chosen."),
    TEXT(T, overflow_fix, "Overflow fix",
         "What was done against int16 saturation on CPUs without "
         "VNNI."),
    TEXT(T, equalize, "Equalize",
         "Cross-layer equalization: auto where output SQNR improves; plan as the given plan says."),
    TEXT(T, rounding, "Rounding", "Of weights: adaptive to images, or to nearest."),
    REAL(T, rounding_work, REAL, "Rounding limit",
         "In 10^9 multiply-accumulates; layers beyond are rounded to nearest."),
    REAL(T, budget_seconds, SECONDS, "Time limit",
         "In seconds (--budget). What it cuts off depends on the machine: not reproducible."),
    TEXT(T, bias_correction, "Bias correction", "Whether biases make up for rounded weights."),
    TEXT(T, target_isa, "Target", "Instruction set that the result is made for."),
    TEXT(T, backend, "Backend", "What ran the models."),
    TEXT(T, ignored, "Ignored", "Layers that the user excluded from quantization."),
    REAL(T, seed, INDEX, "Seed", "Seed of random numbers."),
};
RECORD(rq_settings_type, T, settings);
#undef T

#define T rq_report_budget
static const rq_field budget[] = {
    TEXT(T, metric, "Metric", "That the budget is about."),
    TEXT(T, output, "Output", "Of the model."),
    REAL(T, max_drop, REAL, "Maximum loss", "In points, or in percent of the original's value."),
    FLAG(T, relative, "Relative", "In percent of the original's value."),
    REAL(T, min_value, REAL, "Minimum", "Of the metric itself, in its unit."),
};
RECORD(rq_budget_type, T, budget);
#undef T

#define T rq_report_resources
static const rq_field resources[] = {
    REAL(T, peak_memory_bytes, BYTES, "Peak memory", "Peak resident memory of the process."),
};
RECORD(rq_resources_type, T, resources);
#undef T

#define T rq_report_accuracy
#define ESTIMATE(member, title, help) FIELD(ESTIMATE, REAL, T, member, #member, title, help)
static const rq_field accuracy[] = {
    TEXT(T, metric, "Metric", "What is measured."),
    TEXT(T, output, "Output", "Of the model."),
    TEXT(T, unit, "Unit", "Of before and after; changes of % are in points."),
    TEXT(T, help, "Meaning", "Of the metric."),
    FLAG(T, compares, "Compares", "The model after against the one before, on the same images."),
    FLAG(T, higher_is_better, "Higher is better", "Whether a higher value is better."),
    ESTIMATE(before, "Before", "With its 95 % interval."),
    ESTIMATE(after, "After", "With its 95 % interval."),
    ESTIMATE(delta, "Change",
             "After minus before on the same images, with its 95 % interval; a change whose "
             "interval contains 0 is not significant."),
    REAL(T, p_value, REAL, "p", "p-value of McNemar's exact test."),
    REAL(T, lost, INDEX, "Regressions", "Images right before, wrong after."),
    REAL(T, gained, INDEX, "Improvements", "Images wrong before, right after."),
    REAL(T, images, INDEX, "Images", "That were measured."),
};
RECORD(rq_accuracy_type, T, accuracy);
#undef T

#define T rq_report_output
static const rq_field outputs[] = {
    TEXT(T, name, "Output", "Of the model."),
    TEXT(T, kind, "Kind", "What it is recognised as; metrics, verdict and advice follow it."),
    TEXT(T, evidence, "Evidence", "What told the kind; without any it is a tensor."),
    REAL(T, weight, REAL, "Weight", "How much it counts in the mean over outputs."),
    REAL(T, classes, INDEX, "Classes", "Of an output that is classes."),
    REAL(T, nan_before, INDEX, "NaN before", "Values that are NaN, of all images."),
    REAL(T, nan_after, INDEX, "NaN after", "Values that are NaN, of all images."),
    FLAG(T, constant_before, "Constant before", "Whether it is the same for all images."),
    FLAG(T, constant_after, "Constant after", "Whether it is the same for all images."),
};
RECORD(rq_output_type, T, outputs);
#undef T

#define T rq_report_size
static const rq_field sizes[] = {
    TEXT(T, part, "Part", "Weights by element type, or files."),
    TEXT(T, name, "Name", "The element type, or the file's kind."),
    REAL(T, before_bytes, BYTES, "Before", "Bytes."),
    REAL(T, after_bytes, BYTES, "After", "Bytes."),
};
RECORD(rq_size_type, T, sizes);
#undef T

#define T rq_report_speed
static const rq_field speeds[] = {
    TEXT(T, backend, "Backend", "What ran the models."),
    TEXT(T, kernels, "Kernels", "Its version and instruction set."),
    TEXT(T, precision, "Precision",
         "That floats are multiplied in, before and after; the first row has the precision that "
         "deployments use by default here."),
    REAL(T, threads, INDEX, "Threads", "In one inference."),
    REAL(T, runs, INDEX, "Runs", "Inferences of each model; runs of both models are interleaved."),
    REAL(T, before_median_ms, MS, "Before", "Median time of one inference in ms."),
    REAL(T, before_p10_ms, MS, "10 %", "A tenth of the runs were faster."),
    REAL(T, before_p90_ms, MS, "90 %", "A tenth of the runs were slower."),
    REAL(T, after_median_ms, MS, "After", "Median time of one inference in ms."),
    REAL(T, after_p10_ms, MS, "10 %", "A tenth of the runs were faster."),
    REAL(T, after_p90_ms, MS, "90 %", "A tenth of the runs were slower."),
    REAL(T, round_speedup, REAL, "Speed-up of rounds", "Median of the speed-up within a round."),
    REAL(T, round_speedup_p10, REAL, "10 %", "In a tenth of the rounds it was smaller."),
    REAL(T, round_speedup_p90, REAL, "90 %", "In a tenth of the rounds it was larger."),
    REAL(T, waited_share, SHARE, "Waited",
         "Of the time that threads wanted a core, what they waited for one, in %."),
    TEXT(T, noise, "Noise", "Why the speed is not measurable now."),
};
RECORD(rq_speed_type, T, speeds);
#undef T

#define T rq_report_deployment
static const rq_field deployment[] = {
    TEXT(T, runtime, "Runtime", "Its name and version."),
    TEXT(T, failure, "Failure", "That it could not run the quantized model, and why."),
    TEXT(T, output, "Output", "Of the model."),
    REAL(T, images, INDEX, "Images", "That were run."),
    REAL(T, sqnr_db, DB, "SQNR", "Of the runtime's values against requant's, in dB."),
    REAL(T, quantization_sqnr_db, DB, "SQNR of quantization",
         "Of requant's values against the original model's on the same images, in dB."),
};
RECORD(rq_deployment_type, T, deployment);
#undef T

#define T rq_report_layer
static const rq_field layers[] = {
    REAL(T, order, INDEX, "#", "Order of execution."),
    TEXT(T, name, "Layer", "Name in the model."),
    TEXT(T, type, "Type", "Operator."),
    TEXT(T, precision_before, "Before", "Type the layer computed in."),
    TEXT(T, precision_after, "Precision", "Type the layer computes in now."),
    REAL(T, sqnr_db, DB, "SQNR",
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

#define REALS(type, member, title, help) FIELD(REALS, REAL, type, member, #member, title, help)

#define T rq_report_image
static const rq_field images[] = {
    TEXT(T, path, "Image", "In its folder."),
    REAL(T, label, INDEX, "Label", "Ground-truth class."),
    TEXT(T, label_name, "Label", "Ground-truth class."),
    REAL(T, before_class, INDEX, "Before", "Prediction before."),
    TEXT(T, before_name, "Before", "Prediction before."),
    REAL(T, before_score, SHARE, "Score before", "Softmax score in %."),
    REAL(T, after_class, INDEX, "After", "Prediction after."),
    TEXT(T, after_name, "After", "Prediction after."),
    REAL(T, after_score, SHARE, "Score after", "Softmax score in %."),
    REAL(T, sqnr_db, DB, "SQNR", "Of the model's output for this image, in dB."),
    TEXT(T, metric, "Metric", "What the values of this image are of."),
    REAL(T, before_value, REAL, "Value before", "The metric of this image alone, before."),
    REAL(T, after_value, REAL, "Value after", "The metric of this image alone, after."),
    FLAG(T, newly_wrong, "Regression",
         "Right before, wrong after; without labels, another prediction."),
    REALS(T, label_boxes, "Boxes", "Of the ground truth: six numbers each, see before_boxes."),
    REALS(
        T, before_boxes, "Boxes before",
        "Left, top, right, bottom (0..1 of the model's view of the image), class, score of each."),
    REALS(T, after_boxes, "Boxes after", "The same as before_boxes."),
    REALS(T, label_mask, "Mask", "Of the ground truth, see before_mask."),
    REALS(T, before_mask, "Mask before",
          "Runs over a grid of 48 by 48 cells, row by row: class, cells; -1: no class."),
    REALS(T, after_mask, "Mask after", "The same as before_mask."),
    TEXT(T, label_text, "Text", "Ground-truth text."),
    TEXT(T, before_text, "Text before", "Text recognised before."),
    TEXT(T, after_text, "Text after", "Text recognised after."),
};
RECORD(rq_image_type, T, images);
#undef T

#define T rq_report_validated
static const rq_field validated[] = {
    FIELD(TEXTS, REAL, T, paths, "paths", "Image", "In its folder."),
    REALS(T, labels, "Label", "Ground-truth class."),
    REALS(T, before_classes, "Before", "Prediction before."),
    REALS(T, after_classes, "After", "Prediction after."),
    FIELD(TEXTS, REAL, T, class_names, "class_names", "Classes", "Names by class."),
};
RECORD(rq_validated_type, T, validated);
#undef T

#define T rq_report_values
static const rq_field values[] = {
    TEXT(T, metric, "Metric", "As in the row of accuracy."),
    TEXT(T, output, "Output", "Of the model."),
    REALS(T, before, "Before", "Of each validated image alone; 1 is right, 0 is wrong."),
    REALS(T, after, "After", "Of each validated image alone; 1 is right, 0 is wrong."),
};
RECORD(rq_values_type, T, values);
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

#define T rq_report_class
static const rq_field classes[] = {
    TEXT(T, metric, "Metric", "AP50, IoU or accuracy, in %."),
    TEXT(T, name, "Name", "Of the class."),
    REAL(T, class_id, INDEX, "Class", "Index."),
    REAL(T, items, COUNT, "Items", "Objects, pixels or images of the ground truth."),
    REAL(T, before, REAL, "Before", "In %."),
    REAL(T, after, REAL, "After", "In %."),
};
RECORD(rq_class_type, T, classes);
#undef T

#define T rq_report_step
static const rq_field steps[] = {
    TEXT(T, name, "Step", "Of the run."),
    REAL(T, seconds, SECONDS, "Time", "Wall-clock time in seconds."),
};
RECORD(rq_step_type, T, steps);
#undef T

#define T rq_report_note
static const rq_field notes[] = {
    FLAG(T, warning, "Warning", "Whether it is a warning."),
    TEXT(T, text, "Note", "Text of the remark."),
};
RECORD(rq_note_type, T, notes);
#undef T

#define T rq_report_advice
static const rq_field advice[] = {
    TEXT(T, text, "Advice", "What to do next."),
    TEXT(T, option, "Option", "Option to add."),
    REAL(T, before_db, DB, "SQNR before", "Of the outputs without it, in dB, where it was tried."),
    REAL(T, after_db, DB, "SQNR after", "Of the outputs with it, in dB."),
    REAL(T, images, INDEX, "Images", "That it was tried on."),
    REAL(T, time_share, SHARE, "Time", "That it adds, estimated from times of layers, in %."),
};
RECORD(rq_advice_type, T, advice);
#undef T

#define ONE(key, type)                                                                             \
    {                                                                                              \
#key, &rq_##type##_type, offsetof(rq_report, key), RQ_ONE_RECORD                           \
    }
#define LIST(key, type)                                                                            \
    {                                                                                              \
#key, &rq_##type##_type, offsetof(rq_report, key), offsetof(rq_report, n_##key)            \
    }
const rq_report_part rq_report_parts[] = {
    ONE(tool, tool),
    ONE(machine, machine),
    ONE(before, model),
    ONE(after, model),
    ONE(data, data),
    ONE(settings, settings),
    ONE(budget, budget),
    ONE(resources, resources),
    LIST(accuracy, accuracy),
    LIST(outputs, output),
    LIST(sizes, size),
    LIST(speeds, speed),
    LIST(deployment, deployment),
    LIST(layers, layer),
    LIST(histograms, histogram),
    LIST(images, image),
    LIST(steps, step),
    LIST(notes, note),
    LIST(advice, advice),
    ONE(validated, validated),
    LIST(values, values),
    LIST(graph, node),
    LIST(channels, channels),
    LIST(types, type_time),
    LIST(classes, class),
};
const size_t rq_report_n_parts = sizeof rq_report_parts / sizeof *rq_report_parts;
