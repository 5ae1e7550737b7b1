#include "engine/cli/console.h"

#include "engine/base/progress.h"
#include "engine/base/tempfiles.h"
#include "engine/cli/log_file.h"
#include "engine/cli/progress_line.h"
#include "engine/cli/wrap.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"
#define REDRAW_SECONDS 0.1 /* on a terminal */
#define LINE_SECONDS 10.0  /* where there is none: a log of CI shows that it goes on */

/* -- Ctrl-C ----------------------------------------------------------------------------------- */

/* Global, because a signal handler gets no argument. The first signal that came; 0: none. */
static atomic_int interrupted;

/* The first signal asks; the second does not wait for an answer. A terminal that goes away says so
 * more than once, and never means more than asking. */
static void on_signal(int number)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&interrupted, &none, number) || number == SIGHUP) return;
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
    signal(SIGXFSZ,
           SIG_IGN); /* a file that may not grow is an error of writing it, as a full disk */
}

static bool is_interrupted(void *ctx)
{
    (void)ctx;
    return atomic_load_explicit(&interrupted, memory_order_relaxed) != 0;
}

int rq_console_signal(void)
{
    return atomic_load(&interrupted);
}

/* -- stderr ----------------------------------------------------------------------------------- */

/* Runs through images that have ended, one after the other, of the same title: a search has dozens
 * of them, which are one line. */
typedef struct ended_runs {
    char title[64];
    size_t n, done;
    double seconds;
} ended_runs;

typedef struct console {
    atomic_bool line_shown; /* a progress line stands on stderr */
    bool terminal;          /* the line is drawn over and over; else lines follow each other */
    bool quiet, verbose;
    double started;   /* seconds: the run through images that is going on */
    ended_runs ended; /* not told yet; guarded by ended_lock, as workers log, too */
    rq_progress_line line;
} console;

static console stderr_console; /* one, as the terminal is */
static pthread_mutex_t ended_lock = PTHREAD_MUTEX_INITIALIZER;

static void clear_line(console *c)
{
    if (atomic_exchange(&c->line_shown, false)) fputs(CLEAR_LINE, stderr);
}

static void tell_ended(console *c)
{
    char text[160];
    pthread_mutex_lock(&ended_lock);
    const ended_runs ended = c->ended;
    c->ended = (ended_runs){.n = 0};
    pthread_mutex_unlock(&ended_lock);
    if (!ended.n) return;
    if (ended.n == 1)
        snprintf(text, sizeof text, "%s: %zu in %.2f s", ended.title, ended.done, ended.seconds);
    else
        snprintf(text, sizeof text, "%s: %zu in %zu runs, %.2f s", ended.title, ended.done, ended.n,
                 ended.seconds);
    rq_log_file_add(text);
    if (!c->verbose || c->quiet) return;
    clear_line(c);
    fprintf(stderr, "%s\n", text);
}

static void end_run(console *c, const char *title, size_t done, double seconds)
{
    if (strcmp(c->ended.title, title) != 0) tell_ended(c);
    pthread_mutex_lock(&ended_lock);
    snprintf(c->ended.title, sizeof c->ended.title, "%s", title);
    c->ended.n++;
    c->ended.done += done;
    c->ended.seconds += seconds;
    pthread_mutex_unlock(&ended_lock);
}

static void print_message(void *ctx, const char *text)
{
    const console *c = ctx;
    rq_buf lines = {0};
    tell_ended(ctx);
    rq_log_file_add(text);
    if (c->quiet) return;
    clear_line(ctx);
    rq_buf_wrap(&lines, text, rq_console_columns(STDERR_FILENO));
    fprintf(stderr, "%s\n", lines.data && !lines.failed ? lines.data : text);
    rq_buf_free(&lines);
}

static void draw(console *c, double now)
{
    char text[160];
    rq_progress_line_text(text, sizeof text, &c->line, now);
    if (!c->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    size_t columns = rq_console_columns(STDERR_FILENO);
    fprintf(stderr, CLEAR_LINE "%.*s", columns > 1 ? (int)columns - 1 : (int)sizeof text, text);
    fflush(stderr);
    atomic_store(&c->line_shown, true);
}

/* A part without steps to count has its name shown at once. */
static void begin_part(void *ctx, const char *name, size_t at, size_t parts)
{
    console *c = ctx;
    double now = rq_now();
    tell_ended(c);
    bool due = rq_progress_line_part(&c->line, name, at, parts, now);
    if (!c->quiet && (due || c->terminal)) draw(c, now);
}

static void show_progress(void *ctx, const char *title, size_t done, size_t total)
{
    console *c = ctx;
    double now = rq_now();
    if (done == 0) c->started = now;
    if (rq_progress_line_step(&c->line, title, done, total, now) && !c->quiet)
        draw(c, now);
    else if (done >= total && !c->line.at)
        clear_line(c);
    if (done >= total && total > 0) end_run(c, title, done, now - c->started);
}

size_t rq_console_columns(int fd)
{
    struct winsize size;
    return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void rq_console_end(void)
{
    tell_ended(&stderr_console);
    clear_line(&stderr_console);
}

const rq_callbacks *rq_console_open(bool quiet, bool verbose)
{
    static const rq_callbacks callbacks = {.ctx = &stderr_console,
                                           .log = print_message,
                                           .progress = show_progress,
                                           .part = begin_part,
                                           .cancelled = is_interrupted};
    console *c = &stderr_console;
    c->terminal = isatty(STDERR_FILENO);
    rq_progress_line_open(&c->line, c->terminal ? REDRAW_SECONDS : LINE_SECONDS, rq_now());
    c->quiet = quiet;
    c->verbose = verbose;
    return &callbacks;
}
