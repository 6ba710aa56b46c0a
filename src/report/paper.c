/* Wrapped, escaped, coloured text (paper.h). */
#include "report/paper.h"

#include "base/text.h"

#define MAX_TEXT 65536u /* bytes of one text once escaped; explanations have a few hundred */

static const char *const ink_on[] = {
    [CX_INK_PLAIN] = "",          [CX_INK_BOLD] = "\033[1m",   [CX_INK_RED] = "\033[1;31m",
    [CX_INK_YELLOW] = "\033[33m", [CX_INK_GREEN] = "\033[32m",
};

/* Code points that terminals draw two columns wide (Unicode 15, EastAsianWidth.txt W and F, by
 * block: a column too many is harmless). */
static const struct {
    uint32_t first, last;
} wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x16fe0, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f000, 0x1faff}, {0x20000, 0x3fffd},
};

/* One code point of valid UTF-8: its length in bytes and its width in columns. */
static size_t step(const uint8_t *p, size_t left, int *columns)
{
    uint32_t c = p[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (n > left)
        n = left;
    if (n > 1) {
        c &= 0xffu >> (n + 1);
        for (size_t i = 1; i < n; i++)
            c = c << 6 | (p[i] & 0x3fu);
    }
    *columns = 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (c >= wide[i].first && c <= wide[i].last)
            *columns = 2;
    return n;
}

static int columns_of(cx_slice s)
{
    int sum = 0;
    for (size_t i = 0; i < s.len;) {
        int columns;
        i += step(s.p + i, s.len - i, &columns);
        sum += columns;
    }
    return sum;
}

/* The most bytes of s that fit into so many columns. */
static size_t fit(cx_slice s, int room)
{
    size_t i = 0;
    while (i < s.len) {
        int columns;
        size_t n = step(s.p + i, s.len - i, &columns);
        if (columns > room)
            break;
        room -= columns;
        i += n;
    }
    return i;
}

/* Escaped for a terminal, into *b; a text too long is cut. */
static cx_slice escape(cx_paper *p, cx_buf *b, const char *text)
{
    cx_slice s = cx_slice_of(text);
    s.len = s.len < MAX_TEXT / 8 ? s.len : MAX_TEXT / 8; /* \u{NNNN} is 8 bytes */
    if (cx_put_term(b, s) != CX_OK)
        p->failed = true;
    return cx_buf_slice(b);
}

int cx_paper_columns(const char *text)
{
    cx_paper none = {0};
    cx_buf b = cx_buf_init(MAX_TEXT);
    int columns = columns_of(escape(&none, &b, text));
    cx_buf_free(&b);
    return columns;
}

static void put(cx_paper *p, cx_slice s)
{
    (void)fwrite(s.p, 1, s.len, p->out);
    p->at += columns_of(s);
}

static void ink(cx_paper *p, cx_ink ink, bool on)
{
    if (p->color && ink != CX_INK_PLAIN)
        (void)fputs(on ? ink_on[ink] : "\033[0m", p->out);
}

void cx_paper_newline(cx_paper *p)
{
    (void)fputc('\n', p->out);
    p->at = 0;
}

void cx_paper_gap(cx_paper *p, int columns)
{
    if (columns > 0) {
        (void)fprintf(p->out, "%*s", columns, "");
        p->at += columns;
    }
}

void cx_paper_space(cx_paper *p, int column)
{
    cx_paper_gap(p, p->at < column ? column - p->at : 1);
}

/* between: a space is due before the first word. */
static void words(cx_paper *p, cx_ink with, int indent, bool between, const char *text)
{
    cx_buf b = cx_buf_init(MAX_TEXT);
    cx_slice rest = escape(p, &b, text);
    ink(p, with, true);
    while (rest.len) {
        cx_slice word = cx_slice_split(rest, ' ', &rest);
        if (!word.len)
            continue;
        int columns = columns_of(word);
        if ((between || p->at > indent) && p->at + between + columns > p->width) {
            cx_paper_newline(p);
            cx_paper_gap(p, indent);
            between = false;
        }
        if (between)
            cx_paper_gap(p, 1);
        while (word.len && p->at + columns_of(word) > p->width) {
            size_t n = fit(word, p->width - p->at);
            if (n == 0)
                n = fit(word, 2); /* a line too narrow for anything: one sign at least */
            put(p, cx_slice_sub(word, 0, n));
            word = cx_slice_sub(word, n, word.len);
            cx_paper_newline(p);
            cx_paper_gap(p, indent);
        }
        put(p, word);
        between = true;
    }
    ink(p, with, false);
    cx_buf_free(&b);
}

void cx_paper_words(cx_paper *p, cx_ink with, int indent, const char *text)
{
    words(p, with, indent, false, text);
}

void cx_paper_more(cx_paper *p, cx_ink with, int indent, const char *text)
{
    words(p, with, indent, p->at > 0, text);
}

void cx_paper_cell(cx_paper *p, cx_ink with, int width, bool last, const char *text)
{
    cx_buf b = cx_buf_init(MAX_TEXT);
    cx_slice s = escape(p, &b, text);
    int end = p->at + width;
    ink(p, with, true);
    if (columns_of(s) <= width) {
        put(p, s);
    } else {
        put(p, cx_slice_sub(s, 0, fit(s, width > 2 ? width - 2 : 0)));
        put(p, cx_slice_sub(cx_slice_of(".."), 0, width < 2 ? (size_t)width : 2));
    }
    ink(p, with, false);
    if (!last)
        cx_paper_gap(p, end - p->at);
    cx_buf_free(&b);
}
