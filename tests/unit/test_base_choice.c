/* Words out of lists, and the messages about those that are not in them. */
#include "tests/unit/test.h"

#include "engine/base/choice.h"

#include <string.h>

static const char *const fruits[] = {"apple", "pear", "plum", NULL};

static void finds_whole_words_only(void **state)
{
    (void)state;
    assert_int_equal(rq_choice_find(fruits, "apple"), 0);
    assert_int_equal(rq_choice_find(fruits, "plum"), 2);
    assert_int_equal(rq_choice_find(fruits, "plu"), -1);
    assert_int_equal(rq_choice_find(fruits, "Plum"), -1);
    assert_int_equal(rq_choice_find(fruits, ""), -1);
}

static void text_lists_all_and_is_cut(void **state)
{
    (void)state;
    char text[RQ_CHOICES_TEXT], name[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *const longer[] = {name, name, NULL};
    assert_string_equal(rq_choice_text(text, fruits), "one of apple, pear, plum");
    assert_string_equal(rq_choice_text(text, fruits + 3), "one of none");
    assert_int_equal(strlen(rq_choice_text(text, longer)), RQ_CHOICES_TEXT - 1);
}

static rq_status ask(const char *word, const char *const *names, size_t n)
{
    return rq_choice_fail(RQ_EARG, word, names, n, "fruit '%s' is unknown", word);
}

static void failure_names_the_near_and_all(void **state)
{
    (void)state;
    assert_int_equal(ask("appel", fruits, 3), RQ_EARG);
    assert_string_equal(rq_error_text(), "fruit 'appel' is unknown; did you mean 'apple'? There "
                                         "are apple, pear, plum");
    assert_int_equal(ask("strawberry", fruits, 3), RQ_EARG);
    assert_string_equal(rq_error_text(),
                        "fruit 'strawberry' is unknown; there are apple, pear, plum");
    assert_int_equal(ask("fig", NULL, 0), RQ_EARG);
    assert_string_equal(rq_error_text(), "fruit 'fig' is unknown");
}

static void long_lists_are_only_searched(void **state)
{
    (void)state;
    const char *names[40] = {NULL};
    names[7] = "apple";
    ask("appel", names, 40);
    assert_string_equal(rq_error_text(), "fruit 'appel' is unknown; did you mean 'apple'?");
    ask("appel", names, 9); /* without NULLs */
    assert_string_equal(rq_error_text(),
                        "fruit 'appel' is unknown; did you mean 'apple'? There are apple");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_whole_words_only),
        cmocka_unit_test(text_lists_all_and_is_cut),
        cmocka_unit_test(failure_names_the_near_and_all),
        cmocka_unit_test(long_lists_are_only_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
