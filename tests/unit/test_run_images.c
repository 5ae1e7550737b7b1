/* The images of a run: listed once, drawn from; decoded once, and the same numbers from memory. */
#include "tests/unit/toy_workload.h"

#include "engine/base/callbacks.h"
#include "engine/workbench/search/search_images.h"

#define N_IMAGES 12
#define PIXELS (3 * TOY_SIDE * TOY_SIDE)

static const char *folder(void **state)
{
    return scratch_path(state, "images");
}

static void open_listed(rq_workload *w, const char *data, size_t subset, bool shuffle)
{
    toy_settings(w, data);
    w->subset = subset;
    w->shuffle = shuffle;
    w->seed = 7;
    w->graph = toy_graph(&(toy_net){.loud = 1, .classes = true});
    assert_ok(rq_workload_bind(w));
    assert_ok(rq_workload_list(w, NULL));
}

static bool same_names(const rq_images *a, const rq_images *b)
{
    bool same = a->dataset->n == b->dataset->n;
    for (size_t i = 0; same && i < a->dataset->n; i++)
        same = !strcmp(a->dataset->samples[i].name, b->dataset->samples[i].name);
    return same;
}

/* -- drawing ---------------------------------------------------------------------------------- */

/* By path. */
static size_t count_shared(const rq_images *a, const rq_images *b)
{
    size_t n;
    assert_ok(rq_dataset_count_shared(&n, a->dataset, b->dataset));
    return n;
}

static void turn_around(rq_dataset *set)
{
    for (size_t i = 0; i < set->n / 2; i++) {
        const rq_sample kept = set->samples[i];
        set->samples[i] = set->samples[set->n - 1 - i];
        set->samples[set->n - 1 - i] = kept;
    }
}

/* Two parts without a common image, the same ones in whatever order the list is. */
static void test_a_split_has_no_image_twice(void **state)
{
    rq_workload w;
    rq_images drawn, others, again, rest;
    char data[4096];
    snprintf(data, sizeof data, "%s", folder(state));
    open_listed(&w, data, 0, false);
    assert_ok(rq_images_split(&drawn, &others, &w.all, 6, 7));
    assert_int_equal(drawn.dataset->n, 6);
    assert_int_equal(others.dataset->n, N_IMAGES - 6);
    assert_int_equal(count_shared(&drawn, &others), 0);
    assert_int_equal(count_shared(&w.all, &drawn) + count_shared(&w.all, &others), N_IMAGES);
    turn_around(w.all.dataset);
    assert_ok(rq_images_split(&again, &rest, &w.all, 6, 7));
    assert_true(same_names(&drawn, &again) && same_names(&others, &rest));
    rq_images_close(&again);
    rq_images_close(&rest);
    rq_images_close(&drawn);
    rq_images_close(&others);
    rq_workload_close(&w);
}

/* Nothing is drawn any more from what was set apart; were it all, it stays. */
static void test_images_are_set_apart(void **state)
{
    rq_workload w;
    rq_images apart, fit, holdout;
    bool done;
    char data[4096], red[4200];
    snprintf(data, sizeof data, "%s", folder(state));
    snprintf(red, sizeof red, "%s/a_red", data);
    open_listed(&w, data, 6, false);
    const rq_data_source source = {.name = red};
    assert_ok(rq_workload_open_images(&apart, &w, &source, NULL, 0)); /* other names, same files */
    assert_ok(rq_workload_set_apart(&done, &w, &apart));
    assert_true(done);
    assert_int_equal(w.all.dataset->n, N_IMAGES - N_IMAGES / TOY_CLASSES);
    assert_int_equal(w.images.dataset->n, 6);
    assert_int_equal(count_shared(&w.images, &apart), 0);
    assert_ok(rq_workload_draw_split(&fit, &holdout, &w, 4, 4));
    assert_int_equal(fit.dataset->n + holdout.dataset->n, 8);
    assert_int_equal(count_shared(&fit, &apart) + count_shared(&holdout, &apart), 0);
    rq_images_close(&fit);
    rq_images_close(&holdout);
    rq_images_close(&apart);
    assert_ok(rq_workload_draw(&apart, &w, 0, 0));
    assert_ok(rq_workload_set_apart(&done, &w, &apart));
    assert_false(done);
    assert_int_equal(w.images.dataset->n, 6);
    rq_images_close(&apart);
    rq_workload_close(&w);
}

static void test_a_sample_keeps_order_and_classes(void **state)
{
    rq_workload w;
    rq_images again, other;
    char data[4096];
    snprintf(data, sizeof data, "%s", folder(state));
    open_listed(&w, data, 6, false);
    assert_int_equal(w.all.dataset->n, N_IMAGES);
    assert_int_equal(w.images.dataset->n, 6);
    size_t of_class[TOY_CLASSES] = {0};
    for (size_t i = 0; i < 6; i++) {
        of_class[w.images.dataset->samples[i].label]++;
        if (i)
            assert_true(strcmp(w.images.dataset->samples[i - 1].name,
                               w.images.dataset->samples[i].name) < 0);
    }
    for (size_t c = 0; c < TOY_CLASSES; c++) assert_int_equal(of_class[c], 2);

    assert_ok(rq_workload_draw(&again, &w, 6, w.seed));
    assert_true(same_names(&again, &w.images));
    assert_ptr_not_equal(again.bad, w.images.bad);
    assert_true(again.max_bad == 1.0);
    bool differs = false;
    for (uint64_t seed = 8; seed < 16 && !differs; seed++) {
        assert_ok(rq_workload_draw(&other, &w, 6, seed));
        differs = !same_names(&other, &w.images);
        rq_images_close(&other);
    }
    assert_true(differs);
    rq_images_close(&again);
    assert_null(again.dataset);
    rq_workload_close(&w);
}

static void test_shuffled(void **state)
{
    rq_workload w, plain;
    char data[4096];
    snprintf(data, sizeof data, "%s", folder(state));
    open_listed(&w, data, 0, true);
    open_listed(&plain, data, 0, false);
    assert_int_equal(w.images.dataset->n, N_IMAGES);
    assert_false(same_names(&w.images, &plain.images));
    assert_true(same_names(&w.all, &plain.all));
    rq_workload_close(&w);
    rq_workload_close(&plain);
}

static void test_picking(void **state)
{
    rq_workload w;
    rq_images picked;
    char data[4096];
    snprintf(data, sizeof data, "%s", folder(state));
    open_listed(&w, data, 0, false);
    assert_ok(rq_images_pick(&picked, &w.images, (const size_t[]){1, 9}, 2));
    assert_int_equal(picked.dataset->n, 2);
    assert_string_equal(picked.dataset->samples[0].name, w.images.dataset->samples[1].name);
    assert_string_equal(picked.dataset->samples[1].name, w.images.dataset->samples[9].name);
    assert_int_equal(w.images.dataset->n, N_IMAGES);
    const rq_workload over = rq_workload_over(&w, &picked);
    assert_ptr_equal(over.images.dataset, picked.dataset);
    assert_ptr_equal(over.graph, w.graph);
    rq_images_close(&picked);
    rq_workload_close(&w);
}

static void take_log(void *ctx, const char *text)
{
    snprintf(ctx, 256, "%s", text);
}

static void test_one_unlabelled_image_is_one(void **state)
{
    char data[4096], labels[4096], log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    rq_buf text = {0};
    rq_workload w;
    rq_images val;
    snprintf(data, sizeof data, "%s", folder(state));
    open_listed(&w, data, 0, false);
    for (size_t i = 1; i < N_IMAGES; i++)
        rq_buf_printf(&text, "%s 0\n", w.images.dataset->samples[i].name);
    snprintf(labels, sizeof labels, "%s", scratch_file(state, "one.txt", text.data, text.length));
    rq_buf_free(&text);
    rq_callbacks_install(&callbacks);
    assert_ok(rq_workload_open_images(&val, &w, &(rq_data_source){.name = data}, labels, 0));
    rq_callbacks_install(NULL);
    assert_non_null(strstr(log, "1 image of"));
    assert_non_null(strstr(log, "has no label and is skipped"));
    rq_images_close(&val);
    rq_workload_close(&w);
}

static void test_other_images_with_labels(void **state)
{
    static const char lines[] = "a_red/00.jpg 2\nb_green/01.jpg 0\n";
    rq_workload w;
    rq_images val;
    char data[4096], labels[4096], log[256] = "";
    const rq_callbacks callbacks = {.ctx = log, .log = take_log};
    snprintf(data, sizeof data, "%s", folder(state));
    snprintf(labels, sizeof labels, "%s",
             scratch_file(state, "labels.txt", lines, sizeof lines - 1));
    open_listed(&w, TOY_GENERATED, 0, false);
    rq_callbacks_install(&callbacks);
    assert_ok(rq_workload_open_images(&val, &w, &(rq_data_source){.name = data}, labels, 0));
    rq_callbacks_install(NULL);
    assert_int_equal(val.dataset->n, 2);
    assert_int_equal(val.dataset->samples[0].label, 2);
    assert_non_null(strstr(log, "10 images"));
    assert_non_null(strstr(log, "have no label"));
    rq_images_close(&val);
    assert_ok(rq_workload_open_images(&val, &w, &(rq_data_source){.name = data}, NULL, 3));
    assert_int_equal(val.dataset->n, 3);
    rq_images_close(&val);
    assert_fails(rq_workload_open_images(&val, &w, &(rq_data_source){.name = "nowhere"}, NULL, 0),
                 RQ_EIO, "nowhere");
    rq_workload_close(&w);
}

/* -- the cache -------------------------------------------------------------------------------- */

typedef struct cached {
    rq_image_plan plan;
    rq_loader_scratch scratch;
    char path[4096];
    float fresh[PIXELS], kept[PIXELS];
} cached;

static void open_cached(cached *c, void **state)
{
    const rq_shape shape = SHAPE(1, 3, TOY_SIDE, TOY_SIDE);
    rq_preprocess preprocess = {
        .resize_shorter = 20, .crop_width = TOY_SIDE, .crop_height = TOY_SIDE};
    memset(c, 0, sizeof *c);
    assert_ok(rq_preprocess_set(&preprocess, "scale", "127.5", "scale"));
    assert_ok(rq_preprocess_set(&preprocess, "mean", "1,2,3", "mean"));
    assert_ok(rq_preprocess_resolve(&c->plan, &preprocess, &shape, RQ_DT_F32, "x"));
    snprintf(c->path, sizeof c->path, "%s", scratch_path(state, "images/b_green/01.jpg"));
    assert_ok(rq_load_image(c->fresh, &c->plan, c->path, &c->scratch));
}

static rq_status load_through(cached *c, rq_sample_cache *cache, bool keep)
{
    rq_status status = rq_sample_cache_load(cache, keep, &c->plan, c->path, &c->scratch);
    if (status == RQ_OK) rq_image_plan_normalise(c->kept, &c->plan, &c->scratch.resized);
    return status;
}

static rq_status load_cached(cached *c, rq_sample_cache *cache)
{
    return load_through(c, cache, true);
}

/* Where the file is gone, only memory can tell. */
static rq_status load_without_file(cached *c, rq_sample_cache *cache)
{
    char away[4200];
    snprintf(away, sizeof away, "%s.away", c->path);
    assert_int_equal(rename(c->path, away), 0);
    memset(c->kept, 0, sizeof c->kept);
    rq_status status = load_cached(c, cache);
    assert_int_equal(rename(away, c->path), 0);
    return status;
}

static void test_the_same_numbers_from_memory(void **state)
{
    cached c;
    rq_sample_cache *cache;
    open_cached(&c, state);
    const rq_view view = c.scratch.view;
    assert_ok(rq_sample_cache_create(&cache, PIXELS));
    assert_ok(load_cached(&c, cache));
    assert_memory_equal(c.kept, c.fresh, sizeof c.fresh);
    c.scratch.view = (rq_view){0};
    assert_ok(load_without_file(&c, cache));
    assert_memory_equal(c.kept, c.fresh, sizeof c.fresh);
    assert_true(c.scratch.view.scale_x == view.scale_x && c.scratch.view.width == view.width);

    /* Mean and scale come later: the same pixels serve. Another crop is another image. */
    rq_preprocess other = c.plan.settled;
    const rq_shape shape = SHAPE(1, 3, TOY_SIDE, TOY_SIDE);
    other.n_mean = 0;
    assert_ok(rq_preprocess_resolve(&c.plan, &other, &shape, RQ_DT_F32, "x"));
    assert_ok(load_without_file(&c, cache));
    assert_near_f32(c.kept, (const float[]){c.fresh[0] + (float)(1 / 127.5)}, 1, 1e-6, 0);
    other.resize_shorter = 24;
    assert_ok(rq_preprocess_resolve(&c.plan, &other, &shape, RQ_DT_F32, "x"));
    assert_int_not_equal(load_without_file(&c, cache), RQ_OK);
    rq_sample_cache_destroy(&cache);
    assert_null(cache);
    rq_loader_scratch_free(&c.scratch);
}

static void test_memory_is_bounded(void **state)
{
    cached c;
    rq_sample_cache *cache;
    open_cached(&c, state);
    assert_ok(rq_sample_cache_create(&cache, PIXELS - 1)); /* a byte short of one image */
    assert_ok(load_cached(&c, cache));
    assert_memory_equal(c.kept, c.fresh, sizeof c.fresh);
    assert_int_not_equal(load_without_file(&c, cache), RQ_OK);
    rq_sample_cache_destroy(&cache);
    assert_int_not_equal(load_without_file(&c, NULL), RQ_OK); /* none at all */
    rq_loader_scratch_free(&c.scratch);
}

/* Who does not add to the cache reads what others added. */
static void test_only_what_is_asked_for_is_kept(void **state)
{
    cached c;
    rq_sample_cache *cache;
    open_cached(&c, state);
    assert_ok(rq_sample_cache_create(&cache, PIXELS));
    assert_ok(load_through(&c, cache, false));
    assert_memory_equal(c.kept, c.fresh, sizeof c.fresh);
    assert_int_not_equal(load_without_file(&c, cache), RQ_OK);
    assert_ok(load_cached(&c, cache));
    assert_ok(load_without_file(&c, cache));
    assert_ok(load_through(&c, cache, false));
    assert_memory_equal(c.kept, c.fresh, sizeof c.fresh);
    rq_sample_cache_destroy(&cache);
    rq_loader_scratch_free(&c.scratch);
}

/* Of a search's, in its own passes; of all others none. */
static void test_images_of_searches_are_kept(void **state)
{
    rq_workload w;
    rq_search_images images;
    toy_settings(&w, folder(state));
    w.graph = toy_graph(&(toy_net){.loud = 1, .classes = true});
    assert_ok(rq_workload_bind(&w));
    assert_ok(rq_workload_keep_images(&w, false));
    assert_ok(rq_workload_list(&w, NULL));
    assert_false(w.images.kept || w.all.kept);
    assert_ok(rq_search_images_open(&images, &w));
    assert_true(images.fit.kept && images.holdout.kept);
    assert_ptr_equal(images.fit.cache, w.cache);
    rq_search_images_close(&images);
    rq_workload_close(&w);
}

/* A workload that keeps images gives the same statistics. */
static void test_a_workload_keeps_images(void **state)
{
    rq_workload w, kept;
    char data[4096];
    snprintf(data, sizeof data, "%s", folder(state));
    open_listed(&w, data, 0, false);
    toy_settings(&kept, data);
    kept.graph = toy_graph(&(toy_net){.loud = 1, .classes = true});
    assert_ok(rq_workload_bind(&kept));
    assert_ok(rq_workload_keep_images(&kept, true));
    assert_ok(rq_workload_list(&kept, NULL));
    assert_ptr_equal(kept.images.cache, kept.cache);
    assert_true(kept.images.kept);
    for (int pass = 0; pass < 2; pass++) {
        rq_stats *a = toy_stats(&w), *b = toy_stats(&kept);
        const rq_stats_value *x = rq_stats_find(a, "relu2"), *y = rq_stats_find(b, "relu2");
        assert_true(x->max == y->max && x->channel_mean_square[2] == y->channel_mean_square[2]);
        rq_stats_destroy(&a);
        rq_stats_destroy(&b);
    }
    rq_workload_close(&w);
    rq_workload_close(&kept);
}

static int setup(void **state)
{
    return toy_images_setup(state, N_IMAGES, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_unlabelled_image_is_one),
        cmocka_unit_test(test_a_sample_keeps_order_and_classes),
        cmocka_unit_test(test_a_split_has_no_image_twice),
        cmocka_unit_test(test_images_are_set_apart),
        cmocka_unit_test(test_shuffled),
        cmocka_unit_test(test_picking),
        cmocka_unit_test(test_other_images_with_labels),
        cmocka_unit_test(test_the_same_numbers_from_memory),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_only_what_is_asked_for_is_kept),
        cmocka_unit_test(test_images_of_searches_are_kept),
        cmocka_unit_test(test_a_workload_keeps_images),
    };
    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
