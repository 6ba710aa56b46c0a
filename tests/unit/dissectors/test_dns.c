/* dissectors/dns.c: messages of real programs (dns_messages.h), and damaged ones made from them. */
#include "base/limits.h"
#include "dissectors/dns_message.h"
#include "support/dissect.h"
#include "unit/dissectors/dns_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_dns;

#define BYTES(array) ((cx_slice){(array), sizeof(array)})
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CLIENT(array)                                                                              \
    {                                                                                              \
        .dir = CX_FROM_CLIENT, .bytes = {(array), sizeof(array) }                                  \
    }
#define SERVER(array)                                                                              \
    {                                                                                              \
        .dir = CX_FROM_SERVER, .bytes = {(array), sizeof(array) }                                  \
    }

static test_talk talk_of(const test_piece *pieces, size_t n, bool datagrams)
{
    return (test_talk){
        .dissector = &cx_dissector_dns, .pieces = pieces, .n_pieces = n, .datagrams = datagrams};
}

/* ---- real messages ---- */

static const struct {
    const char *name;
    test_piece query, answer;
    const char *events;
} exchanges[] = {
    {"srv", CLIENT(srv_query), SERVER(srv_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":47443,\"qname\":\"_sipinternaltls._tcp.contoso.com\","
     "\"qtype\":\"SRV\",\"truncated\":false}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":47443,\"qname\":\"_sipinternaltls._tcp.contoso."
     "com\","
     "\"qtype\":\"SRV\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[{"
     "\"name\":\"_sipinternaltls._tcp.contoso.com\",\"type\":\"SRV\",\"ttl\":3600,\"priority\":0,"
     "\"weight\":0,\"port\":5061,\"target\":\"ocs1.contoso.com\"}],\"authority\":[{\"name\":"
     "\"contoso.com\",\"type\":\"NS\",\"ttl\":3600,\"target\":\"dc1.contoso.com\"}],\"additional\":"
     "[{\"name\":\"ocs1.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":\"192.0.2.20\"},{"
     "\"name\":\"dc1.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":\"192.0.2.10\"},{"
     "\"name\":"
     "\"ocs1.contoso.com\",\"type\":\"AAAA\",\"ttl\":3600,\"address\":\"2001:db8::20\"}],\"rtt_"
     "ms\":"
     "1.0}\n"},
    {"srv with EDNS, one target the root", CLIENT(srv_edns_query), SERVER(srv_edns_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":55740,\"qname\":\"_sip._tls.contoso.com\",\"qtype\":"
     "\"SRV\",\"truncated\":false,\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":"
     "1232}"
     "]}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":55740,\"qname\":\"_sip._tls.contoso.com\",\"qtype\":"
     "\"SRV\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[{\"name\":"
     "\"_sip._tls.contoso.com\",\"type\":\"SRV\",\"ttl\":3600,\"priority\":10,\"weight\":20,"
     "\"port\":"
     "443,\"target\":\"edge.contoso.com\"},{\"name\":\"_sip._tls.contoso.com\",\"type\":\"SRV\","
     "\"ttl\":3600,\"priority\":20,\"weight\":0,\"port\":443,\"target\":\".\"}],\"authority\":[{"
     "\"name\":\"contoso.com\",\"type\":\"NS\",\"ttl\":3600,\"target\":\"dc1.contoso.com\"}],"
     "\"additional\":[{\"name\":\"edge.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":"
     "\"203.0.113.5\"},{\"name\":\"dc1.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":"
     "\"192.0.2.10\"},{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":1232}],\"rtt_ms\":1.0}\n"},
    {"no such name", CLIENT(nxdomain_query), SERVER(nxdomain_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":8378,\"qname\":\"nosuch.contoso.com\",\"qtype\":"
     "\"A\","
     "\"truncated\":false,\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":0}]}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":8378,\"qname\":\"nosuch.contoso.com\",\"qtype\":"
     "\"A\","
     "\"rcode\":3,\"rcode_name\":\"NXDOMAIN\",\"truncated\":false,\"answers\":[],\"authority\":[{"
     "\"name\":\"contoso.com\",\"type\":\"SOA\",\"ttl\":300,\"primary\":\"dc1.contoso.com\"}],"
     "\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":1232}],\"rtt_ms\":1.0}\n"},
    {"naptr", CLIENT(naptr_query), SERVER(naptr_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":64989,\"qname\":\"contoso.com\",\"qtype\":\"NAPTR\","
     "\"truncated\":false}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":64989,\"qname\":\"contoso.com\",\"qtype\":\"NAPTR\","
     "\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[{\"name\":"
     "\"contoso.com\",\"type\":\"NAPTR\",\"ttl\":3600,\"order\":90,\"preference\":50,\"flags\":"
     "\"u\","
     "\"services\":\"E2U+sip\",\"regexp\":\"!^.*$!sip:info@contoso.com!\",\"replacement\":\".\"},{"
     "\"name\":\"contoso.com\",\"type\":\"NAPTR\",\"ttl\":3600,\"order\":50,\"preference\":50,"
     "\"flags\":\"s\",\"services\":\"SIPS+D2T\",\"regexp\":\"\",\"replacement\":"
     "\"_sips._tcp.contoso.com\"}],\"authority\":[{\"name\":\"contoso.com\",\"type\":\"NS\","
     "\"ttl\":"
     "3600,\"target\":\"dc1.contoso.com\"}],\"additional\":[{\"name\":\"dc1.contoso.com\",\"type\":"
     "\"A\",\"ttl\":3600,\"address\":\"192.0.2.10\"}],\"rtt_ms\":1.0}\n"},
    {"alias", CLIENT(cname_query), SERVER(cname_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":32364,\"qname\":\"sip.contoso.com\",\"qtype\":\"A\","
     "\"truncated\":false}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":32364,\"qname\":\"sip.contoso.com\",\"qtype\":\"A\","
     "\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[{\"name\":"
     "\"sip.contoso.com\",\"type\":\"CNAME\",\"ttl\":3600,\"cname\":\"ocs1.contoso.com\"},{"
     "\"name\":"
     "\"ocs1.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":\"192.0.2.20\"}],\"authority\":["
     "{"
     "\"name\":\"contoso.com\",\"type\":\"NS\",\"ttl\":3600,\"target\":\"dc1.contoso.com\"}],"
     "\"additional\":[{\"name\":\"dc1.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":"
     "\"192.0.2.10\"}],\"rtt_ms\":1.0}\n"},
    {"dot and space in a label", CLIENT(odd_query), SERVER(odd_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":2897,\"qname\":\"odd\\\\.name\\\\032x.contoso.com\","
     "\"qtype\":\"A\",\"truncated\":false}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":2897,\"qname\":\"odd\\\\.name\\\\032x.contoso.com\","
     "\"qtype\":\"A\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[{"
     "\"name\":\"odd\\\\.name\\\\032x.contoso.com\",\"type\":\"A\",\"ttl\":3600,\"address\":"
     "\"192.0.2.99\"}],\"authority\":[{\"name\":\"contoso.com\",\"type\":\"NS\",\"ttl\":3600,"
     "\"target\":\"dc1.contoso.com\"}],\"additional\":[{\"name\":\"dc1.contoso.com\",\"type\":"
     "\"A\","
     "\"ttl\":3600,\"address\":\"192.0.2.10\"}],\"rtt_ms\":1.0}\n"},
    {"refused", CLIENT(refused_query), SERVER(refused_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":55706,\"qname\":\"example.org\",\"qtype\":\"A\","
     "\"truncated\":false}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":55706,\"qname\":\"example.org\",\"qtype\":\"A\","
     "\"rcode\":5,\"rcode_name\":\"REFUSED\",\"truncated\":false,\"answers\":[],\"rtt_ms\":1.0}\n"},
    {"extended response code", CLIENT(badvers_query), SERVER(badvers_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":40679,\"qname\":\"contoso.com\",\"qtype\":\"SOA\","
     "\"truncated\":false,\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":1232}]}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":40679,\"qname\":\"contoso.com\",\"qtype\":\"SOA\","
     "\"rcode\":0,\"extended_rcode\":16,\"rcode_name\":\"BADVERS\",\"truncated\":false,\"answers\":"
     "[],"
     "\"additional\":[{"
     "\"name\":\".\",\"type\":\"OPT\",\"udp_size\":1232}],\"rtt_ms\":1.0}\n"},
    {"no question", CLIENT(formerr_query), SERVER(formerr_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":46422,\"truncated\":false}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":46422,\"rcode\":1,\"rcode_name\":\"FORMERR\","
     "\"truncated\":false,\"answers\":[],\"rtt_ms\":1.0}\n"},
    {"no data", CLIENT(https_query), SERVER(https_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":31862,\"qname\":\"contoso.com\",\"qtype\":\"HTTPS\","
     "\"truncated\":false,\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":1232}]}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":31862,\"qname\":\"contoso.com\",\"qtype\":\"HTTPS\","
     "\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[],\"authority\":[{"
     "\"name\":\"contoso.com\",\"type\":\"SOA\",\"ttl\":300,\"primary\":\"dc1.contoso.com\"}],"
     "\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":1232}],\"rtt_ms\":1.0}\n"},
    {"update", CLIENT(update_query), SERVER(update_answer),
     "{\"type\":\"dns\",\"query\":true,\"id\":33680,\"opcode\":5,\"qname\":\"contoso.com\","
     "\"qtype\":"
     "\"SOA\",\"truncated\":false,\"authority\":[{\"name\":\"old.contoso.com\",\"type\":\"A\","
     "\"ttl\""
     ":0},{\"name\":\"new.contoso.com\",\"type\":\"A\",\"ttl\":60,\"address\":\"192.0.2.77\"}]}\n"
     "{\"type\":\"dns\",\"query\":false,\"id\":33680,\"opcode\":5,\"qname\":\"contoso.com\","
     "\"qtype\":\"SOA\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,\"answers\":[],"
     "\"rtt_ms\":1.0}\n"},
};

static void test_exchanges(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        const test_piece pieces[] = {exchanges[i].query, exchanges[i].answer};
        const test_talk talk = talk_of(pieces, 2, true);
        print_message("%s\n", exchanges[i].name);
        feed_all_ways(&talk, exchanges[i].events);
    }
}

/* Lines of events that differ only in what the test is about: their count, and whether each holds
 * a text. */
static void expect_texts(const test_talk *talk, const char *const *texts, size_t n)
{
    char *events = test_events_of(talk), *rest = events, *line;
    size_t i = 0;
    while ((line = strsep(&rest, "\n")) && *line) {
        if (i >= n || !strstr(line, texts[i]))
            fail_msg("line %zu is: %s\nexpected in it: %s", i + 1, line, i < n ? texts[i] : "none");
        i++;
    }
    assert_int_equal(i, n);
    free(events);
}

#define EXPECT(talk, ...)                                                                          \
    do {                                                                                           \
        const char *const texts[] = {__VA_ARGS__};                                                 \
        expect_texts(talk, texts, COUNT(texts));                                                   \
    } while (0)

static void test_truncated_flag(void **state)
{
    (void)state;
    const test_piece pieces[] = {CLIENT(many_query), SERVER(many_answer)};
    const test_talk talk = talk_of(pieces, 2, true);
    EXPECT(&talk, "\"query\":true",
           "\"truncated\":true,\"answers\":[{\"name\":\"many.contoso.com\"");
}

/* Two questions at once, and their answers: the second of the first segment is cut in two. */
static const test_piece tcp_session[] = {
    CLIENT(tcp_a_query),    SERVER(tcp_a_answer),    CLIENT(tcp_aaaa_query),
    CLIENT(tcp_edge_query), SERVER(tcp_aaaa_answer), SERVER(tcp_edge_answer),
};
#define TCP_EXPECTED                                                                               \
    "\"query\":true,\"id\":36997,", "\"query\":false,\"id\":36997,",                               \
        "\"query\":true,\"id\":29183,", "\"query\":true,\"id\":6261,",                             \
        "\"query\":false,\"id\":29183,", "\"address\":\"203.0.113.5\""

static void test_tcp(void **state)
{
    (void)state;
    const test_talk talk = talk_of(tcp_session, COUNT(tcp_session), false);
    EXPECT(&talk, TCP_EXPECTED);
    char *events = test_events_of(&talk);
    feed_all_ways(&talk, events);
    free(events);
}

static void test_tcp_joined(void **state)
{
    (void)state;
    uint8_t both[sizeof tcp_aaaa_answer + sizeof tcp_edge_answer];
    memcpy(both, tcp_aaaa_answer, sizeof tcp_aaaa_answer);
    memcpy(both + sizeof tcp_aaaa_answer, tcp_edge_answer, sizeof tcp_edge_answer);
    const test_piece pieces[] = {SERVER(both)};
    const test_talk talk = talk_of(pieces, 1, false);
    EXPECT(&talk, "\"id\":29183,", "\"id\":6261,");
}

/* What is left before a gap is told as far as it goes; what follows is taken up where a segment
 * begins with a message. */
static void test_tcp_gap(void **state)
{
    (void)state;
    const test_piece pieces[] = {
        {.dir = CX_FROM_SERVER, .bytes = {tcp_a_answer, 40}},
        {.dir = CX_FROM_SERVER, .bytes = {tcp_aaaa_answer, 60}, .lost = true},
        {.dir = CX_FROM_SERVER, .bytes = {tcp_aaaa_answer + 9, 20}},
        SERVER(tcp_edge_answer),
    };
    const test_talk talk = talk_of(pieces, COUNT(pieces), false);
    EXPECT(&talk, "\"id\":36997,\"qname\":\"ocs1.contoso.com\"", "\"id\":6261,");
}

static void test_tcp_length_too_short(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 0};
    const test_piece pieces[] = {CLIENT(bytes), CLIENT(tcp_a_query)};
    const test_talk talk = talk_of(pieces, 2, false);
    EXPECT(&talk, "\"reason\":\"header\""); /* and then nothing: framing is lost */
}

/* ---- time of the answer ---- */

static void test_rtt(void **state)
{
    (void)state;
    const test_piece again[] = {CLIENT(srv_query), CLIENT(srv_query), SERVER(srv_answer),
                                SERVER(srv_answer)};
    const test_talk repeated = talk_of(again, COUNT(again), true);
    EXPECT(&repeated, "\"query\":true", "\"query\":true", "\"rtt_ms\":2.0}", "\"rtt_ms\":3.0}");

    const test_piece alone[] = {SERVER(srv_answer)};
    const test_talk unasked = talk_of(alone, 1, true);
    EXPECT(&unasked, "2001:db8::20\"}]}"); /* no member behind the records */

    uint8_t other_id[sizeof srv_query];
    memcpy(other_id, srv_query, sizeof srv_query);
    other_id[0] ^= 1;
    const test_piece mixed[] = {CLIENT(other_id), SERVER(srv_answer)};
    const test_talk not_matching = talk_of(mixed, 2, true);
    EXPECT(&not_matching, "\"query\":true", "2001:db8::20\"}]}");

    uint8_t other_case[sizeof srv_query];
    memcpy(other_case, srv_query, sizeof srv_query);
    other_case[14] ^= 0x20; /* "_sIp…" */
    const test_piece folded[] = {CLIENT(other_case), SERVER(srv_answer)};
    const test_talk case_differs = talk_of(folded, 2, true);
    EXPECT(&case_differs, "\"query\":true", "\"rtt_ms\":1.0}");

    /* more at a time than have room from the start: the first of them is still known */
    uint8_t others[4][sizeof srv_query];
    test_piece several[6] = {CLIENT(srv_query), [5] = SERVER(srv_answer)};
    for (size_t i = 0; i < COUNT(others); i++) {
        memcpy(others[i], srv_query, sizeof srv_query);
        others[i][0] ^= (uint8_t)(i + 1);
        several[i + 1] = (test_piece)CLIENT(others[i]);
    }
    const test_talk five = talk_of(several, COUNT(several), true);
    EXPECT(&five, "\"query\":true", "\"query\":true", "\"query\":true", "\"query\":true",
           "\"query\":true", "\"rtt_ms\":5.0}");
}

/* ---- cut by the capture, damaged by the sender ---- */

#define SRV_QUESTION_END 50u /* of srv_answer */
#define SRV_ANSWER_END   86u /* of the SRV record that follows it */

static void expect_datagram(cx_slice bytes, bool cut, const char *const *texts, size_t n)
{
    const test_piece pieces[] = {{.dir = CX_FROM_SERVER, .bytes = bytes, .cut = cut}};
    const test_talk talk = talk_of(pieces, 1, true);
    expect_texts(&talk, texts, n);
}

#define EXPECT_CUT(bytes, ...)                                                                     \
    expect_datagram(bytes, true, (const char *const[]){__VA_ARGS__},                               \
                    COUNT(((const char *const[]){__VA_ARGS__})))
#define EXPECT_WHOLE(bytes, ...)                                                                   \
    expect_datagram(bytes, false, (const char *const[]){__VA_ARGS__},                              \
                    COUNT(((const char *const[]){__VA_ARGS__})))

static void test_cut(void **state)
{
    (void)state;
    const cx_slice answer = BYTES(srv_answer);
    expect_datagram(cx_slice_sub(answer, 0, 11), true, NULL, 0);
    EXPECT_CUT(cx_slice_sub(answer, 0, 12), "\"id\":47443,\"rcode\":0,");
    EXPECT_CUT(cx_slice_sub(answer, 0, SRV_QUESTION_END - 3), "\"id\":47443,\"rcode\":0,");
    EXPECT_CUT(cx_slice_sub(answer, 0, SRV_QUESTION_END - 2), "\"qtype\":\"SRV\",\"rcode\":0,");
    EXPECT_CUT(cx_slice_sub(answer, 0, SRV_QUESTION_END - 1),
               "\"qtype\":\"SRV\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,"
               "\"answers\":[],\"cut\":true}");
    EXPECT_CUT(cx_slice_sub(answer, 0, SRV_QUESTION_END),
               "\"qtype\":\"SRV\",\"rcode\":0,\"rcode_name\":\"NOERROR\",\"truncated\":false,"
               "\"answers\":[],\"cut\":true}");
    EXPECT_CUT(cx_slice_sub(answer, 0, SRV_ANSWER_END - 1), "\"answers\":[],\"cut\":true}");
    EXPECT_CUT(cx_slice_sub(answer, 0, SRV_ANSWER_END),
               "\"target\":\"ocs1.contoso.com\"}],\"cut\":true}");
    EXPECT_CUT(cx_slice_sub(answer, 0, answer.len - 1),
               "\"address\":\"192.0.2.10\"}],\"cut\":true}");
}

/* Of a name that is cut the first label is told, as far as it is there. */
static void test_cut_name(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *head;
    } rows[] = {
        {12, ""}, {13, ""}, {20, "_sipint"}, {28, "_sipinternaltls"}, {40, "_sipinternaltls"}};
    const cx_slice answer = BYTES(srv_answer);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const cx_dns_message m = {.bytes = cx_slice_sub(answer, 0, rows[i].len),
                                  .on_short = CX_TRUNCATED};
        cx_arena arena = cx_arena_init(1u << 16);
        cx_ev_dns e;
        const char *reason;
        assert_true(cx_dns_read(&m, &arena, &e, &reason));
        assert_true(cx_slice_is(e.head, rows[i].head));
        assert_true(e.cut && !e.qname.p);
        cx_arena_free(&arena);
    }
}

static void test_short(void **state)
{
    (void)state;
    const cx_slice answer = BYTES(srv_answer);
    EXPECT_WHOLE(cx_slice_sub(answer, 0, 11), "\"reason\":\"header\"");
    EXPECT_WHOLE(cx_slice_sub(answer, 0, SRV_QUESTION_END - 1), "\"reason\":\"question\"");
    EXPECT_WHOLE(cx_slice_sub(answer, 0, SRV_QUESTION_END), "\"answers\":[],\"cut\":true}",
                 "\"reason\":\"record\"");
    EXPECT_WHOLE(cx_slice_sub(answer, 0, answer.len - 1),
                 "\"address\":\"192.0.2.10\"}],\"cut\":true}", "\"reason\":\"record\"");
    uint8_t longer[sizeof srv_answer + 1] = {0};
    memcpy(longer, srv_answer, sizeof srv_answer);
    EXPECT_WHOLE(BYTES(longer), "2001:db8::20\"}]}"); /* padding is nobody's fault */
}

/* Record data that does not fit its type is left out; the records around it are told. */
static void test_odd_data(void **state)
{
    (void)state;
    uint8_t bytes[sizeof srv_answer];
    memcpy(bytes, srv_answer, sizeof bytes);
    bytes[SRV_QUESTION_END + 2] = 0;
    bytes[SRV_QUESTION_END + 3] = CX_DNS_AAAA; /* of 18 bytes */
    EXPECT_WHOLE(BYTES(bytes),
                 "\"type\":\"AAAA\",\"ttl\":3600}],\"authority\":[{\"name\":\"contoso.com\"",
                 "\"reason\":\"record\"");
    bytes[SRV_QUESTION_END + 3] = CX_DNS_CNAME; /* a name, then bytes that belong to nothing */
    EXPECT_WHOLE(BYTES(bytes), "\"type\":\"CNAME\",\"ttl\":3600}],\"authority\"",
                 "\"reason\":\"record\"");
}

/* ---- made messages ---- */

typedef struct made {
    uint8_t bytes[65535];
    size_t len;
} made;

static void put(made *m, const void *bytes, size_t n)
{
    assert_true(n <= sizeof m->bytes - m->len);
    memcpy(m->bytes + m->len, bytes, n);
    m->len += n;
}

static void put16(made *m, uint32_t n)
{
    put(m, (const uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2);
}

#define PUT_TEXT(m, text) put(m, text, sizeof(text) - 1)

/* Header of an answer, and a question for the name `text` as it is on the wire. */
static made *answer_of(uint32_t answers, uint32_t additional, const void *name, size_t n)
{
    made *m = calloc(1, sizeof *m);
    assert_non_null(m);
    put16(m, 0x1234);
    put16(m, 0x8180);
    put16(m, 1);
    put16(m, answers);
    put16(m, 0);
    put16(m, additional);
    put(m, name, n);
    put16(m, CX_DNS_SRV);
    put16(m, 1);
    return m;
}

static void put_record(made *m, uint32_t type, uint32_t class_, uint32_t ttl, const void *data,
                       size_t n)
{
    put16(m, type);
    put16(m, class_);
    put16(m, ttl >> 16);
    put16(m, ttl & 0xffff);
    put16(m, (uint32_t)n);
    put(m, data, n);
}

static void expect_made(made *m, const char *const *texts, size_t n)
{
    expect_datagram((cx_slice){m->bytes, m->len}, false, texts, n);
    free(m);
}

#define EXPECT_MADE(m, ...)                                                                        \
    expect_made(m, (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

/* RFC 2782 forbids it, older servers do it. */
static void test_compressed_srv_target(void **state)
{
    (void)state;
    made *m = answer_of(1, 0, "\4_sip\4_tls\1d\0", 13);
    PUT_TEXT(m, "\xc0\x0c");
    put_record(m, CX_DNS_SRV, 1, 60, "\0\1\0\2\x13\xc5\3srv\xc0\x16", 12);
    EXPECT_MADE(m, "\"priority\":1,\"weight\":2,\"port\":5061,\"target\":\"srv.d\"}]}");
}

static void test_pointers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t len;
        bool good;
    } names[] = {
        {"\1a\xc0\x0d", 4, false}, /* into itself */
        {"\1a\xc0\x0c", 4, false}, /* to its own start */
        {"\xc0\x0c", 2, false},    /* to itself */
        {"\xc0\x20", 2, false},    /* forward */
        {"\xc0\x00", 2, false},    /* into the header */
        {"\x40", 1, false},        /* a kind of label that is not in use */
        {"\x80", 1, false},        {"\0", 1, true}, {"\1a\0", 3, true},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        made *m = answer_of(0, 0, names[i].name, names[i].len);
        if (names[i].good)
            EXPECT_MADE(m, "\"qtype\":\"SRV\"");
        else
            EXPECT_MADE(m, "\"reason\":\"question\"");
    }
}

/* A chain of n names, each one label and a pointer to the one before. */
static void expect_hops(uint32_t n, bool good)
{
    made *m = answer_of(1, 0, "\1z\0", 3);
    const size_t data_at = m->len + 11;
    made *chain = calloc(1, sizeof *chain);
    assert_non_null(chain);
    size_t last = 12;
    for (uint32_t i = 0; i < n; i++) {
        size_t here = data_at + chain->len;
        put16(chain, 0xc000u | (uint32_t)last);
        last = here;
    }
    PUT_TEXT(m, "\0");
    put_record(m, 99, 1, 0, chain->bytes, chain->len);
    m->bytes[11] = 1; /* one additional record, whose name is the end of the chain */
    put16(m, 0xc000u | (uint32_t)last);
    put_record(m, CX_DNS_A, 1, 0, "\300\0\2\1", 4);
    free(chain);
    if (good)
        EXPECT_MADE(m, "\"additional\":[{\"name\":\"z\",");
    else
        EXPECT_MADE(m, "\"answers\":[{", "\"reason\":\"record\"");
}

static void test_hops(void **state)
{
    (void)state;
    expect_hops(CX_MAX_DNS_HOPS - 1, true); /* and one from the name itself */
    expect_hops(CX_MAX_DNS_HOPS, false);
}

/* 255 bytes on the wire are a name, 256 are none (RFC 1035 3.1). */
static void test_name_length(void **state)
{
    (void)state;
    uint8_t name[256];
    for (int over = 0; over < 2; over++) {
        size_t n = 0;
        for (int i = 0; i < 4; i++) {
            uint8_t len = i < 3 ? 63 : (uint8_t)(61 + over);
            name[n++] = len;
            memset(name + n, 'a', len);
            n += len;
        }
        name[n++] = 0;
        assert_int_equal(n, 255 + over);
        made *m = answer_of(0, 0, name, n);
        if (over)
            EXPECT_MADE(m, "\"reason\":\"question\"");
        else
            EXPECT_MADE(m, "\"qtype\":\"SRV\"");
    }
}

/* More records than are kept: the rest is stepped over, and the extended response code found. */
static void test_many_records(void **state)
{
    (void)state;
    made *m = answer_of(CX_MAX_DNS_ANSWERS + 6, 1, "\1z\0", 3);
    for (uint32_t i = 0; i < CX_MAX_DNS_ANSWERS + 6; i++) {
        PUT_TEXT(m, "\xc0\x0c");
        put_record(m, CX_DNS_TXT, 1, i, "", 0);
    }
    PUT_TEXT(m, "\0");
    put_record(m, CX_DNS_OPT, 1232, 0x01000000, "", 0);
    const test_piece pieces[] = {{.dir = CX_FROM_SERVER, .bytes = {m->bytes, m->len}}};
    const test_talk talk = talk_of(pieces, 1, true);
    char *events = test_events_of(&talk);
    assert_non_null(strstr(events, "\"rcode\":0,\"extended_rcode\":16,\"rcode_name\":\"BADVERS\""));
    assert_non_null(strstr(events, "\"ttl\":4095}"));
    assert_null(strstr(events, "\"ttl\":4096}"));
    free(events);
    free(m);
}

static void test_several_questions(void **state)
{
    (void)state;
    made *m = answer_of(1, 0, "\1a\0", 3);
    m->bytes[5] = 2;
    PUT_TEXT(m, "\1b\xc0\x0c\0\1\0\1");
    PUT_TEXT(m, "\xc0\x13");
    put_record(m, CX_DNS_A, 1, 7, "\300\0\2\1", 4);
    EXPECT_MADE(m, "\"qname\":\"a\",\"qtype\":\"SRV\",\"rcode\":0,\"rcode_name\":\"NOERROR\","
                   "\"truncated\":false,\"answers\":[{\"name\":\"b.a\",");
}

/* ---- recognising ---- */

static bool masks_match(cx_slice s)
{
    const cx_dissector *d = &cx_dissector_dns;
    for (size_t i = 0; i < d->n_masks; i++) {
        bool match = s.len >= 8;
        for (size_t k = 0; k < 8 && match; k++)
            match = (s.p[k] & d->masks[i].mask[k]) == d->masks[i].value[k];
        if (match)
            return true;
    }
    return false;
}

static cx_match probe(cx_slice s, bool datagram, bool cut)
{
    const cx_chunk chunk = {.bytes = s, .datagram = datagram, .cut = cut};
    return cx_dissector_dns.probe(&chunk);
}

static void test_probe_real(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        const test_piece *const both[] = {&exchanges[i].query, &exchanges[i].answer};
        for (size_t k = 0; k < 2; k++) {
            cx_slice s = both[k]->bytes;
            bool bare = strcmp(exchanges[i].name, "no question") == 0;
            bool update = strcmp(exchanges[i].name, "update") == 0;
            print_message("%s %zu\n", exchanges[i].name, k);
            assert_int_equal(probe(s, true, false), bare && k == 0 ? CX_MATCH_NO : CX_MATCH_YES);
            if (!bare && !update)
                assert_true(masks_match(s));
            /* questions of 20 bytes and less would be whole here */
            assert_int_equal(probe(cx_slice_sub(s, 0, 11), true, false), CX_MATCH_NO);
            assert_int_equal(probe(cx_slice_sub(s, 0, 11), true, true), CX_MATCH_MAYBE);
        }
    }
    for (size_t i = 0; i < COUNT(tcp_session); i++) {
        cx_slice s = tcp_session[i].bytes;
        assert_true(masks_match(s));
        assert_int_equal(probe(s, false, false), CX_MATCH_YES);
        assert_int_equal(probe(cx_slice_sub(s, 0, 1), false, false), CX_MATCH_MAYBE);
        assert_int_equal(probe(cx_slice_sub(s, 0, 25), false, false), CX_MATCH_MAYBE);
    }
}

/* Others' first packets: none is taken for DNS away from its port. */
static void test_probe_others(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t len;
        bool datagram, masked; /* masked: the masks must already say no */
    } others[] = {
        {"STUN binding request (RFC 5389 6)",
         "\0\1\0\0\x21\x12\xa4\x42\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c", 20, true, true},
        {"RTP (RFC 3550 5.1)", "\x80\0\0\1\0\0\0\xa0\1\2\3\4\0\0\0\0\0\0\0\0", 20, true, true},
        {"SIP", "REGISTER sip:contoso.com SIP/2.0\r\n", 34, true, true},
        {"zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, true, true},
        {"NBNS question (RFC 1002 4.2.12)",
         "\x12\x34\1\x10\0\1\0\0\0\0\0\0\x20"
         "EPEDFDBBCACACACACACACACACACACAAA\0\0\x20\0\1",
         50, true, false},
        {"NBNS status question (RFC 1002 4.2.17)",
         "\x12\x34\1\0\0\1\0\0\0\0\0\0\x20"
         "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\1",
         50, true, false},
        {"TLS ClientHello", "\x16\3\1\0\xc8\1\0\0\xc4\3\3\0\0\0\0\0\0\0\0\0", 20, false, true},
        {"class that is none", "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\7", 19, true, false},
        {"type that is none", "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\0\0\1", 19, true, false},
        {"question with answers", "\x12\x34\1\0\0\1\0\1\0\0\0\0\1a\0\0\1\0\1", 19, true, true},
        {"name without end", "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\3bc", 17, true, false},
    };
    for (size_t i = 0; i < COUNT(others); i++) {
        cx_slice s = {(const uint8_t *)others[i].bytes, others[i].len};
        print_message("%s\n", others[i].name);
        if (others[i].masked)
            assert_false(masks_match(s));
        else
            assert_int_equal(probe(s, others[i].datagram, false), CX_MATCH_NO);
    }
}

/* On port 53 every message that parses is one, elsewhere only what is usual; without RD nothing may
 * stand behind it. */
static void test_probe_port(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t len;
        cx_match on_port, elsewhere;
    } messages[] = {
        {"opcode 6", "\x12\x34\x30\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, CX_MATCH_YES, CX_MATCH_NO},
        {"class 7", "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\7", 19, CX_MATCH_YES, CX_MATCH_NO},
        {"two questions", "\x12\x34\1\0\0\2\0\0\0\0\0\0\1a\0\0\1\0\1\1b\0\0\1\0\1", 26,
         CX_MATCH_YES, CX_MATCH_NO},
        {"NetBIOS name",
         "\x12\x34\1\0\0\1\0\0\0\0\0\0\x20"
         "CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\1",
         50, CX_MATCH_YES, CX_MATCH_NO},
        {"RD clear", "\x12\x34\0\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, CX_MATCH_YES, CX_MATCH_YES},
        {"RD clear, more behind", "\x12\x34\0\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1z", 20, CX_MATCH_YES,
         CX_MATCH_NO},
        {"RD clear, a record short", "\x12\x34\0\0\0\1\0\0\0\0\0\1\1a\0\0\1\0\1", 19, CX_MATCH_YES,
         CX_MATCH_NO},
        {"a record of two short, opcode 6", "\x12\x34\x30\0\0\1\0\1\0\0\0\0\1a\0\0\1\0\1", 19,
         CX_MATCH_NO, CX_MATCH_NO},
        {"no question", "\x12\x34\1\0\0\0\0\0\0\0\0\0", 12, CX_MATCH_NO, CX_MATCH_NO},
    };
    for (size_t i = 0; i < COUNT(messages); i++) {
        cx_chunk chunk = {.bytes = {(const uint8_t *)messages[i].bytes, messages[i].len},
                          .datagram = true};
        print_message("%s\n", messages[i].name);
        assert_int_equal(cx_dissector_dns.probe(&chunk), messages[i].elsewhere);
        chunk.on_port = true;
        assert_int_equal(cx_dissector_dns.probe(&chunk), messages[i].on_port);
    }
}

/* ---- damage ---- */

static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        const test_piece pieces[] = {exchanges[i].query, exchanges[i].answer};
        const test_talk talk = talk_of(pieces, 2, true);
        /* half of the 8 bits of a byte: classes, options and a few flags are not told */
        mutate_all(&talk, (pieces[0].bytes.len + pieces[1].bytes.len) * 4);
    }
    const test_talk tcp = talk_of(tcp_session, COUNT(tcp_session), false);
    mutate_all(&tcp, 3000);
}

static void test_no_memory(void **state)
{
    (void)state;
    const test_piece pieces[] = {CLIENT(srv_query), SERVER(srv_answer)};
    const test_talk talk = talk_of(pieces, 2, true);
    fail_each_alloc(&talk);
    const test_talk tcp = talk_of(tcp_session, COUNT(tcp_session), false);
    fail_each_alloc(&tcp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges),
        cmocka_unit_test(test_truncated_flag),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_tcp_joined),
        cmocka_unit_test(test_tcp_gap),
        cmocka_unit_test(test_tcp_length_too_short),
        cmocka_unit_test(test_rtt),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_name),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_odd_data),
        cmocka_unit_test(test_compressed_srv_target),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_hops),
        cmocka_unit_test(test_name_length),
        cmocka_unit_test(test_many_records),
        cmocka_unit_test(test_several_questions),
        cmocka_unit_test(test_probe_real),
        cmocka_unit_test(test_probe_others),
        cmocka_unit_test(test_probe_port),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
