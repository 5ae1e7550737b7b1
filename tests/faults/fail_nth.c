/* Preloaded into requant: counts calls of one kind, and lets the N-th fail, or it and all later
 * ones.
 *
 *   FAULT_KIND   malloc | io
 *   FAULT_AT     N, from 1; 0: none fails, and the log names the first N of each stack ("point N")
 *   FAULT_LATER  set: all later ones fail, too
 *   FAULT_LOG    a file: the stacks of those that failed, and how many calls there were
 *
 * Other programs that this one starts are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NONE, MALLOC, IO };
enum {
    MAX_FRAMES = 24,      /* of a failed call, in the log */
    POINT_FRAMES = 8,     /* by which calls are told apart */
    MAX_STACKS = 1 << 17, /* of those */
    MAX_LOGGED = 400      /* failed calls */
};

static int kind;
static long fail_at;
static bool later;
static atomic_long calls;
static int log_fd = -1;
static _Thread_local bool inside; /* one's own calls do not count */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void log_stack(const char *what)
{
    void *frames[MAX_FRAMES];
    inside = true;
    dprintf(log_fd, "failed %s\n", what);
    backtrace_symbols_fd(frames, backtrace(frames, MAX_FRAMES), log_fd);
    inside = false;
}

/* Whether no call had this stack yet. */
static bool is_new(void)
{
    static uint64_t seen[MAX_STACKS];
    void *frames[POINT_FRAMES];
    inside = true;
    int n = backtrace(frames, POINT_FRAMES);
    inside = false;
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < n; i++) hash = (hash ^ (uint64_t)(uintptr_t)frames[i]) * 1099511628211u;
    for (size_t i = hash % MAX_STACKS, tried = 0; tried < 64; tried++, i = (i + 1) % MAX_STACKS) {
        if (seen[i] == hash) return false;
        if (seen[i]) continue;
        seen[i] = hash;
        return true;
    }
    return false;
}

static void log_point(long number)
{
    inside = true;
    dprintf(log_fd, "point %ld\n", number);
    inside = false;
}

static bool fails(int of, const char *what)
{
    if (of != kind || inside) return false;
    long now = atomic_fetch_add(&calls, 1) + 1;
    if (!fail_at && log_fd >= 0 && is_new()) log_point(now);
    if (!fail_at || now < fail_at || (now > fail_at && !later)) return false;
    if (now < fail_at + MAX_LOGGED && log_fd >= 0) log_stack(what);
    return true;
}

__attribute__((constructor)) static void begin(void)
{
    const char *of = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
    void *frame;
    if (!of || !at) return;
    backtrace(&frame, 1); /* loads what it needs */
    fail_at = atol(at);
    later = getenv("FAULT_LATER") != NULL;
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                              0666);
    kind = !strcmp(of, "malloc") ? MALLOC : IO;
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void)
{
    kind = NONE;
    if (log_fd >= 0) dprintf(log_fd, "calls %ld\n", atomic_load(&calls));
}

/* -- memory ---------------------------------------------------------------------------------- */

#define OR_NULL(what, call)                                                                        \
    do {                                                                                           \
        if (!fails(MALLOC, what)) return call;                                                     \
        errno = ENOMEM;                                                                            \
        return NULL;                                                                               \
    } while (0)

void *malloc(size_t size)
{
    OR_NULL("malloc", __libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    OR_NULL("calloc", __libc_calloc(n, size));
}

void *realloc(void *block, size_t size)
{
    OR_NULL("realloc", __libc_realloc(block, size));
}

void *memalign(size_t alignment, size_t size)
{
    OR_NULL("memalign", __libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    OR_NULL("aligned_alloc", __libc_memalign(alignment, size));
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (fails(MALLOC, "posix_memalign")) return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}

/* -- files ----------------------------------------------------------------------------------- */

#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real) {                                                                                   \
        bool was = inside;                                                                         \
        inside = true;                                                                             \
        *(void **)&real = dlsym(RTLD_NEXT, #name);                                                 \
        inside = was;                                                                              \
    }
#define FAIL_WITH(what, error, result)                                                             \
    if (fails(IO, what)) {                                                                         \
        errno = error;                                                                             \
        return result;                                                                             \
    }

static int mode_of(int flags, va_list list)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        int mode = mode_of(flags, list);                                                           \
        va_end(list);                                                                              \
        REAL(int, name, const char *, int, ...)                                                    \
        FAIL_WITH("open", EMFILE, -1)                                                              \
        return real(path, flags, mode);                                                            \
    }
OPEN(open)
OPEN(open64)

FILE *fopen(const char *path, const char *mode)
{
    REAL(FILE *, fopen, const char *, const char *)
    FAIL_WITH("fopen", EMFILE, NULL)
    return real(path, mode);
}

ssize_t read(int fd, void *to, size_t n)
{
    REAL(ssize_t, read, int, void *, size_t)
    FAIL_WITH("read", EIO, -1)
    return real(fd, to, n);
}

ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
ssize_t __read_chk(int fd, void *to, size_t n, size_t room)
{
    (void)room;
    return read(fd, to, n);
}

ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    REAL(ssize_t, pread, int, void *, size_t, off_t)
    FAIL_WITH("pread", EIO, -1)
    return real(fd, to, n, at);
}

ssize_t write(int fd, const void *from, size_t n)
{
    REAL(ssize_t, write, int, const void *, size_t)
    if (fd != 2) FAIL_WITH("write", ENOSPC, -1)
    return real(fd, from, n);
}

size_t fread(void *to, size_t size, size_t n, FILE *file)
{
    REAL(size_t, fread, void *, size_t, size_t, FILE *)
    FAIL_WITH("fread", EIO, 0)
    return real(to, size, n, file);
}

size_t fwrite(const void *from, size_t size, size_t n, FILE *file)
{
    REAL(size_t, fwrite, const void *, size_t, size_t, FILE *)
    if (file != stderr) FAIL_WITH("fwrite", ENOSPC, 0)
    return real(from, size, n, file);
}

int fflush(FILE *file)
{
    REAL(int, fflush, FILE *)
    if (file != stderr) FAIL_WITH("fflush", ENOSPC, EOF)
    return real(file);
}

/* As the system does: it is closed all the same. */
int fclose(FILE *file)
{
    REAL(int, fclose, FILE *)
    bool failed = fails(IO, "fclose");
    int code = real(file);
    if (!failed) return code;
    errno = EIO;
    return EOF;
}

int fsync(int fd)
{
    REAL(int, fsync, int)
    FAIL_WITH("fsync", EIO, -1)
    return real(fd);
}

int ftruncate(int fd, off_t size)
{
    REAL(int, ftruncate, int, off_t)
    FAIL_WITH("ftruncate", ENOSPC, -1)
    return real(fd, size);
}

int rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *)
    FAIL_WITH("rename", EIO, -1)
    return real(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, mkdir, const char *, mode_t)
    FAIL_WITH("mkdir", EACCES, -1)
    return real(path, mode);
}

/* Of files: memory is asked by malloc. */
void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    REAL(void *, mmap, void *, size_t, int, int, int, off_t)
    if (!(flags & MAP_ANONYMOUS)) FAIL_WITH("mmap", ENOMEM, MAP_FAILED)
    return real(at, size, protection, flags, fd, offset);
}
