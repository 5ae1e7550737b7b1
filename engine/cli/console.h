/* The terminal's side of a run: messages and a progress line on stderr, and Ctrl-C.
 * "calibrate  123/300  41 %  21.4/s  8 s left" */
#ifndef RQ_CLI_CONSOLE_H
#define RQ_CLI_CONSOLE_H

#include "engine/base/callbacks.h"

/* Messages on stderr; a progress line only on a terminal, at most ten times a second; cancelled
 * after Ctrl-C. `quiet`: neither messages nor progress. Of the one console there is. */
const rq_callbacks *rq_console_open(bool quiet);

/* Installs handlers of SIGINT, SIGTERM and SIGHUP (unless that is ignored) that only set a flag; a
 * second SIGINT or SIGTERM ends the process after removing temporary files. */
void rq_console_catch_signals(void);

#endif
