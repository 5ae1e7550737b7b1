/* requant show: what is in a file, as tables and histograms in the terminal. */
#include "engine/api/options/extension_options.h"
#include "engine/base/file.h"
#include "engine/cli/console.h"
#include "engine/cli/command.h"
#include "engine/cli/show/show.h"
#include "engine/cli/wrap.h"
#include "engine/import/import.h"
#include "engine/workbench/output_folder.h"
#include "reports/writers/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RQ_SHOW_KIND(name) extern const rq_show_kind rq_show_kind_##name;
#include "engine/cli/show/show_kinds.def"
#undef RQ_SHOW_KIND

static const rq_show_kind *const kinds[] = {
#define RQ_SHOW_KIND(name) &rq_show_kind_##name,
#include "engine/cli/show/show_kinds.def"
#undef RQ_SHOW_KIND
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

#define HEAD_BYTES 4096

/* -- which kind ----------------------------------------------------------------------------- */

/* The beginning of a file; nothing of a folder. */
static rq_status read_head(char head[HEAD_BYTES + 1], size_t *n, const char *path)
{
    *n = 0;
    if (!rq_is_dir(path)) RQ_TRY(rq_read_head((uint8_t *)head, n, HEAD_BYTES, path));
    head[*n] = '\0';
    return RQ_OK;
}

static rq_status find_kind(const rq_show_kind **out, const char *path)
{
    char head[HEAD_BYTES + 1];
    size_t n;
    RQ_TRY(read_head(head, &n, path));
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i]->matches(path, head, n)) {
            *out = kinds[i];
            return RQ_OK;
        }
    rq_buf names = {0};
    for (size_t i = 0; i < N_KINDS; i++)
        rq_buf_printf(&names, "%s%s", i ? ", " : "", kinds[i]->help);
    rq_status status =
        rq_fail(RQ_EFORMAT, "%s: not a file that requant can show: %s", path, names.data);
    rq_buf_free(&names);
    return status;
}

/* Of a folder its report, unless the folder is a model. */
static rq_status find_file(const char **out, const char *operand, rq_arena *arena)
{
    *out = operand;
    if (!rq_is_dir(operand) || rq_import_kind(&(rq_import_files){.model = operand})) return RQ_OK;
    RQ_TRY(rq_output_folder_check(operand));
    char *path = rq_path_join(operand, "report.json");
    *out = path ? rq_arena_strdup(arena, path) : NULL;
    free(path);
    if (!*out) return rq_fail_memory(strlen(operand), "a path");
    return rq_is_file(*out)
               ? RQ_OK
               : rq_fail(RQ_EIO,
                         "%s: a folder without report.json or saved_model.pb; name a file in it",
                         operand);
}

static rq_status put_json(rq_show *show, const rq_show_kind *kind)
{
    rq_json *json = NULL;
    rq_status status = kind->json(show, &json);
    if (status == RQ_OK) status = rq_json_dump(json, show->out, true);
    rq_buf_append(show->out, "\n");
    rq_json_free(&json);
    return status;
}

static rq_status show(rq_show *s, const rq_args *args)
{
    const rq_show_kind *kind;
    RQ_TRY(rq_arena_create(&s->arena));
    RQ_TRY(find_file(&s->path, rq_args_operand(args, 0), s->arena));
    RQ_TRY(find_kind(&kind, s->path));
    bool as_json = rq_args_has(args, "json");
    RQ_TRY(as_json ? put_json(s, kind) : kind->text(s));
    if (s->out->failed) return rq_fail_memory(s->out->length, "text");
    rq_print_wrapped(s->out->data ? s->out->data : "", as_json ? 0 : s->columns);
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    rq_buf out = {0};
    rq_show s = {.proto = rq_args_get(args, "input_proto", NULL),
                 .checkpoint = rq_args_get(args, "input_checkpoint", NULL),
                 .layer = rq_args_get(args, "layer", NULL),
                 .all = rq_args_has(args, "all"),
                 .style = {rq_report_may_colour(STDOUT_FILENO), rq_draw_may_unicode()},
                 .columns = rq_console_columns(STDOUT_FILENO),
                 .out = &out};
    rq_status status = rq_extensions_read(rq_args_settings(args));
    if (status == RQ_OK) status = show(&s, args);
    rq_arena_destroy(&s.arena);
    rq_buf_free(&out);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(MODEL),
    RQ_OPTION("input_proto", "FILE.prototxt", "Caffe: the network's definition",
              .fallback = "beside the caffemodel"),
    RQ_OPTION("input_checkpoint", "FILE", "TensorFlow: variables of a graph that is not frozen"),
    RQ_EXTENSIONS_OPTION,
    RQ_HEADING(OUTPUT),
    RQ_OPTION("layer", "TEXT",
              "only layers and values whose name contains TEXT, with their histograms"),
    RQ_OPTION("all", NULL, "every row and every histogram"),
    RQ_OPTION("json", NULL, "print it as JSON"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const char *const details[] = {
    "Shows a report.json (or the folder it is in), a plan.json, a stats.h5 or a model (an IR, "
    "ONNX, TensorFlow, TensorFlow Lite or Caffe, with what import makes of it): tables, and "
    "histograms drawn in "
    "characters, counts on a square-root scale. Colours only on a terminal, and not with "
    "NO_COLOR.",
    NULL,
};
static const char *const examples[] = {
    "requant show out",
    "requant show out/stats.h5 --layer Conv_1",
    "requant show out/plan.json --all",
    "requant show model.xml --json",
    "requant show model.onnx",
    NULL,
};

const rq_command rq_command_show = {
    .name = "show",
    .operands = "FILE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "show a report, plan, statistics file or model as tables and histograms",
    .details = details,
    .options = options,
    .examples = examples,
    .run = run,
};
