#include "engine/cli/show/show.h"

#include <string.h>

bool rq_show_picks(const rq_show *show, const char *name)
{
    return !show->layer || (name && strstr(name, show->layer));
}

size_t rq_show_rows(const rq_show *show, size_t n)
{
    return show->all || show->layer || n < RQ_SHOW_ROWS ? n : RQ_SHOW_ROWS;
}

void rq_show_heading(rq_show *show, const char *text)
{
    rq_buf_append(show->out, show->style.colour ? "\n\033[1m" : "\n");
    rq_buf_visible(show->out, text);
    rq_buf_append(show->out, show->style.colour ? "\033[0m\n" : "\n");
}

void rq_show_table(rq_show *show, rq_text_table *table, size_t n)
{
    if (table->rows > 1) {
        rq_buf_append(show->out, "\n");
        table->width = show->columns;
        rq_text_table_write(show->out, table, show->style.colour ? "\033[1m" : "",
                            show->style.colour ? "\033[0m" : "");
        if (table->rows - 1 < n)
            rq_buf_printf(show->out, "  and %zu more: --all\n", n - (table->rows - 1));
    }
    rq_text_table_free(table);
}

rq_status rq_show_json_file(rq_show *show, rq_json **out)
{
    return rq_json_load(out, show->path);
}
