/* requant tune: a budget of accuracy met with as few layers in floating point as it takes. */
#include "engine/api/options/procedures.h"
#include "engine/cli/library.h"

extern const rq_command rq_command_tune;

static rq_status run(const rq_args *args)
{
    rq_library library;
    rq_status status = rq_library_open_network(&library, &rq_command_tune, args);
    if (status == RQ_OK) status = rq_tune(&library.result, library.network, library.options);
    if (status == RQ_OK && library.result) status = rq_library_print(&library, "text", 0);
    rq_library_close(&library);
    return status;
}

static const rq_option *const options[] = {rq_common_options, NULL};
static const char *const details[] = {
    "Layers are ranked by the error they cause for the time they save, both measured. The fewest "
    "that must stay in floating point are found by doubling and halving; then groups of them "
    "return to INT8 where the budget allows. All that is done on half of the validation images; "
    "what comes out of it must meet the budget on the other half, which accuracy is reported of. "
    "Of fewer than 32 images, or where the budget is less than one image of a half, both are on "
    "all, which flatters, and the report says so. Trials are kept in DIR/tune.json (those of a "
    "search without a result in DIR/.requant): the same command continues after Ctrl-C, and "
    "another --max-drop starts from there. Exit status 3: the budget is not met.",
    NULL,
};
static const char *const examples[] = {
    "requant tune model.xml --data photos --val photos/val --config imagenet --max-drop 0.5 -o out",
    "requant tune det.xml --data pages --max-drop 1% -o det-int8.xml",
    NULL,
};

const rq_command rq_command_tune = {
    .name = "tune",
    .operands = "MODEL",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "meet an accuracy budget with the least loss of speed",
    .details = details,
    .options = options,
    .procedure = rq_tune_option_tables,
    .examples = examples,
    .run = run,
    .ranks = true,
};
