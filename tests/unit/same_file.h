/* Comparing files. */
#ifndef RQ_TESTS_SAME_FILE_H
#define RQ_TESTS_SAME_FILE_H

#include "tests/unit/test.h"

#include "engine/base/file.h"

static inline void assert_same_file(const char *a, const char *b)
{
    rq_mapping x, y;
    assert_ok(rq_map_file(&x, a));
    assert_ok(rq_map_file(&y, b));
    assert_int_equal(x.size, y.size);
    if (x.size) assert_memory_equal(x.data, y.data, x.size);
    rq_unmap_file(&x);
    rq_unmap_file(&y);
}

#endif
