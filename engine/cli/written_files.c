#include "engine/cli/written_files.h"

#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* -- paths ----------------------------------------------------------------------------------- */

static bool same_inode(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Of files that need not be there yet. */
static bool same_file(const char *a, const char *b)
{
    if (!strcmp(a, b) || same_inode(a, b)) return true;
    if (strcmp(rq_path_name(a), rq_path_name(b)) != 0) return false;
    char *x = rq_path_dir(a), *y = rq_path_dir(b);
    bool same = x && y && same_inode(x, y);
    free(x);
    free(y);
    return same;
}

/* -- one file that is written ---------------------------------------------------------------- */

static rq_status check_read(const rq_named_value *written, const char *path)
{
    if (!rq_is_file(path) || !same_inode(written->value, path)) return RQ_OK;
    return rq_fail(RQ_EARG, "--%s %s: would replace %s, which is read; expected another name",
                   written->name, written->value, path);
}

static rq_status check_read_in(const rq_named_value *written, const char *dir, const char *name)
{
    char *path = rq_path_join(dir, name);
    if (!path) return rq_fail_memory(strlen(dir), "a path");
    rq_status status = check_read(written, path);
    free(path);
    return status;
}

static rq_status check_results(const rq_named_value *written, const char *dir)
{
    static const char *const results[] = {"report.json", "plan.json", "stats.h5", "tune.json"};
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        RQ_TRY(check_read_in(written, dir, results[i]));
    return RQ_OK;
}

/* A model is read with its weights, a report with the results beside it. */
static rq_status check_operand(const rq_named_value *written, const char *operand)
{
    rq_status status;
    RQ_TRY(check_read(written, operand));
    if (rq_is_dir(operand)) return check_results(written, operand);
    bool report = rq_ends_with(operand, ".json");
    if (!report && !rq_ends_with(operand, ".xml")) return RQ_OK;
    char *beside = report ? rq_path_dir(operand) : rq_path_with_suffix(operand, ".xml", ".bin");
    if (!beside) return rq_fail_memory(strlen(operand), "a path");
    status = report ? check_results(written, beside) : check_read(written, beside);
    free(beside);
    return status;
}

/* -- against each other ---------------------------------------------------------------------- */

static bool is_written(const rq_option_list *options, const rq_named_value *value)
{
    const rq_option *option;
    if (!value->value || !strcmp(value->value, "-")) return false;
    return rq_option_find(&option, options, value->name, strlen(value->name)) == RQ_OK &&
           option->writes;
}

/* An option's value is a file, or NAME=FILE. */
static rq_status check_value(const rq_named_value *written, const rq_named_value *other,
                             bool other_written)
{
    if (other_written)
        return same_file(written->value, other->value)
                   ? rq_fail(RQ_EARG, "--%s and --%s both write %s; expected two names",
                             written->name, other->name, written->value)
                   : RQ_OK;
    RQ_TRY(check_read(written, other->value));
    const char *equals = strchr(other->value, '=');
    return equals ? check_read(written, equals + 1) : RQ_OK;
}

rq_status rq_written_files_check(const rq_command *command, const rq_args *args)
{
    const rq_settings *given = rq_args_settings(args);
    rq_option_list options;
    rq_command_options(&options, command);
    for (size_t i = 0; i < given->n; i++) {
        const rq_named_value *written = &given->v[i];
        if (!is_written(&options, written)) continue;
        for (size_t k = 0; k < rq_args_operands(args); k++)
            RQ_TRY(check_operand(written, rq_args_operand(args, k)));
        for (size_t k = 0; k < given->n; k++)
            if (k != i && given->v[k].value)
                RQ_TRY(check_value(written, &given->v[k], is_written(&options, &given->v[k])));
    }
    return RQ_OK;
}
