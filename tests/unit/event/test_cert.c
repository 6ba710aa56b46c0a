/* event/cert.c: where chains of certificates end. What OCSP answers are about: test_ocsp.c. */
#include "event/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NAME(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

#define LEAF                                                                                       \
    {                                                                                              \
        .subject = NAME("leaf"), .issuer = NAME("issuing")                                         \
    }
#define ISSUING                                                                                    \
    {                                                                                              \
        .subject = NAME("issuing"), .issuer = NAME("root")                                         \
    }
#define ROOT                                                                                       \
    {                                                                                              \
        .subject = NAME("root"), .issuer = NAME("root"), .self_issued = true                       \
    }
#define OTHER                                                                                      \
    {                                                                                              \
        .subject = NAME("other"), .issuer = NAME("root")                                           \
    }

static void test_ends(void **state)
{
    static struct {
        cx_cert chain[4];
        uint32_t n;
        int end; /* -1: none */
    } rows[] = {
        {{LEAF}, 0, -1},
        {{LEAF}, 1, 0},
        {{ROOT}, 1, 0},
        {{LEAF, ISSUING}, 2, 1},
        {{LEAF, ISSUING, ROOT}, 3, 2},
        {{LEAF, ROOT, ISSUING}, 3, 1}, /* any order */
        {{LEAF, ROOT}, 2, 0},          /* a root that the leaf does not lead to */
        {{LEAF, OTHER, ISSUING}, 3, 2},
        {{LEAF, {.unreadable = true}}, 2, -1},
        /* two that name each other */
        {{{.subject = NAME("a"), .issuer = NAME("b")},
          {.subject = NAME("b"), .issuer = NAME("c")},
          {.subject = NAME("c"), .issuer = NAME("b")}},
         3,
         2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const cx_ev_tls tls = {.chain = rows[i].chain, .n_chain = rows[i].n};
        const cx_cert *end = cx_cert_chain_end(&tls);
        if (end != (rows[i].end < 0 ? NULL : &rows[i].chain[rows[i].end]))
            fail_msg("row %zu", i);
    }
}

static void test_issuers(void **state)
{
    static const struct {
        uint64_t wanted, has;
        bool named;
    } keys[] = {{0, 0, true}, {7, 0, true}, {0, 7, true}, {7, 7, true}, {7, 8, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        cx_cert leaf = LEAF, ca = ISSUING;
        leaf.issuer_key_id = keys[i].wanted;
        ca.key_id = keys[i].has;
        assert_int_equal(cx_cert_names_issuer(&leaf, &ca), keys[i].named);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ends), cmocka_unit_test(test_issuers)};
    return cmocka_run_group_tests_name("cert", tests, NULL, NULL);
}
