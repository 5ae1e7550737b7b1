/* Parts of tensors, as partitioned variables are kept in checkpoints. Private to tf_*.c. Source of
 * the format: TensorFlow, core/framework/tensor_slice.h and core/util/saved_tensor_slice_util.cc.
 */
#ifndef RQ_IMPORT_TENSORFLOW_TF_PART_H
#define RQ_IMPORT_TENSORFLOW_TF_PART_H

#include "engine/import/tensorflow/graph/tf_graph.h"

/* size.d[i] elements from start[i] on, along each axis of the whole. */
typedef struct rq_tf_part {
    int64_t start[RQ_MAX_RANK];
    rq_shape size;
} rq_tf_part;

/* RQ_EFORMAT when it does not lie in `whole`, which is static. */
rq_status rq_tf_part_read(rq_tf_part *out, const Tf__TensorSliceProto *slice, const rq_shape *whole,
                          const char *what);
/* "0,5:-": start and length of each axis, "-" for all of it. The same. */
rq_status rq_tf_part_parse(rq_tf_part *out, const char *text, const rq_shape *whole,
                           const char *what);

/* Copies the part's elements, in order, from or to where they lie in the whole. */
void rq_tf_part_put(rq_tensor *whole, const rq_tf_part *part, const void *data);
void rq_tf_part_take(void *data, const rq_tensor *whole, const rq_tf_part *part);

/* Key of that part of the tensor in a checkpoint: *n bytes in the arena; NULL without memory. */
const uint8_t *rq_tf_part_key(size_t *n, rq_arena *arena, const char *name,
                              const Tf__TensorSliceProto *slice);

#endif
