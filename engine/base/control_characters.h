/* Characters that command a terminal. */
#ifndef RQ_BASE_CONTROL_CHARACTERS_H
#define RQ_BASE_CONTROL_CHARACTERS_H

#include <stdbool.h>

/* Whether the character at `at` may command a terminal: C0, DEL, and C1 in UTF-8 (C2 80 .. C2 9F).
 */
bool rq_is_control(const char *at);
/* Replaces all of them but newlines and tabs by question marks: names of files are anybody's. */
void rq_text_disarm(char *text);

#endif
