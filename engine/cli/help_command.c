/* The texts of `requant --help` and `requant COMMAND --help`. */
#include "engine/base/version.h"
#include "engine/cli/help_pages.h"
#include "engine/cli/help_text.h"

#include <string.h>

#define OPTION_COLUMN ((size_t)28)
#define ITEM_COLUMN ((size_t)4)

/* And its items, if it is a list. */
static void put_paragraph(rq_buf *out, const char *text)
{
    rq_buf part = {0};
    rq_buf_append(out, "\n");
    for (size_t i = 0; rq_text_list_next(&part, &text); i++) {
        size_t indent = i ? ITEM_COLUMN : 0;
        if (i) rq_buf_append(out, "  - ");
        rq_help_fill(out, part.data, indent, indent, rq_help_width());
        rq_buf_append(out, "\n");
    }
    out->failed = out->failed || part.failed;
    rq_buf_free(&part);
}

static void put_option(rq_buf *out, const rq_command *command, const rq_option *option)
{
    char shorts[RQ_SHORT_TEXT];
    rq_buf left = {0}, right = {0};
    rq_buf_printf(&left, "%s--%s%s%s", rq_short_text(command, option->name, shorts), option->name,
                  option->argument ? " " : "", option->argument ? option->argument : "");
    rq_help_sentence(&right, option);
    out->failed = out->failed || left.failed || right.failed;
    if (!out->failed) rq_help_row(out, 2, left.data, OPTION_COLUMN, right.data);
    rq_buf_free(&left);
    rq_buf_free(&right);
}

/* The names alone. */
static void put_brief_group(rq_buf *out, const rq_option_list *options, rq_group group)
{
    rq_buf text = {0};
    rq_buf_printf(&text, "%s:", rq_group_title(group));
    const char *before = " --";
    for (size_t i = 0; i < options->n; i++) {
        if (options->group[i] != group) continue;
        rq_buf_printf(&text, "%s%s", before, options->option[i]->name);
        before = ", --";
    }
    rq_buf_append(&text, ".");
    out->failed = out->failed || text.failed;
    if (!out->failed) put_paragraph(out, text.data);
    rq_buf_free(&text);
}

static void put_options(rq_buf *out, const rq_command *command)
{
    rq_option_list options;
    rq_command_options(&options, command);
    rq_group group = RQ_GROUP_NONE;
    for (size_t i = 0; i < options.n; i++) {
        bool brief = rq_group_is_brief(options.group[i]);
        if (options.group[i] != group || i == 0) {
            group = options.group[i];
            if (brief)
                put_brief_group(out, &options, group);
            else
                rq_buf_printf(out, "\n%s:\n", rq_group_title(group));
        }
        if (!brief) put_option(out, command, options.option[i]);
    }
}

static bool has_named_values(const rq_command *command)
{
    rq_option_list options;
    rq_command_options(&options, command);
    for (size_t i = 0; i < options.n; i++)
        if (options.option[i]->keywords || options.option[i]->list) return true;
    return false;
}

void rq_text_command(rq_buf *out, const rq_command *command)
{
    bool bare = !command->operands[0];
    rq_buf_printf(out, "usage: requant %s%s%s [OPTIONS]\n", command->name, bare ? "" : " ",
                  command->operands);
    rq_buf summary = {0};
    rq_help_full_sentence(&summary, command->summary);
    put_paragraph(out, summary.data ? summary.data : "");
    rq_buf_free(&summary);
    for (const char *const *text = command->details; text && *text; text++)
        put_paragraph(out, *text);
    put_options(out, command);
    if (has_named_values(command))
        put_paragraph(out, "`--NAME help` explains the values of an option that takes names.");
    rq_buf_append(out, "\nExamples:\n");
    for (const char *const *example = command->examples; *example; example++)
        rq_buf_printf(out, "  %s\n", *example);
}

static void put_exit_statuses(rq_buf *out)
{
    rq_buf text = {0};
#define RQ_EXIT(name, status, meaning)                                                             \
    rq_buf_printf(&text, "%s%d %s", text.length ? "; " : "Exit status: ", status, meaning);
#include "engine/cli/exit_status.def"
#undef RQ_EXIT
    rq_buf_append(&text, ".");
    out->failed = out->failed || text.failed;
    if (!out->failed) put_paragraph(out, text.data);
    rq_buf_free(&text);
}

void rq_text_program(rq_buf *out)
{
    rq_buf_append(out, "requant " RQ_VERSION ": quantization and calibration workbench for "
                       "OpenVINO IR\n\nusage: requant COMMAND [FILES] [OPTIONS]\n\n");
    for (size_t i = 0; i < rq_command_count(); i++)
        rq_help_row(out, 2, rq_command_at(i)->name, 13, rq_command_at(i)->summary);
    put_paragraph(out, "`requant COMMAND --help` shows a command's options with examples, "
                       "`requant COMMAND --NAME help` the values of an option that takes names; "
                       "`requant help --man [PAGE]` is the manual, `requant help --completion "
                       "bash|zsh` the shells' completion, `requant --version` the version.");
    put_exit_statuses(out);
}
