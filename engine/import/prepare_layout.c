/* Inputs in another layout than the model's. */
#include "engine/import/prepare_step.h"

#include <ctype.h>
#include <string.h>

/* A letter for each axis; '?' is one that has no name. */
typedef struct layout {
    char at[RQ_MAX_RANK];
    size_t n;
} layout;

static bool find_letter(size_t *out, layout of, char letter)
{
    for (size_t i = 0; i < of.n; i++)
        if (of.at[i] == letter) {
            *out = i;
            return true;
        }
    return false;
}

/* "nhwc", "[n,h,w,c]", "n...c": of a tensor of that rank. False when it is none. */
static bool read_layout(layout *out, const char *begin, const char *end, int rank)
{
    char letters[2 * RQ_MAX_RANK];
    size_t n = 0, dots = SIZE_MAX;
    out->n = 0;
    for (const char *c = begin; c < end; c++) {
        if (strchr("[](), ", *c)) continue;
        bool rest = end - c >= 3 && !strncmp(c, "...", 3);
        if (rest && dots != SIZE_MAX) return false;
        if (rest) {
            dots = n;
            c += 2;
        } else if (n == sizeof letters || !(isalnum((unsigned char)*c) || *c == '?')) {
            return false;
        } else {
            letters[n++] = (char)tolower((unsigned char)*c);
        }
    }
    size_t gap = dots != SIZE_MAX && n < (size_t)rank ? (size_t)rank - n : 0;
    if (n + gap > RQ_MAX_RANK) return false;
    for (size_t i = 0; i < n + gap; i++) {
        bool inside = gap && i >= dots && i < dots + gap;
        /* axes of "..." have names of their own, the same in every layout */
        out->at[i] = inside ? (char)('0' + (i - dots)) : letters[i < dots || !gap ? i : i - gap];
    }
    out->n = n + gap;
    return true;
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

/* The text of a flag that is for this input: "nhwc", "x(nhwc),y(nc)", "x([n,h,w,c]->[n,c,h,w])".
 * Empty where it names others. */
static void part_of(const rq_prepare_step *s, const char *text, const char **begin,
                    const char **end)
{
    *begin = text;
    *end = text + strlen(text);
    const char *first = text + strcspn(text, "([");
    if (*first != '(' && first == text) return; /* "[n,c]->..." of every input */
    if (!*first) return;
    const char *closed;
    for (const char *at = text; *at; at = closed + strspn(closed, "), ")) {
        const char *open = at + strcspn(at, "([");
        if (!*open) break;
        closed = strchr(open + 1, *open == '(' ? ')' : ']');
        if (!closed) break;
        if ((size_t)(open - at) == strlen(s->name) && !strncmp(at, s->name, strlen(s->name))) {
            *begin = open + 1;
            *end = closed;
            return;
        }
        closed++;
    }
    *end = *begin;
}

static bool read_part(layout *out, const rq_prepare_step *s, const char *text, int rank)
{
    const char *begin, *end;
    out->n = 0;
    if (!text) return true;
    part_of(s, text, &begin, &end);
    return read_layout(out, begin, end, rank);
}

/* False where a text is no layout. */
static bool find_layouts(layout *from, layout *to, const rq_prepare_step *s,
                         const rq_prepare *prepare, int rank)
{
    const char *begin = "", *end = begin;
    from->n = to->n = 0;
    if (prepare->layout) part_of(s, prepare->layout, &begin, &end);
    const char *arrow = end > begin ? memmem(begin, (size_t)(end - begin), "->", 2) : NULL;
    if (!read_layout(from, begin, arrow ? arrow : end, rank) ||
        (arrow && !read_layout(to, arrow + 2, end, rank)))
        return false;
    if (prepare->source_layout && !read_part(from, s, prepare->source_layout, rank)) return false;
    return !prepare->target_layout || read_part(to, s, prepare->target_layout, rank);
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
    layout from = {.n = 0}, to = {.n = 0};
    size_t channels;
    rq_ir_builder *b = s->b;
    rq_shape shape = rq_ir_builder_shape(b, s->x), other = shape;
    bool known = find_layouts(&from, &to, s, prepare, shape.rank);
    if (known && !from.n && !to.n) return;
    if (known && !from.n) from = to; /* nothing to change from: it names the channels */
    layout target = to.n ? to : from;
    if (!known || (int)from.n != shape.rank || !permutation(order, from, target) ||
        !permutation(back, target, from)) {
        refuse(s, from, to, shape.rank);
        return;
    }
    if (find_letter(&channels, from, 'c')) s->channels = (int)channels;
    if (!to.n || !memcmp(to.at, from.at, to.n)) return;
    for (size_t i = 0; i < to.n; i++) other.d[i] = shape.d[order[i]];
    rq_ir_builder_retype(b, s->x, rq_ir_builder_dtype(b, s->x), &other);
    s->x = rq_emit_transpose(b, s->x, back, to.n);
}
