/* Completion for bash and zsh: commands, options, and files for what takes files. */
#include "engine/cli/help.h"

#include <string.h>

/* Whether `word` is one of the words of "DIR|LIST", "NAME=FILE.npy". */
static bool has_word(const char *argument, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = argument; (at = strstr(at, word)); at++) {
        bool begins = at == argument || strchr("|=", at[-1]);
        if (begins && strchr("|.", at[n])) return true; /* or the end */
    }
    return false;
}

/* Its argument is a file or folder. */
static bool names_files(const rq_option *option)
{
    static const char *const words[] = {"FILE", "DIR", "OUT", "LIST", "PATH"};
    for (size_t i = 0; option->argument && i < sizeof words / sizeof *words; i++)
        if (has_word(option->argument, words[i])) return true;
    return false;
}

void rq_help_line(rq_buf *out, const char *text, const char *escaped)
{
    for (; *text; text++) {
        bool blank = *text == ' ' || *text == '\n';
        if (blank && (text[1] == ' ' || text[1] == '\n')) continue;
        if (!blank && strchr(escaped, *text)) rq_buf_append(out, "\\");
        rq_buf_append_n(out, blank ? " " : text, 1);
    }
}

/* -- bash ----------------------------------------------------------------------------------- */

static void put_name(rq_buf *out, const rq_command *command, const rq_option *option)
{
    (void)command;
    rq_buf_printf(out, " --%s", option->name);
}

static void put_pattern(rq_buf *out, const rq_command *command, const rq_option *option)
{
    (void)command;
    if (option->argument && !names_files(option)) rq_buf_printf(out, "|--%s", option->name);
}

static void put_names(rq_buf *out, const rq_command *command)
{
    rq_help_options(out, command, put_name);
    for (const rq_option *option = rq_common_options; option->name; option++)
        put_name(out, command, option);
}

static void put_commands(rq_buf *out)
{
    for (size_t i = 0; i < rq_command_count(); i++)
        rq_buf_printf(out, "%s ", rq_command_at(i)->name);
}

void rq_help_bash(rq_buf *out)
{
    rq_buf_append(out, "# bash completion for requant; made by `requant help --completion bash`\n"
                       "_requant()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} "
                       "before=${COMP_WORDS[COMP_CWORD-1]} options=\n    COMPREPLY=()\n"
                       "    if [ \"$COMP_CWORD\" = 1 ]; then\n        mapfile -t COMPREPLY < <("
                       "compgen -W '");
    put_commands(out);
    rq_buf_append(out, "help --help --version' -- \"$word\")\n        return\n    fi\n"
                       "    case ${COMP_WORDS[1]} in\n    help) options='");
    put_commands(out);
    rq_buf_append(out, "--man --completion' ;;\n");
    for (size_t i = 0; i < rq_command_count(); i++) {
        rq_buf_printf(out, "    %s)\n        case $before in\n        -", rq_command_at(i)->name);
        rq_help_options(out, rq_command_at(i), put_pattern);
        rq_buf_append(out, ") return ;;\n        esac\n        options='");
        put_names(out, rq_command_at(i));
        rq_buf_append(out, "' ;;\n");
    }
    rq_buf_append(out, "    esac\n    case $word in\n    -*) mapfile -t COMPREPLY < <(compgen -W "
                       "\"$options\" -- \"$word\") ;;\n    *)\n        if [ \"${COMP_WORDS[1]}\" = "
                       "help ]; then\n            mapfile -t COMPREPLY < <(compgen -W \"$options\" "
                       "-- \"$word\")\n        else\n            mapfile -t COMPREPLY < <(compgen "
                       "-f -- \"$word\")\n        fi ;;\n    esac\n}\ncomplete -o filenames -F "
                       "_requant requant\n");
}

/* -- zsh ------------------------------------------------------------------------------------ */

#define ZSH_ESCAPED "[]:\\"

/* Inside single quotes: a quote ends them. */
static void put_zsh_text(rq_buf *out, const char *text)
{
    rq_buf line = {0};
    rq_help_line(&line, text, ZSH_ESCAPED);
    for (const char *at = line.data; at && *at; at++)
        rq_buf_append_n(out, *at == '\'' ? "'\\''" : at, *at == '\'' ? 4 : 1);
    out->failed = out->failed || line.failed;
    rq_buf_free(&line);
}

static void put_zsh_option(rq_buf *out, const rq_command *command, const rq_option *option)
{
    (void)command;
    rq_buf_printf(out, "            '%s--%s[", option->repeats ? "*" : "", option->name);
    put_zsh_text(out, option->help);
    rq_buf_append(out, "]");
    if (option->argument) {
        rq_buf_append(out, ":");
        put_zsh_text(out, option->argument);
        rq_buf_append(out, names_files(option) ? ":_files" : ":");
    }
    rq_buf_append(out, "' \\\n");
}

static void put_zsh_command(rq_buf *out, const rq_command *command)
{
    rq_buf_printf(out, "    %s)\n        _arguments \\\n", command->name);
    rq_help_options(out, command, put_zsh_option);
    for (const rq_option *option = rq_common_options; option->name; option++)
        put_zsh_option(out, command, option);
    rq_buf_append(out, "            '*:file:_files' ;;\n");
}

void rq_help_zsh(rq_buf *out)
{
    rq_buf_append(out, "#compdef requant\n# zsh completion for requant; made by `requant help "
                       "--completion zsh`\n_requant() {\n    local -a commands=(\n");
    for (size_t i = 0; i < rq_command_count(); i++) {
        rq_buf_printf(out, "        '%s:", rq_command_at(i)->name);
        put_zsh_text(out, rq_command_at(i)->summary);
        rq_buf_append(out, "'\n");
    }
    rq_buf_append(out, "        'help:help of a command'\n    )\n    if (( CURRENT == 2 )); then\n"
                       "        _describe command commands\n        return\n    fi\n    local "
                       "command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command "
                       "in\n    help) _describe command commands ;;\n");
    for (size_t i = 0; i < rq_command_count(); i++) put_zsh_command(out, rq_command_at(i));
    rq_buf_append(out, "    esac\n}\n_requant \"$@\"\n");
}
