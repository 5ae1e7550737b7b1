/* requant as a library: what the commands import, calibrate, merge, quantize, evaluate, analyze,
 * tune and compare do, for programs. Link with -lrequant (pkg-config requant).
 *
 *     rq_context_create(&context, NULL);
 *     rq_network_open(&network, context, "model.onnx", NULL);
 *     rq_options_create(&options, "quantize");
 *     rq_options_set(options, "data", "photos");
 *     rq_options_set(options, "config", "imagenet");
 *     rq_options_set(options, "output", "out");
 *     rq_quantize(&result, network, options);
 *     rq_result_number(&top1, result, "accuracy/top-1/after/value");
 *
 * Errors. Functions that can fail return a status (requant_types.h); rq_error_text says what was
 * found where, and what was expected. After a failure *out is NULL, unless said otherwise; inputs
 * are as they were. Pointers must not be NULL unless said otherwise.
 *
 * Ownership. What a create, open, load or procedure gives is the caller's, to be destroyed with the
 * function of its type, which accepts NULL. A network lives at least as long as the plans and
 * results made from it, data as long as the options that have them and the plans and results made
 * with them, a context as long as its networks, data and results, and options as long as the call.
 * Texts and values that are passed in are copied.
 *
 * Threads. Any number of threads may work at once, with one context or several, as long as no
 * object is changed (rq_options_set, rq_options_set_data, rq_options_set_score, rq_data_add,
 * rq_stats_merge), asked for a text or destroyed while another thread uses it. Results do not
 * depend on the number of threads. The callbacks of a context are then called from all of them,
 * `progress` one call at a time for each.
 *
 * The process. The library prints nothing, installs no signal handlers and sets no environment; the
 * locale, the callbacks and OpenMP's number of threads of the calling thread are as before when a
 * call ends. What stays: oneDNN's instruction set is settled; a backend library that was loaded
 * (option openvino) stays loaded. HDF5 files, stats.h5 among them, are read and written by a child
 * process, requant-hdf5, which the call waits for: it is looked for beside the library, in
 * ../libexec/requant and ../../libexec/requant, or in REQUANT_LIBEXEC, which programs that are
 * linked with librequant.a set.
 * Read are also TMPDIR, OPENVINO_LIB_PATHS, LD_LIBRARY_PATH, and for texts LC_ALL, LC_CTYPE, LANG.
 *
 * Files. Images, arrays, labels, statistics and plans are named by options; those of a call must
 * not change while it runs. Arrays may be in memory instead (rq_data_create). What is written is
 * written whole or not at all. */
#ifndef RQ_REQUANT_H
#define RQ_REQUANT_H

#include "engine/base/requant_types.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rq_context rq_context; /* whom to tell, and what to use of the machine */
typedef struct rq_options rq_options; /* of one procedure, by name */
typedef struct rq_data rq_data;       /* images or arrays to run a network on */
typedef struct rq_network rq_network; /* a model, read or imported */
typedef struct rq_stats rq_stats;     /* statistics of a network's activations */
typedef struct rq_plan rq_plan;       /* how a network is quantized, and why */
typedef struct rq_result rq_result;   /* what a procedure found out */

/* "0.1.0". */
const char *rq_version(void);
/* The message of the last failure on this thread; "" if none. Valid until the next failure. */
const char *rq_error_text(void);

/* -- context -------------------------------------------------------------------------------- */

typedef struct rq_context_options {
    rq_callbacks callbacks; /* called during calls with this context, from any thread */
    unsigned threads;       /* workers of a call; 0: one per core that the process may use */
    size_t image_memory;    /* bytes of decoded images that a call may keep between its passes;
                               0: none, they are decoded again for each pass */
} rq_context_options;

/* No callbacks, one worker per core, 512 MiB. */
rq_context_options rq_context_options_default(void);

/* `options`: NULL for the defaults; what callbacks.ctx points to is borrowed. RQ_EARG for more than
 * 1024 threads. */
rq_status rq_context_create(rq_context **out, const rq_context_options *options);
void rq_context_destroy(rq_context **context);

/* -- several processes ---------------------------------------------------------------------- */

/* Joins the processes that mpirun started with this one, where the library was built with MPI: from
 * then on rq_calibrate, rq_evaluate, rq_analyze and rq_tune, called by all with the same arguments,
 * share the images out, and give everywhere what one process gives; files that options name are
 * written by the first alone. Once, before the first context. *index gets which process this is,
 * *count how many there are: 0 of 1 where none were started. RQ_EUNSUPPORTED where several were,
 * but the library has no MPI. */
rq_status rq_ranks_begin(size_t *index, size_t *count);
/* After the last call, with the status of the work: gives it back, or, where another process
 * failed, that failure. Nothing where rq_ranks_begin was not called. */
rq_status rq_ranks_end(rq_status status);

/* -- options -------------------------------------------------------------------------------- */

/* Options of "import", "calibrate", "merge", "quantize", "evaluate", "analyze", "tune" or
 * "compare": those that `requant NAME --help` lists, but for what it lists of the program itself.
 * RQ_EARG for another name. */
rq_status rq_options_create(rq_options **out, const char *procedure);
/* `value`: as on the command line; NULL for a switch. An option that may be given several times
 * gets one value more, any other one is replaced. RQ_EARG for a name that the procedure has not;
 * what a value must be is checked by the call that uses it. */
rq_status rq_options_set(rq_options *options, const char *name, const char *value);
/* The option score, of options that have it (RQ_EARG otherwise), as a function (rq_score_fn in
 * requant_types.h) instead of a command; the one that is set last holds. More is better, unless the
 * option score_lower_is_better is set. What `ctx` points to is borrowed. */
rq_status rq_options_set_score(rq_options *options, rq_score_fn *score, void *ctx);
void rq_options_destroy(rq_options **options);

/* -- data ----------------------------------------------------------------------------------- */

/* Lists a folder, list file, image, published data set or files of arrays, as the option data does;
 * images are read when a procedure runs. `format`: as the option of that name; `labels`: a file of
 * lines "path class"; NULL: as the data say. RQ_EIO where there is nothing of that name, RQ_EFORMAT
 * for lists and labels that are malformed and folders without images, RQ_EARG for data that are not
 * of the format. */
rq_status rq_data_open(rq_data **out, const rq_context *context, const char *path,
                       const char *format, const char *labels);
/* Without samples: for arrays in memory, which rq_data_add adds. */
rq_status rq_data_create(rq_data **out, const rq_context *context);

/* Values in row-major order, as the network takes them: they are not preprocessed, but converted to
 * the type of the input. The shape is the input's; sizes of 1 that lead, the batch, may be missing.
 */
typedef struct rq_array {
    const char *input;    /* of the network, its layer's name or the tensor's; NULL: the only one */
    const float *values;  /* as many as the product of the shape */
    const int64_t *shape; /* sizes, outermost first; NULL for rank 0 */
    size_t rank;          /* 10 at most */
} rq_array;

/* Appends one sample to data of rq_data_create: an array for each input of the network. `name`:
 * what reports call it; each sample should have its own. `label`: class index below 1048576, or -1:
 * none; classes count where every sample has one. Everything is copied; there is no limit but
 * memory. RQ_EARG for data of rq_data_open, no name or an empty one, no arrays or more than 64, two
 * of the same input, sizes that are negative or too large together, values or a shape that are
 * missing, and other labels; RQ_ENOMEM; `data` is then as before. Whether inputs and shapes are the
 * network's, the procedure tells: a sample that does not fit counts as an unreadable image. */
rq_status rq_data_add(rq_data *data, const char *name, const rq_array *arrays, size_t n,
                      int32_t label);
/* How many images or samples there are, and how many classes, of images as a whole; 0: they are
 * not labelled so. */
void rq_data_describe(const rq_data *data, size_t *samples, size_t *classes);
void rq_data_destroy(rq_data **data);

/* The option `name`, "data" or "val", of options that have it (RQ_EARG otherwise), instead of a
 * text; the one that is set last holds. `data` are borrowed, and what is added to them later is
 * used by later calls. They are the list: the options labels, format and split are for texts
 * (labels is refused for these data). Data and val are both images or both arrays. Reports name
 * them by their path, or "(memory)". RQ_EARG of the call for data without samples. Statistics kept
 * in a file are taken again only for the same names and values. */
rq_status rq_options_set_data(rq_options *options, const char *name, const rq_data *data);

/* -- networks ------------------------------------------------------------------------------- */

/* An OpenVINO IR (path ends in .xml), an ONNX, TensorFlow, TensorFlow Lite or Caffe model, which is
 * imported, or a folder with one model. `options`: of "import", or of a procedure that takes a
 * network, whose options about importing hold then; NULL: defaults; RQ_EARG for such options with
 * an IR. `path` may be NULL where options of "import" name the model. RQ_EIO, RQ_EFORMAT for what
 * cannot be read. RQ_EUNSUPPORTED where operators have no counterpart, with a list of them; *out is
 * then set all the same: it can be described, and that is all. */
rq_status rq_network_open(rq_network **out, const rq_context *context, const char *path,
                          const rq_options *options);
/* Writes an IR: NAME.xml and NAME.bin, if `output` ends in .xml; else into the folder `output`,
 * which is made, named as the model (or by import's model_name). */
rq_status rq_network_save(rq_network *network, const char *output);
/* *text, until the network is asked again or destroyed: "text": where it came from and went to, its
 * size, and what import fused; "fused": the same, and where; "ports": lines of inputs and outputs
 * with type and shape; "json": all of it. */
rq_status rq_network_text(const char **text, rq_network *network, const char *format);
void rq_network_destroy(rq_network **network);

/* -- statistics ----------------------------------------------------------------------------- */

/* Runs the images or arrays of the option data through the network, and observes every activation
 * that a plan may need. With the option output the statistics are kept in that file, in which an
 * earlier run is continued; without it in memory only. RQ_ECANCELLED leaves what was done so far in
 * the file. `reused`, unless NULL: the file had all of them already. With the option shard, K/N,
 * the statistics are of part K of N of the images, for rq_merge alone. */
rq_status rq_calibrate(rq_stats **out, bool *reused, const rq_network *network,
                       const rq_options *options);
/* Joins the files of all shards of a calibration, in any order, to the statistics that one run over
 * all images gives, byte for byte; one shard is in memory at a time. With the option output they
 * are kept in that file. RQ_EARG, naming the file, what was found and what was expected, for shards
 * that are not complete, twice there, or of another model, preprocessing, list of images, version,
 * computer or options than paths[0]; and, naming them, for shards that are missing; RQ_EFORMAT
 * where more images were unreadable than max-bad allows. */
rq_status rq_merge(rq_stats **out, const rq_context *context, const char *const *paths, size_t n,
                   const rq_options *options);
/* RQ_EFORMAT for a file that is damaged or is something else. */
rq_status rq_stats_load(rq_stats **out, const char *path);
rq_status rq_stats_save(const rq_stats *stats, const char *path);
/* Appends the images of `from`, the next part of the list. RQ_EARG, naming the difference, for
 * other networks or preprocessing, and for shards. `from_name`: for that message. */
rq_status rq_stats_merge(rq_stats *into, const rq_stats *from, const char *from_name);
/* How many activations were observed, over how many images, of which how many were unreadable. */
void rq_stats_describe(const rq_stats *stats, size_t *values, size_t *images, size_t *unreadable);
void rq_stats_destroy(rq_stats **stats);

/* -- plans ---------------------------------------------------------------------------------- */

/* Decides how the network is quantized, with the options of "quantize" (output is not needed).
 * `stats`: of the same network and preprocessing (RQ_EARG otherwise); NULL: they are gathered from
 * the option data. With data, what is worth it is tried on images: ranges, rounding, and, without
 * `stats`, cross-layer equalization. RQ_EARG for precision fp16, which needs no plan. */
rq_status rq_plan_create(rq_plan **out, const rq_network *network, const rq_stats *stats,
                         const rq_options *options);
/* A plan.json for this network, perhaps edited. `stats`: those that it was made from; a plan with
 * cross-layer equalization needs those of the equalized network (stats-equalized.h5 of
 * rq_quantize), or none. `options` of "quantize", or NULL: with its data, missing statistics are
 * gathered and weights are rounded as the plan says; without, from generated images and to nearest,
 * which is logged. RQ_EARG where the plan is for another network. */
rq_status rq_plan_load(rq_plan **out, const rq_network *network, const rq_stats *stats,
                       const rq_options *options, const char *path);
/* plan.json, for people and for rq_plan_load. */
rq_status rq_plan_save(const rq_plan *plan, const char *path);
/* The quantized network: of the precision of the plan, with the inputs and outputs of the original;
 * plan and original live as long as it. */
rq_status rq_plan_apply(rq_network **out, const rq_plan *plan);
void rq_plan_destroy(rq_plan **plan);

/* -- procedures ----------------------------------------------------------------------------- */

/* Each takes the options of its name, or NULL for the defaults, where none is required. RQ_EARG for
 * options that are missing or contradict each other, RQ_EIO and RQ_EFORMAT for files,
 * RQ_ECANCELLED. */

/* Everything at once: statistics, plan, quantized model, accuracy and speed of both, into the
 * folder of the option output. Result: the report. */
rq_status rq_quantize(rq_result **out, const rq_network *network, const rq_options *options);
/* Accuracy of a network. Result: "METRIC/value", with "low", "high" (of 95 %), "images". */
rq_status rq_evaluate(rq_result **out, const rq_network *network, const rq_options *options);
/* What each layer's quantization costs. Result: "layers/NAME/both/sqnr_db" and so on. */
rq_status rq_analyze(rq_result **out, const rq_network *network, const rq_options *options);
/* (Of several processes, *out is NULL but on the first.)
 * As rq_quantize, with as few layers in floating point as a budget needs (max-drop or min-sqnr);
 * RQ_EBUDGET where it cannot be met: the folder is as it was, and keeps the trials, from which
 * the next call continues, in .requant. RQ_EUNMEASURED where the figures say nothing, such as those
 * of constant outputs. Result: the report. */
rq_status rq_tune(rq_result **out, const rq_network *network, const rq_options *options);
/* Runs side by side: operands[n] are folders with a report.json, such files, or models, which are
 * measured with the option data. RQ_EBUDGET where a budget is missed, RQ_EUNMEASURED where none is
 * but a figure is not known, with one line for each; *out is set then, too. `options`: NULL for
 * none. */
rq_status rq_compare(rq_result **out, const rq_context *context, const char *const *operands,
                     size_t n, const rq_options *options);

/* -- results -------------------------------------------------------------------------------- */

/* How "text" is laid out; it is for people. */
typedef struct rq_text_style {
    bool colour;    /* escape sequences of terminals */
    size_t rows;    /* of long tables, at most; 0: all */
    size_t columns; /* characters of a line of tables, of a report and a comparison; 0: no limit */
} rq_text_style;

/* *text, until the result is asked again or destroyed, in the format "text" or "json"; "csv" and
 * "html" where there are; "markdown", "junit" and "github" (annotations of GitHub Actions) of
 * compare; "classes" of evaluate (a line for each class, as csv has them for programs). RQ_EARG
 * lists the formats that there are. `style`: NULL for no colour and all rows. */
rq_status rq_result_text(const char **text, rq_result *result, const char *format,
                         const rq_text_style *style);
/* The same into a file. */
rq_status rq_result_save(rq_result *result, const char *format, const char *path);
/* A number of the JSON: keys of objects joined by '/'; an element of a list by its index, or by the
 * first text in it: "accuracy/top-1/after/value". NaN where the JSON says null; RQ_EARG where there
 * is no such number, naming the first part that is not there. The keys of each result and their
 * units are in NAME.schema.json of the folder share/requant/schemas: report of quantize and tune,
 * else NAME is the procedure's. */
rq_status rq_result_number(double *out, rq_result *result, const char *path);
void rq_result_destroy(rq_result **result);

#ifdef __cplusplus
}
#endif

#endif
