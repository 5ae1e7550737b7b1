/* Manual pages of the program and its commands. */
#include "engine/cli/help_pages.h"
#include "engine/cli/help_roff.h"
#include "engine/cli/help_text.h"
#include "engine/api/options/option_words.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_PAGE "requant-%s"
enum { PAGE_NAME = 64 };

static void put_reference(rq_buf *out, const rq_command *command, const char *after)
{
    char name[PAGE_NAME];
    snprintf(name, sizeof name, COMMAND_PAGE, command->name);
    rq_roff_reference(out, name, 1, after);
}

static void put_exit_statuses(rq_buf *out)
{
    rq_roff_section(out, "Exit status");
#define RQ_EXIT(name, status, meaning) rq_roff_term(out, #status, NULL, meaning);
#include "engine/cli/exit_status.def"
#undef RQ_EXIT
}

/* -- options -------------------------------------------------------------------------------- */

/* The words of an option's own table; names of other tables are in requant-data(5). */
static void put_keywords(rq_buf *out, const rq_keyword *keywords)
{
    if (!keywords) return;
    rq_roff_indent(out);
    for (const rq_keyword *c = keywords; c->name; c++) rq_roff_term(out, c->name, NULL, c->help);
    rq_roff_unindent(out);
}

static void put_option(rq_buf *out, const rq_command *command, const rq_option *option)
{
    char shorts[RQ_SHORT_TEXT];
    rq_buf term = {0}, text = {0};
    rq_buf_printf(&term, "%s--%s", rq_short_text(command, option->name, shorts), option->name);
    rq_help_sentence(&text, option);
    out->failed = out->failed || term.failed || text.failed;
    if (!out->failed) rq_roff_term(out, term.data, option->argument, text.data);
    put_keywords(out, option->keywords);
    rq_buf_free(&term);
    rq_buf_free(&text);
}

static void put_options(rq_buf *out, const rq_command *command)
{
    rq_option_list options;
    rq_command_options(&options, command);
    rq_roff_section(out, "Options");
    for (size_t i = 0; i < options.n; i++) {
        if (i == 0 || options.group[i] != options.group[i - 1])
            rq_roff_subsection(out, rq_group_title(options.group[i]));
        put_option(out, command, options.option[i]);
    }
}

/* -- a command ------------------------------------------------------------------------------ */

static void put_synopsis(rq_buf *out, const rq_command *command)
{
    rq_roff_section(out, "Synopsis");
    rq_buf_append(out, ".B requant ");
    rq_buf_append(out, command->name);
    rq_buf_append(out, "\n");
    if (command->operands[0]) {
        rq_buf_append(out, ".I ");
        rq_roff_text(out, command->operands);
    }
    rq_buf_append(out, "[\\fIOPTIONS\\fR]\n");
}

static void put_description(rq_buf *out, const rq_command *command)
{
    rq_buf summary = {0};
    rq_help_full_sentence(&summary, command->summary);
    rq_roff_section(out, "Description");
    out->failed = out->failed || summary.failed;
    if (!out->failed) rq_roff_text(out, summary.data);
    for (const char *const *text = command->details; text && *text; text++)
        rq_roff_paragraph(out, *text);
    rq_buf_free(&summary);
}

static bool has_option(const rq_command *command, const char *name)
{
    rq_option_list options;
    rq_command_options(&options, command);
    for (size_t i = 0; i < options.n; i++)
        if (!strcmp(options.option[i]->name, name)) return true;
    return false;
}

static void put_files(rq_buf *out, const rq_command *command)
{
    rq_roff_section(out, "Files");
    rq_roff_text(out, "What is read and written, and in which formats:");
    rq_roff_reference(out, "requant-data", 5, ".");
    if (has_option(command, "config"))
        rq_roff_term(out, "share/requant/configs/NAME.yaml", NULL,
                     "the configurations of --config NAME, beside the folder of the program");
}

rq_status rq_man_command(rq_buf *out, const rq_command *command)
{
    char name[PAGE_NAME];
    snprintf(name, sizeof name, COMMAND_PAGE, command->name);
    rq_roff_title(out, name, 1, "User Commands", command->summary);
    put_synopsis(out, command);
    put_description(out, command);
    put_options(out, command);
    rq_roff_section(out, "Examples");
    rq_roff_examples(out, command->examples);
    put_exit_statuses(out);
    put_files(out, command);
    rq_roff_section(out, "See also");
    rq_roff_reference(out, "requant", 1, ",");
    rq_roff_reference(out, "requant-data", 5, "");
    return RQ_OK;
}

/* -- the program ---------------------------------------------------------------------------- */

static void put_commands(rq_buf *out)
{
    rq_roff_section(out, "Commands");
    for (size_t i = 0; i < rq_command_count(); i++) {
        rq_buf_append(out, ".TP\n");
        put_reference(out, rq_command_at(i), "");
        rq_roff_text(out, rq_command_at(i)->summary);
    }
    rq_roff_term(out, "help", "[COMMAND | --man [PAGE] | --completion bash|zsh]",
                 "help of a command, a manual page (of a command, or data), or a shell's "
                 "completion functions");
}

static void put_environment(rq_buf *out)
{
    rq_roff_section(out, "Environment");
    rq_roff_term(out, "COLUMNS", NULL, "width that --help is wrapped at");
    rq_roff_term(out, "GITHUB_STEP_SUMMARY", NULL,
                 "file that `requant compare --github` adds its comment to; GitHub Actions set it");
    rq_roff_term(out, "NO_COLOR", NULL, "no colours, when set to anything but the empty text");
    rq_roff_term(out, "OPENVINO_LIB_PATHS", NULL,
                 "folder of OpenVINO's C library, for --backend openvino");
    rq_roff_term(out, "TMPDIR", NULL, "folder of temporary files (default /tmp)");
}

static const char *const examples[] = {
    "requant import model.onnx -o ir",
    "requant lint ir/model.xml --data photos --config imagenet",
    "requant quantize ir/model.xml --data photos --config imagenet -o out",
    NULL,
};

rq_status rq_man_program(rq_buf *out)
{
    rq_roff_title(out, "requant", 1, "User Commands",
                  "quantization and calibration workbench for OpenVINO IR");
    rq_buf_append(out, ".SH SYNOPSIS\n.B requant\n.I COMMAND\n[\\fIFILES\\fR] [\\fIOPTIONS\\fR]\n"
                       ".br\n.B requant help\n[\\fICOMMAND\\fR]\n.br\n.B requant \\-\\-version\n");
    rq_roff_section(out, "Description");
    rq_roff_text(out, "requant reads a model in OpenVINO's intermediate representation (IR), runs "
                      "images through it to gather statistics of its activations, decides the "
                      "scale and zero point of every quantizer, and writes an INT8 or FP16 IR "
                      "beside a report of what changed in accuracy, size and speed, layer by "
                      "layer, and why. ONNX, TensorFlow (Lite) and Caffe models are imported.");
    rq_roff_paragraph(out, "'-' and '_' are alike in names of options. `--NAME help` lists the "
                           "values of an option that takes names.");
    put_commands(out);
    rq_roff_section(out, "Options of every command");
    for (const rq_option *option = rq_common_options; option->name || option->group; option++)
        if (option->name) put_option(out, NULL, option);
    rq_roff_section(out, "Examples");
    rq_roff_examples(out, examples);
    put_exit_statuses(out);
    put_environment(out);
    rq_roff_section(out, "Files");
    rq_roff_term(out, "share/requant/configs", NULL,
                 "configurations of preprocessing, beside the folder of the program");
    rq_roff_term(out, "share/requant/schemas", NULL,
                 "JSON schemas of what requant writes for programs");
    rq_roff_section(out, "See also");
    for (size_t i = 0; i < rq_command_count(); i++) put_reference(out, rq_command_at(i), ",");
    rq_roff_reference(out, "requant-data", 5, "");
    return RQ_OK;
}
