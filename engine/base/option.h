/* Tables of options: what may be asked for by name, with what help shows of it. One table serves
 * the command line and a program (settings.h holds what was asked for). */
#ifndef RQ_BASE_OPTION_H
#define RQ_BASE_OPTION_H

#include "engine/base/keyword.h"
#include "engine/base/status.h"

typedef enum rq_group {
    RQ_GROUP_NONE,
#define RQ_OPTION_GROUP(id, title, brief) RQ_GROUP_##id,
#include "engine/base/option_groups.def"
#undef RQ_OPTION_GROUP
    RQ_GROUPS
} rq_group;

typedef struct rq_word_list rq_word_list; /* engine/api/options/option_words.h */

/* A line of a table: an option, or, without a name, the heading of those that follow. */
typedef struct rq_option {
    const char *name;     /* "data": written --data; also with '_' for '-' */
    const char *argument; /* "DIR"; NULL for a switch */
    const char *help;     /* begins small, ends without a full stop; wrapped where it is shown */
    bool repeats;         /* may be given more than once */
    bool writes;          /* the value is a file that is written; "-": standard output */
    const char *alias;    /* another name that is accepted, such as an older one; NULL: none */
    const char *fallback; /* what holds when it is not given; NULL: nothing to say */
    const rq_keyword *keywords; /* the words that the value is one of; NULL: other values */
    /* The names that the value may be, from tables elsewhere; NULL: choices, or not names. */
    rq_status (*list)(rq_word_list *out);
    rq_group group; /* of a heading */
} rq_option;

/* RQ_OPTION("data", "DIR", "a folder of images", .repeats = true): a line of a table. */
#define RQ_OPTION(name_, argument_, ...)                                                           \
    {                                                                                              \
        .name = name_, .argument = argument_, .help = __VA_ARGS__                                  \
    }
/* The heading of the lines that follow, of option_groups.def. */
#define RQ_HEADING(id)                                                                             \
    {                                                                                              \
        .group = RQ_GROUP_##id                                                                     \
    }
/* A number of a macro as text: what an option falls back to. */
#define RQ_TEXT(number) RQ_TEXT_OF(number)
#define RQ_TEXT_OF(number) #number
#define RQ_OPTIONS_END                                                                             \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Options in the order of their groups. */
#define RQ_MAX_OPTIONS 128
typedef struct rq_option_list {
    const rq_option *option[RQ_MAX_OPTIONS];
    rq_group group[RQ_MAX_OPTIONS];
    size_t n;
} rq_option_list;

/* Of sets of tables: each set a NULL-terminated list of tables; may be NULL. */
void rq_option_list_make(rq_option_list *out, const rq_option *const *const *sets, size_t n_sets);

/* By its own name, spelled so. */
bool rq_option_table_has(const rq_option *table, const char *name);

/* By name or alias, '-' and '_' the same; `length` characters of `name` count. RQ_EARG, with the
 * nearest name, where there is none. */
rq_status rq_option_find(const rq_option **out, const rq_option_list *list, const char *name,
                         size_t length);

#endif
