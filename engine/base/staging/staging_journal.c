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

/* The old first file, unless the new one is in its place. */
static rq_status take_away(const place *p, const char *name)
{
    char *from = NULL, *to = NULL;
    rq_status status = join(&from, p->path, name);
    if (status == RQ_OK) status = join(&to, p->dir, name);
    if (status == RQ_OK && rq_is_file(from) && unlink(to) != 0 && errno != ENOENT)
        status = fail_move(p, to);
    free(from);
    free(to);
    return status;
}

static rq_status move_all(const place *p, const rq_json *files)
{
    const char *first = rq_json_as_string(rq_json_at(files, 0), NULL);
    RQ_TRY(take_away(p, first));
    for (size_t i = 1; i < rq_json_length(files); i++)
        RQ_TRY(move(p, rq_json_as_string(rq_json_at(files, i), NULL)));
    RQ_TRY(move(p, first));
    rq_flush_folder(p->dir);
    return RQ_OK;
}

/* -- the journal ----------------------------------------------------------------------------- */

static rq_status check(const rq_json *root, const char *file)
{
    const rq_json *files = rq_json_get(root, "files");
    bool ours = !strcmp(rq_json_as_string(rq_json_get(root, "format"), ""), FORMAT) &&
                rq_json_as_integer(rq_json_get(root, "version"), 0) == VERSION;
    for (size_t i = 0; ours && i < rq_json_length(files); i++)
        ours = is_plain(rq_json_as_string(rq_json_at(files, i), NULL));
    if (ours && rq_json_length(files)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: is no journal of this requant; remove it if nothing is missing",
                   file);
}

static rq_status finish(const place *p, const char *file)
{
    rq_json *root = NULL;
    RQ_TRY(rq_json_load(&root, file));
    rq_status status = check(root, file);
    if (status == RQ_OK) status = move_all(p, rq_json_get(root, "files"));
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

rq_status rq_journal_write(const char *dir, const char *path, const char *const *names, size_t n)
{
    char *file;
    for (size_t i = 0; i < n; i++) RQ_TRY(check_target(dir, names[i]));
    RQ_TRY(join(&file, path, JOURNAL));
    rq_json *root = rq_json_object(), *files = rq_json_array();
    rq_json_set(root, "format", rq_json_string(FORMAT));
    rq_json_set(root, "version", rq_json_integer(VERSION));
    for (size_t i = 0; i < n; i++) rq_json_push(files, rq_json_string(names[i]));
    rq_json_set(root, "files", files);
    rq_status status = rq_json_save(root, file);
    rq_json_free(&root);
    free(file);
    return status;
}
