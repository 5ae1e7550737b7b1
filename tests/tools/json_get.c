/* What lies at a path of a JSON file: its number, text or truth, or how many children it has.
 *   json_get FILE [KEY-OR-INDEX ...]
 * Exits 1 when the file is not JSON or nothing lies there. */
#include "engine/base/formats/json.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    rq_json *root;
    if (argc < 2 || rq_json_load(&root, argv[1]) != RQ_OK) {
        fprintf(stderr, "%s\n", argc < 2 ? "which file?" : rq_error_text());
        return 1;
    }
    const rq_json *at = root;
    for (int i = 2; at && i < argc; i++)
        at = rq_json_is_array(at) ? rq_json_at(at, strtoul(argv[i], NULL, 10))
                                  : rq_json_get(at, argv[i]);
    if (!at)
        fprintf(stderr, "%s: nothing there\n", argv[1]);
    else if (rq_json_is_string(at))
        puts(rq_json_as_string(at, ""));
    else if (rq_json_is_number(at))
        printf("%.17g\n", rq_json_as_number(at, 0));
    else if (rq_json_is_object(at) || rq_json_is_array(at))
        printf("%zu\n", rq_json_length(at));
    else
        puts(rq_json_as_bool(at, false) ? "true" : "false");
    rq_json_free(&root);
    return at ? 0 : 1;
}
