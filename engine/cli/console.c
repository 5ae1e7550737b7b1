#include "engine/cli/console.h"

#include "engine/base/progress.h"
#include "engine/base/tempfiles.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"
#define REDRAW_SECONDS 0.1

/* -- Ctrl-C ----------------------------------------------------------------------------------- */

/* Global, because a signal handler gets no argument. */
static atomic_bool interrupted;

/* The first signal asks; the second does not wait for an answer. A terminal that goes away says so
 * more than once, and never means more than asking. */
static void on_signal(int number)
{
    if (!atomic_exchange(&interrupted, true) || number == SIGHUP) return;
    rq_temp_unlink_all();
    signal(number, SIG_DFL);
    raise(number); /* delivered when this handler returns */
}

/* nohup has the end of the terminal ignored, and that it stays. */
static bool is_ignored(int number)
{
    struct sigaction now;
    return number == SIGHUP && sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void rq_console_catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    const size_t n = sizeof numbers / sizeof *numbers;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < n; i++) sigaddset(&action.sa_mask, numbers[i]);
    for (size_t i = 0; i < n; i++)
        if (!is_ignored(numbers[i])) sigaction(numbers[i], &action, NULL);
}

static bool is_interrupted(void *ctx)
{
    (void)ctx;
    return atomic_load_explicit(&interrupted, memory_order_relaxed);
}

/* -- stderr ----------------------------------------------------------------------------------- */

typedef struct console {
    atomic_bool line_shown; /* a progress line stands on stderr */
    bool draws;             /* progress lines */
    const char *title;      /* of the work that is going on */
    double started, drawn;  /* seconds */
} console;

static console stderr_console; /* one, as the terminal is */

static void clear_line(console *c)
{
    if (atomic_exchange(&c->line_shown, false)) fputs(CLEAR_LINE, stderr);
}

static void print_message(void *ctx, const char *text)
{
    clear_line(ctx);
    fprintf(stderr, "%s\n", text);
}

static void draw(console *c, size_t done, size_t total)
{
    double seconds = c->drawn - c->started;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    fprintf(stderr, CLEAR_LINE "%s  %zu/%zu  %.0f %%  %.1f/s", c->title, done, total,
            100.0 * (double)done / (double)total, rate);
    if (rate > 0) fprintf(stderr, "  %.0f s left", (double)(total - done) / rate);
    fflush(stderr);
    atomic_store(&c->line_shown, true);
}

static void show_progress(void *ctx, const char *title, size_t done, size_t total)
{
    console *c = ctx;
    double now = rq_now();
    if (!c->draws) return;
    if (done == 0) {
        c->title = title;
        c->started = now;
        c->drawn = 0;
    }
    if (done >= total) {
        clear_line(c);
    } else if (done > 0 && now - c->drawn >= REDRAW_SECONDS) {
        c->drawn = now;
        draw(c, done, total);
    }
}

const rq_callbacks *rq_console_open(bool quiet)
{
    static rq_callbacks callbacks = {.ctx = &stderr_console, .cancelled = is_interrupted};
    stderr_console.draws = !quiet && isatty(STDERR_FILENO);
    callbacks.log = quiet ? NULL : print_message;
    callbacks.progress = quiet ? NULL : show_progress;
    return &callbacks;
}
