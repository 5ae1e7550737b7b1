/* Opening a data set: the table of kinds, and which of them reads it. */
#include "datasets/dataset.h"

#include "datasets/dataset_kind.h"
#include "datasets/dataset_labels.h"
#include "datasets/generated.h"
#include "datasets/image/decode.h"
#include "engine/base/choice.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RQ_DATASET_KIND(name) extern const rq_dataset_kind rq_dataset_##name;
#include "datasets/dataset_kinds.def"
#undef RQ_DATASET_KIND

const rq_dataset_kind *const rq_dataset_kinds[] = {
#define RQ_DATASET_KIND(name) &rq_dataset_##name,
#include "datasets/dataset_kinds.def"
#undef RQ_DATASET_KIND
    NULL,
};

static rq_status fail_format(const char *format)
{
    const char *names[sizeof rq_dataset_kinds / sizeof *rq_dataset_kinds];
    size_t n = 0;
    for (; rq_dataset_kinds[n]; n++) names[n] = rq_dataset_kinds[n]->name;
    return rq_choice_fail(RQ_EARG, format, names, n, "no data set format '%s'", format);
}

static rq_status find_kind(const rq_dataset_kind **out, const rq_dataset_options *options)
{
    for (size_t i = 0; rq_dataset_kinds[i]; i++) {
        const rq_dataset_kind *kind = rq_dataset_kinds[i];
        bool wanted = options->format ? strcmp(kind->name, options->format) == 0
                                      : !kind->named_only && kind->probe(options->data);
        if (!wanted) continue;
        if (!kind->probe(options->data))
            return rq_fail(RQ_EARG, "%s: is not of the format %s (%s)", options->data, kind->name,
                           kind->help);
        *out = kind;
        return RQ_OK;
    }
    if (options->format) return fail_format(options->format);
    return rq_fail(RQ_EARG, "%s: neither a folder nor a file", options->data);
}

static rq_status fail_empty(const char *data)
{
    char extensions[RQ_EXTENSIONS_TEXT];
    return rq_fail(RQ_EFORMAT,
                   "%s: no images found (looked for %s), nor arrays (looked for"
#define RQ_ARRAY_FORMAT(name, extensions) " " extensions
#include "datasets/arrays/array_formats.def"
#undef RQ_ARRAY_FORMAT
                   ")",
                   data, rq_decode_extensions(extensions));
}

static rq_status check_folders(const rq_dataset *dataset, const rq_class_names *names,
                               const int32_t *classes)
{
    for (int32_t i = 0; i < dataset->n_classes; i++) {
        int32_t next = rq_class_names_next(names, classes[i]);
        if (next >= 0)
            return rq_fail(RQ_EFORMAT,
                           "%s: folder '%s' is called like class %d and class %d: their names must "
                           "differ",
                           dataset->root, dataset->class_names[i], classes[i], next);
    }
    return RQ_OK;
}

/* As many folders as classes, which the model has in another order than theirs: what is called
 * otherwise is none of them, and neither order is right. */
static rq_status check_order(const rq_dataset *dataset, const rq_class_names *names,
                             const int32_t *classes)
{
    int32_t unknown = -1;
    bool moved = false;
    for (int32_t i = 0; i < dataset->n_classes; i++) {
        if (classes[i] < 0 && unknown < 0) unknown = i;
        moved = moved || (classes[i] >= 0 && classes[i] != i);
    }
    if (unknown < 0 || !moved || (size_t)dataset->n_classes != names->n) return RQ_OK;
    return rq_fail(RQ_EFORMAT,
                   "%s: folder '%s' is none of the %zu names of the model's classes, which have "
                   "another order: --class-names FILE must name it",
                   dataset->root, dataset->class_names[unknown], names->n);
}

/* Folders that are called as the model's classes are these, in whatever order and number. */
static rq_status take_model_names(rq_dataset *dataset, const rq_dataset_options *options)
{
    const rq_class_names *names = &options->model_names;
    int32_t *classes;
    if (!dataset->by_folder || !names->n) return RQ_OK;
    RQ_TRY(rq_calloc(&classes, (size_t)dataset->n_classes, sizeof *classes, "classes"));
    bool known = true;
    for (int32_t i = 0; i < dataset->n_classes; i++) {
        classes[i] = rq_class_names_find(names, dataset->class_names[i]);
        known = known && classes[i] >= 0;
    }
    for (size_t i = 0; known && i < dataset->n; i++)
        dataset->samples[i].label = classes[dataset->samples[i].label];
    rq_status status = RQ_OK; /* a file of labels replaces what folders say */
    if (!options->labels) status = (known ? check_folders : check_order)(dataset, names, classes);
    free(classes);
    if (!known || status != RQ_OK) return status;
    dataset->class_names = names->v;
    dataset->n_classes = (int32_t)names->n;
    return RQ_OK;
}

static rq_status read_dataset(rq_dataset *dataset, const rq_dataset_options *options)
{
    const rq_dataset_kind *kind = NULL;
    if (!rq_is_generated(options->data) && access(options->data, F_OK) != 0)
        return rq_fail(RQ_EIO, "%s: no such file or folder", rq_path_shown(options->data));
    RQ_TRY(find_kind(&kind, options));
    RQ_TRY(rq_arena_create(&dataset->arena));
    if (options->split && !kind->has_splits)
        return rq_fail(RQ_EARG, "%s: data of the format %s have no splits", options->data,
                       kind->name);
    if (options->map_classes) RQ_TRY(rq_class_map_parse(&dataset->class_map, options->map_classes));
    dataset->model_names = options->model_names; /* lists look theirs up in them */
    RQ_TRY(kind->read(dataset, options->data, options->split));
    if (dataset->n == 0) return fail_empty(options->data);
    RQ_TRY(take_model_names(dataset, options));
    return options->labels
               ? rq_dataset_apply_labels(dataset, options->labels, kind == &rq_dataset_folder)
               : RQ_OK;
}

bool rq_dataset_is_tensors(const rq_dataset_options *options)
{
    const rq_dataset_kind *kind = NULL;
    if (options->given) return options->given->tensors;
    return find_kind(&kind, options) == RQ_OK && kind->has_tensors &&
           kind->has_tensors(options->data);
}

static rq_status take_given(rq_dataset **out, const rq_dataset_options *options)
{
    *out = NULL;
    if (options->given->n == 0) return rq_fail(RQ_EARG, "%s: no samples in it", options->data);
    RQ_TRY(rq_dataset_copy(out, options->given));
    if (options->model_names.n) (*out)->model_names = options->model_names;
    if (!options->map_classes) return RQ_OK;
    rq_status status = rq_class_map_parse(&(*out)->class_map, options->map_classes);
    if (status != RQ_OK) rq_dataset_close(out);
    return status;
}

rq_status rq_dataset_open(rq_dataset **out, const rq_dataset_options *options)
{
    rq_dataset *dataset;
    if (options->given) return take_given(out, options);
    RQ_TRY(rq_calloc(&dataset, 1, sizeof *dataset, "a data set"));
    rq_status status = read_dataset(dataset, options);
    if (status != RQ_OK) rq_dataset_close(&dataset);
    *out = dataset;
    return status;
}
