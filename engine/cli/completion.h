/* What the shells' completion knows of arguments. */
#ifndef RQ_CLI_COMPLETION_H
#define RQ_CLI_COMPLETION_H

#include "engine/base/text.h"

/* Appends the patterns of files that an argument or operand ("DIR|LIST", "NAME=FILE.npy",
 * "MODEL.xml ...") may be, blank-separated: "*", "*.h5"; "/" for folders alone. Nothing where it
 * is no file. */
void rq_completion_patterns(rq_buf *out, const char *argument);

#endif
