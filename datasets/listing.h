/* Names in a folder and lines of a text file, for kinds of data sets. Everything lives in the
 * arena. */
#ifndef RQ_DATASETS_LISTING_H
#define RQ_DATASETS_LISTING_H

#include "engine/base/arena.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct rq_names {
    const char **names;
    size_t n;
} rq_names;

/* Names of the files and folders in `folder` that `accept` takes, without hidden ones, sorted
 * bytewise. */
rq_status rq_list_names(rq_names *out, rq_arena *arena, const char *folder,
                        bool (*accept)(const char *name));

/* Lines of a text file, blanks cut off both ends, empty ones kept. RQ_EFORMAT for a file with a
 * zero byte. */
rq_status rq_list_lines(rq_names *out, rq_arena *arena, const char *file);

/* The name without its folder and last extension. */
const char *rq_list_stem(rq_arena *arena, const char *name);

/* "folder/stem.jpg", whichever image extension there is below `root`; NULL when there is none. */
const char *rq_find_image(rq_arena *arena, const char *root, const char *folder, const char *stem);

/* Whether root/name is a folder, or a file. */
bool rq_has_dir(const char *root, const char *name);
bool rq_has_file(const char *root, const char *name);

#endif
