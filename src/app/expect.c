/* Comparing what was found with what was expected (expect.h). */
#include "app/expect.h"

#include "app/say.h"

#include <stdlib.h>

static bool has(char *const *ids, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

cx_status cx_found_note(cx_found *found, const json_t *finding)
{
    const char *id = json_string_value(json_object_get(finding, "id"));
    const char *severity = json_string_value(json_object_get(finding, "severity"));
    if (!id || !severity || strcmp(severity, "failure") != 0 || has(found->ids, found->n, id))
        return CX_OK;
    char **grown =
        realloc(found->ids, (found->n + 1) * sizeof *grown); /* as many as there are rules */
    if (!grown)
        return CX_NO_MEMORY;
    found->ids = grown;
    found->ids[found->n] = strdup(id);
    return found->ids[found->n] ? (found->n++, CX_OK) : CX_NO_MEMORY;
}

bool cx_found_as_expected(const cx_found *found, const cx_options *options)
{
    bool none = strcmp(options->expect[0], "none") == 0, as_expected = true;
    size_t n = none ? 0 : options->n_expect;
    for (size_t i = 0; i < n; i++) {
        if (has(found->ids, found->n, options->expect[i]))
            continue;
        as_expected = false;
        if (!options->quiet)
            cx_say("expected %s, which was not found", options->expect[i]);
    }
    for (size_t i = 0; i < found->n; i++) {
        bool expected = false;
        for (size_t k = 0; k < n; k++)
            expected = expected || strcmp(options->expect[k], found->ids[i]) == 0;
        if (expected)
            continue;
        as_expected = false;
        if (!options->quiet)
            cx_say("found %s, which was not expected", found->ids[i]);
    }
    return as_expected;
}

void cx_found_free(cx_found *found)
{
    for (size_t i = 0; i < found->n; i++)
        free(found->ids[i]);
    free(found->ids);
    *found = (cx_found){0};
}
