/* dissectors/sip_plain.c: which values are plain, and that libosip2 makes the same of them. */
#include "dissectors/header_text.h"
#include "dissectors/sip_osip.h"
#include "dissectors/sip_plain.h"
#include "dissectors/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ARENA_BYTES  1048576u

/* Everything that a reader may set. */
typedef struct result {
    cx_sip_uri uri;
    cx_sip_wanted wanted[2];
    cx_slice transport, host, branch;
} result;

/* A kind of value: its plain reader, and libosip2's. */
typedef struct kind {
    const char *name;
    bool (*plain)(cx_slice value, result *ret);
    bool (*osip)(cx_slice value, cx_arena *a, result *ret);
} kind;

static bool plain_uri(cx_slice value, result *ret)
{
    return cx_sip_plain_uri(value, &ret->uri);
}

static bool osip_uri(cx_slice value, cx_arena *a, result *ret)
{
    return cx_sip_osip_uri(value, a, &ret->uri);
}

static bool plain_address(cx_slice value, result *ret)
{
    return cx_sip_plain_address(value, &ret->uri, ret->wanted, 2);
}

static bool osip_address(cx_slice value, cx_arena *a, result *ret)
{
    return cx_sip_osip_address(value, a, &ret->uri, ret->wanted, 2);
}

static bool plain_via(cx_slice value, result *ret)
{
    return cx_sip_plain_via(value, &ret->transport, &ret->host, &ret->branch);
}

static bool osip_via(cx_slice value, cx_arena *a, result *ret)
{
    return cx_sip_osip_via(value, a, &ret->transport, &ret->host, &ret->branch);
}

static const kind uri = {"uri", plain_uri, osip_uri};
static const kind address = {"address", plain_address, osip_address};
static const kind via = {"via", plain_via, osip_via};

static result nothing(void)
{
    return (result){.wanted = {{.name = "tag"}, {.name = "epid"}}};
}

static bool same(cx_slice a, cx_slice b)
{
    return (a.p != NULL) == (b.p != NULL) && cx_slice_eq(a, b);
}

static bool same_result(const result *a, const result *b)
{
    return same(a->uri.text, b->uri.text) && same(a->uri.scheme, b->uri.scheme) &&
           same(a->uri.user, b->uri.user) && same(a->uri.host, b->uri.host) &&
           a->uri.port == b->uri.port && same(a->uri.transport, b->uri.transport) &&
           same(a->uri.maddr, b->uri.maddr) && same(a->wanted[0].value, b->wanted[0].value) &&
           same(a->wanted[1].value, b->wanted[1].value) && same(a->transport, b->transport) &&
           same(a->host, b->host) && same(a->branch, b->branch);
}

/* Is the value plain? Then both readers say the same; else the plain one said nothing. */
static bool compare(const kind *k, cx_slice value)
{
    result plain = nothing(), osip = nothing(), untouched = nothing();
    bool is_plain = k->plain(value, &plain);
    if (!is_plain) {
        assert_true(same_result(&plain, &untouched));
        return false;
    }
    cx_arena a = cx_arena_init(ARENA_BYTES);
    if (!k->osip(value, &a, &osip) || !same_result(&plain, &osip))
        fail_msg("%s: \"%.*s\" is read in two ways", k->name, (int)value.len,
                 (const char *)value.p);
    cx_arena_free(&a);
    return true;
}

static void forms(void **state)
{
    static const struct {
        const kind *kind;
        const char *value;
        bool plain;
    } cases[] = {
        {&uri, "sip:contoso.com", true},
        {&uri, "SIPS:alice@192.0.2.1:5061;Transport=TLS;lr;MADDR=x", true},
        {&uri, "sip:a+b=c@x.com;opaque=user:epid:abc/def;gruu", true},
        {&uri, "sip:x;transport;transport=tcp", true}, /* the first counts: empty */
        {&uri, "sip:x:0", true},
        {&uri, "sip:%61l@x", false},
        {&uri, "sip:a:secret@x", false},
        {&uri, "sip:@x", false},
        {&uri, "sip:a@", false},
        {&uri, "sip:", false},
        {&uri, "sip:[2001:db8::1]", false},
        {&uri, "sip:a@x?Route=y", false},
        {&uri, "sip:a@x;b=@c", false},
        {&uri, "sip:a@x;", false},
        {&uri, "sip:a@x;b=", false},
        {&uri, "sip:a@x;=b", false},
        {&uri, "sip:x:65536", false},
        {&uri, "sip:x:000080", false},
        {&uri, "sip:x:", false},
        {&uri, "sip:x ", false},
        {&uri, "tel:+14255550100", false},
        {&uri, "", false},
        {&address, "<sip:alice@contoso.com>;tag=1;epid=2", true},
        {&address, "\"A <b>\" <sip:alice@contoso.com;a=b>;TAG=1;x;tag=2", true},
        {&address, "Alice B. <sips:alice@x:5061>", true},
        {&address, "<sip:ab@x>;m=\"INVITE; ACK\";+sip.instance=\"<urn:uuid:1>\";tag;tag=1", true},
        {&address, "<sip:ab@x>;tag=\"quoted\"", true},
        {&address, "sip:alice@contoso.com;tag=1", false},
        {&address, "\"A\\\"\" <sip:alice@x>", false},
        {&address, "\"A\" b <sip:alice@x>", false},
        {&address, "<sip:alice@x> ;tag=1", false},
        {&address, "<sip:alice@x>;tag = 1", false},
        {&address, "<sip:alice@x>;tag=\"1", false},
        {&address, "<sip:alice@x", false},
        {&address, "<sip:x>", false}, /* too short for libosip2 */
        {&address, "*", false},
        {&address, "", false},
        {&via, "SIP/2.0/tcp 192.0.2.1:49504;branch=z9hG4bK;received=192.0.2.1;rport", true},
        {&via, "SIP/2.0/TLS host", true},
        {&via, "SIP/2.0/UDP [2001:db8::1];branch=z9", false},
        {&via, "SIP / 2.0 / UDP host", false},
        {&via, "SIP/2.0/UDP  host", false},
        {&via, "SIP/2.0/UDP host;branch=\"x\"", false},
        {&via, "SIP/2.0/UDP host (comment)", false},
        {&via, "SIP/2.0/UDP", false},
        {&via, "", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (compare(cases[i].kind, cx_slice_of(cases[i].value)) != cases[i].plain)
            fail_msg("%s: \"%s\"", cases[i].kind->name, cases[i].value);
}

/* Headers without a value, and lists that are used up. */
static void absent(void **state)
{
    const cx_slice none = {NULL, 0};
    (void)state;
    assert_false(compare(&uri, none));
    assert_false(compare(&address, none));
    assert_false(compare(&via, none));
    cx_slice list = none, name, said;
    assert_false(cx_sip_plain_param(&list, ',', &name, &said));
}

/* What libosip2 refuses for its length is not plain. */
static void too_long(void **state)
{
    static char text[4098];
    (void)state;
    memset(text, 'h', sizeof text - 1);
    memcpy(text, "sip:", 4);
    assert_true(compare(&uri, (cx_slice){(const uint8_t *)text, 4096}));
    assert_false(compare(&uri, (cx_slice){(const uint8_t *)text, 4097}));
}

/* ---- random values ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Pieces put together at random, and a byte of some of them changed. */
static size_t make(uint32_t *seed, char *out, size_t max)
{
    static const char *const usual[] = {
        "sip:", "a",         "@",      "x.com", ":5061",        ";", "tag=1",    ";epid=2",
        ";lr",  "branch=z9", ";x=y:z", ">",     ";m=\"a;<b>\"", "=", "192.0.2.1"};
    static const char *const odd[] = {
        "sips:",     ":",
        "epid=",     "=",
        "\"",        "\\",
        "<",         "<sip:a@x>",
        "[::1]",     "%41",
        "?h=v",      "UDP ",
        "maddr",     "transport",
        "(c)",       " ",
        "\"q; =>\"", "+~!*'`",
        "$&/",       ",",
        "TAG",       "\xc3\xa9",
        "#{}|^",     "tel:",
        "\t",        "<sip:b@y:5;lr>;",
    };
    static const char *const begins[] = {"",
                                         "<sip:",
                                         "<sip:ab@x",
                                         "sip:",
                                         "N. <sip:a@x>",
                                         "\"N\" <sips:",
                                         "SIP/2.0/TCP x",
                                         "SIP/2.0/tls 1.2"};
    const char *begin = begins[next_random(seed) % COUNT(begins)];
    size_t n = (size_t)snprintf(out, max, "%s", begin), parts = next_random(seed) % 9;
    for (size_t i = 0; i < parts && n < max; i++)
        n += (size_t)snprintf(out + n, max - n, "%s",
                              next_random(seed) % 4 ? usual[next_random(seed) % COUNT(usual)]
                                                    : odd[next_random(seed) % COUNT(odd)]);
    if (n && next_random(seed) % 4 == 0)
        out[next_random(seed) % n] = (char)(next_random(seed) % 255 + 1);
    return n;
}

static void random_values(void **state)
{
    static const kind *const kinds[] = {&uri, &address, &via};
    size_t plain[COUNT(kinds)] = {0};
    uint32_t seed = 1;
    (void)state;
    for (size_t i = 0; i < 300000; i++) {
        char text[256];
        size_t n = make(&seed, text, sizeof text);
        for (size_t k = 0; k < COUNT(kinds); k++)
            plain[k] += compare(kinds[k], (cx_slice){(const uint8_t *)text, n});
    }
    for (size_t k = 0; k < COUNT(kinds); k++)
        assert_true(plain[k] > 1000);
}

/* ---- lists of parameters ---- */

/* Reads a list to its end; every plain item must be what the general readers say. */
static size_t compare_list(cx_slice list)
{
    size_t plain = 0;
    for (;;) {
        cx_slice general = list, before = list, item, name, said, plain_name, plain_said;
        bool is_plain = cx_sip_plain_param(&list, ',', &plain_name, &plain_said);
        bool more = cx_header_item_next(&general, ',', &item);
        if (!is_plain)
            assert_true(same(list, before));
        else if (!more)
            fail_msg("\"%.*s\" is at its end", (int)before.len, (const char *)before.p);
        if (!more)
            return plain;
        if (is_plain) {
            cx_sip_param(item, &name, &said);
            if (!same(name, plain_name) || !same(said, plain_said) || !same(list, general))
                fail_msg("\"%.*s\" is read in two ways", (int)before.len, (const char *)before.p);
            plain++;
        }
        list = general;
    }
}

static void lists(void **state)
{
    static const struct {
        const char *list;
        size_t plain;
    } cases[] = {
        {" qop=\"auth\", realm=\"SIP, \", version=4", 3},
        {"a=b,c=\"d\"", 2},
        {"a=b=c==,d=\"<\"", 2},
        {"a", 0},
        {"a=", 0},
        {"=b", 0},
        {"a=\"\"", 1},
        {"a=\"b", 0},
        {"a=\"b\\\"\"", 0},
        {"a=\"b\"c", 0},
        {"a=\"b\" ,c=d", 1},
        {"a = b", 0},
        {"a=b ", 0},
        {"a=b,", 1},
        {"", 0},
        {",", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (compare_list(cx_slice_of(cases[i].list)) != cases[i].plain)
            fail_msg("\"%s\"", cases[i].list);
}

static void random_lists(void **state)
{
    static const char *const pieces[] = {"a",  "=",    "\"b\"", ",",    ", ",   "\"",  "\\",
                                         "<",  ">",    " ",     "c=d",  "e=\"", "f/+", "\t",
                                         "=,", ",a=b", "\r\n ", "\xff", ";"};
    uint32_t seed = 1;
    size_t plain = 0;
    (void)state;
    for (size_t i = 0; i < 200000; i++) {
        char text[128];
        size_t n = 0, parts = next_random(&seed) % 12;
        for (size_t k = 0; k < parts; k++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s",
                                  pieces[next_random(&seed) % COUNT(pieces)]);
        plain += compare_list((cx_slice){(const uint8_t *)text, n});
    }
    assert_true(plain > 10000);
}

int main(void)
{
    cx_sip_osip_setup();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),         cmocka_unit_test(absent), cmocka_unit_test(too_long),
        cmocka_unit_test(random_values), cmocka_unit_test(lists),  cmocka_unit_test(random_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
