/* A --transformations_config and, behind a byte 1, a pipeline.config, for a small graph. */
#include "tests/fuzz/fuzz.h"

#include "engine/import/import.h"
#include "engine/import/replacements/replacements.h"

#include <stdlib.h>
#include <string.h>

static const char graph[] =
    "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } attr { key: "
    "'shape' value { shape { dim { size: 1 } dim { size: 4 } } } } }\n"
    "node { name: 'act/gate' op: 'Sigmoid' input: 'x' }\n"
    "node { name: 'act/mul' op: 'Mul' input: 'x' input: 'act/gate' }\n"
    "node { name: 'y' op: 'Neg' input: 'act/mul' }\n";

static void replace_and_map(rq_framework_model *source, const rq_replace_options *options)
{
    rq_import_result result = {0};
    rq_buf notes = {0};
    if (rq_replace(source, options, &notes) == RQ_OK) rq_import_graph(&result, source, NULL);
    rq_graph_destroy(&result.graph);
    rq_buf_free(&notes);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t n_rest, n = fuzz_cut(data, size, '\1', &rest, &n_rest);
    rq_framework_model *source = NULL;
    rq_import_files files = {.model = fuzz_write("g.pbtxt", graph, strlen(graph))};
    if (rq_import_open(&source, &files) != RQ_OK) return;
    char *config = n ? strdup(fuzz_write("c.json", data, n)) : NULL;
    rq_replace_options options = {.config = config};
    if (n_rest) options.pipeline = fuzz_write("p.config", rest, n_rest);
    replace_and_map(source, &options);
    free(config);
    rq_framework_model_destroy(&source);
}
