/* What the rules of batching (batch.c) are made of. Private to these two files. */
#ifndef RQ_IMPORT_BATCH_STEP_H
#define RQ_IMPORT_BATCH_STEP_H

#include "engine/import/batch.h"

/* The node being batched, and how: `lead` is the form that is taken of its inputs. */
typedef struct rq_batch_step {
    rq_batch *batch;
    rq_ir_builder *b;
    const rq_node *node;
    bool lead;
} rq_batch_step;

/* -- a value of the body ---------------------------------------------------------------------- */

rq_batched *rq_batch_at(const rq_batch *batch, rq_id value);
rq_shape rq_batch_shape(const rq_batch *batch, rq_id value); /* of one element */
int rq_batch_rank(const rq_batch_step *s, rq_id value);
/* What is the same for all elements, constants emitted where they are first asked for; or RQ_NONE.
 */
rq_id rq_batch_whole(rq_batch *batch, rq_id value);
bool rq_batch_is_batched(const rq_batch *batch, rq_id value);
bool rq_batch_has_lead(const rq_batch *batch, rq_id value); /* can it have that form? */

/* -- a step ----------------------------------------------------------------------------------- */

/* Input k in the step's form. */
rq_id rq_batch_input(const rq_batch_step *s, uint32_t k);
/* Gives output k that form. */
void rq_batch_set(const rq_batch_step *s, uint32_t k, rq_id value);
/* Is the first input batched, and no other? */
bool rq_batch_only_first(const rq_batch_step *s);
/* Constant integers of input k: at most RQ_MAX_RANK. */
bool rq_batch_ints(const rq_batch_step *s, uint32_t k, int64_t *out, size_t *n);
/* Constant axes of input k, from 0; *first: the first is among them. */
bool rq_batch_axes(const rq_batch_step *s, uint32_t k, int rank, int64_t *out, size_t *n,
                   bool *first);
/* Axes as input k wants them, one further in the step's form: a scalar where it has been one. */
rq_id rq_batch_moved_axes(const rq_batch_step *s, uint32_t k, int64_t *at_axes, size_t n);

/* Emits the node's type and opset of these inputs, with its attributes but for one that gets
 * another value (NULL: none). */
bool rq_batch_emit(const rq_batch_step *s, const rq_id *in, size_t n_in, const char *name,
                   const char *value);
/* The same of all inputs in the step's form, but for input `other`, which is `value`. */
bool rq_batch_emit_with(const rq_batch_step *s, uint32_t other, rq_id value, const char *name,
                        const char *text);
/* The node as it is. */
bool rq_batch_emit_same(const rq_batch_step *s);

#endif
