/* Characters that command a terminal. */
#ifndef RQ_BASE_CONTROL_CHARACTERS_H
#define RQ_BASE_CONTROL_CHARACTERS_H

#include <stddef.h>

/* Bytes of the character at `at` where it may command a terminal: C0, DEL, C1 in UTF-8 (C2 80 .. C2
 * 9F), and what turns the direction of all that follows (U+202A .. U+202E, U+2066 .. U+2069). 0: it
 * is none, or the end. */
size_t rq_control_bytes(const char *at);
/* Replaces all of them but newlines and tabs by question marks: names of files are anybody's. */
void rq_text_disarm(char *text);

#endif
