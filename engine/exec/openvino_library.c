#include "engine/exec/openvino_library.h"

#include "engine/exec/library_search.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libopenvino_c.so"
#define PLACE "Exception from " /* begins what names a place in its sources, to the line's end */

/* One for each path that was asked for: loaded once, and never unloaded, as OpenVINO leaves threads
 * behind. */
typedef struct library library;
struct library {
    library *next;
    char *path; /* the user's; NULL: none */
    rq_openvino api;
    bool loaded;
    char why[512];
};

static library *libraries; /* under the mutex */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const rq_library_place place = {
    .file = LIBRARY, .variable = "OPENVINO_LIB_PATHS", .module = "openvino", .folder = "libs"};

/* -- its functions -------------------------------------------------------------------------- */

static void find_optional(void *slot, void *handle, const char *name)
{
    void *symbol = dlsym(handle, name);
    memcpy(slot, &symbol, sizeof symbol);
}

static bool find_symbols(library *l, void *handle)
{
    const rq_library_symbol symbols[] = {
        {"ov_get_openvino_version", &l->api.get_version},
        {"ov_version_free", &l->api.version_free},
        {"ov_core_create", &l->api.core_create},
        {"ov_core_free", &l->api.core_free},
        {"ov_core_compile_model_from_file", &l->api.compile_file},
        {"ov_compiled_model_free", &l->api.compiled_free},
        {"ov_compiled_model_create_infer_request", &l->api.create_request},
        {"ov_infer_request_free", &l->api.request_free},
        {"ov_infer_request_get_input_tensor_by_index", &l->api.get_input},
        {"ov_infer_request_get_output_tensor_by_index", &l->api.get_output},
        {"ov_infer_request_infer", &l->api.infer},
        {"ov_tensor_data", &l->api.tensor_data},
        {"ov_tensor_get_byte_size", &l->api.tensor_bytes},
        {"ov_tensor_get_shape", &l->api.tensor_shape},
        {"ov_shape_free", &l->api.shape_free},
        {"ov_tensor_free", &l->api.tensor_free},
    };
    const char *lacking =
        rq_library_find_symbols(handle, symbols, sizeof symbols / sizeof *symbols);
    if (lacking) {
        snprintf(l->why, sizeof l->why, "its library lacks %s", lacking);
        return false;
    }
    find_optional(&l->api.last_error, handle, "ov_get_last_err_msg");
    find_optional(&l->api.add_extension, handle, "ov_core_add_extension");
    find_optional(&l->api.get_profile, handle, "ov_infer_request_get_profiling_info");
    find_optional(&l->api.profile_free, handle, "ov_profiling_info_list_free");
    find_optional(&l->api.core_property, handle, "ov_core_get_property");
    find_optional(&l->api.text_free, handle, "ov_free");
    return true;
}

static void load(library *l)
{
    void *handle = rq_library_search(&place, l->path);
    if (!handle) {
        const char *reason = l->path ? dlerror() : NULL;
        snprintf(l->why, sizeof l->why,
                 "OpenVINO's C library was not found%s%s; "
                 "`python3 -m venv ~/ov && ~/ov/bin/pip install openvino` brings it, "
                 "--openvino ~/ov/lib/python3*/site-packages/openvino/libs names it",
                 reason ? ": " : "", reason ? reason : "");
        return;
    }
    if (!find_symbols(l, handle)) return;
    ov_version version = {0};
    if (l->api.get_version(&version) == 0) {
        snprintf(l->api.version, sizeof l->api.version, "OpenVINO %.*s",
                 (int)strcspn(version.build, "-"), version.build);
        l->api.version_free(&version);
    }
    l->loaded = true;
}

static bool is_of(const library *l, const char *path)
{
    return l->path && path ? !strcmp(l->path, path) : l->path == path;
}

/* With the mutex held. NULL: there is no memory. */
static const library *find(const char *path)
{
    for (const library *l = libraries; l; l = l->next)
        if (is_of(l, path)) return l;
    library *l = calloc(1, sizeof *l);
    if (!l || (path && !(l->path = strdup(path)))) {
        free(l);
        return NULL;
    }
    load(l);
    l->next = libraries;
    libraries = l;
    return l;
}

const rq_openvino *rq_openvino_get(const char **why, const char *path)
{
    pthread_mutex_lock(&mutex);
    const library *l = find(path);
    pthread_mutex_unlock(&mutex);
    *why = l ? l->why : "there is no memory for OpenVINO's library";
    if (!l || !l->loaded) return NULL;
    *why = NULL;
    return &l->api;
}

void rq_openvino_reason(rq_buf *out, const char *message)
{
    for (const char *line = message, *end; line && *line; line = *end ? end + 1 : end) {
        size_t length = strcspn(line, "\n");
        const char *from = strstr(line, PLACE);
        end = line + length;
        if (from && from < end) length = (size_t)(from - line);
        while (length && line[length - 1] == ' ') length--;
        if (length && out->length) rq_buf_append(out, " ");
        rq_buf_append_n(out, line, length);
    }
}
