/* Shapes of custom layers by rule. */
#include "engine/import/custom_layers.h"

#include <ctype.h>
#include <string.h>

#define MAX_DEPTH 32 /* of parentheses */

typedef struct formula {
    const char *rule, *at;
    const rq_shape *in;
    size_t n_in;
    int depth;
} formula;

static rq_status wrong(const formula *f, const char *problem)
{
    return rq_fail(RQ_EFORMAT, "shape=\"%s\": %s at '%.20s'", f->rule, problem, f->at);
}

static void skip_blanks(formula *f)
{
    while (isspace((unsigned char)*f->at)) f->at++;
}

static bool take(formula *f, char sign)
{
    skip_blanks(f);
    if (*f->at != sign) return false;
    f->at++;
    return true;
}

static rq_status take_number(formula *f, int64_t *out)
{
    int64_t n = 0;
    if (!isdigit((unsigned char)*f->at)) return wrong(f, "expected a number");
    for (; isdigit((unsigned char)*f->at); f->at++)
        if (!rq_mul_i64(&n, n, 10) || !rq_add_i64(&n, n, *f->at - '0'))
            return wrong(f, "a number too large");
    *out = n;
    return RQ_OK;
}

/* "h", "d3", "c.1" */
static rq_status take_size(formula *f, int64_t *out)
{
    static const char letters[] = "bchw";
    char letter = *f->at == 'n' ? 'b' : *f->at;
    const char *found = letter ? strchr(letters, letter) : NULL;
    int64_t axis = found ? found - letters : 0, input = 0;
    if (!found && letter != 'd') return wrong(f, "expected a number, b, c, h, w or d0 to d9");
    f->at++;
    if (!found) RQ_TRY(take_number(f, &axis));
    if (*f->at == '.') {
        f->at++;
        RQ_TRY(take_number(f, &input));
    }
    if (input >= (int64_t)f->n_in || axis >= f->in[input].rank)
        return wrong(f, "the input has no such dimension");
    *out = f->in[input].d[axis];
    return RQ_OK;
}

static rq_status take_sum(formula *f, int64_t *out);

static rq_status take_factor(formula *f, int64_t *out)
{
    skip_blanks(f);
    if (!take(f, '('))
        return isdigit((unsigned char)*f->at) ? take_number(f, out) : take_size(f, out);
    if (++f->depth > MAX_DEPTH) return wrong(f, "parentheses nested too deep");
    RQ_TRY(take_sum(f, out));
    f->depth--;
    return take(f, ')') ? RQ_OK : wrong(f, "expected ')'");
}

static rq_status take_product(formula *f, int64_t *out)
{
    RQ_TRY(take_factor(f, out));
    for (;;) {
        int64_t other;
        bool times = take(f, '*');
        if (!times && !take(f, '/')) return RQ_OK;
        RQ_TRY(take_factor(f, &other));
        if (times && !rq_mul_i64(out, *out, other)) return wrong(f, "a size too large");
        if (!times && other <= 0) return wrong(f, "division by what is not positive");
        if (!times) *out /= other;
    }
}

static rq_status take_sum(formula *f, int64_t *out)
{
    RQ_TRY(take_product(f, out));
    for (;;) {
        int64_t other;
        bool plus = take(f, '+');
        if (!plus && !take(f, '-')) return RQ_OK;
        RQ_TRY(take_product(f, &other));
        if ((!plus && !rq_mul_i64(&other, other, -1)) || !rq_add_i64(out, *out, other))
            return wrong(f, "a size too large");
    }
}

static rq_status take_sizes(formula *f, rq_shape *out)
{
    *out = (rq_shape){0};
    if (take(f, ']')) return RQ_OK;
    do {
        if (out->rank == RQ_MAX_RANK) return wrong(f, "too many dimensions");
        RQ_TRY(take_sum(f, &out->d[out->rank++]));
    } while (take(f, ','));
    return take(f, ']') ? RQ_OK : wrong(f, "expected ',' or ']'");
}

static rq_status take_same(formula *f, rq_shape *out)
{
    int64_t input = 0;
    f->at += strlen("same");
    if (take(f, ':')) RQ_TRY(take_number(f, &input));
    if (input >= (int64_t)f->n_in) return wrong(f, "there is no such input");
    *out = f->in[input];
    return RQ_OK;
}

rq_status rq_custom_shape(rq_shape *out, const char *rule, size_t index, const rq_shape *in,
                          size_t n_in)
{
    const char *at = rule;
    for (; index && at; index--)
        if ((at = strchr(at, ';'))) at++;
    formula f = {.rule = rule, .at = at ? at : "", .in = in, .n_in = n_in};
    skip_blanks(&f);
    if (take(&f, '['))
        RQ_TRY(take_sizes(&f, out));
    else if (!strncmp(f.at, "same", strlen("same")))
        RQ_TRY(take_same(&f, out));
    else
        return wrong(&f, "expected same, same:N or [...] for each output");
    skip_blanks(&f);
    if (*f.at && *f.at != ';') return wrong(&f, "expected its end");
    return rq_shape_check(out, false, "its shape by rule");
}
