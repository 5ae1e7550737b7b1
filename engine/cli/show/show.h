/* `requant show`: one line in show_kinds.def and one file show_<kind>.c per kind of file. */
#ifndef RQ_CLI_SHOW_SHOW_H
#define RQ_CLI_SHOW_SHOW_H

#include "engine/base/arena.h"
#include "engine/base/formats/json.h"
#include "reports/writers/histogram_text.h"
#include "reports/writers/table_text.h"

#define RQ_SHOW_ROWS 20      /* of a table, unless --all */
#define RQ_SHOW_HISTOGRAMS 3 /* unless --all or --layer */
#define RQ_SHOW_NAME 44      /* characters of a name */

typedef struct rq_show {
    const char *path;
    const char *proto, *checkpoint; /* of a model: as import's options; NULL: none */
    const char *layer;              /* only what has this in its name; NULL: everything */
    bool all;                       /* every row, every histogram */
    rq_draw_style style;
    size_t columns; /* characters of a line of tables; 0: no limit */
    rq_arena *arena;
    rq_buf *out;
} rq_show;

typedef struct rq_show_kind {
    const char *name, *help;
    /* Whether a file is of this kind: its name, and how it begins (NUL-terminated). */
    bool (*matches)(const char *path, const char *head, size_t n);
    /* Text for people, appended to show->out. */
    rq_status (*text)(rq_show *show);
    rq_status (*json)(rq_show *show, rq_json **out); /* the same for programs */
} rq_show_kind;

/* Whether --layer picks this name. */
bool rq_show_picks(const rq_show *show, const char *name);
/* How many of n rows a table shows. */
size_t rq_show_rows(const rq_show *show, size_t n);
void rq_show_heading(rq_show *show, const char *text);
/* Writes and frees the table; says how many of `n` rows were left out. Nothing without rows. */
void rq_show_table(rq_show *show, rq_text_table *table, size_t n);
rq_status rq_show_json_file(rq_show *show, rq_json **out); /* a kind that is JSON already */

#endif
