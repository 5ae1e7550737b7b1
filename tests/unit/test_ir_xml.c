/* XML trees: what parsing keeps, what writing gives. */
#include "tests/unit/test.h"

#include "engine/base/formats/xml_write.h"

static rq_arena *arena;

static int make_arena(void **state)
{
    (void)state;
    return rq_arena_create(&arena);
}

static int free_arena(void **state)
{
    (void)state;
    rq_arena_destroy(&arena);
    return 0;
}

static const rq_xml *parse(const char *text)
{
    const rq_xml *root = NULL;
    assert_ok(rq_xml_parse(&root, arena, text, strlen(text), "t.xml"));
    return root;
}

static void assert_written(const rq_xml *element, const char *expected)
{
    rq_buf out = {0};
    rq_xml_write_list(&out, element, 0);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    rq_buf_free(&out);
}

static void keeps_elements_attributes_and_text(void **state)
{
    (void)state;
    const rq_xml *root = parse("<a x='1' y=\"2\"><b>text</b> <c/><b z='3'> \n </b>loose</a>");
    assert_string_equal(root->name, "a");
    assert_string_equal(rq_xml_attr(root, "y"), "2");
    assert_null(rq_xml_attr(root, "z"));
    assert_null(root->text);
    assert_int_equal(rq_xml_count(root, "b"), 2);
    assert_int_equal(rq_xml_count(root, "d"), 0);
    assert_null(rq_xml_child(root, "d"));
    assert_string_equal(rq_xml_child(root, "b")->text, "text");
    const rq_xml *last = rq_xml_child(root, "c")->next;
    assert_null(last->text); /* blank */
    assert_string_equal(rq_xml_attr(last, "z"), "3");
    assert_null(last->next);
}

static void decodes_references(void **state)
{
    (void)state;
    const rq_xml *root =
        parse("<a x=\"&lt;&amp;&gt;&quot;&apos;&#65;&#x42;&#10;&amp;amp;\"><![CDATA[<&amp;]]>&lt;"
              "</a>");
    assert_string_equal(rq_xml_attr(root, "x"), "<&>\"'AB\n&amp;");
    assert_string_equal(root->text, "<&amp;<");
}

static void ignores_comments_and_instructions(void **state)
{
    (void)state;
    const rq_xml *root = parse("<?xml version=\"1.0\"?><!-- c --><?p i?><a><!-- d --><b/>"
                               "<?p i?></a><!-- e -->");
    assert_int_equal(rq_xml_count(root, "b"), 1);
    assert_null(root->first->next);
}

static void keeps_prefixes(void **state)
{
    (void)state;
    const char text[] = "<n:a xmlns:n=\"urn:x\" n:b=\"1\" />\n";
    assert_written(parse(text), text);
}

static void takes_long_text(void **state)
{
    (void)state;
    enum { N = 11000000 }; /* past libxml2's usual limit of 10 million */
    rq_buf text = {0};
    rq_buf_append(&text, "<a b=\"");
    char *long_text = malloc(N + 1);
    assert_non_null(long_text);
    memset(long_text, 'x', N);
    long_text[N] = '\0';
    rq_buf_append(&text, long_text);
    rq_buf_append(&text, "\">");
    rq_buf_append(&text, long_text);
    rq_buf_append(&text, "</a>");
    const rq_xml *root = parse(text.data);
    assert_int_equal(strlen(rq_xml_attr(root, "b")), N);
    assert_int_equal(strlen(root->text), N);
    rq_buf_free(&text);
    free(long_text);
}

static void writes_as_pugixml_does(void **state)
{
    (void)state;
    static const char text[] = "<a>\n\t<b x=\"1\" y=\"\" />\n\t<c>\n\t\t<d>3</d>\n\t</c>\n</a>\n";
    assert_written(parse(text), text);
    assert_written(parse("<a><b x='1' y=''/><c><d>3</d></c></a>"), text);
}

/* What OpenVINO 2026.4 wrote for such names. */
static void escapes_as_pugixml_does(void **state)
{
    (void)state;
    rq_xml *element = rq_xml_element(arena, "a", 1);
    element->attrs[0] = (rq_attr){"v", "<&>\"'\t\n\r\xC3\xA9\x01"};
    assert_written(element, "<a v=\"&lt;&amp;>&quot;'&#09;&#10;&#13;\xC3\xA9\" />\n");
    rq_xml *text = rq_xml_element(arena, "t", 0);
    text->text = "<&>\"'";
    assert_written(text, "<t>&lt;&amp;&gt;\"'</t>\n");
}

static void replaces_what_is_no_utf8(void **state)
{
    (void)state;
    rq_xml *element = rq_xml_element(arena, "a", 1);
    element->attrs[0] = (rq_attr){"v", "x\xFF\xC3<\xEF\xBF\xBF\xF0\x9F\x98\x80"};
    element->text = "\xE2\x82";
    rq_buf out = {0};
    rq_xml_write_list(&out, element, 0);
    const rq_xml *root = parse(out.data);
    assert_string_equal(rq_xml_attr(root, "v"), "x\uFFFD\uFFFD<\uFFFD\uFFFD\uFFFD\U0001F600");
    assert_string_equal(root->text, "\uFFFD\uFFFD");
    rq_buf_free(&out);
}

static void copies_deeply(void **state)
{
    (void)state;
    static const char text[] = "<a x=\"1\">\n\t<b>t</b>\n\t<c>\n\t\t<d />\n\t</c>\n</a>\n";
    rq_arena *other = NULL;
    assert_ok(rq_arena_create(&other));
    const rq_xml *root = NULL;
    assert_ok(rq_xml_parse(&root, other, text, strlen(text), "t.xml"));
    const rq_xml *copy = rq_xml_copy(arena, root);
    rq_arena_destroy(&other);
    assert_non_null(copy);
    assert_written(copy, text);
}

static void says_where_it_stopped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"<a>\n<b>\n</a>", "t.xml:3: not well-formed XML: Opening and ending tag mismatch"},
        {"<a", "t.xml:1: not well-formed XML"},
        {"<a/><b/>", "t.xml:1: not well-formed XML: Extra content"},
        {"<a>&nbsp;</a>", "Entity 'nbsp' not defined"},
        {"<a x=1/>", "t.xml:1: not well-formed XML"},
        {"<a>\n\n\x01</a>", "t.xml:3: not well-formed XML"},
        {"<?xml version='1.0' encoding='no-such'?><a/>", "t.xml:1: not well-formed XML"},
        {"<!DOCTYPE a><a/>", "t.xml:1: has a document type"},
        {"text", "t.xml: not an XML file: begins with byte 0x74"},
        {"", "t.xml: is empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rq_xml *root = NULL;
        assert_fails(rq_xml_parse(&root, arena, cases[i].text, strlen(cases[i].text), "t.xml"),
                     RQ_EFORMAT, cases[i].message);
        assert_null(root);
    }
}

/* UTF-16 with half a surrogate pair: libxml2 says that to stderr if it may. */
static void refuses_bad_bytes_of_an_encoding(void **state)
{
    (void)state;
    static const char text[] = "\xFF\xFE<\0a\0>\0\x00\xD8x\0<\0/\0a\0>\0";
    const rq_xml *root = NULL;
    assert_fails(rq_xml_parse(&root, arena, text, sizeof text - 1, "t.xml"), RQ_EFORMAT,
                 "t.xml:1: not well-formed XML");
    static const char whole[] = "\xFF\xFE<\0a\0>\0x\0<\0/\0a\0>\0";
    assert_ok(rq_xml_parse(&root, arena, whole, sizeof whole - 1, "t.xml"));
    assert_string_equal(root->text, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_elements_attributes_and_text),
        cmocka_unit_test(decodes_references),
        cmocka_unit_test(ignores_comments_and_instructions),
        cmocka_unit_test(keeps_prefixes),
        cmocka_unit_test(takes_long_text),
        cmocka_unit_test(writes_as_pugixml_does),
        cmocka_unit_test(escapes_as_pugixml_does),
        cmocka_unit_test(replaces_what_is_no_utf8),
        cmocka_unit_test(copies_deeply),
        cmocka_unit_test(says_where_it_stopped),
        cmocka_unit_test(refuses_bad_bytes_of_an_encoding),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
