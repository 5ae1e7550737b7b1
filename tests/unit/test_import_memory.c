/* Import whose memory runs out, at one allocation after the other: it says so, or gives the same
 * IR. */
#include "tests/unit/test.h"

#include "engine/import/import.h"
#include "engine/ir/graph.h"
#include "tests/unit/faulty_memory.h"

#include <unistd.h>

static rq_status import_digest(char digest[33], const char *path)
{
    const rq_import_files files = {.model = path};
    rq_framework_model *source = NULL;
    rq_import_result result = {0};
    rq_status status = rq_import_open(&source, &files);
    if (status == RQ_OK) status = rq_import_graph(&result, source, NULL);
    if (status == RQ_OK) status = rq_graph_digest(digest, result.graph);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
    return status;
}

/* Whatever fails, the next round begins with all of the memory. */
static void fail_each(const char *path)
{
    const long many = 1L << 40;
    char want[33] = "", got[33] = "";
    atomic_store(&faulty_left, many);
    assert_ok(import_digest(want, path));
    long n = many - atomic_exchange(&faulty_left, 0);
    assert_true(!FAULTY_MEMORY || n > 20);
    alarm(120); /* it looped */
    for (long at = 1; at <= n; at++) {
        atomic_store(&faulty_left, at);
        rq_status status = import_digest(got, path);
        atomic_store(&faulty_left, 0);
        if (status == RQ_OK && strcmp(got, want))
            fail_msg("%s: allocation %ld of %ld failed: another IR", path, at, n);
        if (status != RQ_OK && status != RQ_ENOMEM)
            fail_msg("%s: allocation %ld of %ld failed: gave %d, '%s'", path, at, n, status,
                     rq_error_text());
    }
    alarm(0);
}

static void tensorflow(void **state)
{
    (void)state;
    fail_each("tests/data/import/graph.pbtxt");
}

static void caffe(void **state)
{
    (void)state;
    fail_each("tests/data/import/net.prototxt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tensorflow), cmocka_unit_test(caffe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
