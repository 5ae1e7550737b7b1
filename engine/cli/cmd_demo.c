/* requant demo: the main job on the model and images that ship with requant. */
#include "engine/base/file.h"
#include "engine/base/own_folder.h"
#include "engine/base/text.h"
#include "engine/cli/command.h"
#include "engine/cli/library.h"

#include <stdio.h>
#include <stdlib.h>

#define OUTPUT "requant-demo"
#define MODEL "model/resnet8-cifar10.xml"

/* Relative to the program's folder, in an installation and below build/. */
#define PLACE "../share/requant/demo"

/* -- where the model and images are ----------------------------------------------------------- */

static rq_status find_demo(char **out)
{
    char *here = rq_own_folder(), *folder = here ? rq_path_join(here, PLACE) : NULL;
    *out = folder && rq_is_dir(folder) ? realpath(folder, NULL) : NULL;
    rq_status status = RQ_OK;
    if (!*out)
        status = rq_fail(RQ_EIO,
                         "the demo's model and images are not there: looked for " PLACE " from %s",
                         rq_path_shown(here ? here : ""));
    free(folder);
    free(here);
    return status;
}

/* -- running ---------------------------------------------------------------------------------- */

static rq_status set_folder(rq_options *options, const char *name, const char *demo,
                            const char *folder)
{
    char *path = rq_path_join(demo, folder);
    rq_status status = path ? rq_options_set(options, name, path) : rq_fail_memory(0, "a path");
    free(path);
    return status;
}

static rq_status set_options(rq_options *options, const char *demo, const char *output)
{
    RQ_TRY(set_folder(options, "data", demo, "calib"));
    RQ_TRY(set_folder(options, "val", demo, "val"));
    RQ_TRY(rq_options_set(options, "config", "cifar10"));
    return rq_options_set(options, "output", output);
}

static rq_status quantize(rq_library *library, const char *demo, const char *output)
{
    RQ_TRY(rq_options_create(&library->options, "quantize"));
    RQ_TRY(set_options(library->options, demo, output));
    char *model = rq_path_join(demo, MODEL);
    rq_status status =
        model ? rq_network_open(&library->network, library->context, model, library->options)
              : rq_fail_memory(0, "a path");
    free(model);
    RQ_TRY(status);
    RQ_TRY(rq_quantize(&library->result, library->network, library->options));
    return rq_library_print(library, "text", 0);
}

static void print_what_next(const char *demo, const char *output)
{
    printf(
        "\n"
        "  This was\n"
        "    requant quantize %s/" MODEL " --data %s/calib --val %s/val --config cifar10 -o %s\n"
        "  The report, layer by layer: open %s/report.html in a browser.\n"
        "\n"
        "  Your own model, with a folder of some 300 images and the preprocessing it was trained "
        "with\n"
        "    requant lint MODEL --data FOLDER --config imagenet              does that fit? "
        "(--config help lists more)\n"
        "    requant quantize MODEL --data FOLDER --config imagenet -o out\n",
        demo, demo, demo, output, output);
}

static rq_status run_in(const char *demo, const char *output, const rq_args *args)
{
    rq_library library = {0};
    rq_status status = rq_library_open_context(&library.context, args);
    if (status == RQ_OK) status = quantize(&library, demo, output);
    if (status == RQ_OK) print_what_next(demo, output);
    rq_library_close(&library);
    return status;
}

static rq_status run(const rq_args *args)
{
    const char *output = rq_args_get(args, "output", OUTPUT);
    char *demo;
    if (rq_ends_with(output, ".xml") || rq_ends_with(output, ".onnx"))
        return rq_fail(RQ_EARG, "-o %s: expected a folder", output);
    RQ_TRY(find_demo(&demo));
    rq_status status = run_in(demo, output, args);
    free(demo);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "DIR", "the folder of the results", .fallback = OUTPUT),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const char *const details[] = {
    "The model is ResNet-8 of MLPerf Tiny, a classifier with ten classes; the images are of "
    "CIFAR-10. They lie in share/requant/demo, where NOTICE says more. Takes some seconds, and "
    "needs no network.",
    NULL,
};
static const char *const examples[] = {
    "requant demo",
    "requant demo -o /tmp/demo",
    NULL,
};

const rq_command rq_command_demo = {
    .name = "demo",
    .operands = "",
    .summary = "quantize a small model that ships with requant, and show the report",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
