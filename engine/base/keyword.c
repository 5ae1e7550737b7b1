#include "engine/base/keyword.h"

#include <string.h>

int rq_keyword_find(const rq_keyword *keywords, const char *word)
{
    for (int i = 0; keywords[i].name; i++)
        if (!strcmp(keywords[i].name, word) ||
            (keywords[i].alias && !strcmp(keywords[i].alias, word)))
            return i;
    return -1;
}

void rq_keyword_list(rq_buf *out, const rq_keyword *keywords)
{
    for (const rq_keyword *c = keywords; c->name; c++)
        rq_buf_printf(out, "%s%s", c == keywords ? "" : ", ", c->name);
}
