/* The images that suffered most, with both predictions. */
#include "engine/cli/report_build.h"

#include <math.h>

#define SHOWN 12

static const char *class_name(const rq_dataset *dataset, double index)
{
    if (!dataset->class_names || !(index >= 0.0) || index >= dataset->n_classes) return NULL;
    return dataset->class_names[(size_t)index];
}

rq_status rq_report_build_images(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_dataset *dataset = facts->val->dataset;
    rq_image_result *results;
    RQ_TRY(rq_measure_worst(&out->images, &results, &out->n_images, facts->measuring->measure, SHOWN,
                            arena));
    for (size_t i = 0; i < out->n_images; i++) {
        rq_report_image *row = &out->images[i];
        row->path = dataset->samples[results[i].image].name;
        row->label_name = class_name(dataset, row->label);
        row->before_name = class_name(dataset, row->before_class);
        row->after_name = class_name(dataset, row->after_class);
    }
    return RQ_OK;
}
