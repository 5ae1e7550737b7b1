/* Recognised text: whole words, and characters by edit distance.
 * Source: Levenshtein 1966, "Binary codes capable of correcting deletions, insertions, and
 * reversals". */
#include "reports/metrics/metric.h"

#include <stdlib.h>
#include <string.h>

static bool same_text(const rq_prediction *a, const rq_prediction *b)
{
    return a->n_symbols == b->n_symbols &&
           (a->n_symbols == 0 ||
            memcmp(a->symbols, b->symbols, a->n_symbols * sizeof *a->symbols) == 0);
}

static rq_status score_word(rq_records *record, const rq_metric_input *input)
{
    return rq_records_push(record, same_text(input->prediction, input->truth));
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t x = a < b ? a : b;
    return x < c ? x : c;
}

/* One row of the table at a time; row[k]: distance of a's first i to b's first k. */
static rq_status edit_distance(size_t *out, const rq_prediction *a, const rq_prediction *b)
{
    size_t *row;
    RQ_TRY(rq_calloc(&row, b->n_symbols + 1, sizeof *row, "comparing texts"));
    for (size_t k = 0; k <= b->n_symbols; k++) row[k] = k;
    for (size_t i = 0; i < a->n_symbols; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < b->n_symbols; k++) {
            size_t changed = diagonal + (a->symbols[i] != b->symbols[k]);
            diagonal = row[k + 1];
            row[k + 1] = least(changed, row[k] + 1, diagonal + 1);
        }
    }
    *out = row[b->n_symbols];
    free(row);
    return RQ_OK;
}

static rq_status score_characters(rq_records *record, const rq_metric_input *input)
{
    size_t distance;
    RQ_TRY(edit_distance(&distance, input->prediction, input->truth));
    RQ_TRY(rq_records_push(record, (double)distance));
    return rq_records_push(record, (double)input->truth->n_symbols);
}

/* 1 - edits per character of the truth; not below 0. An empty truth answered with nothing: all
 * right. */
static double reduce_characters(const rq_records *records, const size_t *picks, size_t n)
{
    double edits = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        edits += rq_records_at(records, picks[i])[0];
        length += rq_records_at(records, picks[i])[1];
    }
    if (length == 0) return edits == 0 ? 100 : 0;
    return edits < length ? 100 * (1 - edits / length) : 0;
}

const rq_metric rq_metric_words = {
    .name = "word accuracy",
    .unit = "%",
    .help = "Images whose text is read without an error.",
    .needs = RQ_NEEDS_LABELS,
    .predictions = RQ_PREDICTION_TEXT,
    .proportion = true,
    .higher_is_better = true,
    .score = score_word,
    .reduce = rq_reduce_percent,
};

const rq_metric rq_metric_characters = {
    .name = "character accuracy",
    .unit = "%",
    .help = "1 - edits needed (characters substituted, inserted, deleted) per character of the "
            "ground truth.",
    .needs = RQ_NEEDS_LABELS,
    .predictions = RQ_PREDICTION_TEXT,
    .higher_is_better = true,
    .score = score_characters,
    .reduce = reduce_characters,
};

const rq_metric rq_metric_words_same = {
    .name = "same text",
    .unit = "%",
    .help = "Images with the same text as the original model; needs no labels.",
    .needs = RQ_NEEDS_REFERENCE,
    .predictions = RQ_PREDICTION_TEXT,
    .proportion = true,
    .higher_is_better = true,
    .score = score_word,
    .reduce = rq_reduce_percent,
};

const rq_metric rq_metric_characters_same = {
    .name = "same characters",
    .unit = "%",
    .help = "1 - edits that turn the text before into the one after, per character; needs no "
            "labels.",
    .needs = RQ_NEEDS_REFERENCE,
    .predictions = RQ_PREDICTION_TEXT,
    .higher_is_better = true,
    .score = score_characters,
    .reduce = reduce_characters,
};
