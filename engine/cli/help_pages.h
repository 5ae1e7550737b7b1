/* The texts of help. Each is appended to `out`; RQ_ENOMEM where memory is short is left to
 * out->failed, other failures (a list of values that cannot be read) are returned. */
#ifndef RQ_CLI_HELP_PAGES_H
#define RQ_CLI_HELP_PAGES_H

#include "engine/base/text.h"
#include "engine/cli/command.h"

/* The texts of `requant --help`, `requant COMMAND --help` and `--NAME help`. */
void rq_text_program(rq_buf *out);
void rq_text_command(rq_buf *out, const rq_command *command);
rq_status rq_text_values(rq_buf *out, const rq_option *option);

/* Manual pages (roff, man macros): requant(1), requant-COMMAND(1), requant-data(5). */
rq_status rq_man_program(rq_buf *out);
rq_status rq_man_command(rq_buf *out, const rq_command *command);
rq_status rq_man_data(rq_buf *out);

/* Completion functions for the shells. */
rq_status rq_completion_bash(rq_buf *out);
rq_status rq_completion_zsh(rq_buf *out);

#endif
