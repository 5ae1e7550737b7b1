/* Packing, and the plain kernel: products in floats, which hold them exactly. */
#include "engine/exec/onednn/depthwise_private.h"

#include "engine/base/cpu.h"
#include "engine/exec/onednn/dnnl.h"

#include <string.h>

#define WIDTH RQ_DEPTHWISE_WIDTH

/* -- plain ------------------------------------------------------------------------------------- */

static size_t place_in_order(size_t i)
{
    return i;
}

/* Rows of the output, of each group. */
static size_t count_rows(const rq_depthwise_part *p)
{
    return p->of.batch * p->groups * p->of.out_height;
}

static void finish(void *out, const float *sums, const rq_depthwise_part *p, size_t group, size_t n)
{
    const float *scale = p->scale + group * WIDTH, *bias = p->bias + group * WIDTH;
    const float *factor = p->factor + group * WIDTH, *offset = p->offset + group * WIDTH;
    const float low = p->of.low, high = p->of.high, top = (float)p->of.top;
    float y[WIDTH];
    for (size_t c = 0; c < WIDTH; c++) {
        float x = sums[c] * scale[c] + bias[c];
        x = x > low ? x : low;
        y[c] = x < high ? x : high;
    }
    for (size_t c = 0; p->of.hswish && c < WIDTH; c++) {
        float gate = y[c] + 3.0f;
        gate = gate > 0.0f ? gate : 0.0f;
        gate = gate < 6.0f ? gate : 6.0f;
        y[c] = y[c] * gate * (1.0f / 6.0f);
    }
    if (!p->of.codes) {
        memcpy(out, y, n * sizeof *y);
        return;
    }
    uint8_t codes[WIDTH];
    for (size_t c = 0; c < WIDTH; c++) {
        float code = y[c] * factor[c] + offset[c];
        code = code > 0.0f ? code : 0.0f;
        code = code < top ? code : top;
        codes[c] = (uint8_t)(int32_t)((code + 12582912.0f) - 12582912.0f); /* half to even */
    }
    memcpy(out, codes, n);
}

/* One tap of a group's channels. */
static void add_tap(float *restrict sums, const uint8_t *restrict x, const float *restrict taps,
                    size_t n, float zero)
{
    for (size_t c = 0; c < n; c++) sums[c] += ((float)x[c] - zero) * taps[c];
}

static void run_position(float *sums, const rq_depthwise_part *p, const uint8_t *image,
                         size_t group, size_t y, size_t x, size_t n)
{
    const rq_depthwise *of = &p->of;
    const float *taps = p->taps + group * of->kernel_height * of->kernel_width * WIDTH;
    memset(sums, 0, WIDTH * sizeof *sums);
    for (size_t r = 0; r < of->kernel_height; r++)
        for (size_t t = 0; t < of->kernel_width; t++, taps += WIDTH) {
            size_t row = y * of->stride_height + r - of->pad_top;
            size_t column = x * of->stride_width + t - of->pad_left;
            if (row >= of->in_height || column >= of->in_width) continue; /* zero_point */
            const uint8_t *at =
                image + (row * of->in_width + column) * of->channels + p->first + group * WIDTH;
            if (n == WIDTH)
                add_tap(sums, at, taps, WIDTH, (float)of->zero_point);
            else
                add_tap(sums, at, taps, n, (float)of->zero_point);
        }
}

static void run_row(const rq_depthwise_part *p, void *out, const uint8_t *in, size_t item)
{
    const rq_depthwise *of = &p->of;
    size_t y = item % of->out_height, group = item / of->out_height % p->groups;
    size_t image = item / of->out_height / p->groups;
    size_t rest = p->channels - group * WIDTH, n = rest < WIDTH ? rest : WIDTH;
    const uint8_t *from = in + image * of->in_height * of->in_width * of->channels;
    for (size_t x = 0; x < of->out_width; x++) {
        float sums[WIDTH];
        size_t at = ((image * of->out_height + y) * of->out_width + x) * of->channels;
        run_position(sums, p, from, group, y, x, n);
        at = (at + p->first + group * WIDTH) * (of->codes ? 1 : sizeof(float));
        finish((uint8_t *)out + at, sums, p, group, n);
    }
}

static const rq_depthwise_kernel plain = {false, place_in_order, count_rows, run_row};

/* -- packing ----------------------------------------------------------------------------------- */

static void use_kernel(rq_depthwise_part *p, const rq_depthwise_kernel *kernel, size_t slots)
{
    p->kernel = kernel;
    p->slots = slots;
    p->positions = WIDTH / slots;
    p->groups = (p->channels + slots - 1) / slots;
}

/* Few channels leave room for neighbours. */
static void choose_kernel(rq_depthwise_part *p)
{
    p->quads = (p->of.kernel_width + 3) / 4;
#if defined(__x86_64__)
    if (rq_cpu_has(RQ_ISA_VNNI)) {
        use_kernel(p, &rq_depthwise_vnni, p->channels <= 16 ? 16 : p->channels <= 32 ? 32 : WIDTH);
        if (p->kernel->items(p)) return;
    }
#endif
    use_kernel(p, &plain, WIDTH);
}

/* Which channel output i of those at once is of, in a group; SIZE_MAX: none. */
static size_t channel_at(const rq_depthwise_part *p, size_t group, size_t i)
{
    size_t channel = group * p->slots + i % p->slots;
    return channel < p->channels ? p->first + channel : SIZE_MAX;
}

static rq_status pack_numbers(const float **out, rq_arena *arena, const rq_depthwise_part *p,
                              const float *numbers)
{
    float *packed = rq_arena_alloc(arena, p->groups * WIDTH, sizeof *packed);
    if (!packed) return RQ_ENOMEM;
    for (size_t i = 0; i < p->groups * WIDTH; i++) {
        size_t group = i / WIDTH, channel = channel_at(p, group, i % WIDTH);
        packed[group * WIDTH + p->kernel->place(i % WIDTH)] =
            numbers && channel != SIZE_MAX ? numbers[channel] : 0.0f;
    }
    *out = packed;
    return RQ_OK;
}

static rq_status pack_taps(rq_depthwise_part *p, rq_arena *arena)
{
    size_t taps = p->of.kernel_height * p->of.kernel_width;
    float *packed = rq_arena_alloc(arena, p->groups * taps * WIDTH, sizeof *packed);
    if (!packed) return RQ_ENOMEM;
    for (size_t i = 0; i < p->groups * taps * WIDTH; i++) {
        size_t tap = i / WIDTH % taps, channel = channel_at(p, i / WIDTH / taps, i % WIDTH);
        packed[i] = channel != SIZE_MAX ? (float)p->of.weights[channel * taps + tap] : 0.0f;
    }
    p->taps = packed;
    return RQ_OK;
}

static int8_t weight(const rq_depthwise_part *p, size_t channel, size_t row, size_t column)
{
    if (channel == SIZE_MAX || column >= p->of.kernel_width) return 0;
    return p->of.weights[(channel * p->of.kernel_height + row) * p->of.kernel_width + column];
}

static rq_status pack_quads(rq_depthwise_part *p, rq_arena *arena)
{
    size_t rows = p->of.kernel_height, n = p->groups * rows * p->quads * WIDTH;
    int8_t *packed = rq_arena_alloc(arena, n, 4);
    if (!packed) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t set = i / WIDTH, quad = set % p->quads, row = set / p->quads % rows;
        size_t channel = channel_at(p, set / p->quads / rows, i % WIDTH);
        int8_t *to = packed + (set * WIDTH + p->kernel->place(i % WIDTH)) * 4;
        for (size_t t = 0; t < 4; t++) to[t] = weight(p, channel, row, quad * 4 + t);
    }
    p->weights = packed;
    return RQ_OK;
}

/* Quads are multiplied as codes: sums start with what the zero point adds to them, taken away. */
static rq_status pack_start(rq_depthwise_part *p, rq_arena *arena)
{
    size_t taps = p->of.kernel_height * p->of.kernel_width;
    int32_t *start = rq_arena_alloc(arena, p->groups * WIDTH, sizeof *start);
    if (!start) return RQ_ENOMEM;
    for (size_t i = 0; i < p->groups * WIDTH; i++) {
        size_t channel = channel_at(p, i / WIDTH, i % WIDTH);
        int32_t sum = 0;
        for (size_t t = 0; channel != SIZE_MAX && t < taps; t++)
            sum += p->of.weights[channel * taps + t];
        start[i / WIDTH * WIDTH + p->kernel->place(i % WIDTH)] = -sum * p->of.zero_point;
    }
    p->start = start;
    return RQ_OK;
}

static rq_status pack_part(rq_depthwise_part *p, rq_arena *arena, const rq_depthwise *of,
                           size_t first, size_t channels)
{
    *p = (rq_depthwise_part){.of = *of, .first = first, .channels = channels};
    choose_kernel(p);
    RQ_TRY(pack_numbers(&p->scale, arena, p, of->scale));
    RQ_TRY(pack_numbers(&p->bias, arena, p, of->bias));
    RQ_TRY(pack_numbers(&p->factor, arena, p, of->codes ? of->factor : NULL));
    RQ_TRY(pack_numbers(&p->offset, arena, p, of->codes ? of->offset : NULL));
    RQ_TRY(p->kernel->quads ? pack_quads(p, arena) : pack_taps(p, arena));
    if (p->kernel->quads) RQ_TRY(pack_start(p, arena));
    p->of.weights = NULL;
    p->of.scale = p->of.bias = p->of.factor = p->of.offset = NULL;
    return RQ_OK;
}

/* Whole groups, and behind them what fills half of one and a quarter. */
static size_t next_part(size_t rest)
{
    if (rest >= WIDTH) return rest / WIDTH * WIDTH;
    return rest > WIDTH / 2 && rest <= WIDTH / 2 + WIDTH / 4 ? WIDTH / 2 : rest;
}

rq_status rq_depthwise_pack(const rq_depthwise_packed **out, rq_arena *arena,
                            const rq_depthwise *of)
{
    rq_depthwise_packed *p = rq_arena_alloc(arena, 1, sizeof *p);
    if (!p) return RQ_ENOMEM;
    for (size_t first = 0; first < of->channels; p->n++) {
        size_t channels = next_part(of->channels - first);
        RQ_TRY(pack_part(&p->parts[p->n], arena, of, first, channels));
        p->items[p->n] = p->parts[p->n].kernel->items(&p->parts[p->n]);
        first += channels;
    }
    *out = p;
    return RQ_OK;
}

/* -- running ----------------------------------------------------------------------------------- */

typedef struct task {
    const rq_depthwise_packed *packed;
    void *out;
    const uint8_t *in;
} task;

static void run_item(void *ctx, size_t item)
{
    const task *t = ctx;
    size_t part = 0;
    for (; item >= t->packed->items[part]; part++) item -= t->packed->items[part];
    t->packed->parts[part].kernel->run(&t->packed->parts[part], t->out, t->in, item);
}

void rq_depthwise_run(const rq_depthwise_packed *packed, unsigned threads, void *out,
                      const uint8_t *in)
{
    task t = {packed, out, in};
    size_t n = 0;
    for (size_t i = 0; i < packed->n; i++) n += packed->items[i];
    rq_dnn_parallel(threads, n, run_item, &t);
}
