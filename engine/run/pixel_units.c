#include "engine/run/pixel_units.h"

#define MULTIPLIER 0.05 /* a scale below is one to multiply by */

static bool are_below_1(const rq_pixel_values *values)
{
    for (size_t i = 0; i < values->n; i++)
        if (!(values->v[i] > 0 && values->v[i] < 1)) return false;
    return values->n > 0;
}

/* Deviations of photographs are 0.2 to 0.3 where pixels are 0..1; what is much smaller is what
 * pixels would be multiplied by: 1/255, 1/58.8. */
static double in_pixels(double x)
{
    return x < MULTIPLIER ? 1 / x : 255 * x;
}

/* " --mean 123.675,116.28,103.53", or as it was given; nothing where it was not. */
static void write_values(rq_buf *out, const rq_pixel_values *values, bool below)
{
    if (values->n) rq_buf_printf(out, " --%s ", values->option);
    for (size_t i = 0; i < values->n; i++)
        rq_buf_printf(out, "%s%.6g", i ? "," : "", below ? in_pixels(values->v[i]) : values->v[i]);
}

void rq_pixel_units_ask(rq_buf *out, const rq_pixel_values *mean, const rq_pixel_values *scale)
{
    bool low_mean = are_below_1(mean), low_scale = are_below_1(scale);
    if (!low_mean && !low_scale) return;
    rq_buf_printf(out, "%s below 1 in all channels, but pixels are 0..255: did you mean",
                  low_mean && low_scale ? "mean and scale are"
                  : low_mean            ? "the mean is"
                                        : "the scale is");
    write_values(out, mean, low_mean);
    write_values(out, scale, low_scale);
    rq_buf_append(out, "?");
}
