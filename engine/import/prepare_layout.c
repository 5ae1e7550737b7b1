/* Inputs in another layout than the model's. */
#include "engine/import/prepare_step.h"

#include <ctype.h>
#include <string.h>

/* "nhwc", "[n,h,w,c]": its letters; `at` is no text of its own. */
typedef struct layout {
    const char *at;
    size_t n;
} layout;

static bool find_letter(size_t *out, layout of, char letter)
{
    for (size_t i = 0; i < of.n; i++)
        if (tolower((unsigned char)of.at[i]) == tolower((unsigned char)letter)) {
            *out = i;
            return true;
        }
    return false;
}

/* order[i]: which axis of `from` is axis i of `to`. */
static bool permutation(int64_t *order, layout from, layout to)
{
    size_t at = 0;
    if (from.n != to.n) return false;
    for (size_t i = 0; i < to.n; i++) {
        if (!find_letter(&at, from, to.at[i])) return false;
        order[i] = (int64_t)at;
    }
    return true;
}

/* The text of a flag that is for this input. */
static layout part_of(const rq_prepare_step *s, const char *text)
{
    const char *begin = text, *end = text ? text + strlen(text) : NULL;
    if (text && strpbrk(text, "([") && !rq_prepare_part(s, text, &begin, &end)) end = begin;
    return (layout){begin, (size_t)(end - begin)};
}

static void find_layouts(layout *from, layout *to, const rq_prepare_step *s,
                         const rq_prepare *prepare)
{
    *from = part_of(s, prepare->layout);
    *to = (layout){NULL, 0};
    const char *arrow = from->n ? memmem(from->at, from->n, "->", 2) : NULL;
    if (arrow) {
        *to = (layout){arrow + 2, from->n - (size_t)(arrow + 2 - from->at)};
        from->n = (size_t)(arrow - from->at);
    }
    if (prepare->source_layout) *from = part_of(s, prepare->source_layout);
    if (prepare->target_layout) *to = part_of(s, prepare->target_layout);
}

static void refuse(const rq_prepare_step *s, layout from, layout to, int rank)
{
    rq_ir_builder_fail(
        s->b, RQ_EARG,
        "input '%s' of rank %d: layout '%.*s'%s%.*s; expected a letter for each axis, "
        "such as nhwc->nchw",
        s->name, rank, (int)from.n, from.n ? from.at : "", to.n ? "->" : "", (int)to.n,
        to.n ? to.at : "");
}

void rq_prepare_layout(rq_prepare_step *s, const rq_prepare *prepare)
{
    int64_t order[RQ_MAX_RANK], back[RQ_MAX_RANK];
    layout from, to;
    size_t channels;
    rq_ir_builder *b = s->b;
    rq_shape shape = rq_ir_builder_shape(b, s->x), other = shape;
    find_layouts(&from, &to, s, prepare);
    if (!from.n && !to.n) return;
    layout target = to.n ? to : from;
    if ((int)from.n != shape.rank || !permutation(order, from, target) ||
        !permutation(back, target, from)) {
        refuse(s, from, to, shape.rank);
        return;
    }
    if (find_letter(&channels, from, 'c')) s->channels = (int)channels;
    if (!to.n || (to.n == from.n && !strncasecmp(to.at, from.at, to.n))) return;
    for (size_t i = 0; i < to.n; i++) other.d[i] = shape.d[order[i]];
    rq_ir_builder_retype(b, s->x, rq_ir_builder_dtype(b, s->x), &other);
    s->x = rq_emit_transpose(b, s->x, back, to.n);
}
