#include "engine/base/choice.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define MAX_TOLD 24 /* names in one message */

int rq_choice_find(const char *const *choices, const char *word)
{
    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], word) == 0) return i;
    return -1;
}

static void append_names(rq_buf *out, const char *const *names, size_t n)
{
    const char *comma = "";
    for (size_t i = 0; i < n; i++) {
        if (!names[i]) continue;
        rq_buf_printf(out, "%s%s", comma, names[i]);
        comma = ", ";
    }
}

const char *rq_choice_text(char buffer[RQ_CHOICES_TEXT], const char *const *choices)
{
    rq_buf text = {0};
    size_t n = 0;
    while (choices[n]) n++;
    append_names(&text, choices, n);
    snprintf(buffer, RQ_CHOICES_TEXT, "one of %s", text.data ? text.data : "none");
    rq_buf_free(&text);
    return buffer;
}

rq_status rq_choice_fail(rq_status status, const char *word, const char *const *names, size_t n,
                         const char *format, ...)
{
    char said[512];
    rq_buf text = {0};
    const char *near = rq_suggest(word, names, n);
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    if (near) rq_buf_printf(&text, "; did you mean '%s'?", near);
    if (n > 0 && n <= MAX_TOLD) {
        rq_buf_append(&text, near ? " There are " : "; there are ");
        append_names(&text, names, n);
    }
    rq_fail(status, "%s%s", said, text.data ? text.data : "");
    rq_buf_free(&text);
    return status;
}
