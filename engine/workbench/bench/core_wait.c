#include "engine/workbench/bench/core_wait.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>

#define MIN_RAN 0.02 /* seconds; the scheduler's figures are coarse below */

/* A file of Linux's scheduler: nanoseconds that a thread ran, and waited while it could have. */
static void add_thread(rq_core_wait *sum, const char *thread)
{
    char path[320];
    double ran, waited;
    snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", thread);
    FILE *file = fopen(path, "r");
    if (!file) return; /* it ended meanwhile, or the system does not tell */
    if (fscanf(file, "%lf %lf", &ran, &waited) == 2) {
        sum->ran += 1e-9 * ran;
        sum->waited += 1e-9 * waited;
    }
    fclose(file);
}

rq_core_wait rq_core_wait_now(void)
{
    rq_core_wait sum = {0, 0};
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *e = NULL; threads && (e = readdir(threads));)
        if (e->d_name[0] != '.') add_thread(&sum, e->d_name);
    if (threads) closedir(threads);
    return sum.ran > 0 || sum.waited > 0 ? sum : (rq_core_wait){NAN, NAN};
}

double rq_core_wait_share(const rq_core_wait *from, const rq_core_wait *to)
{
    double ran = to->ran - from->ran, waited = to->waited - from->waited;
    return ran >= MIN_RAN && waited >= 0 ? waited / (ran + waited) : NAN;
}
