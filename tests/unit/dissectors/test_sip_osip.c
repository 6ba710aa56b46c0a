/* dissectors/sip_osip.c: what libosip2 makes of values, and what happens where it fails. */
#include "dissectors/sip_osip.h"

#include "base/limits.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void is(cx_slice got, const char *expected)
{
    if (!expected)
        assert_null(got.p);
    else if (!got.p || !cx_slice_is(got, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)got.len,
                 got.p ? (const char *)got.p : "");
}

static void uris(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        const char *scheme, *user, *host;
        uint16_t port;
        const char *transport, *maddr;
    } cases[] = {
        {"sip:alice@contoso.com", true, "sip", "alice", "contoso.com", 0, NULL, NULL},
        {"SIPS:contoso.com:443;Transport=TCP", true, "SIPS", NULL, "contoso.com", 443, "TCP", NULL},
        {"sip:[2001:db8::1]:5060;maddr=192.0.2.1", true, "sip", NULL, "2001:db8::1", 5060, NULL,
         "192.0.2.1"},
        {"sip:%61l@x", true, "sip", "al", "x", 0, NULL, NULL},
        {"sip:a:secret@x", true, "sip", "a", "x", 0, NULL, NULL},
        {"sip:a@x?Route=%3Csip:y%3E", true, "sip", "a", "x", 0, NULL, NULL},
        {"sip:a@x;lr", true, "sip", "a", "x", 0, NULL, NULL},
        {"tel:+14255550100", true, "tel", "+14255550100", NULL, 0, NULL, NULL},
        {"sip:a@x:65536", true, "sip", "a", "x", 0, NULL, NULL},
        {"sip:a@x:5061x", true, "sip", "a", "x", 0, NULL, NULL},
        {"sip:\xff@x", true, "sip", "\xff", "x", 0, NULL, NULL},
        {"sip:", false, NULL, NULL, NULL, 0, NULL, NULL},
        {"nothing", false, NULL, NULL, NULL, 0, NULL, NULL},
        {"", false, NULL, NULL, NULL, 0, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_arena a = cx_arena_init(65536);
        cx_sip_uri uri;
        if (cx_sip_osip_uri(cx_slice_of(cases[i].text), &a, &uri) != cases[i].ok)
            fail_msg("%s", cases[i].text);
        is(uri.text, cases[i].text);
        is(uri.scheme, cases[i].scheme);
        is(uri.user, cases[i].user);
        is(uri.host, cases[i].host);
        assert_int_equal(uri.port, cases[i].port);
        is(uri.transport, cases[i].transport);
        is(uri.maddr, cases[i].maddr);
        cx_arena_free(&a);
    }
}

static void addresses(void **state)
{
    static const struct {
        const char *value;
        bool ok;
        const char *text, *host, *tag, *other;
    } cases[] = {
        {"<sip:a@b>;tag=1", true, "sip:a@b", "b", "1", NULL},
        {"sip:a@b;tag=1", true, "sip:a@b", "b", "1", NULL},
        {"\"A \\\"<sip:x@y>\" <sip:a@b;transport=tls>;x;TAG=2", true, "sip:a@b;transport=tls", "b",
         "2", ""},
        {"Al Ice <sip:a@b> ; tag = 3 ", true, "sip:a@b", "b", "3", NULL},
        {"\xe9 <sip:a@b>;tag=4;x=\"y\"", true, "sip:a@b", "b", "4", "y"}, /* no token: by hand */
        {"<sip:a@b", true, "sip:a@b", "b", NULL, NULL},
        {"<sip:>;tag=5", false, "sip:", NULL, "5", NULL},
        {"<>;tag=6", false, "", NULL, "6", NULL},
        {"", false, "", NULL, NULL, NULL},
        {"\"", false, "\"", NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_arena a = cx_arena_init(65536);
        cx_sip_wanted wanted[] = {{.name = "tag"}, {.name = "x"}};
        cx_sip_uri uri;
        if (cx_sip_osip_address(cx_slice_of(cases[i].value), &a, &uri, wanted, 2) != cases[i].ok)
            fail_msg("%s", cases[i].value);
        is(uri.text, cases[i].text);
        is(uri.host, cases[i].host);
        is(wanted[0].value, cases[i].tag);
        is(wanted[1].value, cases[i].other);
        cx_arena_free(&a);
    }
}

static void vias(void **state)
{
    static const struct {
        const char *value, *transport, *host, *branch;
    } cases[] = {
        {"SIP/2.0/tcp 192.0.2.1:49504;branch=z9", "tcp", "192.0.2.1:49504", "z9"},
        {"SIP / 2.0 / UDP [2001:db8::1] ; branch=z9;rport", "UDP", "[2001:db8::1]", "z9"},
        {"SIP/2.0/TLS [2001:db8::1]:5061", "TLS", "[2001:db8::1]:5061", NULL},
        {"SIP/2.0/TLS host", "TLS", "host", NULL},
        {"nonsense", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_arena a = cx_arena_init(65536);
        cx_slice transport = {NULL, 0}, host = {NULL, 0}, branch = {NULL, 0};
        bool ok = cx_sip_osip_via(cx_slice_of(cases[i].value), &a, &transport, &host, &branch);
        assert_int_equal(ok, cases[i].transport != NULL);
        is(transport, cases[i].transport);
        is(host, cases[i].host);
        is(branch, cases[i].branch);
        cx_arena_free(&a);
    }
}

/* Too long, or with a NUL: not given to libosip2, the text stays. */
static void not_for_osip(void **state)
{
    static char text[CX_MAX_SIP_VALUE + 2];
    cx_arena a = cx_arena_init(1 << 20);
    cx_sip_uri uri;
    (void)state;
    memset(text, 'h', sizeof text - 1);
    memcpy(text, "sip:", 4);
    cx_slice s = {(const uint8_t *)text, CX_MAX_SIP_VALUE};
    assert_true(cx_sip_osip_uri(s, &a, &uri));
    assert_int_equal(uri.host.len, CX_MAX_SIP_VALUE - 4);
    s.len++;
    assert_false(cx_sip_osip_uri(s, &a, &uri));
    assert_int_equal(uri.text.len, CX_MAX_SIP_VALUE + 1);
    assert_null(uri.host.p);
    assert_false(cx_sip_osip_uri((cx_slice){(const uint8_t *)"sip:a\0b", 7}, &a, &uri));
    assert_int_equal(uri.text.len, 7);
    cx_arena_free(&a);
}

/* At every cap of the arena and every failed allocation the text stays, whatever else is lost. */
static void no_memory(void **state)
{
    cx_slice value =
        cx_slice_of("\"A\" <sip:alice@contoso.com:5061;transport=tcp;lr>;tag=1;epid=2");
    size_t failed = 0, worked = 0;
    (void)state;
    for (size_t max = 0; max < 8192; max += 16) {
        cx_arena a = cx_arena_init(max);
        cx_sip_wanted wanted[] = {{.name = "tag"}};
        cx_sip_uri uri;
        cx_slice transport = {NULL, 0}, host = {NULL, 0}, branch = {NULL, 0};
        bool ok = cx_sip_osip_address(value, &a, &uri, wanted, 1);
        is(uri.text, "sip:alice@contoso.com:5061;transport=tcp;lr");
        *(ok ? &worked : &failed) += 1;
        cx_arena_reset(&a);
        (void)cx_sip_osip_via(cx_slice_of("SIP/2.0/TCP [::1]:5060;branch=z;rport"), &a, &transport,
                              &host, &branch);
        cx_arena_free(&a);
    }
    assert_true(failed > 20);
    assert_true(worked > 20);
    for (size_t k = 1; k < 5; k++) {
        cx_arena a = cx_arena_init(65536);
        cx_sip_wanted wanted[] = {{.name = "tag"}};
        cx_sip_uri uri;
        test_alloc_fail_at(k);
        (void)cx_sip_osip_address(value, &a, &uri, wanted, 1);
        test_alloc_fail_at(0);
        is(uri.text, "sip:alice@contoso.com:5061;transport=tcp;lr");
        cx_arena_free(&a);
    }
}

int main(void)
{
    /* without cx_sip_osip_setup: the first parse binds the allocators */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris),         cmocka_unit_test(addresses), cmocka_unit_test(vias),
        cmocka_unit_test(not_for_osip), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
