#include "engine/cli/library_exceptions.h"

#include <dlfcn.h> /* RTLD_DEFAULT: -D_GNU_SOURCE */
#include <string.h>
#include <unistd.h>

#define EXIT_FAILED 1

static void end(void)
{
    static const char text[] = "requant: a library (oneDNN, most likely) ran out of memory: allow "
                               "more (ulimit -v), or use "
                               "fewer --threads\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(EXIT_FAILED);
    _exit(EXIT_FAILED);
}

/* std::set_terminate, without a C++ compiler. */
void rq_library_exceptions_end(void)
{
    typedef void handler_fn(void);
    handler_fn *(*set_terminate)(handler_fn *);
    void *symbol = dlsym(RTLD_DEFAULT, "_ZSt13set_terminatePFvvE");
    if (!symbol) return;
    memcpy(&set_terminate, &symbol, sizeof symbol);
    set_terminate(end);
}
