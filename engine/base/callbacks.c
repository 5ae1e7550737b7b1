#include "engine/base/callbacks.h"

#include "engine/base/control_characters.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>

static _Thread_local const rq_callbacks *installed;

const rq_callbacks *rq_callbacks_install(const rq_callbacks *callbacks)
{
    const rq_callbacks *before = installed;
    installed = callbacks;
    return before;
}

const rq_callbacks *rq_callbacks_installed(void)
{
    return installed;
}

void rq_log_lines(const char *lines)
{
    if (installed && installed->log) installed->log(installed->ctx, lines);
}

void rq_log(const char *format, ...)
{
    char *text;
    if (!installed || !installed->log) return;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) return; /* no memory: what is logged is not what is computed */
    rq_text_disarm(text);
    rq_log_lines(text);
    free(text);
}

bool rq_cancelled(void)
{
    return installed && installed->cancelled && installed->cancelled(installed->ctx);
}
