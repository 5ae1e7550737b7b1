/* What pipeline.config says of things that are as the graph has them, whatever it says. */
#include "engine/import/replacements/od_stage.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void compare_number(const rq_replacer *r, const char *path, double graph)
{
    double given;
    if (rq_pipeline_config_number(r->pipeline, path, &given) &&
        fabs(given - graph) > 1e-6 * fabs(graph))
        rq_replacer_note(r, "pipeline.config says %.7g for %s, the graph %.7g: as the graph has it",
                         given, path, graph);
}

/* "SIGMOID" of what gives the scores. */
static const char *converter_of(const rq_replacer *r, const char *scores)
{
    for (size_t steps = 0; scores && steps < r->source->n_nodes; steps++) {
        const rq_framework_node *node = rq_replacer_producer(r, scores);
        if (node && !strcmp(node->type, "Sigmoid")) return "SIGMOID";
        if (node && !strcmp(node->type, "Softmax")) return "SOFTMAX";
        scores = rq_replacer_step_back(r, scores);
    }
    return "IDENTITY";
}

void rq_od_compare(const rq_replacer *r, const rq_od_stage *stage)
{
    static const char *const scales[] = {"box_coder/faster_rcnn_box_coder/y_scale",
                                         "box_coder/faster_rcnn_box_coder/x_scale",
                                         "box_coder/faster_rcnn_box_coder/height_scale",
                                         "box_coder/faster_rcnn_box_coder/width_scale"};
    const char *given = rq_pipeline_config_text(r->pipeline, "*/score_converter");
    const char *converter = converter_of(r, stage->scores);
    for (int i = 0; i < 4; i++) compare_number(r, scales[i], stage->scale[i]);
    if (stage->classes > 0) compare_number(r, "num_classes", (double)stage->classes);
    if (given && strcmp(given, converter) != 0)
        rq_replacer_note(r,
                         "pipeline.config says %s for the score_converter, the graph %s: as the "
                         "graph has it",
                         given, converter);
}
