/* dissectors/krb_message.c: each part of each message, what may be missing or odd, and what is left
 * of a message that was cut. */
#include "dissectors/krb_message.h"

#include "base/limits.h"
#include "support/der.h"
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- messages in short ---- */

#define NAME(type, parts) "30{a0{02(" type ")}a1{30{" parts "}}}"
#define KRBTGT            NAME("02", "1b'krbtgt'1b'CONTOSO.COM'")
#define TICKET            "61{30{a0{02(05)}a1{1b'CONTOSO.COM'}a2{" KRBTGT "}a3{30{a0{02(12)}a2{04(00)}}}}}"
#define PADATA            "30{30{a1{02(01)}a2{04(00)}}30{a1{02(0080)}a2{04(00)}}}"
#define BODY                                                                                       \
    "30{a0{03(0040810010)}a1{" NAME(                                                               \
        "01",                                                                                      \
        "1b'alice'") "}a2{1b'CONTOSO.COM'}a3{" KRBTGT "}"                                          \
                     "a5{18'20370913024805Z'}a7{02(0080000001)}a8{30{02(12)02(11)02(ff79)}}}"
#define AS_REQ  "6a{30{a1{02(05)}a2{02(0a)}a3{" PADATA "}a4{" BODY "}}}"
#define TGS_REQ "6c{30{a1{02(05)}a2{02(0c)}a3{" PADATA "}a4{" BODY "}}}"
#define REP(tag, type)                                                                             \
    tag "{30{a0{02(05)}a1{02(" type ")}a2{" PADATA "}a3{1b'CONTOSO.COM'}"                          \
        "a4{" NAME("01", "1b'alice'") "}a5{" TICKET "}a6{30{a0{02(17)}a1{02(01)}a2{04(00)}}}}}"
#define AP_REQ                                                                                     \
    "6e{30{a0{02(05)}a1{02(0e)}a2{03(0020000000)}a3{" TICKET "}a4{30{a0{02(12)}a2{04(00)}}}}}"
#define AP_REP "6f{30{a0{02(05)}a1{02(0f)}a2{30{a0{02(12)}a2{04(00)}}}}}"
#define ERROR(parts)                                                                               \
    "7e{30{a0{02(05)}a1{02(1e)}a4{18'20261126150000Z'}a5{02(03d08f)}" parts                        \
    "a9{1b'CONTOSO.COM'}aa{" KRBTGT "}}}"

typedef struct result {
    cx_ev_krb e;
    cx_status status;
    cx_arena arena;
    size_t n;
    uint8_t bytes[4096];
} result;

static void free_result(result *r)
{
    cx_arena_free(&r->arena);
    free(r);
}

static result *new_result(void)
{
    result *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES);
    return r;
}

/* Reads len of the bytes in memory of just that size. */
static void read_bytes(result *r, size_t len, cx_status on_short)
{
    uint8_t *exact = cx_arena_take(&r->arena, len + 1);
    assert_non_null(exact);
    memcpy(exact, r->bytes, len);
    r->status = cx_krb_read((cx_slice){exact, len}, on_short, &r->arena, &r->e);
}

static result *read_text(const char *text)
{
    result *r = new_result();
    r->n = test_der(text, r->bytes, sizeof r->bytes);
    read_bytes(r, r->n, CX_MALFORMED);
    return r;
}

static void is(cx_slice got, const char *expected)
{
    if (!expected)
        assert_null(got.p);
    else if (!got.p || !cx_slice_is(got, expected))
        fail_msg("expected \"%s\", got \"%.*s\"", expected, (int)got.len,
                 got.p ? (const char *)got.p : "");
}

static bool list_is(const int32_t *list, uint32_t n, const char *expected)
{
    char text[256] = "";
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%d ", (int)list[i]);
    return strcmp(text, expected) == 0;
}

static void are(const int32_t *list, uint32_t n, const char *expected)
{
    assert_true(list_is(list, n, expected));
}

/* ---- each message ---- */

static void messages(void **state)
{
    static const struct {
        const char *text;
        cx_krb_message message;
        const char *realm, *crealm, *cname, *sname, *etypes, *padata;
        bool nonce;
    } rows[] = {
        {AS_REQ, CX_KRB_AS_REQ, "CONTOSO.COM", NULL, "alice", "krbtgt/CONTOSO.COM", "18 17 -135 ",
         "1 128 ", true},
        {TGS_REQ, CX_KRB_TGS_REQ, "CONTOSO.COM", NULL, "alice", "krbtgt/CONTOSO.COM", "18 17 -135 ",
         "1 128 ", true},
        {REP("6b", "0b"), CX_KRB_AS_REP, "CONTOSO.COM", "CONTOSO.COM", "alice",
         "krbtgt/CONTOSO.COM", "18 23 ", "1 128 ", false},
        {REP("6d", "0d"), CX_KRB_TGS_REP, "CONTOSO.COM", "CONTOSO.COM", "alice",
         "krbtgt/CONTOSO.COM", "18 23 ", "1 128 ", false},
        {AP_REQ, CX_KRB_AP_REQ, "CONTOSO.COM", NULL, NULL, "krbtgt/CONTOSO.COM", "18 ", "", false},
        {AP_REP, CX_KRB_AP_REP, NULL, NULL, NULL, NULL, "", "", false},
        {ERROR("a6{02(06)}"), CX_KRB_ERROR, "CONTOSO.COM", NULL, NULL, "krbtgt/CONTOSO.COM", "", "",
         false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        result *r = read_text(rows[i].text);
        assert_int_equal(r->status, CX_OK);
        assert_int_equal(r->e.message, rows[i].message);
        is(r->e.realm, rows[i].realm);
        is(r->e.crealm, rows[i].crealm);
        is(r->e.cname, rows[i].cname);
        is(r->e.sname, rows[i].sname);
        are(r->e.etypes, r->e.n_etypes, rows[i].etypes);
        are(r->e.padata, r->e.n_padata, rows[i].padata);
        assert_int_equal(r->e.has_nonce, rows[i].nonce);
        assert_int_equal(r->e.nonce, rows[i].nonce ? UINT32_C(0x80000001) : 0);
        assert_int_equal(r->e.cname_type, rows[i].cname ? 1 : 0);
        assert_int_equal(r->e.sname_type, rows[i].sname ? 2 : 0);
        assert_int_equal(r->e.has_code, rows[i].message == CX_KRB_ERROR);
        assert_false(r->e.cut);
        bool error = rows[i].message == CX_KRB_ERROR;
        assert_true(r->e.stime_ns == (error ? INT64_C(1795705200249999000) : INT64_MIN));
        assert_true(r->e.ctime_ns == INT64_MIN);
        /* what stands behind it does not count */
        r->bytes[r->n] = 0xff;
        read_bytes(r, r->n + 1, CX_MALFORMED);
        assert_int_equal(r->status, CX_OK);
        free_result(r);
    }
}

static void errors(void **state)
{
    (void)state;
    result *r = read_text(
        "7e{30{a0{02(05)}a1{02(1e)}a2{18'20261126140000Z'}a3{02(05)}a4{18'20261126150000Z'}"
        "a5{02(0f423f)}a6{02(25)}a7{1b'OTHER.COM'}a8{" NAME(
            "0a", "1b'alice@contoso.com'") "}"
                                           "a9{1b'CONTOSO.COM'}aa{" KRBTGT "}ab{1b'no time'}}}");
    assert_int_equal(r->status, CX_OK);
    assert_true(r->e.has_code && r->e.error_code == 37);
    assert_true(r->e.ctime_ns == INT64_C(1795701600000005000));
    assert_true(r->e.stime_ns == INT64_C(1795705200999999000));
    is(r->e.crealm, "OTHER.COM");
    is(r->e.cname, "alice@contoso.com");
    assert_int_equal(r->e.cname_type, 10);
    is(r->e.e_text, "no time");
    free_result(r);
    static const struct {
        const char *usec;
        int64_t ns;
    } usecs[] = {{"00", 0}, {"01", 1000}, {"ff", 0}, {"0f4240", 0}, {"0f423f", 999999000}};
    for (size_t i = 0; i < COUNT(usecs); i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "7e{30{a0{02(05)}a1{02(1e)}a4{18'19700101000001Z'}a5{02(%s)}a6{02(06)}}}",
                       usecs[i].usec);
        r = read_text(text);
        assert_true(r->e.stime_ns == INT64_C(1000000000) + usecs[i].ns);
        free_result(r);
    }
}

/* ---- e-data ---- */

#define INFO2 "a1{02(13)}a2{04{30{30{a0{02(12)}a1{1b'salt'}}30{a0{02(ff79)}}30{a0{02(12)}}}}}"
#define INFO  "a1{02(0b)}a2{04{30{30{a0{02(17)}}30{a0{02(12)}a1{04'salt'}}}}}"

static void e_data(void **state)
{
    static const struct {
        const char *name, *e_data, *padata, *etypes;
        uint32_t nt_status;
    } rows[] = {
        {"METHOD-DATA", "04{30{30{" INFO2 "}30{" INFO "}30{a1{02(02)}a2{04()}}}}", "19 11 2 ",
         "18 -135 23 ", 0},
        {"METHOD-DATA, BER string of it", "04{30{30{a1{02(0088)}}}}", "136 ", "", 0},
        {"KERB-EXT-ERROR", "04{30{a1{02(03)}a2{04(720000c0 00000000 01000000)}}}", "", "",
         0xc0000072},
        {"the same in METHOD-DATA, as Samba sends it",
         "04{30{30{a1{02(03)}a2{04(340200c0 00000000 01000000)}}}}", "3 ", "", 0xc0000234},
        {"another kind of error data", "04{30{a1{02(01)}a2{04(720000c0 00000000 01000000)}}}", "",
         "", 0},
        {"skew recovery", "04{30{a1{02(02)}}}", "", "", 0},
        {"a salt of 12 octets", "04{30{30{a1{02(03)}a2{04'CONTOSO.COMa'}}}}", "3 ", "", 0},
        {"too long for an NTSTATUS", "04{30{a1{02(03)}a2{04(720000c0 00000000 01000000 00)}}}", "",
         "", 0},
        {"too short", "04{30{a1{02(03)}a2{04(720000c0 00000000 010000)}}}", "", "", 0},
        {"with reserved bits", "04{30{a1{02(03)}a2{04(720000c0 01000000 01000000)}}}", "", "",
         0xc0000072},
        {"a warning in the place of a salt",
         "04{30{30{a1{02(03)}a2{04(72000080 00000000 01000000)}}}}", "3 ", "", 0},
        {"reserved bits there", "04{30{30{a1{02(03)}a2{04(720000c0 01000000 01000000)}}}}", "3 ",
         "", 0},
        {"TYPED-DATA with METHOD-DATA",
         "04{30{30{a0{02(6d)}a1{04(00)}}30{a0{02(65)}a1{04{30{30{" INFO2 "}}}}}}}", "19 ",
         "18 -135 ", 0},
        {"TYPED-DATA of other kinds", "04{30{30{a0{02(6d)}a1{04(00)}}30{a0{02(6d)}}}}", "", "", 0},
        {"empty", "04()", "", "", 0},
        {"no ASN.1", "04(300b3009)", "", "", 0},
        {"text", "04'no way'", "", "", 0},
        {"broken ETYPE-INFO2", "04{30{30{a1{02(13)}a2{04(3082)}}30{a1{02(02)}}}}", "19 2 ", "", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       "7e{30{a0{02(05)}a1{02(1e)}a4{18'20261126150000Z'}a5{02(00)}a6{02(19)}"
                       "a9{1b'X'}aa{" KRBTGT "}ac{%s}}}",
                       rows[i].e_data);
        result *r = read_text(text);
        if (r->status != CX_OK || r->e.nt_status != rows[i].nt_status ||
            !list_is(r->e.padata, r->e.n_padata, rows[i].padata) ||
            !list_is(r->e.etypes, r->e.n_etypes, rows[i].etypes))
            fail_msg("%s", rows[i].name);
        free_result(r);
    }
}

/* ---- odd ones ---- */

static void names(void **state)
{
    static const struct {
        const char *name, *joined;
        int32_t type;
    } rows[] = {
        {NAME("01", "1b'a'"), "a", 1},
        {NAME("02", "1b'host'1b'a.b'1b'C'"), "host/a.b/C", 2},
        {NAME("80", "1b'Administrator'"), "Administrator", -128},
        {NAME("01", "1b''"), "", 1},
        {NAME("01", "1b'a'1b''"), "a/", 1},
        {NAME("01", ""), NULL, 1},
        {NAME("01", "0c'utf8'16'ia5'13'print'1a'visible'14't61'"), "utf8/ia5/print/visible/t61", 1},
        {NAME("01", "1b'a'02(05)"), NULL, 1},
        {NAME("01", "3b{1b'a'}"), NULL, 1},
        {"30{a1{30{1b'x'}}}", "x", 0},
        {"30{a0{02(05)}}", NULL, 5},
        {"30{a1{1b'x'}}", NULL, 0},
        {"1b'x'", NULL, 0},
        {"30{}", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "6a{30{a1{02(05)}a2{02(0a)}a4{30{a1{%s}a2{1b'R'}}}}}",
                       rows[i].name);
        result *r = read_text(text);
        assert_int_equal(r->status, CX_OK);
        is(r->e.cname, rows[i].joined);
        assert_int_equal(r->e.cname_type, rows[i].type);
        is(r->e.realm, "R");
        free_result(r);
    }
}

/* Only what every message must have can fail it, and what is behind a wrong length. */
static void faults(void **state)
{
    static const struct {
        const char *name, *hex; /* or ASN.1 in short, when it has a brace */
        cx_status status;
        int message;
    } rows[] = {
        {"no optional part", "6a{30{a1{02(05)}a2{02(0a)}}}", CX_OK, CX_KRB_AS_REQ},
        {"no version", "6a{30{a2{02(0a)}}}", CX_OK, CX_KRB_AS_REQ},
        {"version 4", "6a{30{a1{02(04)}a2{02(0a)}}}", CX_OK, CX_KRB_AS_REQ},
        {"no type", "6a{30{a1{02(05)}}}", CX_MALFORMED, CX_KRB_AS_REQ},
        {"another type", "6a{30{a1{02(05)}a2{02(0b)}}}", CX_MALFORMED, 0},
        {"an error without a code", "7e{30{a0{02(05)}a1{02(1e)}}}", CX_MALFORMED, CX_KRB_ERROR},
        {"a code of 8 octets", "7e{30{a0{02(05)}a1{02(1e)}a6{02(0102030405060708)}}}", CX_MALFORMED,
         CX_KRB_ERROR},
        {"a negative code", "7e{30{a0{02(05)}a1{02(1e)}a6{02(ff)}}}", CX_OK, CX_KRB_ERROR},
        {"no sequence", "6a{31{a1{02(05)}}}", CX_MALFORMED, 0},
        {"nothing inside", "6a{}", CX_MALFORMED, 0},
        {"a ticket", TICKET, CX_UNSUPPORTED, 0},
        {"KRB-PRIV", "75{30{a0{02(05)}a1{02(15)}}}", CX_UNSUPPORTED, 0},
        {"KRB-CRED", "76{30{a0{02(05)}a1{02(16)}}}", CX_UNSUPPORTED, 0},
        {"TGT-REQ", "70{30{a0{02(05)}a1{02(10)}}}", CX_UNSUPPORTED, 0},
        {"no message", "30{}", CX_UNSUPPORTED, 0},
        {"a broken name", "6a{30{a1{02(05)}a2{02(0a)}a4{30{a1{30{a1(3050)}}a2{1b'R'}}}}}", CX_OK,
         CX_KRB_AS_REQ},
        {"broken padata", "6a{30{a1{02(05)}a2{02(0a)}a3(3050)a4{30{a2{1b'R'}}}}}", CX_OK,
         CX_KRB_AS_REQ},
        {"empty parts", "6b{30{a0{02(05)}a1{02(0b)}a2()a3()a4()a5()a6()}}", CX_OK, CX_KRB_AS_REP},
        {"a body that is too long", "6a{30{a1{02(05)}a2{02(0a)}a4{30{a2(1b50)}}}}", CX_OK,
         CX_KRB_AS_REQ},
        {"a part of the body behind its end", "6a{30{a1{02(05)}a2{02(0a)}a4{30(a250)}}}",
         CX_MALFORMED, CX_KRB_AS_REQ},
        {"a part behind the end", "6a{30(a103020105 a20302010a a450)}", CX_MALFORMED,
         CX_KRB_AS_REQ},
        {"an end in front of the type", "6a{30(a103020105 a250)}", CX_MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        result *r = read_text(rows[i].hex);
        if (r->status != rows[i].status || (int)r->e.message != rows[i].message)
            fail_msg("%s: status %d, message %d", rows[i].name, (int)r->status, (int)r->e.message);
        assert_false(r->e.cut);
        free_result(r);
    }
    result *r = new_result();
    read_bytes(r, 0, CX_MALFORMED);
    assert_int_equal(r->status, CX_UNSUPPORTED);
    free_result(r);
}

/* Lengths of more octets than needed, and indefinite ones, as BER has them. */
static void other_lengths(void **state)
{
    static const char *const rows[] = {
        "6a84000000103084 0000000aa103020105a20302010a",
        "6a803080a103020105a20302010a00000000",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        result *r = new_result();
        r->n = test_hex(rows[i], r->bytes, sizeof r->bytes);
        read_bytes(r, r->n, CX_MALFORMED);
        assert_int_equal(r->status, CX_OK);
        assert_int_equal(r->e.message, CX_KRB_AS_REQ);
        free_result(r);
    }
}

/* More than what is kept, of what the sender chooses. */
static void caps(void **state)
{
    char text[4096];
    size_t at = 0;
    (void)state;
    at += (size_t)snprintf(text, sizeof text, "6a{30{a1{02(05)}a2{02(0a)}a3{30{");
    for (int i = 0; i < CX_KRB_MAX_PADATA + 4; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "30{a1{02(%02x)}}", i + 1);
    at += (size_t)snprintf(text + at, sizeof text - at, "}}a4{30{a8{30{");
    for (int i = 0; i < CX_KRB_MAX_ETYPES + 4; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "02(%02x)", i + 1);
    (void)snprintf(text + at, sizeof text - at, "}}}}}}");
    result *r = read_text(text);
    assert_int_equal(r->status, CX_OK);
    assert_int_equal(r->e.n_padata, CX_KRB_MAX_PADATA);
    assert_int_equal(r->e.padata[CX_KRB_MAX_PADATA - 1], CX_KRB_MAX_PADATA);
    assert_int_equal(r->e.n_etypes, CX_KRB_MAX_ETYPES);
    assert_int_equal(r->e.etypes[CX_KRB_MAX_ETYPES - 1], CX_KRB_MAX_ETYPES);
    free_result(r);
}

/* ---- cut ---- */

static void is_or_absent(cx_slice got, cx_slice whole)
{
    if (got.p)
        assert_true(cx_slice_eq(got, whole));
}

/* Of what the capture cut, a part is told as it was or not at all, and more bytes never tell less.
 */
static void every_cut(void **state)
{
    static const char *const rows[] = {
        AS_REQ,
        TGS_REQ,
        REP("6b", "0b"),
        AP_REQ,
        AP_REP,
        ERROR("a6{02(19)}a7{1b'R'}a8{" NAME("01", "1b'a'1b'b'") "}"),
        "7e{30{a0{02(05)}a1{02(1e)}a6{02(19)}ac{04{30{30{" INFO2 "}30{" INFO "}}}}}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        result *whole = read_text(rows[i]), *r = new_result();
        memcpy(r->bytes, whole->bytes, sizeof r->bytes);
        cx_ev_krb last = {0};
        const cx_ev_krb *w = &whole->e;
        for (size_t n = 1; n <= whole->n; n++) {
            read_bytes(r, n, CX_TRUNCATED);
            const cx_ev_krb *e = &r->e;
            assert_int_equal(r->status, n < whole->n ? CX_TRUNCATED : CX_OK);
            /* tag and length of the message and of its sequence are enough */
            size_t heads = whole->bytes[1] & 0x80 ? 6 : 4;
            assert_int_equal(e->message, n >= heads ? w->message : 0);
            assert_int_equal(e->cut, n >= heads && n < whole->n);
            is_or_absent(e->realm, w->realm);
            is_or_absent(e->crealm, w->crealm);
            is_or_absent(e->cname, w->cname);
            is_or_absent(e->sname, w->sname);
            assert_true(!e->has_code || e->error_code == w->error_code);
            assert_true(!e->has_nonce || e->nonce == w->nonce);
            assert_memory_equal(e->etypes, w->etypes, e->n_etypes * sizeof *e->etypes);
            assert_memory_equal(e->padata, w->padata, e->n_padata * sizeof *e->padata);
            assert_true(e->n_etypes >= last.n_etypes && e->n_padata >= last.n_padata);
            assert_true(e->has_code >= last.has_code && e->has_nonce >= last.has_nonce);
            assert_true(!last.realm.p || e->realm.p);
            assert_true(!last.cname.p || e->cname.p);
            assert_true(!last.sname.p || e->sname.p);
            last = *e;
        }
        free_result(whole);
        free_result(r);
    }
}

/* ---- what may be a message ---- */

static void matches(void **state)
{
    static const struct {
        const char *text;
        uint64_t size; /* 1: its own; else as it is */
        cx_match match;
    } rows[] = {
        {AS_REQ, 0, CX_MATCH_YES},
        {AS_REQ, 1, CX_MATCH_YES},
        {AS_REQ, 7, CX_MATCH_NO},
        {TGS_REQ, 1, CX_MATCH_YES},
        {REP("6b", "0b"), 1, CX_MATCH_YES},
        {REP("6d", "0d"), 1, CX_MATCH_YES},
        {AP_REQ, 1, CX_MATCH_YES},
        {AP_REP, 1, CX_MATCH_YES},
        {ERROR("a6{02(19)}"), 1, CX_MATCH_YES},
        {REP("6b", "0d"), 1, CX_MATCH_NO},                 /* another type */
        {"6a{30{a1{02(04)}a2{02(0a)}}}", 1, CX_MATCH_YES}, /* another version */
        {"6a{30{a0{02(05)}a1{02(0a)}}}", 1, CX_MATCH_NO},  /* the numbers of a reply */
        {"6b{30{a1{02(05)}a2{02(0b)}}}", 1, CX_MATCH_NO},
        {"6a{30{a1{04(05)}a2{02(0a)}}}", 1, CX_MATCH_NO},
        {"6a{30{a1{02(05)}}}", 1, CX_MATCH_NO},
        {"6a{31{a1{02(05)}a2{02(0a)}}}", 1, CX_MATCH_NO},
        {"6a{}", 1, CX_MATCH_NO},
        {"6a{30(a103020105 a24402010a)}", 1, CX_MATCH_NO}, /* longer than what is around it */
        {TICKET, 1, CX_MATCH_NO},
        {"75{30{a0{02(05)}a1{02(15)}}}", 1, CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[4096];
        size_t n = test_der(rows[i].text, bytes, sizeof bytes);
        uint64_t size = rows[i].size == 1 ? n : rows[i].size;
        if (cx_krb_match((cx_slice){bytes, n}, size) != rows[i].match)
            fail_msg("row %zu", i);
        /* it may be until it is; what is not never becomes it */
        bool yes = false;
        for (size_t len = 0; len <= n && rows[i].match == CX_MATCH_YES; len++) {
            cx_match match = cx_krb_match((cx_slice){bytes, len}, size);
            assert_int_equal(match, yes || match == CX_MATCH_YES ? CX_MATCH_YES : CX_MATCH_MAYBE);
            yes = match == CX_MATCH_YES;
        }
    }
    assert_int_equal(cx_krb_match((cx_slice){NULL, 0}, 0), CX_MATCH_MAYBE);
    assert_int_equal(cx_krb_match((cx_slice){(const uint8_t *)"\x6a\x80\x30\x80", 4}, 0),
                     CX_MATCH_NO);
}

static void tags(void **state)
{
    static const uint8_t known[] = {0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
                                    0x70, 0x71, 0x74, 0x75, 0x76, 0x7e};
    (void)state;
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(cx_krb_tag((uint8_t)i), memchr(known, (int)i, sizeof known) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages), cmocka_unit_test(errors),    cmocka_unit_test(e_data),
        cmocka_unit_test(names),    cmocka_unit_test(faults),    cmocka_unit_test(other_lengths),
        cmocka_unit_test(caps),     cmocka_unit_test(every_cut), cmocka_unit_test(matches),
        cmocka_unit_test(tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
