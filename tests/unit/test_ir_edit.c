/* Looking into and editing graphs. */
#include "tests/unit/ir_sample.h"

static rq_node *add_relu(rq_graph *graph, const char *name, rq_id input)
{
    rq_node *node = NULL;
    assert_ok(rq_graph_add_node(&node, graph, name, "ReLU", "opset1", 1, 1));
    node->in[0] = input;
    return node;
}

static rq_node *add_result(rq_graph *graph, rq_id input)
{
    rq_node *node = NULL;
    assert_ok(rq_graph_add_node(&node, graph, "result", "Result", "opset1", 1, 0));
    node->in[0] = input;
    return node;
}

typedef struct digest {
    char text[33];
} digest;

static digest digest_of(const rq_graph *graph)
{
    digest d;
    assert_ok(rq_graph_digest(d.text, graph));
    return d;
}

static void finds_values_by_every_name(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    const rq_node *custom = rq_graph_find(graph, "custom");
    rq_id x = rq_graph_find(graph, "x")->out[0];
    rq_id conv = rq_graph_find(graph, "conv")->out[0];
    assert_int_equal(rq_graph_find_value(graph, "x"), x);
    assert_int_equal(rq_graph_find_value(graph, "in,put"), x);
    assert_int_equal(rq_graph_find_value(graph, "conv:0"), conv);
    assert_int_equal(rq_graph_find_value(graph, "conv"), conv);
    assert_int_equal(rq_graph_find_value(graph, "conv.0"), conv);
    assert_int_equal(rq_graph_find_value(graph, "custom"), custom->out[0]);
    assert_int_equal(rq_graph_find_value(graph, "custom.1"), custom->out[1]);
    assert_int_equal(rq_graph_find_value(graph, "custom:1"), custom->out[1]);
    static const char *const absent[] = {"custom.2", "custom.",  "in",      "put",
                                         "in\\,put", "x,in,put", "",        ".0",
                                         "0",        "out",      "nothing", "custom.-1"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_int_equal(rq_graph_find_value(graph, absent[i]), RQ_NONE);
    rq_graph_destroy(&graph);
}

static void tells_whose_name_it_is(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    const rq_node *x = rq_graph_find(graph, "x");
    static const char *const names[] = {"x", "in,put", "x.0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(rq_parameter_is_named(graph, x, names[i]));
        assert_ptr_equal(rq_graph_find_parameter(graph, names[i]), x);
    }
    static const char *const others[] = {"conv", "conv:0", "w", "out", "put", "x.1", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(rq_parameter_is_named(graph, x, others[i]));
        assert_null(rq_graph_find_parameter(graph, others[i]));
    }
    rq_graph_destroy(&graph);
}

static void names_values(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    char name[16], small[4];
    rq_node *x = rq_graph_find(graph, "x");
    assert_string_equal(rq_value_name(graph, x->out[0], name, sizeof name), "x");
    graph->values[x->out[0]]->names = "in\\,put,x";
    assert_string_equal(rq_value_name(graph, x->out[0], name, sizeof name), "in,put");
    assert_string_equal(rq_value_name(graph, x->out[0], small, sizeof small), "in,");
    rq_id second = rq_graph_find(graph, "custom")->out[1];
    assert_string_equal(rq_value_name(graph, second, name, sizeof name), "custom.1");
    rq_id w = rq_graph_find(graph, "w")->out[0];
    assert_string_equal(rq_value_name(graph, w, name, sizeof name), "w");
    rq_graph_destroy(&graph);
}

static void assert_named(const rq_graph *graph, rq_id value, const char *want)
{
    char name[32];
    assert_string_equal(rq_value_name(graph, value, name, sizeof name), want);
    assert_int_equal(rq_graph_find_value(graph, want), value);
}

/* As importers make them: a layer that is called as the tensor of the layer behind it. */
static void names_no_two_values_alike(void **state)
{
    (void)state;
    rq_graph *graph = NULL;
    assert_ok(rq_graph_create(&graph, "test"));
    rq_id add = add_relu(graph, "BiasAdd", RQ_NONE)->out[0];
    rq_id turned = add_relu(graph, "BiasAdd/Transpose", add)->out[0];
    rq_id again = add_relu(graph, "again", turned)->out[0];
    rq_id other = add_relu(graph, "other,one", again)->out[0];
    graph->values[turned]->names = "BiasAdd,BiasAdd:0";
    graph->values[again]->names = "BiasAdd";
    graph->values[other]->names = "more,a\\,b,other\\,one,last";
    assert_named(graph, turned, "BiasAdd");
    assert_named(graph, add, "BiasAdd.0");
    assert_named(graph, again, "again"); /* Model Optimizer leaves one name on two tensors */
    assert_named(graph, other, "more");
    assert_int_equal(rq_graph_find_value(graph, "a,b"), other);
    assert_int_equal(rq_graph_find_value(graph, "last"), other);
    assert_int_equal(rq_graph_find_value(graph, "one"), RQ_NONE);
    graph->values[again]->names = "BiasAdd.0,other\\,one";
    assert_named(graph, add, "BiasAdd.00");
    graph->values[other]->names = NULL;
    assert_named(graph, other, "other,one.0");
    rq_graph_destroy(&graph);
}

static void orders_producers_first(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "w", "conv", "custom", "loop", "out"};
    rq_graph *graph = read_sample();
    rq_id *order = NULL;
    size_t n = 0;
    assert_ok(rq_graph_topo_order(&order, &n, graph));
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) assert_string_equal(graph->nodes[order[i]]->name, names[i]);
    free(order);
    rq_graph_destroy(&graph);
}

static void names_the_layers_of_a_cycle(void **state)
{
    (void)state;
    rq_graph *graph = NULL;
    rq_id *order = NULL;
    size_t n = 0;
    assert_ok(rq_graph_create(&graph, "ring"));
    rq_node *first = add_relu(graph, "n0", RQ_NONE);
    rq_node *last = first;
    char name[16];
    for (int i = 1; i < 20; i++) {
        snprintf(name, sizeof name, "n%d", i);
        last = add_relu(graph, name, last->out[0]);
    }
    first->in[0] = last->out[0];
    assert_fails(rq_graph_topo_order(&order, &n, graph), RQ_EFORMAT,
                 "'n13' -> 'n14' -> 'n15' -> 'n16' -> 'n17' -> 'n18' -> 'n19' -> 'n0' -> 12 more");
    assert_null(order);
    rq_graph_destroy(&graph);
}

static void lists_uses_and_layers(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    rq_uses uses;
    rq_node *conv = rq_graph_find(graph, "conv");
    rq_node *relu = add_relu(graph, "relu", conv->out[0]);
    assert_ok(rq_uses_create(&uses, graph));
    const uint32_t *range = &uses.first[conv->out[0]];
    assert_int_equal(range[1] - range[0], 2);
    assert_int_equal(uses.uses[range[0]].node, rq_graph_find(graph, "custom")->id);
    assert_int_equal(uses.uses[range[0] + 1].node, relu->id);
    range = &uses.first[rq_graph_find(graph, "w")->out[0]];
    assert_int_equal(range[1] - range[0], 1);
    assert_int_equal(uses.uses[range[0]].port, 1);
    assert_int_equal(uses.first[graph->n_values], 6);
    rq_uses_free(&uses);
    rq_id *list = NULL;
    size_t n = 0;
    assert_ok(rq_graph_list(&list, &n, graph, "Parameter"));
    assert_int_equal(n, 1);
    assert_int_equal(list[0], 0);
    free(list);
    rq_graph_destroy(&graph);
}

static void inserts_a_node_after_a_value(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    rq_node *conv = rq_graph_find(graph, "conv");
    rq_node *relu = add_relu(graph, "relu", conv->out[0]);
    rq_graph_replace_uses(graph, conv->out[0], relu->out[0], relu->id);
    assert_int_equal(rq_graph_find(graph, "custom")->in[0], relu->out[0]);
    assert_int_equal(relu->in[0], conv->out[0]);
    rq_graph_destroy(&graph);
}

static void makes_names_unique(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    rq_id conv = rq_graph_find(graph, "conv")->out[0];
    assert_string_equal(add_relu(graph, "conv", conv)->name, "conv_1");
    assert_string_equal(add_relu(graph, "conv", conv)->name, "conv_2");
    rq_node *relu = add_relu(graph, "relu", conv);
    assert_ok(rq_graph_rename(graph, relu, "relu"));
    assert_string_equal(relu->name, "relu");
    assert_ok(rq_graph_rename(graph, relu, "x"));
    assert_string_equal(relu->name, "x_1");
    assert_string_equal(add_relu(graph, "relu", conv)->name, "relu"); /* free again */
    char name[24];
    for (int i = 3; i < 100; i++) {
        snprintf(name, sizeof name, "conv_%d", i);
        assert_string_equal(add_relu(graph, "conv", conv)->name, name);
    }
    rq_graph_remove_node(graph, relu->id);
    assert_string_equal(add_relu(graph, "x_1", conv)->name, "x_1");
    rq_graph_destroy(&graph);
}

static void prunes_what_nothing_needs(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    rq_id x = rq_graph_find(graph, "x")->id, loop = rq_graph_find(graph, "loop")->id;
    rq_node *relu = add_relu(graph, "relu", rq_graph_find(graph, "conv")->out[0]);
    add_relu(graph, "dead", relu->out[0]);
    rq_graph_find(graph, "out")->in[0] = relu->out[0];
    assert_ok(rq_graph_prune(graph));
    assert_null(rq_graph_find(graph, "dead"));
    assert_null(rq_graph_find(graph, "custom"));
    assert_null(graph->nodes[loop]);
    assert_non_null(rq_graph_find(graph, "w"));
    rq_graph_find(graph, "conv")->in[0] = rq_graph_find(graph, "w")->out[0];
    assert_ok(rq_graph_prune(graph));
    assert_non_null(graph->nodes[x]); /* a Parameter stays */
    rq_id *order = NULL;
    size_t n = 0;
    assert_ok(rq_graph_topo_order(&order, &n, graph));
    assert_int_equal(n, 5);
    free(order);
    assert_ok(rq_ir_write(graph, at("pruned.xml")));
    rq_graph_destroy(&graph);
}

static void keeps_what_changes_state(void **state)
{
    (void)state;
    rq_graph *graph = NULL;
    rq_node *read = NULL, *assign = NULL;
    assert_ok(rq_graph_create(&graph, "state"));
    assert_ok(rq_graph_add_node(&read, graph, "read", "ReadValue", "opset6", 0, 1));
    assert_ok(rq_graph_add_node(&assign, graph, "assign", "Assign", "opset6", 1, 1));
    assign->in[0] = read->out[0];
    add_relu(graph, "dead", assign->out[0]);
    assert_ok(rq_graph_prune(graph));
    assert_non_null(rq_graph_find(graph, "assign"));
    assert_non_null(rq_graph_find(graph, "read"));
    assert_null(rq_graph_find(graph, "dead"));
    rq_graph_destroy(&graph);
}

static void clones_are_independent(void **state)
{
    (void)state;
    rq_graph *graph = read_sample(), *clone = NULL;
    digest before = digest_of(graph);
    assert_ok(rq_ir_write(graph, at("before.xml")));
    assert_ok(rq_graph_clone(&clone, graph));
    assert_string_equal(digest_of(clone).text, before.text);
    assert_ok(rq_ir_write(clone, at("clone.xml")));
    assert_same_file(at("before.xml"), at("clone.xml"));
    assert_same_file(at("before.bin"), at("clone.bin"));

    rq_node *conv = rq_graph_find(clone, "conv");
    rq_node *relu = add_relu(clone, "conv", conv->out[0]);
    assert_string_equal(relu->name, "conv_1");
    rq_graph_replace_uses(clone, conv->out[0], relu->out[0], relu->id);
    assert_ok(rq_node_set_attr(clone, conv, "strides", "2, 2"));
    assert_ok(rq_graph_set_rt_info(clone, "OpenVINO Runtime", "other"));
    clone->values[conv->out[0]]->dtype = RQ_DT_I8;
    rq_node *add = rq_graph_find(rq_graph_find(clone, "loop")->bodies[0].graph, "add");
    add->in[0] = add->in[1];
    rq_graph_find(clone, "custom")->layer_attrs[0].value = "you";
    assert_string_not_equal(digest_of(clone).text, before.text);

    assert_string_equal(digest_of(graph).text, before.text);
    assert_ok(rq_ir_write(graph, at("after.xml")));
    assert_same_file(at("before.xml"), at("after.xml"));
    rq_graph_destroy(&clone);
    rq_graph_destroy(&graph);
}

static void clones_keep_ids_of_removed(void **state)
{
    (void)state;
    rq_graph *graph = read_sample(), *clone = NULL;
    rq_node *dead = add_relu(graph, "dead", rq_graph_find(graph, "w")->out[0]);
    rq_node *last = add_relu(graph, "last", rq_graph_find(graph, "w")->out[0]);
    rq_graph_remove_node(graph, dead->id);
    assert_ok(rq_graph_clone(&clone, graph));
    assert_null(clone->nodes[dead->id]);
    assert_null(clone->values[dead->out[0]]);
    assert_string_equal(clone->nodes[last->id]->name, "last");
    assert_string_equal(add_relu(clone, "dead", last->out[0])->name, "dead");
    rq_graph_destroy(&clone);
    rq_graph_destroy(&graph);
}

/* Each edit changes the function, or does not. */
static void digest_tells_functions_apart(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bool same;
    } edits[] = {
        {"strides=\"1, 1\"", "strides=\"2, 1\"", false},
        {"type=\"Mish2\"", "type=\"Mish3\"", false},
        {"name=\"conv\"", "name=\"conw\"", false},
        {"internal_layer_id=\"4\"", "internal_layer_id=\"2\"", false},
        {"<dim>32</dim>\n\t\t\t\t</port>\n\t\t\t</output>", "<dim>33</dim></port></output>", false},
        {"precision=\"FP16\"", "precision=\"BF16\"", false},
        {"offset=\"24\"", "offset=\"20\"", false},
        {"from-layer=\"6\" from-port=\"7\"", "from-layer=\"5\" from-port=\"2\"", false},
        {"value=\"2026\"", "value=\"2027\"", true},
        {"conv &amp; bias", "conv", true},
        {"layout=\"[N,C,H,W]\"", "layout=\"[N,H,W,C]\"", true},
    };
    rq_graph *graph = read_sample();
    digest original = digest_of(graph);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        rq_graph *other = NULL;
        char *xml = replaced(sample_xml, edits[i].from, edits[i].to);
        assert_ok(read_text(&other, "edited", xml, sample_bin, sizeof sample_bin));
        if ((strcmp(digest_of(other).text, original.text) == 0) != edits[i].same)
            fail_msg("edit %zu (%s)", i, edits[i].from);
        rq_graph_destroy(&other);
        free(xml);
    }
    rq_graph_destroy(&graph);
}

static void digest_reads_constants(void **state)
{
    (void)state;
    rq_graph *a = read_sample(), *b = NULL;
    float bin[7];
    memcpy(bin, sample_bin, sizeof bin);
    bin[6] += 1.0f; /* the one in the body */
    assert_ok(read_text(&b, "other", sample_xml, bin, sizeof bin));
    assert_string_not_equal(digest_of(a).text, digest_of(b).text);
    rq_graph_destroy(&a);
    rq_graph_destroy(&b);
}

static void keeps_rt_info(void **state)
{
    (void)state;
    rq_graph *graph = read_sample(), *empty = NULL;
    assert_string_equal(rq_graph_rt_info(graph, "OpenVINO Runtime"), "2026");
    assert_string_equal(rq_graph_rt_info(graph, "conversion_parameters/input_model"), "DIR/a.pb");
    assert_null(rq_graph_rt_info(graph, "conversion_parameters"));
    assert_null(rq_graph_rt_info(graph, "conversion_parameters/input"));
    assert_ok(rq_graph_set_rt_info(graph, "requant/version", "1"));
    assert_ok(rq_graph_set_rt_info(graph, "requant/version", "2"));
    assert_ok(rq_graph_set_rt_info(graph, "requant/the plan", "p"));
    assert_string_equal(rq_graph_rt_info(graph, "requant/version"), "2");
    assert_ok(rq_ir_write(graph, at("rt.xml")));
    rq_graph_destroy(&graph);
    assert_ok(rq_ir_read(&graph, at("rt.xml")));
    assert_string_equal(rq_graph_rt_info(graph, "requant/version"), "2");
    assert_string_equal(rq_graph_rt_info(graph, "requant/the plan"), "p");
    assert_string_equal(graph->extra->next->name, "meta_data");
    rq_graph_destroy(&graph);
    assert_ok(rq_graph_create(&empty, "e"));
    assert_null(rq_graph_rt_info(empty, "a"));
    assert_ok(rq_graph_set_rt_info(empty, "a", "b"));
    assert_string_equal(rq_graph_rt_info(empty, "a"), "b");
    rq_graph_destroy(&empty);
}

static void refuses_bad_constants(void **state)
{
    (void)state;
    rq_graph *graph = NULL;
    rq_node *node = NULL;
    assert_ok(rq_graph_create(&graph, "g"));
    rq_shape dynamic = rq_shape_make(1, (int64_t[]){RQ_DYNAMIC});
    rq_shape one = rq_shape_make(1, (int64_t[]){1});
    assert_fails(rq_graph_add_const(&node, graph, "c", RQ_DT_F32, &dynamic, "1234"), RQ_EFORMAT,
                 "c: shape [?]");
    assert_fails(rq_graph_add_const(&node, graph, "c", RQ_DT_STRING, &one, "1234"), RQ_EARG,
                 "string");
    assert_int_equal(graph->n_nodes, 0);
    rq_graph_destroy(&graph);
}

/* A chain long enough that recursion over it would end badly, and a layer with many inputs. */
static void takes_ten_thousand_layers(void **state)
{
    (void)state;
    enum { N = 10000 };
    rq_graph *graph = NULL, *again = NULL;
    rq_node *node = NULL, *concat = NULL;
    assert_ok(rq_graph_create(&graph, "long"));
    assert_ok(rq_graph_add_node(&concat, graph, "concat", "Concat", "opset1", N, 1));
    assert_ok(rq_graph_add_node(&node, graph, "x", "Parameter", "opset1", 0, 1));
    for (uint32_t i = 0; i < N; i++) {
        node = add_relu(graph, "relu", node->out[0]);
        concat->in[i] = node->out[0];
        if (i % 1000 == 0) assert_ok(rq_graph_rename(graph, node, "thousand"));
    }
    for (size_t i = 0; i < graph->n_values; i++) graph->values[i]->shape.rank = 0;
    add_result(graph, concat->out[0]);
    assert_ok(rq_ir_write(graph, at("long.xml")));
    assert_ok(rq_ir_read(&again, at("long.xml")));
    assert_int_equal(again->n_nodes, N + 3);
    assert_string_equal(digest_of(again).text, digest_of(graph).text);
    rq_node *read = rq_graph_find(again, "concat");
    assert_int_equal(read->n_in, N);
    for (uint32_t i = 0; i < N; i++) assert_int_equal(read->in[i], again->nodes[i + 1]->out[0]);
    assert_ok(rq_graph_prune(again));
    assert_non_null(rq_graph_find(again, "concat"));
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_values_by_every_name),
        cmocka_unit_test(tells_whose_name_it_is),
        cmocka_unit_test(names_values),
        cmocka_unit_test(names_no_two_values_alike),
        cmocka_unit_test(orders_producers_first),
        cmocka_unit_test(names_the_layers_of_a_cycle),
        cmocka_unit_test(lists_uses_and_layers),
        cmocka_unit_test(inserts_a_node_after_a_value),
        cmocka_unit_test(makes_names_unique),
        cmocka_unit_test(prunes_what_nothing_needs),
        cmocka_unit_test(keeps_what_changes_state),
        cmocka_unit_test(clones_are_independent),
        cmocka_unit_test(clones_keep_ids_of_removed),
        cmocka_unit_test(digest_tells_functions_apart),
        cmocka_unit_test(digest_reads_constants),
        cmocka_unit_test(keeps_rt_info),
        cmocka_unit_test(refuses_bad_constants),
        cmocka_unit_test(takes_ten_thousand_layers),
    };
    return ir_test_main(tests);
}
