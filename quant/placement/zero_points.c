#include "quant/placement/zero_points.h"

#include "engine/base/mem.h"
#include "engine/ops/work.h"

#include <stdlib.h>

#define FEW_ROWS 32

typedef enum reader {
#define RQ_ZERO_POINT(reader, amx, vnni, avx2) READER_##reader,
#include "quant/placement/zero_points.def"
#undef RQ_ZERO_POINT
} reader;

static const double percent[][RQ_ZERO_POINT_OTHER] = {
#define RQ_ZERO_POINT(reader, amx, vnni, avx2)                                                     \
    {((amx) + (vnni) + (avx2)) / 3.0, (amx), (vnni), (avx2)},
#include "quant/placement/zero_points.def"
#undef RQ_ZERO_POINT
};

/* -- layers ---------------------------------------------------------------------------------- */

static bool has_few_rows(const rq_bound *bound, const rq_node *node)
{
    const rq_shape *out = &bound->values[node->out[0]].shape;
    if (out->rank < 1 || !rq_shape_is_static(out)) return false;
    int64_t columns = out->d[out->rank - 1];
    return columns > 0 && (int64_t)rq_shape_count(out) / columns <= FEW_ROWS;
}

/* Of weights [G,] O, I, K... */
static reader convolution_of(const rq_shape *weights, bool grouped)
{
    int first = grouped ? 1 : 0;
    bool window = false;
    for (int d = first + 2; d < weights->rank; d++) window |= weights->d[d] > 1;
    if (grouped && weights->d[1] == 1 && weights->d[2] == 1) return READER_DEPTHWISE;
    return window ? READER_WINDOW : READER_POINTWISE;
}

static reader reader_of(const rq_bound *bound, const rq_node *node)
{
    rq_weight_order kind = bound->nodes[node->id].op->weights;
    if (kind == RQ_WEIGHTS_MATRIX)
        return has_few_rows(bound, node) ? READER_FEW_ROWS : READER_PRODUCT;
    return convolution_of(&bound->values[node->in[1]].shape, kind == RQ_WEIGHTS_GOIK);
}

double rq_zero_point_layer_cost(const rq_bound *bound, const rq_node *node, rq_zero_point_isa isa)
{
    return percent[reader_of(bound, node)][isa == RQ_ZERO_POINT_OTHER ? RQ_ZERO_POINT_AMX : isa];
}

/* -- points ---------------------------------------------------------------------------------- */

/* Of the layers that read a value's codes. */
typedef struct load {
    double work, extra; /* multiply-accumulates, and those times percent */
} load;

typedef struct finder {
    const rq_bound *bound;
    const rq_placement *placement;
    rq_zero_point_isa isa;
    load *loads; /* by value id: of its readers, and of those behind layers that move it */
    double total;
} finder;

static bool has_weights(const finder *f, const rq_node *node)
{
    return f->bound->nodes[node->id].op->role == RQ_ROLE_WEIGHTED;
}

static load load_of_use(const finder *f, const rq_use *use)
{
    const rq_node *node = f->bound->graph->nodes[use->node];
    const rq_int8_kernel *kernel = rq_int8_kernel_of(f->bound->nodes[node->id].op, false);
    load sum = {0};
    if (f->placement->ignored[node->id] || !kernel) return sum;
    if (has_weights(f, node) && use->port < 2) {
        sum.work = rq_work_flops_of(f->bound, node->id);
        sum.extra = sum.work * rq_zero_point_layer_cost(f->bound, node, f->isa);
    } else if (kernel->use == RQ_KERNEL_MOVES || kernel->use == RQ_KERNEL_TAKES) {
        for (uint32_t o = 0; o < node->n_out; o++) {
            sum.work += f->loads[node->out[o]].work;
            sum.extra += f->loads[node->out[o]].extra;
        }
    }
    return sum;
}

static load load_of_uses(const finder *f, const rq_use *uses, size_t n)
{
    load sum = {0};
    for (size_t u = 0; u < n; u++) {
        load one = load_of_use(f, &uses[u]);
        sum.work += one.work;
        sum.extra += one.extra;
    }
    return sum;
}

/* From the end. */
static void fill_loads(finder *f, const rq_uses *uses)
{
    for (size_t i = f->bound->n_order; i-- > 0;) {
        const rq_node *node = f->bound->graph->nodes[f->bound->order[i]];
        if (f->bound->nodes[node->id].folded) continue;
        if (has_weights(f, node)) f->total += rq_work_flops_of(f->bound, node->id);
        for (uint32_t o = 0; o < node->n_out; o++) {
            rq_id v = node->out[o];
            f->loads[v] = load_of_uses(f, &uses->uses[uses->first[v]], rq_uses_count(uses, v));
        }
    }
}

static rq_status find(rq_zero_point_cost *out, finder *f)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, f->bound->graph));
    fill_loads(f, &uses);
    rq_uses_free(&uses);
    for (size_t i = 0; i < f->placement->n_points; i++) {
        const rq_point *point = &f->placement->points[i];
        load l = load_of_uses(f, point->uses, point->n_uses);
        if (l.work > 0.0) out[i] = (rq_zero_point_cost){l.extra / l.work, l.extra / f->total};
    }
    return RQ_OK;
}

rq_status rq_zero_point_costs(rq_zero_point_cost **out, const rq_bound *bound,
                              const rq_placement *placement, rq_zero_point_isa isa)
{
    finder f = {.bound = bound, .placement = placement, .isa = isa};
    size_t n = placement->n_points;
    RQ_TRY(rq_calloc(out, n ? n : 1, sizeof **out, "costs of zero points"));
    rq_status status = rq_calloc(&f.loads, bound->graph->n_values, sizeof *f.loads, "costs");
    if (status == RQ_OK) status = find(*out, &f);
    free(f.loads);
    if (status == RQ_OK) return RQ_OK;
    free(*out);
    *out = NULL;
    return status;
}
