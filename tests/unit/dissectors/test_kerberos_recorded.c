/* dissectors/kerberos.c: recorded conversations of MIT, Heimdal and Samba (tests/data/krb/ORIGIN)
 * against what tshark reads in them, in every delivery, damaged, and cut by a snap length. */
#include "base/limits.h"
#include "base/text.h"
#include "support/feeder.h"
#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_kerberos;

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- recorded conversations ---- */

typedef struct recorded {
    const char *name;
    bool datagrams;
} recorded;

static const recorded recordings[] = {
    {"mit-udp", true},
    {"mit-udp-services", true},
    {"mit-udp-wrong", true},
    {"mit-udp-unknown", true},
    {"mit-udp-disabled", true},
    {"mit-udp-expired", true},
    {"mit-udp-stale", true},
    {"mit-udp-open", true},
    {"mit-udp-locked", true},
    {"mit-udp-skew", true},
    {"mit-udp-skew-ticket", true},
    {"mit-udp-enterprise", true},
    {"mit-udp-camellia", true},
    {"mit-udp-fast", true},
    {"mit-tcp", false},
    {"mit-kpasswd-tcp", false},
    {"heimdal-udp", true},
    {"heimdal-udp-wrong", true},
    {"heimdal-udp-states", true},
    {"heimdal-tcp", false},
    {"samba-udp", true},
    {"samba-udp-states", true},
    {"samba-udp-locked", true},
    {"samba-udp-enterprise", true},
    {"samba-udp-skew", true},
    {"samba-tcp", false},
    {"samba-kpasswd", true},
};

static test_recording read_recording(const recorded *r)
{
    char path[64];
    (void)snprintf(path, sizeof path, "krb/%s", r->name);
    return test_recording_read(path);
}

static test_talk talk_of(const recorded *r, const test_recording *from)
{
    return (test_talk){.dissector = &cx_dissector_kerberos,
                       .pieces = from->pieces,
                       .n_pieces = from->n_pieces,
                       .datagrams = r->datagrams};
}

/* What the oracle says, word by word, and the event. */
typedef struct checker {
    const char *name;
    const test_recording *from;
    size_t piece; /* index of the next with a message */
    size_t n;
} checker;

static bool same(const char *word, cx_slice text)
{
    if (!text.p)
        return strcmp(word, "-") == 0;
    if (strlen(word) != text.len)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (word[i] != text.p[i] && !(word[i] == '|' && text.p[i] == '/') &&
            !(word[i] == '_' && text.p[i] == ' '))
            return false;
    return true;
}

/* A TGS-REQ and a request armored by FAST begin with the ticket that they use. */
static bool ends_with(const char *word, cx_slice text)
{
    size_t len = strlen(word);
    return text.p && len >= text.len && same(word + len - text.len, text);
}

static const char *numbers(const int32_t *list, uint32_t n, char out[160])
{
    size_t at = (size_t)snprintf(out, 160, "%s", n ? "" : "-");
    for (uint32_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, 160 - at, "%s%d", i ? "|" : "", (int)list[i]);
    return out;
}

static void check(void *self, const cx_event *e)
{
    checker *c = self;
    char type[16], code[16], cname[64], realm[64], sname[96], padata[64], text[64], status[16],
        usec[16], got[160];
    assert_int_equal(e->kind, CX_EV_KRB);
    const cx_ev_krb *k = &e->u.krb;
    while (c->piece < c->from->n_pieces && c->from->oracle[c->piece][0] == '-')
        c->piece++;
    if (c->piece == c->from->n_pieces)
        fail_msg("%s: more messages than the oracle has", c->name);
    const char *oracle = c->from->oracle[c->piece++];
    assert_int_equal(sscanf(oracle, "%15s %15s %63s %63s %95s %63s %63s %15s %15s", type, code,
                            cname, realm, sname, padata, text, status, usec),
                     9);
    bool ok = strtol(type, NULL, 10) == (long)k->message;
    ok = ok && (k->has_code ? strtol(code, NULL, 10) == k->error_code : strcmp(code, "-") == 0);
    ok = ok && same(cname, k->cname) && same(text, k->e_text);
    ok = ok && (k->sname.p ? ends_with(sname, k->sname) : strcmp(sname, "-") == 0);
    ok = ok && (k->realm.p ? ends_with(realm, k->realm) : strcmp(realm, "-") == 0);
    /* of an error tshark reads e-data, and the NTSTATUS there, only with some codes */
    ok = ok && (strcmp(numbers(k->padata, k->n_padata, got), padata) == 0 ||
                (k->message == CX_KRB_ERROR && strcmp(padata, "-") == 0));
    ok = ok && (strcmp(status, "-") == 0 || strtoul(status, NULL, 16) == k->nt_status);
    ok = ok && (k->stime_ns != INT64_MIN ? strtol(usec, NULL, 10) == k->stime_ns / 1000 % 1000000
                                         : strcmp(usec, "-") == 0);
    ok = ok && !k->cut && e->dir == c->from->pieces[c->piece - 1].dir;
    ok = ok && e->at.frame == c->piece;
    if (!ok) {
        print_error("%s, frame %zu: not what tshark reads: %s\n", c->name, c->piece, oracle);
        fail();
    }
    c->n++;
}

static void is_what_tshark_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(&recordings[i]);
        checker c = {.name = recordings[i].name, .from = &r};
        test_feeder f = {.dissector = &cx_dissector_kerberos, .sink = {.event = check, .self = &c}};
        assert_true(test_feeder_start(&f));
        for (size_t k = 0; k < r.n_pieces; k++) {
            cx_evidence at = {.frame = k + 1};
            if (recordings[i].datagrams)
                test_feeder_datagram(&f, r.pieces[k].dir, r.pieces[k].bytes, false, at);
            else
                test_feeder_push(&f, r.pieces[k].dir, r.pieces[k].bytes, at);
        }
        test_feeder_finish(&f);
        size_t messages = 0;
        for (size_t k = 0; k < r.n_pieces; k++)
            messages += r.oracle[k][0] != '-';
        assert_int_equal(c.n, messages);
        assert_true(messages >= 2);
        test_recording_free(&r);
    }
}

/* What Samba says beside the codes of Kerberos. */
static void ntstatus(void **state)
{
    static const struct {
        const char *name;
        size_t piece;
        const char *expected;
    } rows[] = {
        {"krb/samba-udp-states", 5,
         "18,\"error_name\":\"KDC_ERR_CLIENT_REVOKED\","
         "\"ntstatus\":\"0xc0000072\","
         "\"ntstatus_name\":\"STATUS_ACCOUNT_DISABLED\""},
        {"krb/samba-udp-states", 11,
         "23,\"error_name\":\"KDC_ERR_KEY_EXPIRED\","
         "\"ntstatus\":\"0xc0000224\","
         "\"ntstatus_name\":\"STATUS_PASSWORD_MUST_CHANGE\""},
        {"krb/samba-udp-states", 21,
         "18,\"error_name\":\"KDC_ERR_CLIENT_REVOKED\","
         "\"ntstatus\":\"0xc0000193\","
         "\"ntstatus_name\":\"STATUS_ACCOUNT_EXPIRED\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        test_recording r = test_recording_read(rows[i].name);
        assert_true(rows[i].piece < r.n_pieces);
        const test_talk talk = {.dissector = &cx_dissector_kerberos,
                                .pieces = r.pieces + rows[i].piece,
                                .n_pieces = 1,
                                .datagrams = true};
        char *got = test_events_of(&talk);
        if (!strstr(got, rows[i].expected))
            fail_msg("%s: %s", rows[i].expected, got);
        free(got);
        test_recording_free(&r);
    }
}

static void every_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(&recordings[i]);
        test_talk talk = talk_of(&recordings[i], &r);
        char *whole = test_events_of(&talk);
        assert_non_null(strstr(whole, "_req"));
        feed_all_ways(&talk, whole);
        free(whole);
        test_recording_free(&r);
    }
}

static void damage(void **state)
{
    static const char *const names[] = {"mit-udp", "mit-udp-locked", "mit-tcp", "mit-kpasswd-tcp"};
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++)
        for (size_t k = 0; k < COUNT(names); k++)
            if (strcmp(names[k], recordings[i].name) == 0) {
                test_recording r = read_recording(&recordings[i]);
                test_talk talk = talk_of(&recordings[i], &r);
                mutate_all(&talk, 1000);
                fail_each_alloc(&talk);
                test_recording_free(&r);
            }
}

/* A snap length of 96 leaves 54 octets of a datagram over IPv4: the kind of each message, and the
 * code of an error without ctime. */
static void snapped(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(&recordings[i]);
        for (size_t k = 0; k < r.n_pieces && recordings[i].datagrams; k++) {
            test_piece piece = r.pieces[k];
            char code[32] = "\"error_code\":", *digits = strchr(r.oracle[k], ' ') + 1;
            (void)snprintf(code, sizeof code, "\"error_code\":%d,", (int)strtol(digits, NULL, 10));
            const test_talk all = {.dissector = &cx_dissector_kerberos,
                                   .pieces = &piece,
                                   .n_pieces = 1,
                                   .datagrams = true};
            char *whole = test_events_of(&all);
            size_t enough = strstr(whole, "\"ctime\"") ? 80 : 54;
            free(whole);
            for (size_t n = 14; n < piece.bytes.len; n++) {
                const test_piece cut = {.dir = piece.dir, .bytes = {piece.bytes.p, n}, .cut = true};
                const test_talk talk = {.dissector = &cx_dissector_kerberos,
                                        .pieces = &cut,
                                        .n_pieces = 1,
                                        .datagrams = true};
                char *got = test_events_of(&talk);
                assert_non_null(strstr(got, "\"message\""));
                /* what follows an AP-REQ in a request for a new password is not read */
                assert_true(strstr(got, "\"cut\":true") || strstr(got, "kpasswd"));
                assert_null(strstr(got, "malformed"));
                assert_true(n < enough || *digits == '-' || strstr(got, code));
                free(got);
            }
        }
        test_recording_free(&r);
    }
}

/* Each request that was recorded fits a mask, so that it is found on any port. */
static void masks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recordings); i++) {
        test_recording r = read_recording(&recordings[i]);
        const cx_dissector *d = &cx_dissector_kerberos;
        bool fits = false;
        for (size_t m = 0; m < d->n_masks; m++) {
            size_t k = 0;
            while (k < 8 && (r.pieces[0].bytes.p[k] & d->masks[m].mask[k]) == d->masks[m].value[k])
                k++;
            fits = fits || k == 8;
        }
        assert_true(fits);
        const cx_chunk first = {.bytes = r.pieces[0].bytes, .datagram = recordings[i].datagrams};
        assert_int_equal(d->probe(&first), CX_MATCH_YES);
        test_recording_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_tshark_reads),
        cmocka_unit_test(ntstatus),
        cmocka_unit_test(every_delivery),
        cmocka_unit_test(damage),
        cmocka_unit_test(snapped),
        cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
