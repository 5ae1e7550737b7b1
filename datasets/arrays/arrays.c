#include "datasets/arrays/arrays.h"

#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *extensions;
    rq_arrays_probe_fn *probe;
    rq_arrays_read_fn *read;
} formats[] = {
#define RQ_ARRAY_FORMAT(name, extensions) {extensions, rq_##name##_probe, rq_##name##_arrays},
#include "datasets/arrays/array_formats.def"
#undef RQ_ARRAY_FORMAT
};
enum { N_FORMATS = sizeof formats / sizeof formats[0], HEAD = 16 /* bytes that tell */ };

static rq_status read_file(rq_arrays *out, const char *path)
{
    uint8_t head[HEAD];
    size_t n;
    RQ_TRY(rq_read_head(head, &n, sizeof head, path));
    for (size_t i = 0; i < N_FORMATS; i++)
        if (formats[i].probe(head, n)) return formats[i].read(out, path);
    return rq_fail(RQ_EFORMAT, "%s: not a file of tensors by its first bytes; expected one of"
#define RQ_ARRAY_FORMAT(name, extensions) " " extensions
#include "datasets/arrays/array_formats.def"
#undef RQ_ARRAY_FORMAT
                   ,
                   path);
}

rq_status rq_arrays_read(rq_arrays *out, const char *path)
{
    *out = (rq_arrays){0};
    rq_status status = rq_calloc(&out->names, RQ_MAX_ARRAYS, sizeof *out->names, "arrays");
    if (status == RQ_OK)
        status = rq_calloc(&out->arrays, RQ_MAX_ARRAYS, sizeof *out->arrays, "arrays");
    if (status == RQ_OK) status = read_file(out, path);
    if (status != RQ_OK) rq_arrays_free(out);
    return status;
}

rq_status rq_arrays_count_bytes(size_t *total, size_t more, size_t file_size, const char *path)
{
    char file[RQ_SIZE_TEXT], most[RQ_SIZE_TEXT];
    size_t limit = file_size + RQ_MAX_UNPACKED;
    if (more <= limit && *total <= limit - more) {
        *total += more;
        return RQ_OK;
    }
    return rq_fail(RQ_EFORMAT,
                   "%s: its arrays have more than %s in a file of %s; expected several "
                   "files, or arrays that are not compressed",
                   path, rq_size_text(limit, most), rq_size_text(file_size, file));
}

void rq_arrays_free(rq_arrays *arrays)
{
    for (size_t i = 0; i < arrays->n; i++) {
        free(arrays->names[i]);
        free(arrays->arrays[i].data);
    }
    free(arrays->names);
    free(arrays->arrays);
    *arrays = (rq_arrays){0};
}

bool rq_arrays_is_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    size_t length = dot ? strlen(dot) : 0;
    for (size_t i = 0; dot && i < N_FORMATS; i++)
        for (const char *at = formats[i].extensions; (at = strstr(at, dot)); at += length)
            if (at[length] == ' ' || at[length] == '\0') return true;
    return false;
}
