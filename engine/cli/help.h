/* What `requant help` and --help print, made from the tables of commands and options. */
#ifndef RQ_CLI_HELP_H
#define RQ_CLI_HELP_H

#include "engine/cli/command.h"

/* The words after "help": none, "COMMAND", "--man [PAGE]", "--completion bash|zsh"; on standard
 * output. RQ_EARG for others. */
rq_status rq_help_topic(int argc, char **argv);

/* `requant COMMAND --help`. */
rq_status rq_help_command(const rq_command *command);

/* `--NAME help`: the values of an option, a line each, with their settings. */
rq_status rq_help_values(const rq_option *option);

#endif
