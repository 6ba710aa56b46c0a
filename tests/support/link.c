#include "support/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The frame in an allocation of exactly its size. */
static uint8_t *build(const test_link_row *row, size_t *ret_len)
{
    *ret_len = row->len + TEST_LINK_PAYLOAD + row->trailer;
    uint8_t *bytes = calloc(1, *ret_len);
    assert_non_null(bytes);
    memcpy(bytes, row->header, row->len);
    bytes[row->len] = row->next == 0x86dd ? 0x60 : 0x45;
    return bytes;
}

static void check_whole(const test_link_row *row)
{
    size_t len;
    uint8_t *bytes = build(row, &len);
    cx_frame f;
    cx_frame_begin(&f, row->layer, (cx_slice){bytes, len}, (uint32_t)len);
    cx_status status = cx_link_strip(&f);
    if (status != (row->next ? CX_OK : CX_UNSUPPORTED))
        fail_msg("%s: status %d, %s", row->name, (int)status, f.what);
    if (row->next) {
        if (f.layer != row->next || f.c.p != bytes + row->len || f.c.left != TEST_LINK_PAYLOAD ||
            cx_frame_wire(&f) != TEST_LINK_PAYLOAD)
            fail_msg("%s: layer %x at %d, %zu left, %u on the wire", row->name, f.layer,
                     (int)(f.c.p - bytes), f.c.left, cx_frame_wire(&f));
    } else if (strcmp(f.what, row->what) != 0) {
        fail_msg("%s: is called %s", row->name, f.what);
    }
    if (f.repeated != row->repeated || f.encrypted != row->encrypted || f.link_unknown)
        fail_msg("%s: flags", row->name);
    free(bytes);
}

/* Cut to `left` bytes. */
static void check_cut(const test_link_row *row, size_t left, bool by_capture)
{
    size_t len;
    uint8_t *bytes = build(row, &len);
    uint8_t *part = malloc(left ? left : 1);
    assert_non_null(part);
    memcpy(part, bytes, left);
    cx_frame f;
    cx_frame_begin(&f, row->layer, (cx_slice){part, left}, (uint32_t)(by_capture ? len : left));
    cx_status status = cx_link_strip(&f);
    if (status == CX_OK || (status == CX_TRUNCATED && !by_capture) || !f.what)
        fail_msg("%s cut to %zu: status %d, %s", row->name, left, (int)status, f.what);
    free(part);
    free(bytes);
}

static void check_changed(const test_link_row *row, size_t at)
{
    size_t len;
    uint8_t *bytes = build(row, &len);
    for (unsigned to = 0; to < 256; to++) {
        cx_frame f;
        bytes[at] = (uint8_t)to;
        cx_frame_begin(&f, row->layer, (cx_slice){bytes, len}, (uint32_t)len + to % 3);
        if (cx_link_strip(&f) == CX_OK && f.c.left > cx_frame_wire(&f))
            fail_msg("%s, byte %zu is %u: more is left than there was", row->name, at, to);
        for (unsigned i = 0; i < f.n_more; i++) {
            volatile uint8_t sum = 0;
            for (size_t k = 0; k < f.more[i].bytes.len; k++)
                sum = (uint8_t)(sum + f.more[i].bytes.p[k]);
        }
    }
    free(bytes);
}

void test_links(const test_link_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_whole(&rows[i]);
        for (size_t left = 0; rows[i].next && left < rows[i].len; left++) {
            check_cut(&rows[i], left, true);
            check_cut(&rows[i], left, false);
        }
        for (size_t at = 0; at < rows[i].len; at++)
            check_changed(&rows[i], at);
    }
}
