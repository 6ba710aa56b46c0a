/* tls/trust.c on chains that OpenSSL made (tests/data/make-trust.sh), with and without what vouches
 * for them. */
#include "tls/trust.h"

#include "base/limits.h"

#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOLDER CX_SOURCE_DIR "/tests/data/trust/"
#define DAY    (INT64_C(86400) * 1000000000)
#define MAX    4096

static size_t load(const char *name, uint8_t *bytes)
{
    char path[512];
    (void)snprintf(path, sizeof path, FOLDER "%s.der", name);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s: cannot be read", path);
    size_t len = fread(bytes, 1, MAX, in);
    (void)fclose(in);
    return len;
}

/* When the root begins, so that the test does not depend on the day that it was made. */
static int64_t made_ns(void)
{
    uint8_t bytes[MAX];
    const unsigned char *p = bytes;
    X509 *x = d2i_X509(NULL, &p, (long)load("root", bytes));
    struct tm t;
    assert_non_null(x);
    assert_int_equal(ASN1_TIME_to_tm(X509_get0_notBefore(x), &t), 1);
    X509_free(x);
    return (int64_t)timegm(&t) * 1000000000;
}

static cx_trust *trust_of(const char *file)
{
    char path[512];
    uint32_t n = 0;
    (void)snprintf(path, sizeof path, FOLDER "%s", file);
    cx_trust *t = cx_trust_new();
    assert_non_null(t);
    assert_int_equal(cx_trust_add_file(t, path, &n), CX_OK);
    assert_true(n > 0);
    return t;
}

/* chain: names separated by blanks. */
static cx_chain_trust verify(cx_trust *t, const char *chain, int64_t at_ns, const char **why)
{
    static uint8_t bytes[8][MAX];
    cx_slice der[8];
    uint32_t n = 0;
    char copy[128], *rest = NULL;
    (void)snprintf(copy, sizeof copy, "%s", chain);
    for (char *one = strtok_r(copy, " ", &rest); one; one = strtok_r(NULL, " ", &rest), n++)
        der[n] = (cx_slice){bytes[n], load(one, bytes[n])};
    return cx_trust_verify(t, der, n, at_ns, why);
}

static const struct {
    const char *name, *file, *chain;
    int days; /* after they were made */
    cx_chain_trust want;
    const char *why; /* part of the text; NULL: none */
} rows[] = {
    {"whole", "root.pem", "leaf inter root", 1, CX_CHAIN_TRUSTED, NULL},
    {"the root is not sent", "root.pem", "leaf inter", 1, CX_CHAIN_TRUSTED, NULL},
    {"in another order", "root.pem", "leaf root inter", 1, CX_CHAIN_TRUSTED, NULL},
    {"one root of two", "both.pem", "leaf inter", 1, CX_CHAIN_TRUSTED, NULL},
    {"without the intermediate", "root.pem", "leaf", 1, CX_CHAIN_UNTRUSTED, "local issuer"},
    {"another root", "contoso-root.pem", "leaf inter root", 1, CX_CHAIN_UNTRUSTED, "self-signed"},
    {"another root, not sent", "contoso-root.pem", "leaf inter", 1, CX_CHAIN_UNTRUSTED, "issuer"},
    {"signed by itself", "root.pem", "self", 1, CX_CHAIN_UNTRUSTED, "self-signed"},
    {"issuer is no authority", "root.pem", "below noca inter", 1, CX_CHAIN_UNTRUSTED, "CA"},
    {"expired", "root.pem", "short inter", 11, CX_CHAIN_DATED, "expired"},
    {"its last day", "root.pem", "short inter", 9, CX_CHAIN_TRUSTED, NULL},
    {"too early", "root.pem", "leaf inter", -1, CX_CHAIN_DATED, "not yet valid"},
    {"expired and untrusted", "contoso-root.pem", "short inter", 11, CX_CHAIN_UNTRUSTED, "issuer"},
    {"no leaf", "root.pem", "", 1, CX_CHAIN_UNKNOWN, NULL},
};

static void verifies(void **state)
{
    (void)state;
    int64_t made = made_ns();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = "unset";
        cx_trust *t = trust_of(rows[i].file);
        for (int again = 0; again < 2; again++) { /* the second time from memory */
            cx_chain_trust got = verify(t, rows[i].chain, made + rows[i].days * DAY, &why);
            if (got != rows[i].want || (why != NULL) != (rows[i].why != NULL) ||
                (why && !strstr(why, rows[i].why)))
                fail_msg("%s: %d, %s", rows[i].name, (int)got, why ? why : "no text");
        }
        cx_trust_free(t);
    }
}

/* What is remembered is forgotten when its time is over. */
static void remembers_for_an_hour(void **state)
{
    (void)state;
    const char *why;
    int64_t made = made_ns();
    cx_trust *t = trust_of("root.pem");
    assert_int_equal(verify(t, "short inter", made + 9 * DAY, &why), CX_CHAIN_TRUSTED);
    assert_int_equal(verify(t, "short inter", made + 11 * DAY, &why), CX_CHAIN_DATED);
    assert_int_equal(verify(t, "short inter", made + 9 * DAY, &why), CX_CHAIN_TRUSTED);
    assert_int_equal(verify(t, "leaf inter", made + 9 * DAY, &why), CX_CHAIN_TRUSTED);
    cx_trust_free(t);
}

/* Every bit of a leaf turned: it is never trusted, for the signature covers all of it but its own
 * algorithm's name. */
static void trusts_no_altered_leaf(void **state)
{
    (void)state;
    uint8_t leaf[MAX], inter[MAX];
    size_t n = load("leaf", leaf);
    cx_slice der[2] = {{leaf, n}, {inter, load("inter", inter)}};
    cx_trust *t = trust_of("root.pem");
    int64_t at = made_ns() + DAY;
    const char *why;
    for (size_t i = 0; i < n; i++) {
        uint8_t *own = malloc(n);
        assert_non_null(own);
        memcpy(own, leaf, n);
        own[i] ^= 1;
        der[0].p = own;
        assert_int_not_equal(cx_trust_verify(t, der, 2, at, &why), CX_CHAIN_TRUSTED);
        free(own);
    }
    cx_trust_free(t);
}

static void refuses_files(void **state)
{
    (void)state;
    cx_trust *t = cx_trust_new();
    uint32_t n = 7;
    assert_int_equal(cx_trust_add_file(t, FOLDER "absent.pem", &n), CX_IO);
    assert_int_equal(n, 7);
    assert_int_equal(cx_trust_add_file(t, FOLDER "ORIGIN", &n), CX_OK);
    assert_int_equal(n, 0);
    char path[] = "/tmp/capdx-trust-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    (void)fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", out);
    (void)fclose(out);
    assert_int_equal(cx_trust_add_file(t, path, &n), CX_MALFORMED);
    (void)remove(path);
    cx_trust_free(t);
    cx_trust_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies),
        cmocka_unit_test(remembers_for_an_hour),
        cmocka_unit_test(trusts_no_altered_leaf),
        cmocka_unit_test(refuses_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
