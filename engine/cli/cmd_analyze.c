/* requant analyze: which layers' quantization costs how much. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"

extern const rq_command rq_command_analyze;

#define ROWS 30

static rq_status show(const rq_library *library, const rq_args *args, size_t rows)
{
    const char *csv = rq_args_get(args, "csv", NULL);
    const char *html = rq_args_get(args, "html", NULL);
    if (csv) RQ_TRY(rq_result_save(library->result, "csv", csv));
    if (html) RQ_TRY(rq_result_save(library->result, "html", html));
    return rq_library_print(library, rq_args_has(args, "json") ? "json" : "text", rows);
}

static rq_status run(const rq_args *args)
{
    rq_library library;
    int64_t rows;
    RQ_TRY(rq_args_integer(&rows, args, "rows", ROWS, 0, INT32_MAX));
    rq_status status = rq_library_open_network(&library, &rq_command_analyze, args);
    if (status == RQ_OK) status = rq_analyze(&library.result, library.network, library.options);
    if (status == RQ_OK) status = show(&library, args, (size_t)rows);
    rq_library_close(&library);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("rows", "N", "show the N most sensitive layers; 0: all", .fallback = RQ_TEXT(ROWS)),
    RQ_OPTION("csv", "FILE.csv", "write all numbers of all layers as a table", .writes = true),
    RQ_OPTION("html", "FILE.html", "write a page to choose layers on that stay in floating point",
              .writes = true),
    RQ_OPTION("json", NULL, "print the result as JSON"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const char *const details[] = {
    "Each layer is quantized alone (weights, activations, both) and excluded alone; only what it "
    "affects is computed again, from values kept of one run of the whole network. It stops early "
    "when the order of the layers is statistically certain. The images that layers are measured on "
    "are others than those that ranges and codes are made of.",
    NULL,
};
static const char *const examples[] = {
    "requant analyze model.xml --data photos --config imagenet",
    "requant analyze model.xml --data photos --val photos/val --stats out/stats.h5 --csv "
    "layers.csv",
    NULL,
};

const rq_command rq_command_analyze = {
    .name = "analyze",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "measure how sensitive each layer is to quantization, and say what to change",
    .details = details,
    .options = options,
    .procedure = rq_analyze_option_tables,
    .examples = examples,
    .run = run,
    .ranks = true,
};
