#include "engine/workbench/evaluate/score_command.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/base/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 50 /* how often it is asked whether to stop */
#define KEPT 2048  /* bytes of what it prints */
#define SHOWN 400  /* bytes of its complaints in a message */

extern char **environ;

/* The end of what came out of a pipe. */
typedef struct outlet {
    int fd; /* -1: closed */
    char text[KEPT + 1];
    size_t n;
} outlet;

typedef struct child {
    const char *command, *image;
    pid_t pid;
    outlet out, err;
    siginfo_t end; /* how it ended, once it has */
    bool ended;
    double timeout, until;
} child;

/* -- starting ---------------------------------------------------------------------------------- */

static rq_status fail_system(const child *c, const char *what, int error)
{
    return rq_fail(RQ_EIO, "--score '%s': %s: %s", c->command, what, strerror(error));
}

static rq_status open_pipe(int ends[2], const child *c)
{
    if (pipe2(ends, O_CLOEXEC) == 0) return RQ_OK;
    ends[0] = ends[1] = -1;
    return fail_system(c, "no pipe", errno);
}

/* A group of its own, so that all of it can be ended; signals as for a new program. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &usual);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

static int spawn(child *c, const char *folder, int out, int err)
{
    /* A name that begins with '-' is no option. */
    static const char relative[] = "case $2 in -*) set -- \"$1\" \"./$2\";; esac\n";
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    rq_buf text = {0};
    rq_buf_printf(&text, "%s%s \"$@\"", relative, c->command);
    if (text.failed) return ENOMEM;
    char *argv[] = {"sh", "-c", text.data, "--score", (char *)folder, (char *)c->image, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    int error = set_attributes(&attributes);
    if (!error) error = posix_spawn(&c->pid, "/bin/sh", &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    rq_buf_free(&text);
    return error;
}

static void close_end(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static rq_status start(child *c, const char *folder)
{
    int out[2] = {-1, -1}, err[2] = {-1, -1}, error = 0;
    rq_status status = open_pipe(out, c);
    if (status == RQ_OK) status = open_pipe(err, c);
    if (status == RQ_OK) error = spawn(c, folder, out[1], err[1]);
    if (error) status = fail_system(c, "cannot be run", error);
    close_end(&out[1]);
    close_end(&err[1]);
    c->out.fd = out[0];
    c->err.fd = err[0];
    return status;
}

/* -- listening --------------------------------------------------------------------------------- */

/* Keeps the last bytes. */
static void keep(outlet *o, const char *bytes, size_t n)
{
    size_t more = o->n + n > KEPT ? o->n + n - KEPT : 0;
    if (more > o->n) {
        bytes += more - o->n;
        n -= more - o->n;
        more = o->n;
    }
    memmove(o->text, o->text + more, o->n - more);
    memcpy(o->text + o->n - more, bytes, n);
    o->n += n - more;
    o->text[o->n] = '\0';
}

static void read_some(outlet *o)
{
    char bytes[KEPT];
    ssize_t n = read(o->fd, bytes, sizeof bytes);
    if (n > 0)
        keep(o, bytes, (size_t)n);
    else if (n == 0 || errno != EINTR)
        close_end(&o->fd);
}

/* Whether anything came; descriptors of -1 are ignored. */
static bool listen_to(child *c, int milliseconds)
{
    struct pollfd look[] = {{.fd = c->out.fd, .events = POLLIN},
                            {.fd = c->err.fd, .events = POLLIN}};
    if (poll(look, 2, milliseconds) <= 0) return false;
    if (look[0].revents) read_some(&c->out);
    if (look[1].revents) read_some(&c->err);
    return true;
}

static void look_after(child *c)
{
    c->end.si_pid = 0;
    if (waitid(P_PID, (id_t)c->pid, &c->end, WEXITED | WNOHANG | WNOWAIT) == 0)
        c->ended = c->end.si_pid == c->pid;
}

/* Until it has ended: what it left running may hold the pipes open for ever. */
static rq_status wait_for(child *c)
{
    while (!c->ended) {
        if (!listen_to(c, LOOK_MS) || (c->out.fd < 0 && c->err.fd < 0)) look_after(c);
        if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
        if (!c->ended && rq_now() > c->until)
            return rq_fail(RQ_EFORMAT, "--score '%s' for %s: has not ended within %g s", c->command,
                           c->image, c->timeout);
        if (!c->ended && c->out.fd < 0 && c->err.fd < 0) poll(NULL, 0, 1);
    }
    while ((c->out.fd >= 0 || c->err.fd >= 0) && listen_to(c, 0)) {
    }
    return RQ_OK;
}

/* The group has its leader's number, which belongs to nobody else until the leader is waited for.
 */
static void end_all(child *c)
{
    if (c->pid > 0) kill(-c->pid, SIGKILL);
    if (c->pid > 0)
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    close_end(&c->out.fd);
    close_end(&c->err.fd);
}

/* -- the number -------------------------------------------------------------------------------- */

static void complaint(char shown[SHOWN + 8], const outlet *err)
{
    size_t n = err->n;
    while (n && strchr(" \n\r\t", err->text[n - 1])) n--;
    size_t from = n > SHOWN ? n - SHOWN : 0;
    const char *before = from ? ": ..." : ": ";
    snprintf(shown, SHOWN + 8, "%s%.*s", n ? before : "", (int)(n - from), err->text + from);
}

static rq_status read_number(double *out, const child *c, const char *shown)
{
    char number[64];
    int n = (int)c->out.n, from = 0;
    while (n > 0 && strchr(" \n\r\t", c->out.text[n - 1])) n--;
    while (from < n && strchr(" \n\r\t", c->out.text[from])) from++;
    snprintf(number, sizeof number, "%.*s", n - from, c->out.text + from);
    if (n - from < (int)sizeof number && rq_parse_f64(number, out) && isfinite(*out)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "--score '%s' for %s: printed '%.60s', expected one number%s",
                   c->command, c->image, number, shown);
}

static rq_status take_score(double *out, const child *c)
{
    char shown[SHOWN + 8];
    complaint(shown, &c->err);
    if (c->end.si_code != CLD_EXITED)
        return rq_fail(RQ_EFORMAT, "--score '%s' for %s: ended by signal %d%s", c->command,
                       c->image, c->end.si_status, shown);
    if (c->end.si_status != 0)
        return rq_fail(RQ_EFORMAT, "--score '%s' for %s: exit status %d%s", c->command, c->image,
                       c->end.si_status, shown);
    return read_number(out, c, shown);
}

rq_status rq_score_command_run(double *out, const char *command, double timeout, const char *folder,
                               const char *image)
{
    child c = {.command = command,
               .image = image,
               .pid = -1,
               .timeout = timeout,
               .until = rq_now() + timeout};
    c.out.fd = c.err.fd = -1;
    rq_status status = start(&c, folder);
    if (status == RQ_OK) status = wait_for(&c);
    end_all(&c);
    return status == RQ_OK ? take_score(out, &c) : status;
}
