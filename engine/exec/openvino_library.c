#include "engine/exec/openvino_library.h"

#include "engine/base/file.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libopenvino_c.so"

static struct {
    pthread_once_t once;
    const char *path; /* the user's */
    rq_openvino api;
    bool loaded;
    char why[512];
} state = {.once = PTHREAD_ONCE_INIT};

void rq_openvino_set_path(const char *path)
{
    state.path = path;
}

/* -- finding it ----------------------------------------------------------------------------- */

/* A wheel's file carries the version in its name: libopenvino_c.so.2641. */
static void *open_in_folder(const char *folder)
{
    void *library = NULL;
    DIR *dir = opendir(folder);
    for (struct dirent *e = NULL; dir && !library && (e = readdir(dir));) {
        if (!rq_starts_with(e->d_name, LIBRARY)) continue;
        char *path = rq_path_join(folder, e->d_name);
        if (path) library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        free(path);
    }
    if (dir) closedir(dir);
    return library;
}

static void *open_path(const char *path)
{
    return rq_is_dir(path) ? open_in_folder(path) : dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void *open_from_environment(void)
{
    const char *list = getenv("OPENVINO_LIB_PATHS");
    char *copy = list ? strdup(list) : NULL, *rest = NULL;
    void *library = NULL;
    for (char *p = copy ? strtok_r(copy, ":", &rest) : NULL; p && !library;
         p = strtok_r(NULL, ":", &rest))
        library = open_path(p);
    free(copy);
    return library;
}

/* `pip install openvino` puts the library into the package's libs folder. */
static void *open_from_python(void)
{
    char folder[4096];
    FILE *pipe =
        popen("python3 -c 'import importlib.util as u, os; s = u.find_spec(\"openvino\"); "
              "print(os.path.join(s.submodule_search_locations[0], \"libs\"))' 2>/dev/null",
              "r");
    bool found = pipe && fgets(folder, sizeof folder, pipe);
    if (pipe) pclose(pipe);
    if (!found) return NULL;
    folder[strcspn(folder, "\n")] = '\0';
    return open_in_folder(folder);
}

static void *find_library(void)
{
    if (state.path) return open_path(state.path);
    void *library = open_from_environment();
    if (!library) library = open_from_python();
    return library ? library : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
}

/* -- its functions -------------------------------------------------------------------------- */

static bool find_symbols(void *library)
{
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
        {"ov_get_openvino_version", &state.api.get_version},
        {"ov_version_free", &state.api.version_free},
        {"ov_core_create", &state.api.core_create},
        {"ov_core_free", &state.api.core_free},
        {"ov_core_compile_model_from_file", &state.api.compile_file},
        {"ov_compiled_model_free", &state.api.compiled_free},
        {"ov_compiled_model_create_infer_request", &state.api.create_request},
        {"ov_infer_request_free", &state.api.request_free},
        {"ov_infer_request_get_input_tensor_by_index", &state.api.get_input},
        {"ov_infer_request_get_output_tensor_by_index", &state.api.get_output},
        {"ov_infer_request_infer", &state.api.infer},
        {"ov_tensor_data", &state.api.tensor_data},
        {"ov_tensor_get_byte_size", &state.api.tensor_bytes},
        {"ov_tensor_get_shape", &state.api.tensor_shape},
        {"ov_shape_free", &state.api.shape_free},
        {"ov_tensor_free", &state.api.tensor_free},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            snprintf(state.why, sizeof state.why, "its library lacks %s", symbols[i].name);
            return false;
        }
        memcpy(symbols[i].slot, &symbol, sizeof symbol);
    }
    void *last_error = dlsym(library, "ov_get_last_err_msg");
    memcpy(&state.api.last_error, &last_error, sizeof last_error);
    return true;
}

static void load(void)
{
    void *library = find_library();
    if (!library) {
        const char *reason = state.path ? dlerror() : NULL;
        snprintf(state.why, sizeof state.why,
                 "OpenVINO's C library was not found%s%s; "
                 "`pip install openvino` brings it, --openvino PATH or OPENVINO_LIB_PATHS names it",
                 reason ? ": " : "", reason ? reason : "");
        return;
    }
    if (!find_symbols(library)) return;
    ov_version version = {0};
    if (state.api.get_version(&version) == 0) {
        snprintf(state.api.version, sizeof state.api.version, "OpenVINO %.*s",
                 (int)strcspn(version.build, "-"), version.build);
        state.api.version_free(&version);
    }
    state.loaded = true;
}

const rq_openvino *rq_openvino_get(const char **why)
{
    pthread_once(&state.once, load);
    *why = state.loaded ? NULL : state.why;
    return state.loaded ? &state.api : NULL;
}
