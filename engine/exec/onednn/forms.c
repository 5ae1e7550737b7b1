#include "engine/exec/onednn/plan.h"

#include <string.h>

bool rq_codes_equal(const rq_codes *a, const rq_codes *b)
{
    return a->scale == b->scale && a->zero_point == b->zero_point && a->top == b->top &&
           a->scales == b->scales;
}

static size_t tensor_bytes(const rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout)
{
    const rq_tensor *t = &plan->bound->values[value];
    if (layout) return rq_dnn_layout_bytes(layout);
    return t->shape.rank >= 0 ? rq_tensor_bytes(t) : 0;
}

/* Memory that is no value of the graph, or not yet. */
static rq_status add_form(size_t *out, rq_onednn_plan *plan, const rq_dnn_layout *layout,
                          size_t root, size_t bytes)
{
    RQ_TRY(rq_grow(&plan->forms, &plan->capacity_forms, plan->n_forms, sizeof *plan->forms,
                   "an execution plan"));
    *out = plan->n_forms++;
    plan->forms[*out] = (rq_form){.value = RQ_NONE,
                                  .layout = layout,
                                  .root = root == RQ_NO_FORM ? *out : plan->forms[root].root,
                                  .shift = root == RQ_NO_FORM ? 0 : plan->forms[root].shift,
                                  .first = SIZE_MAX,
                                  .maker = RQ_NO_FORM,
                                  .next = RQ_NO_FORM};
    rq_form *owner = &plan->forms[plan->forms[*out].root];
    bytes += plan->forms[*out].shift;
    if (owner->bytes < bytes) owner->bytes = bytes;
    return RQ_OK;
}

void rq_form_move(rq_onednn_plan *plan, size_t root, size_t whole, size_t shift)
{
    rq_form *to = &plan->forms[whole];
    const rq_form *from = &plan->forms[root];
    if (from->first < to->first) to->first = from->first;
    if (from->last > to->last) to->last = from->last;
    for (size_t f = 0; f < plan->n_forms; f++) {
        if (plan->forms[f].root != root) continue;
        plan->forms[f].root = whole;
        plan->forms[f].shift += shift;
    }
}

rq_status rq_form_scratch(size_t *out, rq_onednn_plan *plan, const rq_dnn_layout *layout)
{
    return add_form(out, plan, layout, RQ_NO_FORM, rq_dnn_layout_bytes(layout));
}

rq_status rq_form_view(size_t *out, rq_onednn_plan *plan, size_t form, const rq_dnn_layout *layout)
{
    return add_form(out, plan, layout, form, rq_dnn_layout_bytes(layout));
}

rq_status rq_form_add(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                      const rq_codes *codes, size_t root)
{
    RQ_TRY(add_form(out, plan, layout, root, tensor_bytes(plan, value, layout)));
    plan->forms[*out].value = value;
    if (codes) plan->forms[*out].codes = *codes;
    size_t *link = &plan->first_form[value];
    while (*link != RQ_NO_FORM) link = &plan->forms[*link].next;
    *link = *out;
    return RQ_OK;
}

/* A constant becomes a form when it is first asked for. */
static rq_status add_constant(size_t *out, rq_onednn_plan *plan, rq_id value)
{
    const rq_tensor *t = &plan->bound->values[value];
    RQ_TRY(rq_form_add(out, plan, value, rq_dnn_layout_dense(plan->dnn, t->dtype, &t->shape), NULL,
                       RQ_NO_FORM));
    plan->forms[*out].data = t->data;
    return RQ_OK;
}

/* The value as its producer left it (numbers or codes); never RQ_NO_FORM for a value that is
 * there. */
static rq_status any_form(size_t *out, rq_onednn_plan *plan, rq_id value)
{
    *out = plan->first_form[value];
    if (*out != RQ_NO_FORM) return RQ_OK;
    if (plan->bound->values[value].data) return add_constant(out, plan, value);
    return rq_node_fail(rq_value_producer(plan->bound->graph, value), RQ_EFORMAT,
                        "output %u is used before it is computed",
                        plan->bound->graph->values[value]->index);
}

const rq_codes *rq_form_codes(const rq_onednn_plan *plan, rq_id value, size_t *form)
{
    for (size_t f = plan->first_form[value]; f != RQ_NO_FORM; f = plan->forms[f].next)
        if (plan->forms[f].codes.scale != 0.0f) {
            if (form) *form = f;
            return &plan->forms[f].codes;
        }
    return NULL;
}

static bool is_numbers(const rq_form *form)
{
    return form->codes.scale == 0.0f;
}

/* What was decoded with scale 1 gets its channels' scales, in place. */
static rq_status scale_channels(rq_onednn_plan *plan, size_t form, const rq_codes *codes,
                                rq_id node)
{
    const rq_dnn_layout *layout = plan->forms[form].layout;
    rq_dnn_primitive *primitive;
    rq_shape shape =
        rq_channel_shape(plan->bound->values[plan->forms[form].value].shape.rank, codes->n);
    RQ_TRY(rq_dnn_binary(&primitive, plan->dnn, RQ_DNN_MUL, layout,
                         rq_dnn_layout_dense(plan->dnn, RQ_DT_F32, &shape), layout, NULL));
    rq_step_arg args[] = {{RQ_DNN_SRC, form, NULL},
                          {RQ_DNN_SRC_1, RQ_NO_FORM, codes->scales},
                          {RQ_DNN_DST, form, NULL}};
    return rq_step_add(plan, RQ_STEP_PRIMITIVE, node, primitive, args, 3);
}

static rq_status decode(size_t *out, rq_onednn_plan *plan, size_t from, rq_id node)
{
    rq_form source = plan->forms[from];
    const rq_dnn_layout *layout = rq_dnn_layout_retyped(plan->dnn, source.layout, RQ_DT_F32);
    if (!layout) return RQ_ENOMEM;
    RQ_TRY(rq_form_add(out, plan, source.value, layout, NULL, RQ_NO_FORM));
    rq_step_arg args[] = {{RQ_DNN_SRC, from, NULL}, {RQ_DNN_DST, *out, NULL}};
    RQ_TRY(rq_step_add(plan, RQ_STEP_DECODE, node, NULL, args, 2));
    return source.codes.scales ? scale_channels(plan, *out, &source.codes, node) : RQ_OK;
}

rq_status rq_form_numbers(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    RQ_TRY(any_form(out, plan, value));
    size_t codes = *out;
    for (size_t f = *out; f != RQ_NO_FORM; f = plan->forms[f].next)
        if (is_numbers(&plan->forms[f])) {
            *out = f;
            return plan->forms[f].layout ? RQ_OK : RQ_EUNSUPPORTED;
        }
    return decode(out, plan, codes, node);
}

rq_status rq_form_reorder(rq_onednn_plan *plan, size_t from, size_t to, rq_id node)
{
    rq_dnn_primitive *primitive;
    RQ_TRY(rq_dnn_reorder(&primitive, plan->dnn, plan->forms[from].layout, plan->forms[to].layout));
    rq_step_arg args[] = {{RQ_DNN_SRC, from, NULL}, {RQ_DNN_DST, to, NULL}};
    return rq_step_add(plan, RQ_STEP_REORDER, node, primitive, args, 2);
}

static rq_status reorder(size_t *out, rq_onednn_plan *plan, size_t from,
                         const rq_dnn_layout *layout, rq_id node)
{
    rq_form source = plan->forms[from];
    RQ_TRY(rq_form_add(out, plan, source.value, layout, &source.codes, RQ_NO_FORM));
    return rq_form_reorder(plan, from, *out, node);
}

rq_status rq_form_copy(size_t *out, rq_onednn_plan *plan, size_t form, const rq_dnn_layout *layout,
                       rq_id node)
{
    RQ_TRY(rq_form_scratch(out, plan, layout));
    return rq_form_reorder(plan, form, *out, node);
}

static bool fits(const rq_form *form, const rq_dnn_layout *layout, const rq_codes *codes)
{
    static const rq_codes none = {0};
    return form->layout && rq_codes_equal(&form->codes, codes ? codes : &none) &&
           rq_dnn_layout_equal(form->layout, layout);
}

rq_status rq_form_in(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                     const rq_codes *codes, rq_id node)
{
    if (!layout) return RQ_EUNSUPPORTED;
    RQ_TRY(any_form(out, plan, value));
    for (size_t f = *out; f != RQ_NO_FORM; f = plan->forms[f].next)
        if (fits(&plan->forms[f], layout, codes)) {
            *out = f;
            return RQ_OK;
        }
    size_t from;
    if (codes) {
        if (!rq_form_codes(plan, value, &from)) return RQ_EUNSUPPORTED;
    } else {
        RQ_TRY(rq_form_numbers(&from, plan, value, node));
        if (fits(&plan->forms[from], layout, NULL)) {
            *out = from;
            return RQ_OK;
        }
    }
    return reorder(out, plan, from, layout, node);
}

rq_status rq_form_dense(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    const rq_tensor *t = &plan->bound->values[value];
    RQ_TRY(any_form(out, plan, value));
    for (size_t f = *out; f != RQ_NO_FORM; f = plan->forms[f].next) {
        const rq_form *form = &plan->forms[f];
        if (!is_numbers(form) || (form->layout && !rq_dnn_layout_is_dense(form->layout))) continue;
        *out = f;
        return RQ_OK;
    }
    return rq_form_in(out, plan, value, rq_dnn_layout_dense(plan->dnn, t->dtype, &t->shape), NULL,
                      node);
}
