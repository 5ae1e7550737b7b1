/* --log FILE: what a run says, line by line with the time, appended to a file. */
#ifndef RQ_CLI_LOG_FILE_H
#define RQ_CLI_LOG_FILE_H

#include "engine/base/status.h"

/* RQ_EIO where it cannot be written. Open until the process ends. */
rq_status rq_log_file_open(const char *path);
/* A line of text; nothing without a file. From any thread. */
void rq_log_file_add(const char *text);

#endif
