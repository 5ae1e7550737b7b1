#include "engine/exec/openvino_library.h"
#include "tests/unit/test.h"

static void a_reason_is_one_line_without_places(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"no such device", "no such device"},
        {"Exception from src/inference/core.cpp:104:\nException from src/x.cpp:7:\nno  \n\nlayer "
         "'a'\n",
         "no layer 'a'"},
        {"it fails: Exception from a.cpp:1: no", "it fails:"},
        {"Exception from src/x.cpp:7:", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_buf text = {0};
        rq_openvino_reason(&text, cases[i][0]);
        assert_string_equal(text.data ? text.data : "", cases[i][1]);
        rq_buf_free(&text);
    }
    rq_buf none = {0};
    rq_openvino_reason(&none, NULL);
    assert_int_equal(none.length, 0);
    rq_buf_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_one_line_without_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
