/* Outputs as an adapter reads them: a line "ssd:score=0.1", one with the outputs' shapes ("1,7,7
 * 4"), then floats; where they end they begin again. */
#include "tests/fuzz/fuzz.h"

#include "reports/adapters/adapter.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_OUTPUTS = 8, MAX_FLOATS = 1 << 12 };

typedef struct outputs {
    rq_output v[MAX_OUTPUTS];
    float *data[MAX_OUTPUTS];
    size_t n;
} outputs;

/* "1,7,7": at most four sizes, not too many numbers; leaves *text behind them. */
static bool read_shape(rq_shape *shape, size_t *count, char **text)
{
    *count = 1;
    *shape = (rq_shape){0};
    for (; shape->rank < 4; ++*text) {
        long size = strtol(*text, text, 10);
        if (size < 0 || size > MAX_FLOATS) return false;
        shape->d[shape->rank++] = size;
        *count *= (size_t)size;
        if (*count > MAX_FLOATS) return false;
        if (**text != ',') break;
    }
    return true;
}

static void read_outputs(outputs *out, char *shapes, const uint8_t *data, size_t size)
{
    size_t at = 0, count, given = size / sizeof(float);
    for (; out->n < MAX_OUTPUTS && *shapes; out->n++) {
        rq_shape shape;
        if (!read_shape(&shape, &count, &shapes)) return;
        float *numbers = calloc(count ? count : 1, sizeof *numbers);
        if (!numbers) return;
        for (size_t i = 0; given && i < count; i++, at++)
            memcpy(&numbers[i], data + at % given * sizeof(float), sizeof(float));
        out->data[out->n] = numbers;
        out->v[out->n] = (rq_output){"o", shape, numbers};
        while (*shapes == ' ') shapes++;
    }
}

static void guess(const outputs *o, const rq_view *view)
{
    const void *last = NULL;
    for (unsigned truths = 0; truths < 64; truths = truths * 2 + 1) {
        rq_adapter_use use = {0};
        rq_prediction prediction = {0};
        rq_adapter_guess(&use, o->v, o->n, view, truths);
        if (use.adapter && use.adapter != last)
            (void)rq_adapter_read(&prediction, &use, o->v, o->n, view);
        last = use.adapter;
        rq_prediction_free(&prediction);
        rq_adapter_close(&use);
    }
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const rq_view view = {.width = 256,
                                 .height = 64,
                                 .input_width = 64,
                                 .input_height = 32,
                                 .scale_x = 2,
                                 .scale_y = 2};
    char text[128], shapes[128];
    outputs o = {0};
    rq_adapter_use use;
    rq_prediction prediction = {0};
    fuzz_line(text, sizeof text, data, size, &data, &size);
    fuzz_line(shapes, sizeof shapes, data, size, &data, &size);
    read_outputs(&o, shapes, data, size);
    if (!strstr(text, "charset") && rq_adapter_open(&use, text) == RQ_OK) {
        if (o.n && use.adapter) (void)rq_adapter_read(&prediction, &use, o.v, o.n, &view);
        rq_adapter_close(&use);
    }
    if (o.n) guess(&o, &view);
    rq_prediction_free(&prediction);
    for (size_t i = 0; i < o.n; i++) free(o.data[i]);
}
