/* Nested graphs and variables, run by the reference executor. */
#include "tests/unit/scratch.h"

#include "engine/exec/exec.h"
#include "engine/ir/ir.h"

#define DIMS2(a, b) "<dim>" #a "</dim><dim>" #b "</dim>"
#define PARAMETER(id, name, type, precision, shape, dims)                                          \
    "<layer id='" #id "' name='" name "' type='Parameter' version='opset1'>"                       \
    "<data shape='" shape "' element_type='" type "'/>"                                            \
    "<output><port id='0' precision='" precision "'>" dims "</port></output></layer>"
#define INPUT(id, dims) "<port id='" #id "' precision='FP32'>" dims "</port>"
#define RESULT(id, name)                                                                           \
    "<layer id='" #id "' name='" name "' type='Result' version='opset1'>"                          \
    "<input><port id='0' precision='FP32'/></input></layer>"
#define EDGE(from, from_port, to, to_port)                                                         \
    "<edge from-layer='" #from "' from-port='" #from_port "' to-layer='" #to                       \
    "' to-port='" #to_port "'/>"
#define ADD(id, dims)                                                                              \
    "<layer id='" #id "' name='add' type='Add' version='opset1'>"                                  \
    "<data auto_broadcast='numpy'/><input>" INPUT(0, dims)                                         \
        INPUT(1, dims) "</input>"                                                                  \
                       "<output>" INPUT(2, dims) "</output></layer>"

/* xi doubled; the condition is what comes in. */
#define LOOP_BODY                                                                                  \
    "<body><layers>" PARAMETER(0, "xi", "f32", "FP32", "1,2", DIMS2(1, 2))                         \
        PARAMETER(1, "ci", "boolean", "BOOL", "", "") ADD(2, DIMS2(1, 2)) RESULT(3, "y")           \
            RESULT(4, "go") "</layers><edges>" EDGE(0, 0, 2, 0) EDGE(0, 0, 2, 1) EDGE(2, 2, 3, 0)  \
                EDGE(1, 0, 4, 0) "</edges></body>"

static const char loop_xml[] =
    "<?xml version='1.0'?><net name='loop' version='11'><layers>" PARAMETER(0, "t", "i64", "I64",
                                                                            "", "")
        PARAMETER(1, "c", "boolean", "BOOL", "", "") PARAMETER(
            2, "x", "f32", "FP32", "1,2",
            DIMS2(1,
                  2)) "<layer id='3' name='loop' type='Loop' version='opset5'>"
                      "<port_map><input external_port_id='2' internal_layer_id='0'/>"
                      "<input external_port_id='1' internal_layer_id='1'/>"
                      "<output external_port_id='3' internal_layer_id='3'/>"
                      "<output external_port_id='4' internal_layer_id='3' axis='0'/>"
                      "<output external_port_id='-1' internal_layer_id='4' "
                      "purpose='execution_condition'/></port_map>"
                      "<back_edges><edge from-layer='3' to-layer='0'/></back_edges>"
                      "<input><port id='0' precision='I64'/><port id='1' precision='BOOL'/>" INPUT(
                          2, DIMS2(1, 2)) "</input><output>" INPUT(3, DIMS2(1, 2))
                          INPUT(4, DIMS2(-1, 2)) "</output>" LOOP_BODY "</layer>" RESULT(4, "last")
                              RESULT(5, "all") "</layers><edges>" EDGE(0, 0, 3, 0) EDGE(1, 0, 3, 1)
                                  EDGE(2, 0, 3, 2) EDGE(3, 3, 4, 0)
                                      EDGE(3, 4, 5, 0) "</edges></net>";

typedef struct run {
    rq_graph *graph;
    rq_model *model;
    rq_session *session;
} run;

static rq_status open_text(run *r, void **state, const char *xml)
{
    *r = (run){0};
    RQ_TRY(rq_ir_read(&r->graph, scratch_file(state, "m.xml", xml, strlen(xml))));
    RQ_TRY(rq_model_create(&r->model, r->graph, &(rq_exec_options){.backend = "reference"}));
    return rq_session_create(&r->session, r->model);
}

static void close_run(run *r)
{
    rq_session_destroy(&r->session);
    rq_model_destroy(&r->model);
    rq_graph_destroy(&r->graph);
}

static void expect(const run *r, size_t output, const char *shape, const float *want)
{
    char text[RQ_SHAPE_TEXT];
    const rq_tensor *t = rq_session_output(r->session, output);
    assert_string_equal(rq_shape_text(&t->shape, text), shape);
    assert_near_f32(t->data, want, rq_tensor_count(t), 0, 0);
}

static void loop_runs_as_often_as_told(void **state)
{
    run r;
    int64_t trips = 3;
    uint8_t go = 1;
    float x[] = {1, -3}, all[] = {2, -6, 4, -12, 8, -24};
    rq_tensor in[] = {
        {RQ_DT_I64, {0, {0}}, &trips}, {RQ_DT_BOOL, {0, {0}}, &go}, {RQ_DT_F32, {2, {1, 2}}, x}};
    assert_ok(open_text(&r, state, loop_xml));
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", all + 4);
    expect(&r, 1, "[3,2]", all);
    trips = 1; /* the same session again, with another size */
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", all);
    expect(&r, 1, "[1,2]", all);
    trips = 0;
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", x);
    expect(&r, 1, "[0,2]", NULL);
    trips = -1; /* no limit, but the condition */
    go = 0;
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 1, "[0,2]", NULL);
    close_run(&r);
}

/* The text with one part replaced. */
static const char *replaced(const char *text, const char *old, const char *new)
{
    static char buffer[1 << 14];
    const char *at = strstr(text, old);
    assert_non_null(at);
    snprintf(buffer, sizeof buffer, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    return buffer;
}

static void loop_refuses(void **state)
{
    static const struct {
        const char *old, *new, *message;
    } cases[] = {
        {"internal_layer_id='0'", "internal_layer_id='77'", "layer 77 of the body"},
        {"external_port_id='2'", "external_port_id='9'", "port 9"},
        {"external_port_id='3'", "external_port_id='x'", "expected an integer"},
        {"<input external_port_id='1' internal_layer_id='1'/>", "", "input 'ci' no value"},
        {"<output external_port_id='3' internal_layer_id='3'/>", "", "gives output 0 no value"},
        {"from-layer='3' to-layer='0'", "from-layer='3' to-layer='3'", "back edge"},
        {"internal_layer_id='3' axis='0'", "internal_layer_id='3' axis='0' stride='0'", "stride"},
        {"<body>", "<cody>", "has no <body>"},
        {"internal_layer_id='0'/>", "internal_layer_id='0' axis='0' part_size='2'/>",
         "slices of 2"},
        {"internal_layer_id='0'/>", "internal_layer_id='0' axis='0' start='5'/>", "slices of 1"},
        {"internal_layer_id='0'/>", "internal_layer_id='0' axis='7'/>", "axis 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run r;
        char text[1 << 14];
        snprintf(text, sizeof text, "%s", replaced(loop_xml, cases[i].old, cases[i].new));
        const char *xml = text;
        if (!strcmp(cases[i].new, "<cody>")) xml = replaced(text, "</body>", "</cody>");
        assert_fails(open_text(&r, state, xml), RQ_EFORMAT, cases[i].message);
        close_run(&r);
    }
}

/* y = x + v; v = y. */
static const char state_xml[] =
    "<?xml version='1.0'?><net name='state' version='11'><layers>" PARAMETER(
        0, "x", "f32", "FP32", "1,2",
        DIMS2(
            1,
            2)) "<layer id='1' name='read' type='ReadValue' version='opset6'>"
                "<data variable_id='v' variable_type='f32' variable_shape='1,2'/>"
                "<output>" INPUT(0, DIMS2(1, 2)) "</output></layer>" ADD(
                    2,
                    DIMS2(
                        1,
                        2)) "<layer id='3' name='assign' type='Assign' version='opset6'><data "
                            "variable_id='v'/>"
                            "<input>" INPUT(0, DIMS2(1, 2)) "</input><output>" INPUT(
                                1,
                                DIMS2(1,
                                      2)) "</output></layer>" RESULT(4,
                                                                     "y") "</layers><edges>" EDGE(0,
                                                                                                  0,
                                                                                                  2,
                                                                                                  0)
                                EDGE(1, 0, 2, 1) EDGE(2, 2, 3, 0) EDGE(2, 2, 4, 0) "</edges></net>";

static void variables_live_between_runs(void **state)
{
    run r;
    float x[] = {1, 10}, twice[] = {2, 20};
    rq_tensor in[] = {{RQ_DT_F32, {2, {1, 2}}, x}};
    assert_ok(open_text(&r, state, state_xml));
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", x);
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", twice);
    rq_session_reset(r.session);
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", x);
    close_run(&r);
}

static void variable_refuses_another_shape(void **state)
{
    run r;
    float x[] = {1, 10};
    rq_tensor in[] = {{RQ_DT_F32, {2, {1, 2}}, x}};
    char text[1 << 14];
    snprintf(text, sizeof text, "%s",
             replaced(state_xml, "variable_shape='1,2'/><output>" INPUT(0, DIMS2(1, 2)),
                      "variable_shape='2'/><output>" INPUT(0, "<dim>2</dim>")));
    assert_ok(open_text(&r, state, text));
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    assert_fails(rq_session_run(r.session, in, NULL, NULL), RQ_EARG, "expected f32 [2]");
    close_run(&r);
}

/* y = v behind x; v = y: keys and values of attention. */
static void variable_grows_from_nothing(void **state)
{
    run r;
    float x[] = {1, 10}, other[] = {2, 20};
    rq_tensor in[] = {{RQ_DT_F32, {2, {1, 2}}, x}};
    char text[1 << 14];
    snprintf(text, sizeof text, "%s",
             replaced(state_xml, "variable_shape='1,2'/><output>" INPUT(0, DIMS2(1, 2)),
                      "variable_shape='0..9,2'/><output>" INPUT(0, DIMS2(0, 2))));
    snprintf(text, sizeof text, "%s",
             replaced(text, "type='Add' version='opset1'><data auto_broadcast='numpy'/>",
                      "type='Concat' version='opset1'><data axis='0'/>"));
    assert_ok(open_text(&r, state, text));
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", x);
    assert_fails(rq_session_run(r.session, in, NULL, NULL), RQ_EARG,
                 "the variable holds f32 [1,2]");
    rq_session_reset(r.session);
    in[0].data = other;
    assert_ok(rq_session_run(r.session, in, NULL, NULL));
    expect(&r, 0, "[1,2]", other);
    close_run(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loop_runs_as_often_as_told, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(loop_refuses, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(variables_live_between_runs, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(variable_refuses_another_shape, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(variable_grows_from_nothing, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
