#include "engine/import/proto_lex.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

rq_status rq_proto_lex_fail(const rq_proto_lexer *lexer, const char *problem)
{
    int shown = lexer->length > 40 ? 40 : (int)lexer->length;
    if (lexer->token == RQ_PROTO_END)
        return rq_fail(RQ_EFORMAT, "%s:%d: %s, found the end of the file", lexer->what, lexer->line,
                       problem);
    return rq_fail(RQ_EFORMAT, "%s:%d: %s, found '%.*s'", lexer->what, lexer->line, problem, shown,
                   lexer->text);
}

static void skip_blanks(rq_proto_lexer *l)
{
    for (; l->at < l->end; l->at++) {
        if (*l->at == '#') {
            while (l->at < l->end && *l->at != '\n') l->at++;
            if (l->at == l->end) return;
        }
        if (*l->at == '\n')
            l->line++;
        else if (!isspace((unsigned char)*l->at))
            return;
    }
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.+-", c));
}

static rq_status read_string(rq_proto_lexer *l)
{
    char quote = *l->at++;
    l->text = l->at;
    while (l->at < l->end && *l->at != quote && *l->at != '\n')
        l->at += *l->at == '\\' && l->at + 1 < l->end ? 2 : 1;
    l->length = (size_t)(l->at - l->text);
    l->token = RQ_PROTO_STRING;
    if (l->at >= l->end || *l->at != quote)
        return rq_fail(RQ_EFORMAT, "%s:%d: a string without its closing quote", l->what, l->line);
    l->at++;
    return RQ_OK;
}

rq_status rq_proto_next(rq_proto_lexer *l)
{
    skip_blanks(l);
    l->text = l->at;
    l->length = 0;
    l->token = RQ_PROTO_END;
    if (l->at == l->end) return RQ_OK;
    if (*l->at == '"' || *l->at == '\'') return read_string(l);
    if (is_word(*l->at)) {
        l->token = RQ_PROTO_WORD;
        while (l->at < l->end && is_word(*l->at)) l->at++;
    } else {
        l->token = RQ_PROTO_SIGN;
        l->at++;
        if (!strchr("{}<>[]:;,/", *l->text) || !*l->text) {
            l->length = 1;
            return rq_proto_lex_fail(l, "expected a name, a number or one of {}<>[]:;,");
        }
    }
    l->length = (size_t)(l->at - l->text);
    return RQ_OK;
}

/* Up to `most` digits of the base at *at, as one byte. */
static char read_digits(const char **at, const char *end, int base, int most)
{
    unsigned value = 0;
    for (int i = 0; i < most && *at < end; i++, ++*at) {
        unsigned char c = (unsigned char)**at;
        int digit = isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : base;
        if (digit >= base) break;
        value = value * (unsigned)base + (unsigned)digit;
    }
    return (char)value;
}

size_t rq_proto_unescape(char *out, const rq_proto_lexer *l)
{
    static const char names[] = "abfnrtv", codes[] = "\a\b\f\n\r\t\v";
    char *put = out;
    for (const char *at = l->text, *end = at + l->length; at < end;) {
        char c = *at++;
        if (c == '\\' && at < end) {
            const char *name = strchr(names, *at);
            if (*at >= '0' && *at <= '7') {
                c = read_digits(&at, end, 8, 3);
            } else if (*at == 'x' || *at == 'X') {
                at++;
                c = read_digits(&at, end, 16, 2);
            } else {
                c = name && *name ? codes[name - names] : *at;
                at++;
            }
        }
        *put++ = c;
    }
    return (size_t)(put - out);
}
