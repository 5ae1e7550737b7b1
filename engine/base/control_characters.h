/* Characters that command a terminal, or whoever reads a log. */
#ifndef RQ_BASE_CONTROL_CHARACTERS_H
#define RQ_BASE_CONTROL_CHARACTERS_H

#include <stddef.h>

/* Bytes of the character at `at` where it may command a terminal: C0, DEL, C1 in UTF-8 (C2 80 .. C2
 * 9F), and what turns the direction of all that follows (U+202A .. U+202E, U+2066 .. U+2069). 0: it
 * is none, or the end. */
size_t rq_control_bytes(const char *at);
/* As above, of text[at], also for what GitHub Actions takes a line of a log for a command by: `##[`
 * anywhere, `::` behind nothing but blanks, of which any character may be one that is not ASCII. Of
 * those, the first byte. */
size_t rq_command_bytes(const char *text, size_t at);
/* Replaces all of these but tabs by question marks, and newlines by blanks: names of files are
 * anybody's, and must not begin a line of a log. */
void rq_text_disarm(char *text);

#endif
