/* Making a source, for readers: lists that grow in its arena. Names are borrowed: in the arena
 * already, or constant. */
#ifndef RQ_IMPORT_SOURCE_MAKE_H
#define RQ_IMPORT_SOURCE_MAKE_H

#include "engine/import/source.h"

/* An empty one with an arena of its own; `path` is copied. */
rq_status rq_source_create(rq_source **out, const char *framework, const char *path);
/* Maps a file that lives as long as the source. */
rq_status rq_source_map(rq_mapping *out, rq_source *source, const char *path);

/* The new last one; valid until the next is added. `in` and `out` hold n_in and n_out NULLs. */
rq_status rq_source_add_node(rq_source_node **out, rq_source *source, const char *name,
                             const char *type, size_t n_in, size_t n_out);
rq_status rq_source_add_attr(rq_source_attr **out, rq_source *source, rq_source_node *node,
                             const char *name, rq_source_kind kind);
rq_status rq_source_add_int(rq_source *source, rq_source_node *node, const char *name,
                            int64_t value);

rq_status rq_source_add_input(rq_source *source, const char *name, rq_dtype dtype,
                              const rq_shape *shape);
rq_status rq_source_add_output(rq_source *source, const char *name);
/* The tensor's data stays where it is. */
rq_status rq_source_add_constant(rq_source *source, const char *name, const rq_tensor *tensor);

#endif
