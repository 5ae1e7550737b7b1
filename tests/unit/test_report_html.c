/* report.html, read back with libxml2's HTML parser: well-formed, self-contained, and safe against
 * names that try to be markup. */
#include "tests/unit/test_report_fixture.h"

#include "engine/base/progress.h"

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>

static rq_arena *arena;
static rq_report report;
static int n_errors;
static char last_error[512];

static int setup(void **state)
{
    (void)state;
    return rq_arena_create(&arena);
}

static int teardown(void **state)
{
    (void)state;
    rq_arena_destroy(&arena);
    return 0;
}

static rq_buf written(const rq_report *r)
{
    rq_buf text = {0};
    rq_report_style style = {0};
    assert_ok(rq_report_writer_find("html")->write(&text, r, &style));
    return text;
}

/* libxml2 knows HTML 4: elements that came later are unknown to it, and no error. */
static void count_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    if (error->code == XML_HTML_UNKNOWN_TAG) return;
    n_errors++;
    snprintf(last_error, sizeof last_error, "line %d: %s", error->line, error->message);
}

static htmlDocPtr parsed(const rq_buf *text)
{
    n_errors = 0;
    xmlSetStructuredErrorFunc(NULL, count_error);
    htmlDocPtr doc = htmlReadMemory(text->data, (int)text->length, "report", "utf-8",
                                    HTML_PARSE_NONET | HTML_PARSE_NOIMPLIED);
    xmlSetStructuredErrorFunc(NULL, NULL);
    assert_non_null(doc);
    if (n_errors) fail_msg("%d errors, the last: %s", n_errors, last_error);
    return doc;
}

typedef struct census {
    size_t elements, scripts, styles, images, rows, bars, histograms, active, foreign;
} census;

static void check_attribute(census *c, const xmlAttr *attribute)
{
    const char *name = (const char *)attribute->name;
    xmlChar *value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
    const char *text = value ? (const char *)value : "";
    c->active += rq_starts_with(name, "on");
    if (!strcmp(name, "href")) c->foreign += text[0] != '#';
    if (!strcmp(name, "src")) c->foreign += !rq_starts_with(text, "data:image/jpeg;base64,");
    if (!strcmp(name, "class")) c->histograms += !strcmp(text, "card hist");
    c->bars += !strcmp(name, "data-i");
    xmlFree(value);
}

static void count(census *c, const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE) continue;
        const char *name = (const char *)node->name;
        c->elements++;
        c->scripts += !strcmp(name, "script");
        c->styles += !strcmp(name, "style");
        c->images += !strcmp(name, "img");
        c->rows += !strcmp(name, "tr");
        c->foreign += !strcmp(name, "link") || !strcmp(name, "iframe") || !strcmp(name, "object");
        for (const xmlAttr *a = node->properties; a; a = a->next) check_attribute(c, a);
        count(c, node->children);
    }
}

static census census_of(const rq_report *r)
{
    census c = {0};
    rq_buf text = written(r);
    htmlDocPtr doc = parsed(&text);
    count(&c, doc->children);
    xmlFreeDoc(doc);
    rq_buf_free(&text);
    return c;
}

static void is_well_formed_and_self_contained(void **state)
{
    (void)state;
    sample_report(&report, arena, 40, 10);
    census c = census_of(&report);
    assert_int_equal(c.scripts, 1);
    assert_int_equal(c.styles, 1);
    assert_int_equal(c.active, 0);
    assert_int_equal(c.foreign, 0);
    assert_int_equal(c.bars, 40);
    assert_int_equal(c.histograms, 10);
    /* accuracy, layers, sizes, speeds, steps; a heading each */
    assert_int_equal(c.rows, 5 + 40 + 5 + 2 + 5 + 5);
}

static void an_empty_report_is_a_page(void **state)
{
    (void)state;
    rq_report_init(&report);
    census c = census_of(&report);
    assert_int_equal(c.rows, 0);
    assert_int_equal(c.scripts, 1);
}

static const char evil[] =
    "</td><script>alert(1)</script><img src=x onerror='alert(2)'>\" onclick=\"x";

/* Every text of every part is replaced; nothing more than before may appear in the page. */
static void make_evil(rq_report *r)
{
    for (size_t p = 0; p < rq_report_n_parts; p++) {
        const rq_report_part *part = &rq_report_parts[p];
        bool one = part->count_offset == RQ_ONE_RECORD;
        char *at = (char *)r + part->offset;
        char *rows = one ? at : *(char **)at;
        size_t n = one ? 1 : *(size_t *)((char *)r + part->count_offset);
        for (size_t i = 0; i < n; i++)
            for (size_t f = 0; f < part->type->n; f++)
                if (part->type->fields[f].kind == RQ_FIELD_TEXT)
                    *(const char **)(rows + i * part->type->size + part->type->fields[f].offset) =
                        evil;
    }
}

static void names_cannot_be_markup(void **state)
{
    (void)state;
    sample_report(&report, arena, 12, 3);
    make_evil(&report);
    census c = census_of(&report);
    assert_int_equal(c.scripts, 1);
    assert_int_equal(c.images, 0);
    assert_int_equal(c.active, 0);
    assert_int_equal(c.foreign, 0);
    assert_int_equal(c.bars, 12);
    rq_buf text = written(&report);
    assert_null(strstr(text.data, "<script>alert"));
    assert_null(strstr(text.data, "<img src=x"));
    assert_non_null(strstr(text.data, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    rq_buf_free(&text);
}

/* Nasty numbers never reach an attribute of a drawing. */
static void drawings_hold_finite_numbers(void **state)
{
    (void)state;
    static const double nasty[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 0, 5e-324};
    sample_report(&report, arena, 14, 7);
    for (size_t i = 0; i < 7; i++) {
        rq_report_layer *layer = &report.layers[i];
        layer->sqnr_db = layer->cosine = layer->noise_share = layer->macs = nasty[i];
        layer->low = layer->high = layer->after_ms = nasty[i];
        rq_report_histogram *h = &report.histograms[i];
        h->low = h->high = h->clipped_share = nasty[i];
        for (size_t k = 0; k < h->counts.n; k++) h->counts.values[k] = nasty[i];
    }
    report.accuracy[0].delta = (rq_estimate){NAN, -INFINITY, INFINITY};
    report.speeds[0].before_p90_ms = INFINITY;
    report.speeds[1].after_median_ms = NAN;
    report.steps[0].seconds = INFINITY;
    report.sizes[0].before_bytes = INFINITY;
    report.images[0].before_score = NAN;
    rq_buf text = written(&report);
    xmlFreeDoc(parsed(&text));
    char *body = strstr(text.data, "<header>"), *script = strstr(text.data, "<script>");
    assert_non_null(body);
    assert_non_null(script);
    *script = '\0';
    assert_null(strstr(body, "=inf"));
    assert_null(strstr(body, "=-inf"));
    assert_null(strstr(body, "nan"));
    assert_null(strstr(body, "inf%"));
    assert_null(strstr(body, "Hinf"));
    assert_null(strstr(body, "Vinf"));
    rq_buf_free(&text);
}

static void thousand_layers_stay_under_3_mb(void **state)
{
    (void)state;
    static uint8_t jpeg[RQ_THUMBNAIL_MAX + 1];
    sample_report(&report, arena, 1000, 1000);
    report.n_images = 64;
    report.images = rq_report_rows(arena, &rq_image_type, report.n_images);
    for (size_t i = 0; i < report.n_images; i++) {
        report.images[i].path = "folder/image.jpg";
        report.images[i].jpeg = jpeg;
        report.images[i].jpeg_size = RQ_THUMBNAIL_MAX - (i % 2);
    }
    report.images[0].jpeg_size = sizeof jpeg; /* too large: left out */
    sample_network(&report, arena);
    double began = rq_now();
    rq_buf text = written(&report);
    print_message("1000 layers: %.2f MB in %.3f s\n", (double)text.length / 1e6, rq_now() - began);
    assert_true(text.length < 3000000);
    rq_buf_free(&text);
    census c = census_of(&report);
    assert_int_equal(c.bars, 2000); /* in the chart, and in the graph */
    assert_int_equal(c.images, 18); /* 600 kB of thumbnails */
}

static void the_graph_shows_every_layer(void **state)
{
    (void)state;
    sample_report(&report, arena, 40, 0);
    sample_network(&report, arena);
    census c = census_of(&report);
    assert_int_equal(c.bars, 80);
    assert_int_equal(c.histograms, 40); /* of channels */
    rq_buf text = written(&report);
    assert_non_null(strstr(text.data, "<title>Add join"));
    assert_non_null(strstr(text.data, "id=network "));
    assert_null(strstr(text.data, "nan"));
    rq_buf_free(&text);
}

/* Names that no layer has, edges of all lengths, channels that cannot be drawn. */
static void odd_networks_are_drawn(void **state)
{
    (void)state;
    static const double nasty[] = {NAN, INFINITY, 1e308, 0};
    sample_report(&report, arena, 20, 0);
    sample_network(&report, arena);
    report.graph[3].name = NULL;
    report.graph[4].name = "unknown";
    for (size_t i = 0; i < 4; i++) {
        report.channels[i].before_low.values[3] = nasty[i];
        report.channels[i].after_high.values[3] = nasty[i];
        report.types[0].after_ms = nasty[i];
        rq_buf text = written(&report);
        xmlFreeDoc(parsed(&text));
        *strstr(text.data, "<script>") = '\0';
        assert_null(strstr(strstr(text.data, "<header>"), "=inf"));
        assert_null(strstr(strstr(text.data, "<header>"), "Vinf"));
        rq_buf_free(&text);
    }
}

/* RFC 4648, section 10, as a thumbnail's bytes. */
static void thumbnails_are_base64(void **state)
{
    (void)state;
    sample_report(&report, arena, 1, 0);
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"foo", "base64,Zm9v'"}, {"foob", "base64,Zm9vYg=='"}, {"fooba", "base64,Zm9vYmE='"}};
    for (size_t i = 0; i < 3; i++) {
        sample_images(&report, arena, (const uint8_t *)cases[i].bytes, strlen(cases[i].bytes));
        rq_buf text = written(&report);
        assert_non_null(strstr(text.data, cases[i].text));
        rq_buf_free(&text);
    }
}

/* Both predictions and the ground truth over the image, and what it is sorted by. */
static void predictions_are_drawn(void **state)
{
    static double boxes[] = {0.1, 0.2, 0.5, 0.6, 1, 0.75, -1, 0.5, 2, 0.9, 0, 0.5};
    static double mask[] = {0, 50, 3, 2254}, endless[] = {1, 1e300};
    (void)state;
    sample_report(&report, arena, 1, 0);
    rq_report_image *image = &report.images[0];
    image->metric = "box F1";
    image->before_value = 0.75;
    image->after_value = 0.25;
    image->label_boxes = (rq_reals){boxes, 6};
    image->after_boxes = (rq_reals){boxes, 12};
    image->before_mask = (rq_reals){mask, 4};
    image->after_mask = (rq_reals){endless, 2};
    report.images[1].before_text = "<b>abc</b>";
    report.images[1].after_text = "abd";
    rq_buf text = written(&report);
    assert_non_null(strstr(text.data, "after, 2 boxes"));
    assert_non_null(strstr(text.data, "x=10.0 y=20.0 width=40.0 height=40.0"));
    assert_non_null(strstr(text.data, "x=0.0 y=50.0 width=100.0 height=40.0"));
    assert_non_null(strstr(text.data, "class='mask c3' d='M4.2 2.1h95.8"));
    assert_non_null(strstr(text.data, "<dt>box F1</dt><dd>0.75"));
    assert_non_null(strstr(text.data, "<dt>before</dt><dd>&lt;b&gt;abc"));
    rq_buf_free(&text);
}

/* What cannot be measured now is greyed wherever it stands. */
static void times_of_noise_are_grey(void **state)
{
    (void)state;
    sample_report(&report, arena, 2, 0);
    rq_buf text = written(&report);
    assert_non_null(strstr(text.data, "<td class='p3 n' data-v="));
    assert_null(strstr(text.data, " n noise'"));
    rq_buf_free(&text);
    report.speeds[0].noise = "turns disagree";
    text = written(&report);
    assert_non_null(strstr(text.data, "<td class='p3 n noise' data-v="));
    rq_buf_free(&text);
}

/* A metric of an image has the unit that it has in the table of accuracy. */
static void metrics_of_images_have_units(void **state)
{
    (void)state;
    sample_report(&report, arena, 1, 0);
    report.images[0].metric = report.accuracy[0].metric;
    report.images[0].after_value = 50;
    report.images[1].metric = "nobody's";
    report.images[1].after_value = 0.125;
    rq_buf text = written(&report);
    assert_non_null(strstr(text.data, "<b>50.0 %</b></dd>"));
    assert_non_null(strstr(text.data, "<b>0.125</b></dd>"));
    rq_buf_free(&text);
}

/* Arrays have no picture: their cards have no room for one. */
static void without_pictures_there_is_no_room_for_them(void **state)
{
    (void)state;
    sample_report(&report, arena, 1, 0);
    sample_images(&report, arena, (const uint8_t *)"foo", 3);
    report.images[0].jpeg = NULL;
    rq_buf text = written(&report);
    assert_non_null(strstr(text.data, "<div class=nothumb"));
    rq_buf_free(&text);
    sample_images(&report, arena, NULL, 0);
    text = written(&report);
    assert_null(strstr(text.data, "<div class=nothumb"));
    rq_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_well_formed_and_self_contained, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_report_is_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(names_cannot_be_markup, setup, teardown),
        cmocka_unit_test_setup_teardown(drawings_hold_finite_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(thousand_layers_stay_under_3_mb, setup, teardown),
        cmocka_unit_test_setup_teardown(thumbnails_are_base64, setup, teardown),
        cmocka_unit_test_setup_teardown(predictions_are_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(times_of_noise_are_grey, setup, teardown),
        cmocka_unit_test_setup_teardown(metrics_of_images_have_units, setup, teardown),
        cmocka_unit_test_setup_teardown(without_pictures_there_is_no_room_for_them, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_graph_shows_every_layer, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_networks_are_drawn, setup, teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
