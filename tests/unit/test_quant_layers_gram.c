/* Sums and moments of a layer's inputs against those of its rows, one by one. */
#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "quant/layers/layer_moments.h"

#define IMAGES 10

static void assert_within(double got, double want, double tolerance)
{
    assert_true(fabs(got - want) <= tolerance);
}

/* Rows as they were added, of one group. */
typedef struct fixture {
    rq_im2col layer;
    rq_gram sums;
    float *image;
    float *train, *holdout;
    size_t n_train, n_holdout;
} fixture;

static void open_fixture(fixture *f, size_t width, size_t groups, rq_gram_use use)
{
    *f = (fixture){.layer = {.groups = groups,
                             .inputs = width,
                             .taps = 1,
                             .width = width,
                             .positions = 100,
                             .matmul = true}};
    assert_ok(rq_gram_open(&f->sums, &f->layer, IMAGES, use));
    size_t room = IMAGES * f->sums.per_image * width;
    f->image = calloc(rq_gram_image_floats(&f->sums), sizeof *f->image);
    f->train = calloc(room, sizeof *f->train);
    f->holdout = calloc(room, sizeof *f->holdout);
    assert_true(f->image && f->train && f->holdout);
}

static void close_fixture(fixture *f)
{
    free(f->image);
    free(f->train);
    free(f->holdout);
    rq_gram_close(&f->sums);
}

/* The last group's rows are kept to compare with. */
static void add_image(fixture *f, size_t i)
{
    bool holdout = i % RQ_GRAM_HOLDOUT == RQ_GRAM_HOLDOUT - 1;
    size_t width = f->layer.width, groups = f->layer.groups;
    size_t rows = holdout ? f->sums.per_holdout : f->sums.per_image, n = rows * width;
    rq_rng rng;
    rq_rng_seed(&rng, i);
    for (size_t k = 0; k < groups * n; k++) f->image[k] = 1.0f + (float)rq_rng_normal(&rng);
    rq_gram_add(&f->sums, f->image, i);
    float *to = holdout ? f->holdout + f->n_holdout * width : f->train + f->n_train * width;
    memcpy(to, f->image + (groups - 1) * n, n * sizeof *to);
    *(holdout ? &f->n_holdout : &f->n_train) += rows;
}

static double product(const float *x, size_t rows, size_t width, const double *mean, size_t i,
                      size_t k)
{
    double sum = 0.0;
    for (size_t r = 0; r < rows; r++)
        sum += (x[r * width + i] - mean[i]) * (x[r * width + k] - mean[k]);
    return sum;
}

static void check_moments(fixture *f)
{
    size_t n = f->layer.width, group = f->layer.groups - 1;
    double *mean = malloc(n * sizeof *mean);
    float *found = malloc(n * n * sizeof *found), *scratch = malloc(7 * n * sizeof *scratch);
    assert_true(mean && found && scratch);
    rq_moments_mean(mean, &f->sums, group, true);
    for (size_t k = 0; k < n; k++) {
        double sum = 0.0;
        for (size_t r = 0; r < f->n_train; r++) sum += f->train[r * n + k];
        assert_within(mean[k], sum / (double)f->n_train, 1e-6);
    }
    rq_moments_find(found, &f->sums, group, mean, 0.5);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            assert_within(found[i * n + k], 0.5 * product(f->train, f->n_train, n, mean, i, k),
                          1e-4 * (double)f->n_train);
    rq_moments_add_holdout(found, &f->sums, group, mean, 0.5, scratch, 7);
    for (size_t i = 0; i < n; i++)
        assert_within(found[i * n],
                      0.5 * (product(f->train, f->n_train, n, mean, i, 0) +
                             product(f->holdout, f->n_holdout, n, mean, i, 0)),
                      1e-4 * (double)f->n_train);
    free(mean);
    free(found);
    free(scratch);
}

static void check_error(const fixture *f)
{
    enum { O = 3 };
    size_t n = f->layer.width;
    double *mean = calloc(n, sizeof *mean), want = 0.0;
    float *residual = malloc(O * n * sizeof *residual), *scratch = malloc(O * n * sizeof *scratch);
    assert_true(mean && residual && scratch);
    for (size_t k = 0; k < n; k++) mean[k] = 1.0;
    for (size_t k = 0; k < O * n; k++) residual[k] = (float)(k % 5) - 2.0f;
    for (size_t r = 0; r < f->n_holdout; r++)
        for (size_t c = 0; c < O; c++) {
            double lost = 0.0;
            for (size_t k = 0; k < n; k++)
                lost += residual[c * n + k] * (f->holdout[r * n + k] - mean[k]);
            want += lost * lost / (double)f->n_holdout;
        }
    double found = rq_moments_error(&f->sums, f->layer.groups - 1, mean, residual, O, scratch);
    assert_within(found, want, 1e-4 * want);
    free(mean);
    free(residual);
    free(scratch);
}

/* Of one tile of products and of several, the last one partly filled. */
static void sums_are_those_of_the_rows(void **state)
{
    static const size_t widths[] = {1, 9, 128, 129, 300};
    (void)state;
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (int use = RQ_GRAM_TO_COMPARE; use <= RQ_GRAM_TO_FIT; use++) {
            fixture f;
            open_fixture(&f, widths[w], widths[w] > 9 ? 1 : 3, (rq_gram_use)use);
            for (size_t i = 0; i < IMAGES; i++) add_image(&f, i);
            rq_gram_flush(&f.sums);
            assert_int_equal(f.sums.rows, f.n_train);
            assert_int_equal(f.sums.n_holdout, f.n_holdout);
            check_moments(&f);
            check_error(&f);
            close_fixture(&f);
        }
}

/* To compare with, a part of the rows is enough, but not of few. */
static void fewer_rows_are_kept_to_compare_with(void **state)
{
    fixture few, many;
    (void)state;
    open_fixture(&few, 9, 3, RQ_GRAM_TO_COMPARE);
    assert_int_equal(few.sums.per_holdout, few.sums.per_image);
    open_fixture(&many, 250, 1, RQ_GRAM_TO_COMPARE);
    assert_true(many.sums.per_holdout < many.sums.per_image / 2);
    assert_true(rq_gram_bytes(&many.layer, IMAGES, RQ_GRAM_TO_COMPARE) <
                rq_gram_bytes(&many.layer, IMAGES, RQ_GRAM_TO_FIT));
    close_fixture(&few);
    close_fixture(&many);
}

/* Images that cannot be read are not added: what waits never leaves its room, whichever they are.
 */
static void images_may_be_missing(void **state)
{
    (void)state;
    for (unsigned missing = 0; missing < 1u << IMAGES; missing += 7) {
        fixture f;
        open_fixture(&f, 5, 2, RQ_GRAM_TO_FIT);
        for (size_t i = 0; i < IMAGES; i++)
            if (!(missing >> i & 1)) add_image(&f, i);
        rq_gram_flush(&f.sums);
        assert_int_equal(f.sums.rows, f.n_train);
        if (f.n_train) check_moments(&f);
        close_fixture(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_rows),
        cmocka_unit_test(fewer_rows_are_kept_to_compare_with),
        cmocka_unit_test(images_may_be_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
