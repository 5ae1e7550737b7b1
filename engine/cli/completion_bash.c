/* Completion for bash: commands, options, values, and files of the kinds that are wanted. */
#include "engine/cli/completion.h"
#include "engine/cli/help_pages.h"
#include "engine/cli/help_text.h"
#include "engine/api/options/option_words.h"

#include <string.h>

static const char files_function[] =
    "# Folders, and files that match one of the patterns.\n"
    "_requant_files()\n{\n"
    "    local name pattern patterns\n"
    "    read -ra patterns <<<\"$1\"\n"
    "    while IFS= read -r name; do\n"
    "        if [ -d \"$name\" ]; then COMPREPLY+=(\"$name\"); continue; fi\n"
    "        for pattern in \"${patterns[@]}\"; do\n"
    "            if [[ $name == $pattern ]]; then COMPREPLY+=(\"$name\"); break; fi\n"
    "        done\n"
    "    done < <(compgen -f -- \"$2\")\n"
    "}\n";

/* '-' and '_' are alike in options, which go on as they were begun. Behind a comma comes one more
 * value: options that take one alone refuse the list. */
static const char words_functions[] =
    "_requant_options()\n{\n"
    "    local option\n"
    "    for option in $1; do\n"
    "        if [[ ${option//_/-} == \"${2//_/-}\"* ]]; then COMPREPLY+=(\"$2${option:${#2}}\"); "
    "fi\n"
    "    done\n"
    "}\n"
    "_requant_values()\n{\n"
    "    local last=${2##*,}\n"
    "    mapfile -t COMPREPLY < <(compgen -P \"${2%\"$last\"}\" -W \"$1\" -- \"$last\")\n"
    "}\n";

/* `--name=value` comes in three words, `--input NAME=FILE` in four. */
static const char beginning[] =
    "_requant()\n{\n"
    "    local at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local options='' values='' files='' operands=''\n"
    "    COMPREPLY=()\n"
    "    if [ \"$before\" = : ] || [ \"$word\" = : ]; then return; fi\n"
    "    if [ \"$word\" = = ]; then word=''; before='='; at=$((at + 1)); fi\n"
    "    if [ \"$before\" = = ] && [ \"$at\" -gt 3 ]; then\n"
    "        before=${COMP_WORDS[at-2]}\n"
    "        if [[ $before != -* ]]; then before=${COMP_WORDS[at-3]}; fi\n"
    "    fi\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n";

static const char ending[] =
    "    if [ -z \"$values$files\" ]; then\n"
    "        case $word in\n"
    "        -*) _requant_options \"$options\" \"$word\" ;;\n"
    "        *) files=$operands ;;\n"
    "        esac\n"
    "    fi\n"
    "    if [ -n \"$values\" ]; then _requant_values \"$values\" \"$word\"; fi\n"
    "    if [ -n \"$files\" ]; then _requant_files \"$files\" \"$word\"; fi\n"
    "}\n"
    "complete -o filenames -F _requant requant\n";

static void put_commands(rq_buf *out)
{
    for (size_t i = 0; i < rq_command_count(); i++)
        rq_buf_printf(out, "%s ", rq_command_at(i)->name);
}

/* A word among others, all in single quotes: compgen -W wants its blanks escaped. */
static void put_word(rq_buf *out, const char *word)
{
    for (; *word; word++) {
        if (*word == ' ') rq_buf_append(out, "\\");
        rq_buf_append_n(out, word, 1);
    }
    rq_buf_append(out, " ");
}

static rq_status put_values(rq_buf *out, const rq_option *option)
{
    rq_word_list list;
    rq_status status = rq_words_open(&list, option);
    if (list.n) rq_buf_append(out, " values='");
    for (size_t i = 0; i < list.n; i++)
        if (!list.words[i].is_setting) put_word(out, list.words[i].name);
    if (list.n) rq_buf_append(out, "help';");
    rq_words_close(&list);
    return status;
}

static void put_files(rq_buf *out, const char *variable, const char *argument)
{
    rq_buf patterns = {0};
    rq_completion_patterns(&patterns, argument);
    if (patterns.length) rq_buf_printf(out, " %s='%s';", variable, patterns.data);
    out->failed = out->failed || patterns.failed;
    rq_buf_free(&patterns);
}

/* What follows an option that takes something. */
static rq_status put_argument(rq_buf *out, const rq_command *command, const rq_option *option)
{
    char shorts[RQ_SHORT_TEXT];
    rq_short_text(command, option->name, shorts);
    rq_buf_append(out, "        ");
    for (const char *s = shorts; *s; s++) /* "-o, " */
        if (*s != ' ') rq_buf_append_n(out, *s == ',' ? "|" : s, 1);
    rq_buf_append(out, "--");
    for (const char *s = option->name; *s; s++) rq_buf_append_n(out, *s == '_' ? "-" : s, 1);
    rq_buf_append(out, ")");
    size_t length = out->length;
    RQ_TRY(put_values(out, option));
    put_files(out, "files", option->argument);
    rq_buf_append(out, out->length == length ? " return ;;\n" : " ;;\n");
    return RQ_OK;
}

static rq_status put_command(rq_buf *out, const rq_command *command)
{
    rq_option_list options;
    rq_command_options(&options, command);
    rq_buf_printf(out, "    %s)\n       ", command->name);
    put_files(out, "operands", command->operands);
    rq_buf_append(out, " options='");
    for (size_t i = 0; i < options.n; i++)
        if (!rq_group_is_brief(options.group[i]))
            rq_buf_printf(out, "--%s ", options.option[i]->name);
    rq_buf_append(out, "'\n        case ${before//_/-} in\n");
    for (size_t i = 0; i < options.n; i++)
        if (options.option[i]->argument) RQ_TRY(put_argument(out, command, options.option[i]));
    rq_buf_append(out, "        esac ;;\n");
    return RQ_OK;
}

rq_status rq_completion_bash(rq_buf *out)
{
    rq_buf_append(out, "# bash completion for requant; made by `requant help --completion bash`\n");
    rq_buf_append(out, files_function);
    rq_buf_append(out, words_functions);
    rq_buf_append(out, beginning);
    rq_buf_append(out, "        mapfile -t COMPREPLY < <(compgen -W '");
    put_commands(out);
    rq_buf_append(out, "help --help --version' -- \"$word\")\n        return\n    fi\n"
                       "    case ${COMP_WORDS[1]} in\n    help)\n        case $before in\n"
                       "        --man) values='");
    put_commands(out);
    rq_buf_append(out, "data' ;;\n        --completion) values='bash zsh' ;;\n        *) values='");
    put_commands(out);
    rq_buf_append(out, "--man --completion' ;;\n        esac ;;\n");
    for (size_t i = 0; i < rq_command_count(); i++) RQ_TRY(put_command(out, rq_command_at(i)));
    rq_buf_append(out, "    esac\n");
    rq_buf_append(out, ending);
    return RQ_OK;
}
