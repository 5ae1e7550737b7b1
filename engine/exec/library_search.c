#include "engine/exec/library_search.h"

#include "engine/base/file.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A wheel's file carries the version in its name: libopenvino_c.so.2641. */
static void *open_beginning(const char *folder, const char *beginning)
{
    void *handle = NULL;
    DIR *dir = opendir(folder);
    for (struct dirent *e = NULL; dir && !handle && (e = readdir(dir));) {
        if (!rq_starts_with(e->d_name, beginning)) continue;
        char *path = rq_path_join(folder, e->d_name);
        if (path) handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        free(path);
    }
    if (dir) closedir(dir);
    return handle;
}

static void *open_in_folder(const rq_library_place *place, const char *folder)
{
    if (place->first && !open_beginning(folder, place->first)) return NULL;
    return open_beginning(folder, place->file);
}

/* A file's neighbours are loaded before it. */
static void *open_path(const rq_library_place *place, const char *path)
{
    if (rq_is_dir(path)) return open_in_folder(place, path);
    char *folder = place->first ? rq_path_dir(path) : NULL;
    if (folder) open_beginning(folder, place->first);
    free(folder);
    if (strchr(path, '/') && !rq_is_file(path)) return NULL; /* a FIFO would be waited for */
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/* Folders that no option names are absolute: the current one may be somebody else's archive. */
static bool is_absolute(const char *path)
{
    return path[0] == '/';
}

static void *open_from_environment(const rq_library_place *place)
{
    const char *list = place->variable ? getenv(place->variable) : NULL;
    char *copy = list ? strdup(list) : NULL, *rest = NULL;
    void *handle = NULL;
    for (char *p = copy ? strtok_r(copy, ":", &rest) : NULL; p && !handle;
         p = strtok_r(NULL, ":", &rest))
        if (is_absolute(p)) handle = open_path(place, p);
    free(copy);
    return handle;
}

/* pip puts the library into the package's folder. -I keeps python3 from
 * importing what lies in the current folder; what `pip install --user` brought is looked at all the
 * same. */
static void *open_from_python(const rq_library_place *place)
{
    char folder[4096], command[1024];
    snprintf(command, sizeof command,
             "python3 -I -c 'import importlib.util as u, os, site, sys\n"
             "if sys.prefix == sys.base_prefix: sys.path.append(site.getusersitepackages())\n"
             "s = u.find_spec(\"%s\")\n"
             "print(os.path.join(s.submodule_search_locations[0], \"%s\"))' 2>/dev/null",
             place->module, place->folder);
    FILE *pipe = popen(command, "r");
    bool found = pipe && fgets(folder, sizeof folder, pipe);
    if (pipe) pclose(pipe);
    if (!found || !is_absolute(folder)) return NULL;
    folder[strcspn(folder, "\n")] = '\0';
    return open_in_folder(place, folder);
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
static void *open_from_loader(const rq_library_place *place)
{
    const char *list = getenv("LD_LIBRARY_PATH");
    if (list && *list && !all_absolute(list)) return NULL;
    return dlopen(place->file, RTLD_NOW | RTLD_LOCAL);
}

void *rq_library_search(const rq_library_place *place, const char *path)
{
    if (path) return open_path(place, path);
    void *handle = open_from_environment(place);
    if (!handle) handle = open_from_python(place);
    return handle ? handle : open_from_loader(place);
}

const char *rq_library_find_symbols(void *handle, const rq_library_symbol *symbols, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        void *symbol = dlsym(handle, symbols[i].name);
        if (!symbol) return symbols[i].name;
        memcpy(symbols[i].slot, &symbol, sizeof symbol);
    }
    return NULL;
}
