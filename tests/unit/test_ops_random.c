/* Operators that are computed tile by tile or row by row (comparisons, arithmetic, Select, Pad,
 * reductions, movement) against loops that look at one element at a time, on random shapes. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "tests/unit/op_harness.h"

#include <inttypes.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SEEDS 60
#else
#define SEEDS 300
#endif

#define MAX_ELEMENTS 6000

typedef struct problem {
    uint64_t seed;
    rq_rng rng;
} problem;

static problem problem_of(uint64_t seed)
{
    problem p = {.seed = seed};
    rq_rng_seed(&p.rng, seed);
    return p;
}

static int64_t below(problem *p, int64_t n)
{
    return (int64_t)rq_rng_below(&p->rng, (uint64_t)n);
}

static int64_t random_dim(problem *p)
{
    switch (below(p, 12)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return 1;
    case 3:
        return 1 + below(p, 1500);
    case 4:
        return 1 + below(p, 70);
    default:
        return 1 + below(p, 6);
    }
}

static rq_shape random_shape(problem *p, int max_rank)
{
    rq_shape s = {.rank = (int)below(p, max_rank + 1)};
    for (int d = 0; d < s.rank; d++) {
        s.d[d] = random_dim(p);
        while (rq_shape_count(&s) > MAX_ELEMENTS && s.d[d] > 1) s.d[d] /= 2;
        for (int e = d + 1; e < s.rank; e++) s.d[e] = 1;
        if (rq_shape_span(&s, 0, d + 1) > MAX_ELEMENTS) s.d[d] = 1;
    }
    return s;
}

/* One that is broadcast to `whole`. */
static rq_shape narrower(problem *p, const rq_shape *whole)
{
    int drop = below(p, 3) == 0 && whole->rank > 0 ? (int)below(p, whole->rank) : 0;
    rq_shape s = {.rank = whole->rank - drop};
    for (int d = 0; d < s.rank; d++) s.d[d] = below(p, 3) == 0 ? 1 : whole->d[d + drop];
    return s;
}

/* Small integers, and what only this type has; types of less than a byte are full of all. */
static double random_number(problem *p, rq_dtype dtype)
{
    bool is_float = rq_dtype_is_float(dtype),
         is_signed = rq_dtype_kind_of(dtype) != RQ_KIND_UNSIGNED;
    if (is_float && below(p, 20) == 0) return below(p, 2) ? NAN : below(p, 2) ? -0.0 : INFINITY;
    if (is_float && below(p, 2)) return rq_rng_normal(&p->rng);
    return (double)(below(p, is_signed ? 9 : 5) - (is_signed ? 4 : 0));
}

/* As constants of a file lie: perhaps unaligned. */
static rq_tensor random_tensor(problem *p, rq_dtype dtype, const rq_shape *shape, void **memory)
{
    rq_tensor t = {dtype, *shape, NULL};
    size_t n = rq_shape_count(shape), shift = below(p, 4) == 0 ? 1 : 0;
    *memory = calloc(1, rq_tensor_bytes(&t) + 9);
    assert_non_null(*memory);
    t.data = (char *)*memory + shift;
    for (size_t i = 0; i < n; i++) {
        double x = random_number(p, dtype);
        if (rq_dtype_is_float(dtype))
            rq_store_f64(t.data, dtype, i, x);
        else
            rq_store_i64(t.data, dtype, i, (int64_t)x);
    }
    return t;
}

/* Indices along `out` of its element i. */
static void index_of(int64_t *index, const rq_shape *out, size_t i)
{
    for (int d = out->rank - 1; d >= 0; d--) {
        index[d] = (int64_t)(i % (size_t)out->d[d]);
        i /= (size_t)out->d[d];
    }
}

/* The element of an operand that is broadcast. */
static size_t broadcast_at(const rq_shape *operand, const rq_shape *out, const int64_t *index)
{
    size_t at = 0;
    for (int d = 0; d < operand->rank; d++) {
        int64_t x = operand->d[d] == 1 ? 0 : index[d + out->rank - operand->rank];
        at = at * (size_t)operand->d[d] + (size_t)x;
    }
    return at;
}

static void expect_number(const problem *p, const char *what, const rq_tensor *got, size_t i,
                          double want)
{
    double x = rq_load_f64(got->data, got->dtype, i);
    char shape[RQ_SHAPE_TEXT];
    if (x == want || (isnan(x) && isnan(want))) return;
    fail_msg("seed %" PRIu64 ": %s of %s %s: [%zu] is %.17g, expected %.17g", p->seed, what,
             rq_dtype_name(got->dtype), rq_shape_text(&got->shape, shape), i, x, want);
}

/* -- two operands ------------------------------------------------------------------------------ */

typedef struct pair {
    const char *type, *version;
    double (*of)(double x, double y);
    bool floats, integers; /* that it takes */
} pair;

static double equal(double x, double y)
{
    return x == y;
}
static double not_equal(double x, double y)
{
    return x != y;
}
static double less(double x, double y)
{
    return x < y;
}
static double less_equal(double x, double y)
{
    return x <= y;
}
static double greater(double x, double y)
{
    return x > y;
}
static double greater_equal(double x, double y)
{
    return x >= y;
}
static double logical_and(double x, double y)
{
    return x != 0.0 && y != 0.0;
}
static double logical_or(double x, double y)
{
    return x != 0.0 || y != 0.0;
}
static double logical_xor(double x, double y)
{
    return (x != 0.0) != (y != 0.0);
}
static double add(double x, double y)
{
    return x + y;
}
static double subtract(double x, double y)
{
    return x - y;
}
static double multiply(double x, double y)
{
    return x * y;
}
static double larger(double x, double y)
{
    return x > y ? x : y;
}
static double smaller(double x, double y)
{
    return x < y ? x : y;
}
static double bitwise_xor(double x, double y)
{
    return (double)((int64_t)x ^ (int64_t)y);
}

static const pair pairs[] = {
    {"Equal", "opset1", equal, true, true},
    {"NotEqual", "opset1", not_equal, true, true},
    {"Less", "opset1", less, true, true},
    {"LessEqual", "opset1", less_equal, true, true},
    {"Greater", "opset1", greater, true, true},
    {"GreaterEqual", "opset1", greater_equal, true, true},
    {"LogicalAnd", "opset1", logical_and, true, true},
    {"LogicalOr", "opset1", logical_or, true, true},
    {"LogicalXor", "opset1", logical_xor, true, true},
    {"Add", "opset1", add, true, true},
    {"Subtract", "opset1", subtract, true, true},
    {"Multiply", "opset1", multiply, true, true},
    {"Maximum", "opset1", larger, true, true},
    {"Minimum", "opset1", smaller, true, true},
    {"BitwiseXor", "opset13", bitwise_xor, false, true},
};

static const rq_dtype types[] = {
    RQ_DT_F32,    RQ_DT_F32, RQ_DT_F64, RQ_DT_F16, RQ_DT_BF16, RQ_DT_F8E4M3,
    RQ_DT_F8E5M2, RQ_DT_I64, RQ_DT_I32, RQ_DT_I16, RQ_DT_I8,   RQ_DT_I4,
    RQ_DT_U64,    RQ_DT_U32, RQ_DT_U16, RQ_DT_U8,  RQ_DT_U4,   RQ_DT_BOOL,
};
#define N_TYPES (sizeof types / sizeof *types)

static double loaded(const rq_tensor *t, size_t i)
{
    return rq_load_f64(t->data, t->dtype, i);
}

/* As the output's type has it; arithmetic of narrow floats is in f32. */
static double stored(rq_dtype dtype, double x)
{
    double kept = 0.0;
    float single = (float)x;
    if (rq_dtype_is_float(dtype))
        rq_store_f64(&kept, dtype, 0, (double)single);
    else
        rq_store_i64(&kept, dtype, 0, (int64_t)x);
    return rq_load_f64(&kept, dtype, 0);
}

static void check_pair(uint64_t seed)
{
    problem p = problem_of(seed);
    const pair *op = &pairs[below(&p, sizeof pairs / sizeof *pairs)];
    rq_dtype dtype = types[below(&p, N_TYPES)];
    if (rq_dtype_is_float(dtype) ? !op->floats : !op->integers) return;
    rq_shape whole = random_shape(&p, 5), a = narrower(&p, &whole), b = narrower(&p, &whole);
    void *memory[2];
    rq_tensor in[] = {random_tensor(&p, dtype, &a, &memory[0]),
                      random_tensor(&p, dtype, &b, &memory[1])};
    op_run r;
    assert_ok(op_open(&r, op->type, op->version, NULL, in, 2, 1));
    const rq_shape *out = &r.out[0].shape;
    for (size_t i = 0; i < rq_shape_count(out); i++) {
        int64_t index[RQ_MAX_RANK];
        index_of(index, out, i);
        double x = loaded(&in[0], broadcast_at(&a, out, index));
        double y = loaded(&in[1], broadcast_at(&b, out, index));
        bool compares = r.out[0].dtype == RQ_DT_BOOL;
        double want = compares ? op->of(x, y) : op->of((double)(float)x, (double)(float)y);
        expect_number(&p, op->type, &r.out[0], i, stored(r.out[0].dtype, want));
    }
    op_close(&r);
    free(memory[0]);
    free(memory[1]);
}

/* -- Select ------------------------------------------------------------------------------------ */

static void check_select(uint64_t seed)
{
    problem p = problem_of(seed);
    rq_dtype dtype = types[below(&p, N_TYPES)];
    if (rq_dtype_bits(dtype) < 8) return;
    rq_shape whole = random_shape(&p, 5);
    rq_shape shapes[] = {narrower(&p, &whole), narrower(&p, &whole), narrower(&p, &whole)};
    void *memory[3];
    rq_tensor in[3];
    for (int k = 0; k < 3; k++)
        in[k] = random_tensor(&p, k ? dtype : RQ_DT_BOOL, &shapes[k], &memory[k]);
    op_run r;
    assert_ok(op_open(&r, "Select", "opset1", NULL, in, 3, 1));
    const rq_shape *out = &r.out[0].shape;
    for (size_t i = 0; i < rq_shape_count(out); i++) {
        int64_t index[RQ_MAX_RANK];
        index_of(index, out, i);
        int from = loaded(&in[0], broadcast_at(&shapes[0], out, index)) != 0.0 ? 1 : 2;
        double want = loaded(&in[from], broadcast_at(&shapes[from], out, index));
        expect_number(&p, "Select", &r.out[0], i, want);
    }
    op_close(&r);
    for (int k = 0; k < 3; k++) free(memory[k]);
}

/* -- Pad --------------------------------------------------------------------------------------- */

enum { CONSTANT, EDGE, REFLECT, SYMMETRIC };

/* Walks over the edges one step at a time; -1: outside. */
static int64_t padded_from(int mode, int64_t x, int64_t dim)
{
    if (x >= 0 && x < dim) return x;
    if (mode == CONSTANT) return -1;
    if (mode == EDGE) return x < 0 ? 0 : dim - 1;
    int64_t mirror = mode == REFLECT ? 0 : 1;
    return x < 0 ? -x - mirror : dim - 1 - (x - (dim - 1)) + mirror;
}

static int64_t random_pad(problem *p, int mode, int64_t dim)
{
    int64_t most = mode == REFLECT ? dim - 1 : mode == SYMMETRIC ? dim : dim ? 9 : mode ? 0 : 9;
    if (below(p, 3) == 0) return -below(p, dim / 3 + 1);
    return most > 0 && below(p, 2) ? below(p, (most < 9 ? most : 9) + 1) : 0;
}

static void check_pad(uint64_t seed)
{
    static const char *const modes[] = {"constant", "edge", "reflect", "symmetric"};
    problem p = problem_of(seed);
    rq_dtype dtype = types[below(&p, N_TYPES)];
    if (rq_dtype_bits(dtype) < 8) return;
    int mode = (int)below(&p, 4);
    rq_shape shape = random_shape(&p, 4), single = {0, {0}};
    int64_t before[RQ_MAX_RANK], after[RQ_MAX_RANK];
    for (int d = 0; d < shape.rank; d++) {
        before[d] = random_pad(&p, mode, shape.d[d]);
        after[d] = random_pad(&p, mode, shape.d[d]);
    }
    void *memory[2];
    const char *attrs[] = {"pad_mode", modes[mode], NULL};
    rq_tensor in[] = {random_tensor(&p, dtype, &shape, &memory[0]),
                      TENSOR(RQ_DT_I64, before, shape.rank), TENSOR(RQ_DT_I64, after, shape.rank),
                      random_tensor(&p, dtype, &single, &memory[1])};
    op_run r;
    assert_ok(op_open(&r, "Pad", "opset1", attrs, in, mode == CONSTANT ? 4 : 3, 1));
    const rq_shape *out = &r.out[0].shape;
    for (size_t i = 0; i < rq_shape_count(out); i++) {
        int64_t index[RQ_MAX_RANK];
        size_t at = 0;
        bool outside = false;
        index_of(index, out, i);
        for (int d = 0; d < shape.rank; d++) {
            int64_t from = padded_from(mode, index[d] - before[d], shape.d[d]);
            outside |= from < 0;
            at = at * (size_t)shape.d[d] + (size_t)from;
        }
        expect_number(&p, "Pad", &r.out[0], i, outside ? loaded(&in[3], 0) : loaded(&in[0], at));
    }
    op_close(&r);
    free(memory[0]);
    free(memory[1]);
}

/* -- reductions -------------------------------------------------------------------------------- */

typedef struct reduction {
    const char *type, *version;
    double start;
    double (*step)(double sum, double x);
} reduction;

static double add_magnitude(double sum, double x)
{
    return sum + fabs(x);
}
static double add_square(double sum, double x)
{
    return sum + x * x;
}

/* Of what is not a number, nothing. */
static double larger_yet(double sum, double x)
{
    return x > sum ? x : sum;
}

static double smaller_yet(double sum, double x)
{
    return x < sum ? x : sum;
}

static const reduction reductions[] = {
    {"ReduceSum", "opset1", 0.0, add},
    {"ReduceMean", "opset1", 0.0, add},
    {"ReduceProd", "opset1", 1.0, multiply},
    {"ReduceMax", "opset1", -INFINITY, larger_yet},
    {"ReduceMin", "opset1", INFINITY, smaller_yet},
    {"ReduceL1", "opset4", 0.0, add_magnitude},
    {"ReduceL2", "opset4", 0.0, add_square},
    {"ReduceLogicalAnd", "opset1", 1.0, logical_and},
    {"ReduceLogicalOr", "opset1", 0.0, logical_or},
};

/* What is left of all elements whose kept indices are those of an output; in memory's order. */
static double reduced_at(const reduction *op, const rq_tensor *in, const bool *gone,
                         const int64_t *index)
{
    double sum = op->start;
    size_t members = 0;
    for (size_t i = 0; i < rq_tensor_count(in); i++) {
        int64_t own[RQ_MAX_RANK];
        bool mine = true;
        index_of(own, &in->shape, i);
        for (int d = 0; d < in->shape.rank; d++) mine &= gone[d] || own[d] == index[d];
        if (!mine) continue;
        sum = op->step(sum, (double)(float)loaded(in, i)); /* of f64, too */
        members++;
    }
    if (!strcmp(op->type, "ReduceMean")) return members ? sum / (double)members : NAN;
    return strcmp(op->type, "ReduceL2") ? sum : sqrt(sum);
}

static void check_reduction(uint64_t seed)
{
    problem p = problem_of(seed);
    const reduction *op = &reductions[below(&p, sizeof reductions / sizeof *reductions)];
    rq_dtype dtype = types[below(&p, N_TYPES)];
    rq_shape shape = random_shape(&p, 4);
    while (rq_shape_count(&shape) > 1500) shape = random_shape(&p, 4);
    int64_t axes[RQ_MAX_RANK], n_axes = 0;
    bool gone[RQ_MAX_RANK] = {false};
    for (int d = 0; d < shape.rank; d++) {
        gone[d] = below(&p, 2);
        if (gone[d]) axes[n_axes++] = d;
    }
    void *memory;
    rq_tensor in[] = {random_tensor(&p, dtype, &shape, &memory), TENSOR(RQ_DT_I64, axes, n_axes)};
    const char *attrs[] = {"keep_dims", "true", NULL};
    op_run r;
    assert_ok(op_open(&r, op->type, op->version, attrs, in, 2, 1));
    for (size_t i = 0; i < rq_tensor_count(&r.out[0]); i++) {
        int64_t index[RQ_MAX_RANK];
        index_of(index, &r.out[0].shape, i);
        double want = reduced_at(op, &in[0], gone, index);
        double kept = 0.0;
        rq_store_f64(&kept, dtype, 0, rq_dtype_is_float(dtype) ? (double)(float)want : want);
        expect_number(&p, op->type, &r.out[0], i, rq_load_f64(&kept, dtype, 0));
    }
    op_close(&r);
    free(memory);
}

/* -- Broadcast, Transpose ---------------------------------------------------------------------- */

static void check_movement(uint64_t seed)
{
    problem p = problem_of(seed);
    rq_dtype dtype = types[below(&p, N_TYPES)];
    if (rq_dtype_bits(dtype) < 8) return;
    bool transposes = below(&p, 2);
    rq_shape whole = random_shape(&p, 5), shape = transposes ? whole : narrower(&p, &whole);
    int64_t second[RQ_MAX_RANK];
    for (int d = 0; d < whole.rank; d++) second[d] = transposes ? d : whole.d[d];
    for (int d = whole.rank - 1; transposes && d > 0; d--) {
        int64_t other = below(&p, d + 1), kept = second[d];
        second[d] = second[other];
        second[other] = kept;
    }
    void *memory;
    rq_tensor in[] = {random_tensor(&p, dtype, &shape, &memory),
                      TENSOR(RQ_DT_I64, second, whole.rank)};
    const char *type = transposes ? "Transpose" : "Broadcast";
    op_run r;
    assert_ok(op_open(&r, type, transposes ? "opset1" : "opset3", NULL, in, 2, 1));
    for (size_t i = 0; i < rq_tensor_count(&r.out[0]); i++) {
        int64_t index[RQ_MAX_RANK], own[RQ_MAX_RANK];
        index_of(index, &r.out[0].shape, i);
        for (int d = 0; d < whole.rank; d++) own[transposes ? second[d] : d] = index[d];
        size_t at = broadcast_at(&shape, transposes ? &shape : &r.out[0].shape, own);
        expect_number(&p, type, &r.out[0], i, loaded(&in[0], at));
    }
    op_close(&r);
    free(memory);
}

static void check_all(void (*check)(uint64_t seed))
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) check(seed);
}

static void pairs_are_those_of_one_element_at_a_time(void **state)
{
    (void)state;
    check_all(check_pair);
}

static void select_takes_each_element_from_its_side(void **state)
{
    (void)state;
    check_all(check_select);
}

static void pad_takes_each_element_from_its_place(void **state)
{
    (void)state;
    check_all(check_pad);
}

static void reductions_have_the_bits_of_a_plain_loop(void **state)
{
    (void)state;
    check_all(check_reduction);
}

static void elements_move_to_their_places(void **state)
{
    (void)state;
    check_all(check_movement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_those_of_one_element_at_a_time),
        cmocka_unit_test(select_takes_each_element_from_its_side),
        cmocka_unit_test(pad_takes_each_element_from_its_place),
        cmocka_unit_test(reductions_have_the_bits_of_a_plain_loop),
        cmocka_unit_test(elements_move_to_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
