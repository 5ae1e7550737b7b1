/* An exception that leaves a C++ library through C: a message and exit 1, no SIGABRT. */
#include "tests/unit/scratch.h"
#include "tests/unit/test.h"

#include "engine/base/file.h"
#include "engine/cli/library_exceptions.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* std::terminate, as where nobody catches. */
static void end_as_uncaught(const char *messages)
{
    void (*terminate)(void);
    void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL);
    void *symbol = library ? dlsym(library, "_ZSt9terminatev") : NULL;
    int fd = open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (!symbol || fd < 0 || dup2(fd, STDERR_FILENO) < 0) _exit(2);
    memcpy(&terminate, &symbol, sizeof symbol);
    rq_library_exceptions_end();
    terminate();
    _exit(3);
}

static void test_an_exception_is_a_message(void **state)
{
    const char *path = scratch_path(state, "messages");
    char *text;
    size_t size;
    int status;
    pid_t child = fork();
    if (child == 0) end_as_uncaught(path);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_ok(rq_read_file(&text, &size, path, 4096));
    assert_non_null(strstr(text, "ran out of memory"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_an_exception_is_a_message)};
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
