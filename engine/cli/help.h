/* Help made from the command tables: what `requant help` prints beside the texts of --help. */
#ifndef RQ_CLI_HELP_H
#define RQ_CLI_HELP_H

#include "engine/base/text.h"
#include "engine/cli/command.h"

/* A manual page (roff, man macros). */
void rq_help_man(rq_buf *out);
/* Completion functions for the shells. */
void rq_help_bash(rq_buf *out);
void rq_help_zsh(rq_buf *out);

/* The words after "help": "COMMAND", "--man", "--completion bash|zsh". The program's exit status.
 */
int rq_help_run(int argc, char **argv);

/* Calls `each` for the options of a command, its own first, those of rq_common_options last. */
typedef void rq_option_fn(rq_buf *out, const rq_command *command, const rq_option *option);
void rq_help_options(rq_buf *out, const rq_command *command, rq_option_fn *each);
/* `text` with every run of blanks and line breaks as one blank, each of `escaped` after a '\'. */
void rq_help_line(rq_buf *out, const char *text, const char *escaped);

#endif
