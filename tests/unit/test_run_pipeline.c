/* Images through models: in order, whoever works; those that cannot be read are counted. */
#include "tests/unit/toy_workload.h"

#include "engine/base/callbacks.h"
#include "engine/run/pipeline.h"

#define N_IMAGES 8
#define THREADS 3

typedef struct run {
    rq_workload workload;
    rq_model *models[2];
    rq_image_feed feed;
    size_t merged[N_IMAGES], n_merged, n_bad;
    float sums[N_IMAGES][2];           /* of each model's output */
    size_t observed[2];                /* values seen of each model, by all workers */
    size_t left;                       /* merges before it fails; 0: never */
    size_t every;                      /* merges from pause to pause at least; 0: there is none */
    size_t paused[N_IMAGES], n_paused; /* merges done at each */
    bool no_room;                      /* a pause fails */
    bool skips;                        /* the second model runs every other image */
    char data[4096];
} run;

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    run *r = at->ctx;
    (void)value;
    assert_true(at->worker < THREADS && rq_tensor_count(tensor) > 0);
    __atomic_add_fetch(&r->observed[at->model], 1, __ATOMIC_SEQ_CST);
    return RQ_OK;
}

static bool skips(const rq_pipeline_image *at)
{
    return ((const run *)at->ctx)->skips && at->model == 1 && at->image % 2;
}

static rq_status done(const rq_pipeline_image *at)
{
    run *r = at->ctx;
    for (size_t m = 0; m < (r->skips ? 1 : 2); m++) {
        const rq_tensor *t = rq_session_output(at->sessions[m], 0);
        const float *x = t->data;
        for (size_t i = 0; i < rq_tensor_count(t); i++) r->sums[at->image][m] += x[i];
    }
    return RQ_OK;
}

static rq_status merge(const rq_pipeline_image *at)
{
    run *r = at->ctx;
    if (r->left && --r->left == 0) return rq_fail(RQ_EFORMAT, "enough");
    r->n_bad += at->bad;
    r->merged[r->n_merged] = at->image;
    __atomic_add_fetch(&r->n_merged, 1, __ATOMIC_SEQ_CST);
    return RQ_OK;
}

/* Two models of the graph, over images number 0..7 in a folder of their own; `bad`: no image at
 * all.
 */
static void open_graph(run *r, void **state, const char *folder, const char *bad, rq_graph *graph)
{
    char name[256];
    memset(r, 0, sizeof *r);
    toy_write_images(state, folder, N_IMAGES, 60);
    snprintf(name, sizeof name, "%s/a_red/%s", folder, bad ? bad : "");
    if (bad) scratch_file(state, name, "nothing", 7);
    snprintf(r->data, sizeof r->data, "%s", scratch_path(state, folder));
    toy_open(&r->workload, graph, r->data);
    for (size_t m = 0; m < 2; m++) {
        rq_exec_options exec = r->workload.exec;
        assert_ok(rq_model_create(&r->models[m], r->workload.graph, &exec));
    }
    assert_ok(rq_image_feed_open(&r->feed, &r->workload.request, r->models[0]));
}

static void open_run(run *r, void **state, const char *folder, const char *bad)
{
    open_graph(r, state, folder, bad, toy_graph(&(toy_net){.loud = 1}));
}

static bool is_due(void *ctx)
{
    run *r = ctx;
    size_t merged = __atomic_load_n(&r->n_merged, __ATOMIC_SEQ_CST);
    return r->every && merged >= r->every + (r->n_paused ? r->paused[r->n_paused - 1] : 0);
}

static rq_status pause_run(void *ctx)
{
    run *r = ctx;
    r->paused[r->n_paused++] = r->n_merged;
    return r->no_room ? rq_fail(RQ_EIO, "no room") : RQ_OK;
}

static rq_status run_images(run *r, unsigned threads, size_t first)
{
    rq_pipeline p = {.images = &r->workload.images,
                     .feed = &r->feed,
                     .models = (const rq_model *const *)r->models,
                     .n_models = 2,
                     .threads = threads,
                     .first = first,
                     .title = "test",
                     .observe = observe,
                     .skips = skips,
                     .done = done,
                     .merge = merge,
                     .is_due = is_due,
                     .pause = pause_run,
                     .ctx = r};
    return rq_pipeline_run(&p);
}

static void close_run(run *r)
{
    rq_image_feed_close(&r->feed);
    for (size_t m = 0; m < 2; m++) rq_model_destroy(&r->models[m]);
    rq_workload_close(&r->workload);
}

static void test_a_model_may_skip_images(void **state)
{
    run r;
    open_run(&r, state, "skips", NULL);
    r.skips = true;
    assert_ok(run_images(&r, THREADS, 0));
    assert_int_equal(r.n_merged, N_IMAGES);
    assert_true(r.observed[0] > 0);
    assert_int_equal(r.observed[0], 2 * r.observed[1]);
    close_run(&r);
}

static void test_merges_in_order(void **state)
{
    run many, one;
    open_run(&many, state, "order", NULL);
    open_run(&one, state, "order", NULL);
    assert_ok(run_images(&many, THREADS, 0));
    assert_ok(run_images(&one, 1, 0));
    assert_int_equal(many.n_merged, N_IMAGES);
    for (size_t i = 0; i < N_IMAGES; i++) {
        assert_int_equal(many.merged[i], i);
        assert_true(many.sums[i][0] == one.sums[i][0] && one.sums[i][0] != 0);
        assert_true(many.sums[i][0] == many.sums[i][1]); /* both models saw the same image */
        assert_true(i == 0 || many.sums[i][0] != many.sums[i - 1][0]);
    }
    assert_int_equal(many.observed[0], one.observed[0]);
    assert_int_equal(many.observed[0], many.observed[1]);
    assert_int_equal(many.observed[0] % N_IMAGES, 0);
    close_run(&many);
    close_run(&one);
}

/* The toy network, whose output is added to a variable, which is the output then. */
static rq_graph *adding_graph(void)
{
    rq_graph *g = toy_graph(&(toy_net){.loud = 1, .classes = true});
    rq_node *result = g->nodes[g->n_nodes - 1];
    const char *const attrs[] = {"variable_id", "v", "variable_type", "f32", "variable_shape",
                                 "1,3",         NULL};
    rq_id old = build_node(g, "old", "ReadValue", "opset6", attrs, NULL, 0, 1)->out[0];
    rq_id sum = build(g, "sum", "Add", NO_ATTRS, INPUTS(result->in[0], old));
    build_node(g, "kept", "Assign", "opset6", ATTRS("variable_id", "v"), INPUTS(sum), 1);
    result->in[0] = sum;
    return g;
}

/* Whatever ran before it, and on which worker. */
static void test_an_image_stands_alone(void **state)
{
    run many, last;
    open_graph(&many, state, "alone", NULL, adding_graph());
    open_graph(&last, state, "alone", NULL, adding_graph());
    assert_ok(run_images(&many, 1, 0));
    assert_ok(run_images(&last, THREADS, N_IMAGES - 1));
    assert_true(many.sums[N_IMAGES - 1][0] != 0);
    assert_true(many.sums[N_IMAGES - 1][0] == last.sums[N_IMAGES - 1][0]);
    close_run(&many);
    close_run(&last);
}

static void test_begins_where_it_is_told(void **state)
{
    run r;
    open_run(&r, state, "first", NULL);
    assert_ok(run_images(&r, THREADS, 5));
    assert_int_equal(r.n_merged, 3);
    assert_int_equal(r.merged[0], 5);
    assert_true(r.sums[4][0] == 0 && r.sums[5][0] != 0);
    close_run(&r);
}

static void test_bad_images_are_counted(void **state)
{
    run r;
    size_t n;
    open_run(&r, state, "bad", "00.jpg");
    assert_fails(run_images(&r, THREADS, 0), RQ_EFORMAT, "a_red/00.jpg");
    assert_int_equal(r.n_bad, 1);
    assert_int_equal(r.n_merged, N_IMAGES); /* all the same */
    const rq_bad_image *bad = rq_bad_images_get(r.workload.images.bad, &n);
    assert_int_equal(n, 1);
    assert_int_equal(bad[0].index, 0);
    assert_string_equal(bad[0].name, "a_red/00.jpg");
    assert_true(r.sums[0][0] == 0 && r.sums[1][0] != 0);

    r.workload.images.max_bad = 0.2; /* one of eight is fewer */
    r.n_merged = r.n_bad = 0;
    assert_ok(run_images(&r, THREADS, 0));
    assert_int_equal(r.n_bad, 1);
    close_run(&r);
}

typedef struct told_images {
    int n, more;
    char last[512];
} told_images;

static void take_log(void *ctx, const char *text)
{
    told_images *t = ctx;
    t->n++;
    t->more += strstr(text, "more images skipped") != NULL;
    snprintf(t->last, sizeof t->last, "%s", text);
}

/* However many passes and draws there are of it. */
static void test_a_bad_image_is_told_once(void **state)
{
    run r;
    rq_images drawn;
    told_images told = {0};
    const rq_callbacks callbacks = {.ctx = &told, .log = take_log};
    open_run(&r, state, "told", "00.jpg");
    r.workload.images.max_bad = 1;
    rq_callbacks_install(&callbacks);
    assert_ok(run_images(&r, THREADS, 0));
    assert_int_equal(told.n, 1);
    assert_non_null(strstr(told.last, "told/a_red/00.jpg: skipped: "));
    r.n_merged = 0;
    assert_ok(run_images(&r, THREADS, 0));
    assert_ok(rq_workload_draw(&drawn, &r.workload, 0, 1));
    rq_images_close(&r.workload.images);
    r.workload.images = drawn;
    r.n_merged = 0;
    assert_ok(run_images(&r, THREADS, 0));
    rq_callbacks_install(NULL);
    assert_int_equal(told.n, 1);
    close_run(&r);
}

static void test_many_bad_images_are_told_in_short(void **state)
{
    (void)state;
    told_images told = {0};
    const rq_callbacks callbacks = {.ctx = &told, .log = take_log};
    rq_sample samples[24];
    const rq_dataset dataset = {.samples = samples, .n = 24};
    char paths[24][16];
    rq_bad_images *bad;
    rq_bad_image_log *log;
    assert_ok(rq_bad_images_create(&bad));
    assert_ok(rq_bad_image_log_create(&log));
    for (size_t i = 0; i < 24; i++) {
        snprintf(paths[i], sizeof paths[i], "%zu.jpg", i);
        samples[i] = (rq_sample){.path = paths[i], .name = paths[i]};
        assert_ok(rq_bad_images_add(bad, i, paths[i], "cut"));
    }
    rq_callbacks_install(&callbacks);
    for (int again = 0; again < 2; again++) assert_ok(rq_bad_image_log_tell(log, bad, &dataset));
    rq_callbacks_install(NULL);
    assert_int_equal(told.n, 11);
    assert_int_equal(told.more, 1);
    assert_non_null(strstr(told.last, "14 more images skipped"));
    rq_bad_image_log_destroy(&log);
    rq_bad_images_destroy(&bad);
}

static void test_a_failure_ends_it(void **state)
{
    run r;
    open_run(&r, state, "fails", NULL);
    r.left = 4;
    assert_fails(run_images(&r, THREADS, 0), RQ_EFORMAT, "enough");
    assert_int_equal(r.n_merged, 3);
    close_run(&r);
}

/* While nothing runs; then it goes on with the next image. */
static void test_pauses(void **state)
{
    run r;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        open_run(&r, state, "pauses", NULL);
        r.every = 3;
        assert_ok(run_images(&r, threads, 0));
        assert_int_equal(r.n_merged, N_IMAGES);
        for (size_t i = 0; i < N_IMAGES; i++) assert_int_equal(r.merged[i], i);
        assert_in_range(r.n_paused, 1, 2);
        assert_in_range(r.paused[0], 3, 3 + threads);
        close_run(&r);
    }
    open_run(&r, state, "pauses", NULL);
    r.every = 3;
    r.no_room = true;
    assert_fails(run_images(&r, 1, 0), RQ_EIO, "no room");
    assert_int_equal(r.n_merged, 3);
    close_run(&r);
}

typedef struct told {
    size_t last, total;
    bool ended;
} told;

static void progress(void *ctx, const char *title, size_t step, size_t total)
{
    told *t = ctx;
    assert_string_equal(title, "test");
    assert_true(step >= t->last);
    *t = (told){step, total, step == total};
}

static void test_progress(void **state)
{
    run r;
    told t = {0};
    const rq_callbacks callbacks = {.ctx = &t, .progress = progress};
    open_run(&r, state, "progress", NULL);
    rq_callbacks_install(&callbacks);
    assert_ok(run_images(&r, THREADS, 2));
    rq_callbacks_install(NULL);
    assert_int_equal(t.total, N_IMAGES - 2);
    assert_true(t.ended);
    close_run(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merges_in_order),
        cmocka_unit_test(test_a_model_may_skip_images),
        cmocka_unit_test(test_an_image_stands_alone),
        cmocka_unit_test(test_begins_where_it_is_told),
        cmocka_unit_test(test_bad_images_are_counted),
        cmocka_unit_test(test_a_bad_image_is_told_once),
        cmocka_unit_test(test_many_bad_images_are_told_in_short),
        cmocka_unit_test(test_a_failure_ends_it),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
