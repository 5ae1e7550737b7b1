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

/* -- finding it ----------------------------------------------------------------------------- */

/* A wheel's file carries the version in its name: libopenvino_c.so.2641. */
static void *open_in_folder(const char *folder)
{
    void *handle = NULL;
    DIR *dir = opendir(folder);
    for (struct dirent *e = NULL; dir && !handle && (e = readdir(dir));) {
        if (!rq_starts_with(e->d_name, LIBRARY)) continue;
        char *path = rq_path_join(folder, e->d_name);
        if (path) handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        free(path);
    }
    if (dir) closedir(dir);
    return handle;
}

static void *open_path(const char *path)
{
    return rq_is_dir(path) ? open_in_folder(path) : dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* Folders that no option names are absolute: the current one may be somebody else's archive. */
static bool is_absolute(const char *path)
{
    return path[0] == '/';
}

static void *open_from_environment(void)
{
    const char *list = getenv("OPENVINO_LIB_PATHS");
    char *copy = list ? strdup(list) : NULL, *rest = NULL;
    void *handle = NULL;
    for (char *p = copy ? strtok_r(copy, ":", &rest) : NULL; p && !handle;
         p = strtok_r(NULL, ":", &rest))
        if (is_absolute(p)) handle = open_path(p);
    free(copy);
    return handle;
}

/* pip puts the library into the package's libs folder. -I keeps python3 from
 * importing what lies in the current folder; what `pip install --user` brought is looked at all the
 * same. */
static void *open_from_python(void)
{
    char folder[4096];
    FILE *pipe =
        popen("python3 -I -c 'import importlib.util as u, os, site, sys\n"
              "if sys.prefix == sys.base_prefix: sys.path.append(site.getusersitepackages())\n"
              "s = u.find_spec(\"openvino\")\n"
              "print(os.path.join(s.submodule_search_locations[0], \"libs\"))' 2>/dev/null",
              "r");
    bool found = pipe && fgets(folder, sizeof folder, pipe);
    if (pipe) pclose(pipe);
    if (!found || !is_absolute(folder)) return NULL;
    folder[strcspn(folder, "\n")] = '\0';
    return open_in_folder(folder);
}

static bool all_absolute(const char *list)
{
    while (is_absolute(list)) {
        list += strcspn(list, ":;");
        if (!*list++) return true;
    }
    return false;
}

/* Where the loader looks. An empty part of LD_LIBRARY_PATH is the current folder. */
static void *open_from_loader(void)
{
    const char *list = getenv("LD_LIBRARY_PATH");
    if (list && *list && !all_absolute(list)) return NULL;
    return dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
}

static void *find_library(const char *path)
{
    if (path) return open_path(path);
    void *handle = open_from_environment();
    if (!handle) handle = open_from_python();
    return handle ? handle : open_from_loader();
}

/* -- its functions -------------------------------------------------------------------------- */

static void find_optional(void *slot, void *handle, const char *name)
{
    void *symbol = dlsym(handle, name);
    memcpy(slot, &symbol, sizeof symbol);
}

static bool find_symbols(library *l, void *handle)
{
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
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
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (!symbol) {
            snprintf(l->why, sizeof l->why, "its library lacks %s", symbols[i].name);
            return false;
        }
        memcpy(symbols[i].slot, &symbol, sizeof symbol);
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
    void *handle = find_library(l->path);
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
