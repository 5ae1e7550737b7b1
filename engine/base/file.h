/* Files: mapped reading, atomic writing, folders. */
#ifndef RQ_BASE_FILE_H
#define RQ_BASE_FILE_H

#include "engine/base/mapping.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RQ_EIO for what is no regular file (a FIFO does not block) and for one that shrinks while it is
 * read. */
rq_status rq_map_file(rq_mapping *out, const char *path);
/* A regular file that stays open, to be read here and there. What is read later is of the file as
 * it was when it was opened: RQ_EIO where it has changed since. */
typedef struct rq_open_file {
    int fd;
    size_t size;
    int64_t changed[2]; /* when it was, s and ns */
    const char *path;   /* borrowed */
} rq_open_file;
rq_status rq_file_open(rq_open_file *out, const char *path);
void rq_file_close(rq_open_file *file); /* once; what was never opened has fd -1 */
/* Bytes [offset, offset + n), which are in the file. From any thread. */
rq_status rq_file_read(void *out, const rq_open_file *file, size_t offset, size_t n);
/* All of it (rq_map_file). */
rq_status rq_file_map(rq_mapping *out, const rq_open_file *file);

/* The first bytes of a regular file: *n of them, at most `capacity`. */
rq_status rq_read_head(uint8_t *out, size_t *n, size_t capacity, const char *path);

/* Whole file as a NUL-terminated string (freed with free()); RQ_EFORMAT above max_bytes. */
rq_status rq_read_file(char **out, size_t *size, const char *path, size_t max_bytes);

/* Atomic writing: bytes go to a temporary file beside `path`; commit checks every write,
 * flushes, and renames it onto `path`; abort (or a failed commit) removes it, so that a full
 * disk or a kill never leaves half a file under the real name. What a killed process left of it
 * goes when the same file is written again. */
typedef struct rq_writer rq_writer;
rq_status rq_writer_open(rq_writer **out, const char *path);
rq_status rq_writer_write(rq_writer *writer, const void *data, size_t size);
/* Takes back what was written behind the first `size` bytes. */
rq_status rq_writer_cut(rq_writer *writer, size_t size);
/* All bytes so far reach the disk under the temporary name. */
rq_status rq_writer_flush(rq_writer *writer);
rq_status rq_writer_commit(rq_writer **writer); /* frees the writer in either case */
/* Two files that belong together, once both are complete: the old `lead` goes before `other`
 * changes, and the new one comes last, so that whoever finds `lead` finds both of one run. Frees
 * what it commits; what is left after a failure is to be aborted. */
rq_status rq_writer_commit_pair(rq_writer **lead, rq_writer **other);
void rq_writer_abort(rq_writer **writer); /* accepts NULL and *writer == NULL */
/* The temporary name, for libraries that write by path (HDF5). Borrowed. */
const char *rq_writer_temp_path(const rq_writer *writer);

/* All at once. */
rq_status rq_write_file(const char *path, const void *data, size_t size);

/* The names in a folder reach the disk, where the file system can do that. */
void rq_flush_folder(const char *dir);

/* mkdir -p. */
rq_status rq_make_dirs(const char *path);
bool rq_is_dir(const char *path);
bool rq_is_file(const char *path);
rq_status rq_file_size(uint64_t *out, const char *path);

/* For messages: the path, or two quotes where it is empty. */
const char *rq_path_shown(const char *path);

/* Paths; results are freed with free(). NULL only when memory is short (the error text is set). */
char *rq_path_join(const char *dir, const char *name); /* an absolute name is taken as it is */
char *rq_path_with_suffix(const char *path, const char *old_suffix, const char *new_suffix);
const char *rq_path_name(const char *path); /* "a/b/model.xml" -> "model.xml", within it */
char *rq_path_stem(const char *path);       /* "a/b/model.xml" -> "model" */
char *rq_path_dir(const char *path);        /* "a/b/model.xml" -> "a/b"; no slash -> "." */

#endif
