#include "engine/base/staging/staging_journal.h"

#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL "journal.json"
#define FORMAT "requant journal"
#define VERSION 1

typedef struct place {
    const char *dir, *path;
} place;

/* -- paths ----------------------------------------------------------------------------------- */

/* A name of a file in the folder, and nowhere else. */
static bool is_plain(const char *name)
{
    return name && *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static rq_status join(char **out, const char *dir, const char *name)
{
    *out = rq_path_join(dir, name);
    return *out ? RQ_OK : rq_fail_memory(strlen(dir), "a path");
}

bool rq_journal_is_there(const char *path)
{
    char *file = rq_path_join(path, JOURNAL);
    bool there = file && rq_is_file(file);
    free(file);
    return there;
}

/* -- moving ---------------------------------------------------------------------------------- */

static rq_status fail_move(const place *p, const char *target)
{
    int error = errno;
    return rq_fail(RQ_EIO,
                   "%s: cannot be replaced: %s; the new files are in %s, and the next run "
                   "puts them in place",
                   target, strerror(error), p->path);
}

/* What is not in the staging folder has been moved already. */
static rq_status move(const place *p, const char *name)
{
    char *from = NULL, *to = NULL;
    rq_status status = join(&from, p->path, name);
    if (status == RQ_OK) status = join(&to, p->dir, name);
    if (status == RQ_OK && rename(from, to) != 0 && errno != ENOENT) status = fail_move(p, to);
    free(from);
    free(to);
    return status;
}

static rq_status drop(const place *p, const char *name)
{
    char *target;
    RQ_TRY(join(&target, p->dir, name));
    bool is_there = rq_is_file(target);
    rq_status status = is_there && unlink(target) != 0 ? fail_move(p, target) : RQ_OK;
    free(target);
    return status;
}

/* The old first file, unless the new one is in its place. */
static rq_status take_away(const place *p, const char *name)
{
    char *from;
    RQ_TRY(join(&from, p->path, name));
    bool waits = rq_is_file(from);
    free(from);
    return waits ? drop(p, name) : RQ_OK;
}

static const char *name_at(const rq_json *names, size_t i)
{
    return rq_json_as_string(rq_json_at(names, i), NULL);
}

static rq_status move_all(const place *p, const rq_json *files, const rq_json *stale)
{
    RQ_TRY(take_away(p, name_at(files, 0)));
    for (size_t i = 1; i < rq_json_length(files); i++) RQ_TRY(move(p, name_at(files, i)));
    for (size_t i = 0; i < rq_json_length(stale); i++) RQ_TRY(drop(p, name_at(stale, i)));
    RQ_TRY(move(p, name_at(files, 0)));
    rq_flush_folder(p->dir);
    return RQ_OK;
}

/* -- the journal ----------------------------------------------------------------------------- */

static bool are_plain(const rq_json *names)
{
    for (size_t i = 0; i < rq_json_length(names); i++)
        if (!is_plain(name_at(names, i))) return false;
    return true;
}

static bool have_common(const rq_json *files, const rq_json *stale)
{
    for (size_t i = 0; i < rq_json_length(files); i++)
        for (size_t k = 0; k < rq_json_length(stale); k++)
            if (!strcmp(name_at(files, i), name_at(stale, k))) return true;
    return false;
}

static rq_status check(const rq_json *root, const char *file)
{
    const rq_json *files = rq_json_get(root, "files");
    bool ours = !strcmp(rq_json_as_string(rq_json_get(root, "format"), ""), FORMAT) &&
                rq_json_as_integer(rq_json_get(root, "version"), 0) == VERSION;
    const rq_json *stale = rq_json_get(root, "stale");
    ours = ours && are_plain(files) && are_plain(stale) && !have_common(files, stale);
    if (ours && rq_json_length(files)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: is no journal of this requant; remove it if nothing is missing",
                   file);
}

static rq_status finish(const place *p, const char *file)
{
    rq_json *root = NULL;
    RQ_TRY(rq_json_load(&root, file));
    rq_status status = check(root, file);
    if (status == RQ_OK)
        status = move_all(p, rq_json_get(root, "files"), rq_json_get(root, "stale"));
    if (status == RQ_OK && unlink(file) != 0)
        status = rq_fail(RQ_EIO, "%s: cannot be removed: %s", file, strerror(errno));
    rq_json_free(&root);
    return status;
}

rq_status rq_journal_finish(const char *dir, const char *path)
{
    char *file;
    RQ_TRY(join(&file, path, JOURNAL));
    rq_status status = rq_is_file(file) ? finish(&(place){dir, path}, file) : RQ_OK;
    free(file);
    return status;
}

static rq_status check_target(const char *dir, const char *name)
{
    char *target;
    struct stat info;
    RQ_TRY(join(&target, dir, name));
    bool may = lstat(target, &info) != 0 || S_ISREG(info.st_mode) || S_ISLNK(info.st_mode);
    rq_status status =
        may ? RQ_OK : rq_fail(RQ_EIO, "%s: cannot write: is not a regular file", target);
    free(target);
    return status;
}

static rq_json *list_of(const char *const *names, size_t n)
{
    rq_json *list = rq_json_array();
    for (size_t i = 0; i < n; i++) rq_json_push(list, rq_json_string(names[i]));
    return list;
}

rq_status rq_journal_write(const char *dir, const char *path, const char *const *names, size_t n,
                           const char *stale)
{
    char *file;
    for (size_t i = 0; i < n; i++) RQ_TRY(check_target(dir, names[i]));
    if (stale) RQ_TRY(check_target(dir, stale));
    RQ_TRY(join(&file, path, JOURNAL));
    rq_json *root = rq_json_object();
    rq_json_set(root, "format", rq_json_string(FORMAT));
    rq_json_set(root, "version", rq_json_integer(VERSION));
    rq_json_set(root, "files", list_of(names, n));
    rq_json_set(root, "stale", list_of(&stale, stale != NULL));
    rq_status status = rq_json_save(root, file);
    rq_json_free(&root);
    free(file);
    return status;
}
