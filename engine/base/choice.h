/* A word out of a list of names, and what to say of one that is not among them. */
#ifndef RQ_BASE_CHOICE_H
#define RQ_BASE_CHOICE_H

#include "engine/base/status.h"

#include <stddef.h>

/* The index of `word` in a NULL-terminated list; -1: it is not there. */
int rq_choice_find(const char *const *choices, const char *word);

/* "one of a, b, c" of a NULL-terminated list, cut where it is too long; returns buffer. */
#define RQ_CHOICES_TEXT 512
const char *rq_choice_text(char buffer[RQ_CHOICES_TEXT], const char *const *choices);

/* Fails with the formatted text and what to take instead of `word`: "...; did you mean 'b'? There
 * are a, b, c", or "...; there are a, b, c" where nothing is near. Long lists (of layers, say) are
 * not told. names[n]; entries may be NULL. */
rq_status rq_choice_fail(rq_status status, const char *word, const char *const *names, size_t n,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
