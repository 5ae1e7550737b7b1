/* "Did you mean": the optimal string alignment distance (engine/base/text.h). */
#include "engine/base/text.h"

#include <ctype.h>
#include <string.h>

#define MAX_WORD_LENGTH 64 /* longer words are nobody's typing error */

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static int lower(char c)
{
    return tolower((unsigned char)c);
}

/* Insertions, deletions, substitutions and swaps of neighbours, each costing 1; case is free. */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][MAX_WORD_LENGTH + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++) last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + !same);
            bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped && before[j - 2] + 1 < row[j]) row[j] = before[j - 2] + 1;
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[m];
}

const char *rq_suggest(const char *word, const char *const *candidates, size_t n)
{
    size_t length = strlen(word);
    if (length == 0 || length > MAX_WORD_LENGTH) return NULL;
    const char *best = NULL;
    size_t near = length / 3 > 2 ? length / 3 : 2;
    if (near >= length) near = length - 1; /* something must be left of what was typed */
    for (size_t i = 0; i < n; i++) {
        size_t other = candidates[i] ? strlen(candidates[i]) : 0;
        if (other == 0 || other > MAX_WORD_LENGTH) continue;
        size_t distance = edit_distance(word, length, candidates[i], other);
        if (distance > near || (best && distance == near)) continue;
        best = candidates[i];
        near = distance;
    }
    return best;
}
