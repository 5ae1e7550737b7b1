/* What libxml2 calls of ICU: no encoding has a converter, and so nothing else is ever called.
 * Debian 13's libxml2 calls nothing of it, and does not bring its headers. */
#include <stdlib.h>

#if __has_include(<unicode/utypes.h>)
#include <unicode/utypes.h>

void *ucnv_open(const char *name, UErrorCode *error);
void *ucnv_open(const char *name, UErrorCode *error)
{
    (void)name;
    *error = U_FILE_ACCESS_ERROR;
    return NULL;
}

#define NEVER_CALLED(name)                                                                         \
    _Noreturn void name(void);                                                                     \
    _Noreturn void name(void)                                                                      \
    {                                                                                              \
        abort();                                                                                   \
    }

NEVER_CALLED(ucnv_close)
NEVER_CALLED(ucnv_convertEx)
NEVER_CALLED(ucnv_setToUCallBack)
NEVER_CALLED(ucnv_setFromUCallBack)
NEVER_CALLED(UCNV_TO_U_CALLBACK_STOP)
NEVER_CALLED(UCNV_FROM_U_CALLBACK_STOP)

#endif
