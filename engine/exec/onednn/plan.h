/* The onednn backend's plan: what runs, on which memory, in which order. Private to
 * engine/exec/onednn. Built once (lower.c), then immutable and shared by all sessions.
 *
 * A value can lie in several buffers: dense or blocked, in float or quantized as a FakeQuantize has
 * it. Lowering walks the graph once and emits steps; a step that needs a value in a buffer that
 * does not exist yet has it made by a reorder, quantize or dequantize step before it.
 *
 * `node` of a function is the node that a step's time is counted for. Status of
 * what returns one: RQ_ENOMEM, what a library call gave, RQ_EUNSUPPORTED where it is named, and
 * RQ_EFORMAT for a value that is asked for before it is computed. */
#ifndef RQ_EXEC_ONEDNN_PLAN_H
#define RQ_EXEC_ONEDNN_PLAN_H

#include "engine/exec/backend.h"
#include "engine/exec/onednn/depthwise.h"
#include "engine/exec/onednn/dnnl.h"
#include "engine/exec/onednn/join.h"
#include "engine/exec/onednn/nearest.h"
#include "engine/exec/onednn/sweep.h"
#include "engine/exec/onednn/turn.h"

#define RQ_NO_BUFFER SIZE_MAX

/* Quantized to u8: x = (code - zero_point) * scale, codes from 0 to top. scale 0: in float. */
typedef struct rq_u8_params {
    float scale;
    int32_t zero_point, top;
    const float *scales; /* per channel (axis 1), and scale is 1; NULL: one for all */
    size_t n;
} rq_u8_params;

static inline rq_sweep_numbers rq_sweep_codes(const rq_u8_params *codes)
{
    return (rq_sweep_numbers){.kind = RQ_SWEEP_CODES,
                              .scale = codes->scale,
                              .zero_point = codes->zero_point,
                              .top = codes->top};
}

typedef struct rq_buffer {
    rq_id value;                 /* RQ_NONE: scratch that holds no value of the graph */
    const rq_dnn_layout *layout; /* NULL: dense, of a type or rank that only reference steps take */
    const rq_u8_params *codes; /* in the plan's arena: buffers move as they grow; NULL: in float */
    size_t root;               /* the buffer whose memory this one is; itself when it has its own */
    size_t shift;              /* bytes into the root's memory */
    const void *data;          /* constants */
    bool external;             /* a model input: its address is known when a session runs */
    bool deferred;             /* sized by a reference step at run time */
    size_t bytes;              /* of roots */
    size_t first, last;        /* of roots: the steps that need the memory */
    size_t offset;             /* of roots, into a session's workspace */
    size_t producer;           /* the step that writes it; RQ_NO_BUFFER: none does */
    size_t next;               /* another buffer of the same value, or RQ_NO_BUFFER */
} rq_buffer;

typedef enum rq_step_kind {
    RQ_STEP_PRIMITIVE,
    RQ_STEP_REORDER,
    RQ_STEP_TURN,      /* args: what is read, what is written */
    RQ_STEP_SWEEP,     /* args: what is read, the operands in the order of ops, what is written */
    RQ_STEP_NEAREST,   /* args: what is read, what is written */
    RQ_STEP_DEPTHWISE, /* args: what is read, what is written */
    RQ_STEP_JOIN,      /* args: the parts, what is written */
    RQ_STEP_REFERENCE, /* the operator's reference kernel, on dense buffers */
    RQ_STEP_MOVE       /* the same on dense codes: what is read and what is written; between them,
                          what says where elements go and is no constant */
} rq_step_kind;

typedef struct rq_step_arg {
    int role;           /* rq_dnn_role */
    size_t buffer;      /* RQ_NO_BUFFER: packed data */
    const void *packed; /* weights, biases */
} rq_step_arg;

typedef struct rq_step {
    rq_step_kind kind;
    rq_id node; /* its time is counted there */
    const rq_dnn_primitive *primitive;
    union { /* of the kind */
        const void *own;
        const rq_sweep *sweep;
        const rq_nearest *nearest;
        const rq_join *join;
        const rq_turn *turn;
        const rq_depthwise_packed *depthwise;
    };
    rq_step_arg *args;
    size_t n_args;
    bool for_observer; /* not run without one */
} rq_step;

/* A value to show after a step. */
typedef struct rq_observation {
    size_t step;   /* index + 1; 0: before the first */
    size_t buffer; /* dense, in the value's dtype */
    bool channels_last;
} rq_observation;

/* A constant as a kernel wants it. */
typedef struct rq_pack_memory rq_pack_memory; /* of the plans that use it */
typedef struct rq_pack {
    rq_pack_memory *memory;
    const void *of; /* bytes of a layer, of which it was made; NULL: it is not to be shared */
    const rq_dnn_layout *from, *to;
} rq_pack;

typedef struct rq_onednn_plan rq_onednn_plan;
struct rq_onednn_plan {
    rq_dnn *dnn;
    rq_arena *arena;
    rq_bound *bound;
    const uint8_t *observed; /* by value id, rq_observed; NULL: nothing */
    bool observed_only;      /* see rq_exec_options */
    unsigned threads;
    rq_dtype numbers; /* of floats between primitives: f32, or bf16 to multiply in it */
    bool saturating;  /* see rq_exec_options */
    rq_buffer *buffers;
    size_t n_buffers, capacity_buffers;
    size_t *first_buffer; /* by value id */
    rq_step *steps;
    size_t n_steps, capacity_steps;
    rq_observation *observations;
    size_t n_observations, capacity_observations;
    rq_pack *packs;
    size_t n_packs, capacity_packs;
    const rq_onednn_plan *lender; /* whose packs are taken, while this plan is made; or NULL */
    size_t packed_matrices;       /* bytes of f32 matrices among them */
    const char **kernels;         /* by node id: for people */
    bool observing;               /* steps added now are for the observer only */
    size_t bytes;                 /* of a session's workspace, scratch excluded */
    size_t scratch;               /* bytes, of the step that needs most */
    size_t *results;              /* buffer of each model output */
    uint32_t widest_in, widest_out;
};

/* -- buffers.c: *out is an index into plan->buffers ------------------------------------------- */

/* A new buffer of a value, with memory of its own (root RQ_NO_BUFFER), or sharing that of `root`.
 * layout NULL: only reference steps take it. codes NULL: float; else copied. */
rq_status rq_buffer_add(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                        const rq_u8_params *codes, size_t root);
/* In float (f32 or bf16), in whatever layout is there; RQ_EUNSUPPORTED where oneDNN has no such
 * type. */
rq_status rq_buffer_numbers(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node);
/* The same in f32. */
rq_status rq_buffer_float(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node);
/* In float (codes NULL) or quantized, in exactly this layout; RQ_EUNSUPPORTED for layout NULL,
 * for codes of a value that has none, and where no reorder of the library's leads there. */
rq_status rq_buffer_in(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                       const rq_u8_params *codes, rq_id node);
/* Dense, row-major, in this type; dequantized where it was u8; RQ_EUNSUPPORTED where oneDNN has no
 * layout for it. */
rq_status rq_buffer_rows(size_t *out, rq_onednn_plan *plan, rq_id value, rq_dtype dtype,
                         rq_id node);
/* The same in the value's own type, for what takes bytes in order: a reference step, an observer.
 * Without layout where oneDNN has none. */
rq_status rq_buffer_dense(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node);
bool rq_buffer_is_dense(const rq_onednn_plan *plan, size_t buffer, rq_dtype dtype);
/* In f32 with dim 1 last in memory, without gaps: RQ_NO_BUFFER where the value does not lie so, and
 * where it is there in rows. */
rq_status rq_buffer_channels_last(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node);
/* Codes of the value, if it has any: NULL or a buffer's, whose index *buffer gets (which may be
 * NULL). */
const rq_u8_params *rq_buffer_u8(const rq_onednn_plan *plan, rq_id value, size_t *buffer);
bool rq_u8_params_equal(const rq_u8_params *a, const rq_u8_params *b);
/* [1, n, 1, ...] */
static inline rq_shape rq_channel_shape(int rank, size_t n)
{
    rq_shape shape = {.rank = rank};
    for (int d = 0; d < rank; d++) shape.d[d] = d == 1 ? (int64_t)n : 1;
    return shape;
}
/* Memory of this layout that is no value of the graph. */
rq_status rq_buffer_scratch(size_t *out, rq_onednn_plan *plan, const rq_dnn_layout *layout);
/* The memory of a buffer seen in another layout, as no value of the graph. */
rq_status rq_buffer_view(size_t *out, rq_onednn_plan *plan, size_t buffer,
                         const rq_dnn_layout *layout);
/* A step that brings one buffer into another's layout; both hold the same elements. */
rq_status rq_buffer_reorder(rq_onednn_plan *plan, size_t from, size_t to, rq_id node);
/* All buffers in the memory of `root` lie in that of `whole` from now on, `shift` bytes into it. */
void rq_buffer_move(rq_onednn_plan *plan, size_t root, size_t whole, size_t shift);
/* A copy of a buffer in a layout, which the next step may write over. */
rq_status rq_buffer_copy(size_t *out, rq_onednn_plan *plan, size_t buffer,
                         const rq_dnn_layout *layout, rq_id node);
static inline size_t rq_buffer_root(const rq_onednn_plan *plan, size_t buffer)
{
    return plan->buffers[buffer].root;
}

/* -- steps.c ------------------------------------------------------------------------------- */

/* A buffer's memory is kept until the last step so far has run. */
void rq_step_last_needs(rq_onednn_plan *plan, size_t buffer);
/* Appends a step; args[n] are copied. primitive: of RQ_STEP_PRIMITIVE and RQ_STEP_REORDER, else
 * NULL. */
rq_status rq_step_add(rq_onednn_plan *plan, rq_step_kind kind, rq_id node,
                      const rq_dnn_primitive *primitive, const rq_step_arg *args, size_t n);
/* The same of a sweep, which is copied. */
rq_status rq_step_add_sweep(rq_onednn_plan *plan, rq_id node, const rq_sweep *sweep,
                            const rq_step_arg *args, size_t n);
/* Two arguments. */
rq_status rq_step_add_nearest(rq_onednn_plan *plan, rq_id node, const rq_nearest *nearest,
                              const rq_step_arg *args);
rq_status rq_step_add_depthwise(rq_onednn_plan *plan, rq_id node, const rq_depthwise_packed *packed,
                                const rq_step_arg *args);
rq_status rq_step_add_turn(rq_onednn_plan *plan, rq_id node, const rq_turn *turn,
                           const rq_step_arg *args);
/* The parts, and what is written. */
rq_status rq_step_add_join(rq_onednn_plan *plan, rq_id node, const rq_join *join,
                           const rq_step_arg *args);
/* Offsets of all buffers: each root lives from its first to its last step. */
rq_status rq_buffers_plan(rq_onednn_plan *plan);

/* -- packs.c ------------------------------------------------------------------------------- */

/* Memory, aligned to RQ_ALIGN, that lives with the plan. */
rq_status rq_pack_alloc(void **out, rq_onednn_plan *plan, size_t bytes);
/* `data`, which lies as `from` says, in the layout a primitive wants; *out lives with the plan, and
 * is `data` itself where the layouts are equal. Where `data` is that of the layer `constant`, which
 * may be NULL, what the lender has made of it is taken. */
rq_status rq_pack_constant(const void **out, rq_onednn_plan *plan, const rq_dnn_layout *from,
                           const void *data, const rq_dnn_layout *to, const rq_node *constant);
void rq_packs_free(rq_onednn_plan *plan);

/* -- lower.c ------------------------------------------------------------------------------- */

/* Fills the plan's buffers, steps, observations, kernels and results from plan->bound. */
rq_status rq_onednn_lower(rq_onednn_plan *plan);

#endif
