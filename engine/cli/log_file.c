#include "engine/cli/log_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static FILE *file;  /* one, as the process is; NULL: none */
static bool failed; /* which is said once */

rq_status rq_log_file_open(const char *path)
{
    file = fopen(path, "a");
    if (!file) return rq_fail(RQ_EIO, "%s: cannot write: %s", path, strerror(errno));
    setvbuf(file, NULL, _IOLBF, BUFSIZ); /* a line at a time, also where the process is killed */
    return RQ_OK;
}

void rq_log_file_add(const char *text)
{
    char stamp[32] = "";
    struct tm local;
    time_t now = time(NULL);
    if (!file) return;
    if (localtime_r(&now, &local)) strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &local);
    if (fprintf(file, "%s  %s\n", stamp, text) < 0 && !failed) {
        failed = true;
        fprintf(stderr, "--log: cannot be written: %s\n", strerror(errno));
    }
}
