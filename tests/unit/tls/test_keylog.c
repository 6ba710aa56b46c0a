/* Key logs: every label, every line end, cuts at every byte, damage, size. */
#include "support/alloc.h"
#include "tls/keylog.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define R  "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7" /* RFC 8448 3 */
#define R2 "CB34ECB1E78163BA1C38C6DACB196A6DFFA21A8D9912EC18A2EF6283024DECE8"
#define S  "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"
#define M                                                                                          \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d" \
    "2e2f"

static cx_tls_keylog_stats read_into(cx_tls_secrets *s, const char *text)
{
    cx_tls_keylog_stats stats;
    assert_int_equal(cx_tls_keylog_read(s, cx_slice_of(text), &stats), CX_OK);
    return stats;
}

static void lines_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int kind;  /* -1: none */
        char fate; /* of the counts: used, unneeded, unknown, damaged, malformed, or '-' */
    } table[] = {
        {"CLIENT_RANDOM " R " " M, CX_TLS_MASTER, 'u'},
        {"CLIENT_RANDOM " R2 " " M, CX_TLS_MASTER, 'u'},
        {"CLIENT_HANDSHAKE_TRAFFIC_SECRET " R " " S, CX_TLS_CLIENT_HANDSHAKE, 'u'},
        {"SERVER_HANDSHAKE_TRAFFIC_SECRET " R " " M, CX_TLS_SERVER_HANDSHAKE, 'u'},
        {"CLIENT_TRAFFIC_SECRET_0 " R " " S, CX_TLS_CLIENT_TRAFFIC, 'u'},
        {"SERVER_TRAFFIC_SECRET_0 " R " " S, CX_TLS_SERVER_TRAFFIC, 'u'},
        {"CLIENT_EARLY_TRAFFIC_SECRET " R " " S, CX_TLS_CLIENT_EARLY, 'u'},
        {"PMS_CLIENT_RANDOM " R " 0303", CX_TLS_PREMASTER, 'u'},
        {"RSA 3e2ffbd86d10f694 " M, CX_TLS_PREMASTER_BY_RSA, 'u'},
        {"RSA Session-ID:01 Master-Key:" M, CX_TLS_MASTER_BY_ID, 'u'},
        {"RSA Session-ID:" R " Master-Key:" M, CX_TLS_MASTER_BY_ID, 'u'},
        {"  CLIENT_RANDOM " R " " M "\t ", CX_TLS_MASTER, 'u'},
        {"\xef\xbb\xbf"
         "CLIENT_RANDOM " R " " M,
         CX_TLS_MASTER, 'u'},
        {"EXPORTER_SECRET " R " " S, -1, 'n'},
        {"EARLY_EXPORTER_SECRET " R " " S, -1, 'n'},
        {"ECH_SECRET " R " " S, -1, 'n'},
        {"ECH_CONFIG " R " " S, -1, 'n'},
        {"QUIC_CLIENT_TRAFFIC_SECRET_0 " R " " S, -1, '?'},
        {"CLIENT_TRAFFIC_SECRET_1 " R " " S, -1, '?'},
        {"CLIENT_RANDOM", -1, 'd'},
        {"CLIENT_RANDOM " R, -1, 'd'},
        {"CLIENT_RANDOM " R " ", -1, 'd'},
        {"CLIENT_RANDOM  " R " " M, -1, 'd'}, /* two spaces: RFC 9850 has one */
        {"CLIENT_RANDOM\t" R " " M, -1, 'm'},
        {"CLIENT_RANDOM " R " " M " 00", -1, 'd'},
        {"CLIENT_RANDOM " R " " S, -1, 'd'},
        {"CLIENT_RANDOM " R "0 " M, -1, 'd'},
        {"CLIENT_RANDOM " R "00 " M, -1, 'd'},
        {"CLIENT_RANDOM g" R " " M, -1, 'd'},
        {"CLIENT_TRAFFIC_SECRET_0 " R " " S "00", -1, 'd'},
        {"RSA 3e2ffbd86d10f6 " M, -1, 'd'},
        {"RSA Session-ID: Master-Key:" M, -1, 'd'},
        {"RSA Session-ID:01 Master-Key:" S, -1, 'd'},
        {"RSA Session-ID:01 " M, -1, 'd'},
        {"client_random " R " " M, -1, 'm'},
        {"GET / HTTP/1.1", -1, '?'}, /* a word in capitals may be any label */
        {"-----BEGIN RSA PRIVATE KEY-----", -1, 'm'},
        {"# CLIENT_RANDOM " R " " M, -1, '-'},
        {"", -1, '-'},
        {"   ", -1, '-'},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
        cx_tls_keylog_stats stats = read_into(s, table[i].line);
        char fate = table[i].fate;
        if (stats.used != (fate == 'u') || stats.unneeded != (fate == 'n') ||
            stats.unknown != (fate == '?') || stats.malformed != (fate == 'm') ||
            stats.damaged != (fate == 'd') || stats.refused)
            fail_msg("%s: used %d, unneeded %d, unknown %d, malformed %d", table[i].line,
                     (int)stats.used, (int)stats.unneeded, (int)stats.unknown,
                     (int)stats.malformed);
        for (int kind = 0; kind < CX_TLS_SECRETS; kind++)
            assert_int_equal(cx_tls_secrets_count(s, (cx_tls_secret)kind), kind == table[i].kind);
        cx_tls_secrets_free(s);
    }
}

static void values_are_those_of_the_line(void **state)
{
    (void)state;
    static const uint8_t random[32] = {0xcb, 0x34, 0xec, 0xb1, 0xe7, 0x81, 0x63, 0xba,
                                       0x1c, 0x38, 0xc6, 0xda, 0xcb, 0x19, 0x6a, 0x6d,
                                       0xff, 0xa2, 0x1a, 0x8d, 0x99, 0x12, 0xec, 0x18,
                                       0xa2, 0xef, 0x62, 0x83, 0x02, 0x4d, 0xec, 0xe7};
    cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
    (void)read_into(s, "CLIENT_RANDOM " R " " M "\nRSA Session-ID:0a0B Master-Key:" M);
    cx_slice found = cx_tls_secrets_find(s, CX_TLS_MASTER, (cx_slice){random, 32});
    assert_int_equal(found.len, 48);
    for (uint8_t i = 0; i < 48; i++)
        assert_int_equal(found.p[i], i);
    found = cx_tls_secrets_find(s, CX_TLS_MASTER_BY_ID, (cx_slice){(const uint8_t *)"\x0a\x0b", 2});
    assert_int_equal(found.len, 48);
    assert_int_equal(found.p[47], 47);
    cx_tls_secrets_free(s);
}

static const char log_text[] = "# made by a test\r\n"
                               "CLIENT_RANDOM " R " " M "\r\n"
                               "\r"
                               "CLIENT_TRAFFIC_SECRET_0 " R2 " " S "\r"
                               "NEW_LABEL 00 00\n"
                               "SERVER_TRAFFIC_SECRET_0 " R2 " " S "\n\n"
                               "broken\n"
                               "PMS_CLIENT_RANDOM " R " 030301";

/* Every way to cut the text into three pieces gives the same. */
static void pieces_may_be_cut_anywhere(void **state)
{
    (void)state;
    size_t n = sizeof log_text - 1;
    for (size_t a = 0; a <= n; a++) {
        for (size_t b = a; b <= n; b += 37) {
            cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
            cx_tls_keylog *k = cx_tls_keylog_new(s);
            const uint8_t *p = (const uint8_t *)log_text;
            assert_non_null(k);
            cx_tls_keylog_feed(k, (cx_slice){p, a});
            cx_tls_keylog_feed(k, (cx_slice){p + a, b - a});
            cx_tls_keylog_feed(k, (cx_slice){p + b, n - b});
            cx_tls_keylog_stats stats = cx_tls_keylog_end(k);
            assert_int_equal(stats.used, 4);
            assert_int_equal(stats.unknown, 1);
            assert_int_equal(stats.malformed, 1);
            assert_int_equal(cx_tls_secrets_count(s, CX_TLS_PREMASTER), 1);
            cx_tls_secrets_free(s);
        }
    }
}

/* A log that is cut after any byte gives the lines that are whole. */
static void a_cut_log_gives_its_whole_lines(void **state)
{
    (void)state;
    static const char line[] = "CLIENT_RANDOM " R " " M;
    static char text[2 * sizeof line + 2];
    int n = snprintf(text, sizeof text, "%s\n%s", line, line);
    for (int cut = 0; cut <= n; cut++) {
        cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
        cx_tls_keylog_stats stats;
        cx_slice part = {(const uint8_t *)text, (size_t)cut};
        assert_int_equal(cx_tls_keylog_read(s, part, &stats), CX_OK);
        int len = (int)sizeof line - 1;
        int whole = (cut >= len) + (cut == n),
            torn = cut > 0 && cut != len && cut < n && cut != len + 1;
        assert_int_equal(stats.used, whole);
        assert_int_equal(stats.damaged + stats.unknown, torn); /* a cut label is another word */
        cx_tls_secrets_free(s);
    }
}

static void long_lines_are_dropped(void **state)
{
    (void)state;
    static char text[CX_MAX_TLS_KEYLOG_LINE + 600];
    /* a comment of the longest length, one byte more, and one in two pieces; a good line behind
     * each */
    for (size_t len = CX_MAX_TLS_KEYLOG_LINE - 1; len <= CX_MAX_TLS_KEYLOG_LINE + 1; len++) {
        for (size_t cut = 0; cut <= len; cut += len / 2) {
            cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
            cx_tls_keylog *k = cx_tls_keylog_new(s);
            memset(text, '#', len);
            int n = (int)len + sprintf(text + len, "\nCLIENT_RANDOM " R " " M "\n");
            cx_tls_keylog_feed(k, (cx_slice){(const uint8_t *)text, cut});
            cx_tls_keylog_feed(k, (cx_slice){(const uint8_t *)text + cut, (size_t)n - cut});
            cx_tls_keylog_stats stats = cx_tls_keylog_end(k);
            assert_int_equal(stats.used, 1);
            bool held = cut > 0 && cut < len; /* what need not be kept has no limit */
            assert_int_equal(stats.malformed, held && len > CX_MAX_TLS_KEYLOG_LINE);
            cx_tls_secrets_free(s);
        }
    }
}

static void the_last_line_of_a_name_wins(void **state)
{
    (void)state;
    cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
    cx_tls_keylog_stats stats =
        read_into(s, "RSA Session-ID:01 Master-Key:" M "\nRSA Session-ID:01 Master-Key:ff"
                     "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262"
                     "728292a2b2c2d2e2f\n");
    assert_int_equal(stats.used, 2);
    cx_slice found =
        cx_tls_secrets_find(s, CX_TLS_MASTER_BY_ID, (cx_slice){(const uint8_t *)"\1", 1});
    assert_int_equal(found.p[0], 0xff);
    cx_tls_secrets_free(s);
}

/* 100 MiB, as a proxy writes them in a day: read in pieces of 64 KiB. */
static void large_logs_are_read(void **state)
{
    (void)state;
    static char piece[65536 + 256];
    cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
    cx_tls_keylog *k = cx_tls_keylog_new(s);
    uint64_t bytes = 0, lines = 0;
    while (bytes < 100u << 20) {
        size_t n = 0;
        while (n < 65536) {
            n += (size_t)sprintf(piece + n, "CLIENT_RANDOM %064llx " M "\n",
                                 (unsigned long long)(lines++ * 0x9e3779b97f4a7c15));
        }
        cx_tls_keylog_feed(k, (cx_slice){(const uint8_t *)piece, n});
        bytes += n;
    }
    cx_tls_keylog_stats stats = cx_tls_keylog_end(k);
    assert_int_equal(stats.used, lines);
    assert_int_equal(stats.refused, 0);
    assert_int_equal(cx_tls_secrets_count(s, CX_TLS_MASTER), lines);
    cx_tls_secrets_free(s);
}

static void more_than_the_cap_is_refused(void **state)
{
    (void)state;
    /* pre-master secrets of the greatest length fill the cap soonest */
    static char line[2400];
    cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
    cx_tls_keylog *k = cx_tls_keylog_new(s);
    size_t most = CX_MAX_TLS_SECRETS / (CX_MAX_TLS_PREMASTER + 32), n = 0;
    int at = sprintf(line, "PMS_CLIENT_RANDOM %064x ", 0);
    memset(line + at, 'a', (size_t)2 * CX_MAX_TLS_PREMASTER);
    line[at + 2 * (int)CX_MAX_TLS_PREMASTER] = '\n';
    for (; n < most + 100; n++) {
        char number[9];
        (void)snprintf(number, sizeof number, "%08x", (unsigned)n);
        memcpy(line + 18, number, 8);
        cx_tls_keylog_feed(
            k, (cx_slice){(const uint8_t *)line, (size_t)at + 2 * CX_MAX_TLS_PREMASTER + 1});
    }
    cx_tls_keylog_stats stats = cx_tls_keylog_end(k);
    assert_int_equal(stats.used + stats.refused, n);
    assert_true(stats.refused >= 100);
    assert_true(stats.used * (CX_MAX_TLS_PREMASTER + 32) <= CX_MAX_TLS_SECRETS);
    cx_tls_secrets_free(s);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    cx_tls_secrets *s = cx_tls_secrets_new(3, NULL);
    cx_tls_keylog_stats stats;
    test_alloc_fail_at(1);
    assert_int_equal(cx_tls_keylog_read(s, cx_slice_of("x"), &stats), CX_NO_MEMORY);
    test_alloc_fail_at(0);
    cx_tls_secrets_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_told_apart),
        cmocka_unit_test(values_are_those_of_the_line),
        cmocka_unit_test(pieces_may_be_cut_anywhere),
        cmocka_unit_test(a_cut_log_gives_its_whole_lines),
        cmocka_unit_test(long_lines_are_dropped),
        cmocka_unit_test(the_last_line_of_a_name_wins),
        cmocka_unit_test(large_logs_are_read),
        cmocka_unit_test(more_than_the_cap_is_refused),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
