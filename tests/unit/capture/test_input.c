#include "capture/input.h"
#include "support/alloc.h"
#include "support/capture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Gives the bytes 0, 1, 2 … 255, 0 … in pieces. */
typedef struct counter {
    size_t at, len, step;
    int interrupts; /* reads that answer EINTR first */
    int error;      /* errno at the end; 0: end of file */
} counter;

static ssize_t count_up(void *self, uint8_t *to, size_t n)
{
    counter *c = self;
    if (c->interrupts && c->interrupts-- > 0) {
        errno = EINTR;
        return -1;
    }
    if (n > c->step)
        n = c->step;
    if (n > c->len - c->at)
        n = c->len - c->at;
    if (n == 0 && c->error) {
        errno = c->error;
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(c->at + i);
    c->at += n;
    return (ssize_t)n;
}

static void check(const uint8_t *p, size_t n, size_t from)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != (uint8_t)(from + i))
            fail_msg("byte %zu is wrong", from + i);
}

static void peek_and_take(bool ahead_of_time)
{
    static const size_t steps[] = {1, 3, 4096, 5000000};
    enum { LEN = 3000000 };
    uint8_t *to = malloc(LEN + 1);
    assert_non_null(to);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        counter c = {.len = LEN, .step = steps[i], .interrupts = 2};
        cx_input in;
        assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
        if (ahead_of_time) {
            assert_int_equal(cx_input_peek(&in, 10).len, 10); /* some is read already */
            cx_input_read_ahead(&in);
            assert_non_null(in.ahead);
        }
        size_t at = 0;
        static const size_t sizes[] = {1, 24, 0, 500, 70000, 1048576, 1500000, 7};
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            cx_slice ahead = cx_input_peek(&in, k % 2 ? 512 : CX_INPUT_BUFFER);
            size_t expected = k % 2 ? 512 : CX_INPUT_BUFFER;
            if (expected > LEN - at)
                expected = LEN - at;
            assert_int_equal(ahead.len, expected);
            check(ahead.p, ahead.len, at);
            assert_int_equal(in.at, at); /* looking takes nothing */
            size_t got = cx_input_take(&in, to, sizes[k]);
            assert_int_equal(got, sizes[k]);
            check(to, got, at);
            at += got;
            assert_int_equal(in.at, at);
        }
        size_t got = cx_input_take(&in, to, LEN + 1);
        assert_int_equal(got, LEN - at);
        check(to, got, at);
        assert_int_equal(in.at, LEN);
        assert_true(in.end && in.error == 0);
        assert_int_equal(cx_input_peek(&in, 1).len, 0);
        cx_input_free(&in);
    }
    free(to);
}

static void peeks_and_takes(void **state)
{
    (void)state;
    peek_and_take(false);
}

static void peeks_and_takes_what_a_thread_reads(void **state)
{
    (void)state;
    peek_and_take(true);
}

/* What was given out stays where it is until the next call, whatever the thread reads. */
static void leaves_what_it_gave_out(void **state)
{
    (void)state;
    counter c = {.len = 9000000, .step = 5000000};
    cx_input in;
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    cx_input_read_ahead(&in);
    for (size_t at = 0, n = 1; at < c.len; at += n, n = n % 300000 + 777) {
        cx_slice there = cx_input_peek(&in, n);
        n = there.len;
        cx_slice all = cx_input_there(&in);
        usleep(n % 5 ? 0 : 200);
        check(all.p, all.len, at);
        cx_input_pass(&in, n);
        check(there.p, n, at);
    }
    cx_input_free(&in);
}

/* Given up while the thread waits for room, and before anything was taken. */
static void ends_its_thread(void **state)
{
    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        counter c = {.len = 9000000, .step = 5000000};
        cx_input in;
        assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
        cx_input_read_ahead(&in);
        if (reads)
            assert_int_equal(cx_input_peek(&in, 100).len, 100);
        usleep(1000);
        cx_input_free(&in);
    }
}

static void skips(void **state)
{
    (void)state;
    counter c = {.len = 3000000, .step = 5000};
    cx_input in;
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    assert_int_equal(cx_input_ahead(&in, false).len, 0); /* nothing was read yet */
    assert_int_equal(cx_input_ahead(&in, true).len, 5000);
    cx_slice ahead = cx_input_peek(&in, 100);
    assert_int_equal(cx_input_skip(&in, 70), 70);
    check(ahead.p, ahead.len, 0); /* still there */
    assert_int_equal(in.at, 70);
    assert_int_equal(cx_input_ahead(&in, true).len, 4930);
    assert_int_equal(cx_input_skip(&in, 2000000), 2000000);
    check(cx_input_peek(&in, 10).p, 10, 2000070);
    assert_int_equal(cx_input_skip(&in, UINT64_MAX), 3000000 - 2000070);
    assert_int_equal(in.at, 3000000);
    assert_int_equal(cx_input_skip(&in, 1), 0);
    cx_input_free(&in);
}

/* A file on disk, of which something was read before it became the input. */
static void reads_out_of_order(void **state)
{
    (void)state;
    uint8_t bytes[5000], to[300];
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i - 1000);
    FILE *f = test_file((cx_slice){bytes, sizeof bytes});
    assert_int_equal(lseek(fileno(f), 1000, SEEK_SET), 1000);
    cx_input in;
    assert_int_equal(cx_input_init(&in, cx_input_fill_stream, f), CX_OK);
    assert_int_equal(cx_input_take(&in, to, 33), 33);
    assert_true(cx_input_random(&in, &size));
    assert_int_equal(size, 4000);
    static const struct {
        uint64_t at;
        size_t n, got;
    } rows[] = {{0, 300, 300}, {3700, 300, 300}, {3701, 300, 299}, {4000, 1, 0},
                {17, 0, 0},    {3999, 1, 1},     {1u << 30, 5, 0}, {5, 200, 200}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(cx_input_read_at(&in, rows[i].at, to, rows[i].n), rows[i].got);
        check(to, rows[i].got, (size_t)rows[i].at);
    }
    assert_int_equal(cx_input_take(&in, to, 100), 100); /* the order goes on */
    check(to, 100, 33);
    cx_input_free(&in);
    fclose(f);

    counter c = {.len = 10, .step = 10};
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    assert_false(cx_input_random(&in, &size));
    cx_input_free(&in);
    FILE *pipe = test_pipe((cx_slice){bytes, sizeof bytes}, 0);
    assert_int_equal(cx_input_init(&in, cx_input_fill_stream, pipe), CX_OK);
    assert_false(cx_input_random(&in, &size));
    cx_input_free(&in);
    fclose(pipe);
}

static bool says_idle(void *self)
{
    return ((counter *)self)->at == 30;
}

static void tells_when_it_would_wait(void **state)
{
    (void)state;
    counter c = {.len = 100, .step = 10};
    uint8_t to[100];
    cx_input in;
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    assert_false(cx_input_idle(&in, 1)); /* not known */
    in.idle = says_idle;
    assert_int_equal(cx_input_peek(&in, 25).len, 25);
    assert_false(cx_input_idle(&in, 1));
    assert_false(cx_input_idle(&in, 30)); /* so many are there */
    assert_true(cx_input_idle(&in, 31));
    assert_int_equal(cx_input_take(&in, to, 30), 30);
    assert_true(cx_input_idle(&in, 1));
    assert_int_equal(cx_input_take(&in, to, 100), 70);
    assert_false(cx_input_idle(&in, 1)); /* at the end nothing is waited for */
    cx_input_free(&in);
}

static void remembers_the_error_of_its_thread(void **state)
{
    (void)state;
    counter c = {.len = 10, .step = 4, .interrupts = 1, .error = ENXIO};
    uint8_t to[20];
    cx_input in;
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    cx_input_read_ahead(&in);
    assert_int_equal(cx_input_take(&in, to, sizeof to), 10);
    check(to, 10, 0);
    assert_true(in.end);
    assert_int_equal(in.error, ENXIO);
    assert_int_equal(cx_input_take(&in, to, sizeof to), 0);
    cx_input_free(&in);
}

static void remembers_the_error(void **state)
{
    (void)state;
    counter c = {.len = 10, .step = 4, .error = ENXIO};
    uint8_t to[20];
    cx_input in;
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    assert_int_equal(cx_input_take(&in, to, sizeof to), 10);
    assert_int_equal(in.error, ENXIO);
    assert_string_equal(cx_input_error(&in), strerror(ENXIO));
    in.trouble = "in other words";
    assert_string_equal(cx_input_error(&in), "in other words");
    c.len = 20; /* what comes later is not read any more */
    assert_int_equal(cx_input_take(&in, to, sizeof to), 0);
    cx_input_free(&in);
}

static void is_a_stream_that_knows_where_it_is(void **state)
{
    (void)state;
    counter c = {.len = 2500000, .step = 1000};
    uint8_t to[300];
    cx_input in;
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    (void)cx_input_peek(&in, 100);
    FILE *stream = cx_input_stream(&in);
    assert_non_null(stream);
    size_t at = 0, n;
    assert_int_equal(ftello(stream), 0);
    while ((n = fread(to, 1, sizeof to, stream)) > 0) {
        check(to, n, at);
        at += n;
        assert_int_equal(ftello(stream), at);
    }
    assert_int_equal(at, 2500000);
    assert_true(feof(stream) && !ferror(stream));
    assert_int_equal(fseeko(stream, 0, SEEK_SET), -1);
    assert_int_equal(fclose(stream), 0);
    cx_input_free(&in);
}

static void fails_without_memory(void **state)
{
    (void)state;
    counter c = {.len = 10, .step = 10};
    cx_input in = {.fill = NULL};
    test_alloc_fail_at(1);
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_NO_MEMORY);
    test_alloc_fail_at(0);
    assert_null(in.fill); /* untouched */
    assert_int_equal(cx_input_init(&in, count_up, &c), CX_OK);
    test_alloc_fail_at(1);
    assert_null(cx_input_stream(&in));
    for (unsigned i = 1; i <= 3; i++) { /* then it goes on without a thread */
        test_alloc_fail_at(i);
        cx_input_read_ahead(&in);
        assert_null(in.ahead);
    }
    test_alloc_fail_at(0);
    assert_int_equal(cx_input_peek(&in, 10).len, 10);
    cx_input_free(&in);
    cx_input_free(&in);
    cx_input_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peeks_and_takes),
        cmocka_unit_test(peeks_and_takes_what_a_thread_reads),
        cmocka_unit_test(leaves_what_it_gave_out),
        cmocka_unit_test(ends_its_thread),
        cmocka_unit_test(skips),
        cmocka_unit_test(reads_out_of_order),
        cmocka_unit_test(tells_when_it_would_wait),
        cmocka_unit_test(remembers_the_error),
        cmocka_unit_test(remembers_the_error_of_its_thread),
        cmocka_unit_test(is_a_stream_that_knows_where_it_is),
        cmocka_unit_test(fails_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
