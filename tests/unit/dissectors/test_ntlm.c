/* dissectors/ntlm.c: published messages of Windows and others, mutations of them, and hand-made
 * ones for the forms that leave parts out. */
#include "base/limits.h"
#include "base/text.h"
#include "support/dissect.h"
#include "support/feeder.h"
#include "unit/dissectors/ntlm_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_ntlm;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- reading one ---- */

typedef struct result {
    cx_arena arena;
    cx_event *event;
    size_t n;
} result;

static void keep(void *self, const cx_event *e)
{
    result *r = self;
    r->event = cx_event_copy(e, &r->arena);
    assert_non_null(r->event);
    r->n++;
}

static result read_bytes(const uint8_t *bytes, size_t len)
{
    result r = {.arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES)};
    test_feeder f = {.dissector = &cx_dissector_ntlm, .sink = {.event = keep, .self = &r}};
    assert_true(test_feeder_start(&f));
    test_feeder_datagram(&f, CX_FROM_CLIENT, (cx_slice){bytes, len}, false,
                         (cx_evidence){.frame = 1});
    test_feeder_finish(&f);
    assert_int_equal(r.n, 1); /* a message or a complaint, always */
    return r;
}

static result read_hex(const char *hex)
{
    uint8_t bytes[1024];
    return read_bytes(bytes, from_hex(hex, bytes));
}

static const cx_ev_ntlm *ntlm(const result *r)
{
    assert_int_equal(r->event->kind, CX_EV_NTLM);
    return &r->event->u.ntlm;
}

static void is(cx_slice got, const char *expected)
{
    if (!expected)
        assert_null(got.p);
    else if (!got.p || !cx_slice_is(got, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)got.len,
                 got.p ? (const char *)got.p : "");
}

/* ---- published messages ---- */

static void published(void **state)
{
    static const struct {
        const char *hex;
        cx_ntlm_message message;
        uint32_t flags;
        const char *target, *domain, *user, *workstation, *dns_computer;
        uint8_t major, minor; /* 0: no version */
        uint16_t build;
        cx_ntlm_response response;
        uint16_t lm_len, nt_len, key_len;
    } cases[] = {
        {communicator_challenge, CX_NTLM_CHALLENGE, 0xe29882f3, NULL, NULL, NULL, NULL,
         "cosmo-ocs-r2.cosmo.local", 5, 2, 3790, CX_NTLM_RESPONSE_NONE, 0, 0, 0},
        {communicator_authenticate, CX_NTLM_AUTHENTICATE, 0x62988255, NULL, "COSMO", "User",
         "COSMO-OCS-R2", "cosmo-ocs-r2.cosmo.local", 5, 2, 3790, CX_NTLM_RESPONSE_NTLMV2, 24, 198,
         16},
        {nlmp_challenge_v1, CX_NTLM_CHALLENGE, 0xe2028233, "Server", NULL, NULL, NULL, NULL, 6, 0,
         6000, CX_NTLM_RESPONSE_NONE, 0, 0, 0},
        {nlmp_authenticate_v1, CX_NTLM_AUTHENTICATE, 0xe2808235, NULL, "Domain", "User", "COMPUTER",
         NULL, 5, 1, 2600, CX_NTLM_RESPONSE_NTLMV1, 24, 24, 16},
        {nlmp_authenticate_v2, CX_NTLM_AUTHENTICATE, 0xe2888235, NULL, "Domain", "User", "COMPUTER",
         NULL, 5, 1, 2600, CX_NTLM_RESPONSE_NTLMV2, 24, 84, 16},
        {innovation_negotiate, CX_NTLM_NEGOTIATE, 0x0000b203, NULL, "URSA-MINOR", NULL, "LIGHTCITY",
         NULL, 0, 0, 0, CX_NTLM_RESPONSE_NONE, 0, 0, 0},
        {innovation_challenge, CX_NTLM_CHALLENGE, 0x00008201, NULL, NULL, NULL, NULL, NULL, 0, 0, 0,
         CX_NTLM_RESPONSE_NONE, 0, 0, 0},
        {innovation_authenticate, CX_NTLM_AUTHENTICATE, 0x00008201, NULL, "URSA-MINOR", "Zaphod",
         "LIGHTCITY", NULL, 0, 0, 0, CX_NTLM_RESPONSE_NTLMV1, 24, 24, 0},
        {xp_negotiate, CX_NTLM_NEGOTIATE, 0xa208b207, NULL, "DOMAIN", NULL, "WORKSTATION", NULL, 5,
         1, 2600, CX_NTLM_RESPONSE_NONE, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        result r = read_hex(cases[i].hex);
        const cx_ev_ntlm *e = ntlm(&r);
        assert_int_equal(e->message, cases[i].message);
        assert_true(e->has_flags);
        assert_int_equal(e->flags, cases[i].flags);
        is(e->target, cases[i].target);
        is(e->domain, cases[i].domain);
        is(e->user, cases[i].user);
        is(e->workstation, cases[i].workstation);
        is(e->dns_computer, cases[i].dns_computer);
        assert_int_equal(e->has_version, cases[i].major != 0);
        assert_int_equal(e->major, cases[i].major);
        assert_int_equal(e->minor, cases[i].minor);
        assert_int_equal(e->build, cases[i].build);
        assert_int_equal(e->revision, cases[i].major ? 15 : 0);
        assert_int_equal(e->response, cases[i].response);
        assert_int_equal(e->lm_len, cases[i].lm_len);
        assert_int_equal(e->nt_len, cases[i].nt_len);
        assert_int_equal(e->key_len, cases[i].key_len);
        assert_int_equal(e->timestamp_ns, INT64_MIN);
        assert_false(e->mic);
        cx_arena_free(&r.arena);
    }
}

static void av_pairs_of_communicator(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        result r = read_hex(i ? communicator_authenticate : communicator_challenge);
        is(ntlm(&r)->nb_computer, "COSMO-OCS-R2");
        is(ntlm(&r)->nb_domain, "COSMO");
        is(ntlm(&r)->dns_domain, "cosmo.local");
        is(ntlm(&r)->dns_tree, "cosmo.local");
        is(ntlm(&r)->target_name, NULL);
        cx_arena_free(&r.arena);
    }
}

/* Flags at 12, 20 and 60 by kind of message: each byte of them changed alone changes them alone. */
static void flags_of_each_message(void **state)
{
    static const struct {
        const char *hex;
        size_t at;
    } cases[] = {{xp_negotiate, 12}, {communicator_challenge, 20}, {communicator_authenticate, 60}};
    uint8_t bytes[1024];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < 4; k++) {
            size_t n = from_hex(cases[i].hex, bytes);
            result r = read_bytes(bytes, n);
            uint32_t before = ntlm(&r)->flags;
            cx_arena_free(&r.arena);
            bytes[cases[i].at + k] ^= 0x40;
            r = read_bytes(bytes, n);
            assert_int_equal(ntlm(&r)->flags, before ^ UINT32_C(0x40) << 8 * k);
            cx_arena_free(&r.arena);
        }
    /* what an XP client that lacks 128-bit and NTLMv2 session security would send */
    size_t n = from_hex(communicator_authenticate, bytes);
    bytes[63] = 0x42;
    bytes[62] = 0x90;
    result r = read_bytes(bytes, n);
    assert_int_equal(ntlm(&r)->flags, 0x42908255);
    assert_int_equal(ntlm(&r)->response, CX_NTLM_RESPONSE_NTLMV2); /* the length says so */
    cx_arena_free(&r.arena);
}

/* ---- hand-made messages ---- */

static result read_made(const maker *m)
{
    return read_bytes(m->bytes, m->len);
}

enum { LM = 12, NT = 20, DOMAIN = 28, USER = 36, WORKSTATION = 44, KEY = 52, TARGET_INFO = 40 };

/* What the lengths and bytes of the two responses say. */
static void responses(void **state)
{
    static const uint8_t zeros[64];
    uint8_t session[24] = {1, 2, 3, 4, 5, 6, 7, 8}, other[24], v2[64] = {0}, wrong[64] = {0};
    (void)state;
    memset(other, 7, sizeof other);
    v2[16] = v2[17] = 1;
    const struct {
        const char *name;
        const uint8_t *lm;
        size_t lm_len;
        const uint8_t *nt;
        size_t nt_len;
        const char *user;
        uint32_t flags;
        cx_ntlm_response response;
    } cases[] = {
        {"anonymous, one zero byte", zeros, 1, NULL, 0, "", 0x80000, CX_NTLM_RESPONSE_ANONYMOUS},
        {"anonymous, no byte", NULL, 0, NULL, 0, "", 0, CX_NTLM_RESPONSE_ANONYMOUS},
        {"one byte, not zero", other, 1, NULL, 0, "", 0, CX_NTLM_RESPONSE_MALFORMED},
        {"a name and no response", NULL, 0, NULL, 0, "u", 0, CX_NTLM_RESPONSE_NONE},
        {"LM only", other, 24, NULL, 0, "u", 0, CX_NTLM_RESPONSE_LM},
        {"LM of 23", other, 23, NULL, 0, "u", 0, CX_NTLM_RESPONSE_MALFORMED},
        {"LM and NTLMv1", session, 24, other, 24, "u", 0, CX_NTLM_RESPONSE_NTLMV1},
        {"LM is NT", other, 24, other, 24, "u", 0x80000, CX_NTLM_RESPONSE_NTLMV1},
        {"NTLMv1 without LM", NULL, 0, other, 24, "u", 0x80000, CX_NTLM_RESPONSE_NTLMV1},
        {"NTLM2 session", session, 24, other, 24, "u", 0x80000, CX_NTLM_RESPONSE_NTLM2_SESSION},
        {"the same without the flag", session, 24, other, 24, "u", 0, CX_NTLM_RESPONSE_NTLMV1},
        {"zero LM beside NTLMv1", zeros, 24, other, 24, "u", 0x80000, CX_NTLM_RESPONSE_NTLMV1},
        {"NTLMv2, LM of zeros", zeros, 24, v2, 64, "u", 0, CX_NTLM_RESPONSE_NTLMV2},
        {"NTLMv2, no LM", NULL, 0, v2, 64, "u", 0x80000, CX_NTLM_RESPONSE_NTLMV2},
        {"the shortest NTLMv2", NULL, 0, v2, 44, "u", 0, CX_NTLM_RESPONSE_NTLMV2},
        {"too short for NTLMv2", NULL, 0, v2, 43, "u", 0, CX_NTLM_RESPONSE_MALFORMED},
        {"NT of 25", other, 24, v2, 25, "u", 0, CX_NTLM_RESPONSE_MALFORMED},
        {"NT of 23", other, 24, other, 23, "u", 0, CX_NTLM_RESPONSE_MALFORMED},
        {"NT of 1", other, 24, other, 1, "u", 0, CX_NTLM_RESPONSE_MALFORMED},
        {"long, but no NTLMv2", zeros, 24, wrong, 64, "u", 0, CX_NTLM_RESPONSE_MALFORMED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        maker m = make(CX_NTLM_AUTHENTICATE, 64, cases[i].flags);
        add(&m, USER, cases[i].user, strlen(cases[i].user));
        add(&m, LM, cases[i].lm, cases[i].lm_len);
        add(&m, NT, cases[i].nt, cases[i].nt_len);
        result r = read_made(&m);
        if (ntlm(&r)->response != cases[i].response)
            fail_msg("%s: %d", cases[i].name, ntlm(&r)->response);
        assert_int_equal(ntlm(&r)->lm_len, cases[i].lm_len);
        assert_int_equal(ntlm(&r)->nt_len, cases[i].nt_len);
        cx_arena_free(&r.arena);
    }
}

/* An NTLMv2 response with MsvAvFlags and MsvAvTargetName, behind a header of 64, 72 or 88. */
static maker make_v2(size_t header, uint32_t flags, uint8_t av_flags)
{
    maker m = make(CX_NTLM_AUTHENTICATE, header, flags);
    uint8_t v2[44] = {[16] = 1, [17] = 1}, list[4] = {av_flags};
    uint8_t time[8] = {0x7b, 0xe7, 0x3f, 0xc3, 0x0b, 0xde, 0xcd, 0x01};
    add(&m, NT, v2, sizeof v2);
    add_av(&m, NT, 7, time, 8);
    add_av(&m, NT, 6, list, 4);
    add_av(&m, NT, 9, "H\0/\0x\0", 6);
    add_av(&m, NT, 0, NULL, 0);
    return m;
}

/* The MIC is there when MsvAvFlags say so, and where there is room for it. */
static void mic(void **state)
{
    static const struct {
        size_t header;
        uint8_t av_flags;
        bool mic;
    } cases[] = {{88, 2, true}, {88, 3, true}, {88, 1, false}, {88, 0, false}, {72, 2, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        maker m = make_v2(cases[i].header, 0x02000000, cases[i].av_flags);
        result r = read_made(&m);
        assert_int_equal(ntlm(&r)->response, CX_NTLM_RESPONSE_NTLMV2);
        assert_int_equal(ntlm(&r)->mic, cases[i].mic);
        is(ntlm(&r)->target_name, "H/x");
        assert_int_equal(ntlm(&r)->timestamp_ns, INT64_C(1355937036536409100));
        cx_arena_free(&r.arena);
    }
}

/* The flag of a Version proves nothing: the lowest offset of the payload does. */
static void room_for_version(void **state)
{
    static const struct {
        cx_ntlm_message type;
        size_t header, field;
        uint32_t flags;
        bool version;
    } cases[] = {
        {CX_NTLM_NEGOTIATE, 40, 24, 0x02002000, true},
        {CX_NTLM_NEGOTIATE, 32, 24, 0x02002000, false},
        {CX_NTLM_NEGOTIATE, 40, 24, 0x00002000, false},
        {CX_NTLM_CHALLENGE, 56, 12, 0x02000000, true},
        {CX_NTLM_CHALLENGE, 48, 12, 0x02000000, false},
        {CX_NTLM_CHALLENGE, 56, 12, 0x00000000, false},
        {CX_NTLM_AUTHENTICATE, 72, 36, 0x02000000, true},
        {CX_NTLM_AUTHENTICATE, 64, 36, 0x02000000, false},
        {CX_NTLM_AUTHENTICATE, 68, 36, 0x02000000, false},
        {CX_NTLM_AUTHENTICATE, 72, 36, 0x00000000, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int payload = 0; payload < 2; payload++) {
            maker m = make(cases[i].type, cases[i].header, cases[i].flags);
            if (payload)
                add(&m, cases[i].field, "abcdefgh", 8);
            result r = read_made(&m);
            if (ntlm(&r)->has_version != cases[i].version)
                fail_msg("case %zu, payload %d", i, payload);
            cx_arena_free(&r.arena);
        }
}

/* Legal short forms, and one byte less than the shortest. */
static void short_forms(void **state)
{
    static const struct {
        cx_ntlm_message type;
        size_t shortest;
    } cases[] = {{CX_NTLM_NEGOTIATE, 16}, {CX_NTLM_CHALLENGE, 32}, {CX_NTLM_AUTHENTICATE, 52}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t n = 0; n <= 100; n++) {
            maker m = make(cases[i].type, 100, 0xe2888215);
            result r = read_bytes(m.bytes, n);
            assert_int_equal(r.event->kind, n < cases[i].shortest ? CX_EV_MALFORMED : CX_EV_NTLM);
            if (n >= cases[i].shortest)
                assert_int_equal(ntlm(&r)->has_flags,
                                 cases[i].type != CX_NTLM_AUTHENTICATE || n >= 64);
            cx_arena_free(&r.arena);
        }
    for (uint32_t type = 0; type < 300; type++) {
        maker m = make((cx_ntlm_message)type, 100, 0);
        result r = read_made(&m);
        assert_int_equal(r.event->kind, type >= 1 && type <= 3 ? CX_EV_NTLM : CX_EV_MALFORMED);
        cx_arena_free(&r.arena);
    }
}

/* NT 4 puts the payload where others have flags: what stands at 60 is no flag, and the text must
 * tell by itself what it is. */
static void without_flags(void **state)
{
    (void)state;
    maker m = make(CX_NTLM_AUTHENTICATE, 52, 0);
    add(&m, USER, "alice", 5);
    add(&m, DOMAIN, "CONTOSO", 7);
    result r = read_made(&m);
    assert_false(ntlm(&r)->has_flags);
    assert_int_equal(ntlm(&r)->flags, 0);
    is(ntlm(&r)->user, "alice");
    is(ntlm(&r)->domain, "CONTOSO");
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_AUTHENTICATE, 52, 0);
    add(&m, USER, "a\0l\0", 4);
    add(&m, DOMAIN, "C\0", 2);
    r = read_made(&m);
    is(ntlm(&r)->user, "al");
    is(ntlm(&r)->domain, "C");
    cx_arena_free(&r.arena);
}

/* UTF-16LE by the flag, except in NEGOTIATE; else OEM, read as Windows-1252. */
static void text(void **state)
{
    (void)state;
    maker m = make(CX_NTLM_AUTHENTICATE, 64, 0x1);
    add(&m, USER,
        "\xfc\0\x3d\xd8\0\xde"
        "x",
        7); /* u umlaut, a pair, an odd byte */
    result r = read_made(&m);
    is(ntlm(&r)->user, "\xc3\xbc\xf0\x9f\x98\x80");
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_AUTHENTICATE, 64, 0x8201); /* as wget has it */
    add(&m, DOMAIN, "CONTOSO", 7);
    add(&m, USER, "alicia", 6);
    r = read_made(&m);
    is(ntlm(&r)->domain, "CONTOSO");
    is(ntlm(&r)->user, "alicia");
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_AUTHENTICATE, 64, 0x1);
    add(&m, USER, "\x20\x5f", 2); /* Zhang */
    r = read_made(&m);
    is(ntlm(&r)->user, "\xe5\xbc\xa0");
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_AUTHENTICATE, 64, 0x2);
    add(&m, USER, "J\xfcrgen \x80\x81", 9);
    r = read_made(&m);
    is(ntlm(&r)->user, "J\xc3\xbcrgen \xe2\x82\xac\xc2\x81");
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_NEGOTIATE, 32, 0x3001);
    add(&m, 16, "DOM", 3);
    add(&m, 24, "WS", 2);
    r = read_made(&m);
    is(ntlm(&r)->domain, "DOM");
    is(ntlm(&r)->workstation, "WS");
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_NEGOTIATE, 32, 0x1); /* not supplied: the fields mean nothing */
    add(&m, 16, "DOM", 3);
    r = read_made(&m);
    is(ntlm(&r)->domain, NULL);
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_CHALLENGE, 48, 0x3); /* both: Unicode wins */
    add(&m, 12, "S\0", 2);
    r = read_made(&m);
    is(ntlm(&r)->target, "S");
    cx_arena_free(&r.arena);
}

/* Offsets and lengths at the end, one short and one over; bogus ones leave their part out and do
 * not hide the rest. */
static void bounds(void **state)
{
    (void)state;
    maker m = make(CX_NTLM_AUTHENTICATE, 64, 0x2);
    add(&m, USER, "alice", 5);
    for (size_t n = m.len - 1; n <= m.len + 1; n++) {
        result r = read_bytes(m.bytes, n);
        is(ntlm(&r)->user, n < m.len ? NULL : "alice");
        cx_arena_free(&r.arena);
    }
    static const uint32_t offsets[] = {0, 51, 70, 0x7fffffff, 0xfffffffb, 0xffffffff};
    for (size_t i = 0; i < COUNT(offsets); i++) {
        put32(m.bytes + USER + 4, offsets[i]);
        result r = read_made(&m);
        is(ntlm(&r)->user, NULL);
        assert_int_equal(ntlm(&r)->flags, 0x2);
        cx_arena_free(&r.arena);
    }
    put16(m.bytes + NT, 65535); /* seen in the field */
    put16(m.bytes + LM, 65535);
    put32(m.bytes + NT + 4, 64);
    result r = read_made(&m);
    assert_int_equal(ntlm(&r)->response, CX_NTLM_RESPONSE_MALFORMED);
    assert_int_equal(ntlm(&r)->nt_len, 0);
    cx_arena_free(&r.arena);
}

static void av_lists(void **state)
{
    (void)state;
    /* the same pair twice: the first; unknown ids: passed over; the end: nothing behind it */
    maker m = make(CX_NTLM_CHALLENGE, 48, 0x00800001);
    add_av(&m, TARGET_INFO, 2, "A\0", 2);
    add_av(&m, TARGET_INFO, 2, "B\0", 2);
    add_av(&m, TARGET_INFO, 99, "??", 2);
    add_av(&m, TARGET_INFO, 1, NULL, 0);
    add_av(&m, TARGET_INFO, 7, "short", 5);
    add_av(&m, TARGET_INFO, 4, "D\0", 2);
    size_t end = m.len;
    add_av(&m, TARGET_INFO, 0, NULL, 0);
    add_av(&m, TARGET_INFO, 3, "N\0", 2);
    result r = read_made(&m);
    is(ntlm(&r)->nb_domain, "A");
    is(ntlm(&r)->nb_computer, NULL);
    is(ntlm(&r)->dns_domain, "D");
    is(ntlm(&r)->dns_computer, NULL);
    assert_int_equal(ntlm(&r)->timestamp_ns, INT64_MIN);
    cx_arena_free(&r.arena);
    /* ends without its terminator, also beyond the message: what is there counts */
    for (size_t n = end; n <= end + 1; n++) {
        r = read_bytes(m.bytes, n);
        is(ntlm(&r)->dns_domain, "D");
        cx_arena_free(&r.arena);
    }
    r = read_bytes(m.bytes, end - 1); /* cut inside a pair */
    is(ntlm(&r)->nb_domain, "A");
    is(ntlm(&r)->dns_domain, NULL);
    cx_arena_free(&r.arena);
    /* an empty list, and one whose flag is not set */
    m = make(CX_NTLM_CHALLENGE, 48, 0x00800001);
    r = read_made(&m);
    is(ntlm(&r)->nb_domain, NULL);
    cx_arena_free(&r.arena);
    m = make(CX_NTLM_CHALLENGE, 48, 1);
    add_av(&m, TARGET_INFO, 2, "A\0", 2);
    r = read_made(&m);
    is(ntlm(&r)->nb_domain, NULL);
    cx_arena_free(&r.arena);
}

static void timestamps(void **state)
{
    static const struct {
        uint64_t filetime;
        int64_t ns;
    } cases[] = {
        {0, INT64_MIN},
        {UINT64_C(116444736000000000), 0},
        {UINT64_C(116444736000000001), 100},
        {UINT64_C(116444735999999999), -100},
        {UINT64_C(208678456368547758), INT64_C(9223372036854775800)},
        {UINT64_C(208678456368547759), INT64_MIN},
        {UINT64_C(24211015631452242), INT64_C(-9223372036854775800)},
        {UINT64_C(24211015631452241), INT64_MIN},
        {UINT64_MAX, INT64_MIN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        maker m = make(CX_NTLM_CHALLENGE, 48, 0x00800001);
        uint8_t time[8];
        put32(time, cases[i].filetime & 0xffffffff);
        put32(time + 4, cases[i].filetime >> 32);
        add_av(&m, TARGET_INFO, 7, time, 8);
        result r = read_made(&m);
        assert_int_equal(ntlm(&r)->timestamp_ns, cases[i].ns);
        cx_arena_free(&r.arena);
    }
}

/* ---- damage, probe, secrets ---- */

static void damage(void **state)
{
    static const char *const messages[] = {communicator_challenge, communicator_authenticate,
                                           nlmp_authenticate_v1, xp_negotiate};
    (void)state;
    for (size_t i = 0; i < COUNT(messages); i++) {
        uint8_t bytes[1024];
        const test_piece piece = {.bytes = {bytes, from_hex(messages[i], bytes)}};
        const test_talk talk = {
            .dissector = &cx_dissector_ntlm, .pieces = &piece, .n_pieces = 1, .datagrams = true};
        mutate_all(&talk, 150);
        fail_each_alloc(&talk);
    }
}

static void probing(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        cx_match match;
    } cases[] = {
        {"NTLMSSP", 8, CX_MATCH_YES}, {"NTLMSSP", 7, CX_MATCH_MAYBE}, {"", 0, CX_MATCH_MAYBE},
        {"NTLMSSPx", 8, CX_MATCH_NO}, {"X", 1, CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        cx_chunk first = {.bytes = {(const uint8_t *)cases[i].bytes, cases[i].len}};
        assert_int_equal(cx_dissector_ntlm.probe(&first), cases[i].match);
    }
}

/* Neither responses nor keys are in what is kept. */
static void no_secrets(void **state)
{
    maker m = make_v2(88, 0x02000002, 2);
    (void)state;
    memset(m.bytes + 88, 'S', 16); /* the proof */
    add(&m, LM, "SSSSSSSSSSSSSSSSSSSSSSSS", 24);
    add(&m, KEY, "SSSSSSSSSSSSSSSS", 16);
    add(&m, USER, "u", 1);
    result r = read_made(&m);
    const cx_ev_ntlm *e = ntlm(&r);
    const cx_slice all[] = {e->target,      e->domain,       e->user,       e->workstation,
                            e->nb_domain,   e->dns_computer, e->dns_domain, e->dns_tree,
                            e->target_name, e->nb_computer};
    for (size_t i = 0; i < COUNT(all); i++)
        assert_true(!all[i].p || !memmem(all[i].p, all[i].len, "SSSS", 4));
    assert_null(memmem(e, sizeof *e, "SSSS", 4));
    assert_int_equal(e->lm_len, 24);
    assert_int_equal(e->key_len, 16);
    cx_arena_free(&r.arena);
}

static void count_bad(void *self, const cx_event *e)
{
    *(size_t *)self += e->kind != CX_EV_NTLM || e->u.ntlm.response == CX_NTLM_RESPONSE_MALFORMED;
}

/* What the capture cut is not the sender's fault. */
static void cut(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    size_t n = from_hex(nlmp_authenticate_v2, bytes), bad = 0;
    for (size_t len = 0; len <= n; len++) {
        test_feeder f = {.dissector = &cx_dissector_ntlm,
                         .sink = {.event = count_bad, .self = &bad}};
        assert_true(test_feeder_start(&f));
        test_feeder_datagram(&f, CX_FROM_CLIENT, (cx_slice){bytes, len}, true,
                             (cx_evidence){.frame = 1});
        test_feeder_finish(&f);
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(av_pairs_of_communicator),
        cmocka_unit_test(flags_of_each_message),
        cmocka_unit_test(responses),
        cmocka_unit_test(mic),
        cmocka_unit_test(room_for_version),
        cmocka_unit_test(short_forms),
        cmocka_unit_test(without_flags),
        cmocka_unit_test(text),
        cmocka_unit_test(bounds),
        cmocka_unit_test(av_lists),
        cmocka_unit_test(timestamps),
        cmocka_unit_test(damage),
        cmocka_unit_test(probing),
        cmocka_unit_test(no_secrets),
        cmocka_unit_test(cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
