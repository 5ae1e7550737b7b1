/* The network as a drawing, first layers on the left: each layer coloured by what computes it or by
 * its error. report.js opens a layer that is clicked; the table of layers has the same numbers. */
#include "reports/html/html.h"

#include "engine/base/map.h"
#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP 22.0 /* from level to level, and from lane to lane */
#define BOX 14.0
#define LANES 64      /* bits of rq_node's taken lanes */
#define MIDDLE 32     /* the lane that a chain takes */
#define ARC 48.0      /* the most that a far edge bends upwards */
#define FEW_LEVELS 40 /* drawn larger */
#define MAX_NODES 5000

typedef struct place {
    size_t level;
    int lane;
    const rq_report_layer *layer; /* NULL: branches meet here, or an input or output */
    size_t row;
    const char *precision;
} place;

typedef struct network {
    const rq_html *page;
    size_t n, levels;
    place *places;   /* [n] */
    uint64_t *taken; /* by level: lanes */
    int top, bottom; /* lanes in use */
} network;

static bool present(const rq_report *report)
{
    return report->n_graph > 1 && report->n_layers > 0 && report->n_graph <= MAX_NODES;
}

/* -- layout --------------------------------------------------------------------------------- */

/* The free lane nearest to `wish`, upwards first. */
static int free_lane(uint64_t taken, int preferred)
{
    for (int away = 0; away < LANES; away++)
        for (int sign = 1; sign >= -1; sign -= 2) {
            int lane = preferred + sign * away;
            if (lane >= 0 && lane < LANES && !(taken >> lane & 1)) return lane;
        }
    return preferred;
}

static void put_node(network *net, size_t i)
{
    const rq_reals *inputs = &net->page->report->graph[i].inputs;
    place *at = &net->places[i];
    int preferred = MIDDLE;
    for (size_t k = 0; k < inputs->n; k++) {
        const place *from = &net->places[(size_t)inputs->values[k]];
        if (from->level + 1 <= at->level) continue;
        at->level = from->level + 1;
        preferred = from->lane;
    }
    at->lane = free_lane(net->taken[at->level], preferred);
    net->taken[at->level] |= (uint64_t)1 << at->lane;
    if (at->level + 1 > net->levels) net->levels = at->level + 1;
    if (at->lane < net->top) net->top = at->lane;
    if (at->lane > net->bottom) net->bottom = at->lane;
}

/* The row of each node's layer; where branches meet, the precision of the first counts. */
static rq_status find_layers(network *net)
{
    const rq_report *report = net->page->report;
    rq_map *rows;
    RQ_TRY(rq_map_create(&rows));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < report->n_layers; i++)
        if (report->layers[i].name) status = rq_map_put(rows, report->layers[i].name, (uint32_t)i);
    for (size_t i = 0; status == RQ_OK && i < net->n; i++) {
        const rq_report_node *node = &report->graph[i];
        uint32_t row = node->name ? rq_map_get(rows, node->name) : RQ_NONE;
        place *at = &net->places[i];
        if (row != RQ_NONE) {
            at->layer = &report->layers[row];
            at->row = row;
            at->precision = at->layer->precision_after;
        } else if (node->inputs.n) {
            at->precision = net->places[(size_t)node->inputs.values[0]].precision;
        }
    }
    rq_map_destroy(&rows);
    return status;
}

static rq_status lay_out(network *net, const rq_html *page)
{
    *net = (network){.page = page, .n = page->report->n_graph, .top = LANES, .bottom = 0};
    RQ_TRY(rq_calloc(&net->places, net->n, sizeof *net->places, "a drawing"));
    RQ_TRY(rq_calloc(&net->taken, net->n, sizeof *net->taken, "a drawing"));
    for (size_t i = 0; i < net->n; i++) put_node(net, i);
    return find_layers(net);
}

/* -- drawing -------------------------------------------------------------------------------- */

static double x_of(const place *at)
{
    return STEP * (double)at->level + STEP / 2;
}

static double y_of(const network *net, const place *at)
{
    return ARC + STEP * (double)(at->lane - net->top) + STEP / 2;
}

static void put_edge(const network *net, const place *from, const place *to)
{
    double x1 = x_of(from), y1 = y_of(net, from), x2 = x_of(to), y2 = y_of(net, to);
    size_t levels = to->level - from->level;
    if (levels == 1 && from->lane == to->lane) {
        rq_buf_printf(net->page->out, "M%.0f %.0fH%.0f", x1, y1, x2);
        return;
    }
    double bend = levels == 1 ? 0 : fmin(10 + 5 * (double)levels, ARC);
    rq_buf_printf(net->page->out, "M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f", x1, y1, x1 + STEP / 2,
                  y1 - bend, x2 - STEP / 2, y2 - bend, x2, y2);
}

static void put_edges(const network *net)
{
    rq_buf_append(net->page->out, "<path class=edges d='");
    for (size_t i = 0; i < net->n; i++) {
        const rq_reals *inputs = &net->page->report->graph[i].inputs;
        for (size_t k = 0; k < inputs->n; k++)
            put_edge(net, &net->places[(size_t)inputs->values[k]], &net->places[i]);
    }
    rq_buf_append(net->page->out, "'/>\n");
}

static void put_layer(const network *net, const place *at)
{
    char text[RQ_NUMBER_TEXT];
    rq_buf *out = net->page->out;
    rq_buf_printf(out,
                  "<rect data-i=%zu class='%s e-%s' x=%.0f y=%.0f width=%.0f height=%.0f rx=3>"
                  "<title>",
                  at->row, rq_html_precision_class(at->precision),
                  rq_html_sqnr_class(at->layer->sqnr_db), x_of(at) - BOX / 2,
                  y_of(net, at) - BOX / 2, BOX, BOX);
    rq_html_text(out, at->layer->name);
    rq_buf_append(out, ": ");
    rq_html_text(out, at->precision);
    rq_buf_printf(out, ", %s</title></rect>\n", rq_unit_text(RQ_UNIT_DB, at->layer->sqnr_db, text));
}

/* Shown when the drawing is large enough to read them. */
static void put_label(const network *net, const place *at)
{
    rq_buf_printf(net->page->out, "<text x=%.0f y=%.0f transform='rotate(-30 %.0f %.0f)'>",
                  x_of(at), y_of(net, at) - BOX / 2 - 1, x_of(at), y_of(net, at) - BOX / 2 - 1);
    rq_html_layer_name(net->page, at->layer->name);
    rq_buf_append(net->page->out, "</text>\n");
}

static void put_join(const network *net, const place *at, const rq_report_node *node)
{
    rq_buf_printf(net->page->out, "<circle cx=%.0f cy=%.0f r=4><title>", x_of(at), y_of(net, at));
    rq_html_text(net->page->out, node->type);
    rq_buf_append(net->page->out, " ");
    rq_html_text(net->page->out, node->name);
    rq_buf_append(net->page->out, "</title></circle>\n");
}

static void put_legend(rq_buf *out)
{
    rq_buf_printf(
        out,
        "<p class='legend by-precision'><span class=key><i class='seg i8'></i>INT8</span><span "
        "class=key><i class='seg f16'></i>FP16</span><span class=key><i class='seg f32'></i>FP32"
        "</span><span class=key><i class='seg other'></i>other</span></p><p class='legend "
        "by-error'><span class=key><i class=good></i>%.0f dB and more</span><span class=key><i "
        "class=watch></i>%.0f to %.0f dB</span><span class=key><i class=bad></i>below %.0f dB"
        "</span><span class=key><i class=same></i>identical</span></p>",
        RQ_SQNR_GOOD, RQ_SQNR_BAD, RQ_SQNR_GOOD, RQ_SQNR_BAD);
}

static void draw(const network *net)
{
    rq_buf *out = net->page->out;
    double width = STEP * (double)net->levels;
    double height = ARC + STEP * (double)(net->bottom - net->top + 1) + 4;
    rq_buf_printf(
        out,
        "<div class=tools hidden><label>Colour by <select id=network-colour><option "
        "value=precision>precision</option><option value=error>error</option></select>"
        "</label><span role=group aria-label=Zoom><button type=button id=zoom-out "
        "aria-label='Zoom out'>&minus;</button><button type=button id=zoom-in "
        "aria-label='Zoom in'>+</button><button type=button id=zoom-fit>Fit</button>"
        "</span></div>\n<figure id=network-figure data-by=precision><div class='scroll framed'>"
        "<svg id=network class='chart network' role=img tabindex=0 aria-label='Graph of "
        "the network; arrow keys go from layer to layer, Enter opens one. The table of "
        "layers has the numbers' viewBox='0 0 %.0f %.0f' style='width:%.0fpx'>\n",
        width, height, width * (net->levels < FEW_LEVELS ? 1.6 : 1));
    put_edges(net);
    for (size_t i = 0; i < net->n; i++) {
        if (net->places[i].layer)
            put_layer(net, &net->places[i]);
        else
            put_join(net, &net->places[i], &net->page->report->graph[i]);
    }
    for (size_t i = 0; i < net->n; i++)
        if (net->places[i].layer) put_label(net, &net->places[i]);
    rq_buf_append(out, "</svg></div><figcaption id=network-caption>Squares are layers, dots are "
                       "inputs, outputs and where branches meet. Zoom with Ctrl and the wheel."
                       "</figcaption>");
    put_legend(out);
    rq_buf_append(out, "</figure>\n");
}

/* -- where the precision changes ------------------------------------------------------------ */

static void put_transitions(const network *net)
{
    static const char *const classes[] = {"i8", "f16", "f32", "other"};
    static const char *const titles[] = {"INT8", "FP16", "FP32", "another type"};
    size_t counts[4][4] = {{0}}, changes = 0;
    for (size_t i = 0; i < net->n; i++) {
        const rq_reals *inputs = &net->page->report->graph[i].inputs;
        for (size_t k = 0; net->places[i].layer && k < inputs->n; k++) {
            const char *from = net->places[(size_t)inputs->values[k]].precision;
            size_t a = 0, b = 0;
            if (!from || !net->places[i].precision) continue;
            while (strcmp(classes[a], rq_html_precision_class(from)) != 0) a++;
            while (strcmp(classes[b], rq_html_precision_class(net->places[i].precision)) != 0) b++;
            counts[a][b]++;
            changes += a != b;
        }
    }
    rq_buf_printf(net->page->out, "<p>The precision changes on <b>%zu</b> connections", changes);
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++)
            if (a != b && counts[a][b])
                rq_buf_printf(net->page->out, ", %s to %s on %zu", titles[a], titles[b],
                              counts[a][b]);
    rq_buf_append(net->page->out, "; each costs a conversion.</p>\n");
}

static void write(const rq_html *page)
{
    network net;
    if (lay_out(&net, page) == RQ_OK) {
        draw(&net);
        put_transitions(&net);
    } else {
        page->out->failed = true;
    }
    free(net.places);
    free(net.taken);
}

const rq_html_section rq_html_network = {
    "graph",
    "Network",
    "The layers in order, the first on the left; choose one to see its numbers.",
    "Network",
    present,
    write};
