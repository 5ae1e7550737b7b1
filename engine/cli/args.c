/* The command line, parsed by the command's option tables. */
#include "engine/cli/command.h"

#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const rq_option rq_common_options[] = {
    RQ_HEADING(GENERAL),
    RQ_OPTION("threads", "N", "number of worker threads; 0: one per core", .fallback = "0"),
    RQ_OPTION("quiet", NULL, "suppress progress and messages"),
    RQ_OPTION("verbose", NULL, "print each step, too, and how long it took"),
    RQ_OPTION("log", "FILE", "append messages, steps and errors to this file, with the time"),
    RQ_OPTION("help", NULL, "show this help"),
    RQ_OPTIONS_END,
};

struct rq_args {
    rq_option_list options;
    const rq_option *asked; /* --NAME help */
    rq_settings settings;
    const char **operands;
    size_t n_operands;
};

void rq_command_options(rq_option_list *out, const rq_command *command)
{
    const rq_option *const *sets[] = {command->options, command->procedure};
    rq_option_list_make(out, sets, sizeof sets / sizeof *sets);
}

/* -- short names ----------------------------------------------------------------------------- */

static const rq_short usual_shorts[] = {{"-o", "output"}, {"-h", "help"}, {NULL, NULL}};

static const char *find_short(const rq_short *shorts, const char *word)
{
    for (; shorts && shorts->word; shorts++)
        if (!strcmp(shorts->word, word)) return shorts->option;
    return NULL;
}

/* The option that `word` is short for, such as "-o"; NULL: it is not short for any.
 * `command` may be NULL: what is short in all of them. */
static const char *short_option(const rq_command *command, const char *word)
{
    const char *own = find_short(command ? command->shorts : NULL, word);
    return own ? own : find_short(usual_shorts, word);
}

const char *rq_short_text(const rq_command *command, const char *option, char text[RQ_SHORT_TEXT])
{
    const rq_short *own = command ? command->shorts : NULL, *const tables[] = {own, usual_shorts};
    size_t n = 0;
    text[0] = '\0';
    for (size_t t = 0; t < 2; t++)
        for (const rq_short *s = tables[t]; s && s->word && n + 8 < RQ_SHORT_TEXT; s++)
            if (!strcmp(s->option, option) && (t == 0 || !find_short(own, s->word)))
                n += (size_t)snprintf(text + n, RQ_SHORT_TEXT - n, "%s, ", s->word);
    return text;
}

/* -- parsing --------------------------------------------------------------------------------- */

/* "true" or "false" in any case. */
static bool parse_bool(const char *text, bool *out)
{
    *out = !strcasecmp(text, "true");
    return *out || !strcasecmp(text, "false");
}

/* The argument of an option: behind '=', or the next word. */
static rq_status find_value(const char **value, const rq_option *option, int argc, char **argv,
                            int *i)
{
    if (!option->argument || *value) return RQ_OK;
    if (*i + 1 >= argc || !strncmp(argv[*i + 1], "--", 2)) /* --name=--value means it */
        return rq_fail(RQ_EARG, "--%s needs %s", option->name, option->argument);
    *value = argv[++*i];
    return RQ_OK;
}

/* "help" instead of a value asks for the values. */
static void note_question(rq_args *args, const rq_option *option, const char *value)
{
    if ((option->keywords || option->list) && !strcmp(value, "help")) args->asked = option;
}

/* argv[*i] is "--name", "--name=value" or a short name. */
static rq_status parse_option(rq_args *args, const rq_command *command, int argc, char **argv,
                              int *i)
{
    const char *full = short_option(command, argv[*i]);
    const char *word = full ? full : argv[*i] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const rq_option *option;
    rq_status status = rq_option_find(&option, &args->options, word, length);
    if (status != RQ_OK)
        return full ? rq_fail(status, "%s: %s", argv[*i], rq_error_text()) : status;
    const char *value = equals ? equals + 1 : NULL;
    bool on = true, next;
    if (!option->argument && !value && *i + 1 < argc && parse_bool(argv[*i + 1], &next))
        value = argv[++*i]; /* as scripts for Model Optimizer have it */
    if (!option->argument && value && !parse_bool(value, &on))
        return rq_fail(RQ_EARG, "--%s takes no value but true or false, found '%s'", option->name,
                       value);
    RQ_TRY(find_value(&value, option, argc, argv, i));
    if (!option->repeats && rq_args_has(args, option->name))
        return rq_fail(RQ_EARG, "--%s is given twice", option->name);
    if (option->argument) note_question(args, option, value);
    return on ? rq_settings_add(&args->settings, option->name, option->argument ? value : NULL)
              : RQ_OK;
}

static rq_status check_operands(const rq_args *args, const rq_command *command)
{
    if (args->asked || rq_args_has(args, "help")) return RQ_OK;
    if (args->n_operands < command->min_operands)
        return rq_fail(RQ_EARG, "expected %s", command->operands);
    if (args->n_operands > command->max_operands)
        return rq_fail(RQ_EARG, "'%s' is one too many; expected %s",
                       args->operands[command->max_operands],
                       command->max_operands ? command->operands : "no file");
    return RQ_OK;
}

static rq_status parse(rq_args *args, const rq_command *command, int argc, char **argv)
{
    rq_command_options(&args->options, command);
    RQ_TRY(rq_calloc(&args->operands, (size_t)argc, sizeof *args->operands, "the command line"));
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        bool is_option = !strncmp(argv[i], "--", 2) || short_option(command, argv[i]);
        if (!only_operands && !strcmp(argv[i], "--"))
            only_operands = true;
        else if (!only_operands && is_option)
            RQ_TRY(parse_option(args, command, argc, argv, &i));
        else
            args->operands[args->n_operands++] = argv[i];
    }
    return check_operands(args, command);
}

rq_status rq_args_parse(rq_args **out, const rq_command *command, int argc, char **argv)
{
    *out = NULL;
    rq_args *args;
    RQ_TRY(rq_calloc(&args, 1, sizeof *args, "the command line"));
    rq_status status = parse(args, command, argc, argv);
    if (status != RQ_OK) {
        rq_args_destroy(&args);
        return status;
    }
    *out = args;
    return RQ_OK;
}

void rq_args_destroy(rq_args **args)
{
    rq_args *a = args ? *args : NULL;
    if (!a) return;
    rq_settings_free(&a->settings);
    free(a->operands);
    free(a);
    *args = NULL;
}

size_t rq_args_operands(const rq_args *args)
{
    return args->n_operands;
}

const char *rq_args_operand(const rq_args *args, size_t i)
{
    return i < args->n_operands ? args->operands[i] : NULL;
}

const rq_settings *rq_args_settings(const rq_args *args)
{
    return &args->settings;
}

bool rq_args_has(const rq_args *args, const char *name)
{
    return rq_settings_has(&args->settings, name);
}

const char *rq_args_get(const rq_args *args, const char *name, const char *fallback)
{
    return rq_settings_get(&args->settings, name, fallback);
}

rq_status rq_args_integer(int64_t *out, const rq_args *args, const char *name, int64_t fallback,
                          int64_t min, int64_t max)
{
    return rq_settings_integer(out, &args->settings, name, fallback, min, max);
}

const rq_option *rq_args_asked(const rq_args *args)
{
    return args->asked;
}
