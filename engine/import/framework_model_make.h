/* Making a framework_model, for readers: lists that grow in its arena. Names are borrowed: in the
 * arena already, or constant. */
#ifndef RQ_IMPORT_FRAMEWORK_MODEL_MAKE_H
#define RQ_IMPORT_FRAMEWORK_MODEL_MAKE_H

#include "engine/import/framework_model.h"

/* An empty one with an arena of its own; `path` is copied. */
rq_status rq_framework_model_create(rq_framework_model **out, const char *framework,
                                    const char *path);
/* Maps a file that lives as long as the framework's model. */
rq_status rq_framework_model_map(rq_mapping *out, rq_framework_model *source, const char *path);

/* Room that a list of n has to have for the functions below to add to it: they find it by n. */
size_t rq_framework_model_room(size_t n);

/* The new last one; valid until the next is added. `in` and `out` hold n_in and n_out NULLs. */
rq_status rq_framework_model_add_node(rq_framework_node **out, rq_framework_model *source,
                                      const char *name, const char *type, size_t n_in,
                                      size_t n_out);
rq_status rq_framework_model_add_attr(rq_framework_attr **out, rq_framework_model *source,
                                      rq_framework_node *node, const char *name,
                                      rq_framework_attr_kind kind);
rq_status rq_framework_model_add_int(rq_framework_model *source, rq_framework_node *node,
                                     const char *name, int64_t value);

rq_status rq_framework_model_add_input(rq_framework_model *source, const char *name, rq_dtype dtype,
                                       const rq_shape *shape);
/* A name more for the value, of which only two are kept; NULL does nothing. */
void rq_framework_value_add_name(rq_framework_value *value, const char *name);
rq_status rq_framework_model_add_output(rq_framework_model *source, const char *name);
/* The tensor's data stays where it is. */
rq_status rq_framework_model_add_constant(rq_framework_model *source, const char *name,
                                          const rq_tensor *tensor);

#endif
