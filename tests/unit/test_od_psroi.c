/* The Object Detection API's position-sensitive pooling: regions that end at the map's borders. */
#include "tests/unit/test.h"

#include "engine/import/replacements/od_psroi.h"

#include "tests/unit/framework_model_builder.h"

#include <math.h>

enum { REGIONS = 64, SIDE = 12, BINS = 3 };

/* Regions from somewhere to the far corner. */
static void fill_regions(float *out)
{
    float starts[2 * REGIONS];
    import_fill(starts, 2 * REGIONS, 5);
    for (size_t i = 0; i < REGIONS; i++, out += 5) {
        out[0] = 0;
        out[1] = fabsf(starts[2 * i]) * 0.7f;
        out[2] = fabsf(starts[2 * i + 1]) * 0.7f;
        out[3] = out[4] = 1;
    }
}

/* How many regions of a map of ones have another mean than 1. */
static size_t count_less(bool by_weights)
{
    import_run r = {.source = source_begin(17)};
    rq_import_result result;
    rq_replacer replacer = {0};
    float regions[5 * REGIONS],
        *ones = rq_arena_alloc(r.source->arena, SIDE * SIDE * BINS * BINS, sizeof *ones);
    assert_non_null(ones);
    for (size_t i = 0; i < SIDE * SIDE * BINS * BINS; i++) ones[i] = 1;
    rq_tensor map = {RQ_DT_F32, {4, {1, SIDE, SIDE, BINS * BINS}}, ones};
    assert_ok(rq_framework_model_add_constant(r.source, "map", &map));
    source_input(r.source, "regions", DIMS(REGIONS, 5));
    source_node(r.source, "crops", "Relu", "regions");
    assert_ok(rq_framework_model_add_output(r.source, "crops"));
    assert_ok(rq_replacer_open(&replacer, r.source));
    replacer.rois = "regions";
    assert_ok(rq_od_put_psroi(&replacer, &(rq_od_psroi){.scope = "SecondStage/",
                                                        .features = "map",
                                                        .out = "crops",
                                                        .bins_x = BINS,
                                                        .bins_y = BINS,
                                                        .size_x = 6,
                                                        .size_y = 6,
                                                        .by_weights = by_weights}));
    rq_replacer_close(&replacer);
    assert_ok(rq_import_graph(&result, r.source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    r.graph = result.graph;
    import_run_graph(&r);
    fill_regions(regions);
    const rq_tensor *y = import_compute(&r, regions);
    size_t n = 0;
    assert_int_equal(rq_tensor_count(y), REGIONS);
    for (size_t i = 0; i < REGIONS; i++) n += ((const float *)y->data)[i] < 0.999f;
    import_close(&r);
    return n;
}

/* Products with weights take the border itself for what rounding puts outside; crops take 0. */
static void samples_at_the_border(void **state)
{
    (void)state;
    assert_int_equal(count_less(true), 0);
    assert_int_not_equal(count_less(false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples_at_the_border)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
