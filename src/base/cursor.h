/* Checked reader with a sticky error: after the first short read every read gives 0 and moves
 * nothing, so a parser reads all its fields and asks once. The one place where bytes are bounded.
 * on_short says whose fault a short read is: CX_TRUNCATED when the capture cut the bytes,
 * CX_MALFORMED when the sender did. */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef struct cx_cursor {
    const uint8_t *p;
    size_t left;
    cx_status on_short, err;
} cx_cursor;

static inline cx_cursor cx_cursor_over(cx_slice s, cx_status on_short)
{
    return (cx_cursor){.p = s.p, .left = s.len, .on_short = on_short, .err = CX_OK};
}

/* The next n bytes, or NULL. left becomes 0 on failure, so that one comparison is the whole test.
 */
static inline const uint8_t *cx_take(cx_cursor *c, size_t n)
{
    if (n > c->left || c->err != CX_OK) {
        if (c->err == CX_OK)
            c->err = c->on_short;
        c->left = 0;
        return NULL;
    }
    const uint8_t *at = c->p;
    c->p += n;
    c->left -= n;
    return at;
}

static inline cx_slice cx_take_slice(cx_cursor *c, size_t n)
{
    const uint8_t *at = cx_take(c, n);
    return (cx_slice){at, at ? n : 0};
}

static inline uint8_t cx_u8(cx_cursor *c)
{
    const uint8_t *b = cx_take(c, 1);
    return b ? b[0] : 0;
}

static inline uint16_t cx_be16(cx_cursor *c)
{
    const uint8_t *b = cx_take(c, 2);
    return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t cx_be24(cx_cursor *c)
{
    const uint8_t *b = cx_take(c, 3);
    return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}

static inline uint32_t cx_be32(cx_cursor *c)
{
    const uint8_t *b = cx_take(c, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

static inline uint64_t cx_be64(cx_cursor *c)
{
    uint64_t high = cx_be32(c);
    uint64_t low = cx_be32(c);
    return c->err == CX_OK ? high << 32 | low : 0;
}

static inline uint16_t cx_le16(cx_cursor *c)
{
    const uint8_t *b = cx_take(c, 2);
    return b ? (uint16_t)(b[1] << 8 | b[0]) : 0;
}

static inline uint32_t cx_le32(cx_cursor *c)
{
    const uint8_t *b = cx_take(c, 4);
    return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}

static inline uint64_t cx_le64(cx_cursor *c)
{
    uint64_t low = cx_le32(c);
    uint64_t high = cx_le32(c);
    return c->err == CX_OK ? high << 32 | low : 0;
}

/* The next n bytes as a cursor of their own; short reads inside it are the sender's fault, since
 * the bytes that the length promised are there. */
static inline cx_cursor cx_sub(cx_cursor *c, size_t n)
{
    cx_slice s = cx_take_slice(c, n);
    cx_cursor sub = cx_cursor_over(s, CX_MALFORMED);
    sub.err = c->err;
    return sub;
}

/* The error met so far, or CX_MALFORMED when bytes are left unread. */
CX_USE static inline cx_status cx_close(const cx_cursor *c)
{
    if (c->err != CX_OK)
        return c->err;
    return c->left ? CX_MALFORMED : CX_OK;
}
