/* Replacing sub-graphs: the configuration's JSON, pipeline.config, what matches, and what becomes
 * of a small detector that is written like the Object Detection API's. */
#include "tests/unit/test.h"

#include "tests/unit/tf_text.h"

#include "engine/api/requant.h"
#include "engine/import/replacements/od_anchors.h"
#include "engine/import/replacements/pipeline_config.h"
#include "engine/import/replacements/replacements.h"
#include "engine/import/replacements/rule.h"
#include "engine/import/replacements/rule_match.h"

#include <math.h>

/* -- pipeline.config ------------------------------------------------------------------------- */

static rq_status parse_pipeline(const rq_pipeline_config **out, rq_arena *arena, const char *text)
{
    return rq_pipeline_config_parse(out, arena, text, strlen(text), "pipeline.config");
}

static void test_pipeline_config(void **state)
{
    static const char text[] =
        "# comment\nmodel { faster_rcnn { num_classes: 3\n image_resizer < fixed_shape_resizer {"
        " height: 192; width: 0.5e2 } >\n grid { scales: 0.25 scales: [0.5, 1.0], flag: true }"
        " second_stage_post_processing { nms { iou_threshold: .6 } score_converter: SOFTMAX }"
        " [some.extension] { x: 1 } name: 'a' 'b' } }\ntrain_config { batch_size: 1 }";
    const rq_pipeline_config *c;
    rq_arena *arena = NULL;
    double v[4];
    (void)state;
    assert_ok(rq_arena_create(&arena));
    assert_ok(parse_pipeline(&c, arena, text));
    assert_true(rq_pipeline_config_number(c, "num_classes", v) && v[0] == 3.0);
    assert_true(rq_pipeline_config_number(c, "image_resizer/fixed_shape_resizer/width", v));
    assert_true(v[0] == 50.0);
    assert_int_equal(rq_pipeline_config_numbers(c, "grid/scales", v, 4), 3);
    assert_true(v[0] == 0.25 && v[1] == 0.5 && v[2] == 1.0);
    assert_int_equal(rq_pipeline_config_numbers(c, "grid/scales", v, 2), 2);
    assert_true(rq_pipeline_config_number(c, "*/nms/iou_threshold", v) && v[0] == 0.6);
    assert_true(rq_pipeline_config_number(c, "grid/flag", v) && v[0] == 1.0);
    assert_string_equal(rq_pipeline_config_text(c, "*/score_converter"), "SOFTMAX");
    assert_false(rq_pipeline_config_number(c, "*/score_converter", v));
    assert_false(rq_pipeline_config_number(c, "grid", v));
    assert_true(rq_pipeline_config_has(c, "grid"));
    assert_null(rq_pipeline_config_text(NULL, "grid"));
    rq_arena_destroy(&arena);
}

static void test_pipeline_config_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "train_config { }",
                                        "model { ssd {",
                                        "model { ssd { a: } }",
                                        "model }",
                                        "model {",
                                        "model { ssd { a: [1,",
                                        "model { } model : 3",
                                        "model { ssd { [a b } }"};
    const rq_pipeline_config *c;
    rq_arena *arena = NULL;
    rq_buf deep = {0};
    (void)state;
    assert_ok(rq_arena_create(&arena));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(parse_pipeline(&c, arena, texts[i]), RQ_EFORMAT);
    for (int i = 0; i < 100000; i++) rq_buf_append(&deep, "model{");
    assert_int_equal(parse_pipeline(&c, arena, deep.data), RQ_EFORMAT);
    rq_buf_free(&deep);
    rq_arena_destroy(&arena);
}

/* -- rules ----------------------------------------------------------------------------------- */

static rq_status read_rules(void **state, const char *text)
{
    const char *path = scratch_file(state, "rules.json", text, strlen(text));
    rq_arena *arena = NULL;
    rq_rules rules;
    assert_ok(rq_arena_create(&arena));
    rq_status status = rq_rules_read(&rules, arena, path);
    rq_rules_free(&rules);
    rq_arena_destroy(&arena);
    return status;
}

static void test_rules(void **state)
{
    static const char *const right[] = {
        "[]", "[{\"id\": \"A\", \"match_kind\": \"general\", \"custom_attributes\": {\"x\": 1}}]",
        "[{\"op\": \"Swish\", \"match_kind\": \"scope\", \"instances\": [\".*a/\"], \"inputs\": "
        "[[{\"node\": \"b$\", \"port\": 0}]], \"outputs\": [{\"node\": \"c$\", \"port\": 0}]}]",
        "[{\"id\": \"A\", \"match_kind\": \"points\", \"instances\": {\"start_points\": [\"a\"], "
        "\"end_points\": [\"b\"]}}]"};
    static const char *const wrong[] = {
        "{}",
        "[1]",
        "[{\"match_kind\": \"general\"}]",
        "[{\"id\": \"A\", \"match_kind\": \"all\"}]",
        "[{\"id\": \"A\", \"match_kind\": \"scope\"}]",
        "[{\"id\": \"A\", \"match_kind\": \"scope\", \"instances\": [1]}]",
        "[{\"id\": \"A\", \"match_kind\": \"points\", \"instances\": [\"a\"]}]",
        "[{\"id\": \"A\", \"match_kind\": \"general\", \"custom_attributes\": []}]",
        "[{\"id\": \"A\", \"match_kind\": \"general\", \"inputs\": [[{\"node\": 3}]]}]"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_ok(read_rules(state, right[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(read_rules(state, wrong[i]), RQ_EFORMAT);
}

static void test_patterns(void **state)
{
    rq_scope *scope;
    bool matches;
    (void)state;
    assert_ok(rq_scope_open(&scope, ".*Preprocessor/"));
    assert_string_equal(rq_scope_rest(scope, "a/Preprocessor/map/Shape"), "map/Shape");
    assert_null(rq_scope_rest(scope, "Postprocessor/x"));
    rq_scope_close(&scope);
    assert_ok(rq_pattern_matches(&matches, "map/Shape$", "map/Shape_1"));
    assert_false(matches);
    assert_ok(rq_pattern_matches(&matches, "map/Shape$", "map/Shape"));
    assert_true(matches);
    assert_int_equal(rq_pattern_matches(&matches, "(a{1,999}){1,999}", "a"), RQ_EFORMAT);
    assert_int_equal(rq_pattern_matches(&matches, "(a*)\\1", "a"), RQ_EFORMAT);
    assert_int_equal(rq_pattern_matches(&matches, "(", "a"), RQ_EFORMAT);
}

/* -- anchors --------------------------------------------------------------------------------- */

/* Boxes of a grid of 2 rows and 3 columns as TensorFlow makes them: ratios outside, scales inside.
 */
static void fill_anchors(float *out, const double *ratios, const double *scales, double stride)
{
    for (int cell = 0; cell < 6; cell++)
        for (int k = 0; k < 6; k++, out += 4) {
            double root = sqrt(ratios[k / 2]), size = 256 * scales[k % 2];
            double height = size / root, width = size * root;
            double y = cell / 3 * stride, x = cell % 3 * stride;
            out[0] = (float)(y - height / 2);
            out[1] = (float)(x - width / 2);
            out[2] = (float)(y + height / 2);
            out[3] = (float)(x + width / 2);
        }
}

static void test_anchors(void **state)
{
    static const double ratios[] = {0.5, 1, 2}, scales[] = {0.25, 1.3};
    float boxes[6 * 6 * 4];
    rq_tensor t = {RQ_DT_F32, {2, {36, 4}}, boxes};
    rq_od_anchors a;
    (void)state;
    fill_anchors(boxes, ratios, scales, 16);
    assert_null(rq_od_anchors_read(&a, &t, 6, 3));
    assert_int_equal(a.n_ratios, 3);
    assert_int_equal(a.n_scales, 2);
    for (int i = 0; i < 3; i++) assert_true(a.ratios[i] == ratios[i]);
    for (int i = 0; i < 2; i++) assert_true(a.scales[i] == scales[i]);
    assert_int_equal(a.stride, 16);
    assert_non_null(rq_od_anchors_read(&a, &t, 5, 3));
    assert_non_null(rq_od_anchors_read(&a, &t, 6, 100));
    assert_non_null(rq_od_anchors_read(&a, &t, 0, 3));
    boxes[4] -= 3; /* one box of the first cell is none of the product */
    assert_non_null(rq_od_anchors_read(&a, &t, 6, 3));
    memset(boxes, 0, sizeof boxes);
    assert_non_null(rq_od_anchors_read(&a, &t, 6, 3));
}

/* -- graphs ---------------------------------------------------------------------------------- */

static void put_node(rq_buf *text, const char *name, const char *op, const char *inputs)
{
    char copy[512], *rest = NULL;
    rq_buf_printf(text, "node { name: '%s' op: '%s'", name, op);
    snprintf(copy, sizeof copy, "%s", inputs);
    for (char *in = strtok_r(copy, " ", &rest); in; in = strtok_r(NULL, " ", &rest))
        rq_buf_printf(text, " input: '%s'", in);
    rq_buf_append(text, " }\n");
}

/* Its path, to be freed; NULL of NULL. */
static char *write_file(void **state, const char *name, const char *text)
{
    return text ? strdup(scratch_file(state, name, text, strlen(text))) : NULL;
}

/* The replacing between reading and mapping; `config` and `pipeline` may be NULL. */
static rq_status replace(import_run *r, void **state, rq_buf *text, const char *config,
                         const char *pipeline, rq_buf *notes)
{
    assert_false(text->failed);
    char *model = strdup(scratch_file(state, "g.pbtxt", text->data, text->length));
    char *json = write_file(state, "c.json", config), *proto = write_file(state, "p", pipeline);
    rq_import_files files = {.model = model, .keep_loops = true};
    rq_replace_options options = {.config = json, .pipeline = proto};
    rq_buf_free(text);
    *r = (import_run){0};
    assert_ok(rq_import_open(&r->source, &files));
    rq_status status = rq_replace(r->source, &options, notes);
    free(model);
    free(json);
    free(proto);
    return status;
}

static void map(import_run *r)
{
    rq_import_result result;
    assert_ok(rq_import_graph(&result, r->source, NULL));
    assert_int_equal(result.n_unmapped, 0);
    r->graph = result.graph;
    import_run_graph(r);
}

/* x * sigmoid(x), with an operator in it that does not map. */
static void put_swish(rq_buf *text)
{
    put_input(text, 1, 2, 2);
    put_node(text, "act/gate", "Sigmoid", "x");
    put_node(text, "act/odd", "NoSuchOperator", "act/gate");
    put_node(text, "act/mul", "Mul", "x act/odd");
    put_node(text, "y", "Neg", "act/mul");
}

static void check_swish(import_run *r)
{
    static const float x[] = {-2, -0.5f, 0, 3};
    float want[4];
    map(r);
    assert_int_equal(import_count(r, "Swish"), 1);
    assert_int_equal(import_count(r, "Sigmoid"), 0);
    for (int i = 0; i < 4; i++) want[i] = -x[i] / (1 + expf(-x[i]));
    assert_near_f32(import_compute(r, x)->data, want, 4, 1e-6, 1e-6);
    import_close(r);
}

static void test_operator_of_scope(void **state)
{
    rq_buf text = {0}, notes = {0};
    import_run r;
    put_swish(&text);
    assert_ok(replace(&r, state, &text,
                      "[{\"op\": \"Swish\", \"match_kind\": \"scope\", \"instances\": [\"act/\"], "
                      "\"inputs\": [[{\"node\": \"gate$\", \"port\": 0}, {\"node\": \"mul$\", "
                      "\"port\": 0}]], \"outputs\": [{\"node\": \"mul$\", \"port\": 0}]}]",
                      NULL, &notes));
    check_swish(&r);
    rq_buf_free(&notes);
}

static void test_operator_of_points(void **state)
{
    rq_buf text = {0}, notes = {0};
    import_run r;
    put_swish(&text);
    assert_ok(replace(&r, state, &text,
                      "[{\"op\": \"Swish\", \"match_kind\": \"points\", \"instances\": "
                      "{\"start_points\": [\"act/gate\"], \"end_points\": [\"act/mul\"]}}]",
                      NULL, &notes));
    check_swish(&r);
    rq_buf_free(&notes);
}

static void test_no_match(void **state)
{
    static const char *const configs[] = {
        "[{\"op\": \"Swish\", \"match_kind\": \"scope\", \"instances\": [\"none/\"]}]",
        "[{\"op\": \"NoOperator\", \"match_kind\": \"scope\", \"instances\": [\"act/\"]}]",
        "[{\"id\": \"TFYOLOV3\", \"match_kind\": \"general\"}]",
        ("[{\"id\": \"ObjectDetectionAPISSDPostprocessorReplacement\", \"match_kind\": \"points\", "
         "\"instances\": {\"start_points\": [\"x\"], \"end_points\": [\"y\"]}}]")};
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        rq_buf text = {0}, notes = {0};
        import_run r;
        put_swish(&text);
        assert_int_equal(replace(&r, state, &text, configs[i], NULL, &notes), RQ_EUNSUPPORTED);
        import_close(&r);
        rq_buf_free(&notes);
    }
}

/* -- a detector ------------------------------------------------------------------------------ */

#define SUPPRESSION "Postprocessor/BatchMultiClassNonMaxSuppression/map/"
#define ARRAY "TensorArrayScatter/TensorArrayScatterV3"

static void put_number(rq_buf *text, const char *name, float value)
{
    put_const(text, name, &value, NULL, 0);
}

/* A loop whose body ends in `body`: its values in, and its array out. */
static void put_loop(rq_buf *text, const char *scope, const char *body, const char *out)
{
    char name[5][160], inputs[400];
    static const char *const ends[] = {"Enter", "NextIteration", "Merge", "Switch", "Exit"};
    for (int i = 0; i < 5; i++) snprintf(name[i], sizeof name[i], "%swhile/%s", scope, ends[i]);
    put_node(text, name[0], "Enter", "zero");
    put_node(text, name[1], "NextIteration", body);
    snprintf(inputs, sizeof inputs, "%s %s", name[0], name[1]);
    put_node(text, name[2], "Merge", inputs);
    snprintf(inputs, sizeof inputs, "%s zero", name[2]);
    put_node(text, name[3], "Switch", inputs);
    put_node(text, name[4], "Exit", name[3]);
    snprintf(inputs, sizeof inputs, "zero zero %s", name[4]);
    put_node(text, out, "TensorArrayGatherV3", inputs);
}

static void put_preprocessor(rq_buf *text)
{
    put_node(text, "Cast", "Cast", "x");
    put_node(text, "Preprocessor/map/TensorArrayUnstack/" ARRAY, "TensorArrayScatterV3",
             "zero zero Cast zero");
    put_ints(text, "size", (const int[]){2, 2}, 2);
    put_node(text, "Preprocessor/map/while/ResizeImage/ResizeBilinear", "ResizeBilinear",
             "Preprocessor/map/TensorArrayUnstack/" ARRAY " size");
    put_loop(text, "Preprocessor/map/", "Preprocessor/map/while/ResizeImage/ResizeBilinear",
             "Preprocessor/map/TensorArrayStack/TensorArrayGatherV3");
}

/* Four anchors, the second over the first; scores of background and one class by `logits`, and all
 * encodings by `codes`, as the image is multiplied by 0. */
static void put_heads(rq_buf *text, const float *logits, const float *codes)
{
    static const float anchors[] = {0, 0,    0.5f, 0.5f, 0,    0,     0.5f, 0.48f,
                                    0, 0.5f, 0.5f, 1,    0.5f, 0.25f, 1,    0.75f};
    static const float zeros[12 * 16];
    put_ints(text, "flat", (const int[]){1, 12}, 2);
    put_node(text, "pixels", "Reshape",
             "Preprocessor/map/TensorArrayStack/TensorArrayGatherV3 flat");
    put_const(text, "w8", zeros, (const int[]){12, 8}, 2);
    put_const(text, "w16", zeros, (const int[]){12, 16}, 2);
    put_const(text, "b8", logits, (const int[]){8}, 1);
    put_const(text, "b16", codes, (const int[]){16}, 1);
    put_node(text, "scores8", "MatMul", "pixels w8");
    put_node(text, "scores", "BiasAdd", "scores8 b8");
    put_node(text, "boxes16", "MatMul", "pixels w16");
    put_node(text, "boxes", "BiasAdd", "boxes16 b16");
    put_const(text, "anchors", anchors, (const int[]){4, 4}, 2);
}

static void put_decoding(rq_buf *text)
{
    static const char *const steps[] = {"", "_1", "_2", "_3"};
    char name[64], inputs[64];
    put_ints(text, "rows4", (const int[]){-1, 4}, 2);
    put_ints(text, "perm", (const int[]){1, 0}, 2);
    put_node(text, "Postprocessor/Reshape_1", "Reshape", "boxes rows4");
    put_node(text, "Postprocessor/Decode/get_center_coordinates_and_sizes/transpose", "Transpose",
             "anchors perm");
    put_node(text, "Postprocessor/Decode/transpose", "Transpose", "Postprocessor/Reshape_1 perm");
    put_node(text, "Postprocessor/Decode/unstack", "Unpack", "Postprocessor/Decode/transpose");
    put_number(text, "ten", 10);
    put_number(text, "five", 5);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "Postprocessor/Decode/truediv%s", steps[i]);
        snprintf(inputs, sizeof inputs, "Postprocessor/Decode/unstack:%d %s", i,
                 i < 2 ? "ten" : "five");
        put_node(text, name, "RealDiv", inputs);
    }
    put_node(text, "Postprocessor/Decode/stack", "Pack",
             "Postprocessor/Decode/truediv Postprocessor/Decode/truediv_1 "
             "Postprocessor/Decode/truediv_2 Postprocessor/Decode/truediv_3 "
             "Postprocessor/Decode/get_center_coordinates_and_sizes/transpose");
    put_node(text, "Postprocessor/Decode/transpose_1", "Transpose",
             "Postprocessor/Decode/stack perm");
}

static void put_suppression(rq_buf *text)
{
    put_ints(text, "pairs", (const int[]){1, 4, 2}, 3);
    put_node(text, "pairs_of_scores", "Reshape", "scores pairs");
    put_node(text, "Postprocessor/convert_scores", "Sigmoid", "pairs_of_scores");
    put_ints(text, "begin", (const int[]){0, 0, 1}, 3);
    put_ints(text, "all", (const int[]){-1, -1, -1}, 3);
    put_node(text, "Postprocessor/Slice", "Slice", "Postprocessor/convert_scores begin all");
    put_node(text, SUPPRESSION "TensorArrayUnstack/" ARRAY, "TensorArrayScatterV3",
             "zero zero Postprocessor/Decode/transpose_1 zero");
    put_node(text, SUPPRESSION "TensorArrayUnstack_1/" ARRAY, "TensorArrayScatterV3",
             "zero zero Postprocessor/Slice zero");
    put_number(text, "kept_of_class", 3);
    put_number(text, "kept_of_all", 3);
    put_number(text, "iou", 0.6f);
    put_number(text, "least_score", 0.2f);
    put_node(text, SUPPRESSION "while/MultiClassNonMaxSuppression/Minimum", "Minimum",
             "kept_of_class zero");
    put_node(text, SUPPRESSION "while/MultiClassNonMaxSuppression/NonMaxSuppressionV3",
             "NonMaxSuppressionV3",
             SUPPRESSION "TensorArrayUnstack/" ARRAY " " SUPPRESSION "TensorArrayUnstack_1/" ARRAY
                         " " SUPPRESSION
                         "while/MultiClassNonMaxSuppression/Minimum iou least_score");
    put_node(text, SUPPRESSION "while/PadOrClipBoxList/sub", "Sub",
             SUPPRESSION "while/MultiClassNonMaxSuppression/NonMaxSuppressionV3 kept_of_all");
    put_loop(text, SUPPRESSION, SUPPRESSION "while/PadOrClipBoxList/sub",
             SUPPRESSION "TensorArrayStack/TensorArrayGatherV3");
    put_node(text, "detection_boxes", "Identity",
             SUPPRESSION "TensorArrayStack/TensorArrayGatherV3");
}

static void put_detector(rq_buf *text, const float *logits, const float *codes)
{
    rq_buf_append(text, "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: "
                        "DT_FLOAT } } attr { key: 'shape' value { shape { dim { size: -1 } dim { "
                        "size: -1 } dim { size: -1 } dim { size: 3 } } } } }\n");
    put_number(text, "zero", 0);
    put_preprocessor(text);
    put_heads(text, logits, codes);
    put_decoding(text);
    put_suppression(text);
}

static void compute_detections(import_run *r, float *out, size_t n)
{
    static const float image[12];
    map(r);
    assert_int_equal(import_count(r, "DetectionOutput"), 1);
    const rq_tensor *y = import_compute(r, image);
    assert_int_equal(rq_tensor_count(y), 7 * n);
    memcpy(out, y->data, 7 * n * sizeof *out);
    import_close(r);
}

/* Boxes are the anchors themselves, the one that another overlaps is gone. */
static void test_detector_itself(void **state)
{
    static const float logits[] = {0, 2, 0, 1, 0, -0.5f, 0, -3}; /* background, class */
    static const float codes[16];
    const float want[] = {0, 1, 1 / (1 + expf(-2)),   0,    0, 0.5f, 0.5f,
                          0, 1, 1 / (1 + expf(0.5f)), 0.5f, 0, 1,    0.5f};
    rq_buf text = {0}, notes = {0};
    float got[21];
    import_run r;
    put_detector(&text, logits, codes);
    assert_ok(replace(&r, state, &text, NULL, NULL, &notes));
    assert_non_null(strstr(notes.data, "2x2"));
    compute_detections(&r, got, 3);
    assert_near_f32(got, want, 14, 1e-6, 1e-6);
    assert_true(got[14] == -1.0f); /* a third is none: below the least score */
    rq_buf_free(&notes);
}

/* Encodings y, x, h, w of the first anchor against the decoding of boxes by hand. */
static void test_detector_decodes(void **state)
{
    static const float logits[] = {0, 2, 0, -9, 0, -9, 0, -9};
    static const float codes[16] = {1, -0.5f, 0.7f, -0.4f};
    const float y = 0.1f * 0.5f + 0.25f, x = -0.05f * 0.5f + 0.25f;
    const float h = expf(0.14f) * 0.5f, w = expf(-0.08f) * 0.5f;
    const float left = fmaxf(x - w / 2, 0); /* clipped at the image's side */
    const float want[] = {0, 1, 1 / (1 + expf(-2)), left, y - h / 2, x + w / 2, y + h / 2};
    rq_buf text = {0}, notes = {0};
    float got[21];
    import_run r;
    put_detector(&text, logits, codes);
    assert_ok(replace(&r, state, &text, NULL, NULL, &notes));
    compute_detections(&r, got, 3);
    assert_near_f32(got, want, 7, 1e-6, 1e-6);
    rq_buf_free(&notes);
}

/* The configuration's numbers win over the pipeline's, and those over the graph's. */
static void test_detector_of_config(void **state)
{
    static const char config[] =
        "[{\"id\": \"ObjectDetectionAPIPreprocessorReplacement\", \"match_kind\": \"scope\", "
        "\"instances\": [\".*Preprocessor/\"]}, {\"id\": "
        "\"ObjectDetectionAPISSDPostprocessorReplacement\", \"match_kind\": \"points\", "
        "\"instances\": {\"start_points\": [\"Postprocessor/Slice\"], \"end_points\": "
        "[\"detection_boxes\"]}, \"custom_attributes\": {\"postprocessing_score_threshold\": "
        "0.7}}]";
    static const char pipeline[] =
        "model { ssd { num_classes: 7 post_processing { score_converter: SOFTMAX "
        "batch_non_max_suppression { score_threshold: 0.9 "
        "iou_threshold: 0.99 max_total_detections: 2 } } } }";
    static const float logits[] = {0, 2, 0, 1, 0, -0.5f, 0, -3}, codes[16];
    rq_buf text = {0}, notes = {0};
    float got[14];
    import_run r;
    put_detector(&text, logits, codes);
    assert_ok(replace(&r, state, &text, config, pipeline, &notes));
    assert_non_null(strstr(notes.data, "iou_threshold"));
    assert_non_null(strstr(notes.data, "num_classes"));
    assert_non_null(strstr(notes.data, "SIGMOID"));
    compute_detections(&r, got, 2); /* both that overlap */
    assert_near_f32(&got[2], (const float[]){1 / (1 + expf(-2))}, 1, 1e-6, 1e-6);
    assert_near_f32(&got[9], (const float[]){1 / (1 + expf(-1))}, 1, 1e-6, 1e-6);
    rq_buf_free(&notes);
}

static void keep_note(void *ctx, const char *text)
{
    rq_buf_append(ctx, text);
}

/* What is told of importing the detector; whether it can be mapped is no matter. */
static void import_detector(rq_buf *told, void **state, const char *offload)
{
    static const float logits[8], codes[16];
    rq_buf text = {0};
    rq_context *context;
    rq_options *options;
    rq_network *network;
    rq_context_options settings = rq_context_options_default();
    settings.callbacks = (rq_callbacks){.ctx = told, .log = keep_note};
    put_detector(&text, logits, codes);
    char *model = write_file(state, "offload.pbtxt", text.data);
    assert_ok(rq_context_create(&context, &settings));
    assert_ok(rq_options_create(&options, "import"));
    if (offload) assert_ok(rq_options_set(options, "offload", offload));
    (void)rq_network_open(&network, context, model, options);
    rq_network_destroy(&network);
    rq_options_destroy(&options);
    rq_context_destroy(&context);
    rq_buf_free(&text);
    free(model);
}

static void test_offloaded_detector_is_not_replaced(void **state)
{
    rq_buf told = {0}, left = {0};
    import_detector(&told, state, NULL);
    assert_non_null(strstr(told.data, "2x2"));
    rq_buf_append(&left, "");
    import_detector(&left, state, "tf:Preprocessor/");
    assert_null(strstr(left.data, "2x2"));
    rq_buf_free(&told);
    rq_buf_free(&left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        cmocka_unit_test(test_pipeline_config),
        cmocka_unit_test(test_pipeline_config_refused),
        TEST(test_rules),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_anchors),
        TEST(test_operator_of_scope),
        TEST(test_operator_of_points),
        TEST(test_no_match),
        TEST(test_detector_itself),
        TEST(test_detector_decodes),
        TEST(test_detector_of_config),
        TEST(test_offloaded_detector_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
