/* Variants of a model for other input shapes: planned when a session is first given such inputs,
 * shared by its sessions, and kept for a while. Private to engine/exec. */
#ifndef RQ_EXEC_VARIANTS_H
#define RQ_EXEC_VARIANTS_H

#include "engine/exec/exec.h"

typedef struct rq_variants rq_variants;

/* *out stays NULL where no input of the model is dynamic. What the options point to is copied, but
 * for shapes, which are those of the inputs. The model is borrowed. */
rq_status rq_variants_create(rq_variants **out, const rq_model *model,
                             const rq_exec_options *options);
void rq_variants_destroy(rq_variants **variants); /* no session uses one any more */

/* The model planned for these inputs, of the types that it has. RQ_EARG where the graph has other
 * dimensions. To be given back; any thread. */
rq_status rq_variants_take(const rq_model **out, rq_variants *variants, const rq_tensor *inputs);
void rq_variants_give_back(rq_variants *variants, const rq_model *model);

#endif
