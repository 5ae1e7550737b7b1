#include "tests/fuzz/import_model.h"

#include "tests/fuzz/run_graph.h"

#include "engine/import/replacements/replacements.h"

void fuzz_import(const rq_import_files *files)
{
    rq_framework_model *source = NULL;
    rq_import_result result = {0};
    rq_buf text = {0};
    rq_import_files kept = *files;
    rq_replace_options none = {0};
    kept.keep_loops = true;
    if (rq_import_open(&source, &kept) != RQ_OK) return;
    if (rq_replace(source, &none, &text) == RQ_OK &&
        rq_import_graph(&result, source, NULL) == RQ_OK) {
        rq_import_list_unmapped(&text, source, &result);
        rq_import_list_fused(&text, &result, true);
        if (result.graph) fuzz_run_graph(result.graph);
    }
    rq_buf_free(&text);
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
}
