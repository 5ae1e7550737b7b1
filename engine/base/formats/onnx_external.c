#include "engine/base/formats/onnx_external.h"

#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *entry_of(const Onnx__Tensor *tensor, const char *key)
{
    for (size_t i = 0; i < tensor->n_external_data; i++) {
        const Onnx__StringEntry *entry = tensor->external_data[i];
        if (entry->key && entry->value && !strcmp(entry->key, key)) return entry->value;
    }
    return NULL;
}

/* -- which files ------------------------------------------------------------------------------ */

static bool stays_inside(const char *location)
{
    if (location[0] == '/' || location[0] == '\0') return false;
    for (const char *part = location; part; part = strchr(part, '/')) {
        if (*part == '/') part++;
        if (!strncmp(part, "..", 2) && (part[2] == '/' || part[2] == '\0')) return false;
    }
    return true;
}

/* `inside` and `folder` are as realpath gives them. */
static bool is_below(const char *inside, const char *folder)
{
    size_t n = folder ? strlen(folder) : 0;
    return n && !strncmp(inside, folder, n) && (n == 1 || inside[n] == '/');
}

/* Links may lead to where the folder or the model itself really lie (caches link both). */
static rq_status check_links(const char *path, const char *dir, const char *model)
{
    char *real = realpath(path, NULL);
    if (!real) return rq_fail(RQ_EIO, "%s: cannot open: %s", path, strerror(errno));
    char *folder = realpath(dir, NULL), *linked = realpath(model, NULL),
         *beside = linked ? rq_path_dir(linked) : NULL;
    bool good = is_below(real, folder) || is_below(real, beside);
    free(real);
    free(folder);
    free(linked);
    free(beside);
    return good ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: leads outside the folder of %s", path, model);
}

/* Takes the path. */
static rq_status open_path(const rq_mapping **out, rq_onnx_external *e, const char *dir, char *path)
{
    rq_status status = RQ_OK;
    for (size_t i = 0; i < e->n && !*out; i++)
        if (!strcmp(e->files[i].path, path)) *out = &e->files[i].mapping;
    if (!*out) {
        status = rq_grow(&e->files, &e->capacity, e->n, sizeof *e->files, "external data");
        if (status == RQ_OK) status = check_links(path, dir, e->model);
        if (status == RQ_OK) status = rq_map_file(&e->files[e->n].mapping, path);
        if (status == RQ_OK) {
            e->files[e->n].path = path;
            *out = &e->files[e->n++].mapping;
            return RQ_OK;
        }
    }
    free(path);
    return status;
}

static rq_status open_file(const rq_mapping **out, rq_onnx_external *e, const char *location)
{
    char *dir = rq_path_dir(e->model), *path = dir ? rq_path_join(dir, location) : NULL;
    *out = NULL;
    rq_status status = path ? open_path(out, e, dir, path) : RQ_ENOMEM;
    free(dir);
    return status;
}

/* -- which bytes ------------------------------------------------------------------------------ */

static bool number_of(int64_t *out, const Onnx__Tensor *tensor, const char *key)
{
    const char *text = entry_of(tensor, key);
    return !text || (rq_parse_i64(text, out) && *out >= 0);
}

static rq_status find(const uint8_t **out, size_t *size, rq_onnx_external *e,
                      const Onnx__Tensor *tensor, size_t bytes)
{
    const char *location = entry_of(tensor, "location");
    const rq_mapping *file;
    int64_t offset = 0, length = -1;
    if (!location || !stays_inside(location))
        return rq_fail(RQ_EFORMAT, "its data is in '%s', expected a file beside the model",
                       location ? location : "");
    if (!number_of(&offset, tensor, "offset") || !number_of(&length, tensor, "length"))
        return rq_fail(RQ_EFORMAT, "offset or length of its data is no number");
    RQ_TRY(open_file(&file, e, location));
    if (length >= 0 && bytes != RQ_ONNX_EXTERNAL_ALL && (uint64_t)length != bytes)
        return rq_fail(RQ_EFORMAT, "%" PRId64 " bytes, its type and shape need %zu", length, bytes);
    size_t rest = (uint64_t)offset <= file->size ? file->size - (size_t)offset : 0;
    uint64_t want = length >= 0 ? (uint64_t)length : bytes;
    if (want == RQ_ONNX_EXTERNAL_ALL) want = rest;
    if ((uint64_t)offset > file->size || want > rest)
        return rq_fail(RQ_EFORMAT, "%" PRIu64 " bytes at %" PRId64 " of '%s', which has %zu bytes",
                       want, offset, location, file->size);
    *size = (size_t)want;
    *out = *size ? file->data + offset : NULL;
    return RQ_OK;
}

rq_status rq_onnx_external_find(const uint8_t **out, size_t *size, rq_onnx_external *external,
                                const Onnx__Tensor *tensor, const char *what, size_t bytes)
{
    rq_status status = find(out, size, external, tensor, bytes);
    return status == RQ_OK ? RQ_OK
                           : rq_fail_prefix(status, "%s: tensor '%s'", external->model, what);
}

void rq_onnx_external_close(rq_onnx_external *e)
{
    for (size_t i = 0; i < e->n; i++) {
        rq_unmap_file(&e->files[i].mapping);
        free(e->files[i].path);
    }
    free(e->files);
    *e = (rq_onnx_external){0};
}
