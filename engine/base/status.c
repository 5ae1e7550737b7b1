#include "engine/base/status.h"

#include "engine/base/control_characters.h"

#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 2048

static _Thread_local char error_text[TEXT_BYTES];
static _Thread_local bool memory_was_short;

bool rq_memory_was_short(void)
{
    bool was = memory_was_short;
    memory_was_short = false;
    return was;
}

rq_status rq_fail_lines(rq_status status, const char *lines)
{
    size_t length = strnlen(lines, TEXT_BYTES - 1);
    memmove(error_text, lines, length);
    error_text[length] = '\0';
    if (status == RQ_ENOMEM) memory_was_short = true;
    return status;
}

/* Into a copy, because the arguments may point into the old text. */
rq_status rq_fail(rq_status status, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    rq_text_disarm(text);
    return rq_fail_lines(status, text);
}

rq_status rq_fail_prefix(rq_status status, const char *format, ...)
{
    char prefix[TEXT_BYTES], text[2 * TEXT_BYTES + 2];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    rq_text_disarm(prefix);
    snprintf(text, sizeof text, "%s: %s", prefix, error_text);
    return rq_fail_lines(status, text);
}

rq_status rq_fail_memory(unsigned long long bytes, const char *what)
{
    return rq_fail(RQ_ENOMEM, "out of memory: %llu bytes for %s", bytes, what);
}

const char *rq_error_text(void)
{
    return error_text;
}
