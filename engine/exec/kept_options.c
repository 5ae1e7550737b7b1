#include "engine/exec/kept_options.h"

#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

static rq_status copy_text(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return *out || !text ? RQ_OK : rq_fail_memory(0, "a name");
}

static rq_status copy_shapes(rq_kept_options *out, const rq_exec_options *options)
{
    if (!options->n_shapes) return RQ_OK;
    RQ_TRY(rq_calloc(&out->shapes, options->n_shapes, sizeof *out->shapes, "shapes"));
    memcpy(out->shapes, options->shapes, options->n_shapes * sizeof *out->shapes);
    out->options.shapes = out->shapes;
    return RQ_OK;
}

rq_status rq_kept_options_open(rq_kept_options *out, const rq_exec_options *options,
                               const rq_graph *graph)
{
    *out = (rq_kept_options){.options = *options};
    RQ_TRY(copy_text(&out->backend, options->backend));
    RQ_TRY(copy_text(&out->library, options->library));
    out->options.backend = out->backend;
    out->options.library = out->library;
    RQ_TRY(copy_shapes(out, options));
    if (!options->observed) return RQ_OK;
    RQ_TRY(rq_calloc(&out->observed, graph->n_values, 1, "watched values"));
    memcpy(out->observed, options->observed, graph->n_values);
    out->options.observed = out->observed;
    return RQ_OK;
}

void rq_kept_options_close(rq_kept_options *kept)
{
    free(kept->observed);
    free(kept->backend);
    free(kept->library);
    free(kept->shapes);
}
