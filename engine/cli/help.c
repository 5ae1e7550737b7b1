/* --help, from the command table. */
#include "engine/cli/command.h"
#include "engine/base/version.h"

#include <stdio.h>
#include <string.h>

#define OPTION_COLUMN 26

static void print_option(const rq_command *command, const rq_option *option)
{
    char left[96], shorts[RQ_SHORT_TEXT];
    snprintf(left, sizeof left, "%s--%s%s%s", rq_short_text(command, option->name, shorts),
             option->name, option->argument ? " " : "", option->argument ? option->argument : "");
    printf("  %-*s ", OPTION_COLUMN, left);
    if (strlen(left) > OPTION_COLUMN) printf("\n  %-*s ", OPTION_COLUMN, "");
    printf("%s\n", option->help);
}

void rq_help_command(const rq_command *command)
{
    printf("requant %s %s\n\n%s\n", command->name, command->operands, command->summary);
    for (const char *const *text = command->details; text && *text; text++) printf("\n%s\n", *text);
    printf("\nOptions:\n");
    for (const rq_option *const *table = command->options; *table; table++)
        for (const rq_option *option = *table; option->name; option++)
            print_option(command, option);
    printf("\nExamples:\n");
    for (const char *const *example = command->examples; *example; example++)
        printf("  %s\n", *example);
}

void rq_help_program(void)
{
    printf("requant " RQ_VERSION ": quantization and calibration workbench for OpenVINO IR\n\n"
           "usage: requant COMMAND [FILES] [OPTIONS]\n\n");
    for (size_t i = 0; i < rq_command_count(); i++)
        printf("  %-10s %s\n", rq_command_at(i)->name, rq_command_at(i)->summary);
    printf("\n`requant COMMAND --help` shows its options with examples.\n"
           "Exit status: 0 done, 1 failed, 2 wrong usage, 3 a budget not met.\n");
}
