/* Adapters: what a model's raw outputs say about an image. One file each, one line in
 * adapters.def.
 *
 * An adapter reads the outputs of one image into an rq_prediction, in the pixels of the original
 * image; it is the same code for the model before and after. */
#ifndef RQ_REPORTS_ADAPTERS_ADAPTER_H
#define RQ_REPORTS_ADAPTERS_ADAPTER_H

#include "engine/base/prediction.h"
#include "reports/metrics/metric.h"

#define RQ_MAX_ANCHORS 32 /* numbers, two for each anchor */

/* What may follow an adapter's name: "ssd:score=0.3:first=0". What was not asked is the default in
 * the adapter's list of settings. */
typedef struct rq_adapter_settings {
    double score;      /* least score of a box */
    double iou;        /* of two boxes of a class, above which the less sure one goes */
    double keep;       /* boxes at most, the surest */
    double first;      /* what the model calls the data set's class 0 */
    double threshold;  /* of a probability map */
    double unclip;     /* how far text boxes are blown up: area * unclip / perimeter */
    double blank;      /* CTC: the blank class; -1: the last */
    double range;      /* images: the value of white; NaN: to be detected */
    double normalised; /* boxes: 1: coordinates are parts of the input's sides, 0: its pixels */
    double order;      /* boxes: 1: y before x */
    double anchors[RQ_MAX_ANCHORS]; /* width, height in input pixels; finest head first */
    size_t n_anchors;
    int32_t *charset; /* CTC: the code point of class first + i; owned */
    size_t n_charset;
} rq_adapter_settings;

typedef struct rq_adapter_input {
    const rq_output *outputs;
    size_t n;
    const rq_view *view; /* how the image became the model's input */
    const rq_adapter_settings *settings;
} rq_adapter_input;

/* A setting that an adapter knows. */
typedef struct rq_adapter_setting {
    const char *name; /* one of adapter.c's table; NULL ends a list */
    double otherwise; /* the default; NaN: `help` says it */
    const char *help;
} rq_adapter_setting;

typedef enum rq_adapter_guessing {
    RQ_GUESS_NEVER,     /* other networks have outputs of this shape */
    RQ_GUESS_FOR_TRUTH, /* when what the adapter gives is asked for */
    RQ_GUESS_ALWAYS
} rq_adapter_guessing;

typedef struct rq_adapter {
    const char *name;  /* --adapter */
    const char *alias; /* an older name that is accepted; NULL: none */
    const char *help;
    const rq_adapter_setting *settings; /* those it knows; NULL: none */
    const char *model_type; /* what OpenVINO's Model API calls such models; NULL: it has none */
    unsigned gives;         /* rq_prediction_kind */
    rq_adapter_guessing guess;
    /* Whether outputs of these shapes (data NULL; sizes may be RQ_DYNAMIC) can be read. */
    bool (*fits)(const rq_adapter_input *in);
    /* `out` was cleared. RQ_EFORMAT, naming the output, when the shapes do not fit. */
    rq_status (*read)(rq_prediction *out, const rq_adapter_input *in);
} rq_adapter;

extern const rq_adapter *const rq_adapters[]; /* NULL-terminated, in the order of guessing */

/* An adapter and its settings. {0}: none. */
typedef struct rq_adapter_use {
    const rq_adapter *adapter;
    rq_adapter_settings settings;
} rq_adapter_use;

/* The adapter of "NAME" or "NAME:key=value"; NULL: there is none. */
const rq_adapter *rq_adapter_named(const char *text);

/* How a setting is written: "score=X", "charset=FILE". */
const char *rq_adapter_setting_text(const rq_adapter_setting *setting);

/* "NAME" or "NAME:key=value:key=value"; charset=FILE is read here, one symbol a line. RQ_EARG for
 * an unknown name or key, or a malformed value. */
rq_status rq_adapter_open(rq_adapter_use *out, const char *text);
/* What the model itself says, where `text`, the user's, does not: of an adapter that knows it. */
rq_status rq_adapter_suggest(rq_adapter_use *use, const char *text, const char *name,
                             const char *value);
void rq_adapter_close(rq_adapter_use *use);

/* The adapter that shapes and the kinds of truth there are (rq_prediction_kind bits) suggest, or,
 * without truths, what outputs are known to be; none when that is not safe. */
void rq_adapter_guess(rq_adapter_use *out, const rq_output *outputs, size_t n, const rq_view *view,
                      unsigned truths);

/* Clears and fills `out`. */
rq_status rq_adapter_read(rq_prediction *out, const rq_adapter_use *use, const rq_output *outputs,
                          size_t n, const rq_view *view);

/* -- what adapters share -------------------------------------------------------------------- */

/* RQ_EFORMAT: "output 'x' [1,2,3]: adapter ssd expects ...". */
rq_status rq_adapter_fail(const char *adapter, const rq_output *output, const char *expected);

/* Adds a box given in the pixels of the input, cut to the original image; nothing when nothing of
 * it is left. */
rq_status rq_adapter_add_box(rq_prediction *out, const rq_view *view, const rq_box *box);

/* Keeps of each class, surest first, what overlaps no kept box by more than `iou`, and `keep` at
 * most. Only the RQ_NMS_CANDIDATES surest are looked at. */
#define RQ_NMS_CANDIDATES ((size_t)5000)
void rq_boxes_suppress(rq_prediction *prediction, double iou, size_t keep);

/* Without leading ones, but of two dimensions at least: [1,1,100,7] is [100,7]. */
rq_shape rq_shape_without_batch(const rq_shape *shape);

/* Cells of the grids of strides 8, 16, 32 over the input. */
int64_t rq_grid_cells(const rq_view *view);

double rq_sigmoid(double x);

#endif
