/* Reading captures in tests (reading.h). */
#include "support/reading.h"

#include "support/alloc.h"
#include "support/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))

void test_read_stream(FILE *stream, const char *filter, test_reading *r)
{
    cx_source *s = NULL;
    cx_packet batch[CX_BATCH];
    cx_status status;
    size_t n, offset[N(r->packets)];
    memset(r, 0, sizeof *r);
    r->data = cx_buf_init(100000000);
    r->secrets = cx_buf_init(100000000);
    r->status = cx_source_open_stream(stream, "name", 3, filter, &s, r->why);
    if (r->status != CX_OK) {
        assert_null(s);
        return;
    }
    while ((status = cx_source_next(s, batch, &n)) == CX_OK) {
        assert_in_range(n, 1, CX_BATCH);
        assert_in_range(r->n + n, 1, N(r->packets));
        r->batches++;
        for (size_t i = 0; i < n; i++) {
            offset[r->n] = r->data.len;
            assert_int_equal(cx_buf_put_slice(&r->data, batch[i].bytes), CX_OK);
            r->packets[r->n++] = batch[i];
        }
    }
    assert_int_equal(status, CX_END);
    assert_int_equal(cx_source_next(s, batch, &n), CX_END); /* and stays there */
    for (size_t i = 0; i < r->n; i++)
        r->packets[i].bytes.p = r->data.p ? r->data.p + offset[i] : NULL;
    r->info = *cx_source_info_of(s);
    const cx_slice *secrets = cx_source_secrets(s, &n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(cx_buf_put_slice(&r->secrets, secrets[i]), CX_OK);
    r->info.secrets = NULL;
    cx_source_free(s);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

void test_read_bytes(cx_slice bytes, test_reading *r)
{
    test_read_stream(test_file(bytes), NULL, r);
}

void test_reading_done(test_reading *r)
{
    cx_buf_free(&r->data);
    cx_buf_free(&r->secrets);
}

bool test_same_reading(const test_reading *a, const test_reading *b)
{
    bool same = a->status == b->status && strcmp(a->why, b->why) == 0 && a->n == b->n &&
                a->info.packets == b->info.packets && a->info.drops == b->info.drops &&
                a->info.nanoseconds == b->info.nanoseconds && a->info.untimed == b->info.untimed &&
                a->info.damaged == b->info.damaged && a->info.damaged_at == b->info.damaged_at &&
                a->info.damages == b->info.damages && a->info.resumed == b->info.resumed &&
                strcmp(a->info.damage, b->info.damage) == 0 &&
                cx_slice_eq(cx_buf_slice(&a->secrets), cx_buf_slice(&b->secrets));
    for (size_t i = 0; same && i < a->n; i++)
        same = a->packets[i].ts_ns == b->packets[i].ts_ns && a->packets[i].no == b->packets[i].no &&
               a->packets[i].link == b->packets[i].link &&
               a->packets[i].wire_len == b->packets[i].wire_len &&
               cx_slice_eq(a->packets[i].bytes, b->packets[i].bytes);
    return same;
}

void test_read_all_ways(cx_slice bytes, test_reading *r)
{
    static const size_t steps[] = {1, 7, 0};
    test_reading other;
    test_read_bytes(bytes, r);
    for (size_t i = bytes.len > 50000 ? N(steps) - 1 : 0; i < N(steps); i++) {
        test_read_stream(test_pipe(bytes, steps[i]), NULL, &other);
        if (!test_same_reading(r, &other))
            fail_msg("in pieces of %zu: %zu packets, %s%s; whole: %zu, %s%s", steps[i], other.n,
                     other.why, other.info.damage, r->n, r->why, r->info.damage);
        test_reading_done(&other);
    }
    if (bytes.len) {
        test_read_stream(fmemopen((void *)bytes.p, bytes.len, "rb"), NULL, &other);
        assert_true(test_same_reading(r, &other));
        test_reading_done(&other);
    }
}

/* One try. False: all was read before the failing allocation was reached. */
static bool fails_at(cx_slice bytes, size_t k)
{
    cx_source *s = NULL;
    cx_packet batch[CX_BATCH];
    char why[256];
    size_t n;
    FILE *f = test_file(bytes);
    test_alloc_fail_at(k);
    cx_status status = cx_source_open_stream(f, "x", 0, "ip", &s, why);
    bool opened = status == CX_OK;
    while (status == CX_OK)
        status = cx_source_next(s, batch, &n);
    bool reached = test_alloc_calls() >= k;
    test_alloc_fail_at(0);
    assert_int_equal(status, reached ? CX_NO_MEMORY : CX_END);
    if (!opened) {
        assert_string_equal(why, cx_status_text(CX_NO_MEMORY));
        assert_null(s);
    }
    cx_source_free(s);
    return reached;
}

size_t test_read_without_memory(cx_slice bytes)
{
    size_t k = 1;
    while (fails_at(bytes, k))
        k++;
    return k - 1;
}
