#include "datasets/dataset.h"

#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/generated.h"
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

rq_status rq_dataset_add(rq_dataset *dataset, const char *name, uint64_t bytes)
{
    RQ_TRY(rq_grow(&dataset->samples, &dataset->capacity, dataset->n, sizeof *dataset->samples,
                   "a list of images"));
    rq_sample sample = {.bytes = bytes, .label = RQ_UNLABELLED};
    if (name[0] == '/' || strcmp(dataset->root, ".") == 0) {
        sample.path = sample.name = rq_arena_strdup(dataset->arena, name);
    } else {
        sample.path = rq_arena_printf(dataset->arena, "%s/%s", dataset->root, name);
        if (sample.path) sample.name = sample.path + strlen(dataset->root) + 1;
    }
    if (!sample.path) return RQ_ENOMEM;
    dataset->samples[dataset->n++] = sample;
    return RQ_OK;
}

rq_status rq_dataset_set_root(rq_dataset *dataset, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') length--;
    dataset->root = rq_arena_strndup(dataset->arena, folder, length);
    return dataset->root ? RQ_OK : RQ_ENOMEM;
}

rq_status rq_dataset_add_file(rq_dataset *dataset, const char *name, const char *where)
{
    RQ_TRY(rq_dataset_add(dataset, name, 0));
    rq_sample *sample = &dataset->samples[dataset->n - 1];
    if (!rq_is_file(sample->path))
        return rq_fail(RQ_EFORMAT, "%s: no image '%s'", where, sample->path);
    return rq_file_size(&sample->bytes, sample->path);
}

int rq_by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rq_sample *)a)->name, ((const rq_sample *)b)->name);
}

void rq_dataset_sort(rq_dataset *dataset)
{
    if (dataset->n) qsort(dataset->samples, dataset->n, sizeof *dataset->samples, by_name);
}

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
    return rq_fail(RQ_EFORMAT, "%s: no images found (looked for %s)", data,
                   rq_decode_extensions(extensions));
}

static rq_status read_dataset(rq_dataset *dataset, const rq_dataset_options *options)
{
    const rq_dataset_kind *kind = NULL;
    if (!rq_is_generated(options->data) && access(options->data, F_OK) != 0)
        return rq_fail(RQ_EIO, "%s: no such file or folder", options->data);
    RQ_TRY(find_kind(&kind, options));
    RQ_TRY(rq_arena_create(&dataset->arena));
    if (options->split && !kind->has_splits)
        return rq_fail(RQ_EARG, "%s: data of the format %s have no splits", options->data,
                       kind->name);
    if (options->map_classes) RQ_TRY(rq_class_map_parse(&dataset->class_map, options->map_classes));
    RQ_TRY(kind->read(dataset, options->data, options->split));
    if (dataset->n == 0) return fail_empty(options->data);
    return options->labels ? rq_dataset_apply_labels(dataset, options->labels) : RQ_OK;
}

bool rq_dataset_is_tensors(const rq_dataset_options *options)
{
    const rq_dataset_kind *kind = NULL;
    return find_kind(&kind, options) == RQ_OK && kind == &rq_dataset_tensors;
}

rq_status rq_dataset_open(rq_dataset **out, const rq_dataset_options *options)
{
    rq_dataset *dataset;
    RQ_TRY(rq_calloc(&dataset, 1, sizeof *dataset, "a data set"));
    rq_status status = read_dataset(dataset, options);
    if (status != RQ_OK) rq_dataset_close(&dataset);
    *out = dataset;
    return status;
}

rq_status rq_dataset_copy(rq_dataset **out, const rq_dataset *of)
{
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a data set"));
    **out = *of;
    (*out)->arena = NULL;
    (*out)->samples = NULL;
    (*out)->capacity = of->n;
    rq_status status = rq_calloc(&(*out)->samples, of->n, sizeof *of->samples, "a list of images");
    if (status == RQ_OK)
        memcpy((*out)->samples, of->samples, of->n * sizeof *of->samples);
    else
        rq_dataset_close(out);
    return status;
}

void rq_dataset_close(rq_dataset **dataset)
{
    if (!dataset || !*dataset) return;
    free((*dataset)->samples);
    rq_arena_destroy(&(*dataset)->arena);
    free(*dataset);
    *dataset = NULL;
}

rq_status rq_dataset_digest(const rq_dataset *dataset, char digest[RQ_DIGEST_TEXT])
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    for (size_t i = 0; i < dataset->n; i++) {
        uint8_t bytes[8];
        for (int b = 0; b < 8; b++) bytes[b] = (uint8_t)(dataset->samples[i].bytes >> (8 * b));
        rq_hasher_text(hasher, dataset->samples[i].name);
        rq_hasher_update(hasher, bytes, sizeof bytes);
    }
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}
