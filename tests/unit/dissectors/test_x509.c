/* dissectors/x509.c on certificates of OpenSSL (tests/data/x509), compared with what openssl says
 * of them (NAME.txt), and on damaged ones. */
#include "dissectors/x509.h"

#include "base/limits.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAX_FILE     8192
#define S_NS         INT64_C(1000000000)

typedef struct file {
    uint8_t bytes[MAX_FILE];
    size_t len;
} file;

static file load(const char *name, const char *suffix)
{
    char path[512];
    file f;
    (void)snprintf(path, sizeof path, CX_SOURCE_DIR "/tests/data/x509/%s%s", name, suffix);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s: cannot be read", path);
    f.len = fread(f.bytes, 1, sizeof f.bytes - 1, in);
    f.bytes[f.len] = 0;
    (void)fclose(in);
    return f;
}

/* In an allocation of its own size, so that the sanitizer finds a read past the end. */
static cx_status read_der(const uint8_t *bytes, size_t len, cx_arena *a, cx_cert *ret)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    cx_status status = cx_x509_read((cx_slice){copy, len}, a, ret);
    free(copy); /* nothing of the answer may point there */
    return status;
}

static void expect_text(cx_slice got, const char *expected)
{
    if (!cx_slice_is(got, expected))
        fail_msg("expected '%s', got '%.*s'", expected, (int)got.len, (const char *)got.p);
}

/* ---- against openssl ---- */

/* The rest of the line of NAME.txt that begins so. */
static const char *line_of(const file *text, const char *start, char out[512])
{
    const char *at = strstr((const char *)text->bytes, start);
    if (!at)
        fail_msg("no line %s", start);
    at += strlen(start);
    (void)snprintf(out, 512, "%.*s", (int)strcspn(at, "\n"), at);
    return out;
}

static int64_t seconds_of(const char *iso)
{
    struct tm tm = {0};
    assert_non_null(strptime(iso, "%Y-%m-%d %H:%M:%SZ", &tm));
    return timegm(&tm);
}

static void test_openssl(void **state)
{
    static const char *const names[] = {"root", "rsa",   "names", "many",      "koblitz",
                                        "nocn", "plain", "self",  "selfissued"};
    char line[512];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        file der = load(names[i], ".der"), text = load(names[i], ".txt");
        cx_arena a = cx_arena_init(1 << 20);
        cx_cert cert;
        print_message("%s\n", names[i]);
        assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
        assert_false(cert.unreadable);
        expect_text(cert.subject, line_of(&text, "subject=", line));
        expect_text(cert.issuer, line_of(&text, "issuer=", line));
        expect_text(cert.serial, line_of(&text, "serial=", line));
        expect_text(cert.signature, line_of(&text, "Signature Algorithm: ", line));
        assert_int_equal(cert.not_before_ns, seconds_of(line_of(&text, "notBefore=", line)) * S_NS);
        assert_int_equal(cert.not_after_ns, seconds_of(line_of(&text, "notAfter=", line)) * S_NS);
        const char *digits = line_of(&text, "sha256 Fingerprint=", line);
        for (size_t k = 0; k < 32; k++) {
            char pair[3] = {digits[3 * k], digits[3 * k + 1], 0};
            assert_int_equal(
                strtoul(pair, NULL, 16),
                strtoul((char[3]){cert.sha256[2 * k], cert.sha256[2 * k + 1], 0}, NULL, 16));
        }
        assert_int_equal(strlen(cert.sha256), 64);
        assert_int_equal(strspn(cert.sha256, "0123456789abcdef"), 64);
        cx_arena_free(&a);
    }
}

/* ---- what each was made for (tests/data/make-tls.sh) ---- */

static const struct {
    const char *name, *common_name, *key;
    uint32_t n_san;
    bool self_signed, self_issued, ca, has_eku, server, client, any;
} rows[] = {
    {.name = "root",
     .common_name = "Contoso Root",
     .key = "RSA 2048",
     .self_signed = true,
     .self_issued = true,
     .ca = true},
    {.name = "rsa",
     .common_name = "ocs1.contoso.com",
     .key = "RSA 2048",
     .n_san = 2,
     .has_eku = true,
     .server = true,
     .client = true},
    {.name = "names",
     .common_name = "pool.contoso.com",
     .key = "RSA 1024",
     .n_san = 8,
     .has_eku = true,
     .any = true},
    {.name = "many", .common_name = "many", .key = "EC P-384", .n_san = CX_MAX_SANS},
    {.name = "koblitz",
     .common_name = "koblitz",
     .key = "EC secp256k1",
     .has_eku = true,
     .client = true},
    {.name = "nocn", .key = "Ed25519", .n_san = 1},
    {.name = "plain", .common_name = "plain", .key = "RSA-PSS 2048"},
    {.name = "forever", .common_name = "forever", .key = "Ed448"},
    {.name = "self",
     .common_name = "self.contoso.com",
     .key = "EC P-521",
     .self_signed = true,
     .self_issued = true,
     .ca = true},
    {.name = "explicit",
     .common_name = "explicit",
     .key = "EC P-256",
     .self_signed = true,
     .self_issued = true,
     .ca = true},
    {.name = "dsa",
     .common_name = "dsa",
     .key = "DSA 1024",
     .self_signed = true,
     .self_issued = true,
     .ca = true},
    {.name = "edwards",
     .common_name = "edwards",
     .key = "Ed25519",
     .self_signed = true,
     .self_issued = true,
     .ca = true},
    {.name = "pss",
     .common_name = "pss",
     .key = "RSA-PSS 2048",
     .self_signed = true,
     .self_issued = true,
     .ca = true},
    {.name = "selfissued",
     .common_name = "Contoso Root",
     .key = "RSA 2048",
     .self_issued = true,
     .ca = true},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        file der = load(rows[i].name, ".der");
        cx_arena a = cx_arena_init(1 << 20);
        cx_cert cert;
        print_message("%s\n", rows[i].name);
        assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
        if (rows[i].common_name)
            expect_text(cert.common_name, rows[i].common_name);
        else
            assert_null(cert.common_name.p);
        expect_text(cert.key, rows[i].key);
        assert_int_equal(cert.n_san, rows[i].n_san);
        assert_int_equal(cert.self_signed, rows[i].self_signed);
        assert_int_equal(cert.self_issued, rows[i].self_issued);
        assert_int_equal(cert.ca, rows[i].ca);
        assert_int_equal(cert.has_eku, rows[i].has_eku);
        assert_int_equal(cert.eku_server, rows[i].server);
        assert_int_equal(cert.eku_client, rows[i].client);
        assert_int_equal(cert.eku_any, rows[i].any);
        bool server = false, client = false;
        for (uint32_t k = 0; k < cert.n_eku; k++) {
            server |= cx_slice_is(cert.eku[k], "serverAuth");
            client |= cx_slice_is(cert.eku[k], "clientAuth");
        }
        assert_int_equal(server, rows[i].server);
        assert_int_equal(client, rows[i].client);
        assert_int_equal(cert.n_eku != 0, rows[i].has_eku);
        cx_arena_free(&a);
    }
}

static void test_names(void **state)
{
    static const struct {
        cx_san_kind kind;
        const char *text;
    } names[] = {
        {CX_SAN_DNS, "*.contoso.com"},       {CX_SAN_IP, "10.20.2.20"},
        {CX_SAN_IP, "fd20:1::21"},           {CX_SAN_URI, "sip:contoso.com"},
        {CX_SAN_OTHER, "a@contoso.com"},     {CX_SAN_OTHER, "1.2.3.4"},
        {CX_SAN_OTHER, "alice@contoso.com"}, {CX_SAN_OTHER, "CN=inside"},
    };
    file der = load("names", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
    assert_int_equal(cert.n_san, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(cert.san[i].kind, names[i].kind);
        expect_text(cert.san[i].text, names[i].text);
    }
    expect_text(cert.subject,
                "CN=pool.contoso.com,CN=first,O=Contoso\\, Ltd.,L=Z\xc3\xbcrich,C=CH");
    cx_arena_free(&a);
}

static void test_times_beyond(void **state)
{
    file der = load("forever", ".der"); /* 1600 to 9999 */
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
    assert_true(cert.not_before_ns == INT64_MIN);
    assert_true(cert.not_after_ns == INT64_MAX);
    cx_arena_free(&a);
}

/* ---- damage ---- */

/* Overwrites the only place where `from` stands. */
static void patch_bytes(file *f, const char *from, size_t from_len, const char *to, size_t len)
{
    uint8_t *at = memmem(f->bytes, f->len, from, from_len);
    assert_non_null(at);
    assert_null(memmem(at + 1, f->len - (size_t)(at + 1 - f->bytes), from, from_len));
    memcpy(at, to, len);
}

static void patch(file *f, const char *from, const char *to, size_t len)
{
    patch_bytes(f, from, strlen(from), to, len);
}

static void test_embedded_nul(void **state)
{
    file der = load("names", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    patch(&der, "pool.contoso.com", "pool.contoso\0com", 16);
    patch(&der, "*.contoso.com", "*.contoso\0com", 13);
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
    assert_true(
        cx_slice_eq(cert.common_name, (cx_slice){(const uint8_t *)"pool.contoso\0com", 16}));
    assert_true(cx_slice_eq(cert.san[0].text, (cx_slice){(const uint8_t *)"*.contoso\0com", 13}));
    assert_non_null(memmem(cert.subject.p, cert.subject.len, "CN=pool.contoso\\00com", 21));
    cx_arena_free(&a);
}

/* OpenSSL reads no certificate with a name that lies about its encoding. */
static void test_invalid_utf8(void **state)
{
    file der = load("names", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    patch(&der, "Z\xc3\xbcrich", "Z\xc3(rich", 7);
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_MALFORMED);
    assert_true(cert.unreadable);
    cx_arena_free(&a);
}

static void test_unknown_key(void **state)
{
    static const char rsa[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
                      none[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x63";
    file der = load("names", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    patch(&der, rsa, none, sizeof none - 1);
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
    expect_text(cert.key, "unreadable 1.2.840.113549.1.1.99");
    expect_text(cert.common_name, "pool.contoso.com");
    cx_arena_free(&a);
}

/* An address of 5 bytes is none. */
static void test_odd_address(void **state)
{
    static const uint8_t address[18] = {0x87, 16, 0xfd, 0x20, 0, 1, [17] = 0x21},
                         two[18] = {0x87, 5,   1,   2,   3,   4,   5,   0x82, 9,
                                    'a',  '.', 'b', '.', 'c', '.', 'd', '.',  'e'};
    file der = load("names", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    uint8_t *at = memmem(der.bytes, der.len, address, sizeof address);
    assert_non_null(at);
    memcpy(at, two, sizeof two);
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
    assert_int_equal(cert.n_san, 9);
    assert_int_equal(cert.san[2].kind, CX_SAN_OTHER);
    expect_text(cert.san[2].text, "\1\2\3\4\5");
    assert_int_equal(cert.san[3].kind, CX_SAN_DNS);
    expect_text(cert.san[3].text, "a.b.c.d.e");
    cx_arena_free(&a);
}

static void test_self_signature(void **state)
{
    static const char *const names[] = {"self", "root", "edwards", "pss"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        file der = load(names[i], ".der");
        cx_arena a = cx_arena_init(1 << 20);
        cx_cert cert;
        der.bytes[der.len - 1] ^= 1; /* the signature ends there */
        assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
        assert_true(cert.self_issued);
        assert_false(cert.self_signed);
        cx_arena_free(&a);
    }
}

/* The signature's algorithm is said twice; of two that differ neither counts (RFC 5280 4.1.1.2). */
static void test_two_algorithms(void **state)
{
    /* the one that is not signed: behind it and its NULL is the signature, a BIT STRING */
    static const char sha256[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\0\x03",
                      sha384[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c";
    file der = load("root", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    patch_bytes(&der, sha256, sizeof sha256 - 1, sha384, sizeof sha384 - 1);
    assert_int_equal(read_der(der.bytes, der.len, &a, &cert), CX_OK);
    assert_true(cert.self_issued);
    assert_false(cert.self_signed);
    cx_arena_free(&a);
}

/* What ties a certificate to its issuer is read beside an extension that does not parse. */
static void test_broken_extension(void **state)
{
    /* behind the name: critical, and a SEQUENCE as its value, which becomes a SET */
    static const char sequence[] = "\x55\x1d\x13\x01\x01\xff\x04\x05\x30",
                      set[] = "\x55\x1d\x13\x01\x01\xff\x04\x05\x31";
    file der = load("root", ".der");
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert whole, broken;
    (void)state;
    assert_int_equal(read_der(der.bytes, der.len, &a, &whole), CX_OK);
    assert_true(whole.ca);
    assert_true(whole.key_id != 0);
    patch(&der, sequence, set, sizeof set - 1);
    assert_int_equal(read_der(der.bytes, der.len, &a, &broken), CX_OK);
    assert_false(broken.ca);
    assert_int_equal(broken.key_id, whole.key_id);
    cx_arena_free(&a);
}

static void expect_unreadable(const cx_cert *cert)
{
    cx_cert empty = {.unreadable = true};
    assert_true(cert->unreadable);
    assert_null(cert->subject.p);
    assert_null(cert->san);
    assert_string_equal(cert->sha256, empty.sha256);
}

static void test_unreadable(void **state)
{
    file der = load("rsa", ".der");
    uint8_t *large = calloc(1, CX_MAX_CERT_BYTES + 1);
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    (void)state;
    for (size_t len = 0; len < der.len; len++) { /* every truncation */
        assert_int_equal(read_der(der.bytes, len, &a, &cert), CX_MALFORMED);
        expect_unreadable(&cert);
    }
    assert_int_equal(read_der(der.bytes, der.len + 1, &a, &cert), CX_MALFORMED); /* a byte behind */
    expect_unreadable(&cert);
    assert_int_equal(cx_x509_read((cx_slice){NULL, 0}, &a, &cert), CX_MALFORMED);
    expect_unreadable(&cert);
    assert_int_equal(read_der((const uint8_t *)"REGISTER sip:contoso.com", 24, &a, &cert),
                     CX_MALFORMED);
    assert_non_null(large);
    memcpy(large, der.bytes, der.len);
    assert_int_equal(read_der(large, CX_MAX_CERT_BYTES + 1, &a, &cert), CX_MALFORMED);
    free(large);
    cx_arena_free(&a);
}

static void test_flipped(void **state)
{
    static const char *const names[] = {"names", "koblitz", "self"};
    size_t unreadable = 0, other = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        file der = load(names[i], ".der");
        cx_arena a = cx_arena_init(1 << 20);
        cx_cert whole, cert;
        assert_int_equal(read_der(der.bytes, der.len, &a, &whole), CX_OK);
        char sha256[65];
        memcpy(sha256, whole.sha256, sizeof sha256);
        for (size_t bit = 0; bit < der.len * 8; bit++) {
            der.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            (void)read_der(der.bytes, der.len, &a, &cert); /* either answer is right */
            unreadable += cert.unreadable;
            other += !cert.unreadable && strcmp(cert.sha256, sha256) != 0;
            assert_false(!cert.unreadable && strcmp(cert.sha256, sha256) == 0);
            der.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            cx_arena_reset(&a);
        }
        cx_arena_free(&a);
    }
    assert_true(unreadable > 500);
    assert_true(other > 500);
}

static void test_no_memory(void **state)
{
    file der = load("names", ".der");
    size_t tried = 0;
    cx_status status = CX_NO_MEMORY;
    (void)state;
    for (size_t room = 0; status == CX_NO_MEMORY; room += 16, tried++) { /* of the arena */
        cx_arena a = cx_arena_init(room);
        cx_cert cert;
        status = read_der(der.bytes, der.len, &a, &cert);
        if (status == CX_NO_MEMORY)
            expect_unreadable(&cert);
        cx_arena_free(&a);
    }
    assert_int_equal(status, CX_OK);
    assert_true(tried > 20);
    cx_arena a = cx_arena_init(1 << 20);
    cx_cert cert;
    test_alloc_fail_at(1); /* the arena's block */
    status = cx_x509_read((cx_slice){der.bytes, der.len}, &a, &cert);
    test_alloc_fail_at(0);
    assert_int_equal(status, CX_NO_MEMORY);
    expect_unreadable(&cert);
    cx_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssl),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_times_beyond),
        cmocka_unit_test(test_embedded_nul),
        cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_unknown_key),
        cmocka_unit_test(test_odd_address),
        cmocka_unit_test(test_self_signature),
        cmocka_unit_test(test_two_algorithms),
        cmocka_unit_test(test_broken_extension),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
