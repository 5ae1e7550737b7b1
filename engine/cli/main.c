/* requant: finds the command, parses its options, runs it, prints the error. */
#include "engine/base/text.h"
#include "engine/base/version.h"
#include "engine/cli/command.h"
#include "engine/cli/console.h"
#include "engine/cli/help.h"

#include <stdio.h>
#include <string.h>

#define RQ_COMMAND(name) extern const rq_command rq_command_##name;
#include "engine/cli/commands.def"
#undef RQ_COMMAND

static const rq_command *const commands[] = {
#define RQ_COMMAND(name) &rq_command_##name,
#include "engine/cli/commands.def"
#undef RQ_COMMAND
};

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_BUDGET = 3 };

size_t rq_command_count(void)
{
    return sizeof commands / sizeof commands[0];
}

const rq_command *rq_command_at(size_t i)
{
    return commands[i];
}

const rq_command *rq_command_find(const char *name)
{
    for (size_t i = 0; i < rq_command_count(); i++)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[sizeof commands / sizeof commands[0]];
    for (size_t i = 0; i < rq_command_count(); i++) names[i] = commands[i]->name;
    const char *near = rq_suggest(name, names, rq_command_count());
    fprintf(stderr, "requant: '%s' is not a command", name);
    if (near) fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, " `requant --help` lists them\n");
    return EXIT_USAGE;
}

static int report_failure(const rq_command *command, rq_status status)
{
    fprintf(stderr, "requant %s: %s\n", command->name, rq_error_text());
    if (status == RQ_EBUDGET) return EXIT_BUDGET;
    return status == RQ_EARG ? EXIT_USAGE : EXIT_FAILED;
}

static int run_command(const rq_command *command, int argc, char **argv)
{
    rq_args *args;
    rq_status status = rq_args_parse(&args, command, argc, argv);
    if (status != RQ_OK) {
        report_failure(command, status);
        fprintf(stderr, "`requant %s --help` shows the options\n", command->name);
        return EXIT_USAGE;
    }
    int code = EXIT_DONE;
    if (rq_args_has(args, "help")) {
        rq_help_command(command);
    } else {
        rq_callbacks_install(rq_console_open(rq_args_has(args, "quiet")));
        rq_console_catch_signals();
        status = command->run(args);
        if (status != RQ_OK) code = report_failure(command, status);
    }
    rq_args_destroy(&args);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "requant %s: cannot write to standard output\n", command->name);
        code = code == EXIT_DONE ? EXIT_FAILED : code;
    }
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        rq_help_program();
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return rq_help_run(argc - 2, argv + 2);
    if (!strcmp(argv[1], "--version")) {
        puts("requant " RQ_VERSION);
        return EXIT_DONE;
    }
    const rq_command *command = rq_command_find(argv[1]);
    return command ? run_command(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}
