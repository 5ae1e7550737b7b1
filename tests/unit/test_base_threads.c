#include "tests/unit/test.h"

#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/threads.h"
#include "tests/unit/scratch.h"

#include "engine/cli/console.h"

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N = 200, THREADS = 8 };

typedef struct record {
    atomic_int worked[N];
    atomic_int busy[THREADS];
    atomic_int overlaps; /* two calls at once with one worker number */
    size_t order[N], merged;
    unsigned worked_by[N];
    size_t fail_work, fail_merge; /* from this index on every 7th fails; N: none */
} record;

/* A time that varies with i, so that work ends out of order. */
static void dawdle(size_t i)
{
    struct timespec t = {0, (long)(i * 7919 % 13) * 20000};
    nanosleep(&t, NULL);
}

static rq_status fail_at(size_t i, size_t from, const char *what)
{
    if (i >= from && (i - from) % 7 == 0) return rq_fail(RQ_EFORMAT, "%s %zu is bad", what, i);
    return RQ_OK;
}

static rq_status work(void *ctx, unsigned worker, size_t i)
{
    record *r = ctx;
    if (atomic_fetch_add(&r->busy[worker], 1) != 0) atomic_fetch_add(&r->overlaps, 1);
    dawdle(i);
    atomic_fetch_add(&r->worked[i], 1);
    r->worked_by[i] = worker;
    rq_status status = fail_at(i, r->fail_work, "image");
    atomic_fetch_sub(&r->busy[worker], 1);
    return status;
}

static rq_status merge(void *ctx, unsigned worker, size_t i)
{
    record *r = ctx;
    assert_int_equal(r->worked_by[i], worker);
    RQ_TRY(fail_at(i, r->fail_merge, "merge"));
    r->order[r->merged++] = i;
    return RQ_OK;
}

static void all_work_is_done_once_and_merged_in_order(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads <= THREADS; threads++) {
        record r = {.fail_work = N, .fail_merge = N};
        assert_ok(rq_parallel_ordered(threads, N, work, merge, &r));
        assert_int_equal(r.merged, N);
        assert_int_equal(r.overlaps, 0);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(r.worked[i], 1);
            assert_int_equal(r.order[i], i);
        }
        record plain = {.fail_work = N};
        assert_ok(rq_parallel_for(threads, N, work, &plain));
        for (size_t i = 0; i < N; i++) assert_int_equal(plain.worked[i], 1);
        assert_int_equal(plain.overlaps, 0);
    }
}

/* Asked from any worker. */
static bool has_half(void *ctx)
{
    const record *r = ctx;
    return atomic_load(&r->worked[N / 2]) > 0;
}

static void enough_ends_it_and_what_was_taken_is_merged(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        size_t worked = 0;
        record r = {.fail_work = N, .fail_merge = N};
        assert_ok(rq_parallel_ordered_until(threads, N, work, merge, has_half, &r));
        for (size_t i = 0; i < N; i++) worked += (size_t)r.worked[i];
        assert_int_equal(r.merged, worked);
        assert_in_range(r.merged, N / 2 + 1, N / 2 + 2 * THREADS);
        for (size_t i = 0; i < r.merged; i++) assert_int_equal(r.order[i], i);
    }
}

static void nothing_to_do_is_fine(void **state)
{
    (void)state;
    assert_ok(rq_parallel_for(4, 0, work, NULL));
    assert_ok(rq_parallel_ordered(4, 0, work, merge, NULL));
    record r = {.fail_work = N, .fail_merge = N};
    assert_ok(rq_parallel_ordered(THREADS, 1, work, merge, &r));
    assert_int_equal(r.merged, 1);
}

static void the_lowest_failure_wins_and_merges_are_a_prefix(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        record r = {.fail_work = 37, .fail_merge = N};
        assert_fails(rq_parallel_ordered(threads, N, work, merge, &r), RQ_EFORMAT,
                     "image 37 is bad");
        assert_int_equal(r.merged, 37);
        for (size_t i = 0; i < r.merged; i++) assert_int_equal(r.order[i], i);
        assert_int_equal(r.worked[N - 1], 0); /* the rest was stopped */

        record m = {.fail_work = 60, .fail_merge = 41};
        assert_fails(rq_parallel_ordered(threads, N, work, merge, &m), RQ_EFORMAT,
                     "merge 41 is bad");
        assert_int_equal(m.merged, 41);

        record p = {.fail_work = 5};
        assert_fails(rq_parallel_for(threads, N, work, &p), RQ_EFORMAT, "image 5 is bad");
    }
}

static void there_is_a_cpu(void **state)
{
    (void)state;
    assert_in_range(rq_cpu_count(), 1, 1 << 20);
}

/* Runs fn in a child, because a cancelled process stays cancelled. Gives the wait status. */
static int in_child(void (*fn)(void **), void **state)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fn(state);
        _exit(0);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    return result;
}

static rq_status work_and_interrupt(void *ctx, unsigned worker, size_t i)
{
    if (i == 20) raise(SIGINT);
    return work(ctx, worker, i);
}

static void cancel_half_way(void **state)
{
    (void)state;
    rq_console_catch_signals();
    rq_callbacks_install(rq_console_open(true, false));
    if (rq_cancelled()) _exit(10);
    record r = {.fail_work = N, .fail_merge = N};
    rq_status status = rq_parallel_ordered(4, N, work_and_interrupt, merge, &r);
    if (status != RQ_ECANCELLED || !strstr(rq_error_text(), "interrupted")) _exit(11);
    if (!rq_cancelled() || r.merged < 21 || r.merged >= N) _exit(12);
    for (size_t i = 0; i < r.merged; i++)
        if (r.order[i] != i) _exit(13);
    record never = {.fail_work = N};
    if (rq_parallel_for(2, N, work, &never) != RQ_ECANCELLED) _exit(14);
    if (never.worked[0]) _exit(15);
}

static void one_signal_cancels_and_keeps_a_prefix(void **state)
{
    int result = in_child(cancel_half_way, state);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

static void die_while_writing(void **state)
{
    rq_writer *writer = NULL;
    rq_console_catch_signals();
    rq_callbacks_install(rq_console_open(true, false));
    if (rq_writer_open(&writer, scratch_path(state, "stats.h5")) != RQ_OK) _exit(20);
    if (rq_writer_write(writer, "half", 4) != RQ_OK) _exit(21);
    if (scratch_count(state, ".requant-tmp-") != 1) _exit(22);
    raise(SIGTERM);
    if (!rq_cancelled() || scratch_count(state, ".requant-tmp-") != 1) _exit(23);
    raise(SIGTERM);
    _exit(24); /* must not be reached */
}

static void a_second_signal_ends_and_removes_temporary_files(void **state)
{
    scratch_file(state, "keep.tmp", "mine", 4);
    int result = in_child(die_while_writing, state);
    assert_true(WIFSIGNALED(result));
    assert_int_equal(WTERMSIG(result), SIGTERM);
    assert_int_equal(scratch_count(state, ""), 1); /* keep.tmp */
}

typedef struct told {
    size_t steps;
    bool stop;
} told;

static void count_step(void *ctx, const char *text)
{
    told *t = ctx;
    assert_string_equal(text, "step");
    t->steps++;
}

static bool asked_to_stop(void *ctx)
{
    return ((told *)ctx)->stop;
}

static rq_status log_step(void *ctx, unsigned worker, size_t i)
{
    (void)ctx;
    (void)worker;
    (void)i;
    return RQ_OK;
}

static rq_status log_merge(void *ctx, unsigned worker, size_t i)
{
    (void)ctx;
    (void)worker;
    (void)i;
    rq_log("step");
    return RQ_OK;
}

/* Workers tell the callbacks of the thread that started them, and nobody else's. */
static void callbacks_belong_to_the_caller(void **state)
{
    (void)state;
    told mine = {0}, other = {.stop = true};
    const rq_callbacks a = {.ctx = &mine, .log = count_step, .cancelled = asked_to_stop};
    const rq_callbacks b = {.ctx = &other, .log = count_step, .cancelled = asked_to_stop};
    const rq_callbacks *before = rq_callbacks_install(&a);
    assert_int_equal(rq_parallel_ordered(4, N, log_step, log_merge, NULL), RQ_OK);
    assert_ptr_equal(rq_callbacks_install(&b), &a);
    assert_int_equal(rq_parallel_ordered(4, N, log_step, log_merge, NULL), RQ_ECANCELLED);
    rq_callbacks_install(before);
    assert_int_equal(mine.steps, N);
    assert_int_equal(other.steps, 0);
}

static bool stop_at_third(void *ctx)
{
    return atomic_fetch_add((atomic_int *)ctx, 1) == 2;
}

/* Whoever is told, and whatever it is told later. */
static void once_cancelled_is_cancelled_for_all(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        record r = {.fail_work = N, .fail_merge = N};
        atomic_int asked = 0;
        const rq_callbacks stop = {.ctx = &asked, .cancelled = stop_at_third};
        const rq_callbacks *before = rq_callbacks_install(&stop);
        assert_fails(rq_parallel_ordered(threads, N, work, merge, &r), RQ_ECANCELLED,
                     "interrupted");
        rq_callbacks_install(before);
        assert_in_range(r.merged, 2, 2 + threads);
        for (size_t i = 0; i < r.merged; i++) assert_int_equal(r.order[i], i);
    }
}

typedef struct seen {
    locale_t locale;
    pthread_barrier_t all_are_here; /* so that each worker has one index */
    atomic_int same;
} seen;

static rq_status look_at_locale(void *ctx, unsigned worker, size_t i)
{
    seen *s = ctx;
    (void)worker;
    (void)i;
    pthread_barrier_wait(&s->all_are_here);
    atomic_fetch_add(&s->same, uselocale((locale_t)0) == s->locale);
    return RQ_OK;
}

/* Numbers in texts must not depend on which worker writes them. */
static void workers_have_the_callers_locale(void **state)
{
    (void)state;
    seen s = {.locale = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    pthread_barrier_init(&s.all_are_here, NULL, 4);
    locale_t before = uselocale(s.locale);
    assert_ok(rq_parallel_for(4, 4, look_at_locale, &s));
    uselocale(before);
    assert_int_equal(s.same, 4);
    pthread_barrier_destroy(&s.all_are_here);
    freelocale(s.locale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_belong_to_the_caller),
        cmocka_unit_test(once_cancelled_is_cancelled_for_all),
        cmocka_unit_test(workers_have_the_callers_locale),
        cmocka_unit_test(all_work_is_done_once_and_merged_in_order),
        cmocka_unit_test(enough_ends_it_and_what_was_taken_is_merged),
        cmocka_unit_test(nothing_to_do_is_fine),
        cmocka_unit_test(the_lowest_failure_wins_and_merges_are_a_prefix),
        cmocka_unit_test(there_is_a_cpu),
        cmocka_unit_test(one_signal_cancels_and_keeps_a_prefix),
        cmocka_unit_test_setup_teardown(a_second_signal_ends_and_removes_temporary_files,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
