/* Bad IRs: each is refused with a message that names the place and the reason; nothing leaks. */
#include "tests/unit/ir_sample.h"

typedef struct bad_case {
    const char *from, *to; /* the edit to the sample */
    rq_status status;
    const char *text; /* in the message */
} bad_case;

#define X_OUT "<port id=\"0\" precision=\"FP32\" names=\"x,in\\,put\">\n\t\t\t\t\t<dim>1</dim>"
#define W_DATA "element_type=\"f32\" shape=\"2, 3, 1, 1\" offset=\"0\" size=\"24\""
#define EDGE_W "<edge from-layer=\"3\" from-port=\"0\" to-layer=\"5\" to-port=\"1\" />"

static const bad_case cases[] = {
    /* the net */
    {"version=\"11\"", "version=\"7\"", RQ_EUNSUPPORTED, "IR version 7, requant reads 10 and 11"},
    {"version=\"11\"", "version=\"12\"", RQ_EUNSUPPORTED, "IR version 12"},
    {"version=\"11\"", "version=\"new\"", RQ_EFORMAT, "version=\"new\""},
    {" version=\"11\"", "", RQ_EFORMAT, "<net> has no attribute 'version'"},
    {"<net name", "<not name", RQ_EFORMAT, "well-formed"},
    {"<layers>", "<layer>", RQ_EFORMAT, "well-formed"},
    {"\n\t<edges>", "\n\t<edges/>\n\t<edges>", RQ_EFORMAT, "<net> holds <edges> twice"},
    {"\n\t</layers>", "\n\t<layer id=\"0\"/></layers>", RQ_EFORMAT, "layer 0 '?' (?)"},
    {"\n\t</layers>", "\n\t<lair/></layers>", RQ_EFORMAT, "<lair>"},
    /* layers */
    {"id=\"5\" name=\"conv\"", "name=\"conv\"", RQ_EFORMAT, "<layer> has no attribute 'id'"},
    {"id=\"5\" name=\"conv\"", "id=\"five\" name=\"conv\"", RQ_EFORMAT, "id=\"five\""},
    {"id=\"5\" name=\"conv\"", "id=\"-5\" name=\"conv\"", RQ_EFORMAT, "id=\"-5\""},
    {"id=\"5\" name=\"conv\"", "id=\"9223372036854775807\" name=\"conv\"", RQ_EFORMAT, "(Conv"},
    {"id=\"5\" name=\"conv\"", "id=\"3\" name=\"conv\"", RQ_EFORMAT,
     "layers 'conv' and 'w' have the same id 3"},
    {" name=\"conv\"", "", RQ_EFORMAT,
     "layer 5 '?' (Convolution): <layer> has no attribute 'name'"},
    {" type=\"Convolution\"", "", RQ_EFORMAT, "no attribute 'type'"},
    {"type=\"Convolution\" version=\"opset1\"", "type=\"Convolution\"", RQ_EFORMAT,
     "layer 5 'conv' (Convolution): <layer> has no attribute 'version'"},
    {"<data strides=\"1, 1\" />", "<data/><data/>", RQ_EFORMAT, "<data> stands twice"},
    /* ports */
    {X_OUT, "<port precision=\"FP32\"><dim>1</dim>", RQ_EFORMAT, "<port> has no attribute 'id'"},
    {X_OUT, "<port id=\"0\"><dim>1</dim>", RQ_EFORMAT, "<port> has no attribute 'precision'"},
    {X_OUT, "<port id=\"0\" precision=\"FP33\"><dim>1</dim>", RQ_EUNSUPPORTED,
     "layer 0 'x' (Parameter): output port 0: element type 'FP33'"},
    {X_OUT, "<port id=\"0\" precision=\"FP32\"><dim>-2</dim>", RQ_EFORMAT,
     "layer 0 'x' (Parameter): output port 0: negative dimension -2"},
    {X_OUT, "<port id=\"0\" precision=\"FP32\"><dim>four</dim>", RQ_EFORMAT, "'four'"},
    {X_OUT, "<port id=\"0\" precision=\"FP32\"><dim/>", RQ_EFORMAT, "expected a number"},
    {X_OUT, "<port id=\"0\" precision=\"FP32\"><dim>99999999999999999999</dim>", RQ_EFORMAT,
     "expected a number"},
    {X_OUT, "<port id=\"0\" precision=\"FP32\"><dim>4611686018427387904</dim>", RQ_EFORMAT,
     "elements"},
    {X_OUT, "<port id=\"0\" precision=\"FP32\"><dim>3037000500</dim>", RQ_EFORMAT, "elements"},
    {X_OUT,
     "<port id=\"0\" precision=\"FP32\"><dim>1</dim><dim>1</dim><dim>1</dim><dim>1</dim>"
     "<dim>1</dim><dim>1</dim><dim>1</dim><dim>1</dim>",
     RQ_EUNSUPPORTED, "rank above 10"},
    {X_OUT, "<pod/><port id=\"0\" precision=\"FP32\"><dim>1</dim>", RQ_EFORMAT, "<pod>"},
    {"<port id=\"1\" precision=\"FP32\">\n\t\t\t\t\t<dim>2", "<port id=\"1\"><dim>-7", RQ_EFORMAT,
     "layer 5 'conv' (Convolution): input port 1: negative dimension -7"},
    {"<port id=\"1\" precision=\"FP32\">\n\t\t\t\t\t<dim>2", "<port id=\"0\"><dim>2", RQ_EFORMAT,
     "two input ports with id 0"},
    {"<port id=\"8\"", "<port id=\"7\"", RQ_EFORMAT,
     "layer 6 'custom' (Mish2): two output ports with id 7"},
    /* constants */
    {W_DATA, "shape=\"2, 3, 1, 1\" offset=\"0\" size=\"24\"", RQ_EFORMAT,
     "layer 3 'w' (Const): <data> has no attribute 'element_type'"},
    {W_DATA, "element_type=\"f32\" offset=\"0\" size=\"24\"", RQ_EFORMAT, "attribute 'shape'"},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" size=\"24\"", RQ_EFORMAT, "'offset'"},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" offset=\"0\"", RQ_EFORMAT, "'size'"},
    {W_DATA, "element_type=\"f31\" shape=\"2,3,1,1\" offset=\"0\" size=\"24\"", RQ_EUNSUPPORTED,
     "element type 'f31'"},
    {W_DATA, "element_type=\"dynamic\" shape=\"2,3,1,1\" offset=\"0\" size=\"24\"", RQ_EUNSUPPORTED,
     "'dynamic'"},
    {W_DATA, "element_type=\"f32\" shape=\"2,x,1,1\" offset=\"0\" size=\"24\"", RQ_EFORMAT,
     "shape \"2,x,1,1\""},
    {W_DATA, "element_type=\"f32\" shape=\"2,-3,1,1\" offset=\"0\" size=\"24\"", RQ_EFORMAT,
     "layer 3 'w' (Const): shape"},
    {W_DATA, "element_type=\"f32\" shape=\"-1,3,1,1\" offset=\"0\" size=\"24\"", RQ_EFORMAT,
     "known dimensions"},
    {W_DATA, "element_type=\"f32\" shape=\"4294967296,4294967296,1,1\" offset=\"0\" size=\"24\"",
     RQ_EFORMAT, "elements"},
    {W_DATA, "element_type=\"f32\" shape=\"1,1,1,1,1,1,1,1,1,1,1\" offset=\"0\" size=\"24\"",
     RQ_EFORMAT, "at most 10 numbers"},
    {W_DATA, "element_type=\"f32\" shape=\"3,2,1,1\" offset=\"0\" size=\"24\"", RQ_EFORMAT,
     "its output port says shape [2,3,1,1], its <data> [3,2,1,1]"},
    {W_DATA, "element_type=\"i32\" shape=\"2,3,1,1\" offset=\"0\" size=\"24\"", RQ_EFORMAT,
     "its output port says f32, its <data> i32"},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" offset=\"0\" size=\"20\"", RQ_EFORMAT,
     "size 20 bytes, expected 24 for f32 [2,3,1,1]"},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" offset=\"0\" size=\"many\"", RQ_EFORMAT,
     "size \"many\""},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" offset=\"8\" size=\"24\"", RQ_EFORMAT,
     "24 bytes at offset 8, past the end of"},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" offset=\"-4\" size=\"24\"", RQ_EFORMAT,
     "offset \"-4\""},
    {W_DATA, "element_type=\"f32\" shape=\"2,3,1,1\" offset=\"9223372036854775800\" size=\"24\"",
     RQ_EFORMAT, "past the end"},
    {"type=\"Convolution\"", "type=\"Const\"", RQ_EFORMAT, "2 inputs and 1 outputs"},
    /* a constant in a body */
    {"offset=\"24\" size=\"4\"", "offset=\"25\" size=\"4\"", RQ_EFORMAT,
     "layer 7 'loop' (TensorIterator): <body>: layer 1 'k' (Const)"},
    /* edges */
    {EDGE_W, "<edge from-layer=\"33\" from-port=\"0\" to-layer=\"5\" to-port=\"1\" />", RQ_EFORMAT,
     "<edges>, <edge> 3: from-layer=\"33\": there is no layer with that id"},
    {EDGE_W, "<edge from-layer=\"3\" from-port=\"0\" to-layer=\"55\" to-port=\"1\" />", RQ_EFORMAT,
     "to-layer=\"55\": there is no layer"},
    {EDGE_W, "<edge from-layer=\"3\" from-port=\"1\" to-layer=\"5\" to-port=\"1\" />", RQ_EFORMAT,
     "from-port=\"1\": layer 3 'w' (Const) has no such output port"},
    {EDGE_W, "<edge from-layer=\"3\" from-port=\"0\" to-layer=\"5\" to-port=\"2\" />", RQ_EFORMAT,
     "to-port=\"2\": layer 5 'conv' (Convolution) has no such input port"},
    {EDGE_W, "<edge from-layer=\"3\" from-port=\"0\" to-layer=\"5\" to-port=\"0\" />", RQ_EFORMAT,
     "layer 5 'conv' (Convolution): two edges end at input port 0"},
    {EDGE_W, "<edge from-layer=\"3\" to-layer=\"5\" to-port=\"1\" />", RQ_EFORMAT,
     "no attribute 'from-port'"},
    {EDGE_W, "<hedge/>", RQ_EFORMAT, "<hedge> 3: expected <edge>"},
    {EDGE_W, "", RQ_EFORMAT, "layer 5 'conv' (Convolution): no edge ends at input port 1"},
    {"<edge from-layer=\"0\" from-port=\"0\" to-layer=\"5\"",
     "<edge from-layer=\"6\" from-port=\"7\" to-layer=\"5\"", RQ_EFORMAT,
     "cycle: 'custom' -> 'conv' -> 'custom'"},
    {"<edge from-layer=\"5\" from-port=\"2\" to-layer=\"6\"",
     "<edge from-layer=\"6\" from-port=\"7\" to-layer=\"6\"", RQ_EFORMAT,
     "cycle: 'custom' -> 'custom'"},
    {"<edge from-layer=\"1\" from-port=\"0\" to-layer=\"2\" to-port=\"1\" />", "", RQ_EFORMAT,
     "<body>: layer 2 'add' (Add): no edge ends at input port 1"},
    /* the document */
    {"<?xml version=\"1.0\"?>\n", "<?xml version=\"1.0\"?>\n<!DOCTYPE net>\n", RQ_EFORMAT,
     "document type"},
    {"name=\"w\"", "name=\"&w;\"", RQ_EFORMAT, "bad.xml:46: not well-formed XML: Entity 'w'"},
    {"name=\"w\"", "name=\"w\" name=\"v\"", RQ_EFORMAT, "bad.xml:46"},
    {"name=\"w\"", "name=\"\xFF\xFE\"", RQ_EFORMAT, "bad.xml:46"},
};

static void refuses_bad_edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_graph *graph = NULL;
        char *xml = replaced(sample_xml, cases[i].from, cases[i].to);
        assert_fails(read_text(&graph, "bad", xml, sample_bin, sizeof sample_bin), cases[i].status,
                     cases[i].text);
        assert_non_null(strstr(rq_error_text(), "bad.xml"));
        assert_null(graph);
        free(xml);
    }
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    size_t length = strlen(sample_xml) - 1; /* without the last newline it is whole */
    rq_graph *graph = NULL;
    for (size_t n = 0; n < length; n += n < 200 ? 1 : 37) {
        put_file("cut.bin", sample_bin, sizeof sample_bin);
        put_file("cut.xml", sample_xml, n);
        rq_status status = rq_ir_read(&graph, at("cut.xml"));
        if (status != RQ_EFORMAT) fail_msg("cut at %zu: %d, %s", n, status, rq_error_text());
        assert_non_null(strstr(rq_error_text(), "cut.xml"));
    }
}

static void refuses_a_short_or_missing_bin(void **state)
{
    (void)state;
    rq_graph *graph = NULL;
    for (size_t n = 0; n < sizeof sample_bin; n++)
        assert_fails(read_text(&graph, "short", sample_xml, sample_bin, n), RQ_EFORMAT,
                     n < 24 ? "layer 3 'w'" : "layer 1 'k'");
    put_file("lone.xml", sample_xml, strlen(sample_xml));
    assert_fails(rq_ir_read(&graph, at("lone.xml")), RQ_EIO, "lone.bin, which is missing");
    assert_ok(rq_make_dirs(at("dir.bin")));
    put_file("dir.xml", sample_xml, strlen(sample_xml));
    assert_fails(rq_ir_read(&graph, at("dir.xml")), RQ_EIO, "dir.bin");
}

static void refuses_what_is_no_ir(void **state)
{
    (void)state;
    static const char onnx[] = "\x08\x07\x12\x07pytorch\x1a\x05"
                               "1.8";
    rq_graph *graph = NULL;
    put_file("a.onnx", onnx, sizeof onnx - 1);
    assert_fails(rq_ir_read(&graph, at("a.onnx")), RQ_EFORMAT,
                 "not an XML file: begins with byte 0x08");
    put_file("empty.xml", "", 0);
    assert_fails(rq_ir_read(&graph, at("empty.xml")), RQ_EFORMAT, "empty.xml: is empty");
    put_file("blank.xml", " \n", 2);
    assert_fails(rq_ir_read(&graph, at("blank.xml")), RQ_EFORMAT, "is empty");
    put_file("page.xml", "<html/>", 7);
    assert_fails(rq_ir_read(&graph, at("page.xml")), RQ_EFORMAT, "outermost element is <html>");
    put_file("bare.xml", "<net name=\"a\" version=\"11\"/>", 28);
    assert_fails(rq_ir_read(&graph, at("bare.xml")), RQ_EFORMAT, "<net> holds no <layers>");
    put_file("zeros.xml", "\0\0\0\0", 4);
    assert_fails(rq_ir_read(&graph, at("zeros.xml")), RQ_EFORMAT, "0x00");
    assert_fails(rq_ir_read(&graph, at("absent.xml")), RQ_EIO, "absent.xml");
    assert_fails(rq_ir_read(&graph, test_dir), RQ_EIO, "folder");
    assert_null(graph);
}

/* A billion laughs, one quadratic blow-up, one external entity. */
static void refuses_entities(void **state)
{
    (void)state;
    static const char *const bombs[] = {
        "<?xml version=\"1.0\"?><!DOCTYPE net [<!ENTITY a \"lollollol\"><!ENTITY b "
        "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
        "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;\">"
        "<!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\"><!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;\">"
        "<!ENTITY h \"&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;\"><!ENTITY i \"&h;&h;&h;&h;&h;&h;&h;&h;\">]>"
        "<net name=\"&i;\" version=\"11\">&i;</net>",
        "<!DOCTYPE net SYSTEM \"file:///etc/passwd\"><net name=\"a\" version=\"11\"/>",
        "<!DOCTYPE net [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><net name=\"&x;\"/>",
        "<!DOCTYPE net [<!ENTITY % p SYSTEM \"file:///dev/zero\"> %p;]><net name=\"a\"/>",
        "<!DOCTYPE net [<!ATTLIST net version CDATA \"11\">]><net name=\"a\"/>",
    };
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        rq_graph *graph = NULL;
        assert_fails(read_text(&graph, "bomb", bombs[i], "", 0), RQ_EFORMAT, "document type");
    }
}

static void refuses_deep_nesting(void **state)
{
    (void)state;
    static const size_t depths[] = {257, 100000};
    for (size_t i = 0; i < 2; i++) {
        rq_buf text = {0};
        rq_graph *graph = NULL;
        for (size_t k = 0; k < depths[i]; k++) rq_buf_append(&text, "<net>");
        for (size_t k = 0; k < depths[i]; k++) rq_buf_append(&text, "</net>");
        assert_fails(read_text(&graph, "deep", text.data, "", 0), RQ_EFORMAT, "256 deep");
        rq_buf_free(&text);
    }
}

/* Bodies in bodies, as deep as XML may be: no deeper recursion than that. */
static void bodies_nest_as_deep_as_xml(void **state)
{
    (void)state;
    rq_buf text = {0};
    rq_graph *graph = NULL;
    rq_buf_append(&text, "<net name=\"n\" version=\"11\"><layers>");
    for (int i = 0; i < 80; i++)
        rq_buf_append(&text, "<layer id=\"0\" name=\"l\" type=\"Loop\" version=\"opset5\"><body>"
                             "<layers>");
    for (int i = 0; i < 80; i++) rq_buf_append(&text, "</layers></body></layer>");
    rq_buf_append(&text, "</layers></net>");
    assert_ok(read_text(&graph, "nest", text.data, "", 0));
    assert_ok(rq_ir_write(graph, at("nested.xml")));
    rq_graph_destroy(&graph);
    rq_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_bad_edits),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_a_short_or_missing_bin),
        cmocka_unit_test(refuses_what_is_no_ir),
        cmocka_unit_test(refuses_entities),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test(bodies_nest_as_deep_as_xml),
    };
    return ir_test_main(tests);
}
