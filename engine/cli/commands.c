/* The table of commands. */
#include "engine/base/text.h"
#include "engine/cli/command.h"

#include <string.h>

#define RQ_COMMAND(name) extern const rq_command rq_command_##name;
#include "engine/cli/commands.def"
#undef RQ_COMMAND

static const rq_command *const commands[] = {
#define RQ_COMMAND(name) &rq_command_##name,
#include "engine/cli/commands.def"
#undef RQ_COMMAND
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

size_t rq_command_count(void)
{
    return COMMANDS;
}

const rq_command *rq_command_at(size_t i)
{
    return commands[i];
}

const rq_command *rq_command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i]->name, name)) return commands[i];
    return NULL;
}

const char *rq_command_near(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) names[i] = commands[i]->name;
    return rq_suggest(name, names, COMMANDS);
}
