/* requant extension: a starter for a custom operator. */
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/cli/command.h"
#include "engine/cli/starter/starter.h"
#include "engine/ops/op.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_LENGTH 64

/* "hard_shrink" -> "HardShrink" */
static void type_of(char type[NAME_LENGTH + 1], const char *name)
{
    bool begins = true;
    size_t n = 0;
    for (; *name; name++) {
        if (*name == '_') {
            begins = true;
            continue;
        }
        type[n++] = begins ? (char)toupper((unsigned char)*name) : *name;
        begins = false;
    }
    type[n] = '\0';
}

static bool is_name(const char *name)
{
    if (!isalpha((unsigned char)*name) || strlen(name) > NAME_LENGTH) return false;
    while (isalnum((unsigned char)*name) || *name == '_') name++;
    return !*name;
}

/* The text with the names put in. */
static void fill_in(rq_buf *out, const char *text, const char *name, const char *type)
{
    const char *at;
    while ((at = strchr(text, '@'))) {
        bool is_type = rq_starts_with(at, "@TYPE@");
        rq_buf_append_n(out, text, (size_t)(at - text));
        text = at + (is_type || rq_starts_with(at, "@NAME@") ? strlen("@NAME@") : 1);
        rq_buf_append(out, is_type ? type : text == at + 1 ? "@" : name);
    }
    rq_buf_append(out, text);
}

static rq_status write_one(const char *folder, const rq_starter_file *file, const char *name,
                           const char *type)
{
    rq_buf path = {0}, text = {0};
    rq_buf_printf(&path, "%s/", folder);
    fill_in(&path, file->name, name, type);
    fill_in(&text, file->text, name, type);
    rq_status status = path.failed || text.failed ? rq_fail_memory(text.length, "a file") : RQ_OK;
    if (status == RQ_OK) status = rq_write_file(path.data, text.data, text.length);
    if (status == RQ_OK) printf("%s\n", path.data);
    rq_buf_free(&path);
    rq_buf_free(&text);
    return status;
}

static rq_status write_all(const char *folder, const char *name, const char *type)
{
    struct stat exists;
    if (stat(folder, &exists) == 0)
        return rq_fail(RQ_EARG, "%s is there already; --output_dir names another folder", folder);
    RQ_TRY(rq_make_dirs(folder));
    for (const rq_starter_file *f = rq_starter_files; f->name; f++)
        RQ_TRY(write_one(folder, f, name, type));
    printf("Build it: make -C %s\n"
           "Use it:   requant import MODEL --extensions %s/lib%s.so\n",
           folder, folder, name);
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    const char *name = rq_args_operand(args, 1);
    char type[NAME_LENGTH + 1];
    if (strcmp(rq_args_operand(args, 0), "new") != 0)
        return rq_fail(RQ_EARG, "extension %s: expected `extension new NAME`",
                       rq_args_operand(args, 0));
    if (!is_name(name))
        return rq_fail(RQ_EARG, "extension new %s: expected letters, digits and _, at most %d",
                       name, NAME_LENGTH);
    type_of(type, name);
    if (rq_op_find(type))
        return rq_fail(RQ_EARG, "extension new %s: %s is an operator of the IR; take another name",
                       name, type);
    return write_all(rq_args_get(args, "output_dir", name), name, type);
}

static const rq_option own_options[] = {
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output_dir", "DIR", "the folder that is made", .fallback = "NAME"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const rq_short shorts[] = {{"-o", "output_dir"}, {NULL, NULL}};
static const char *const details[] = {
    "Writes a C file with one operator, to be filled in, a Makefile, the header "
    "requant_extension.h, which explains everything, and requant_openvino.cpp, with which the same "
    "library serves OpenVINO. Commands that read a model take it by --extensions.",
    NULL,
};
static const char *const examples[] = {
    "requant extension new hard_shrink",
    "make -C hard_shrink",
    "requant import model.onnx --extensions hard_shrink/libhard_shrink.so -o ir",
    NULL,
};

const rq_command rq_command_extension = {
    .name = "extension",
    .operands = "new NAME",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "write a starter for a custom operator",
    .details = details,
    .options = options,
    .shorts = shorts,
    .examples = examples,
    .run = run,
};
