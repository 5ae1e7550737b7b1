#include "engine/import/model_folder.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/import/import.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MODELS 8 /* that are named */

typedef struct found_models {
    const char *names[MAX_MODELS];
    size_t n; /* perhaps more than have a name here */
} found_models;

static bool is_model_name(const char *name)
{
    static const char *const suffixes[] = {".xml",  ".onnx",   ".pb",   ".caffemodel",
                                           ".meta", ".tflite", ".keras"};
    for (size_t i = 0; name[0] != '.' && i < sizeof suffixes / sizeof *suffixes; i++)
        if (rq_ends_with(name, suffixes[i])) return true;
    return false;
}

/* An .xml may also be annotations or settings: an IR has its weights beside it. */
static bool is_model(const char *folder, const char *name)
{
    if (!is_model_name(name)) return false;
    if (!rq_ends_with(name, ".xml")) return true;
    char *path = rq_path_join(folder, name);
    char *weights = path ? rq_path_with_suffix(path, ".xml", ".bin") : NULL;
    bool is = weights && rq_is_file(weights);
    free(path);
    free(weights);
    return is;
}

static rq_status list_models(found_models *out, const char *folder, rq_arena *arena)
{
    DIR *dir = opendir(folder);
    if (!dir) return rq_fail(RQ_EIO, "%s: %s", folder, strerror(errno));
    rq_status status = RQ_OK;
    for (struct dirent *e; status == RQ_OK && (e = readdir(dir));) {
        if (!is_model(folder, e->d_name)) continue;
        if (out->n < MAX_MODELS && !(out->names[out->n] = rq_arena_strdup(arena, e->d_name)))
            status = RQ_ENOMEM;
        out->n++;
    }
    closedir(dir);
    qsort(out->names, out->n < MAX_MODELS ? out->n : MAX_MODELS, sizeof *out->names, rq_by_text);
    return status;
}

static rq_status refuse_several(const char *folder, const found_models *found)
{
    rq_buf names = {0};
    size_t named = found->n < MAX_MODELS ? found->n : MAX_MODELS;
    for (size_t i = 0; i < named; i++)
        rq_buf_printf(&names, "%s%s", i ? ", " : "", found->names[i]);
    rq_status status =
        rq_fail(RQ_EARG, "%s: holds %zu models, name one of them: %s%s", folder, found->n,
                names.data ? names.data : "", named < found->n ? ", ..." : "");
    rq_buf_free(&names);
    return status;
}

rq_status rq_import_find_model(const char **out, const char *path, rq_arena *arena)
{
    found_models found = {0};
    *out = path;
    if (!rq_is_dir(path) || rq_import_kind(&(rq_import_files){.model = path})) return RQ_OK;
    RQ_TRY(list_models(&found, path, arena));
    if (found.n > 1) return refuse_several(path, &found);
    if (found.n == 0)
        return rq_fail(RQ_EFORMAT,
                       "%s: a folder without a model (.xml with .bin, .onnx, .pb, .caffemodel, "
                       ".meta, .tflite)",
                       path);
    char *joined = rq_path_join(path, found.names[0]);
    *out = joined ? rq_arena_strdup(arena, joined) : NULL;
    free(joined);
    return *out ? RQ_OK : rq_fail_memory(0, "a file name");
}

rq_status rq_import_refuse_other(const char *path)
{
    bool own = rq_ends_with(path, ".xml") || rq_ends_with(path, ".json");
    const char *kind = own ? NULL : rq_import_kind(&(rq_import_files){.model = path});
    return kind ? rq_fail(RQ_EARG,
                          "%s: a model of %s, expected an IR (.xml); `requant import %s -o ir` "
                          "makes one",
                          path, kind, path)
                : RQ_OK;
}
