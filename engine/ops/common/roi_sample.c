#include "engine/ops/common/roi_sample.h"

#include <math.h>

/* More samples than 16 for each element of the map are but a hostile region's. */
static int64_t count_samples(float bin, int64_t fixed, int64_t elements)
{
    if (fixed) return fixed;
    float n = ceilf(bin);
    return n <= 0 ? 0 : n < (float)(16 * elements) ? (int64_t)n : 16 * elements;
}

rq_roi_grid rq_roi_grid_make(const float corner[4], int64_t rows, int64_t columns,
                             int64_t sampling_ratio, bool at_least_one, const rq_shape *map)
{
    float width = corner[2] - corner[0], height = corner[3] - corner[1];
    if (at_least_one) {
        width = fmaxf(width, 1.0f);
        height = fmaxf(height, 1.0f);
    }
    rq_roi_grid grid = {.x = corner[0],
                        .y = corner[1],
                        .bin_w = width / (float)columns,
                        .bin_h = height / (float)rows,
                        .rows = rows,
                        .columns = columns};
    grid.samples_y = count_samples(grid.bin_h, sampling_ratio, map->d[2]);
    grid.samples_x = count_samples(grid.bin_w, sampling_ratio, map->d[3]);
    return grid;
}

/* Samples up to one element outside count as on the border, beyond that as 0. */
static float sample(const float *plane, const rq_shape *in, float x, float y)
{
    float height = (float)in->d[2], width = (float)in->d[3];
    if (!(x >= -1 && x <= width && y >= -1 && y <= height)) return 0.0f;
    x = fminf(fmaxf(x, 0.0f), width - 1);
    y = fminf(fmaxf(y, 0.0f), height - 1);
    rq_bilinear point = rq_bilinear_at(x, y, in->d[2], in->d[3]);
    return rq_bilinear_value(&point, plane);
}

static float pool(const rq_roi_grid *g, const float *plane, const rq_shape *map, bool largest,
                  int64_t row, int64_t column)
{
    float step_x = g->bin_w / (float)g->samples_x, step_y = g->bin_h / (float)g->samples_y;
    float best = 0.0f;
    double sum = 0;
    for (int64_t j = 0; j < g->samples_y; j++)
        for (int64_t i = 0; i < g->samples_x; i++) {
            float y = g->y + (float)row * g->bin_h + step_y * ((float)j + 0.5f);
            float x = g->x + (float)column * g->bin_w + step_x * ((float)i + 0.5f);
            float value = sample(plane, map, x, y);
            best = fmaxf(best, value);
            sum += value;
        }
    if (largest) return best;
    int64_t samples = g->samples_x * g->samples_y;
    return samples ? (float)(sum / (double)samples) : 0.0f;
}

void rq_roi_sample(const rq_roi_grid *grid, const float *image, const rq_shape *map, bool largest,
                   float *out)
{
    for (int64_t c = 0; c < map->d[1]; c++, image += map->d[2] * map->d[3])
        for (int64_t row = 0; row < grid->rows; row++)
            for (int64_t column = 0; column < grid->columns; column++)
                *out++ = pool(grid, image, map, largest, row, column);
}
