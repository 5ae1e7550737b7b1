/* Convolutions of codes with one channel each: each instruction set that the CPU has and any number
 * of threads give the bits of sums by hand. */
#include "tests/unit/test.h"

#include "engine/base/cpu.h"
#include "engine/base/rng.h"
#include "engine/exec/onednn/depthwise.h"

#include <math.h>

#ifdef __SANITIZE_THREAD__ /* a hundred times as slow; how threads share work shows in a few */
#define SEEDS 12
#else
#define SEEDS 300
#endif

typedef struct problem {
    rq_rng rng;
    rq_depthwise of;
    uint8_t *in;
    void *want;
    size_t bytes;
} problem;

static size_t below(problem *p, size_t n)
{
    return (size_t)rq_rng_below(&p->rng, n);
}

static float *random_numbers(problem *p, float scale)
{
    float *out = malloc(p->of.channels * sizeof *out);
    assert_non_null(out);
    for (size_t c = 0; c < p->of.channels; c++)
        out[c] = scale * (float)(0.25 + rq_rng_unit(&p->rng));
    return out;
}

static void make_problem(problem *p, uint64_t seed)
{
    static const size_t channels[] = {1, 8, 16, 17, 24, 32, 40, 64, 100, 130, 200};
    static const size_t kernels[] = {1, 2, 3, 3, 5, 5, 7, 11};
    memset(p, 0, sizeof *p);
    rq_rng_seed(&p->rng, seed);
    rq_depthwise *d = &p->of;
    d->batch = 1 + below(p, 2);
    d->channels = channels[below(p, 11)];
    d->kernel_height = kernels[below(p, 8)];
    d->kernel_width = kernels[below(p, 8)];
    d->stride_height = 1 + below(p, 3);
    d->stride_width = 1 + below(p, 3);
    d->pad_top = below(p, d->kernel_height);
    d->pad_left = below(p, d->kernel_width);
    d->in_height = 1 + below(p, 12);
    d->in_width = 1 + below(p, 60);
    d->out_height = (d->in_height + 2 * d->pad_top) / d->stride_height;
    d->out_width = (d->in_width + 2 * d->pad_left) / d->stride_width;
    if (!d->out_height) d->out_height = 1;
    if (!d->out_width) d->out_width = 1;
    d->zero_point = (uint8_t)(below(p, 2) * below(p, 256));
    size_t n = d->batch * d->in_height * d->in_width * d->channels;
    size_t taps = d->channels * d->kernel_height * d->kernel_width;
    int8_t *weights = malloc(taps);
    p->in = malloc(n);
    assert_true(weights && p->in);
    for (size_t i = 0; i < n; i++) p->in[i] = (uint8_t)below(p, 256);
    for (size_t i = 0; i < taps; i++) weights[i] = (int8_t)((int)below(p, 256) - 128);
    d->weights = weights;
    d->scale = random_numbers(p, 0.001f);
    d->bias = random_numbers(p, 1.0f);
    d->low = below(p, 2) ? -INFINITY : -1.5f;
    d->high = below(p, 2) ? INFINITY : 6.0f;
    d->hswish = below(p, 2);
    d->codes = below(p, 2);
    d->factor = random_numbers(p, 10.0f);
    d->offset = random_numbers(p, 128.0f);
    d->top = (uint8_t)(200 + below(p, 56));
}

static void free_problem(problem *p)
{
    free((void *)(uintptr_t)p->of.weights);
    free((void *)(uintptr_t)p->of.scale);
    free((void *)(uintptr_t)p->of.bias);
    free((void *)(uintptr_t)p->of.factor);
    free((void *)(uintptr_t)p->of.offset);
    free(p->in);
    free(p->want);
}

static int32_t sum_of(const problem *p, size_t image, size_t y, size_t x, size_t c)
{
    const rq_depthwise *d = &p->of;
    int32_t sum = 0;
    for (size_t r = 0; r < d->kernel_height; r++)
        for (size_t t = 0; t < d->kernel_width; t++) {
            size_t row = y * d->stride_height + r - d->pad_top;
            size_t column = x * d->stride_width + t - d->pad_left;
            if (row >= d->in_height || column >= d->in_width) continue;
            int32_t code =
                p->in[((image * d->in_height + row) * d->in_width + column) * d->channels + c];
            sum += (code - d->zero_point) *
                   d->weights[(c * d->kernel_height + r) * d->kernel_width + t];
        }
    return sum;
}

static float number_of(const rq_depthwise *d, int32_t sum, size_t c)
{
    float y = (float)sum * d->scale[c] + d->bias[c];
    y = fminf(fmaxf(y, d->low), d->high);
    return d->hswish ? y * fminf(fmaxf(y + 3.0f, 0.0f), 6.0f) * (1.0f / 6.0f) : y;
}

static void run_by_hand(problem *p)
{
    const rq_depthwise *d = &p->of;
    size_t n = d->batch * d->out_height * d->out_width * d->channels;
    p->bytes = n * (d->codes ? 1 : sizeof(float));
    p->want = malloc(p->bytes + 1);
    assert_non_null(p->want);
    for (size_t i = 0; i < n; i++) {
        size_t c = i % d->channels, x = i / d->channels % d->out_width;
        size_t y = i / d->channels / d->out_width % d->out_height;
        size_t image = i / d->channels / d->out_width / d->out_height;
        float number = number_of(d, sum_of(p, image, y, x, c), c);
        if (!d->codes) {
            ((float *)p->want)[i] = number;
            continue;
        }
        float code = fminf(fmaxf(number * d->factor[c] + d->offset[c], 0.0f), (float)d->top);
        ((uint8_t *)p->want)[i] = (uint8_t)nearbyintf(code);
    }
}

static void check_kernel(const problem *p, unsigned threads)
{
    const rq_depthwise_packed *packed;
    rq_arena *arena;
    uint8_t *out = malloc(p->bytes + 1);
    assert_non_null(out);
    memset(out, 0x5a, p->bytes + 1);
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_depthwise_pack(&packed, arena, &p->of));
    rq_depthwise_run(packed, threads, out, p->in);
    assert_memory_equal(out, p->want, p->bytes);
    assert_int_equal(out[p->bytes], 0x5a);
    rq_arena_destroy(&arena);
    free(out);
}

static void test_kernels(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        problem p;
        print_message("seed %d\r", (int)seed);
        make_problem(&p, seed);
        run_by_hand(&p);
        for (int isa = RQ_ISA_SSE41; isa <= RQ_ISA_NATIVE; isa++)
            if (rq_cpu_limit((rq_isa)isa) == RQ_OK) check_kernel(&p, 1 + (unsigned)(seed % 3));
        free_problem(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kernels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
