/* Cutting a framework's model before it is mapped: --input, --output, --input_shape, --batch and
 * --freeze_placeholder_with_value, in Model Optimizer's grammar:
 *
 *     [PORT:]name[:PORT][shape]{type}->value, ...
 *
 * PORT before the name is an input of that node, behind it an output. shape is "[1 3 224 224]"
 * (blanks or commas; ? or -1 unknown, ranges "1..10" too), type a name such as f32 (what is fed to
 * an input of another type is converted), value a number or "[v v v]". Names are those of inputs,
 * nodes or values. */
#ifndef RQ_IMPORT_CUT_H
#define RQ_IMPORT_CUT_H

#include "engine/base/text.h"
#include "engine/import/framework_model.h"

typedef struct rq_cut {
    const char *name;
    int in_port, out_port; /* -1: not given */
    const char *written;   /* "0:name" */
    bool has_shape;
    rq_shape shape;
    const char *ranges; /* the shape with its ranges, "1..4,3"; NULL: it has none */
    rq_dtype dtype;     /* RQ_DT_UNDEFINED: not given */
    const char *value;  /* as written; NULL: not given */
} rq_cut;

typedef struct rq_cut_list {
    rq_cut *v;
    size_t n;
} rq_cut_list;

/* RQ_EARG says where the text departs from the grammar. In the arena. */
rq_status rq_cut_parse(rq_cut_list *out, rq_arena *arena, const char *text);
/* "[1,3,224,224],(2,4)": shapes, in the order of the cuts (or of the model's inputs). */
rq_status rq_cut_parse_shapes(rq_cut_list *out, rq_arena *arena, const char *text);

/* Makes inputs where the cuts say, gives them types and shapes, freezes those with a value. Inputs
 * that the cuts name come first, in their order. */
rq_status rq_cut_inputs(rq_framework_model *source, const rq_cut_list *cuts);
/* Does a cut make an input inside the model without saying its shape? */
bool rq_cut_lacks_shapes(const rq_framework_model *source, const rq_cut_list *cuts);
/* The outputs become the ones named, in this order. */
rq_status rq_cut_outputs(rq_framework_model *source, const rq_cut_list *cuts);
/* Sets dimension 0 of every input. */
rq_status rq_cut_batch(rq_framework_model *source, int64_t batch);
/* RQ_EARG that names the first input whose shape is not known. */
rq_status rq_cut_require_static(const rq_framework_model *source);
/* Removes inputs that no output needs; `dropped` gets their names, a line each. */
rq_status rq_cut_drop_unused(rq_framework_model *source, rq_buf *dropped);

#endif
