/* A small IR that has one of everything, and files to try it from. For the tests of engine/ir. */
#ifndef RQ_TESTS_IR_SAMPLE_H
#define RQ_TESTS_IR_SAMPLE_H

#include "tests/unit/same_file.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/ir/ir.h"

#include <unistd.h>

/* x [1,3,4,4] -> conv (w at 0, 24 bytes) -> custom -> loop (TensorIterator, k at 24 in its body)
 * -> out. rt_info on net, layer, input port and output port; unknown layer, attributes and
 * elements; names with a comma. The layer ids have gaps, the layers are not in topological order.
 */
static const char sample_xml[] =
    "<?xml version=\"1.0\"?>\n"
    "<net name=\"sample\" version=\"11\" colour=\"blue\">\n"
    "\t<layers>\n"
    "\t\t<layer id=\"0\" name=\"x\" type=\"Parameter\" version=\"opset1\">\n"
    "\t\t\t<data shape=\"1,3,4,4\" element_type=\"f32\" />\n"
    "\t\t\t<output>\n"
    "\t\t\t\t<port id=\"0\" precision=\"FP32\" names=\"x,in\\,put\">\n"
    "\t\t\t\t\t<dim>1</dim>\n\t\t\t\t\t<dim>3</dim>\n\t\t\t\t\t<dim>4</dim>\n"
    "\t\t\t\t\t<dim>4</dim>\n"
    "\t\t\t\t\t<rt_info>\n"
    "\t\t\t\t\t\t<attribute name=\"layout\" version=\"0\" layout=\"[N,C,H,W]\" />\n"
    "\t\t\t\t\t</rt_info>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t</output>\n"
    "\t\t</layer>\n"
    "\t\t<layer id=\"5\" name=\"conv\" type=\"Convolution\" version=\"opset1\">\n"
    "\t\t\t<data strides=\"1, 1\" />\n"
    "\t\t\t<rt_info>\n"
    "\t\t\t\t<attribute name=\"fused_names\" version=\"0\" value=\"conv &amp; bias\" />\n"
    "\t\t\t</rt_info>\n"
    "\t\t\t<input>\n"
    "\t\t\t\t<port id=\"0\" precision=\"FP32\">\n"
    "\t\t\t\t\t<dim>1</dim>\n\t\t\t\t\t<dim>3</dim>\n\t\t\t\t\t<dim>4</dim>\n"
    "\t\t\t\t\t<dim>4</dim>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t\t<port id=\"1\" precision=\"FP32\">\n"
    "\t\t\t\t\t<dim>2</dim>\n\t\t\t\t\t<dim>3</dim>\n\t\t\t\t\t<dim>1</dim>\n"
    "\t\t\t\t\t<dim>1</dim>\n"
    "\t\t\t\t\t<rt_info>\n"
    "\t\t\t\t\t\t<attribute name=\"mark\" version=\"0\" />\n"
    "\t\t\t\t\t</rt_info>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t</input>\n"
    "\t\t\t<output>\n"
    "\t\t\t\t<port id=\"2\" precision=\"FP32\" names=\"conv:0\">\n"
    "\t\t\t\t\t<dim>32</dim>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t</output>\n"
    "\t\t</layer>\n"
    "\t\t<layer id=\"3\" name=\"w\" type=\"Const\" version=\"opset1\">\n"
    "\t\t\t<data element_type=\"f32\" shape=\"2, 3, 1, 1\" offset=\"0\" size=\"24\" />\n"
    "\t\t\t<output>\n"
    "\t\t\t\t<port id=\"0\" precision=\"FP32\">\n"
    "\t\t\t\t\t<dim>2</dim>\n\t\t\t\t\t<dim>3</dim>\n\t\t\t\t\t<dim>1</dim>\n"
    "\t\t\t\t\t<dim>1</dim>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t</output>\n"
    "\t\t</layer>\n"
    "\t\t<layer id=\"6\" name=\"custom\" type=\"Mish2\" version=\"extension\" owner=\"me\">\n"
    "\t\t\t<data alpha=\"0.25\" table=\"a&#10;b\" />\n"
    "\t\t\t<blobs>\n"
    "\t\t\t\t<blob>text &lt; more</blob>\n"
    "\t\t\t</blobs>\n"
    "\t\t\t<input>\n"
    "\t\t\t\t<port id=\"0\" precision=\"FP32\">\n"
    "\t\t\t\t\t<dim>32</dim>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t</input>\n"
    "\t\t\t<output>\n"
    "\t\t\t\t<port id=\"7\" precision=\"FP16\">\n"
    "\t\t\t\t\t<dim>-1</dim>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t\t<port id=\"8\" precision=\"UNSPECIFIED\" />\n"
    "\t\t\t</output>\n"
    "\t\t</layer>\n"
    "\t\t<layer id=\"7\" name=\"loop\" type=\"TensorIterator\" version=\"opset1\">\n"
    "\t\t\t<port_map>\n"
    "\t\t\t\t<input external_port_id=\"0\" internal_layer_id=\"0\" axis=\"0\" />\n"
    "\t\t\t\t<output external_port_id=\"3\" internal_layer_id=\"4\" />\n"
    "\t\t\t</port_map>\n"
    "\t\t\t<back_edges>\n"
    "\t\t\t\t<edge from-layer=\"4\" to-layer=\"0\" />\n"
    "\t\t\t</back_edges>\n"
    "\t\t\t<input>\n"
    "\t\t\t\t<port id=\"0\" precision=\"FP16\">\n"
    "\t\t\t\t\t<dim>-1</dim>\n"
    "\t\t\t\t</port>\n"
    "\t\t\t</input>\n"
    "\t\t\t<output>\n"
    "\t\t\t\t<port id=\"3\" precision=\"FP32\" />\n"
    "\t\t\t</output>\n"
    "\t\t\t<body>\n"
    "\t\t\t\t<layers>\n"
    "\t\t\t\t\t<layer id=\"0\" name=\"bx\" type=\"Parameter\" version=\"opset1\">\n"
    "\t\t\t\t\t\t<data shape=\"\" element_type=\"f32\" />\n"
    "\t\t\t\t\t\t<output>\n"
    "\t\t\t\t\t\t\t<port id=\"0\" precision=\"FP32\" />\n"
    "\t\t\t\t\t\t</output>\n"
    "\t\t\t\t\t</layer>\n"
    "\t\t\t\t\t<layer id=\"1\" name=\"k\" type=\"Const\" version=\"opset1\">\n"
    "\t\t\t\t\t\t<data element_type=\"f32\" shape=\"\" offset=\"24\" size=\"4\" />\n"
    "\t\t\t\t\t\t<output>\n"
    "\t\t\t\t\t\t\t<port id=\"0\" precision=\"FP32\" />\n"
    "\t\t\t\t\t\t</output>\n"
    "\t\t\t\t\t</layer>\n"
    "\t\t\t\t\t<layer id=\"2\" name=\"add\" type=\"Add\" version=\"opset1\">\n"
    "\t\t\t\t\t\t<input>\n"
    "\t\t\t\t\t\t\t<port id=\"0\" precision=\"FP32\" />\n"
    "\t\t\t\t\t\t\t<port id=\"1\" precision=\"FP32\" />\n"
    "\t\t\t\t\t\t</input>\n"
    "\t\t\t\t\t\t<output>\n"
    "\t\t\t\t\t\t\t<port id=\"2\" precision=\"FP32\" />\n"
    "\t\t\t\t\t\t</output>\n"
    "\t\t\t\t\t</layer>\n"
    "\t\t\t\t\t<layer id=\"4\" name=\"br\" type=\"Result\" version=\"opset1\">\n"
    "\t\t\t\t\t\t<input>\n"
    "\t\t\t\t\t\t\t<port id=\"0\" precision=\"FP32\" />\n"
    "\t\t\t\t\t\t</input>\n"
    "\t\t\t\t\t</layer>\n"
    "\t\t\t\t</layers>\n"
    "\t\t\t\t<edges>\n"
    "\t\t\t\t\t<edge from-layer=\"0\" from-port=\"0\" to-layer=\"2\" to-port=\"0\" />\n"
    "\t\t\t\t\t<edge from-layer=\"1\" from-port=\"0\" to-layer=\"2\" to-port=\"1\" />\n"
    "\t\t\t\t\t<edge from-layer=\"2\" from-port=\"2\" to-layer=\"4\" to-port=\"0\" />\n"
    "\t\t\t\t</edges>\n"
    "\t\t\t\t<rt_info />\n"
    "\t\t\t</body>\n"
    "\t\t</layer>\n"
    "\t\t<layer id=\"9\" name=\"out\" type=\"Result\" version=\"opset1\" output_names=\"y\">\n"
    "\t\t\t<input>\n"
    "\t\t\t\t<port id=\"0\" precision=\"FP32\" />\n"
    "\t\t\t</input>\n"
    "\t\t</layer>\n"
    "\t</layers>\n"
    "\t<edges>\n"
    "\t\t<edge from-layer=\"0\" from-port=\"0\" to-layer=\"5\" to-port=\"0\" />\n"
    "\t\t<edge from-layer=\"5\" from-port=\"2\" to-layer=\"6\" to-port=\"0\" />\n"
    "\t\t<edge from-layer=\"3\" from-port=\"0\" to-layer=\"5\" to-port=\"1\" />\n"
    "\t\t<edge from-layer=\"6\" from-port=\"7\" to-layer=\"7\" to-port=\"0\" />\n"
    "\t\t<edge from-layer=\"7\" from-port=\"3\" to-layer=\"9\" to-port=\"0\" />\n"
    "\t</edges>\n"
    "\t<rt_info>\n"
    "\t\t<info name=\"OpenVINO Runtime\" value=\"2026\" />\n"
    "\t\t<conversion_parameters>\n"
    "\t\t\t<input_model value=\"DIR/a.pb\" />\n"
    "\t\t</conversion_parameters>\n"
    "\t</rt_info>\n"
    "\t<meta_data>\n"
    "\t\t<MO_version value=\"2021.4\" />\n"
    "\t</meta_data>\n"
    "</net>\n";

static const float sample_bin[7] = {0.5f, -1.0f, 2.0f, 3.0f, -4.5f, 6.25f, 10.0f};

/* A folder of the test's own, in memory where that can be: it has thousands of files to write. */
static char *test_dir;

static int make_test_dir(void **state)
{
    (void)state;
    static char patterns[2][40] = {"/dev/shm/rq-test-ir-XXXXXX", "/tmp/rq-test-ir-XXXXXX"};
    test_dir = mkdtemp(patterns[0]);
    if (!test_dir) test_dir = mkdtemp(patterns[1]);
    return test_dir ? 0 : -1;
}

static int remove_test_dir(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", test_dir);
    return system(command);
}

/* A path in the test's folder; good until the fourth call after it. */
static inline const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", test_dir, name);
    return path;
}

/* Not through rq_write_file, which waits for the disk. */
static inline void put_file(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(at(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Text with the first `from` replaced by `to`; freed with free(). */
static inline char *replaced(const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    if (!place) fail_msg("the sample has no '%s'", from);
    rq_buf out = {0};
    rq_buf_append_n(&out, text, (size_t)(place - text));
    rq_buf_append(&out, to);
    rq_buf_append(&out, place + strlen(from));
    assert_false(out.failed);
    return out.data;
}

/* Writes NAME.xml and NAME.bin and reads them. */
static inline rq_status read_text(rq_graph **graph, const char *name, const char *xml,
                                  const void *bin, size_t bin_size)
{
    char file[64];
    snprintf(file, sizeof file, "%s.bin", name);
    put_file(file, bin, bin_size);
    snprintf(file, sizeof file, "%s.xml", name);
    put_file(file, xml, strlen(xml));
    return rq_ir_read(graph, at(file));
}

static inline rq_graph *read_sample(void)
{
    rq_graph *graph = NULL;
    assert_ok(read_text(&graph, "sample", sample_xml, sample_bin, sizeof sample_bin));
    return graph;
}

#define ir_test_main(tests) cmocka_run_group_tests(tests, make_test_dir, remove_test_dir)

#endif
