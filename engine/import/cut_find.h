/* Finding nodes and values by the names that users give. Private to cut*.c. */
#ifndef RQ_IMPORT_CUT_FIND_H
#define RQ_IMPORT_CUT_FIND_H

#include "engine/import/framework_model.h"

rq_framework_value *rq_cut_find_input(const rq_framework_model *source, const char *name);
rq_framework_node *rq_cut_find_node(const rq_framework_model *source, const char *name);
/* Where a value of that name is made: its node and output; NULL if by none. */
rq_framework_node *rq_cut_find_producer(const rq_framework_model *source, const char *name,
                                        size_t *output);
/* What the file says of a value; unknown rank and f32 if nothing. */
rq_tensor rq_cut_hint_of(const rq_framework_model *source, const char *name);

/* Both RQ_EARG: the near names are suggested. */
rq_status rq_cut_no_such_name(const rq_framework_model *source, const char *name);
rq_status rq_cut_no_such_port(const rq_framework_model *source, const rq_framework_node *node,
                              const char *side, int port, size_t n);

#endif
