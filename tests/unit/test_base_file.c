#include "tests/unit/test.h"

#include "engine/base/file.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void assert_content(const char *path, const char *want)
{
    char *text = NULL;
    size_t size = 0;
    assert_ok(rq_read_file(&text, &size, path, 1 << 20));
    assert_int_equal(size, strlen(want));
    assert_string_equal(text, want);
    free(text);
}

static void a_mapping_shows_the_file(void **state)
{
    rq_mapping mapping;
    const char *path = scratch_file(state, "weights.bin", "\0\1\2\3", 4);
    assert_ok(rq_map_file(&mapping, path));
    assert_int_equal(mapping.size, 4);
    assert_memory_equal(mapping.data, "\0\1\2\3", 4);
    rq_unmap_file(&mapping);
    assert_null(mapping.data);
    path = scratch_file(state, "empty.bin", "", 0);
    assert_ok(rq_map_file(&mapping, path));
    assert_null(mapping.data);
    assert_int_equal(mapping.size, 0);
    rq_unmap_file(&mapping);
}

/* The bytes of small and of large files stay when the file goes. */
static void a_mapping_survives_its_file(void **state)
{
    const size_t sizes[] = {4096, (size_t)5 << 20};
    for (size_t i = 0; i < 2; i++) {
        char *bytes = malloc(sizes[i]);
        memset(bytes, 'x', sizes[i]);
        const char *path = scratch_file(state, "shrinks.bin", bytes, sizes[i]);
        rq_mapping mapping;
        assert_ok(rq_map_file(&mapping, path));
        assert_int_equal(truncate(path, 0), 0);
        assert_int_equal(mapping.size, sizes[i]);
        assert_memory_equal(mapping.data, bytes, sizes[i]);
        rq_mapping_release_pages(&mapping);
        assert_memory_equal(mapping.data, bytes, sizes[i]);
        rq_unmap_file(&mapping);
        free(bytes);
    }
}

/* Bytes that this process has written; 0: the system does not say. */
static unsigned long long written(void)
{
    unsigned long long n = 0;
    char line[64];
    FILE *io = fopen("/proc/self/io", "r");
    while (io && fgets(line, sizeof line, io)) (void)sscanf(line, "wchar: %llu", &n);
    if (io) fclose(io);
    return n;
}

/* A model of a few bytes could fill the disk. */
static void holes_are_not_copied(void **state)
{
    const size_t size = (size_t)1 << 30;
    rq_mapping mapping;
    const char *path = scratch_file(state, "holes.bin", "begin", 5);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "end", 3, (off_t)size - 3), 3);
    close(fd);
    unsigned long long before = written();
    assert_ok(rq_map_file(&mapping, path));
    assert_int_equal(mapping.size, size);
    assert_memory_equal(mapping.data, "begin", 6);
    assert_memory_equal(mapping.data + size - 4, "\0end", 4);
    assert_true(written() - before < (1 << 20));
    rq_unmap_file(&mapping);
}

/* Nothing waits for a FIFO that nobody writes to; one with a writer is read to its end. */
static void a_fifo_blocks_nobody(void **state)
{
    rq_mapping mapping;
    char *text = NULL;
    size_t size = 1;
    const char *path = scratch_path(state, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(20);
    assert_fails(rq_map_file(&mapping, path), RQ_EIO, "not a regular file");
    assert_ok(rq_read_file(&text, &size, path, 10));
    assert_int_equal(size, 0);
    free(text);
    int both = open(path, O_RDWR); /* a writer that is there before the reader */
    pid_t child = fork();
    if (child == 0) {
        poll(NULL, 0, 100);
        _exit(write(both, "late", 4) != 4);
    }
    close(both);
    assert_content(path, "late");
    waitpid(child, NULL, 0);
    alarm(0);
}

static void what_cannot_be_read_says_why(void **state)
{
    rq_mapping mapping;
    char *text = NULL;
    size_t size;
    uint64_t bytes;
    const char *missing = scratch_path(state, "missing.bin");
    assert_fails(rq_map_file(&mapping, missing), RQ_EIO, "missing.bin: cannot open: No such file");
    assert_fails(rq_read_file(&text, &size, missing, 10), RQ_EIO, "No such file");
    assert_fails(rq_file_size(&bytes, missing), RQ_EIO, "No such file");
    assert_fails(rq_map_file(&mapping, *state), RQ_EIO, "is a folder");
    assert_fails(rq_read_file(&text, &size, *state, 10), RQ_EIO, "is a folder");
    assert_fails(rq_map_file(&mapping, "/dev/null"), RQ_EIO, "not a regular file");
    assert_fails(rq_read_file(&text, &size, "/dev/zero", 10), RQ_EFORMAT, "10 bytes");
    assert_null(text);
}

static void reading_stops_at_the_limit(void **state)
{
    char *text = NULL;
    size_t size = 0;
    uint64_t bytes = 0;
    const char *path = scratch_file(state, "ten", "0123456789", 10);
    assert_ok(rq_read_file(&text, &size, path, 10));
    assert_int_equal(size, 10);
    assert_string_equal(text, "0123456789");
    free(text);
    text = NULL;
    assert_fails(rq_read_file(&text, &size, path, 9), RQ_EFORMAT, "9 bytes");
    assert_null(text);
    assert_ok(rq_file_size(&bytes, path));
    assert_int_equal(bytes, 10);
}

static void a_commit_replaces_and_an_abort_does_not(void **state)
{
    rq_writer *writer = NULL;
    const char *path = scratch_file(state, "model.xml", "old", 3);
    assert_ok(rq_writer_open(&writer, path));
    assert_int_equal(scratch_count(state, "model.xml.requant-tmp-"), 1);
    assert_ok(rq_writer_write(writer, "half", 4));
    assert_content(path, "old");
    rq_writer_abort(&writer);
    assert_null(writer);
    assert_content(path, "old");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 0);
    assert_ok(rq_writer_open(&writer, path));
    assert_ok(rq_writer_write(writer, "n", 1));
    assert_ok(rq_writer_write(writer, NULL, 0));
    assert_ok(rq_writer_write(writer, "ew", 2));
    assert_content(path, "old");
    assert_ok(rq_writer_commit(&writer));
    assert_null(writer);
    assert_content(path, "new");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 0);
    rq_writer_abort(&writer);
    rq_writer_abort(NULL);
}

static void a_flush_brings_the_bytes_but_not_the_name(void **state)
{
    rq_writer *writer = NULL;
    const char *path = scratch_path(state, "model.bin");
    assert_ok(rq_writer_open(&writer, path));
    assert_ok(rq_writer_write(writer, "bytes", 5));
    assert_ok(rq_writer_flush(writer));
    assert_content(rq_writer_temp_path(writer), "bytes");
    assert_false(rq_is_file(path));
    assert_ok(rq_writer_write(writer, "!", 1));
    assert_ok(rq_writer_commit(&writer));
    assert_content(path, "bytes!");
}

static void many_writers_of_one_file_do_not_meet(void **state)
{
    enum { N = 50 }; /* more than the table of temporary files holds */
    rq_writer *writers[N];
    const char *path = scratch_path(state, "report.json");
    for (int i = 0; i < N; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        assert_ok(rq_writer_open(&writers[i], path));
        assert_ok(rq_writer_write(writers[i], text, strlen(text)));
    }
    assert_int_equal(scratch_count(state, "requant-tmp-"), N);
    for (int i = 0; i < N; i++) assert_ok(rq_writer_commit(&writers[i]));
    assert_content(path, "49");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 0);
}

/* A file that a killed process left goes; one that somebody has open, and a link, stay. */
static void leftovers_of_dead_writers_go(void **state)
{
    rq_writer *writer = NULL;
    char target[4200];
    const char *path = scratch_path(state, "stats.h5");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (rq_writer_open(&writer, path) != RQ_OK) _exit(1);
        raise(SIGKILL);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
    assert_int_equal(scratch_count(state, "requant-tmp-"), 1);
    assert_ok(rq_write_file(path, "new", 3));
    assert_content(path, "new");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 0);

    snprintf(target, sizeof target, "%s", scratch_file(state, "mine", "x", 1));
    assert_int_equal(symlink(target, scratch_path(state, "stats.h5.requant-tmp-0")), 0);
    assert_ok(rq_write_file(scratch_path(state, "stats.h5"), "newer", 5));
    assert_content(scratch_path(state, "stats.h5"), "newer");
    assert_content(scratch_path(state, "mine"), "x");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 1);
}

static void a_library_may_write_by_path(void **state)
{
    rq_writer *writer = NULL;
    const char *path = scratch_path(state, "stats.h5");
    assert_ok(rq_writer_open(&writer, path));
    FILE *file = fopen(rq_writer_temp_path(writer), "wb");
    assert_non_null(file);
    fputs("by another hand", file);
    fclose(file);
    assert_ok(rq_writer_commit(&writer));
    assert_content(path, "by another hand");
}

/* A file-size limit stands for the full disk: the write itself fails, late. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    enum { CHUNK = 100000 };
    static const char data[CHUNK];
    rq_writer *writer = NULL;
    struct rlimit old, small;
    const char *path = scratch_file(state, "model.bin", "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){150000, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_ok(rq_writer_open(&writer, path));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rq_status status = RQ_OK;
    for (int i = 0; i < 4 && status == RQ_OK; i++) status = rq_writer_write(writer, data, CHUNK);
    rq_status later = rq_writer_write(writer, "x", 1);
    rq_status committed = rq_writer_commit(&writer);
    rq_status at_once = rq_write_file(path, data, CHUNK);
    rq_status too_much = RQ_OK;
    small.rlim_cur = 50000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    too_much = rq_write_file(path, data, CHUNK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, RQ_EIO);
    assert_int_equal(later, RQ_EIO); /* sticky */
    assert_int_equal(committed, RQ_EIO);
    assert_null(writer);
    assert_int_equal(at_once, RQ_OK); /* below the limit */
    assert_fails(too_much, RQ_EIO, "model.bin: cannot write: File too large");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 0);
    uint64_t bytes = 0;
    assert_ok(rq_file_size(&bytes, path));
    assert_int_equal(bytes, CHUNK);
}

/* The last bytes are still in the buffer: only the flush in commit can notice. */
static void a_disk_that_fills_at_the_flush_is_noticed(void **state)
{
    rq_writer *writer = NULL;
    struct rlimit old, small;
    const char *path = scratch_file(state, "plan.json", "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){4, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_ok(rq_writer_open(&writer, path));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rq_status written = rq_writer_write(writer, "0123456789", 10);
    rq_status committed = rq_writer_commit(&writer);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(written, RQ_OK);
    assert_fails(committed, RQ_EIO, "File too large");
    assert_content(path, "old");
    assert_int_equal(scratch_count(state, "requant-tmp-"), 0);
}

static void what_cannot_be_written_says_why(void **state)
{
    char path[4200];
    const char *plain = scratch_file(state, "plain", "x", 1);
    snprintf(path, sizeof path, "%s/model.xml", plain);
    assert_fails(rq_write_file(path, "x", 1), RQ_EIO, "Not a directory");
    snprintf(path, sizeof path, "%s/missing/model.xml", (char *)*state);
    assert_fails(rq_write_file(path, "x", 1), RQ_EIO, "model.xml: cannot write: No such file");
    assert_fails(rq_write_file(*state, "x", 1), RQ_EIO, "is a folder");
    assert_fails(rq_write_file("/dev/full", "x", 1), RQ_EIO, "/dev/full: cannot write");
    struct stat info;
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode)); /* not replaced by a file */
}

/* In a child, which gives up root's rights if it has them. */
static void a_read_only_folder_says_why(void **state)
{
    const char *path = scratch_path(state, "model.xml");
    assert_int_equal(chmod(*state, 0555), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0) _exit(3);
        rq_status status = rq_write_file(path, "x", 1);
        _exit(status == RQ_EIO && strstr(rq_error_text(), "Permission denied") ? 0 : 1);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(chmod(*state, 0755), 0);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

static void folders_are_made_in_depth(void **state)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/a/b//c/", (char *)*state);
    assert_ok(rq_make_dirs(path));
    assert_true(rq_is_dir(path));
    assert_ok(rq_make_dirs(path));
    assert_ok(rq_make_dirs("/"));
    assert_ok(rq_make_dirs("."));
    const char *plain = scratch_file(state, "plain", "x", 1);
    assert_true(rq_is_file(plain));
    assert_false(rq_is_dir(plain));
    assert_false(rq_is_file(*state));
    assert_false(rq_is_file(scratch_path(state, "missing")));
    snprintf(path, sizeof path, "%s/plain/below", (char *)*state);
    assert_fails(rq_make_dirs(path), RQ_EIO, "plain");
    assert_fails(rq_make_dirs(scratch_path(state, "plain")), RQ_EIO, "a file, expected a folder");
    assert_fails(rq_make_dirs(""), RQ_EIO, "cannot make the folder");
}

static void assert_path(char *got, const char *want)
{
    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
}

static void paths_are_put_together_and_taken_apart(void **state)
{
    (void)state;
    assert_path(rq_path_join("a", "b"), "a/b");
    assert_path(rq_path_join("a//", "b/c"), "a/b/c");
    assert_path(rq_path_join("/", "b"), "/b");
    assert_path(rq_path_join("a", "/b"), "/b");
    assert_path(rq_path_join("", "b"), "b");
    assert_path(rq_path_with_suffix("a/m.xml", ".xml", ".bin"), "a/m.bin");
    assert_path(rq_path_with_suffix("a/m", ".xml", ".bin"), "a/m.bin");
    assert_path(rq_path_with_suffix("a.xml/m", ".xml", ".bin"), "a.xml/m.bin");
    assert_path(rq_path_stem("a/b/model.xml"), "model");
    assert_path(rq_path_stem("a.b/model"), "model");
    assert_path(rq_path_stem("m.v2.onnx"), "m.v2");
    assert_path(rq_path_stem(".hidden"), ".hidden");
    assert_path(rq_path_stem("a/"), "");
    assert_path(rq_path_dir("a/b/model.xml"), "a/b");
    assert_path(rq_path_dir("model.xml"), ".");
    assert_path(rq_path_dir("/model.xml"), "/");
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

/* An empty name must be seen in a message. */
static void an_empty_name_is_in_quotes(void **state)
{
    (void)state;
    rq_mapping mapping;
    char *text;
    uint64_t size;
    assert_fails(rq_map_file(&mapping, ""), RQ_EIO, "'': cannot open: No such file");
    assert_fails(rq_read_file(&text, NULL, "", 10), RQ_EIO, "'': cannot open");
    assert_fails(rq_file_size(&size, ""), RQ_EIO, "'': cannot open");
    assert_fails(rq_make_dirs(""), RQ_EIO, "'': cannot make the folder");
    assert_fails(rq_write_file("", "x", 1), RQ_EIO, "'': cannot write: No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(a_mapping_shows_the_file),
        IN_SCRATCH(a_mapping_survives_its_file),
        IN_SCRATCH(holes_are_not_copied),
        IN_SCRATCH(a_fifo_blocks_nobody),
        IN_SCRATCH(what_cannot_be_read_says_why),
        IN_SCRATCH(reading_stops_at_the_limit),
        IN_SCRATCH(a_commit_replaces_and_an_abort_does_not),
        IN_SCRATCH(a_flush_brings_the_bytes_but_not_the_name),
        IN_SCRATCH(many_writers_of_one_file_do_not_meet),
        IN_SCRATCH(leftovers_of_dead_writers_go),
        IN_SCRATCH(a_library_may_write_by_path),
        IN_SCRATCH(a_full_disk_leaves_the_old_file),
        IN_SCRATCH(a_disk_that_fills_at_the_flush_is_noticed),
        IN_SCRATCH(what_cannot_be_written_says_why),
        IN_SCRATCH(a_read_only_folder_says_why),
        IN_SCRATCH(folders_are_made_in_depth),
        cmocka_unit_test(an_empty_name_is_in_quotes),
        cmocka_unit_test(paths_are_put_together_and_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
