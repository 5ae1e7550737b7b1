/* The manual page. */
#include "engine/cli/help.h"
#include "engine/base/version.h"

#include <string.h>

/* Text of roff: '-' must stay a minus sign that can be copied, and no line may begin as a macro. */
static void put_text(rq_buf *out, const char *text)
{
    bool begins = true;
    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\'')) rq_buf_append(out, "\\&");
        begins = *text == '\n';
        if (*text == '\\')
            rq_buf_append(out, "\\e");
        else if (*text == '-')
            rq_buf_append(out, "\\-");
        else
            rq_buf_append_n(out, text, 1);
    }
}

static void put_collapsed(rq_buf *out, const char *text)
{
    rq_buf line = {0};
    rq_help_line(&line, text, "");
    put_text(out, line.data ? line.data : "");
    out->failed = out->failed || line.failed;
    rq_buf_free(&line);
}

static void put_option(rq_buf *out, const rq_command *command, const rq_option *option)
{
    char shorts[RQ_SHORT_TEXT];
    rq_buf_append(out, ".TP\n.B ");
    put_text(out, rq_short_text(command, option->name, shorts));
    rq_buf_append(out, "\\-\\-");
    put_text(out, option->name);
    if (option->argument) {
        rq_buf_append(out, " \\fI");
        put_text(out, option->argument);
        rq_buf_append(out, "\\fR");
    }
    rq_buf_append(out, "\n");
    put_collapsed(out, option->help);
    rq_buf_append(out, "\n");
}

static void put_command(rq_buf *out, const rq_command *command)
{
    rq_buf_append(out, ".SS requant ");
    put_text(out, command->name);
    rq_buf_append(out, " ");
    put_text(out, command->operands);
    rq_buf_append(out, "\n");
    put_text(out, command->summary);
    rq_buf_append(out, ".\n");
    for (const char *const *text = command->details; text && *text; text++) {
        rq_buf_append(out, ".PP\n");
        put_text(out, *text);
        rq_buf_append(out, "\n");
    }
    rq_help_options(out, command, put_option);
    rq_buf_append(out, ".PP\nExamples:\n.PP\n.RS\n.nf\n");
    for (const char *const *example = command->examples; *example; example++) {
        put_text(out, *example);
        rq_buf_append(out, "\n");
    }
    rq_buf_append(out, ".fi\n.RE\n");
}

void rq_help_man(rq_buf *out)
{
    rq_buf_append(out, ".TH REQUANT 1 \"\" \"requant " RQ_VERSION "\" \"User Commands\"\n"
                       ".SH NAME\nrequant \\- quantization and calibration workbench for OpenVINO "
                       "IR\n.SH SYNOPSIS\n.B requant\n.I COMMAND\n[\\fIFILES\\fR] "
                       "[\\fIOPTIONS\\fR]\n.br\n.B requant help\n[\\fICOMMAND\\fR | "
                       "\\fB\\-\\-man\\fR | \\fB\\-\\-completion\\fR \\fIbash\\fR|\\fIzsh\\fR]\n"
                       ".br\n.B requant \\-\\-version\n.SH COMMANDS\n");
    for (size_t i = 0; i < rq_command_count(); i++) put_command(out, rq_command_at(i));
    rq_buf_append(out, ".SH OPTIONS OF EVERY COMMAND\n");
    for (const rq_option *option = rq_common_options; option->name; option++)
        put_option(out, NULL, option);
    rq_buf_append(out,
                  ".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\nfailed\n.TP\n.B 2\nwrong usage\n"
                  ".TP\n.B 3\na budget is not met\n.SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colours, "
                  "when set to anything but the empty text\n.TP\n.B OPENVINO_LIB_PATHS\nfolder of "
                  "OpenVINO's C library, for \\-\\-backend openvino\n");
}
