/* The values that options take by name: of their own tables of words, and of the tables of the
 * rooms below (adapters, data formats, range estimators ...). For `--NAME help`, for the shells'
 * completion and for the manual. */
#ifndef RQ_API_OPTIONS_OPTION_WORDS_H
#define RQ_API_OPTIONS_OPTION_WORDS_H

#include "engine/base/arena.h"
#include "engine/base/option.h"

typedef struct rq_word {
    const char *name, *help;
    bool is_setting; /* "score=X", of the value before it */
} rq_word;

struct rq_word_list {
    rq_arena *arena; /* strings may live in it */
    rq_word *words;
    size_t n, capacity;
};

/* An option's values; none where it has neither keywords nor a list. After a failure too, to be
 * closed. */
rq_status rq_words_open(rq_word_list *out, const rq_option *option);
void rq_words_close(rq_word_list *list);

/* Lists for rq_option. */
rq_status rq_list_adapters(rq_word_list *out);
rq_status rq_list_backends(rq_word_list *out);
rq_status rq_list_configurations(rq_word_list *out); /* those that ship with requant */
rq_status rq_list_formats(rq_word_list *out);        /* of data sets */
rq_status rq_list_metrics(rq_word_list *out);
rq_status rq_list_output_kinds(rq_word_list *out);
rq_status rq_list_ranges(rq_word_list *out);

#endif
