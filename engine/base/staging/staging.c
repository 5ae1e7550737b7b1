#include "engine/base/staging/staging.h"

#include "engine/base/file.h"
#include "engine/base/file_lock.h"
#include "engine/base/mem.h"
#include "engine/base/staging/staging_journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK "lock"
#define MAX_TRIES 100 /* while other runs take the lock's file away */

struct rq_staging {
    char *dir, *path; /* where the files go; where they are made */
    const char *target;
    const char *const *kept;
    const char *stale;
    int lock; /* descriptor; -1: none */
    bool made_dir;
    bool begun, committed; /* there is a journal; its files are moved */
};

/* -- the lock -------------------------------------------------------------------------------- */

/* The process that wrote its number into the lock's file; 0: not known. */
static long read_holder(const rq_staging *s)
{
    char holder[32] = "";
    ssize_t n = pread(s->lock, holder, sizeof holder - 1, 0);
    return n > 0 && strspn(holder, "0123456789") == strlen(holder) ? strtol(holder, NULL, 10) : 0;
}

static rq_status fail_busy(const rq_staging *s)
{
    char process[48] = "";
    long holder = read_holder(s);
    if (holder > 0) snprintf(process, sizeof process, " (process %ld)", holder);
    return rq_fail(RQ_EIO,
                   "%s: another run is writing it%s; wait until it ends, or choose another -o",
                   s->target, process);
}

/* What can be told without locks. */
static bool holder_lives(const rq_staging *s)
{
    long holder = read_holder(s);
    return holder > 0 && holder != (long)getpid() &&
           (kill((pid_t)holder, 0) == 0 || errno == EPERM);
}

static void write_holder(const rq_staging *s)
{
    char holder[32];
    int n = snprintf(holder, sizeof holder, "%ld", (long)getpid());
    if (ftruncate(s->lock, 0) == 0 && pwrite(s->lock, holder, (size_t)n, 0) != n)
        return; /* only the message of another run needs it */
}

static void unlock(rq_staging *s)
{
    if (s->lock >= 0) close(s->lock);
    s->lock = -1;
}

/* A link would have files swept where it leads. */
static rq_status make_folder(const rq_staging *s)
{
    struct stat info;
    if (lstat(s->path, &info) == 0 && !S_ISDIR(info.st_mode))
        return rq_fail(RQ_EIO, "%s: expected a folder of its own for unfinished work", s->path);
    return rq_make_dirs(s->path);
}

/* RQ_OK without a lock where its folder or file was taken away meanwhile. */
static rq_status try_lock(rq_staging *s, const char *file)
{
    RQ_TRY(make_folder(s));
    s->lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (s->lock < 0 && errno == ENOENT) return RQ_OK;
    if (s->lock < 0) return rq_fail(RQ_EIO, "%s: cannot write: %s", file, strerror(errno));
    rq_lock state = rq_lock_try(s->lock);
    if (state == RQ_LOCK_BUSY || (state == RQ_LOCK_NONE && holder_lives(s))) return fail_busy(s);
    if (state == RQ_LOCK_GONE)
        unlock(s);
    else
        write_holder(s);
    return RQ_OK;
}

static rq_status take_lock(rq_staging *s)
{
    char *file = rq_path_join(s->path, LOCK);
    rq_status status = file ? RQ_OK : rq_fail_memory(strlen(s->path), "a path");
    for (int i = 0; status == RQ_OK && s->lock < 0 && i < MAX_TRIES; i++)
        status = try_lock(s, file);
    if (status == RQ_OK && s->lock < 0) status = fail_busy(s);
    free(file);
    if (status != RQ_OK) unlock(s);
    return status;
}

/* -- what dead runs left --------------------------------------------------------------------- */

static bool is_listed(const char *name, const char *const *list)
{
    while (list && *list && strcmp(name, *list) != 0) list++;
    return list && *list;
}

/* Everything but the lock and `kept`. */
static void sweep(const rq_staging *s, const char *const *kept)
{
    DIR *dir = opendir(s->path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, LOCK) != 0 && !is_listed(entry->d_name, kept))
            unlinkat(dirfd(dir), entry->d_name, 0); /* folders are not ours, and stay */
    if (dir) closedir(dir);
}

/* -- all ------------------------------------------------------------------------------------- */

static void release(rq_staging **staging)
{
    unlock(*staging);
    free((*staging)->path);
    free((*staging)->dir);
    free(*staging);
    *staging = NULL;
}

rq_status rq_staging_open(rq_staging **out, const char *dir, const char *name, const char *target,
                          const char *const *kept)
{
    rq_staging *s;
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "a folder of files"));
    *s = (rq_staging){.dir = strdup(dir),
                      .path = rq_path_join(dir, name),
                      .target = target,
                      .kept = kept,
                      .lock = -1};
    s->made_dir = !rq_is_dir(dir);
    rq_status status = s->dir && s->path ? take_lock(s) : rq_fail_memory(strlen(dir), "a path");
    if (status == RQ_OK) status = rq_journal_finish(s->dir, s->path);
    if (status != RQ_OK) {
        release(&s);
        return status;
    }
    sweep(s, kept);
    *out = s;
    return RQ_OK;
}

const char *rq_staging_path(const rq_staging *staging)
{
    return staging->path;
}

void rq_staging_drop(rq_staging *staging, const char *name)
{
    staging->stale = name;
}

rq_status rq_staging_commit(rq_staging *staging, const char *const *names, size_t n)
{
    RQ_TRY(rq_journal_write(staging->dir, staging->path, names, n, staging->stale));
    staging->begun = true;
    RQ_TRY(rq_journal_finish(staging->dir, staging->path));
    staging->committed = true;
    return RQ_OK;
}

/* The lock's file goes while it is locked: whoever has opened it sees that it is gone. */
void rq_staging_close(rq_staging **staging)
{
    if (!staging || !*staging) return;
    rq_staging *s = *staging;
    bool cut_off = s->begun && !s->committed; /* not asked of the disk: a path takes memory */
    if (!cut_off && !rq_journal_is_there(s->path)) {
        sweep(s, s->committed ? NULL : s->kept);
        char *file = rq_path_join(s->path, LOCK);
        if (file) unlink(file);
        free(file);
        if (rmdir(s->path) == 0 && s->made_dir) rmdir(s->dir); /* if nothing is there */
    }
    release(staging);
}

bool rq_staging_is_cut_off(const char *dir, const char *name)
{
    char *path = rq_path_join(dir, name);
    bool cut_off = path && rq_journal_is_there(path);
    free(path);
    return cut_off;
}
