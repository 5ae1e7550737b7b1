/* Completion for zsh, by its own _arguments. */
#include "engine/cli/completion.h"
#include "engine/cli/help_pages.h"
#include "engine/cli/help_text.h"
#include "engine/api/options/option_words.h"

#include <stdio.h>
#include <string.h>

static void put_text(rq_buf *out, const char *text, const char *escaped)
{
    rq_buf line = {0};
    rq_help_line(&line, text, escaped);
    if (line.data) rq_buf_in_quotes(out, line.data);
    out->failed = out->failed || line.failed;
    rq_buf_free(&line);
}

static void put_described(rq_buf *out, const char *name, const char *help)
{
    rq_buf_append(out, "        '");
    put_text(out, name, ":\\");
    rq_buf_append(out, ":");
    put_text(out, help, "\\");
    rq_buf_append(out, "'\n");
}

/* -- files ---------------------------------------------------------------------------------- */

/* A pattern as _files -g takes them; "/" (folders) it offers anyway. */
static void put_glob(rq_buf *out, const char *pattern, size_t length, bool *first)
{
    if (length < 2) return;
    rq_buf_printf(out, "%s%.*s", *first ? " -g \"" : " ", (int)length, pattern);
    *first = false;
}

/* `_files -g "*.xml *.onnx"`, `_files`, `_files -/`. */
static void put_globs(rq_buf *out, const char *patterns)
{
    bool first = true, any = strstr(patterns, "* ") || rq_ends_with(patterns, "*");
    rq_buf_append(out, strcmp(patterns, "/") != 0 ? "_files" : "_files -/");
    while (*patterns && !any) {
        size_t length = strcspn(patterns, " ");
        put_glob(out, patterns, length, &first);
        patterns += length + (patterns[length] == ' ');
    }
    if (!first) rq_buf_append(out, "\"");
}

/* Appends an action; nothing where the argument is no file. */
static void put_files(rq_buf *out, const char *argument)
{
    rq_buf patterns = {0};
    rq_completion_patterns(&patterns, argument);
    if (patterns.length) put_globs(out, patterns.data);
    out->failed = out->failed || patterns.failed;
    rq_buf_free(&patterns);
}

/* -- values --------------------------------------------------------------------------------- */

static void put_function_name(rq_buf *out, const rq_command *command, const rq_option *option)
{
    rq_buf_printf(out, "_requant_%s_%s", command->name, option->name);
}

/* A function that offers an option's values with their meaning, and files where they may be given
 * instead. */
static rq_status put_function(rq_buf *out, const rq_command *command, const rq_option *option)
{
    rq_word_list list;
    rq_status status = rq_words_open(&list, option);
    put_function_name(out, command, option);
    rq_buf_append(out, "() {\n    local -a values=(\n");
    for (size_t i = 0; i < list.n; i++)
        if (!list.words[i].is_setting) put_described(out, list.words[i].name, list.words[i].help);
    rq_buf_append(out, "        'help:explain the values'\n    )\n    compset -P '*,'\n    "
                       "_describe -t values value "
                       "values\n    ");
    put_files(out, option->argument);
    rq_buf_append(out, "\n}\n");
    rq_words_close(&list);
    return status;
}

static bool has_values(const rq_option *option)
{
    return option->keywords || option->list;
}

static rq_status put_functions(rq_buf *out, const rq_command *command)
{
    rq_option_list options;
    rq_command_options(&options, command);
    for (size_t i = 0; i < options.n; i++)
        if (has_values(options.option[i])) RQ_TRY(put_function(out, command, options.option[i]));
    return RQ_OK;
}

/* -- options -------------------------------------------------------------------------------- */

/* One spelling of an option; `before` is '*' where it repeats. */
static void put_spelling(rq_buf *out, const rq_command *command, const rq_option *option,
                         const char *before, const char *spelling, size_t length)
{
    rq_buf_printf(out, "            '%s%.*s", before, (int)length, spelling);
    if (option->argument && rq_starts_with(spelling, "--")) rq_buf_append(out, "=");
    rq_buf_append(out, "[");
    put_text(out, option->help, "[]:\\");
    rq_buf_append(out, "]");
    if (option->argument) {
        rq_buf_append(out, ":");
        put_text(out, option->argument, "[]:\\");
        rq_buf_append(out, ":");
        if (has_values(option))
            put_function_name(out, command, option);
        else
            put_files(out, option->argument);
    }
    rq_buf_append(out, "' \\\n");
}

/* "(-o --output)" */
static void put_exclusion(rq_buf *out, const char *shorts, const char *name)
{
    rq_buf_append(out, "(");
    for (const char *s = shorts; *s; s++)
        if (*s != ',') rq_buf_append_n(out, s, 1);
    rq_buf_printf(out, "%s)", name);
}

static void put_option(rq_buf *out, const rq_command *command, const rq_option *option)
{
    char shorts[RQ_SHORT_TEXT], name[64];
    rq_buf others = {0};
    int length = snprintf(name, sizeof name, "--%s", option->name);
    rq_short_text(command, option->name, shorts);
    if (option->repeats)
        rq_buf_append(&others, "*");
    else if (shorts[0]) /* one spelling excludes the others */
        put_exclusion(&others, shorts, name);
    const char *before = others.data ? others.data : "";
    put_spelling(out, command, option, before, name, (size_t)length);
    for (const char *s = shorts; *s; s += strcspn(s, " ") + 1)
        put_spelling(out, command, option, before, s, strcspn(s, ","));
    out->failed = out->failed || others.failed;
    rq_buf_free(&others);
}

static void put_operands(rq_buf *out, const rq_command *command)
{
    if (!command->operands[0]) return;
    rq_buf_append(out, "            '*:");
    put_text(out, command->operands, "[]:\\");
    rq_buf_append(out, ":");
    put_files(out, command->operands);
    rq_buf_append(out, "' \\\n");
}

static void put_command(rq_buf *out, const rq_command *command)
{
    rq_option_list options;
    rq_command_options(&options, command);
    rq_buf_printf(out, "    %s)\n        _arguments \\\n", command->name);
    for (size_t i = 0; i < options.n; i++)
        if (!rq_group_is_brief(options.group[i])) put_option(out, command, options.option[i]);
    put_operands(out, command);
    rq_buf_append(out, "            ;;\n");
}

rq_status rq_completion_zsh(rq_buf *out)
{
    rq_buf_append(out, "#compdef requant\n# zsh completion for requant; made by `requant help "
                       "--completion zsh`\n");
    for (size_t i = 0; i < rq_command_count(); i++) RQ_TRY(put_functions(out, rq_command_at(i)));
    rq_buf_append(out, "_requant() {\n    local -a commands=(\n");
    for (size_t i = 0; i < rq_command_count(); i++)
        put_described(out, rq_command_at(i)->name, rq_command_at(i)->summary);
    rq_buf_append(out, "        'help:help of a command'\n    )\n    if (( CURRENT == 2 )); then\n"
                       "        _describe command commands\n        return\n    fi\n    local "
                       "command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command "
                       "in\n    help) _describe command commands ;;\n");
    for (size_t i = 0; i < rq_command_count(); i++) put_command(out, rq_command_at(i));
    rq_buf_append(out, "    esac\n}\n_requant \"$@\"\n");
    return RQ_OK;
}
