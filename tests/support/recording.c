/* Reads bytes that are written as hexadecimal text (recording.h). */
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static int digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 32) : NULL;
    return at ? (int)(at - digits) : -1;
}

size_t test_hex(const char *text, uint8_t *out, size_t max)
{
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ' ' || *text == '\n')
            continue;
        int high = digit(text[0]), low = digit(text[1]);
        if (high < 0 || low < 0 || n == max)
            fail_msg("no hexadecimal, or too long, from \"%.20s\" on", text);
        out[n++] = (uint8_t)(high << 4 | low);
        text++;
    }
    return n;
}

test_recording test_recording_read(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, CX_SOURCE_DIR "/tests/data/%s.hex", name);
    FILE *f = fopen(path, "re");
    if (!f)
        fail_msg("%s cannot be opened", path);
    test_recording r = {0};
    char *line = NULL;
    size_t room = 0, used = 0;
    long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    assert_true(size > 0 && fseek(f, 0, SEEK_SET) == 0);
    r.bytes = malloc((size_t)size); /* two digits a byte */
    r.pieces = calloc((size_t)size, sizeof *r.pieces);
    r.oracle = calloc((size_t)size, sizeof *r.oracle);
    assert_true(r.bytes && r.pieces && r.oracle);
    while (getline(&line, &room, f) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        if (line[0] == '=') {
            size_t len = strlen(line);
            assert_true(r.n_pieces && len >= 2 && len < sizeof *r.oracle);
            memcpy(r.oracle[r.n_pieces - 1], line + 2, len - 1);
            continue;
        }
        if (line[0] == '>' || line[0] == '<')
            r.pieces[r.n_pieces++] =
                (test_piece){.dir = line[0] == '>' ? CX_FROM_CLIENT : CX_FROM_SERVER,
                             .bytes = {r.bytes + used, 0}};
        else
            assert_true(line[0] == ' ' && r.n_pieces);
        size_t n = test_hex(line + 1, r.bytes + used, (size_t)size - used);
        r.pieces[r.n_pieces - 1].bytes.len += n;
        used += n;
    }
    free(line);
    (void)fclose(f);
    return r;
}

void test_recording_free(test_recording *r)
{
    free(r->pieces);
    free(r->oracle);
    free(r->bytes);
    *r = (test_recording){0};
}
