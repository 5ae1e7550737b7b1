#include "engine/base/formats/hdf5_helper.h"

#include "engine/base/file.h"
#include "engine/base/own_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "requant-hdf5"
#define BYTES_PER_SECOND ((size_t)10 << 20) /* what slow disks and compression take */

extern char **environ;

/* -- finding it ------------------------------------------------------------------------------ */

static char *look_in(const char *folder, const char *place)
{
    char *path = folder ? rq_path_join(folder, place) : NULL;
    if (path && rq_is_file(path) && access(path, X_OK) == 0) return path;
    free(path);
    return NULL;
}

/* In a build tree beside program and library, or above tests; installed in libexec. A program that
 * is linked with the archive lies anywhere: the environment tells. */
static char *find_program(void)
{
    static const char *const places[] = {PROGRAM, "../" PROGRAM, "../libexec/requant/" PROGRAM,
                                         "../../libexec/requant/" PROGRAM};
    const char *named = getenv("REQUANT_LIBEXEC");
    if (named && named[0] == '/') return look_in(named, PROGRAM);
    char *here = rq_own_folder(), *path = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places && !path; i++)
        path = look_in(here, places[i]);
    free(here);
    return path;
}

/* -- starting it ----------------------------------------------------------------------------- */

/* Ctrl-C is for the caller, who then ends it: a group of its own, and no signals of the caller's
 * group, which may come before it has left that. Else signals as for a new program. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    static const int usual[] = {SIGPIPE, SIGXCPU, SIGSEGV, SIGBUS, SIGABRT};
    static const int others[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t blocked, defaults;
    sigemptyset(&blocked);
    sigemptyset(&defaults);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) sigaddset(&defaults, usual[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) sigaddset(&blocked, others[i]);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigmask(attributes, &blocked);
    posix_spawnattr_setsigdefault(attributes, &defaults);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

/* It has the file as standard input, the pipe as standard output, and nothing else of the caller's.
 */
static int spawn(pid_t *pid, const char *program, char *const argv[], int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
    int error = set_attributes(&attributes);
    if (!error) error = posix_spawn(pid, program, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static rq_status fail_start(const char *program, int error)
{
    return rq_fail(RQ_EIO, "%s, which reads and writes HDF5 files, cannot be started: %s", program,
                   strerror(error));
}

static rq_status start(pid_t *pid, int *out, const char *program, int fd, const char *task,
                       size_t max_bytes)
{
    char bytes[24], seconds[24];
    int ends[2];
    snprintf(bytes, sizeof bytes, "%zu", max_bytes);
    snprintf(seconds, sizeof seconds, "%zu", RQ_HDF5_SECONDS + max_bytes / BYTES_PER_SECOND);
    char *argv[] = {PROGRAM, (char *)(uintptr_t)task, bytes, seconds, NULL};
    if (pipe2(ends, O_CLOEXEC) != 0) return fail_start(program, errno);
    int error = spawn(pid, program, argv, fd, ends[1]);
    close(ends[1]);
    *out = ends[0];
    if (!error) return RQ_OK;
    close(ends[0]);
    return fail_start(program, error);
}

static rq_status find_or_fail(char **program)
{
    *program = find_program();
    return *program ? RQ_OK
                    : rq_fail(RQ_EIO, PROGRAM ", which reads and writes HDF5 files, is not in "
                                              "libexec/requant beside the program or its library; "
                                              "REQUANT_LIBEXEC names its folder");
}

rq_status rq_hdf5_helper_check(void)
{
    char *program;
    rq_status status = find_or_fail(&program);
    free(program);
    return status;
}

rq_status rq_hdf5_helper_start(pid_t *pid, int *out, int fd, const char *task, size_t max_bytes)
{
    char *program;
    RQ_TRY(find_or_fail(&program));
    rq_status status = start(pid, out, program, fd, task, max_bytes);
    free(program);
    return status;
}

int rq_hdf5_helper_end(pid_t pid)
{
    int status = -1;
    if (pid <= 0) return -1; /* it has ended: -1 would be every process */
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1; /* the host waits for all children itself */
    return status;
}
