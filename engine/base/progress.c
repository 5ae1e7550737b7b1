#include "engine/base/progress.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"
#define REDRAW_SECONDS 0.1

/* Global, as the terminal is: --quiet, and whether a progress line stands on stderr. */
static atomic_bool quiet, line_shown;

double rq_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void rq_quiet_set(bool on)
{
    atomic_store(&quiet, on);
}

static void clear_line(void)
{
    if (atomic_exchange(&line_shown, false)) fputs(CLEAR_LINE, stderr);
}

void rq_say(const char *format, ...)
{
    if (atomic_load(&quiet)) return;
    clear_line();
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void rq_progress_begin(rq_progress *progress, const char *title, size_t total)
{
    *progress = (rq_progress){.title = title, .total = total, .started = rq_now()};
    progress->active = !atomic_load(&quiet) && isatty(STDERR_FILENO);
}

static void draw(const rq_progress *p)
{
    double seconds = p->shown - p->started;
    double rate = seconds > 0 ? (double)p->done / seconds : 0;
    fprintf(stderr, CLEAR_LINE "%s  %zu/%zu  %.0f %%  %.1f/s", p->title, p->done, p->total,
            p->total ? 100.0 * (double)p->done / (double)p->total : 100.0, rate);
    if (rate > 0 && p->done < p->total)
        fprintf(stderr, "  %.0f s left", (double)(p->total - p->done) / rate);
    fflush(stderr);
    atomic_store(&line_shown, true);
}

void rq_progress_step(rq_progress *progress)
{
    progress->done++;
    if (!progress->active) return;
    double now = rq_now();
    if (now - progress->shown < REDRAW_SECONDS) return;
    progress->shown = now;
    draw(progress);
}

void rq_progress_end(rq_progress *progress)
{
    if (progress->active) clear_line();
    progress->active = false;
}
