#include "engine/workbench/report/sensitivity_report.h"

#include "engine/base/file.h"
#include "engine/workbench/report/report_build.h"
#include "engine/workbench/sensitivity/sensitivity_text.h"
#include "reports/fields.h"

#include <math.h>
#include <stdlib.h>

static rq_status put_accuracy(rq_report *out, const rq_sensitivity *s, rq_arena *arena)
{
    out->accuracy = rq_report_rows(arena, &rq_accuracy_type, 1);
    if (!out->accuracy) return RQ_ENOMEM;
    rq_report_accuracy *row = &out->accuracy[0];
    row->metric = "SQNR";
    row->unit = "dB";
    row->help = "Power of the outputs over power of their change, all layers quantized.";
    row->compares = row->higher_is_better = true;
    row->after.value = s->whole.sqnr_db;
    row->images = (double)s->images_used;
    out->n_accuracy = 1;
    return RQ_OK;
}

static double params_of(const rq_bound *bound, const rq_node *node)
{
    double n = 0;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const rq_node *from =
            node->in[i] == RQ_NONE ? NULL : rq_value_producer(bound->graph, node->in[i]);
        if (from && from->data) n += (double)rq_tensor_count(&bound->values[node->in[i]]);
    }
    return n;
}

static void put_layer(rq_report_layer *row, const rq_layer_effect *layer, const rq_parts *parts)
{
    const rq_node *node = parts->bound->graph->nodes[parts->v[layer->part].node];
    row->order = (double)layer->part;
    row->name = layer->name;
    row->type = layer->type;
    row->precision_after = "i8";
    row->params = params_of(parts->bound, node);
    row->error_alone = pow(10, -layer->of[RQ_VARIANT_BOTH].sqnr_db / 10);
}

static rq_status note_images(rq_report *out, const rq_sensitivity *s, rq_arena *arena)
{
    rq_buf text = {0};
    rq_sensitivity_measured_on(&text, s);
    const char *sentence =
        text.failed ? NULL : rq_arena_printf(arena, "Layers were %s.", text.data);
    rq_buf_free(&text);
    if (!sentence) return RQ_ENOMEM;
    out->notes = rq_report_rows(arena, &rq_note_type, 1);
    if (!out->notes) return RQ_ENOMEM;
    return rq_report_add_note(out, s->measured_on.source == RQ_MEASURED_CALIBRATION, sentence);
}

rq_status rq_sensitivity_report(rq_report *out, const rq_sensitivity *sensitivity,
                                const char *command, rq_arena *arena)
{
    const rq_graph *graph = sensitivity->parts->bound->graph;
    rq_report_init(out);
    out->tool.command = command;
    char *stem = rq_path_stem(graph->path);
    out->before.name = out->after.name = stem ? rq_arena_strdup(arena, stem) : NULL;
    free(stem);
    if (!out->before.name) return rq_fail_memory(strlen(graph->path), "a name");
    out->before.path = graph->path;
    out->before.precision = "FP32";
    out->after.precision = "INT8";
    RQ_TRY(put_accuracy(out, sensitivity, arena));
    out->layers = rq_report_rows(arena, &rq_layer_type, sensitivity->n_layers);
    if (!out->layers) return RQ_ENOMEM;
    for (size_t i = 0; i < sensitivity->n_layers; i++)
        put_layer(&out->layers[i], &sensitivity->layers[i], sensitivity->parts);
    out->n_layers = sensitivity->n_layers;
    return note_images(out, sensitivity, arena);
}
