/* Element-wise passes, nearest copies, joined channels and turned matrices: each instruction set
 * that the CPU has and any number of threads give the bits of a loop over numbers one by one. */
#include "tests/unit/test.h"

#include "engine/base/cpu.h"
#include "engine/base/narrow.h"
#include "engine/base/rng.h"
#include "engine/exec/onednn/join.h"
#include "engine/exec/onednn/nearest.h"
#include "engine/exec/onednn/sweep.h"
#include "engine/exec/onednn/sweep_tile.h"
#include "engine/exec/onednn/turn.h"

#include <math.h>

#ifdef __SANITIZE_THREAD__ /* a hundred times as slow; how threads share work shows in a few */
#define SEEDS 12
#else
#define SEEDS 200
#endif

typedef struct problem {
    rq_rng rng;
    rq_sweep sweep;
    size_t n; /* numbers in memory */
    void *in, *operands[RQ_SWEEP_MAX_OPS], *want, *got;
} problem;

static size_t below(problem *p, size_t n)
{
    return (size_t)rq_rng_below(&p->rng, n);
}

static float number(problem *p)
{
    return (float)(8.0 * rq_rng_unit(&p->rng) - 4.0);
}

static void *random_numbers(problem *p, size_t n)
{
    float *out = malloc((n + 1) * sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) out[i] = number(p);
    return out;
}

static void *random_bytes(problem *p, size_t n)
{
    uint8_t *out = malloc(n + 1);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)below(p, 256);
    return out;
}

static rq_sweep_numbers random_codes(problem *p)
{
    rq_sweep_numbers codes = {.kind = RQ_SWEEP_CODES,
                              .scale = 0.01f + 0.05f * (float)rq_rng_unit(&p->rng),
                              .zero_point = (int32_t)below(p, 200),
                              .top = 200 + (int32_t)below(p, 56)};
    codes.less = codes.top % 2 ? 128 : 0;
    return codes;
}

static rq_sweep_numbers random_kind(problem *p)
{
    rq_sweep_numbers kinds[] = {{0}, {.kind = RQ_SWEEP_BF16}, random_codes(p), random_codes(p)};
    return kinds[below(p, 4)];
}

static void *random_bf16(problem *p, size_t n)
{
    uint16_t *out = malloc((n + 1) * sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) out[i] = (uint16_t)rq_narrow(number(p), &rq_format_bf16);
    return out;
}

static void *random_data(problem *p, size_t n, const rq_sweep_numbers *numbers)
{
    return numbers->kind == RQ_SWEEP_CODES  ? random_bytes(p, n)
           : numbers->kind == RQ_SWEEP_BF16 ? random_bf16(p, n)
                                            : random_numbers(p, n);
}

static rq_sweep_op random_op(problem *p)
{
    static const rq_dnn_eltwise_kind known[] = {RQ_DNN_RELU, RQ_DNN_CLIP,   RQ_DNN_HSWISH,
                                                RQ_DNN_ABS,  RQ_DNN_SQUARE, RQ_DNN_LINEAR};
    rq_sweep_op op = {.binary = below(p, 2), .alpha = below(p, 2) ? -fabsf(number(p)) : 0.0f};
    op.beta = 1.0f + fabsf(number(p));
    op.eltwise = known[below(p, sizeof known / sizeof known[0])];
    op.kind = (rq_dnn_binary_kind)below(p, RQ_DNN_MIN + 1);
    op.swapped = below(p, 2);
    op.per_channel = below(p, 2);
    if (op.binary && !op.per_channel) op.operand = random_kind(p);
    assert_true(rq_sweep_knows(op.eltwise));
    return op;
}

static void make_problem(problem *p, uint64_t seed)
{
    static const size_t sizes[] = {1, 3, 8, 16, 24, 100, 1024, 1500, 2500};
    memset(p, 0, sizeof *p);
    rq_rng_seed(&p->rng, seed);
    rq_dnn_blocked *s = &p->sweep.shape;
    s->block = sizes[below(p, sizeof sizes / sizeof sizes[0])];
    s->channels = s->block > 16 ? s->block : 1 + below(p, 3 * s->block);
    s->batch = 1 + below(p, 2);
    s->positions = 1 + below(p, s->block > 100 ? 20 : 600);
    if (below(p, 4) == 0) {
        p->sweep.interleaves = true;
        s->block = 1;
        s->channels = 2 + below(p, RQ_SWEEP_MAX_INTERLEAVED - 1);
        s->positions = 1 + below(p, 30000);
    }
    p->n = s->batch * ((s->channels + s->block - 1) / s->block) * s->positions * s->block;
    p->sweep.from = random_kind(p);
    p->sweep.to = p->sweep.interleaves ? random_codes(p) : random_kind(p);
    size_t n_ops = below(p, 6), per_channel = 0;
    for (size_t i = 0; i < n_ops; i++) {
        rq_sweep_op op = random_op(p);
        if (op.binary && op.per_channel && per_channel++ == RQ_SWEEP_MAX_CHANNEL_OPS) continue;
        p->operands[p->sweep.n_ops] = !op.binary       ? NULL
                                      : op.per_channel ? random_numbers(p, s->channels)
                                                       : random_data(p, p->n, &op.operand);
        p->sweep.ops[p->sweep.n_ops++] = op;
    }
    if (!p->sweep.n_ops && p->sweep.from.kind == p->sweep.to.kind) p->sweep.to = random_codes(p);
    p->in = random_data(p, p->n, &p->sweep.from);
    p->want = calloc(p->n + 1, sizeof(float));
    p->got = calloc(p->n + 1, sizeof(float));
    assert_true(p->want && p->got);
}

static void free_problem(problem *p)
{
    for (size_t i = 0; i < RQ_SWEEP_MAX_OPS; i++) free(p->operands[i]);
    free(p->in);
    free(p->want);
    free(p->got);
}

/* -- one by one -------------------------------------------------------------------------------- */

static float read_number(const void *data, const rq_sweep_numbers *codes, size_t i)
{
    if (codes->kind == RQ_SWEEP_F32) return ((const float *)data)[i];
    if (codes->kind == RQ_SWEEP_BF16) return rq_bf16_to_f32(((const uint16_t *)data)[i]);
    return (float)(((const uint8_t *)data)[i] - codes->zero_point) * codes->scale;
}

static float apply_function(const rq_sweep_op *op, float x)
{
    switch (op->eltwise) {
    case RQ_DNN_RELU:
        return x > 0 ? x : op->alpha == 0.0f ? 0.0f : op->alpha * x;
    case RQ_DNN_CLIP:
        return x < op->alpha ? op->alpha : x > op->beta ? op->beta : x;
    case RQ_DNN_HSWISH: {
        float gate = x + 3.0f;
        gate = gate < 0.0f ? 0.0f : gate > 6.0f ? 6.0f : gate;
        return x * gate * (1.0f / 6.0f);
    }
    case RQ_DNN_ABS:
        return fabsf(x);
    case RQ_DNN_SQUARE:
        return x * x;
    default:
        return op->alpha * x + op->beta;
    }
}

static float apply_binary(const rq_sweep_op *op, float x, float y)
{
    float a = op->swapped ? y : x, b = op->swapped ? x : y;
    switch (op->kind) {
    case RQ_DNN_ADD:
        return a + b;
    case RQ_DNN_SUB:
        return a - b;
    case RQ_DNN_MUL:
        return a * b;
    case RQ_DNN_DIV:
        return a / b;
    case RQ_DNN_MAX:
        return a > b ? a : b;
    default:
        return a < b ? a : b;
    }
}

static float one_by_one(const problem *p, size_t i)
{
    const rq_dnn_blocked *s = &p->sweep.shape;
    size_t blocks = (s->channels + s->block - 1) / s->block;
    size_t channel = i / (s->positions * s->block) % blocks * s->block + i % s->block;
    float x = read_number(p->in, &p->sweep.from, i);
    for (size_t k = 0; k < p->sweep.n_ops; k++) {
        const rq_sweep_op *op = &p->sweep.ops[k];
        const float *numbers = p->operands[k];
        float y = !op->binary             ? 0.0f
                  : !op->per_channel      ? read_number(p->operands[k], &op->operand, i)
                  : channel < s->channels ? numbers[channel]
                                          : 1.0f;
        x = op->binary ? apply_binary(op, x, y) : apply_function(op, x);
    }
    return x;
}

/* Where number i of the source comes to lie. */
static size_t place(const problem *p, size_t i)
{
    const rq_dnn_blocked *s = &p->sweep.shape;
    size_t image = i / s->positions / s->channels, channel = i / s->positions % s->channels;
    if (!p->sweep.interleaves) return i;
    return (image * s->positions + i % s->positions) * s->channels + channel;
}

static void run_one_by_one(problem *p)
{
    const rq_sweep_numbers *to = &p->sweep.to;
    for (size_t i = 0; i < p->n; i++) {
        float x = one_by_one(p, i);
        if (to->kind == RQ_SWEEP_F32) ((float *)p->want)[i] = x;
        if (to->kind == RQ_SWEEP_BF16)
            ((uint16_t *)p->want)[i] = (uint16_t)rq_narrow(x, &rq_format_bf16);
        if (to->kind != RQ_SWEEP_CODES) continue;
        float code = x * (1.0f / to->scale) + (float)to->zero_point;
        code = code > 0.0f ? code : 0.0f;
        code = code < (float)to->top ? code : (float)to->top;
        ((uint8_t *)p->want)[place(p, i)] = (uint8_t)((int)nearbyintf(code) - to->less);
    }
}

static void check_sweep(problem *p, unsigned threads)
{
    static const size_t sizes[] = {[RQ_SWEEP_F32] = 4, [RQ_SWEEP_BF16] = 2, [RQ_SWEEP_CODES] = 1};
    size_t bytes = p->n * sizes[p->sweep.to.kind];
    memset(p->got, 0x5a, (p->n + 1) * sizeof(float));
    rq_sweep_run(&p->sweep, threads, p->got, p->in, (const void *const *)p->operands);
    assert_memory_equal(p->got, p->want, bytes);
    assert_int_equal(((uint8_t *)p->got)[bytes], 0x5a);
}

static void test_sweeps(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        problem p;
        print_message("seed %d\r", (int)seed);
        make_problem(&p, seed);
        run_one_by_one(&p);
        for (int isa = RQ_ISA_SSE41; isa <= RQ_ISA_NATIVE; isa++) {
            if (rq_cpu_limit((rq_isa)isa) != RQ_OK) continue;
            check_sweep(&p, 1 + (unsigned)(seed % 3));
        }
        free_problem(&p);
    }
}

/* NaN stays NaN in numbers, and is code 0. */
static void test_nan(void **state)
{
    (void)state;
    float in[20], out[20];
    uint8_t codes[20];
    for (int i = 0; i < 20; i++) in[i] = NAN;
    rq_sweep sweep = {.shape = {1, 20, 1, 20}, .n_ops = 2};
    sweep.ops[0] = (rq_sweep_op){.eltwise = RQ_DNN_CLIP, .alpha = 0.0f, .beta = 6.0f};
    sweep.ops[1] = (rq_sweep_op){.eltwise = RQ_DNN_RELU};
    const void *operands[RQ_SWEEP_MAX_OPS] = {NULL};
    rq_sweep_run(&sweep, 1, out, in, operands);
    for (int i = 0; i < 20; i++) assert_true(isnan(out[i]));
    uint16_t narrow[20];
    sweep.to = (rq_sweep_numbers){.kind = RQ_SWEEP_BF16};
    rq_sweep_run(&sweep, 1, narrow, in, operands);
    for (int i = 0; i < 20; i++) assert_true(isnan(rq_bf16_to_f32(narrow[i])));
    sweep.to =
        (rq_sweep_numbers){.kind = RQ_SWEEP_CODES, .scale = 0.5f, .zero_point = 7, .top = 255};
    rq_sweep_run(&sweep, 1, codes, in, operands);
    for (int i = 0; i < 20; i++) assert_int_equal(codes[i], 0);
}

static void test_nearest(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        problem p = {0};
        int32_t rows[40], columns[40];
        print_message("seed %d\r", (int)seed);
        rq_rng_seed(&p.rng, seed);
        rq_nearest n = {.segments = 1 + below(&p, 4),
                        .bytes = 1 + below(&p, 70),
                        .rows_in = 1 + below(&p, 8),
                        .rows_out = 1 + below(&p, 40),
                        .columns_in = 1 + below(&p, 8),
                        .columns_out = 1 + below(&p, 40),
                        .rows = rows,
                        .columns = columns};
        for (size_t i = 0; i < n.rows_out; i++) rows[i] = (int32_t)below(&p, n.rows_in);
        for (size_t i = 0; i < n.columns_out; i++) columns[i] = (int32_t)below(&p, n.columns_in);
        uint8_t *in = random_bytes(&p, n.segments * n.rows_in * n.columns_in * n.bytes);
        size_t size = n.segments * n.rows_out * n.columns_out * n.bytes;
        uint8_t *out = calloc(size + 1, 1);
        assert_non_null(out);
        rq_nearest_run(&n, 1 + (unsigned)(seed % 3), out, in);
        for (size_t i = 0; i < size; i++) {
            size_t byte = i % n.bytes, column = i / n.bytes % n.columns_out;
            size_t row = i / n.bytes / n.columns_out % n.rows_out;
            size_t segment = i / n.bytes / n.columns_out / n.rows_out;
            size_t from = (segment * n.rows_in + (size_t)rows[row]) * n.columns_in;
            assert_int_equal(out[i], in[(from + (size_t)columns[column]) * n.bytes + byte]);
        }
        assert_int_equal(out[size], 0);
        free(in);
        free(out);
    }
}

static void test_join(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        problem p = {0};
        size_t bytes[4];
        void *parts[4];
        print_message("seed %d\r", (int)seed);
        rq_rng_seed(&p.rng, seed);
        rq_join join = {.positions = 1 + below(&p, 700), .n = 1 + below(&p, 4), .bytes = bytes};
        for (size_t i = 0; i < join.n; i++) {
            bytes[i] = below(&p, 2) ? 8 * (1 + below(&p, 8)) : 1 + below(&p, 70);
            join.sum += bytes[i];
            parts[i] = random_bytes(&p, join.positions * bytes[i]);
        }
        uint8_t *out = calloc(join.positions * join.sum + 1, 1);
        assert_non_null(out);
        rq_join_run(&join, 1 + (unsigned)(seed % 3), out, (const void *const *)parts);
        assert_int_equal(out[join.positions * join.sum], 0);
        size_t at = 0;
        for (size_t position = 0; position < join.positions; position++)
            for (size_t i = 0; i < join.n; at += bytes[i++])
                assert_memory_equal(out + at, (uint8_t *)parts[i] + position * bytes[i], bytes[i]);
        for (size_t i = 0; i < join.n; i++) free(parts[i]);
        free(out);
    }
}

/* -- turned matrices --------------------------------------------------------------------------- */

static void test_turn(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        problem p = {0};
        print_message("seed %d\r", (int)seed);
        rq_rng_seed(&p.rng, seed);
        rq_turn t = {1 + below(&p, 4), 1 + below(&p, 70), 1 + below(&p, 70)};
        size_t n = t.matrices * t.rows * t.columns;
        uint32_t *in = random_bytes(&p, n * sizeof *in), *out = calloc(n + 1, sizeof *out);
        assert_non_null(out);
        for (int isa = RQ_ISA_SSE41; isa <= RQ_ISA_NATIVE; isa++) {
            if (rq_cpu_limit((rq_isa)isa) != RQ_OK) continue;
            memset(out, 0x5a, (n + 1) * sizeof *out);
            rq_turn_run(&t, 1 + (unsigned)(seed % 3), out, in);
            for (size_t m = 0; m < t.matrices; m++)
                for (size_t r = 0; r < t.rows; r++)
                    for (size_t c = 0; c < t.columns; c++)
                        assert_int_equal(out[(m * t.columns + c) * t.rows + r],
                                         in[(m * t.rows + r) * t.columns + c]);
            assert_int_equal(out[n], 0x5a5a5a5a);
        }
        free(in);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweeps), cmocka_unit_test(test_nan),  cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_join),   cmocka_unit_test(test_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
