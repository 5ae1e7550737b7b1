/* The text of `--NAME help`. */
#include "engine/cli/help_pages.h"
#include "engine/cli/help_text.h"
#include "engine/api/options/option_words.h"

#include <string.h>

enum { MAX_NAME = 20 }; /* a longer one has a line of its own */

static size_t widest_name(const rq_word_list *list)
{
    size_t widest = 0;
    for (size_t i = 0; i < list->n; i++) {
        size_t length = strlen(list->words[i].name) + (list->words[i].is_setting ? 2 : 0);
        if (length > widest) widest = length;
    }
    return widest;
}

static void put_heading(rq_buf *out, const rq_option *option)
{
    rq_buf text = {0};
    rq_buf_printf(&text, "--%s %s: %s", option->name, option->argument, option->help);
    if (option->fallback) rq_buf_printf(&text, " (default: %s)", option->fallback);
    if (!text.failed) rq_help_fill(out, text.data, 0, 2, rq_help_width());
    rq_buf_append(out, "\n\n");
    out->failed = out->failed || text.failed;
    rq_buf_free(&text);
}

static void put_values(rq_buf *out, const rq_option *option, const rq_word_list *list)
{
    put_heading(out, option);
    size_t widest = widest_name(list), column = 2 + (widest < MAX_NAME ? widest : MAX_NAME) + 2;
    for (size_t i = 0; i < list->n; i++) {
        const rq_word *v = &list->words[i];
        rq_help_row(out, v->is_setting ? 4 : 2, v->name, column, v->help);
    }
}

rq_status rq_text_values(rq_buf *out, const rq_option *option)
{
    rq_word_list list;
    rq_status status = rq_words_open(&list, option);
    if (status == RQ_OK) put_values(out, option, &list);
    rq_words_close(&list);
    return status;
}
