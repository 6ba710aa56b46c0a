/* Conversations as text (transcript.h). */
#include "support/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Appends the bytes that text stands for to out; returns how many. */
static size_t unescape(const char *text, uint8_t *out)
{
    static const char letters[] = "rnt\\", bytes[] = "\r\n\t\\";
    size_t n = 0;
    for (; *text; text++) {
        if (*text != '\\') {
            out[n++] = (uint8_t)*text;
            continue;
        }
        const char *letter = *++text ? strchr(letters, *text) : NULL;
        if (*text == 0)
            return n; /* a backslash at the end: no line end */
        if (letter) {
            out[n++] = (uint8_t)bytes[letter - letters];
        } else if (*text == 'x' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
            out[n++] = (uint8_t)(hex(text[1]) << 4 | hex(text[2]));
            text += 2;
        } else {
            fail_msg("unknown escape \\%s", text);
        }
    }
    out[n++] = '\r';
    out[n++] = '\n';
    return n;
}

#define MAX_PATH 4096

static FILE *open_file(const char *name, const char *suffix, char path[MAX_PATH])
{
    snprintf(path, MAX_PATH, "%s/fixtures/transcripts/%s%s", CX_SOURCE_DIR, name, suffix);
    return fopen(path, "r");
}

static size_t size_of(FILE *f)
{
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    return (size_t)size;
}

static char *read_events(const char *name)
{
    char path[MAX_PATH];
    FILE *f = open_file(name, ".ndjson", path);
    size_t size = f ? size_of(f) : 0;
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    if (f) {
        assert_int_equal(fread(text, 1, size, f), size);
        fclose(f);
    }
    return text;
}

test_transcript test_transcript_read(const char *name)
{
    char path[MAX_PATH];
    FILE *f = open_file(name, ".t", path);
    if (!f)
        fail_msg("%s: cannot be opened", path);
    /* no text stands for more bytes than it has, with its prefix and line end */
    test_transcript t = {.bytes = malloc(size_of(f) + 2), .events = read_events(name)};
    assert_non_null(t.bytes);
    size_t used = 0, line_size = 0;
    char *line = NULL;
    bool another = true;
    while (getline(&line, &line_size, f) >= 0) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] == '#' || line[0] == 0)
            continue;
        if (strcmp(line, "---") == 0) {
            another = true;
            continue;
        }
        bool client = strncmp(line, ">>>", 3) == 0, server = strncmp(line, "<<<", 3) == 0;
        if ((!client && !server) || (line[3] && line[3] != ' '))
            fail_msg("%s: not a line of a transcript: %s", path, line);
        uint8_t dir = client ? CX_FROM_CLIENT : CX_FROM_SERVER;
        if (another || t.pieces[t.n_pieces - 1].dir != dir) {
            test_piece *more = realloc(t.pieces, (t.n_pieces + 1) * sizeof *more);
            assert_non_null(more);
            t.pieces = more;
            t.pieces[t.n_pieces++] = (test_piece){.dir = dir, .bytes = {t.bytes + used, 0}};
            another = false;
        }
        size_t n = unescape(line[3] ? line + 4 : "", t.bytes + used);
        t.pieces[t.n_pieces - 1].bytes.len += n;
        used += n;
    }
    free(line);
    fclose(f);
    return t;
}

void test_transcript_free(test_transcript *t)
{
    free(t->pieces);
    free(t->bytes);
    free(t->events);
    *t = (test_transcript){0};
}
