/* The onednn backend's plan: what runs, on which memory, in which order. Private to
 * engine/exec/onednn. Built once (lower.c), then immutable and shared by all sessions.
 *
 * A value can lie in memory in several forms: dense or blocked, as numbers or as codes of a
 * FakeQuantize. Lowering walks the graph once and emits steps; a step that needs a value in a form
 * that does not exist yet has it made by a reorder, encode or decode step before it.
 *
 * "Numbers" are f32. `node` of a function is the node that a step's time is counted for. Status of
 * what returns one: RQ_ENOMEM, what a library call gave, RQ_EUNSUPPORTED where it is named, and
 * RQ_EFORMAT for a value that is asked for before it is computed. */
#ifndef RQ_EXEC_ONEDNN_PLAN_H
#define RQ_EXEC_ONEDNN_PLAN_H

#include "engine/exec/backend.h"
#include "engine/exec/onednn/library.h"

#define RQ_NO_FORM SIZE_MAX

/* u8 codes: number = (code - zero_point) * scale, codes from 0 to top. scale 0: not codes. */
typedef struct rq_codes {
    float scale;
    int32_t zero_point, top;
    const float *scales; /* per channel (axis 1), and scale is 1; NULL: one for all */
    size_t n;
} rq_codes;

typedef struct rq_form {
    rq_id value;                 /* RQ_NONE: scratch that holds no value of the graph */
    const rq_dnn_layout *layout; /* NULL: dense, of a type or rank that only reference steps take */
    rq_codes codes;
    size_t root;        /* the form whose memory this one is; itself when it has its own */
    size_t shift;       /* bytes into the root's memory */
    const void *data;   /* constants */
    bool external;      /* a model input: its address is known when a session runs */
    bool deferred;      /* sized by a reference step at run time */
    size_t bytes;       /* of roots */
    size_t first, last; /* of roots: the steps that need the memory */
    size_t offset;      /* of roots, into a session's workspace */
    size_t maker;       /* the step that writes it; RQ_NO_FORM: none does */
    size_t next;        /* another form of the same value, or RQ_NO_FORM */
} rq_form;

typedef enum rq_step_kind {
    RQ_STEP_PRIMITIVE,
    RQ_STEP_REORDER,
    RQ_STEP_ENCODE,   /* numbers to codes, in place order: arg 0 to arg 1 */
    RQ_STEP_DECODE,   /* codes to numbers */
    RQ_STEP_CHANNELS, /* arg 0 times the number that arg 1 has for its channel, to arg 2 */
    RQ_STEP_REFERENCE /* the operator's reference kernel, on dense forms */
} rq_step_kind;

typedef struct rq_step_arg {
    int role;           /* rq_dnn_role */
    size_t form;        /* RQ_NO_FORM: packed data */
    const void *packed; /* weights, biases */
} rq_step_arg;

typedef struct rq_step {
    rq_step_kind kind;
    rq_id node; /* its time is counted there */
    const rq_dnn_primitive *primitive;
    rq_step_arg *args;
    size_t n_args;
    bool for_observer; /* not run without one */
} rq_step;

/* A value to show after a step. */
typedef struct rq_watch {
    size_t step; /* index + 1; 0: before the first */
    size_t form; /* dense numbers */
} rq_watch;

typedef struct rq_onednn_plan {
    rq_dnn *dnn;
    rq_arena *arena;
    const rq_bound *bound;
    const uint8_t *observed; /* by value id; NULL: nothing */
    unsigned threads;
    bool saturating; /* see rq_exec_options */
    rq_form *forms;
    size_t n_forms, capacity_forms;
    size_t *first_form; /* by value id */
    rq_step *steps;
    size_t n_steps, capacity_steps;
    rq_watch *watches;
    size_t n_watches, capacity_watches;
    void **packed; /* memory of packed constants */
    size_t n_packed, capacity_packed;
    const char **kernels; /* by node id: for people */
    bool observing;       /* steps added now are for the observer only */
    size_t bytes;         /* of a session's workspace, scratch excluded */
    size_t scratch;       /* bytes, of the hungriest step */
    size_t *results;      /* form of each model output */
    uint32_t widest_in, widest_out;
} rq_onednn_plan;

/* -- forms.c: *out is an index into plan->forms ----------------------------------------------- */

/* A new form of a value, with memory of its own (root RQ_NO_FORM), or sharing that of `root`.
 * layout NULL: only reference steps take it. codes NULL: numbers; else copied. */
rq_status rq_form_add(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                      const rq_codes *codes, size_t root);
/* As numbers, in whatever layout is there; RQ_EUNSUPPORTED where oneDNN has no such type. */
rq_status rq_form_numbers(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node);
/* As numbers (codes NULL) or codes in exactly this layout; RQ_EUNSUPPORTED for layout NULL,
 * for codes of a value that has none, and where no reorder of the library's leads there. */
rq_status rq_form_in(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                     const rq_codes *codes, rq_id node);
/* Dense, row-major, in the value's own type; numbers where it was codes. */
rq_status rq_form_dense(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node);
/* Codes of the value, if it has any: NULL or a form's, whose index *form gets (form may be NULL).
 */
const rq_codes *rq_form_codes(const rq_onednn_plan *plan, rq_id value, size_t *form);
bool rq_codes_equal(const rq_codes *a, const rq_codes *b);
/* [1, n, 1, ...] */
static inline rq_shape rq_channel_shape(int rank, size_t n)
{
    rq_shape shape = {.rank = rank};
    for (int d = 0; d < rank; d++) shape.d[d] = d == 1 ? (int64_t)n : 1;
    return shape;
}
/* Memory of this layout that is no value of the graph. */
rq_status rq_form_scratch(size_t *out, rq_onednn_plan *plan, const rq_dnn_layout *layout);
/* The memory of a form seen in another layout, as no value of the graph. */
rq_status rq_form_view(size_t *out, rq_onednn_plan *plan, size_t form, const rq_dnn_layout *layout);
/* A step that brings one form into another's layout; both hold the same elements. */
rq_status rq_form_reorder(rq_onednn_plan *plan, size_t from, size_t to, rq_id node);
/* All forms in the memory of `root` lie in that of `whole` from now on, `shift` bytes into it. */
void rq_form_move(rq_onednn_plan *plan, size_t root, size_t whole, size_t shift);
/* A copy of a form in a layout, which the next step may write over. */
rq_status rq_form_copy(size_t *out, rq_onednn_plan *plan, size_t form, const rq_dnn_layout *layout,
                       rq_id node);
static inline size_t rq_form_root(const rq_onednn_plan *plan, size_t form)
{
    return plan->forms[form].root;
}

/* -- steps.c ------------------------------------------------------------------------------- */

/* Appends a step; args[n] are copied. primitive: of RQ_STEP_PRIMITIVE and RQ_STEP_REORDER, else
 * NULL. */
rq_status rq_step_add(rq_onednn_plan *plan, rq_step_kind kind, rq_id node,
                      const rq_dnn_primitive *primitive, const rq_step_arg *args, size_t n);
/* Memory, aligned to RQ_ALIGN, that lives with the plan. */
rq_status rq_pack_alloc(void **out, rq_onednn_plan *plan, size_t bytes);
/* `data`, which lies as `from` says, in the layout a primitive wants; *out lives with the plan, and
 * is `data` itself where the layouts are equal. */
rq_status rq_pack(const void **out, rq_onednn_plan *plan, const rq_dnn_layout *from,
                  const void *data, const rq_dnn_layout *to);
/* Offsets of all forms: each root lives from its first to its last step. */
rq_status rq_buffers_plan(rq_onednn_plan *plan);

/* -- lower.c ------------------------------------------------------------------------------- */

/* Fills the plan's forms, steps, watches, kernels and results from plan->bound. */
rq_status rq_onednn_lower(rq_onednn_plan *plan);

/* -- element-wise kernels of our own (codes.c, channels.c) ------------------------------------- */

/* For one scale. code = clamp(round(x / scale) + zero_point, 0, top), half to even; NaN becomes 0's
 * code. */
void rq_codes_encode(uint8_t *out, const float *in, size_t n, const rq_codes *codes);
void rq_codes_decode(float *out, const uint8_t *in, size_t n, const rq_codes *codes);

/* [batch, channels / block rounded up, positions, block] memory, as oneDNN blocks it. */
typedef struct rq_blocked {
    size_t batch, channels, positions, block; /* block at most 16 */
} rq_blocked;

/* out = in * factors[channel]; padding channels become 0. */
void rq_channels_scale(float *out, const float *in, const float *factors, const rq_blocked *shape);

#endif
