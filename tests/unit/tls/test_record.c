/* Lanes: every cipher, version and form of MAC; damage anywhere; losses, and the way back. */
#include "support/alloc.h"
#include "support/tls_case.h"
#include "support/tls_seal.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static cx_tls_vault *vault;
static uint64_t work;
static uint8_t room[CX_TLS_MAX_BODY], body[CX_TLS_MAX_BODY], text[16384];

static cx_tls_lane *lane_for(const test_sealer *s)
{
    cx_tls_lane *l = NULL;
    assert_int_equal(cx_tls_lane_new(test_tls_crypto(), vault, &work, &s->how, &s->keys, &l),
                     CX_OK);
    return l;
}

/* Calls f for each cipher and MAC in every version where it may occur, in every form. */
static unsigned for_each_form(void (*f)(const cx_tls_protection *how))
{
    static bool done[CX_TLS_CIPHERS][CX_TLS_HASHES];
    unsigned n = 0;
    memset(done, 0, sizeof done);
    for (uint32_t id = 1; id <= 0xffff; id++) {
        const cx_tls_suite *s = cx_tls_suite_find((uint16_t)id);
        if (!s || done[s->cipher][s->mac] || !cx_tls_crypto_can(test_tls_crypto(), s))
            continue;
        /* AEAD suites of TLS 1.2 and of TLS 1.3 share ciphers */
        bool tls13 = s->kx == CX_TLS_KX_TLS13, aead = s->mac == CX_TLS_AEAD;
        done[s->cipher][s->mac] = !aead;
        for (uint16_t v = CX_TLS_SSL30; v <= CX_TLS_TLS13; v++) {
            if (tls13 != (v == CX_TLS_TLS13) || (aead && v < CX_TLS_TLS12) ||
                (v == CX_TLS_SSL30 && s->mac != CX_TLS_MD5 && s->mac != CX_TLS_SHA1))
                continue;
            bool cbc = cx_tls_cipher_shape_of((cx_tls_cipher)s->cipher)->kind == CX_TLS_CBC;
            for (int form = 0; form < 4; form++) {
                cx_tls_protection how = {
                    .suite = s, .version = v, .etm = form & 1, .short_mac = form & 2};
                if ((how.etm && (!cbc || v == CX_TLS_SSL30)) ||
                    (how.short_mac && (aead || v == CX_TLS_SSL30)))
                    continue;
                f(&how);
                n++;
            }
            if (!tls13)
                continue;
            cx_tls_protection draft = {.suite = s, .version = v, .draft = 24};
            f(&draft);
            n++;
        }
    }
    return n;
}

static cx_slice content(size_t n)
{
    for (size_t i = 0; i < n; i++)
        text[i] = (uint8_t)(i * 7 + n);
    return (cx_slice){text, n};
}

static cx_tls_record seal(test_sealer *s, uint8_t type, size_t n)
{
    uint16_t version = s->how.version == CX_TLS_TLS13 ? CX_TLS_TLS12 : s->how.version;
    size_t len = test_seal(s, type, version, content(n), body);
    assert_true(len <= CX_TLS_MAX_BODY);
    return (cx_tls_record){.type = s->how.version == CX_TLS_TLS13 ? 23 : type,
                           .version = version,
                           .body = {body, len}};
}

static void assert_opens(cx_tls_lane *l, const cx_tls_record *r, uint8_t type, size_t n)
{
    cx_tls_opened o;
    assert_int_equal(cx_tls_lane_open(l, r, room, &o), CX_OK);
    assert_int_equal(o.type, type);
    assert_true(cx_slice_eq(o.bytes, content(n)));
}

static void assert_closed(cx_tls_lane *l, const cx_tls_record *r)
{
    cx_tls_opened o = {.type = 77};
    assert_int_equal(cx_tls_lane_open(l, r, room, &o), CX_MALFORMED);
    assert_int_equal(o.type, 77);
}

static void opens_in_order(const cx_tls_protection *how)
{
    static const size_t sizes[] = {0, 1, 7, 8, 15, 16, 17, 300, 4000, 16384};
    test_sealer s = test_sealer_new(how, 3);
    cx_tls_lane *l = lane_for(&s);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t type = (uint8_t)(20 + i % 4);
        cx_tls_record r = seal(&s, type, sizes[i]);
        assert_opens(l, &r, type, sizes[i]);
    }
    assert_int_equal(cx_tls_lane_count(l), sizeof sizes / sizeof sizes[0]);
    cx_tls_lane_free(l);
    test_sealer_free(&s);
}

/* The MAC of SSL 3.0 does not cover its padding: a change there that leaves its length right is not
 * noticed, and changes nothing that is given out. */
static bool only_padding_changed(cx_tls_lane *l, const cx_tls_record *r, size_t n)
{
    cx_tls_opened o;
    return cx_tls_lane_open(l, r, room, &o) == CX_MALFORMED ||
           (o.type == 23 && cx_slice_eq(o.bytes, content(n)));
}

/* Each bit of a record changed, each truncation, its type and version: nothing is given out. */
static void rejects_damage(const cx_tls_protection *how)
{
    static const size_t sizes[] = {0, 9};
    for (size_t k = 0; k < 2; k++) {
        test_sealer s = test_sealer_new(how, 5);
        cx_tls_record r = seal(&s, 23, sizes[k]);
        for (size_t bit = 0; bit < 8 * r.body.len; bit += bit % 8 ? 1 : 5) {
            cx_tls_lane *l = lane_for(&s);
            body[bit / 8] ^= (uint8_t)(1 << bit % 8);
            size_t block = cx_tls_cipher_shape_of((cx_tls_cipher)how->suite->cipher)->iv;
            if (how->version == CX_TLS_SSL30 && bit / 8 + block >= r.body.len)
                assert_true(only_padding_changed(l, &r, sizes[k]));
            else
                assert_closed(l, &r);
            body[bit / 8] ^= (uint8_t)(1 << bit % 8);
            cx_tls_lane_free(l);
        }
        for (size_t n = 0; n < r.body.len; n++) {
            cx_tls_lane *l = lane_for(&s);
            cx_tls_record cut = {r.type, r.version, {r.body.p, n}};
            assert_closed(l, &cut);
            cx_tls_lane_free(l);
        }
        cx_tls_lane *l = lane_for(&s);
        cx_tls_record other = r;
        other.type ^= 1;
        if (how->version != CX_TLS_TLS13 || !how->draft)
            assert_closed(l, &other);
        cx_tls_lane_free(l);
        l = lane_for(&s);
        other = r;
        other.version ^= 1;
        if (how->version != CX_TLS_SSL30 && !how->draft) /* SSL 3.0 does not cover it */
            assert_closed(l, &other);
        cx_tls_lane_free(l);
        test_sealer_free(&s);
    }
}

static void rejects_other_keys(const cx_tls_protection *how)
{
    test_sealer s = test_sealer_new(how, 5), t = test_sealer_new(how, 6);
    cx_tls_lane *l = lane_for(&t);
    for (int i = 0; i < 4; i++) {
        assert_false(cx_tls_lane_lost(l));
        cx_tls_record r = seal(&s, 23, 40);
        assert_closed(l, &r);
    }
    assert_true(cx_tls_lane_lost(l));
    cx_tls_record r = seal(&t, 23, 40);
    assert_closed(l, &r);
    cx_tls_lane_free(l);
    test_sealer_free(&s);
    test_sealer_free(&t);
}

/* A record that is damaged or does not come whole costs itself and no other. */
static void goes_on_behind_damage(const cx_tls_protection *how)
{
    test_sealer s = test_sealer_new(how, 5);
    cx_tls_lane *l = lane_for(&s);
    for (int round = 0; round < 3; round++) {
        cx_tls_record r = seal(&s, 23, 100);
        assert_opens(l, &r, 23, 100);
        r = seal(&s, 23, 50);
        body[5] ^= 1;
        assert_closed(l, &r);
        r = seal(&s, 23, 60);
        cx_tls_place p = {0};
        cx_tls_place_skip(&p, r.body.len, cx_slice_sub(r.body, r.body.len - 64, 64));
        assert_int_equal(cx_tls_lane_skip(l, &p), CX_OK);
    }
    cx_tls_record r = seal(&s, 22, 4);
    assert_opens(l, &r, 22, 4);
    cx_tls_lane_free(l);
    test_sealer_free(&s);
}

/* Keys that come late: the lane begins behind records that passed unread. */
static void begins_late(const cx_tls_protection *how)
{
    test_sealer s = test_sealer_new(how, 5);
    cx_tls_place p = {0};
    for (size_t i = 0; i < 5; i++) {
        cx_tls_record r = seal(&s, 23, 11 * i);
        cx_tls_place_skip(&p, r.body.len, r.body);
    }
    cx_tls_lane *l = lane_for(&s);
    assert_int_equal(cx_tls_lane_skip(l, &p), CX_OK);
    cx_tls_record r = seal(&s, 23, 4);
    assert_opens(l, &r, 23, 4);
    cx_tls_lane_free(l);
    test_sealer_free(&s);
}

/* Loses n records, and goes on: with the bytes in front of the next record where these matter. */
static void lose_and_go_on(const cx_tls_protection *how, unsigned n, bool known, bool before)
{
    uint8_t tail[CX_TLS_TAIL];
    size_t lost = 0;
    test_sealer s = test_sealer_new(how, 9);
    cx_tls_lane *l = lane_for(&s);
    cx_tls_record r = seal(&s, 22, 16);
    assert_opens(l, &r, 22, 16);
    for (unsigned i = 0; i < n; i++) {
        r = seal(&s, 23, 30 + 13 * i % 200);
        lost += 5 + r.body.len;
    }
    size_t part = r.body.len < sizeof tail ? r.body.len : sizeof tail;
    memcpy(tail, r.body.p + r.body.len - part, part);
    cx_tls_lane_lose(l, known ? lost : CX_TLS_UNKNOWN, (cx_slice){tail, before ? part : 0});
    cx_tls_kind kind = cx_tls_cipher_shape_of((cx_tls_cipher)how->suite->cipher)->kind;
    r = seal(&s, 23, 77);
    if (kind == CX_TLS_STREAM && !known) { /* the key stream's place cannot be known */
        assert_closed(l, &r);
    } else {
        bool chained = kind == CX_TLS_CBC && how->version < CX_TLS_TLS11;
        if (chained && !before) { /* this record has no IV, and is the one of the next */
            assert_closed(l, &r);
            r = seal(&s, 23, 78);
            assert_opens(l, &r, 23, 78);
        } else {
            assert_opens(l, &r, 23, 77);
        }
        r = seal(&s, 23, 79);
        assert_opens(l, &r, 23, 79);
    }
    cx_tls_lane_free(l);
    test_sealer_free(&s);
}

static void finds_its_place(const cx_tls_protection *how)
{
    static const unsigned numbers[] = {1, 2, 5, 40};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        lose_and_go_on(how, numbers[i], true, true);
        lose_and_go_on(how, numbers[i], true, false);
        lose_and_go_on(how, numbers[i], false, true);
    }
}

/* A loss that falls on two, with a record between them that does not verify. */
static void finds_its_place_at_the_second_try(const cx_tls_protection *how)
{
    test_sealer s = test_sealer_new(how, 9);
    cx_tls_lane *l = lane_for(&s);
    cx_tls_record r = seal(&s, 23, 20);
    size_t lost = 5 + r.body.len;
    cx_tls_lane_lose(l, lost, cx_slice_sub(r.body, r.body.len - 20, 20));
    r = seal(&s, 23, 90);
    body[3] ^= 4;
    assert_closed(l, &r);
    r = seal(&s, 23, 91);
    cx_tls_opened o;
    /* an implicit IV is the end of the damaged record, which is good */
    assert_int_equal(cx_tls_lane_open(l, &r, room, &o), CX_OK);
    assert_true(cx_slice_eq(o.bytes, content(91)));
    cx_tls_lane_free(l);
    test_sealer_free(&s);
}

static unsigned forms;

#define FORM_TEST(name)                                                                            \
    static void each_form_##name(void **state)                                                     \
    {                                                                                              \
        (void)state;                                                                               \
        work = CX_MAX_TLS_SEARCH_WORK;                                                             \
        unsigned n = for_each_form(name);                                                          \
        assert_true(n >= 100 && (forms == 0 || forms == n));                                       \
        forms = n;                                                                                 \
    }
FORM_TEST(opens_in_order)
FORM_TEST(rejects_damage)
FORM_TEST(rejects_other_keys)
FORM_TEST(goes_on_behind_damage)
FORM_TEST(begins_late)
FORM_TEST(finds_its_place)
FORM_TEST(finds_its_place_at_the_second_try)

static const cx_tls_protection gcm12 = {.version = CX_TLS_TLS12}, tls13 = {.version = CX_TLS_TLS13};

static cx_tls_protection with(const cx_tls_protection *p, uint16_t suite)
{
    cx_tls_protection how = *p;
    how.suite = cx_tls_suite_find(suite);
    return how;
}

/* Explicit nonces tell the number even behind more records than are searched. */
static void nonces_lead_over_any_loss(void **state)
{
    (void)state;
    cx_tls_protection how = with(&gcm12, 0x009c);
    for (int from_zero = 0; from_zero < 2; from_zero++) {
        test_sealer s = test_sealer_new(&how, 9);
        cx_tls_lane *l = lane_for(&s);
        if (from_zero)
            s.nonce = 0;
        work = CX_MAX_TLS_SEARCH_WORK;
        cx_tls_record r = seal(&s, 23, 5);
        if (!from_zero)
            assert_opens(l, &r, 23, 5);
        s.seq += 10000000;
        s.nonce += 10000000;
        cx_tls_lane_lose(l, CX_TLS_UNKNOWN, (cx_slice){NULL, 0});
        r = seal(&s, 23, 6);
        assert_opens(l, &r, 23, 6);
        assert_true(work > CX_MAX_TLS_SEARCH_WORK - 1000);
        cx_tls_lane_free(l);
        test_sealer_free(&s);
    }
}

static void searches_end(void **state)
{
    (void)state;
    cx_tls_protection how = with(&tls13, 0x1301);
    /* the most records that are searched, and one more */
    for (unsigned more = 0; more < 2; more++) {
        test_sealer s = test_sealer_new(&how, 9);
        cx_tls_lane *l = lane_for(&s);
        work = CX_MAX_TLS_SEARCH_WORK;
        cx_tls_lane_lose(l, CX_TLS_UNKNOWN, (cx_slice){NULL, 0});
        s.seq = CX_MAX_TLS_SEARCH + more;
        cx_tls_record r = seal(&s, 23, 6);
        if (more)
            assert_closed(l, &r);
        else
            assert_opens(l, &r, 23, 6);
        cx_tls_lane_free(l);
        test_sealer_free(&s);
    }
    /* no work left: not even one trial */
    test_sealer s = test_sealer_new(&how, 9);
    cx_tls_lane *l = lane_for(&s);
    work = 50;
    cx_tls_lane_lose(l, 100, (cx_slice){NULL, 0});
    cx_tls_record r = seal(&s, 23, 6);
    assert_closed(l, &r);
    assert_int_equal(work, 50);
    cx_tls_lane_free(l);
    test_sealer_free(&s);
    how = with(&gcm12, 0x0005); /* RC4: key stream is work as well */
    s = test_sealer_new(&how, 9);
    l = lane_for(&s);
    work = 999;
    cx_tls_place p = {.records = 1, .bytes = 1000};
    assert_int_equal(cx_tls_lane_skip(l, &p), CX_LIMIT);
    assert_true(cx_tls_lane_lost(l));
    cx_tls_lane_free(l);
    test_sealer_free(&s);
    work = CX_MAX_TLS_SEARCH_WORK;
}

/* Padding of TLS 1.3: only zeroes are no record. A record longer than any is not read. */
static void odd_records(void **state)
{
    (void)state;
    cx_tls_protection how = with(&tls13, 0x1301);
    test_sealer s = test_sealer_new(&how, 9);
    cx_tls_lane *l = lane_for(&s);
    cx_tls_record r = seal(&s, 0, 0); /* type 0, no content */
    assert_closed(l, &r);
    r = seal(&s, 23, 1);
    r.body.len = CX_TLS_MAX_BODY + 1;
    assert_closed(l, &r);
    cx_tls_lane_free(l);
    test_sealer_free(&s);
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    cx_tls_lane *l = NULL;
    test_sealer s;
    cx_tls_protection how = with(&gcm12, 0xc07a); /* CAMELLIA-128-GCM */
    s = test_sealer_new(&how, 1);
    assert_int_equal(cx_tls_lane_new(test_tls_crypto(), vault, &work, &s.how, &s.keys, &l),
                     CX_UNSUPPORTED);
    cx_tls_vault *small = cx_tls_vault_new(16);
    how = with(&gcm12, 0x009c);
    assert_int_equal(cx_tls_lane_new(test_tls_crypto(), small, &work, &how, &s.keys, &l),
                     CX_NO_MEMORY);
    cx_tls_vault_free(small);
    how = (cx_tls_protection){.suite = cx_tls_suite_find(0x003c), .version = CX_TLS_SSL30};
    assert_int_equal(cx_tls_lane_new(test_tls_crypto(), vault, &work, &how, &s.keys, &l),
                     CX_NO_MEMORY); /* SSL 3.0 has no SHA-256 */
    assert_null(l);
    cx_tls_lane_free(NULL);
}

static int begin(void **state)
{
    (void)state;
    work = CX_MAX_TLS_SEARCH_WORK;
    vault = cx_tls_vault_new(SIZE_MAX);
    return vault ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    cx_tls_vault_free(vault);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_opens_in_order),
        cmocka_unit_test(each_form_rejects_damage),
        cmocka_unit_test(each_form_rejects_other_keys),
        cmocka_unit_test(each_form_goes_on_behind_damage),
        cmocka_unit_test(each_form_begins_late),
        cmocka_unit_test(each_form_finds_its_place),
        cmocka_unit_test(each_form_finds_its_place_at_the_second_try),
        cmocka_unit_test(nonces_lead_over_any_loss),
        cmocka_unit_test(searches_end),
        cmocka_unit_test(odd_records),
        cmocka_unit_test(what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
