#include "engine/base/progress.h"

#include "engine/base/callbacks.h"

#include <time.h>

double rq_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void rq_progress_part(const char *name, size_t at, size_t total)
{
    const rq_callbacks *callbacks = rq_callbacks_installed();
    if (callbacks && callbacks->part) callbacks->part(callbacks->ctx, name, at, total);
}

static void show_line(const rq_progress *progress, size_t done)
{
    const rq_callbacks *callbacks = rq_callbacks_installed();
    if (callbacks && callbacks->progress)
        callbacks->progress(callbacks->ctx, progress->title, done, progress->total);
}

void rq_progress_begin(rq_progress *progress, const char *title, size_t total)
{
    *progress = (rq_progress){.title = title, .total = total};
    if (total) show_line(progress, 0);
}

void rq_progress_step(rq_progress *progress)
{
    progress->done++;
    if (progress->done < progress->total) show_line(progress, progress->done);
}

void rq_progress_end(rq_progress *progress)
{
    show_line(progress, progress->total);
}
