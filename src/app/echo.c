/* Lines of the latest frames (echo.h), in a table by frame number. */
#include "app/echo.h"

#include "base/text.h"

#include <stdlib.h>

#define FRAMES 1024u /* a power of two; copies come within a few milliseconds */
#define LINES  64u   /* of one frame */

typedef struct said {
    cx_evidence at; /* frame 0: nothing */
    json_t *lines;
} said;

struct cx_echo {
    said frames[FRAMES];
};

cx_echo *cx_echo_new(void)
{
    return calloc(1, sizeof(cx_echo));
}

void cx_echo_free(cx_echo *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < FRAMES; i++)
        json_decref(e->frames[i].lines);
    free(e);
}

static bool is_same(const cx_evidence *a, const cx_evidence *b)
{
    return a->frame == b->frame && a->file == b->file;
}

void cx_echo_keep(cx_echo *e, const cx_evidence *at, json_t *line)
{
    said *s = &e->frames[at->frame & (FRAMES - 1)];
    if (!is_same(&s->at, at)) {
        if (s->at.frame && cx_evidence_after(&s->at, at))
            return; /* told late: no copy of it will come any more */
        json_decref(s->lines);
        *s = (said){*at, json_array()};
    }
    if (s->lines && json_array_size(s->lines) < LINES)
        (void)json_array_append(s->lines, line); /* without memory it is forgotten */
}

json_t *cx_echo_lines(cx_echo *e, const cx_event *copy, int time_digits)
{
    const cx_evidence *of = &copy->u.duplicate.of;
    const said *s = &e->frames[of->frame & (FRAMES - 1)];
    json_t *lines = json_array();
    /* a frame of another file of a set has a number of its own there */
    const bool known = is_same(&s->at, of) && of->file == copy->at.file;
    char time[CX_TIME_TEXT];
    cx_time_text(copy->at.ts_ns, time_digits, time);
    for (size_t i = 0; lines && known && i < json_array_size(s->lines); i++) {
        json_t *line = json_copy(json_array_get(s->lines, i));
        if (json_object_set_new(line, "frame", json_integer((json_int_t)copy->at.frame)) != 0 ||
            json_object_set_new(line, "time", json_string(time)) != 0 ||
            json_object_set_new(line, "duplicate_of", json_integer((json_int_t)of->frame)) != 0 ||
            json_array_append(lines, line) != 0) {
            json_decref(lines);
            lines = NULL;
        }
        json_decref(line);
    }
    return lines;
}
