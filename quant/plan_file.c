#include "quant/plan_file.h"

#include <stdlib.h>
#include <string.h>

void rq_plan_file_destroy(rq_plan_file **file)
{
    if (!file || !*file) return;
    rq_arena_destroy(&(*file)->arena);
    free(*file);
    *file = NULL;
}

const rq_plan_file_activation *rq_plan_file_activation_of(const rq_plan_file *file,
                                                          const char *value)
{
    for (size_t i = 0; i < file->n_activations; i++)
        if (!strcmp(file->activations[i].value, value)) return &file->activations[i];
    return NULL;
}

const rq_plan_file_weight *rq_plan_file_weight_of(const rq_plan_file *file, const char *layer,
                                                  uint32_t port)
{
    for (size_t i = 0; i < file->n_weights; i++)
        if (file->weights[i].port == port && !strcmp(file->weights[i].layer, layer))
            return &file->weights[i];
    return NULL;
}
