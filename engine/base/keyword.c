#include "engine/base/keyword.h"

#include "engine/base/choice.h"

#include <string.h>

int rq_keyword_find(const rq_keyword *keywords, const char *word)
{
    for (int i = 0; keywords[i].name; i++)
        if (!strcmp(keywords[i].name, word) ||
            (keywords[i].alias && !strcmp(keywords[i].alias, word)))
            return i;
    return -1;
}

rq_status rq_keyword_fail(const char *word, const rq_keyword *keywords, const char *where)
{
    const char *names[RQ_MAX_KEYWORDS];
    size_t n = 0;
    for (; keywords[n].name && n < RQ_MAX_KEYWORDS; n++) names[n] = keywords[n].name;
    return rq_choice_fail(RQ_EARG, word, names, n, "%s: '%s' is not one of its values", where,
                          word);
}
