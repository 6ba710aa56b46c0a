/* Lines of the latest frames (echo.h), in a table by frame number. */
#include "app/echo.h"

#include "base/text.h"

#include <stdlib.h>

#define FRAMES    1024u    /* a power of two; copies come within a few milliseconds */
#define LINES     64u      /* of one frame */
#define SMALL     8192u    /* bytes of one frame that are kept for the next one in its place */
#define MAX_BYTES 1048576u /* of the lines of one frame */

typedef struct said {
    cx_evidence at; /* frame 0: nothing */
    cx_buf lines;   /* each with a line end, which no JSON has inside */
    uint32_t n;
} said;

struct cx_echo {
    said frames[FRAMES];
};

cx_echo *cx_echo_new(void)
{
    cx_echo *e = calloc(1, sizeof *e);
    for (size_t i = 0; i < FRAMES && e; i++)
        e->frames[i].lines = cx_buf_init(MAX_BYTES);
    return e;
}

void cx_echo_free(cx_echo *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < FRAMES; i++)
        cx_buf_free(&e->frames[i].lines);
    free(e);
}

static bool is_same(const cx_evidence *a, const cx_evidence *b)
{
    return a->frame == b->frame && a->file == b->file;
}

void cx_echo_keep(cx_echo *e, const cx_evidence *at, cx_slice line)
{
    said *s = &e->frames[at->frame & (FRAMES - 1)];
    if (!is_same(&s->at, at)) {
        if (s->at.frame && cx_evidence_after(&s->at, at))
            return; /* told late: no copy of it will come any more */
        s->at = *at;
        s->lines.len = s->n = 0;
        if (s->lines.cap > SMALL)
            cx_buf_free(&s->lines);
    }
    const size_t before = s->lines.len;
    if (s->n >= LINES)
        return;
    s->n++;
    if (cx_buf_put_slice(&s->lines, line) != CX_OK)
        s->lines.len = before; /* without memory it is forgotten */
}

/* The line again, as of the copy. NULL: no memory. */
static json_t *as_copy(cx_slice line, const cx_event *copy, const char *time)
{
    json_t *o = json_loadb((const char *)line.p, line.len, JSON_ALLOW_NUL, NULL);
    if (json_object_set_new(o, "frame", json_integer((json_int_t)copy->at.frame)) == 0 &&
        json_object_set_new(o, "time", json_string(time)) == 0 &&
        json_object_set_new(o, "duplicate_of",
                            json_integer((json_int_t)copy->u.duplicate.of.frame)) == 0)
        return o;
    json_decref(o);
    return NULL;
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
    cx_slice rest = known ? cx_buf_slice(&s->lines) : (cx_slice){NULL, 0};
    while (lines && rest.len) {
        const cx_slice line = cx_slice_split(rest, '\n', &rest);
        if (json_array_append_new(lines, as_copy(line, copy, time)) != 0) {
            json_decref(lines);
            lines = NULL;
        }
    }
    return lines;
}
