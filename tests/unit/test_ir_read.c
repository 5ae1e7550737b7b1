/* Reading IRs: everything the sample holds, all element types, v10, files without constants. */
#include "tests/unit/ir_sample.h"

#include <inttypes.h>

static const rq_value *output_of(const rq_graph *graph, const char *layer, uint32_t i)
{
    const rq_node *node = rq_graph_find(graph, layer);
    assert_non_null(node);
    assert_true(i < node->n_out);
    return graph->values[node->out[i]];
}

static void assert_shape(const rq_value *value, const char *expected)
{
    char text[RQ_SHAPE_TEXT];
    assert_string_equal(rq_shape_text(&value->shape, text), expected);
}

static void reads_layers_in_file_order(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "conv", "w", "custom", "loop", "out"};
    static const int64_t ids[] = {0, 5, 3, 6, 7, 9};
    rq_graph *graph = read_sample();
    assert_string_equal(graph->name, "sample");
    assert_int_equal(graph->ir_version, 11);
    assert_int_equal(graph->n_nodes, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(graph->nodes[i]->name, names[i]);
        assert_int_equal(graph->nodes[i]->layer_id, ids[i]);
        assert_int_equal(graph->nodes[i]->id, i);
    }
    rq_graph_destroy(&graph);
    assert_null(graph);
}

static void reads_ports_and_edges(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    const rq_node *conv = rq_graph_find(graph, "conv");
    assert_int_equal(conv->n_in, 2);
    assert_string_equal(rq_value_producer(graph, conv->in[0])->name, "x");
    assert_string_equal(rq_value_producer(graph, conv->in[1])->name, "w");
    assert_int_equal(output_of(graph, "conv", 0)->port_id, 2);
    assert_int_equal(output_of(graph, "custom", 0)->port_id, 7);
    assert_int_equal(output_of(graph, "custom", 1)->index, 1);
    assert_int_equal(output_of(graph, "custom", 0)->dtype, RQ_DT_F16);
    assert_int_equal(output_of(graph, "custom", 1)->dtype, RQ_DT_UNDEFINED);
    assert_shape(output_of(graph, "x", 0), "[1,3,4,4]");
    assert_shape(output_of(graph, "custom", 0), "[?]");
    assert_shape(output_of(graph, "loop", 0), "[]");
    assert_string_equal(output_of(graph, "x", 0)->names, "x,in\\,put");
    rq_graph_destroy(&graph);
}

static void keeps_what_it_does_not_know(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    const rq_node *custom = rq_graph_find(graph, "custom");
    assert_string_equal(custom->version, "extension");
    assert_string_equal(rq_node_attr(custom, "table"), "a\nb");
    assert_null(rq_node_attr(custom, "beta"));
    assert_int_equal(custom->n_layer_attrs, 1);
    assert_string_equal(custom->layer_attrs[0].value, "me");
    assert_string_equal(custom->extra->name, "blobs");
    assert_string_equal(custom->extra->first->text, "text < more");
    const rq_node *conv = rq_graph_find(graph, "conv");
    assert_string_equal(conv->extra->name, "rt_info");
    assert_string_equal(rq_xml_attr(conv->extra->first, "value"), "conv & bias");
    assert_null(conv->in_rt_info[0]);
    assert_string_equal(rq_xml_attr(conv->in_rt_info[1]->first, "name"), "mark");
    assert_string_equal(output_of(graph, "x", 0)->rt_info->name, "rt_info");
    assert_string_equal(graph->net_attrs[0].value, "blue");
    assert_string_equal(graph->extra->next->name, "meta_data");
    rq_graph_destroy(&graph);
}

static void reads_bodies(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    const rq_node *loop = rq_graph_find(graph, "loop");
    assert_int_equal(loop->n_bodies, 1);
    assert_string_equal(loop->bodies[0].tag, "body");
    assert_string_equal(loop->extra->name, "port_map");
    const rq_graph *body = loop->bodies[0].graph;
    assert_true(body->is_body);
    assert_int_equal(body->n_nodes, 4);
    const rq_node *k = rq_graph_find(body, "k");
    assert_float_equal(*(const float *)k->data, 10.0f, 0.0f);
    assert_string_equal(rq_value_producer(body, rq_graph_find(body, "add")->in[1])->name, "k");
    rq_graph_destroy(&graph);
}

static void maps_constants_without_copying(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    const rq_node *w = rq_graph_find(graph, "w");
    assert_int_equal(w->data_bytes, 24);
    assert_ptr_equal(w->data, graph->bin.data);
    assert_memory_equal(w->data, sample_bin, 24);
    rq_graph_destroy(&graph);
}

static void aligns_constants_by_copying(void **state)
{
    (void)state;
    char shifted[1 + sizeof sample_bin] = {'x'};
    memcpy(shifted + 1, sample_bin, sizeof sample_bin);
    char *xml = replaced(sample_xml, "offset=\"0\"", "offset=\"1\"");
    rq_graph *graph = NULL;
    assert_ok(read_text(&graph, "shifted", xml, shifted, sizeof shifted));
    const rq_node *w = rq_graph_find(graph, "w");
    assert_int_equal((uintptr_t)w->data % 4, 0);
    assert_memory_equal(w->data, sample_bin, 24);
    rq_graph_destroy(&graph);
    free(xml);
}

/* An IR with one constant of `count` elements. */
static rq_status read_const(rq_graph **graph, const char *type, const char *precision, int count,
                            size_t bytes)
{
    static const uint8_t bin[64];
    char xml[1024];
    snprintf(xml, sizeof xml,
             "<net name=\"n\" version=\"11\"><layers><layer id=\"0\" name=\"c\" type=\"Const\" "
             "version=\"opset1\"><data element_type=\"%s\" shape=\"%d\" offset=\"0\" size=\"%zu\"/>"
             "<output><port id=\"0\" precision=\"%s\"><dim>%d</dim></port></output></layer>"
             "</layers><edges/></net>",
             type, count, bytes, precision, count);
    return read_text(graph, "types", xml, bin, sizeof bin);
}

static void reads_every_element_type(void **state)
{
    (void)state;
    /* Bytes of 5 elements, from the IR's documentation. */
    static const struct {
        rq_dtype dtype;
        const char *type, *precision;
        size_t bytes;
    } types[] = {
        {RQ_DT_F64, "f64", "FP64", 40},
        {RQ_DT_F32, "f32", "FP32", 20},
        {RQ_DT_F16, "f16", "FP16", 10},
        {RQ_DT_BF16, "bf16", "BF16", 10},
        {RQ_DT_I64, "i64", "I64", 40},
        {RQ_DT_I32, "i32", "I32", 20},
        {RQ_DT_I16, "i16", "I16", 10},
        {RQ_DT_I8, "i8", "I8", 5},
        {RQ_DT_I4, "i4", "I4", 3},
        {RQ_DT_U64, "u64", "U64", 40},
        {RQ_DT_U32, "u32", "U32", 20},
        {RQ_DT_U16, "u16", "U16", 10},
        {RQ_DT_U8, "u8", "U8", 5},
        {RQ_DT_U4, "u4", "U4", 3},
        {RQ_DT_U2, "u2", "U2", 2},
        {RQ_DT_U1, "u1", "BIN", 1},
        {RQ_DT_BOOL, "boolean", "BOOL", 5},
        {RQ_DT_F8E4M3, "f8e4m3", "F8E4M3", 5},
        {RQ_DT_F8E5M2, "f8e5m2", "F8E5M2", 5},
        {RQ_DT_STRING, "string", "STRING", 31},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        rq_graph *graph = NULL;
        assert_ok(read_const(&graph, types[i].type, types[i].precision, 5, types[i].bytes));
        assert_int_equal(graph->values[0]->dtype, types[i].dtype);
        assert_int_equal(graph->nodes[0]->data_bytes, types[i].bytes);
        rq_graph_destroy(&graph);
        if (types[i].dtype == RQ_DT_STRING) continue;
        assert_fails(read_const(&graph, types[i].type, types[i].precision, 5, types[i].bytes + 1),
                     RQ_EFORMAT, "size");
        assert_null(graph);
    }
}

static void reads_empty_constants(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 2; bytes++) { /* OpenVINO says 1 */
        rq_graph *graph = NULL;
        assert_ok(read_const(&graph, "f32", "FP32", 0, bytes));
        assert_non_null(graph->nodes[0]->data);
        assert_int_equal(graph->nodes[0]->data_bytes, 0);
        rq_graph_destroy(&graph);
    }
}

static void reads_version_10(void **state)
{
    (void)state;
    char *xml = replaced(sample_xml, "version=\"11\"", "version=\"10\"");
    rq_graph *graph = NULL;
    assert_ok(read_text(&graph, "v10", xml, sample_bin, sizeof sample_bin));
    assert_int_equal(graph->ir_version, 10);
    assert_int_equal(rq_graph_find(graph, "loop")->bodies[0].graph->ir_version, 10);
    rq_graph_destroy(&graph);
    free(xml);
}

static const char no_constants[] =
    "<net name=\"n\" version=\"11\"><layers><layer id=\"0\" name=\"x\" type=\"Parameter\" "
    "version=\"opset1\"><data shape=\"...\" element_type=\"f32\"/><output><port id=\"0\" "
    "precision=\"FP32\"/></output></layer></layers></net>";

static void needs_no_bin_without_constants(void **state)
{
    (void)state;
    rq_graph *graph = NULL;
    put_file("alone.xml", no_constants, strlen(no_constants));
    assert_ok(rq_ir_read(&graph, at("alone.xml")));
    assert_shape(graph->values[0], "[?...]");
    rq_graph_destroy(&graph);
}

static void accepts_other_encodings(void **state)
{
    (void)state;
    static const char bom[] = "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    static const char latin[] = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n";
    rq_graph *graph = NULL;
    rq_buf text = {0};
    rq_buf_append(&text, bom);
    rq_buf_append(&text, no_constants);
    assert_ok(read_text(&graph, "bom", text.data, "", 0));
    rq_graph_destroy(&graph);
    text.length = 0;
    rq_buf_append(&text, latin);
    char *named = replaced(no_constants, "name=\"x\"", "name=\"\xE9\"");
    rq_buf_append(&text, named);
    assert_ok(read_text(&graph, "latin", text.data, "", 0));
    assert_string_equal(graph->nodes[0]->name, "\xC3\xA9");
    rq_graph_destroy(&graph);
    free(named);
    rq_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_layers_in_file_order),
        cmocka_unit_test(reads_ports_and_edges),
        cmocka_unit_test(keeps_what_it_does_not_know),
        cmocka_unit_test(reads_bodies),
        cmocka_unit_test(maps_constants_without_copying),
        cmocka_unit_test(aligns_constants_by_copying),
        cmocka_unit_test(reads_every_element_type),
        cmocka_unit_test(reads_empty_constants),
        cmocka_unit_test(reads_version_10),
        cmocka_unit_test(needs_no_bin_without_constants),
        cmocka_unit_test(accepts_other_encodings),
    };
    return ir_test_main(tests);
}
