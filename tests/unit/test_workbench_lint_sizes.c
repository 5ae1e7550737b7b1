/* Another way to the input's size is named where clearly more images are right with it, and only
 * there. */
#include "tests/unit/toy_workload.h"

#include "engine/workbench/lint/lint.h"

enum { N = 60, WIDE = 3 * TOY_SIDE };

/* What is in the middle is the image's class; what is beside it, another one's, is brighter. */
static void paint(rq_image *image, size_t class, size_t number)
{
    assert_ok(rq_image_reserve(image, WIDE, TOY_SIDE, 3));
    for (size_t i = 0; i < (size_t)WIDE * TOY_SIDE; i++) {
        size_t x = i % WIDE, third = x / TOY_SIDE;
        size_t colour = third == 1 ? class : (class + 1) % TOY_CLASSES;
        for (size_t c = 0; c < 3; c++)
            image->pixels[3 * i + c] =
                (uint8_t)(40 + (x * (number + 3) + i / WIDE) % 17 + (c == colour ? 130 : 0));
    }
}

/* In class folders; `wide` ones, or squares of one colour. */
static void write_images(void **state, const char *folder, bool wide)
{
    static const char *const colours[TOY_CLASSES] = {"a_red", "b_green", "c_blue"};
    rq_image image = {0};
    char name[128];
    toy_write_images(state, folder, 0, 100);
    for (size_t i = 0; i < N; i++) {
        snprintf(name, sizeof name, "%s/%s/%02zu.jpg", folder, colours[i % TOY_CLASSES], i);
        if (wide)
            paint(&image, i % TOY_CLASSES, i);
        else
            toy_paint(&image, i % TOY_CLASSES, i, 100);
        toy_write_image(state, name, &image);
    }
    rq_image_free(&image);
}

static void lint(rq_lint *out, rq_workload *w, void **state, const char *folder, const char *resize,
                 double seconds)
{
    static char data[4096];
    snprintf(data, sizeof data, "%s", scratch_path(state, folder));
    toy_open(w, toy_graph(&(toy_net){.loud = 1, .classes = true}), data);
    if (resize) {
        assert_ok(rq_preprocess_set(&w->request.preprocess, "resize", resize, "resize"));
        assert_ok(rq_preprocess_set(&w->request.preprocess, "crop", "16x16", "crop"));
    }
    assert_ok(rq_lint_run(out, w, &(rq_lint_options){.n_varied = 12, .seconds = seconds}));
}

static void close_all(rq_lint *l, rq_workload *w)
{
    rq_lint_close(l);
    rq_workload_close(w);
}

static void test_a_crop_that_is_missing(void **state)
{
    rq_workload w;
    rq_lint l;
    lint(&l, &w, state, "wide", NULL, 0);
    const rq_finding *found = rq_lint_find(&l, "sizes");
    assert_non_null(found);
    assert_int_equal(found->severity, RQ_LINT_WARNING);
    assert_non_null(strstr(found->fix, "--crop 16x16"));
    assert_non_null(strstr(found->evidence, "top-1 of 60 images is "));
    assert_non_null(strstr(found->evidence, "100.0 % with --resize 1"));
    close_all(&l, &w);
}

static void test_silent_where_the_size_is_right(void **state)
{
    rq_workload w;
    rq_lint l;
    lint(&l, &w, state, "wide", "16", 0);
    assert_false(rq_lint_has(&l, "sizes"));
    close_all(&l, &w);
    lint(&l, &w, state, "squares", NULL, 0);
    assert_false(rq_lint_has(&l, "sizes"));
    close_all(&l, &w);
}

/* A quick look has no time for it. */
static void test_not_in_a_hurry(void **state)
{
    rq_workload w;
    rq_lint l;
    lint(&l, &w, state, "wide", NULL, 100);
    assert_false(rq_lint_has(&l, "sizes"));
    close_all(&l, &w);
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0) return -1;
    write_images(state, "wide", true);
    write_images(state, "squares", false);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crop_that_is_missing),
        cmocka_unit_test(test_silent_where_the_size_is_right),
        cmocka_unit_test(test_not_in_a_hurry),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
