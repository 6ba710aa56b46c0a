/* Hellos, certificates and tickets: every cut, every length. Hellos of real programs:
 * test_session.c. */
#include "tls/hello.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define RANDOM "0123456789abcdef0123456789ABCDEF"

static cx_slice text(const char *bytes, size_t n)
{
    return (cx_slice){(const uint8_t *)bytes, n};
}

#define TEXT(bytes) text(bytes, sizeof(bytes) - 1)

static const char offer[] = "\x03\x03" RANDOM "\x04"
                            "abcd"
                            "\x00\x06\x13\x01\x00\x2f\x13\x03"
                            "\x01\x00"
                            "\x00\x14"
                            "\x00\x23\x00\x03"
                            "tic"
                            "\x00\x2a\x00\x00"
                            "\x00\x2b\x00\x05\x04\x03\x04\x03\x03";

static void offers_are_read(void **state)
{
    (void)state;
    cx_tls_offer o;
    assert_int_equal(cx_tls_read_offer(TEXT(offer), &o), CX_OK);
    assert_int_equal(o.version, 0x0303);
    assert_memory_equal(o.random, RANDOM, 32);
    assert_true(cx_slice_is(o.session_id, "abcd"));
    assert_int_equal(o.suites.len, 6);
    assert_true(cx_slice_is(o.ticket, "tic"));
    assert_true(o.early_data);
    /* without extensions; with a ticket that is asked for, not shown */
    assert_int_equal(cx_tls_read_offer(TEXT("\x03\x00" RANDOM "\x00\x00\x02\x00\x05\x01\x00"), &o),
                     CX_OK);
    assert_int_equal(o.session_id.len, 0);
    assert_null(o.ticket.p);
    assert_false(o.early_data);
    assert_int_equal(cx_tls_read_offer(TEXT("\x03\x01" RANDOM "\x00\x00\x02\x00\x05\x01\x00"
                                            "\x00\x04\x00\x23\x00\x00"),
                                       &o),
                     CX_OK);
    assert_int_equal(o.ticket.len, 0);
    /* an id of more than 32 bytes */
    assert_int_equal(cx_tls_read_offer(TEXT("\x03\x01" RANDOM "\x21" RANDOM "x"
                                            "\x00\x02\x00\x05\x01\x00"),
                                       &o),
                     CX_MALFORMED);
}

/* A hello that ends in its fixed part is none; one that ends in an extension is what stood before.
 */
static void cut_offers(void **state)
{
    (void)state;
    size_t fixed = 2 + 32 + 5 + 8 + 2;
    for (size_t n = 0; n < sizeof offer - 1; n++) {
        cx_tls_offer o = {.version = 77};
        cx_status status = cx_tls_read_offer(text(offer, n), &o);
        assert_int_equal(status, n < fixed ? CX_MALFORMED : CX_OK);
        assert_int_equal(o.version, n < fixed ? 77 : 0x0303);
        if (n >= fixed)
            assert_false(o.early_data); /* the list is not whole */
    }
}

static void choices_are_read(void **state)
{
    (void)state;
    cx_tls_choice c;
    assert_int_equal(
        cx_tls_read_choice(TEXT("\x03\x03" RANDOM "\x02id\xc0\x2f\x01"
                                "\x00\x0c\x00\x16\x00\x00\x00\x17\x00\x00\x00\x04\x00\x00"),
                           &c),
        CX_OK);
    assert_int_equal(c.version, 0x0303);
    assert_int_equal(c.draft, 0);
    assert_int_equal(c.suite, 0xc02f);
    assert_int_equal(c.compression, 1);
    assert_true(cx_slice_is(c.session_id, "id"));
    assert_true(c.etm && c.ems && c.short_mac);
    assert_false(c.retry);
    assert_int_equal(cx_tls_read_choice(TEXT("\x03\x03" RANDOM "\x00\x13\x01\x00"
                                             "\x00\x06\x00\x2b\x00\x02\x03\x04"),
                                        &c),
                     CX_OK);
    assert_int_equal(c.version, 0x0304);
    assert_false(c.etm || c.ems || c.short_mac);
    /* drafts: 28 by the extension; 18 in the version, without id and compression */
    assert_int_equal(cx_tls_read_choice(TEXT("\x03\x03" RANDOM "\x00\x13\x01\x00"
                                             "\x00\x06\x00\x2b\x00\x02\x7f\x1c"),
                                        &c),
                     CX_OK);
    assert_int_equal(c.version, 0x0304);
    assert_int_equal(c.draft, 28);
    assert_int_equal(cx_tls_read_choice(TEXT("\x7f\x12" RANDOM "\x13\x03\x00\x00"), &c), CX_OK);
    assert_int_equal(c.version, 0x0304);
    assert_int_equal(c.draft, 18);
    assert_int_equal(c.suite, 0x1303);
    /* RFC 8446 4.1.3 */
    assert_int_equal(
        cx_tls_read_choice(TEXT("\x03\x03"
                                "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
                                "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"
                                "\x00\x13\x01\x00"),
                           &c),
        CX_OK);
    assert_true(c.retry);
    for (size_t n = 0; n < 38; n++)
        assert_int_equal(cx_tls_read_choice(text("\x03\x03" RANDOM "\x00\x13\x01\x00", n), &c),
                         CX_MALFORMED);
}

static void sslv2_offers_are_read(void **state)
{
    (void)state;
    static const char hello[] = "\x01\x03\x01\x00\x06\x00\x00\x00\x10"
                                "\x00\x00\x05\x01\x00\x80"
                                "0123456789abcdef";
    cx_tls_offer o;
    assert_int_equal(cx_tls_read_sslv2_offer(TEXT(hello), &o), CX_OK);
    assert_int_equal(o.version, 0x0301);
    assert_memory_equal(o.random,
                        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                        "0123456789abcdef",
                        32);
    for (size_t n = 0; n < sizeof hello - 1; n++)
        assert_int_equal(cx_tls_read_sslv2_offer(text(hello, n), &o), CX_MALFORMED);
    assert_int_equal(cx_tls_read_sslv2_offer(TEXT("\x02\x03\x01\x00\x00\x00\x00\x00\x01x"), &o),
                     CX_MALFORMED);
    assert_int_equal(
        cx_tls_read_sslv2_offer(TEXT("\x01\x03\x01\x00\x00\x00\x00\x00\x21" RANDOM "x"), &o),
        CX_MALFORMED);
}

static void leaves_and_tickets(void **state)
{
    (void)state;
    cx_slice found;
    assert_int_equal(cx_tls_read_leaf(TEXT("\0\0\x0a\0\0\x03"
                                           "one\0\0\x01x"),
                                      &found),
                     CX_OK);
    assert_true(cx_slice_is(found, "one"));
    for (size_t n = 0; n < 9; n++)
        assert_int_equal(cx_tls_read_leaf(text("\0\0\x0a\0\0\x03"
                                               "one",
                                               n),
                                          &found),
                         CX_MALFORMED);
    assert_int_equal(cx_tls_read_leaf(TEXT("\0\0\0"), &found), CX_MALFORMED); /* an empty list */
    assert_int_equal(cx_tls_read_ticket(TEXT("\0\0\x1c\x20\0\x03"
                                             "tic"),
                                        &found),
                     CX_OK);
    assert_true(cx_slice_is(found, "tic"));
    for (size_t n = 0; n < 9; n++)
        assert_int_equal(cx_tls_read_ticket(text("\0\0\x1c\x20\0\x03"
                                                 "tic",
                                                 n),
                                            &found),
                         CX_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_are_read),    cmocka_unit_test(cut_offers),
        cmocka_unit_test(choices_are_read),   cmocka_unit_test(sslv2_offers_are_read),
        cmocka_unit_test(leaves_and_tickets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
