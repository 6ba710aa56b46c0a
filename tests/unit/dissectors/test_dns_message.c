/* The protocols that share the messages of DNS (dissectors/dns.c, dns_message.c): multicast DNS by
 * avahi 0.8, LLMNR by systemd-resolved 252, NetBIOS names by nmbd and nmblookup of Samba 4.17. */
#include "dissectors/dns_message.h"
#include "support/dissect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_llmnr, cx_dissector_mdns, cx_dissector_nbns;

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

#define LLMNR_QUESTION "\x86\x4a\0\0\0\1\0\0\0\0\0\0\5host1\0\0\1\0\1"
#define LLMNR_ANSWER                                                                               \
    "\x86\x4a\x80\0\0\1\0\1\0\0\0\0\5host1\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\xc0\0\2\1"
#define MDNS_PROBE                                                                                 \
    "\0\0\0\0\0\1\0\0\0\2\0\0\x18ocs1 [3e:5a:a6:07:38:e4]\x0c_workstation\4_tcp\5local\0\0\xff\0"  \
    "\1\xc0\x0c\0\x21\0\1\0\0\0\x78\0\x0d\0\0\0\0\0\x09\4ocs1\xc0\x37\xc0\x0c\0\x10\0\1\0\0\x11"   \
    "\x94\0\1\0"
#define OCS1                                                                                       \
    "\x20"                                                                                         \
    "EPEDFDDBCACACACACACACACACACACAAA\0"
#define NBNS_QUESTION "\x3a\xf2\1\x10\0\1\0\0\0\0\0\0" OCS1 "\0\x20\0\1"
#define NBNS_ANSWER                                                                                \
    "\x3a\xf2\x85\x80\0\0\0\1\0\0\0\0" OCS1 "\0\x20\0\1\0\3\xf4\x80\0\6\0\0\xc0\0\2\1"
#define NBNS_STATUS                                                                                \
    "\7\xf5\0\0\0\1\0\0\0\0\0\0\x20"                                                               \
    "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\1"

static const test_piece llmnr[] = {
    {.dir = CX_FROM_CLIENT, .bytes = TEXT(LLMNR_QUESTION)},
    {.dir = CX_FROM_SERVER, .bytes = TEXT(LLMNR_ANSWER)},
};
static const test_piece llmnr_tcp[] = {
    {.dir = CX_FROM_CLIENT, .bytes = TEXT("\0\x17" LLMNR_QUESTION)},
    {.dir = CX_FROM_SERVER, .bytes = TEXT("\0\x27" LLMNR_ANSWER)},
};
static const test_piece mdns[] = {{.dir = CX_FROM_CLIENT, .bytes = TEXT(MDNS_PROBE)}};
static const test_piece nbns[] = {
    {.dir = CX_FROM_CLIENT, .bytes = TEXT(NBNS_QUESTION)},
    {.dir = CX_FROM_SERVER, .bytes = TEXT(NBNS_ANSWER)},
    {.dir = CX_FROM_CLIENT, .bytes = TEXT(NBNS_STATUS)},
};

#define LLMNR_EVENTS                                                                               \
    "{\"type\":\"llmnr\",\"query\":true,\"id\":34378,\"qname\":\"host1\",\"qtype\":\"A\","         \
    "\"truncated\":false}\n"                                                                       \
    "{\"type\":\"llmnr\",\"query\":false,\"id\":34378,\"qname\":\"host1\",\"qtype\":\"A\","        \
    "\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[{\"name\":\"host1\"," \
    "\"type\":\"A\",\"ttl\":30,\"address\":\"192.0.2.1\"}],\"rtt_ms\":1.0}\n"

static const struct {
    test_talk talk;
    const char *events;
} cases[] = {
    {{.dissector = &cx_dissector_llmnr, .pieces = llmnr, .n_pieces = 2, .datagrams = true},
     LLMNR_EVENTS},
    {{.dissector = &cx_dissector_llmnr, .pieces = llmnr_tcp, .n_pieces = 2}, LLMNR_EVENTS},
    {{.dissector = &cx_dissector_mdns, .pieces = mdns, .n_pieces = 1, .datagrams = true},
     "{\"type\":\"mdns\",\"query\":true,\"id\":0,"
     "\"qname\":\"ocs1\\\\032[3e:5a:a6:07:38:e4]._workstation._tcp.local\",\"qtype\":\"ANY\","
     "\"truncated\":false,\"authority\":["
     "{\"name\":\"ocs1\\\\032[3e:5a:a6:07:38:e4]._workstation._tcp.local\",\"type\":\"SRV\","
     "\"ttl\":120,\"priority\":0,\"weight\":0,\"port\":9,\"target\":\"ocs1.local\"},"
     "{\"name\":\"ocs1\\\\032[3e:5a:a6:07:38:e4]._workstation._tcp.local\",\"type\":\"TXT\","
     "\"ttl\":4500}]}\n"},
    {{.dissector = &cx_dissector_nbns, .pieces = nbns, .n_pieces = 3, .datagrams = true},
     "{\"type\":\"nbns\",\"query\":true,\"id\":15090,\"qname\":\"OCS1<00>\",\"qtype\":\"NB\","
     "\"truncated\":false}\n"
     "{\"type\":\"nbns\",\"query\":false,\"id\":15090,\"rcode\":0,\"rcode_name\":\"NOERROR\","
     "\"truncated\":false,\"answers\":[{\"name\":\"OCS1<00>\",\"type\":\"NB\",\"ttl\":259200,"
     "\"address\":\"192.0.2.1\"}],\"rtt_ms\":1.0}\n"
     "{\"type\":\"nbns\",\"query\":true,\"id\":2037,\"qname\":\"*<00>\",\"qtype\":\"NBSTAT\","
     "\"truncated\":false}\n"},
};

static void test_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        feed_all_ways(&cases[i].talk, cases[i].events);
        mutate_all(&cases[i].talk, 20);
        fail_each_alloc(&cases[i].talk);
    }
}

/* Their ports alone tell them apart from DNS. */
static void test_probes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cx_dissector *d = cases[i].talk.dissector;
        cx_chunk chunk = {.bytes = cases[i].talk.pieces[0].bytes,
                          .datagram = cases[i].talk.datagrams};
        assert_int_equal(d->probe(&chunk), CX_MATCH_NO);
        chunk.on_port = true;
        assert_int_equal(d->probe(&chunk), CX_MATCH_YES);
        chunk.bytes.len--;
        assert_int_equal(d->probe(&chunk), chunk.datagram ? CX_MATCH_NO : CX_MATCH_MAYBE);
        chunk.cut = chunk.datagram;
        assert_int_equal(d->probe(&chunk), chunk.datagram ? CX_MATCH_YES : CX_MATCH_MAYBE);
        chunk.bytes.len = 11;
        assert_int_not_equal(d->probe(&chunk), CX_MATCH_YES);
    }
}

/* 32 letters, of which one is none: the name stays as it is sent. */
static void test_no_netbios_name(void **state)
{
    (void)state;
    static const char bytes[] = "\x3a\xf2\1\x10\0\1\0\0\0\0\0\0\x20"
                                "EPEDFDDBCACACACACACACACACACACAAQ\0\0\x20\0\1";
    const test_piece piece = {.bytes = {(const uint8_t *)bytes, sizeof bytes - 1}};
    const test_talk talk = {
        .dissector = &cx_dissector_nbns, .pieces = &piece, .n_pieces = 1, .datagrams = true};
    feed_all_ways(&talk, "{\"type\":\"nbns\",\"query\":true,\"id\":15090,"
                         "\"qname\":\"EPEDFDDBCACACACACACACACACACACAAQ\",\"qtype\":\"NB\","
                         "\"truncated\":false}\n");
}

/* A question for this name in wire form, read from memory that ends with it; text: RFC 4343 2.1. */
static void expect_name(const uint8_t *labels, size_t n, const char *text)
{
    const size_t len = CX_DNS_HEADER_LEN + n + 4;
    uint8_t *bytes = calloc(1, len);
    cx_arena arena = cx_arena_init(1u << 16);
    cx_ev_dns e;
    const char *reason;
    assert_non_null(bytes);
    bytes[5] = 1;
    memcpy(bytes + CX_DNS_HEADER_LEN, labels, n);
    bytes[len - 3] = bytes[len - 1] = 1;
    const cx_dns_message m = {.bytes = {bytes, len}, .on_short = CX_MALFORMED};
    assert_true(cx_dns_read(&m, &arena, &e, &reason));
    assert_null(reason);
    assert_int_equal(e.qname.len, strlen(text));
    assert_memory_equal(e.qname.p, text, e.qname.len);
    assert_int_equal(e.qtype, 1);
    cx_arena_free(&arena);
    free(bytes);
}

/* Appends a byte of a label as text. */
static size_t put_byte(char *text, size_t at, uint8_t b)
{
    if (b == '.' || b == '\\')
        return at + (size_t)sprintf(text + at, "\\%c", b);
    if (b > 0x20 && b < 0x7f)
        return at + (size_t)sprintf(text + at, "%c", b);
    return at + (size_t)sprintf(text + at, "\\%03u", b);
}

/* A name of labels of these lengths, whose first label has the byte `odd` in one place. */
static void expect_labels(const uint8_t *lengths, size_t n_labels, uint8_t odd)
{
    uint8_t wire[160];
    char text[640];
    size_t n = 0, at = 0;
    for (size_t l = 0; l < n_labels; l++) {
        if (l)
            text[at++] = '.';
        wire[n++] = lengths[l];
        for (size_t i = 0; i < lengths[l]; i++) {
            wire[n] = l == 0 && i == odd % lengths[0] ? odd : (uint8_t)('a' + i % 26);
            at = put_byte(text, at, wire[n++]);
        }
    }
    wire[n++] = 0;
    text[at] = 0;
    expect_name(wire, n, text);
}

/* Every byte, at every place of a label of a word of 8 and in longer ones. */
static void test_names(void **state)
{
    static const uint8_t lengths[] = {1, 2, 7, 8, 9, 15, 33, 46, 63};
    (void)state;
    for (size_t i = 0; i < sizeof lengths; i++)
        for (size_t k = 0; k < sizeof lengths; k++)
            for (size_t n = 1; n <= 3; n++)
                for (unsigned odd = 0; odd < 256; odd++)
                    expect_labels((uint8_t[]){lengths[i], lengths[k], 5}, n, (uint8_t)odd);
}

/* ---- names that end with a pointer ---- */

#define QUESTION 33u /* offset of what follows sip.contoso.com, type and class */

/* An answer to a question for sip.contoso.com with two CNAME records: of the question to `target`,
 * and of that to whatever a pointer to it gives. Both targets are `text`; NULL: they are damaged.
 */
static void expect_target(cx_slice target, const char *text)
{
    uint8_t bytes[512] = "\0\1\x84\0\0\1\0\2\0\0\0\0\3sip\7contoso\3com\0\0\1\0\1";
    size_t n = QUESTION;
    cx_arena arena = cx_arena_init(1u << 16);
    cx_ev_dns e;
    const char *reason;
    const size_t at = QUESTION + 12;
    memcpy(bytes + n, "\xc0\x0c\0\5\0\1\0\0\0\1\0", 11);
    bytes[n + 11] = (uint8_t)target.len;
    memcpy(bytes + at, target.p, target.len);
    n = at + target.len;
    memcpy(bytes + n, "\xc0\0\0\5\0\1\0\0\0\1\0\2\xc0", 13);
    bytes[n + 1] = bytes[n + 13] = (uint8_t)at;
    n += 14;
    const cx_dns_message m = {.bytes = {bytes, n}, .on_short = CX_MALFORMED};
    assert_true(cx_dns_read(&m, &arena, &e, &reason));
    assert_int_equal(!text, reason != NULL);
    assert_in_range(e.n_rr, 1, 2); /* where the name is no target, it names no record either */
    assert_true(cx_slice_is(e.rr[0].name, "sip.contoso.com"));
    if (text) {
        assert_int_equal(e.n_rr, 2);
        assert_true(cx_slice_is(e.rr[0].target, text));
        assert_true(cx_slice_is(e.rr[1].name, text));
        assert_true(cx_slice_is(e.rr[1].target, text));
    } else {
        assert_null(e.rr[0].target.p);
    }
    cx_arena_free(&arena);
}

static void test_pointers(void **state)
{
    static const struct {
        cx_slice target;
        const char *text;
    } cases_[] = {
        {TEXT("\xc0\x0c"), "sip.contoso.com"},
        {TEXT("\xc0\x10"), "contoso.com"},
        {TEXT("\xc0\x18"), "com"},
        {TEXT("\xc0\x1c"), "."},          /* the root of the question */
        {TEXT("\4ocs1\xc0\x1c"), "ocs1"}, /* the same behind a label */
        {TEXT("\4ocs1\xc0\x10"), "ocs1.contoso.com"},
        {TEXT("\1a\1b\xc0\x18"), "a.b.com"},
        {TEXT("\3a.b\xc0\x10"), "a\\.b.contoso.com"}, /* RFC 4343 2.1 */
        {TEXT("\2\0\\\xc0\x0c"), "\\000\\\\.sip.contoso.com"},
        {TEXT("\0"), "."},
        {TEXT("\1x\0"), "x"},
        {TEXT("\7fabrikam\3net\0"), NULL}, /* "fabrika", then a label of 'm' */
        {TEXT("\10fabrikam\3net\0"), "fabrikam.net"},
        {TEXT("\xc0\x0d"), NULL}, /* 's' is no length */
        {TEXT("\xc0\x11"), NULL}, /* nor is 'c' */
        {TEXT("\xc0\x2d"), NULL}, /* itself */
        {TEXT("\xc0\x0b"), NULL}, /* the header */
        {TEXT("\xc0"), NULL},
        {TEXT("\4ocs1\xc0"), NULL},
        {TEXT("\4ocs1"), NULL},
        {TEXT("\x40\xc0\x0c"), NULL},
        {TEXT("\xc0\x0cx"), NULL},
        {TEXT("\4ocs1\xc0\x10x"), NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases_ / sizeof *cases_; i++)
        expect_target(cases_[i].target, cases_[i].text);
}

/* Labels before the pointer count towards the longest name (RFC 1035 3.1: 255 bytes). */
static void test_longest_name(void **state)
{
    uint8_t target[256];
    char text[320];
    (void)state;
    for (size_t last = 44; last <= 48; last++) { /* 3 * 64 + 1 + last + 17 bytes on the wire */
        size_t n = 0, len = 0;
        const size_t lengths[] = {63, 63, 63, last};
        for (size_t l = 0; l < 4; l++) {
            target[n++] = (uint8_t)lengths[l];
            memset(target + n, 'x', lengths[l]);
            memset(text + len, 'x', lengths[l]);
            n += lengths[l];
            len += lengths[l];
            text[len++] = '.';
        }
        memcpy(target + n, "\xc0\x0c", 2);
        memcpy(text + len, "sip.contoso.com", 16);
        expect_target((cx_slice){target, n + 2}, 192 + 1 + last + 17 <= 255 ? text : NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others),          cmocka_unit_test(test_probes),
        cmocka_unit_test(test_no_netbios_name), cmocka_unit_test(test_names),
        cmocka_unit_test(test_pointers),        cmocka_unit_test(test_longest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
