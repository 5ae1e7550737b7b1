#include "datasets/config.h"

#include "engine/base/choice.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".yaml"
enum { MAX_NAMES = 64, FOLDERS = 2 };

static char *program_folder(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0) return NULL;
    path[n] = '\0';
    return rq_path_dir(path);
}

/* folder/name or folder/name.yaml, when there is such a file; NULL otherwise. */
static char *look_in(const char *folder, const char *name)
{
    rq_buf file = {0};
    rq_buf_printf(&file, "%s%s", name, rq_ends_with(name, SUFFIX) ? "" : SUFFIX);
    char *path = file.data ? rq_path_join(folder, file.data) : NULL;
    rq_buf_free(&file);
    if (path && rq_is_file(path)) return path;
    free(path);
    return NULL;
}

typedef struct names {
    char *text[MAX_NAMES];
    size_t n;
} names;

static void list_folder(names *all, const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) return;
    for (struct dirent *entry; all->n < MAX_NAMES && (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || !rq_ends_with(entry->d_name, SUFFIX)) continue;
        char *name = strndup(entry->d_name, length - strlen(SUFFIX));
        if (name) all->text[all->n++] = name;
    }
    closedir(dir);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static rq_status fail_listing(const char *name, names *all)
{
    if (all->n) qsort(all->text, all->n, sizeof *all->text, by_text);
    return rq_choice_fail(RQ_EARG, name, (const char *const *)all->text, all->n,
                          "no configuration '%s': neither a file nor one that ships with requant",
                          name);
}

static rq_status fail_missing(const char *name, const char *const *folders, int n)
{
    names all = {.n = 0};
    for (int i = 0; i < n; i++)
        if (folders[i]) list_folder(&all, folders[i]);
    rq_status status = fail_listing(name, &all);
    for (size_t i = 0; i < all.n; i++) free(all.text[i]);
    return status;
}

rq_status rq_config_find_in(char **out, const char *name, const char *const *folders, int n)
{
    *out = NULL;
    if (rq_is_file(name)) {
        *out = strdup(name);
        return *out ? RQ_OK : rq_fail_memory(strlen(name), "a path");
    }
    for (int i = 0; i < n && !*out && !strchr(name, '/'); i++)
        if (folders[i]) *out = look_in(folders[i], name);
    return *out ? RQ_OK : fail_missing(name, folders, n);
}

rq_status rq_config_find(char **out, const char *name)
{
    char *here = program_folder();
    char *source = here ? rq_path_join(here, RQ_CONFIG_IN_SOURCE) : NULL;
    char *installed = here ? rq_path_join(here, RQ_CONFIG_IN_INSTALLATION) : NULL;
    const char *folders[FOLDERS] = {source, installed};
    rq_status status = rq_config_find_in(out, name, folders, FOLDERS);
    free(here);
    free(source);
    free(installed);
    return status;
}
