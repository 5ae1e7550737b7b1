/* Nodes of memory, as folders tell of them. */
#include "tests/unit/scratch.h"

#include "engine/base/file.h"
#include "engine/base/numa.h"

#include <sched.h>

static void write_list(void **state, const char *node, const char *list)
{
    char path[64];
    snprintf(path, sizeof path, "nodes/%s", node);
    assert_ok(rq_make_dirs(scratch_path(state, path)));
    snprintf(path, sizeof path, "nodes/%s/cpulist", node);
    assert_ok(rq_write_file(scratch_path(state, path), list, strlen(list)));
}

static int first_cpu(const cpu_set_t *set)
{
    int cpu = 0;
    while (!CPU_ISSET(cpu, set)) cpu++;
    return cpu;
}

static void test_threads_enter_and_leave(void **state)
{
    char list[32];
    cpu_set_t before, now;
    assert_int_equal(rq_numa_nodes(), 1);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    int cpu = first_cpu(&before);
    snprintf(list, sizeof list, "%d\n", cpu);
    write_list(state, "node0", list);
    write_list(state, "node1", "0-1023\n");
    write_list(state, "node2", "\n");      /* memory alone */
    write_list(state, "nodes", "rubbish"); /* no node */
    assert_ok(rq_numa_use(scratch_path(state, "nodes")));
    assert_int_equal(rq_numa_nodes(), 2);
    rq_numa_enter(0);
    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    assert_int_equal(CPU_COUNT(&now), 1);
    assert_true(CPU_ISSET(cpu, &now));
    rq_numa_enter(1);
    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    assert_true(CPU_EQUAL(&now, &before));
    rq_numa_enter(0);
    rq_numa_leave();
    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    assert_true(CPU_EQUAL(&now, &before));
}

static void test_lists_that_are_none(void **state)
{
    static const char *const wrong[] = {"x", "1-", "3-1", "-1", "0 1", "0-99999", "0;1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_list(state, "node1", wrong[i]);
        assert_fails(rq_numa_use(scratch_path(state, "nodes")), RQ_EFORMAT, "node1/cpulist: '");
        assert_int_equal(rq_numa_nodes(), 1);
    }
    write_list(state, "node0", "");
    write_list(state, "node1", "");
    assert_fails(rq_numa_use(scratch_path(state, "nodes")), RQ_EFORMAT, "no node has CPUs");
    assert_fails(rq_numa_use("nowhere"), RQ_EIO, "nowhere: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_enter_and_leave),
        cmocka_unit_test(test_lists_that_are_none),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
