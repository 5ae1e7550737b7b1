/* requant help: what was asked for. */
#include "engine/cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rq_help_options(rq_buf *out, const rq_command *command, rq_option_fn *each)
{
    for (const rq_option *const *table = command->options; *table; table++)
        for (const rq_option *option = *table; *table != rq_common_options && option->name;
             option++)
            each(out, command, option);
}

static const struct topic {
    const char *words[2];
    void (*write)(rq_buf *out);
} topics[] = {
    {{"--man", NULL}, rq_help_man},
    {{"--completion", "bash"}, rq_help_bash},
    {{"--completion", "zsh"}, rq_help_zsh},
};

static int print(void (*write)(rq_buf *out))
{
    rq_buf text = {0};
    write(&text);
    bool failed = text.failed || fputs(text.data ? text.data : "", stdout) < 0;
    rq_buf_free(&text);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool is_topic(const struct topic *topic, int argc, char **argv)
{
    for (int i = 0; i < 2 && topic->words[i]; i++)
        if (i >= argc || strcmp(argv[i], topic->words[i]) != 0) return false;
    return true;
}

int rq_help_run(int argc, char **argv)
{
    if (argc == 0) {
        rq_help_program();
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        if (is_topic(&topics[i], argc, argv)) return print(topics[i].write);
    const rq_command *command = rq_command_find(argv[0]);
    if (command) {
        rq_help_command(command);
        return EXIT_SUCCESS;
    }
    fprintf(stderr,
            "requant help: '%s' is no command; `requant --help` lists them, and there are --man, "
            "--completion bash, --completion zsh\n",
            argv[0]);
    return 2;
}
