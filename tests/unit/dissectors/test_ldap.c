/* dissectors/ldap.c: recorded binds against what tshark reads in them and the results that the
 * clients were told, framing in every delivery, what follows binds, and what is no LDAP. */
#include "base/limits.h"
#include "support/feeder.h"
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_ldap, cx_dissector_gss, cx_dissector_ntlm,
    cx_dissector_kerberos;

static const cx_dissector *const children[] = {&cx_dissector_gss, &cx_dissector_ntlm,
                                               &cx_dissector_kerberos, NULL};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- recorded conversations (tests/data/ldap/ORIGIN) ---- */

static const struct {
    const char *name;
    const char *mechanism; /* of the result; NULL: not said here */
    int code;              /* of the one result; -1: there is none */
    uint32_t reason;
} recordings[] = {
    {"ad-ntlm", NULL, 0, 0},
    {"ad-ntlm-wrong", NULL, 49, 0xc000006d},
    {"ad-ntlm-unknown", NULL, 49, 0xc000006d},
    {"ad-ntlm-disabled", NULL, 49, 0xc0000072},
    {"ad-ntlm-expired", NULL, 49, 0xc0000193},
    {"ad-ntlm-stale", NULL, 49, 0xc0000224},
    {"ad-ntlm-locked", NULL, 49, 0xc0000234},
    {"ad-spnego", NULL, 0, 0},
    {"ad-gssapi", "kerberos", 0, 0},
    {"ad-gssapi-plain", "kerberos", 8, 0},
    {"ad-sasl-ntlm", "ntlm", 49, 0xc000006d},
    {"ad-simple", NULL, -1, 0},
    {"ad-starttls", NULL, -1, 0},
    {"sicily", "ntlm", 0, 0},
    {"sicily-refused", "ntlm", 49, 0xc000006d},
    {"open-ntlm", "ntlm", 0, 0},
    {"open-ntlm-wrong", "ntlm", 49, 0},
    {"open-digest", NULL, -1, 0},
    {"open-starttls", NULL, -1, 0},
};

static test_recording read_recording(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "ldap/%s", name);
    return test_recording_read(path);
}

static test_talk talk_of(const test_recording *from)
{
    return (test_talk){.dissector = &cx_dissector_ldap,
                       .children = children,
                       .pieces = from->pieces,
                       .n_pieces = from->n_pieces};
}

/* What was told of each piece, in the words of the oracle. */
typedef struct told {
    char ntlm[8], krb[8];
} told;

typedef struct checker {
    told piece[32];
    size_t n_results;
    cx_ev_logon result;
    size_t result_at;
} checker;

static void add(char *list, size_t max, int number)
{
    size_t n = strlen(list);
    (void)snprintf(list + n, max - n, "%s%d", n ? "|" : "", number);
}

static void note(void *self, const cx_event *e)
{
    checker *c = self;
    size_t piece = (size_t)e->at.frame - 1;
    assert_true(piece < COUNT(c->piece));
    if (e->kind == CX_EV_NTLM) {
        assert_string_equal(e->u.ntlm.carrier, "ldap");
        add(c->piece[piece].ntlm, sizeof c->piece[piece].ntlm, (int)e->u.ntlm.message);
    } else if (e->kind == CX_EV_KRB) {
        assert_string_equal(e->u.krb.carrier, "ldap");
        add(c->piece[piece].krb, sizeof c->piece[piece].krb, (int)e->u.krb.message);
    } else {
        assert_int_equal(e->kind, CX_EV_LOGON);
        assert_int_equal(e->dir, CX_FROM_SERVER);
        c->n_results++;
        c->result = e->u.logon;
        c->result_at = piece;
    }
}

/* tshark does not read the challenge of the mechanism NTLM. */
static bool unseen_by_tshark(const char *name, const told *t, const char *ntlm)
{
    return (strstr(name, "open-ntlm") || strstr(name, "sasl-ntlm")) && strcmp(t->ntlm, "2") == 0 &&
           strcmp(ntlm, "-") == 0;
}

static void check_recording(size_t i)
{
    const char *name = recordings[i].name;
    test_recording r = read_recording(name);
    checker c = {0};
    test_feeder f = {
        .dissector = &cx_dissector_ldap, .children = children, .sink = {.event = note, .self = &c}};
    assert_true(test_feeder_start(&f));
    for (size_t k = 0; k < r.n_pieces; k++)
        test_feeder_push(&f, r.pieces[k].dir, r.pieces[k].bytes, (cx_evidence){.frame = k + 1});
    for (size_t k = 0; k < r.n_pieces; k++) {
        char ntlm[16], krb[16], tls[16], code[16];
        assert_int_equal(sscanf(r.oracle[k], "%15s %15s %15s %15s", ntlm, krb, tls, code), 4);
        const told *t = &c.piece[k];
        bool same =
            strcmp(t->ntlm[0] ? t->ntlm : "-", ntlm) == 0 || unseen_by_tshark(name, t, ntlm);
        if (!same || strcmp(t->krb[0] ? t->krb : "-", krb) != 0)
            fail_msg("%s, frame %zu: %s %s, but tshark reads %s", name, k + 1, t->ntlm, t->krb,
                     r.oracle[k]);
        if (c.n_results && c.result_at == k)
            assert_int_equal(strtol(code, NULL, 10), recordings[i].code);
    }
    test_feeder_finish(&f);
    if (c.n_results != (recordings[i].code >= 0))
        fail_msg("%s: %zu results", name, c.n_results);
    if (c.n_results) {
        assert_int_equal(c.result.status, recordings[i].code);
        assert_int_equal(c.result.status_kind, CX_LOGON_LDAP);
        assert_int_equal(c.result.success, recordings[i].code == 0);
        assert_int_equal(c.result.nt_status, recordings[i].reason);
        assert_string_equal(c.result.mechanism ? c.result.mechanism : "",
                            recordings[i].mechanism ? recordings[i].mechanism : "");
        assert_string_equal(c.result.status_name, cx_ldap_result_name(c.result.status));
        assert_int_equal(c.result.text.p != NULL, recordings[i].code != 0);
    }
    test_recording_free(&r);
}

static void is_what_tshark_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++)
        check_recording(i);
}

static void every_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(recordings[i].name);
        test_talk talk = talk_of(&r);
        char *whole = test_events_of(&talk);
        assert_int_equal(strstr(whole, "\"logon\"") != NULL, recordings[i].code >= 0);
        assert_null(strstr(whole, "\"malformed\""));
        feed_all_ways(&talk, whole);
        free(whole);
        test_recording_free(&r);
    }
}

static void damage(void **state)
{
    static const char *const names[] = {"ad-ntlm-wrong", "ad-gssapi", "sicily-refused",
                                        "ad-starttls"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        test_recording r = read_recording(names[i]);
        test_talk talk = talk_of(&r);
        mutate_all(&talk, i == 3 ? 0 : 1000);
        fail_each_alloc(&talk);
        test_recording_free(&r);
    }
}

/* Where TLS begins, each direction is handed over; of the client's this is behind its request. */
static void start_tls(void **state)
{
    static const char *const names[] = {"ad-starttls", "open-starttls"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        test_recording r = read_recording(names[i]);
        test_feeder f = {.dissector = &cx_dissector_ldap};
        assert_true(test_feeder_start(&f));
        for (size_t k = 0; k < r.n_pieces; k++)
            test_feeder_push(&f, r.pieces[k].dir, r.pieces[k].bytes, (cx_evidence){.frame = k + 1});
        assert_int_equal(f.dir[CX_FROM_CLIENT].handover, 1 + r.pieces[0].bytes.len);
        assert_int_equal(f.dir[CX_FROM_SERVER].handover, 1 + r.pieces[1].bytes.len);
        test_feeder_finish(&f);
        test_recording_free(&r);
    }
}

/* ---- framing ---- */

#define LOGON(rest)                                                                                \
    "{\"type\":\"logon\",\"carrier\":\"ldap\",\"mechanism\":\"ntlm\",\"outcome\":\"" rest "\n"
#define OK_LINE  LOGON("success\",\"status\":{\"ldap\":0,\"name\":\"success\"}}")
#define BAD_LINE LOGON("failure\",\"status\":{\"ldap\":49,\"name\":\"invalidCredentials\"}}")
#define MALFORMED(reason)                                                                          \
    "{\"type\":\"malformed\",\"dissector\":\"ldap\",\"reason\":\"" reason "\"}\n"
#define LOST MALFORMED("no message where one should begin")

/* A bind with the mechanism NTLM and without credentials, and responses to it. ID 1. */
#define BIND                                                                                       \
    "3014"                                                                                         \
    "020101"                                                                                       \
    "600f"                                                                                         \
    "020103"                                                                                       \
    "0400"                                                                                         \
    "a308"                                                                                         \
    "0404"                                                                                         \
    "4e544c4d"                                                                                     \
    "0400"
#define OK         "300c0201016107" OK_RESULT
#define BAD        "300c0201016107" BAD_RESULT
#define GOES_ON    "300c02010161070a010e04000400"
#define OK_RESULT  "0a010004000400"
#define BAD_RESULT "0a013104000400"
/* searchResEntry, searchResDone, unbind */
#define ENTRY                                                                                      \
    "300902010264040400"                                                                           \
    "3000"
#define DONE   "300c02010265070a010004000400"
#define UNBIND "30050201034200"

/* One piece of the client, then one of the server. */
static void expect_events(const char *name, const char *client, const char *server,
                          const char *expected)
{
    uint8_t bytes[2][1024];
    const test_piece pieces[] = {
        {.dir = CX_FROM_CLIENT, .bytes = {bytes[0], test_hex(client, bytes[0], 1024)}},
        {.dir = CX_FROM_SERVER, .bytes = {bytes[1], test_hex(server, bytes[1], 1024)}},
    };
    const test_talk talk = {
        .dissector = &cx_dissector_ldap, .children = children, .pieces = pieces, .n_pieces = 2};
    char *got = test_events_of(&talk);
    if (strcmp(got, expected) != 0) {
        print_error("%s:\nexpected:\n%sgot:\n%s", name, expected, got);
        fail();
    }
    free(got);
    feed_all_ways(&talk, expected);
}

/* clang-format off */
static const struct {
    const char *name, *client, *server, *expected;
} framings[] = {
    {"a success", BIND, OK, OK_LINE},
    {"a refusal", BIND, BAD, BAD_LINE},
    {"one step, then the result", BIND, GOES_ON, ""},
    {"another ID", BIND, "300c0201026107" BAD_RESULT, ""},
    {"an ID of four octets", "3017" "020400000001" "600f0201030400a30804044e544c4d0400", OK,
     OK_LINE},
    {"an ID of five octets", "3018" "02050000000001" "600f0201030400a30804044e544c4d0400", OK, ""},
    {"an answer to nothing", UNBIND, BAD, ""},
    {"two answers to one", BIND, BAD OK, BAD_LINE},
    {"messages between", UNBIND BIND UNBIND, ENTRY ENTRY BAD DONE ENTRY, BAD_LINE},
    {"lengths of one octet more", "308114" "020101" "600f0201030400a30804044e544c4d0400",
     "30810d020101618107" BAD_RESULT, BAD_LINE},
    {"lengths of four octets", "308400000014" "020101" "600f0201030400a30804044e544c4d0400",
     "308400000010020101618400000007" BAD_RESULT "", BAD_LINE},
    {"an empty message", BIND, DONE "3000" BAD, LOST BAD_LINE},
    {"a message of indefinite length", BIND, DONE "3080" "020101" "6107" BAD_RESULT "0000" BAD,
     LOST BAD_LINE},
    {"no operation", BIND, DONE "3005020101" "6200" BAD, LOST BAD_LINE},
    {"other bytes between", BIND, DONE "474554202f30" BAD, LOST BAD_LINE},
    {"lost at once", BIND, "474554202f30" BAD, BAD_LINE},
    {"an operation that is too long", BIND, "300c0201016108" BAD_RESULT,
     MALFORMED("a bind that reaches behind its message") BAD_LINE},
    {"a request that lacks a part", "300c" "020101" "6007020103" "0400" "0400", OK, ""},
    {"a request without a version", "3009" "020101" "6004" "0400a300", OK,
     MALFORMED("a bind request that lacks a part")},
    {"a response without a code", BIND, "3009" "020101" "6104" "04000400",
     MALFORMED("a bind response that lacks a part")},
    {"a response without a name", BIND, "3008" "020101" "6103" "0a0131",
     MALFORMED("a bind response that lacks a part") BAD_LINE},
    {"a response without a text", BIND, "300a" "020101" "6105" "0a0131" "0400", BAD_LINE},
    {"an end inside a message", BIND, "300c0201016107" "0a0131" "0400", BAD_LINE},
    {"an end inside a header", BIND, "300c0201", ""},
    {"wrapped messages", BIND, OK "0000000a" "300c0201016107" BAD_RESULT, OK_LINE},
    {"TLS", BIND "1603010000", "160301" BAD, ""},
    {"a simple bind", "300c020101" "6007020103" "0400" "8000", BAD, ""},
    {"of version 2", "300c020101" "6007020102" "0400" "8000", BAD, ""},
    {"Sicily: what there is", "300c020101" "6007020103" "0400" "8900", OK BAD, ""},
    {"Sicily: refused at once", "300c020101" "6007020103" "0400" "8a00", BAD, BAD_LINE},
    {"Sicily: a challenge", "300c020101" "6007020103" "0400" "8a00", OK, ""},
    {"Sicily: the end", "300c020101" "6007020103" "0400" "8b00", OK, OK_LINE},
    {"a code that has no name", BIND, "300c02010161070a017f04000400",
     LOGON("failure\",\"status\":{\"ldap\":127}}")},
    {"a code that is none", BIND, "300c02010161070a01ff04000400",
     MALFORMED("a bind response that lacks a part")},
    {"a mechanism of another kind", "3015020101" "6010020103" "0400" "a3090405504c41494e0400", BAD,
     ""},
    {"SASL without its mechanism", "300c020101" "6007020103" "0400" "a300", BAD, ""},
};
/* clang-format on */

static void framing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(framings); i++)
        expect_events(framings[i].name, framings[i].client, framings[i].server,
                      framings[i].expected);
}

/* More binds without an answer than are remembered: the oldest is forgotten. */
static void binds_at_once(void **state)
{
    char client[4096] = "", server[4096] = "";
    static const char request[] = "3014"
                                  "0201%02x"
                                  "600f0201030400a30804044e544c4d0400";
    static const char response[] = "300c"
                                   "0201%02x"
                                   "6107" BAD_RESULT;
    (void)state;
    for (unsigned i = 1; i <= 9; i++) {
        size_t n = strlen(client);
        (void)snprintf(client + n, sizeof client - n, request, i);
        n = strlen(server);
        (void)snprintf(server + n, sizeof server - n, response, i);
    }
    expect_events("nine binds", client, server,
                  BAD_LINE BAD_LINE BAD_LINE BAD_LINE BAD_LINE BAD_LINE BAD_LINE BAD_LINE);
}

/* ---- what the server says ---- */

static void reasons(void **state)
{
    static const struct {
        const char *text;
        uint32_t reason;
    } rows[] = {
        {"80090308: LdapErr: DSID-0C090334, comment: AcceptSecurityContext error, data 775, vece",
         0xc0000234},
        {"8009030C: LdapErr: DSID-0C0904DC, comment: AcceptSecurityContext error, data 52E, v1db1",
         0xc000006d},
        {"80090346: LdapErr: DSID-0C09, comment: AcceptSecurityContext error, data 80090346, v4563",
         0x80090346},
        {"comment: x, data 533", 0xc0000072},
        {"comment: x, data 0, v1", 0},
        {"comment: x, data , v1", 0},
        {"comment: x, data 12345678, v1", 0},
        {"comment: x, data 123456789, v1", 0},
        {"comment: x, data 08009030c, v1", 0},
        {"comment: x, dat", 0},
        {"SASL(-13): authentication failure", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t request[64],
            response[256] = {0x30, 0x81, 0, 2, 1, 1, 0x61, 0x81, 0, 10, 1, 49, 4, 0, 4};
        size_t len = strlen(rows[i].text);
        checker c = {0};
        response[2] = (uint8_t)(12 + 1 + len + 1);
        response[8] = (uint8_t)(6 + 1 + len + 1);
        response[15] = (uint8_t)(len + 1); /* and a NUL */
        memcpy(response + 16, rows[i].text, len);
        test_feeder f = {.dissector = &cx_dissector_ldap, .sink = {.event = note, .self = &c}};
        assert_true(test_feeder_start(&f));
        test_feeder_push(&f, CX_FROM_CLIENT, (cx_slice){request, test_hex(BIND, request, 64)},
                         (cx_evidence){.frame = 1});
        test_feeder_push(&f, CX_FROM_SERVER, (cx_slice){response, 17 + len},
                         (cx_evidence){.frame = 2});
        assert_int_equal(c.n_results, 1);
        if (c.result.nt_status != rows[i].reason)
            fail_msg("%s: %08x", rows[i].text, c.result.nt_status);
        test_feeder_finish(&f);
    }
}

/* ---- gaps ---- */

static void gaps(void **state)
{
    static const struct {
        const char *name, *before;
        size_t lost; /* bytes */
        const char *after, *expected;
    } rows[] = {
        {"between messages", ENTRY, 100, BAD, BAD_LINE},
        {"in the middle of what follows", ENTRY, 100, "0a0100" BAD, BAD_LINE},
        {"at the beginning", "", 10, "04" BAD, BAD_LINE},
        {"inside an entry, up to its end", "3040020102643b", 59, BAD, BAD_LINE},
        {"inside an entry", "3040020102643b", 58, "30" BAD, BAD_LINE},
        {"beyond the entry", "3040020102643b", 60, BAD, BAD_LINE},
        {"behind the code", "300e02010161090a0131", 6, BAD, BAD_LINE ""},
        {"behind the name", "300c02010161070a01310400", 2, OK, BAD_LINE},
        {"inside a header", "300c0201", 10, BAD, BAD_LINE},
        {"then wrapped messages", OK, 10, "0000000a010000007100000001000000", OK_LINE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bind[64], before[256], after[256];
        const test_piece pieces[] = {
            {.dir = CX_FROM_CLIENT, .bytes = {bind, test_hex(BIND, bind, sizeof bind)}},
            {.dir = CX_FROM_SERVER,
             .bytes = {before, test_hex(rows[i].before, before, sizeof before)}},
            {.dir = CX_FROM_SERVER, .bytes = {before, rows[i].lost}, .lost = true},
            {.dir = CX_FROM_SERVER, .bytes = {after, test_hex(rows[i].after, after, sizeof after)}},
        };
        test_piece given[4];
        size_t n = 0;
        for (size_t k = 0; k < 4; k++)
            if (pieces[k].bytes.len)
                given[n++] = pieces[k];
        const test_talk talk = {
            .dissector = &cx_dissector_ldap, .children = children, .pieces = given, .n_pieces = n};
        char *got = test_events_of(&talk);
        if (strcmp(got, rows[i].expected) != 0) {
            print_error("%s:\nexpected:\n%sgot:\n%s", rows[i].name, rows[i].expected, got);
            fail();
        }
        free(got);
        feed_all_ways(&talk, rows[i].expected);
    }
}

/* ---- caps ---- */

/* A bind of exactly the cap is read, a longer one passed over; and where no message is, searching
 * ends. */
static uint8_t *bind_of(size_t size)
{
    static const uint8_t before[] = {
        0x30, 0x84, 0,    0, 0, 0, 2, 1, 1, 0x60, 0x84, 0,   0,   0, 0,    2, 1, 3, 4,
        0,    0xa3, 0x84, 0, 0, 0, 0, 4, 4, 'N',  'T',  'L', 'M', 4, 0x84, 0, 0, 0, 0};
    static const size_t lengths[] = {2, 11, 22, 34}; /* places of their four octets */
    uint8_t *bytes = calloc(1, size);
    assert_non_null(bytes);
    memcpy(bytes, before, sizeof before);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        size_t len = size - lengths[i] - 4;
        for (size_t k = 0; k < 4; k++)
            bytes[lengths[i] + k] = (uint8_t)(len >> (24 - 8 * k));
    }
    return bytes;
}

static void largest_bind(void **state)
{
    (void)state;
    for (size_t size = CX_MAX_LDAP_BIND; size <= CX_MAX_LDAP_BIND + 1; size++) {
        uint8_t *request = bind_of(size), response[64];
        const test_piece pieces[] = {
            {.dir = CX_FROM_CLIENT, .bytes = {request, size}},
            {.dir = CX_FROM_SERVER, .bytes = {response, test_hex(BAD, response, 64)}},
        };
        const test_talk talk = {
            .dissector = &cx_dissector_ldap, .children = children, .pieces = pieces, .n_pieces = 2};
        char *got = test_events_of(&talk);
        assert_string_equal(got, size == CX_MAX_LDAP_BIND ? BAD_LINE : "");
        free(got);
        free(request);
    }
}

static void gives_up(void **state)
{
    (void)state;
    enum { PIECE = 65536 };
    uint8_t *junk = malloc(PIECE), bind[64], bad[64];
    size_t n_bind = test_hex(BIND, bind, sizeof bind), n_bad = test_hex(BAD, bad, sizeof bad);
    assert_non_null(junk);
    memset(junk, 'x', PIECE);
    for (size_t n = CX_MAX_LDAP_JUNK / PIECE; n <= CX_MAX_LDAP_JUNK / PIECE + 1; n++) {
        test_piece pieces[CX_MAX_LDAP_JUNK / PIECE + 3] = {{.bytes = {bind, n_bind}}};
        for (size_t i = 1; i <= n; i++)
            pieces[i] = (test_piece){.dir = CX_FROM_SERVER, .bytes = {junk, PIECE}};
        pieces[n + 1] = (test_piece){.dir = CX_FROM_SERVER, .bytes = {bad, n_bad}};
        const test_talk talk = {.dissector = &cx_dissector_ldap,
                                .children = children,
                                .pieces = pieces,
                                .n_pieces = n + 2};
        char *got = test_events_of(&talk);
        assert_string_equal(got, n * PIECE <= CX_MAX_LDAP_JUNK ? BAD_LINE : "");
        free(got);
    }
    free(junk);
}

/* ---- probe ---- */

static void probes(void **state)
{
    static const struct {
        const char *name, *hex;
        cx_match expected;
    } rows[] = {
        {"a bind", BIND, CX_MATCH_YES},
        {"a response", OK, CX_MATCH_YES},
        {"unbind", UNBIND, CX_MATCH_YES},
        {"its beginning", "300c020101610a", CX_MATCH_NO},
        {"a whole header", "300c0201016107", CX_MATCH_YES},
        {"one octet less", "300c02010161", CX_MATCH_MAYBE},
        {"only a tag", "30", CX_MATCH_MAYBE},
        {"nothing", "", CX_MATCH_MAYBE},
        {"controls behind it",
         "300e"
         "020101"
         "6007" OK_RESULT "a000",
         CX_MATCH_YES},
        {"something else behind it",
         "300e"
         "020101"
         "6007" OK_RESULT "3000",
         CX_MATCH_NO},
        {"an operation that is too long", "300c0201016108", CX_MATCH_NO},
        {"SNMP", "302602010104067075626c6963a019", CX_MATCH_NO},
        {"a certificate", "3082030a308201f2a003020102", CX_MATCH_NO},
        {"HTTP", "474554202f", CX_MATCH_NO},
        {"TLS", "1603010200", CX_MATCH_NO},
        {"wrapped", "00000051010000004f7782bafe0589ff", CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[64];
        cx_chunk first = {.bytes = {bytes, test_hex(rows[i].hex, bytes, sizeof bytes)}};
        if (cx_dissector_ldap.probe(&first) != rows[i].expected)
            fail_msg("%s: not %d", rows[i].name, (int)rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_tshark_reads),
        cmocka_unit_test(every_delivery),
        cmocka_unit_test(damage),
        cmocka_unit_test(start_tls),
        cmocka_unit_test(framing),
        cmocka_unit_test(binds_at_once),
        cmocka_unit_test(reasons),
        cmocka_unit_test(gaps),
        cmocka_unit_test(largest_bind),
        cmocka_unit_test(gives_up),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
