/* The terminal's side of a run: messages and a progress line on stderr, and Ctrl-C.
 * "[1/7] calibrate  123/300  8 s left" */
#ifndef RQ_CLI_CONSOLE_H
#define RQ_CLI_CONSOLE_H

#include "engine/base/callbacks.h"

#include <stddef.h>

/* Messages on stderr and in the log file; a progress line: on a terminal one that is drawn again up
 * to ten times a second, else a line every ten seconds; cancelled after Ctrl-C. `quiet`: neither
 * messages nor progress on stderr. `verbose`: a line for each run through images that ended, which
 * the log file always has. Of the one console there is. */
const rq_callbacks *rq_console_open(bool quiet, bool verbose);
/* Clears the progress line: before a result is printed, and at the end. */
void rq_console_end(void);

/* Characters in a line of the terminal that a file descriptor is; 0: it is none, or has no size. */
size_t rq_console_columns(int fd);

/* Installs handlers of SIGINT, SIGTERM and SIGHUP (unless that is ignored) that only ask the run to
 * end; a second SIGINT or SIGTERM ends the process after removing temporary files. */
void rq_console_catch_signals(void);
/* The signal that asked first; 0: none did. */
int rq_console_signal(void);

#endif
