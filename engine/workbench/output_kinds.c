#include "engine/workbench/output_kinds.h"

#include "engine/workbench/output_end.h"
#include "reports/metrics/metric.h"

#include <ctype.h>
#include <string.h>

/* One output, as the rules see it. */
typedef struct facts {
    const char *name;
    const rq_shape *shape;
    rq_output_end end;
    int64_t softmax;       /* values that a Softmax at the end is over; 0: not known */
    const rq_shape *image; /* of the input that takes images; NULL: there is none */
    const rq_images *images;
} facts;

/* -- shapes and names -------------------------------------------------------------------------- */

/* Of [1,C,H,W] or [1,H,W,C]: channels come first where there are fewer of them than columns. */
typedef struct map {
    int64_t channels, rows, columns;
} map;

static bool find_map(map *out, const rq_shape *shape)
{
    if (shape->rank != 4 || shape->d[0] != 1) return false;
    bool first = shape->d[1] <= shape->d[3];
    *out = first ? (map){shape->d[1], shape->d[2], shape->d[3]}
                 : (map){shape->d[3], shape->d[1], shape->d[2]};
    return out->channels > 0 && out->rows > 1 && out->columns > 1;
}

static bool contains(const char *text, const char *word)
{
    for (; *text; text++) {
        size_t i = 0;
        while (word[i] && tolower((unsigned char)text[i]) == word[i]) i++;
        if (!word[i]) return true;
    }
    return false;
}

static bool is_named(const facts *f, const char *const *words)
{
    while (*words && !contains(f->name, *words)) words++;
    return *words != NULL;
}

/* -- the rules --------------------------------------------------------------------------------- */

static bool is_softmax_over(const facts *f, int64_t n)
{
    return f->end == RQ_END_SOFTMAX && (f->softmax == 0 || f->softmax == n);
}

static bool is_softmax_of_classes(const facts *f)
{
    return rq_shape_is_classes(f->shape) && is_softmax_over(f, (int64_t)rq_shape_count(f->shape));
}

static bool is_softmax_of_map(const facts *f)
{
    map m;
    return find_map(&m, f->shape) && m.channels > 1 && is_softmax_over(f, m.channels);
}

static bool is_softmax_of_symbols(const facts *f)
{
    const rq_shape *s = f->shape;
    return f->image && s->rank == 3 && (s->d[0] == 1 || s->d[1] == 1) && s->d[2] > 1 &&
           s->d[0] * s->d[1] > 1 && is_softmax_over(f, s->d[2]);
}

static bool is_normalized(const facts *f)
{
    return f->end == RQ_END_NORMALIZED;
}

static bool is_selected(const facts *f)
{
    return f->end == RQ_END_SELECTED;
}

/* Three channels, and sides that are whole multiples of the image's: enlarged, perhaps. */
static bool is_like_the_image(const facts *f)
{
    map m, in;
    return f->image && find_map(&m, f->shape) && find_map(&in, f->image) && m.channels == 3 &&
           in.channels == 3 && m.rows % in.rows == 0 && m.columns % in.columns == 0 &&
           m.rows / in.rows == m.columns / in.columns;
}

/* More channels than one may be anything: points' heat maps, parts that overlap. A depth between 0
 * and 1 looks alike. */
static bool is_sigmoid_of_map(const facts *f)
{
    static const char *const others[] = {"disp", "depth", "heat", NULL};
    map m;
    return f->end == RQ_END_SIGMOID && find_map(&m, f->shape) && m.channels == 1 &&
           !is_named(f, others);
}

static bool is_named_as_classes(const facts *f)
{
    static const char *const words[] = {"logit", "prob", "softmax", NULL};
    return rq_shape_is_classes(f->shape) && f->end == RQ_END_OTHER && is_named(f, words);
}

static bool is_named_as_landmarks(const facts *f)
{
    static const char *const words[] = {"landmark", "keypoint", "key_point", "joints", NULL};
    return is_named(f, words);
}

static bool is_named_as_embedding(const facts *f)
{
    static const char *const words[] = {"embedding", NULL};
    return is_named(f, words);
}

/* Places among names in their order are classes only where all are named. */
static bool fits(const rq_dataset *dataset, bool exactly, size_t n_classes)
{
    size_t names = (size_t)dataset->n_sorted_names, found = (size_t)dataset->n_classes;
    if (names) return names == n_classes;
    return exactly ? found == n_classes : found <= n_classes;
}

/* Whoever lists labels means them; folders may be there for other reasons, but not exactly as many
 * as there are classes. */
static bool has_labels(const facts *f)
{
    const rq_dataset *dataset = f->images->dataset;
    if (!rq_shape_is_classes(f->shape) || !dataset || !dataset->labelled) return false;
    bool listed = f->images->labels || !dataset->class_names;
    return fits(dataset, !listed, rq_shape_count(f->shape));
}

/* The first that holds decides. */
static const struct rule {
    rq_output_kind kind;
    const char *evidence;
    bool (*holds)(const facts *f);
} rules[] = {
    {RQ_OUTPUT_CLASSES, "ends in Softmax", is_softmax_of_classes},
    {RQ_OUTPUT_MASK, "ends in Softmax over the channels of a map", is_softmax_of_map},
    {RQ_OUTPUT_TEXT, "ends in Softmax over symbols, step by step", is_softmax_of_symbols},
    {RQ_OUTPUT_EMBEDDING, "ends in a normalization to length 1", is_normalized},
    {RQ_OUTPUT_BOXES, "comes from non-maximum suppression", is_selected},
    {RQ_OUTPUT_IMAGE, "has the channels and the proportions of the image", is_like_the_image},
    {RQ_OUTPUT_MASK, "ends in Sigmoid over a map", is_sigmoid_of_map},
    {RQ_OUTPUT_LANDMARKS, "its name", is_named_as_landmarks},
    {RQ_OUTPUT_EMBEDDING, "its name", is_named_as_embedding},
    {RQ_OUTPUT_CLASSES, "its name", is_named_as_classes},
    {RQ_OUTPUT_CLASSES, "the classes of the data fit", has_labels},
};

static rq_found_kind decide(const facts *f)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].holds(f)) return (rq_found_kind){rules[i].kind, rules[i].evidence};
    return (rq_found_kind){RQ_OUTPUT_TENSOR, NULL};
}

/* -- all outputs ------------------------------------------------------------------------------- */

static const rq_shape *image_shape(const rq_workload *w, const rq_model *model)
{
    if (w->request.tensors) return NULL;
    for (size_t i = 0; i < rq_model_input_count(model); i++)
        if (rq_model_input(model, i)->shape.rank == 4) return &rq_model_input(model, i)->shape;
    return NULL;
}

void rq_output_kinds_find(rq_found_kind *found, const rq_workload *w, const rq_model *model)
{
    size_t n = rq_model_output_count(model);
    const char *asked = w->request.adapter;
    facts f = {.image = image_shape(w, model), .images = &w->images};
    for (size_t i = 0; i < n; i++) {
        char buffer[512];
        f.name = rq_model_output_name(model, i, buffer, sizeof buffer);
        f.shape = &rq_model_output(model, i)->shape;
        f.end = rq_output_end_find(&f.softmax, rq_model_graph(model), rq_model_bound(model),
                                   rq_model_output_node(model, i)->in[0]);
        found[i] = asked && !strcmp(asked, "none") ? (rq_found_kind){0} : decide(&f);
    }
    if (asked) rq_output_kinds_read_by(found, n, rq_adapter_named(asked));
}

/* Adapters of boxes read several outputs, those of values all; the others the first. */
static bool is_read(size_t output, const rq_found_kind *found, rq_output_kind kind)
{
    if (output == 0 || kind == RQ_OUTPUT_REGRESSION) return true;
    return kind == RQ_OUTPUT_BOXES && found[output].kind == RQ_OUTPUT_TENSOR;
}

void rq_output_kinds_read_by(rq_found_kind *found, size_t n, const rq_adapter *adapter)
{
    extern const rq_adapter rq_adapter_embedding;
    if (!adapter) return;
    rq_output_kind kind = adapter == &rq_adapter_embedding
                              ? RQ_OUTPUT_EMBEDDING
                              : rq_output_kind_of_prediction(adapter->gives);
    for (size_t i = 0; i < n; i++)
        if (found[i].kind != kind && is_read(i, found, kind))
            found[i] = (rq_found_kind){kind, "its adapter"};
}

unsigned rq_output_kinds_predictions(const rq_found_kind *found, size_t n)
{
    unsigned predictions = n ? rq_output_kind_prediction(found[0].kind) : 0;
    for (size_t i = 1; i < n; i++)
        if (found[i].kind == RQ_OUTPUT_BOXES) predictions |= RQ_PREDICTION_BOXES;
    return predictions;
}

bool rq_labels_fit(const rq_images *images, size_t n_classes)
{
    const rq_dataset *dataset = images->dataset;
    return dataset->labelled && fits(dataset, dataset->by_folder, n_classes);
}
