#include "engine/cli/library.h"

#include "engine/api/options/model_options.h"
#include "engine/base/callbacks.h"
#include "engine/cli/console.h"
#include "engine/cli/wrap.h"
#include "reports/writers/writer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

rq_status rq_library_open_context(rq_context **out, const rq_args *args)
{
    rq_context_options options = rq_context_options_default();
    RQ_TRY(rq_threads_option(&options.threads, rq_args_settings(args)));
    options.callbacks = *rq_callbacks_installed();
    return rq_context_create(out, &options);
}

static bool have_option(const rq_option *const *tables, const char *name)
{
    while (*tables && !rq_option_table_has(*tables, name)) tables++;
    return *tables != NULL;
}

static rq_status pass_options(rq_options *out, const rq_command *command, const rq_args *args)
{
    const rq_settings *settings = rq_args_settings(args);
    for (size_t i = 0; i < settings->n; i++)
        if (have_option(command->procedure, settings->v[i].name))
            RQ_TRY(rq_options_set(out, settings->v[i].name, settings->v[i].value));
    return RQ_OK;
}

rq_status rq_library_open(rq_library *out, const rq_command *command, const rq_args *args)
{
    *out = (rq_library){0};
    RQ_TRY(rq_library_open_context(&out->context, args));
    RQ_TRY(rq_options_create(&out->options, command->name));
    return pass_options(out->options, command, args);
}

rq_status rq_library_open_network(rq_library *out, const rq_command *command, const rq_args *args)
{
    RQ_TRY(rq_library_open(out, command, args));
    return rq_network_open(&out->network, out->context, rq_args_operand(args, 0), out->options);
}

void rq_library_close(rq_library *library)
{
    rq_result_destroy(&library->result);
    rq_network_destroy(&library->network);
    rq_options_destroy(&library->options);
    rq_context_destroy(&library->context);
}

rq_status rq_library_print(const rq_library *library, const char *format, size_t rows)
{
    const rq_text_style style = {.colour = rq_report_may_colour(STDOUT_FILENO),
                                 .rows = rows,
                                 .columns = rq_console_columns(STDOUT_FILENO)};
    const char *text;
    rq_console_end();
    RQ_TRY(rq_result_text(&text, library->result, format, &style));
    rq_print_wrapped(text, strcmp(format, "text") ? 0 : style.columns); /* programs' stay */
    return RQ_OK;
}
