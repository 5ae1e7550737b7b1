/* A command: one file cmd_<name>.c and one line in commands.def. Options come from a table, which
 * also makes --help. */
#ifndef RQ_CLI_COMMAND_H
#define RQ_CLI_COMMAND_H

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/base/settings.h"

#include <stdbool.h>

typedef struct rq_option {
    const char *name;     /* "data": written --data; also with '_' for '-' */
    const char *argument; /* "DIR"; NULL for a switch */
    const char *help;
    bool repeats; /* may be given more than once */
} rq_option;

#define RQ_OPTIONS_END                                                                             \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }

/* "-w" for "--input_model" */
typedef struct rq_short {
    const char *word, *option;
} rq_short;

typedef struct rq_args rq_args;

typedef struct rq_command {
    const char *name;
    const char *operands; /* "MODEL.xml": shown in --help */
    size_t min_operands, max_operands;
    const char *summary;             /* one line */
    const char *const *details;      /* NULL-terminated paragraphs for --help; may be NULL */
    const rq_option *const *options; /* NULL-terminated list of tables, own first */
    const rq_short *shorts;          /* beside -o and -h; ends with {NULL, NULL}; may be NULL */
    const char *const *examples;     /* NULL-terminated */
    rq_status (*run)(const rq_args *args);
} rq_command;

extern const rq_option rq_common_options[]; /* --threads, --quiet, --help ... */

/* The option that `word` is short for, such as "-o"; NULL: it is not short for any.
 * `command` may be NULL: what is short in all of them. */
const char *rq_short_option(const rq_command *command, const char *word);
/* "-w, -m, " for an option that has short names, else "". */
#define RQ_SHORT_TEXT 32
const char *rq_short_text(const rq_command *command, const char *option, char text[RQ_SHORT_TEXT]);

/* The parsed command line; a switch may be given as --name=true or --name=false too; strings are
 * borrowed from argv. */
rq_status rq_args_parse(rq_args **out, const rq_command *command, int argc, char **argv);
void rq_args_destroy(rq_args **args);
size_t rq_args_operands(const rq_args *args);
const char *rq_args_operand(const rq_args *args, size_t i);
bool rq_args_has(const rq_args *args, const char *name);
const char *rq_args_get(const rq_args *args, const char *name, const char *fallback); /* the last */
/* Strict numbers, lists and choices: engine/base/settings.h. */
const rq_settings *rq_args_settings(const rq_args *args);
rq_status rq_args_integer(int64_t *out, const rq_args *args, const char *name, int64_t fallback,
                          int64_t min, int64_t max);
/* The command line as one text, for the report. */
const char *rq_args_text(const rq_args *args);

size_t rq_command_count(void);
const rq_command *rq_command_at(size_t i);
const rq_command *rq_command_find(const char *name);
void rq_help_program(void);
void rq_help_command(const rq_command *command);

#endif
