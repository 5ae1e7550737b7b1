/* The parts of the report; fields of the run, the models and what was measured of them. */
#include "reports/field_tables.h"

#define T rq_report_tool
static const rq_field tool[] = {
    TEXT(T, version, "Version", "Version of requant that wrote this report."),
    TEXT(T, command, "Command", "Command line."),
    TEXT(T, lint, "Check", "Command that checks preprocessing and images of the same run."),
    TEXT(T, evaluate, "Check in OpenVINO",
         "Command that measures the quantized model as OpenVINO runs it."),
    TEXT(T, tune, "For a budget",
         "Command that finds layers to leave in floating point for a budget, which is to be added "
         "(--max-drop or --min-sqnr)."),
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
    TEXT(T, validation_digest, "Digest of validation images",
         "XXH3 of their names and contents: figures of others are not comparable."),
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
    TEXT(T, unit, "Unit", "Of the metric; losses of % are in points."),
    REAL(T, max_drop, REAL, "Maximum loss", "In points, or in percent of the original's value."),
    FLAG(T, relative, "Relative", "In percent of the original's value."),
    REAL(T, min_value, REAL, "Minimum", "Of the metric itself, in its unit."),
    REAL(T, original_value, REAL, "Original", "The original's value where layers are chosen."),
    REAL(T, other_original_value, REAL, "Original, others", "Its value on the other images."),
    REAL(T, images, INDEX, "Images", "That layers are chosen on."),
    REAL(T, other_images, INDEX, "Other images", "On which the choice must meet the budget, too."),
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
    TEXT(T, why, "Why", "The value after is no number, or infinite."),
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
    REAL(T, shapes, INDEX, "Shapes", "Different ones of these images, where the model is dynamic."),
    REAL(T, sqnr_db, DB, "SQNR against requant",
         "Of the runtime's values against requant's, in dB."),
    REAL(T, quantization_sqnr_db, DB, "SQNR of quantization",
         "Of requant's values against the original model's on the same images, in dB."),
};
RECORD(rq_deployment_type, T, deployment);
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

#define T rq_report_trial
static const rq_field trials[] = {
    REAL(T, ignored, INDEX, "Ignored", "Layers that stay in floating point."),
    REAL(T, value, REAL, "Value", "Of the budget's metric where layers are chosen."),
    REAL(T, drop, REAL, "Loss",
         "Against the original, as the budget has it; of a minimum: what is missing to it."),
    REAL(T, other_value, REAL, "Value, others", "Of the budget's metric on the other images."),
    REAL(T, other_drop, REAL, "Loss, others", "The same on the other images."),
    REAL(T, cost_ms, MS, "Cost",
         "Time in ms that it is expected to take beyond that of the model with all layers "
         "quantized, on one core, from the times of the layers."),
    REAL(T, measured_ms, MS, "Measured", "Median time of one inference in ms."),
    TEXT(T, noise, "Noise", "Why the time is not measurable now."),
    REAL(T, weight_bytes, BYTES, "Weights", "Bytes."),
    FLAG(T, within_budget, "Within the budget", "On all images that it was measured on."),
    FLAG(T, selected, "Selected", "The one that was written."),
};
RECORD(rq_trial_type, T, trials);
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
    LIST(trials, trial),
};
const size_t rq_report_n_parts = sizeof rq_report_parts / sizeof *rq_report_parts;
