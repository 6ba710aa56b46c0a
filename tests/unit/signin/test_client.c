/* signin/client.c: what is remembered of clients, and what the caps forget. */
#include "signin/client.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static cx_endpoint address_of(uint32_t number)
{
    cx_endpoint e = {.family = 4, .proto = CX_IPPROTO_UDP, .port = 5353};
    memcpy(e.addr + 12, &number, sizeof number);
    return e;
}

/* A question for nNUMBER.contoso.com. */
static cx_event question(uint32_t number, char name[32])
{
    cx_event e = {.kind = CX_EV_DNS};
    (void)snprintf(name, 32, "n%u.contoso.com", number);
    e.u.dns.query = true;
    e.u.dns.qname = cx_slice_of(name);
    e.u.dns.qtype = CX_DNS_A;
    return e;
}

static uint32_t key_of(const cx_event *e)
{
    return cx_lookup_key(e, cx_lookup_name_hash(e->u.dns.qname));
}

static cx_lookup *remember(cx_clients *c, cx_client *client, uint32_t number, uint64_t *forgotten)
{
    char name[32];
    const cx_event e = question(number, name);
    cx_lookup *l = cx_lookup_new(cx_clients_lookups(c), &e);
    assert_non_null(l);
    cx_clients_remember(c, client, l, key_of(&e), forgotten);
    return l;
}

static void a_key_is_that_of_the_question(void **state)
{
    (void)state;
    char name[32], other[32];
    cx_event a = question(1, name), b = question(1, other);
    assert_int_equal(key_of(&a), key_of(&b));
    b.u.dns.qname = cx_slice_of("N1.Contoso.COM.");
    assert_int_equal(key_of(&a), key_of(&b));
    b.u.dns.qtype = CX_DNS_AAAA;
    assert_int_not_equal(key_of(&a), key_of(&b));
    b = question(2, other);
    assert_int_not_equal(key_of(&a), key_of(&b));
    b = question(1, other);
    b.kind = CX_EV_LLMNR;
    assert_int_not_equal(key_of(&a), key_of(&b));
}

static void a_client_remembers_its_latest(void **state)
{
    (void)state;
    uint64_t forgotten = 0;
    cx_clients *c = cx_clients_new(1);
    const cx_endpoint address = address_of(1);
    cx_client *client = cx_clients_get(c, &address, &forgotten);
    assert_non_null(client);
    assert_int_equal(client->address.port, 0);
    assert_ptr_equal(cx_clients_get(c, &address, &forgotten), client);
    for (uint32_t i = 0; i < CX_CLIENT_LOOKUPS + 3; i++)
        (void)remember(c, client, i, &forgotten);
    assert_true(cx_slice_is(client->lookup[2]->name, "n66.contoso.com"));
    assert_true(cx_slice_is(client->lookup[3]->name, "n3.contoso.com"));
    assert_int_equal(forgotten, 0); /* its own ring is no cap of all clients */
    cx_clients_free(c);
}

/* The latest first, also where keys share a chain, and nothing of what the ring let go. */
static void lookups_are_found_by_their_key(void **state)
{
    (void)state;
    uint64_t forgotten = 0;
    cx_clients *c = cx_clients_new(1);
    const cx_endpoint address = address_of(1);
    cx_client *client = cx_clients_get(c, &address, &forgotten);
    enum { ALL = 5 * CX_CLIENT_LOOKUPS + 7, KEYS = 20, STEP = CX_CLIENT_LOOKUPS / 2 };
    cx_lookup *latest[ALL];
    for (uint32_t i = 0; i < ALL; i++) {
        char name[32];
        const cx_event e = question(i, name);
        latest[i] = cx_lookup_new(cx_clients_lookups(c), &e);
        assert_non_null(latest[i]);
        cx_clients_remember(c, client, latest[i], i % KEYS * STEP, &forgotten);
        for (uint32_t key = 0; key < KEYS; key++) {
            uint32_t place;
            const cx_lookup *l = cx_client_lookup(client, key * STEP, &place);
            for (uint32_t k = i + 1; k > 0 && i + 1 - k < CX_CLIENT_LOOKUPS; k--)
                if ((k - 1) % KEYS == key) {
                    assert_ptr_equal(l, latest[k - 1]);
                    l = cx_client_lookup_before(client, key * STEP, &place);
                }
            assert_null(l);
        }
    }
    cx_clients_free(c);
}

static void the_first_of_all_is_forgotten_for_room(void **state)
{
    (void)state;
    uint64_t forgotten = 0;
    cx_clients *c = cx_clients_new(1);
    const uint32_t clients = CX_MAX_LOOKUPS / CX_CLIENT_LOOKUPS;
    cx_client *first = NULL, *client = NULL;
    cx_lookup *held = NULL;
    for (uint32_t i = 0; i < clients; i++) {
        const cx_endpoint address = address_of(i);
        client = cx_clients_get(c, &address, &forgotten);
        assert_non_null(client);
        first = first ? first : client;
        for (uint32_t k = 0; k < CX_CLIENT_LOOKUPS; k++) {
            cx_lookup *l = remember(c, client, k, &forgotten);
            held = held ? held : cx_lookup_ref(l); /* as an attempt does */
        }
    }
    assert_int_equal(forgotten, 0);
    assert_ptr_equal(first->lookup[0], held);
    const cx_endpoint more = address_of(clients);
    (void)remember(c, cx_clients_get(c, &more, &forgotten), 7, &forgotten);
    assert_int_equal(forgotten, 1);
    assert_null(first->lookup[0]);
    assert_non_null(first->lookup[1]);
    assert_true(cx_slice_is(held->name, "n0.contoso.com")); /* who holds it, keeps it */
    cx_lookup_drop(held);
    /* its place is used again, and costs the next of all clients */
    first->next_lookup = 0;
    (void)remember(c, first, 8, &forgotten);
    assert_int_equal(forgotten, 2);
    assert_non_null(first->lookup[0]);
    assert_null(first->lookup[1]);
    cx_clients_free(c);
}

static void idle_clients_are_forgotten_for_others(void **state)
{
    (void)state;
    uint64_t forgotten = 0;
    cx_clients *c = cx_clients_new(1);
    for (uint32_t i = 0; i <= CX_MAX_CLIENTS; i++) {
        const cx_endpoint address = address_of(i);
        cx_client *client = cx_clients_get(c, &address, &forgotten);
        assert_non_null(client);
        if (i % 8 == 0)
            (void)remember(c, client, i, &forgotten);
    }
    /* the quarter that was idle longest, with what it remembered */
    assert_in_range(forgotten, CX_MAX_CLIENTS / 4 - 1, CX_MAX_CLIENTS / 4 + 1);
    const cx_endpoint last = address_of(CX_MAX_CLIENTS);
    assert_non_null(cx_clients_get(c, &last, &forgotten)->lookup[0]);
    cx_clients_free(c);
}

static void a_client_is_awake_while_it_sends(void **state)
{
    static const struct {
        int64_t sent_s[4], from_s, until_s; /* 0: no more */
        bool awake;
    } rows[] = {
        {{1000, 1050, 1100}, 1000, 1110, true},
        {{1000, 1059, 1118}, 1000, 1177, true},
        {{1000, 1060, 1110}, 1001, 1120, false}, /* a minute of silence within */
        {{1000, 1050}, 1001, 1110, false},       /* and at its end */
        {{900, 1000, 1050}, 1000, 1060, true},   /* before it is no matter */
        {{1000}, 1000, 1010, false},             /* nothing within */
        {{0}, 1000, 1010, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cx_client c = {.used = 0};
        for (size_t k = 0; k < 4 && rows[i].sent_s[k]; k++)
            cx_client_sent(&c, rows[i].sent_s[k] * INT64_C(1000000000));
        assert_int_equal(cx_client_was_awake(&c, rows[i].from_s * INT64_C(1000000000),
                                             rows[i].until_s * INT64_C(1000000000)),
                         rows[i].awake);
    }
}

/* A record has room for most names; others have memory of their own, which goes with it. */
static void names_have_any_length(void **state)
{
    (void)state;
    char name[256];
    cx_pool all = cx_lookups_new();
    cx_lookup *held[255] = {NULL};
    memset(name, 'a', sizeof name);
    for (size_t round = 0; round < 2; round++)
        for (size_t n = 1; n < 255; n++) {
            cx_event e = question(0, (char[32]){0});
            e.u.dns.qname = (cx_slice){(const uint8_t *)name, n};
            if (n % 2) /* the record is used again */
                cx_lookup_drop(held[n]);
            held[n] = cx_lookup_new(&all, &e);
            assert_non_null(held[n]);
            assert_int_equal(held[n]->refs, 1);
            assert_int_equal(held[n]->name.len, n);
            assert_memory_equal(held[n]->name.p, name, n);
            assert_int_equal(held[n]->name.p[n], 0);
        }
    assert_in_range(all.used, 254, 254 + 127);
    cx_lookups_free(&all); /* and what is still held */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_that_of_the_question),
        cmocka_unit_test(a_client_remembers_its_latest),
        cmocka_unit_test(lookups_are_found_by_their_key),
        cmocka_unit_test(the_first_of_all_is_forgotten_for_room),
        cmocka_unit_test(idle_clients_are_forgotten_for_others),
        cmocka_unit_test(a_client_is_awake_while_it_sends),
        cmocka_unit_test(names_have_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
