#include "engine/cli/help.h"

#include "engine/cli/help_pages.h"

#include <stdio.h>
#include <string.h>

/* Prints and frees it. Whether it arrived is checked at the program's end. */
static rq_status print(rq_buf *text, rq_status status)
{
    if (status == RQ_OK && text->failed) status = rq_fail_memory(text->length, "help");
    if (status == RQ_OK && text->data) fputs(text->data, stdout);
    rq_buf_free(text);
    return status;
}

rq_status rq_help_command(const rq_command *command)
{
    rq_buf text = {0};
    rq_text_command(&text, command);
    return print(&text, RQ_OK);
}

rq_status rq_help_values(const rq_option *option)
{
    rq_buf text = {0};
    return print(&text, rq_text_values(&text, option));
}

/* -- topics --------------------------------------------------------------------------------- */

static rq_status put_manual(rq_buf *out, const char *page)
{
    if (!page || !strcmp(page, "requant")) return rq_man_program(out);
    if (!strcmp(page, "data")) return rq_man_data(out);
    const rq_command *command = rq_command_find(page);
    return command
               ? rq_man_command(out, command)
               : rq_fail(RQ_EARG, "no manual page '%s'; there are those of the commands, and data",
                         page);
}

static rq_status put_completion(rq_buf *out, const char *shell)
{
    if (shell && !strcmp(shell, "bash")) return rq_completion_bash(out);
    if (shell && !strcmp(shell, "zsh")) return rq_completion_zsh(out);
    return rq_fail(RQ_EARG, "--completion needs a shell: bash or zsh");
}

static rq_status put_topic(rq_buf *out, int argc, char **argv)
{
    const char *topic = argc ? argv[0] : "--help", *of = argc > 1 ? argv[1] : NULL;
    if (!strcmp(topic, "--man")) return put_manual(out, of);
    if (!strcmp(topic, "--completion")) return put_completion(out, of);
    const rq_command *command = rq_command_find(topic);
    if (command)
        rq_text_command(out, command);
    else if (!strcmp(topic, "--help") || !strcmp(topic, "-h"))
        rq_text_program(out);
    else
        return rq_fail(RQ_EARG,
                       "'%s' is not a command; `requant --help` lists them, and there are --man "
                       "and --completion",
                       topic);
    return RQ_OK;
}

rq_status rq_help_topic(int argc, char **argv)
{
    rq_buf text = {0};
    return print(&text, put_topic(&text, argc, argv));
}
