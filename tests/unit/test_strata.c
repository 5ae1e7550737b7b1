/* Smaller data sets keep the shares of classes, of boxes too. */
#include "tests/unit/test.h"

#include "datasets/strata.h"

#define N 100

/* Every image shows class 7; each tenth also 3; the last five nothing. */
static void fill(rq_dataset *set, rq_sample *samples, rq_annotation *truths, rq_box (*boxes)[2])
{
    memset(set, 0, sizeof *set);
    for (size_t i = 0; i < N; i++) {
        boxes[i][0] = (rq_box){.class_id = 7};
        boxes[i][1] = (rq_box){.class_id = 3};
        truths[i] = (rq_annotation){.boxes = boxes[i],
                                    .n_boxes = i >= 95       ? 0
                                               : i % 10 == 0 ? 2
                                                             : 1};
        samples[i] = (rq_sample){.name = "x", .label = RQ_UNLABELLED, .truth = &truths[i]};
    }
    set->samples = samples;
    set->n = N;
}

static void test_boxes(void **state)
{
    (void)state;
    rq_dataset set;
    rq_sample samples[N];
    rq_annotation truths[N];
    rq_box boxes[N][2];
    size_t stratum[N], n, rare = 0, empty = 0;
    fill(&set, samples, truths, boxes);
    assert_ok(rq_dataset_strata(stratum, &n, &set));
    assert_int_equal(n, 3);
    for (size_t i = 0; i < N; i++) assert_int_equal(stratum[i], i >= 95 ? 0 : i % 10 == 0 ? 1 : 2);
    assert_ok(rq_dataset_subset(&set, 40, 5));
    assert_int_equal(set.n, 40);
    for (size_t i = 0; i < set.n; i++) {
        rare += samples[i].truth->n_boxes == 2;
        empty += samples[i].truth->n_boxes == 0;
    }
    assert_int_equal(rare, 4);
    assert_int_equal(empty, 2);
}

static void test_no_boxes(void **state)
{
    (void)state;
    rq_sample samples[3] = {{.label = RQ_UNLABELLED}, {.label = RQ_UNLABELLED}, {.label = 2}};
    rq_dataset set = {.samples = samples, .n = 3};
    size_t stratum[3], n;
    assert_ok(rq_dataset_strata(stratum, &n, &set));
    assert_true(n == 1 && stratum[0] == 0 && stratum[2] == 0);
    samples[0].label = 0;
    samples[1].label = 2;
    set.labelled = true;
    set.n_classes = 3;
    assert_ok(rq_dataset_strata(stratum, &n, &set));
    assert_true(n == 3 && stratum[0] == 0 && stratum[1] == 2 && stratum[2] == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_boxes),
                                       cmocka_unit_test(test_no_boxes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
