/* Reading statistics files: their groups, attributes and arrays in memory, as the helper that reads
 * HDF5 passes them on (hdf5_file.h). Nothing of them is trusted: whoever asks says which type and
 * extent he expects. Private to calib/. */
#ifndef RQ_CALIB_H5_TREE_H
#define RQ_CALIB_H5_TREE_H

#include "engine/base/arena.h"
#include "engine/base/dtype.h"

#include <stdbool.h>

typedef struct rq_h5_tree rq_h5_tree; /* and the group one is in; at first the root */

/* RQ_EFORMAT for what is not sealed HDF5 (h5_seal.h). Texts and arrays are the arena's; `path` is
 * borrowed. */
rq_status rq_h5_tree_read(rq_h5_tree **out, rq_arena *arena, const char *path);
void rq_h5_tree_free(rq_h5_tree **tree); /* accepts NULL and *tree == NULL */

/* Into a child of the current group; and back. One by one. */
bool rq_h5_tree_has(const rq_h5_tree *tree, const char *name); /* a group */
rq_status rq_h5_tree_enter(rq_h5_tree *tree, const char *name);
void rq_h5_tree_leave(rq_h5_tree *tree);
size_t rq_h5_tree_children(const rq_h5_tree *tree); /* groups and arrays in the current group */

/* Attributes of the current group. A text that is absent reads as NULL. */
rq_status rq_h5_tree_text(const char **out, const rq_h5_tree *tree, const char *name);
/* At most `capacity` of them; *n gets how many. */
rq_status rq_h5_tree_integers(int64_t *out, size_t *n, const rq_h5_tree *tree, const char *name,
                              size_t capacity);
rq_status rq_h5_tree_count(uint64_t *out, const rq_h5_tree *tree, const char *name);

/* Arrays of the current group: [rows], or [rows, columns] when columns > 1, of exactly type dt. */
rq_status rq_h5_tree_rows(size_t *rows, const rq_h5_tree *tree, const char *name, rq_dtype dt,
                          size_t columns);
rq_status rq_h5_tree_array(void *out, const rq_h5_tree *tree, const char *name, rq_dtype dt,
                           size_t rows, size_t columns);

#endif
