/* Reading files of results (results.h). */
#include "app/results.h"

#include "app/say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LINE 67108864 /* bytes; the longest lines of real results have some 100 KiB */

/* A line without its end, or only its beginning when it is longer than MAX_LINE. -1: the end. */
static ssize_t read_line(FILE *file, char **text, size_t *cap, bool *ret_long)
{
    size_t n = 0;
    int c;
    *ret_long = false;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        if (n >= MAX_LINE) {
            *ret_long = true;
            continue;
        }
        if (n == *cap) {
            size_t more = *cap ? *cap * 2 : 65536;
            char *grown = realloc(*text, more);
            if (!grown)
                return -2;
            *text = grown;
            *cap = more;
        }
        (*text)[n++] = (char)c;
    }
    return c == EOF && n == 0 ? -1 : (ssize_t)n;
}

cx_status cx_results_read(cx_ingest *in, const char *path)
{
    bool standard = strcmp(path, "-") == 0, too_long;
    FILE *file = standard ? stdin : fopen(path, "re");
    char *text = NULL;
    size_t cap = 0;
    uint64_t number = 0, bad = 0, incomplete = in->incomplete;
    ssize_t n;
    cx_status status = CX_OK;
    if (!file) {
        cx_say("%s: %s", path, strerror(errno));
        return CX_IO;
    }
    while (status == CX_OK && (n = read_line(file, &text, &cap, &too_long)) >= 0) {
        number++;
        cx_slice line = {(const uint8_t *)text, (size_t)n};
        if (cx_slice_trim(line).len == 0)
            continue;
        status = cx_ingest_line(in, too_long ? (cx_slice){(const uint8_t *)"", 0} : line);
        if (status != CX_MALFORMED)
            continue;
        if (bad++ == 0)
            cx_say("%s: line %" PRIu64 ": %s", path, number, in->why);
        status = CX_OK;
    }
    if (status == CX_OK && n == -2)
        status = CX_NO_MEMORY;
    bool failed = ferror(file);
    int why = errno;
    cx_status ended = cx_ingest_end(in);
    free(text);
    if (!standard)
        (void)fclose(file); /* only read from */
    if (status == CX_IO || (status == CX_OK && ended == CX_IO))
        return CX_LIMIT;
    if (status != CX_OK || ended != CX_OK)
        return status != CX_OK ? status : ended;
    if (failed) {
        cx_say("%s: %s", path, strerror(why));
        return CX_IO;
    }
    if (bad > 1)
        cx_say("%s: %" PRIu64 " lines are no results", path, bad);
    if (in->incomplete > incomplete)
        cx_say("%s: the results of %" PRIu64 " capture%s are incomplete and left out", path,
               in->incomplete - incomplete, in->incomplete - incomplete == 1 ? "" : "s");
    return bad || in->incomplete > incomplete ? CX_MALFORMED : CX_OK;
}
