#include "datasets/config.h"

#include "engine/base/choice.h"
#include "engine/base/file.h"
#include "engine/base/own_folder.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".yaml"
enum { MAX_NAMES = 64, FOLDERS = 2, MAX_FILE = 1 << 20 };

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

/* The program was moved without them. */
static rq_status fail_without_any(const char *name, const char *const *folders, int n)
{
    rq_buf places = {0};
    for (int i = 0; i < n; i++)
        if (folders[i]) rq_buf_printf(&places, "%s%s", places.length ? ", " : "", folders[i]);
    rq_status status = rq_fail(RQ_EARG,
                               "no configuration '%s': not a file, and those that ship with "
                               "requant are in none of %s",
                               name, places.failed ? "its folders" : places.data);
    rq_buf_free(&places);
    return status;
}

static rq_status fail_missing(const char *name, const char *const *folders, int n)
{
    names all = {.n = 0};
    for (int i = 0; i < n; i++)
        if (folders[i]) list_folder(&all, folders[i]);
    rq_status status = all.n ? fail_listing(name, &all) : fail_without_any(name, folders, n);
    for (size_t i = 0; i < all.n; i++) free(all.text[i]);
    return status;
}

static rq_status take_file(char **out, const char *name)
{
    if (!rq_is_file(name)) return RQ_OK;
    *out = strdup(name);
    return *out ? RQ_OK : rq_fail_memory(strlen(name), "a path");
}

static void take_shipped(char **out, const char *name, const char *const *folders, int n)
{
    for (int i = 0; i < n && !*out && !strchr(name, '/'); i++)
        if (folders[i]) *out = look_in(folders[i], name);
}

rq_status rq_config_find_in(char **out, const char *name, const char *const *folders, int n)
{
    *out = NULL;
    if (!strpbrk(name, "/.")) take_shipped(out, name, folders, n);
    if (!*out) RQ_TRY(take_file(out, name));
    if (!*out) take_shipped(out, name, folders, n);
    return *out ? RQ_OK : fail_missing(name, folders, n);
}

/* The folders of an installation; NULL where they are not known. */
static void find_folders(char *folders[FOLDERS])
{
    static const char *const places[FOLDERS] = {RQ_CONFIG_IN_INSTALLATION, RQ_CONFIG_IN_MULTIARCH};
    char *here = rq_own_folder();
    for (int i = 0; i < FOLDERS; i++) folders[i] = here ? rq_path_join(here, places[i]) : NULL;
    free(here);
}

rq_status rq_config_find(char **out, const char *name)
{
    char *folders[FOLDERS];
    find_folders(folders);
    rq_status status = rq_config_find_in(out, name, (const char *const *)folders, FOLDERS);
    for (int i = 0; i < FOLDERS; i++) free(folders[i]);
    return status;
}

/* -- listing -------------------------------------------------------------------------------- */

static bool is_sentence_end(const char *text)
{
    return *text == '.' && (text[1] == ' ' || text[1] == '\n' || text[1] == '\0');
}

/* The first sentence of the comment that the file begins with, without its full stop. */
static char *read_about(const char *path, rq_arena *arena)
{
    char *text, *to;
    size_t size;
    if (rq_read_file(&text, &size, path, MAX_FILE) != RQ_OK) return rq_arena_strdup(arena, "");
    to = text;
    for (const char *from = text; *from == '#';) {
        from += 1 + strspn(from + 1, " ");
        while (*from && *from != '\n' && !is_sentence_end(from)) *to++ = *from++;
        if (*from != '\n') break;
        *to++ = ' ';
        from++;
    }
    char *about = rq_arena_strndup(arena, text, (size_t)(to - text));
    free(text);
    return about;
}

static rq_status describe(rq_config *out, const char *folder, const char *name, rq_arena *arena)
{
    char *path = look_in(folder, name);
    *out = (rq_config){rq_arena_strdup(arena, name), path ? read_about(path, arena) : ""};
    free(path);
    return out->name && out->about ? RQ_OK : RQ_ENOMEM;
}

static rq_status list_configs(rq_config **out, size_t *n, const char *folder, rq_arena *arena)
{
    names all = {.n = 0};
    list_folder(&all, folder);
    if (all.n) qsort(all.text, all.n, sizeof *all.text, by_text);
    *out = rq_arena_alloc(arena, all.n, sizeof **out);
    rq_status status = *out ? RQ_OK : RQ_ENOMEM;
    for (size_t i = 0; i < all.n; i++) {
        if (status == RQ_OK) status = describe(&(*out)[i], folder, all.text[i], arena);
        free(all.text[i]);
    }
    *n = all.n;
    return status;
}

rq_status rq_config_list(rq_config **out, size_t *n, rq_arena *arena)
{
    char *folders[FOLDERS];
    rq_status status = RQ_OK;
    find_folders(folders);
    *out = NULL;
    *n = 0;
    for (int i = 0; i < FOLDERS; i++) {
        if (status == RQ_OK && *n == 0 && folders[i])
            status = list_configs(out, n, folders[i], arena);
        free(folders[i]);
    }
    return status;
}
