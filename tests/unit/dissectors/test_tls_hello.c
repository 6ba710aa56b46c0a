/* dissectors/tls_hello.c: hellos as values, to the exact end, one short and one over. */
#include "dissectors/tls_parts.h"
#include "unit/dissectors/tls_talk.h"

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define RETRY  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
#define SUITES "0004 002f c030 0100"

/* Bytes of hexadecimal text in an allocation of their size; free(). */
static cx_slice hex(const char *text)
{
    tls_talk *t = tls_new();
    tls_say(t, 0, text);
    uint8_t *copy = malloc(t->used ? t->used : 1);
    assert_non_null(copy);
    memcpy(copy, t->bytes, t->used);
    cx_slice s = {copy, t->used};
    free(t);
    return s;
}

static void drop(cx_slice s)
{
    free((void *)(uintptr_t)s.p);
}

typedef struct answer {
    cx_status status;
    cx_ev_tls e;
    cx_tls_hello h;
    cx_arena a;
} answer;

static answer client(cx_slice body)
{
    answer r = {.a = cx_arena_init(1 << 20), .e.n_alpn = 0};
    r.status = cx_tls_client_hello(body, &r.a, &r.e, &r.h);
    return r;
}

static answer server(cx_slice body)
{
    answer r = {.e.n_alpn = 0};
    r.status = cx_tls_server_hello(body, &r.e, &r.h);
    return r;
}

/* ---- ClientHello ---- */

static const struct {
    const char *what, *bytes;
    cx_status status;
    uint16_t max;
    uint32_t versions, ciphers;
    const char *sni;
    uint32_t alpn;
    bool odd, early, etm, limit;
} clients[] = {
    {.what = "without extensions", .bytes = "0303" RANDOM "00" SUITES, .max = 0x0303, .ciphers = 2},
    {.what = "empty extensions",
     .bytes = "0301" RANDOM "00" SUITES "0000",
     .max = 0x0301,
     .ciphers = 2},
    {.what = "session id of 32",
     .bytes = "0303" RANDOM "20" RANDOM SUITES,
     .max = 0x0303,
     .ciphers = 2},
    {.what = "session id of 33",
     .bytes = "0303" RANDOM "21" RANDOM "00" SUITES,
     .status = CX_MALFORMED},
    {.what = "no suites", .bytes = "0303" RANDOM "00 0000 0100", .max = 0x0303},
    {.what = "half a suite", .bytes = "0303" RANDOM "00 0003 002fc0 0100", .status = CX_MALFORMED},
    {.what = "suites past the end",
     .bytes = "0303" RANDOM "00 0006 002fc030",
     .status = CX_MALFORMED},
    {.what = "version 2.0", .bytes = "0200" RANDOM "00" SUITES, .status = CX_MALFORMED},
    {.what = "a byte behind", .bytes = "0303" RANDOM "00" SUITES "00", .status = CX_MALFORMED},
    {.what = "bytes behind the extensions",
     .bytes = "0303" RANDOM "00" SUITES "0000 00",
     .status = CX_MALFORMED},
    {.what = "SSL 3.0 with bytes behind (RFC 6101 5.6.1.2)",
     .bytes = "0300" RANDOM "00" SUITES "010203",
     .max = 0x0300,
     .ciphers = 2},
    {.what = "GREASE everywhere",
     .bytes = "0303" RANDOM "00 0006 0a0a 1301 fafa 0100 0017 1a1a 0000 002b 0007 06 2a2a 0304 0303"
              "0010 0000 eaea 0000",
     .max = 0x0304,
     .versions = 2,
     .ciphers = 1,
     .odd = true},
    {.what = "nearly GREASE",
     .bytes = "0303" RANDOM "00 0006 0a1a 0b0b a0a0 0100",
     .max = 0x0303,
     .ciphers = 3},
    {.what = "drafts rank below TLS 1.3",
     .bytes = "0303" RANDOM "00" SUITES "000d 002b 0009 08 7f1c 0304 7f17 0303",
     .max = 0x0304,
     .versions = 4,
     .ciphers = 2},
    {.what = "drafts rank above TLS 1.2",
     .bytes = "0303" RANDOM "00" SUITES "0009 002b 0005 04 0303 7f1c",
     .max = 0x7f1c,
     .versions = 2,
     .ciphers = 2},
    {.what = "supported_versions overrule",
     .bytes = "0303" RANDOM "00" SUITES "0007 002b 0003 02 0301",
     .max = 0x0301,
     .versions = 1,
     .ciphers = 2},
    {.what = "encrypt_then_mac",
     .bytes = "0303" RANDOM "00" SUITES "0004 0016 0000",
     .max = 0x0303,
     .ciphers = 2,
     .etm = true},
    {.what = "record_size_limit",
     .bytes = "0303" RANDOM "00" SUITES "0006 001c 0002 4001",
     .max = 0x0303,
     .ciphers = 2,
     .limit = true},
    {.what = "supported_versions cut",
     .bytes = "0303" RANDOM "00" SUITES "0007 002b 0003 03 0301",
     .max = 0x0303,
     .ciphers = 2,
     .odd = true},
    {.what = "server name",
     .bytes = "0303" RANDOM "00" SUITES "000a 0000 0006 0004 00 0001 78",
     .max = 0x0303,
     .ciphers = 2,
     .sni = "x"},
    {.what = "the first of two server names",
     .bytes = "0303" RANDOM "00" SUITES "000e 0000 000a 0008 00 0001 78 00 0001 79",
     .max = 0x0303,
     .ciphers = 2,
     .sni = "x"},
    {.what = "a name of another type",
     .bytes = "0303" RANDOM "00" SUITES "000a 0000 0006 0004 01 0001 78",
     .max = 0x0303,
     .ciphers = 2},
    {.what = "server name past its list",
     .bytes = "0303" RANDOM "00" SUITES "000a 0000 0006 0004 00 0002 78",
     .max = 0x0303,
     .ciphers = 2,
     .odd = true},
    {.what = "server name with a byte behind",
     .bytes = "0303" RANDOM "00" SUITES "000b 0000 0007 0004 00 0001 78 00",
     .max = 0x0303,
     .ciphers = 2,
     .odd = true},
    {.what = "empty server_name extension",
     .bytes = "0303" RANDOM "00" SUITES "0004 0000 0000",
     .max = 0x0303,
     .ciphers = 2,
     .odd = true},
    {.what = "ALPN",
     .bytes = "0303" RANDOM "00" SUITES "000d 0010 0009 0007 02 6832 03 736970",
     .max = 0x0303,
     .ciphers = 2,
     .alpn = 2},
    {.what = "ten protocols, eight kept",
     .bytes =
         "0303" RANDOM "00" SUITES "001a 0010 0016 0014 0161 0162 0163 0164 0165 0166 0167 0168"
         "0169 016a",
     .max = 0x0303,
     .ciphers = 2,
     .alpn = 8},
    {.what = "early data",
     .bytes = "0303" RANDOM "00" SUITES "0004 002a 0000",
     .max = 0x0303,
     .ciphers = 2,
     .early = true},
    {.what = "extension past the list",
     .bytes = "0303" RANDOM "00" SUITES "0004 1234 0001",
     .status = CX_MALFORMED},
};

static void test_client(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(clients); i++) {
        cx_slice body = hex(clients[i].bytes);
        answer r = client(body);
        print_message("%s\n", clients[i].what);
        assert_int_equal(r.status, clients[i].status);
        assert_int_equal(r.e.max_version, clients[i].max);
        assert_int_equal(r.e.n_versions, clients[i].versions);
        assert_int_equal(r.e.n_ciphers, clients[i].ciphers);
        assert_int_equal(r.e.n_alpn, clients[i].alpn);
        if (clients[i].sni)
            assert_true(cx_slice_is(r.e.sni, clients[i].sni));
        else
            assert_null(r.e.sni.p);
        if (r.status == CX_OK) {
            assert_int_equal(r.h.odd, clients[i].odd);
            assert_int_equal(r.e.encrypt_then_mac, clients[i].etm);
            assert_int_equal(r.e.record_size_limit, clients[i].limit);
            assert_int_equal(r.h.early_data, clients[i].early);
        }
        cx_arena_free(&r.a);
        drop(body);
    }
}

/* Cut anywhere it is malformed, except where the extensions would begin. */
static void test_client_short(void **state)
{
    cx_slice body = hex("0303" RANDOM "20" RANDOM SUITES "000a 0000 0006 0004 00 0001 78");
    const size_t before_extensions = 2 + 32 + 33 + 2 + 4 + 2;
    (void)state;
    for (size_t len = 0; len < body.len; len++) {
        uint8_t *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        memcpy(copy, body.p, len);
        answer r = client((cx_slice){copy, len});
        assert_int_equal(r.status, len == before_extensions ? CX_OK : CX_MALFORMED);
        cx_arena_free(&r.a);
        free(copy);
    }
    drop(body);
}

static void test_client_no_memory(void **state)
{
    cx_slice body = hex("0303" RANDOM "00" SUITES);
    cx_arena none = cx_arena_init(0);
    cx_ev_tls e = {.version = 1};
    cx_tls_hello h = {.odd = true};
    (void)state;
    assert_int_equal(cx_tls_client_hello(body, &none, &e, &h), CX_NO_MEMORY);
    assert_int_equal(e.version, 1); /* untouched */
    assert_true(h.odd);
    drop(body);
}

/* ---- ServerHello ---- */

static const struct {
    const char *what, *bytes;
    cx_status status;
    uint16_t version, cipher;
    bool retry, psk, odd;
} servers[] = {
    {.what = "without extensions",
     .bytes = "0303" RANDOM "00 002f 00",
     .version = 0x0303,
     .cipher = 0x002f},
    {.what = "one short", .bytes = "0303" RANDOM "00 002f", .status = CX_MALFORMED},
    {.what = "one over", .bytes = "0303" RANDOM "00 002f 00 00", .status = CX_MALFORMED},
    {.what = "session id of 33",
     .bytes = "0303" RANDOM "21" RANDOM "00 002f 00",
     .status = CX_MALFORMED},
    {.what = "TLS 1.3",
     .bytes = "0303" RANDOM "00 1302 00 0006 002b 0002 0304",
     .version = 0x0304,
     .cipher = 0x1302},
    {.what = "TLS 1.3 with a pre-shared key",
     .bytes = "0303" RANDOM "00 1302 00 000c 0029 0002 0000 002b 0002 0304",
     .version = 0x0304,
     .cipher = 0x1302,
     .psk = true},
    {.what = "draft 28 by extension",
     .bytes = "0303" RANDOM "00 1302 00 0006 002b 0002 7f1c",
     .version = 0x7f1c,
     .cipher = 0x1302},
    {.what = "draft 20 by version",
     .bytes = "7f14" RANDOM "1302 0000",
     .version = 0x7f14,
     .cipher = 0x1302},
    {.what = "HelloRetryRequest",
     .bytes = "0303" RETRY "00 1302 00 0006 002b 0002 0304",
     .version = 0x0304,
     .cipher = 0x1302,
     .retry = true},
    {.what = "version extension of three bytes",
     .bytes = "0303" RANDOM "00 1302 00 0007 002b 0003 030400",
     .version = 0x0303,
     .cipher = 0x1302,
     .odd = true},
    {.what = "version 2.0", .bytes = "0200" RANDOM "00 002f 00", .status = CX_MALFORMED},
};

static void test_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(servers); i++) {
        cx_slice body = hex(servers[i].bytes);
        answer r = server(body);
        print_message("%s\n", servers[i].what);
        assert_int_equal(r.status, servers[i].status);
        assert_int_equal(r.e.version, servers[i].version);
        assert_int_equal(r.e.cipher, servers[i].cipher);
        assert_int_equal(r.e.hello_retry, servers[i].retry);
        if (r.status == CX_OK) {
            assert_int_equal(r.h.psk, servers[i].psk);
            assert_int_equal(r.h.odd, servers[i].odd);
        }
        drop(body);
    }
}

static void test_is_13(void **state)
{
    static const uint16_t yes[] = {0x0304, 0x7f12, 0x7f1c, 0xfb1a},
                          no[] = {0x0300, 0x0303, 0x0305, 0x0002, 0x0000};
    (void)state;
    for (size_t i = 0; i < COUNT(yes); i++)
        assert_true(cx_tls_is_13(yes[i]));
    for (size_t i = 0; i < COUNT(no); i++)
        assert_false(cx_tls_is_13(no[i]));
}

/* ---- SSL 2.0 form ---- */

#define CHALLENGE "000102030405060708090a0b0c0d0e0f"

static const struct {
    const char *what, *bytes;
    cx_status status;
    size_t len;
} forms[] = {
    {"a suite, no session", "801c 01 0301 0003 0000 0010 00002f" CHALLENGE, CX_OK, 30},
    {"version 2.0", "801c 01 0002 0003 0000 0010 010080" CHALLENGE, CX_OK, 30},
    {"version 3.5", "801c 01 0305 0003 0000 0010 010080" CHALLENGE, CX_MALFORMED, 0},
    {"version 1.0", "801c 01 0001 0003 0000 0010 010080" CHALLENGE, CX_MALFORMED, 0},
    {"session id of 16", "802c 01 0303 0003 0010 0010 00002f" CHALLENGE CHALLENGE, CX_OK, 46},
    {"session id of 15", "802b 01 0303 0003 000f 0010 00002f", CX_MALFORMED, 0},
    {"challenge of 32", "802c 01 0303 0003 0000 0020 00002f", CX_OK, 46},
    {"challenge of 33", "802d 01 0303 0003 0000 0021 00002f", CX_MALFORMED, 0},
    {"challenge of 15", "801b 01 0303 0003 0000 000f 00002f", CX_MALFORMED, 0},
    {"no suites", "8019 01 0303 0000 0000 0010", CX_MALFORMED, 0},
    {"suites of four bytes", "801d 01 0303 0004 0000 0010 00002f00", CX_MALFORMED, 0},
    {"length one short", "801b 01 0303 0003 0000 0010 00002f", CX_MALFORMED, 0},
    {"length one over", "801d 01 0303 0003 0000 0010 00002f", CX_MALFORMED, 0},
    {"no hello", "801c 04 0301 0003 0000 0010 00002f", CX_MALFORMED, 0},
    {"three-byte header", "001c 00 01 0301 0003 0000 0010", CX_MALFORMED, 0},
    {"ten bytes", "801c 01 0301 0003 0000 00", CX_NEED_MORE, 0},
    {"eleven bytes", "801c 01 0301 0003 0000 0010", CX_OK, 30},
    {"one byte", "80", CX_NEED_MORE, 0},
    {"not from the third byte on", "801c 02", CX_MALFORMED, 0},
};

static void test_sslv2_len(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        cx_slice bytes = hex(forms[i].bytes);
        size_t len = 0;
        print_message("%s\n", forms[i].what);
        assert_int_equal(cx_tls_sslv2_hello_len(bytes, &len), forms[i].status);
        assert_int_equal(len, forms[i].len);
        drop(bytes);
    }
}

static void test_sslv2(void **state)
{
    cx_slice bytes = hex("8025 01 0301 000c 0000 0010 010080 00002f 00c030 001a1a" CHALLENGE);
    cx_arena a = cx_arena_init(4096), none = cx_arena_init(0);
    cx_ev_tls e = {.version = 0};
    (void)state;
    assert_int_equal(cx_tls_sslv2_hello(bytes, &none, &e), CX_NO_MEMORY);
    assert_int_equal(cx_tls_sslv2_hello(bytes, &a, &e), CX_OK);
    assert_true(e.sslv2_format);
    assert_int_equal(e.version, 0x0301);
    assert_int_equal(e.max_version, 0x0301);
    assert_int_equal(e.n_ciphers, 2); /* neither the SSL 2.0 kind nor GREASE */
    assert_int_equal(e.ciphers[0], 0x002f);
    assert_int_equal(e.ciphers[1], 0xc030);
    cx_arena_free(&a);
    drop(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_client_short),
        cmocka_unit_test(test_client_no_memory),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_is_13),
        cmocka_unit_test(test_sslv2_len),
        cmocka_unit_test(test_sslv2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
