#include "reports/writers/table_text.h"

#include "engine/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += !continues_character(*text);
    return n;
}

/* At most `limit` bytes of text; of longer ones the beginning and the end. */
static void shorten(char *cell, const char *text, size_t limit)
{
    size_t n = strlen(text), room = limit > 2 ? limit - 2 : 0, head = room / 3, tail = room - head;
    if (n <= limit || width_of(text) <= limit) {
        memcpy(cell, text, n + 1);
        return;
    }
    while (head > 0 && continues_character(text[head])) head--;
    while (tail > 0 && continues_character(text[n - tail])) tail--;
    memcpy(cell, text, head);
    memcpy(cell + head, "..", 2);
    memcpy(cell + head + 2, text + n - tail, tail + 1);
}

void rq_text_table_row(rq_text_table *table, const char *const *cells, size_t n)
{
    if (rq_grow(&table->cells, &table->capacity, table->rows, sizeof *table->cells, "a table") !=
        RQ_OK) {
        table->failed = true;
        return;
    }
    memset(&table->cells[table->rows], 0, sizeof *table->cells);
    for (size_t i = 0; i < n; i++) {
        rq_buf visible = {0};
        rq_buf_visible(&visible, cells[i] ? cells[i] : "");
        size_t asked = i == 0 ? table->wide : table->narrow;
        size_t limit = asked ? asked : RQ_TABLE_CELL - 1;
        if (visible.data) shorten(table->cells[table->rows][i], visible.data, limit);
        table->failed = table->failed || visible.failed;
        rq_buf_free(&visible);
    }
    table->rows++;
    if (n > table->columns) table->columns = n;
}

/* The heading alone does not make a column. */
static size_t column_width(const rq_text_table *table, size_t column)
{
    size_t widest = 0;
    for (size_t row = 1; row < table->rows; row++) {
        size_t width = width_of(table->cells[row][column]);
        if (width > widest) widest = width;
    }
    size_t heading = width_of(table->cells[0][column]);
    return widest && heading > widest ? heading : widest;
}

static void write_cell(rq_buf *out, const char *cell, size_t width, bool left)
{
    int pad = (int)(width - width_of(cell));
    rq_buf_printf(out, "  %*s%s%*s", left ? 0 : pad, "", cell, left ? pad : 0, "");
}

/* Columns `from` to `to` beside the first. */
typedef struct block {
    size_t from, to;
} block;

static void write_row(rq_buf *out, const rq_text_table *table, size_t row, const size_t *widths,
                      const block *of)
{
    char first[RQ_TABLE_CELL];
    shorten(first, table->cells[row][0], widths[0]);
    if (widths[0]) write_cell(out, first, widths[0], true);
    for (size_t i = of->from; i < of->to; i++)
        if (widths[i]) write_cell(out, table->cells[row][i], widths[i], false);
    while (out->length && out->data[out->length - 1] == ' ') out->data[--out->length] = '\0';
}

static void write_block(rq_buf *out, const rq_text_table *table, const size_t *widths,
                        const block *of, const char *emphasis, const char *plain)
{
    for (size_t row = 0; row < table->rows; row++) {
        rq_buf_append(out, row ? "" : emphasis);
        write_row(out, table, row, widths, of);
        rq_buf_append(out, row ? "\n" : plain);
        if (row == 0) rq_buf_append(out, "\n");
    }
}

/* Characters of columns `from` to `to`, with what stands between them. */
static size_t total_width(const size_t *widths, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++) n += widths[i] ? widths[i] + 2 : 0;
    return n;
}

/* Names give way first; where that is not enough, they are cut to what is read easily. */
static void fit_first(size_t *widths, size_t columns, size_t most)
{
    size_t others = total_width(widths, 1, columns) + 2;
    size_t room = most > others ? most - others : 0;
    if (widths[0] <= room) return;
    size_t width = room >= RQ_TABLE_NAME ? room : RQ_TABLE_LONG_NAME;
    if (width < widths[0]) widths[0] = width;
}

/* As many columns as fit, one at least. */
static size_t end_of_block(const size_t *widths, size_t columns, size_t from, size_t most)
{
    size_t to = from + 1;
    while (to < columns && total_width(widths, 0, 1) + total_width(widths, from, to + 1) <= most)
        to++;
    return to;
}

void rq_text_table_write(rq_buf *out, rq_text_table *table, const char *emphasis, const char *plain)
{
    size_t widths[RQ_TABLE_COLUMNS] = {0}, most = table->width ? table->width : SIZE_MAX;
    for (size_t i = 0; i < table->columns; i++) widths[i] = column_width(table, i);
    if (total_width(widths, 0, table->columns) > most && table->optional)
        widths[table->optional] = 0;
    fit_first(widths, table->columns, most);
    block of = {1, 1};
    do {
        of.to = end_of_block(widths, table->columns, of.from, most);
        if (of.to > table->columns) of.to = table->columns;
        if (of.from > 1) rq_buf_append(out, "\n");
        write_block(out, table, widths, &of, emphasis, plain);
        of.from = of.to;
    } while (of.from < table->columns);
    out->failed = out->failed || table->failed;
}

void rq_text_table_free(rq_text_table *table)
{
    free(table->cells);
    *table = (rq_text_table){0};
}
