/* requant: finds the command, parses its options, runs it, prints the error. */
#include "engine/api/requant.h"
#include "engine/base/version.h"
#include "engine/cli/command.h"
#include "engine/cli/console.h"
#include "engine/cli/help.h"
#include "engine/cli/library_exceptions.h"
#include "engine/cli/log_file.h"
#include "engine/cli/written_files.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
#define RQ_EXIT(name, status, meaning) EXIT_##name = status,
#include "engine/cli/exit_status.def"
#undef RQ_EXIT
};

/* Of the processes that mpirun started together, who alone writes and prints. */
static bool is_first = true;

static int unknown_command(const char *name)
{
    const char *near = rq_command_near(name);
    fprintf(stderr, "requant: '%s' is not a command", name);
    if (near) fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, "%s `requant --help` lists them\n", near ? "" : ";");
    return EXIT_USAGE;
}

/* As shells count those who die of it. */
static int exit_of_signal(void)
{
    switch (rq_console_signal()) {
    case SIGHUP:
        return EXIT_HUNG_UP;
    case SIGTERM:
        return EXIT_TERMINATED;
    default:
        return EXIT_INTERRUPTED;
    }
}

static int exit_of(rq_status status)
{
    switch (status) {
    case RQ_OK:
        return EXIT_DONE;
    case RQ_EARG:
        return EXIT_USAGE;
    case RQ_EBUDGET:
        return EXIT_BUDGET;
    case RQ_EUNMEASURED:
        return EXIT_UNMEASURED;
    case RQ_ECANCELLED:
        return exit_of_signal();
    default:
        return EXIT_FAILED;
    }
}

/* Each line of a message says whose it is. */
static int report_failure(const rq_command *command, rq_status status)
{
    rq_log_file_add(status == RQ_OK ? "done" : rq_error_text());
    if (status == RQ_OK) return exit_of(status);
    for (const char *line = rq_error_text(), *end; line; line = *end ? end + 1 : NULL) {
        end = line + strcspn(line, "\n");
        fprintf(stderr, "requant %s: %.*s\n", command->name, (int)(end - line), line);
    }
    return exit_of(status);
}

/* All that was printed has arrived; `who` begins the message. */
static int finish_output(const char *who, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    fprintf(stderr, "requant%s%s: cannot write to standard output\n", *who ? " " : "", who);
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

/* The command itself, or the help that its options ask for. */
static rq_status carry_out(const rq_command *command, const rq_args *args)
{
    if (rq_args_has(args, "help")) return rq_help_command(command);
    if (rq_args_asked(args)) return rq_help_values(rq_args_asked(args));
    RQ_TRY(rq_written_files_check(command, args));
    if (rq_args_has(args, "log") && is_first)
        RQ_TRY(rq_log_file_open(rq_args_get(args, "log", NULL)));
    rq_callbacks_install(rq_console_open(rq_args_has(args, "quiet"), rq_args_has(args, "verbose")));
    rq_log_file_add(command->name);
    rq_console_catch_signals();
    rq_status status = command->run(args);
    rq_console_end();
    return status;
}

static int parse_and_run(const rq_command *command, int argc, char **argv)
{
    rq_args *args;
    rq_status status = rq_args_parse(&args, command, argc, argv);
    if (status != RQ_OK) {
        int code = report_failure(command, rq_ranks_end(status));
        if (code == EXIT_USAGE)
            fprintf(stderr, "`requant %s --help` shows the options\n", command->name);
        return code;
    }
    int code = report_failure(command, rq_ranks_end(carry_out(command, args)));
    rq_args_destroy(&args);
    return finish_output(command->name, code);
}

/* What is printed is the same everywhere: the first process alone says it. */
static rq_status join_ranks(const rq_command *command)
{
    size_t index, count;
    RQ_TRY(rq_ranks_begin(&index, &count));
    is_first = index == 0;
    if (index && (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)))
        return rq_fail(RQ_EIO, "/dev/null cannot be opened");
    if (count == 1 || command->ranks) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "started as %zu processes, but works in one: calibrate, evaluate, analyze and "
                   "tune share their work",
                   count);
}

static int join_and_run(const rq_command *command, int argc, char **argv)
{
    rq_status status = join_ranks(command);
    if (status == RQ_OK) return parse_and_run(command, argc, argv);
    return report_failure(command, rq_ranks_end(status));
}

/* Processes end alike, but the first alone says so: a launcher that sees another one fail would end
 * the first before it has printed why. */
static int run_command(const rq_command *command, int argc, char **argv)
{
    int code = join_and_run(command, argc, argv);
    return is_first ? code : EXIT_DONE;
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0) words++;
    return *words != NULL;
}

static int help(int argc, char **argv)
{
    rq_status status = rq_help_topic(argc, argv);
    if (status != RQ_OK) fprintf(stderr, "requant help: %s\n", rq_error_text());
    return finish_output("help", exit_of(status));
}

/* Workers allocate little: heaps of their own would keep what one step of a job gave back from the
 * next. */
static void use_one_heap(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
#endif
}

int main(int argc, char **argv)
{
    static const char *const asks_help[] = {"help", "--help", "-h", NULL};
    static const char *const asks_version[] = {"--version", "-V", "-v", NULL};
    rq_library_exceptions_end();
    use_one_heap();
    if (argc < 2) {
        rq_help_topic(0, NULL);
        return EXIT_USAGE;
    }
    if (is_one_of(argv[1], asks_help)) return help(argc - 2, argv + 2);
    if (is_one_of(argv[1], asks_version)) {
        puts("requant " RQ_VERSION);
        return finish_output("", EXIT_DONE);
    }
    const rq_command *command = rq_command_find(argv[1]);
    return command ? run_command(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}
