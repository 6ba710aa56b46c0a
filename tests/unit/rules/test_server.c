/* Rules about what a server needs or offers, and about packets that are too large: scenes that fire
 * them, and twins that differ in what rules them out. */
#include "support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

/* Another client names the server and is served. */
static void other_is_served(scene *s, uint16_t version)
{
    const char *client = s->client;
    s->client = "10.0.0.22";
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", version);
    scene_server_hello(s, &c, version);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 10);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
    s->client = client;
    scene_wait(s, 70);
}

static scene_conn hello(scene *s, const char *sni)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, sni, 0x0303);
    return c;
}

static void no_sni_reset(scene *s)
{
    other_is_served(s, 0x0303);
    scene_conn c = hello(s, NULL);
    scene_reset(s, &c, S);
}

static void no_sni_40(scene *s)
{
    other_is_served(s, 0x0303);
    scene_conn c = hello(s, NULL);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void other_name(scene *s, const char *name)
{
    other_is_served(s, 0x0303);
    scene_conn c = hello(s, name);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void other_name_40(scene *s)
{
    other_name(s, "sip.contoso.com");
}

static void same_name_40(scene *s) /* then it is not the name */
{
    other_name(s, "OCS1.contoso.com");
}

static void no_sni_alone(scene *s) /* nobody shows that a name would have helped */
{
    scene_conn c = hello(s, NULL);
    scene_reset(s, &c, S);
}

static void no_sni_and_old(scene *s) /* the others got a version that this client lacks */
{
    other_is_served(s, 0x0304);
    scene_conn c = hello(s, NULL);
    scene_reset(s, &c, S);
}

static void sni_reset(scene *s)
{
    other_is_served(s, 0x0303);
    scene_conn c = hello(s, "ocs1.contoso.com");
    scene_reset(s, &c, S);
}

static void unknown_name(scene *s)
{
    scene_conn c = hello(s, "ocs9.contoso.com");
    scene_alert(s, &c, S, 2, 112);
    scene_close(s, &c, S);
}

static void unknown_name_warning(scene *s)
{
    scene_conn c = hello(s, "ocs1.contoso.com");
    scene_alert(s, &c, S, 1, 112);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 10);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

static scene_conn certified(scene *s, const char *names)
{
    scene_conn c = hello(s, "ocs1.contoso.com");
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, names, -10, 10);
    return c;
}

static scene_conn listed(scene *s, uint32_t bytes)
{
    scene_conn c = certified(s, "ocs1.contoso.com");
    scene_certificate_request(s, &c, bytes);
    scene_tls(s, &c, CX_TLS_CERTIFICATE, C); /* an empty list */
    return c;
}

static void long_list(scene *s)
{
    scene_conn c = listed(s, 12001);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void shorter_list(scene *s)
{
    scene_conn c = listed(s, 12000);
    scene_alert(s, &c, S, 2, 40);
    scene_close(s, &c, S);
}

static void use(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void long_list_taken(scene *s)
{
    scene_conn c = listed(s, 16380);
    use(s, &c);
}

static void refused(scene *s, const char *names, uint8_t alert)
{
    scene_conn c = certified(s, names);
    if (alert)
        scene_alert(s, &c, C, 2, alert);
    scene_close(s, &c, C);
}

static void weak_hash(scene *s)
{
    refused(s, "sha1:ocs1.contoso.com", 42);
}

static void weak_key(scene *s)
{
    refused(s, "rsa1024:ocs1.contoso.com", 42);
}

static void weak_unknown_ca(scene *s)
{
    refused(s, "rsa1024:ocs1.contoso.com", 48);
}

static void weak_wrong_name(scene *s)
{
    refused(s, "rsa1024:ocs2.contoso.com", 42);
}

/* A sound leaf and the certificate above it. */
static void refused_below(scene *s, cx_cert above)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "ocs1.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    cx_san san = {CX_SAN_DNS, cx_slice_of("ocs1.contoso.com")};
    above.subject = cx_slice_of("CN=authority");
    above.issuer = above.self_issued ? above.subject : cx_slice_of("CN=root");
    above.ca = true;
    above.not_before_ns = s->now_ns - INT64_C(86400000000000);
    above.not_after_ns = s->now_ns + INT64_C(86400000000000);
    cx_cert leaf = above;
    leaf.subject = cx_slice_of("CN=ocs1.contoso.com");
    leaf.issuer = above.subject;
    leaf.san = &san;
    leaf.n_san = 1;
    leaf.ca = leaf.self_issued = false;
    leaf.key = cx_slice_of("EC P-256");
    leaf.signature = cx_slice_of("sha256WithRSAEncryption");
    cx_cert chain[] = {leaf, above};
    scene_chain(s, &c, chain, 2);
    scene_alert(s, &c, C, 2, 42);
    scene_close(s, &c, C);
}

#define ABOVE(name, signature_of, key_of, root)                                                    \
    static void name(scene *s)                                                                     \
    {                                                                                              \
        refused_below(s, (cx_cert){.signature = cx_slice_of(signature_of),                         \
                                   .key = cx_slice_of(key_of),                                     \
                                   .self_issued = root});                                          \
    }

ABOVE(weak_md2_above, "md2WithRSAEncryption", "RSA 2048", false)
ABOVE(weak_ecdsa_above, "ecdsa-with-SHA1", "EC P-256", false)
ABOVE(weak_key_above, "sha256WithRSAEncryption", "RSA 2047", false)
ABOVE(sound_above, "sha256WithRSAEncryption", "RSA 2048", false)
ABOVE(root_sha1, "sha1WithRSAEncryption", "RSA 2048", true)
ABOVE(root_weak_key, "sha1WithRSAEncryption", "RSA 1024", true)

static void weak_taken(scene *s)
{
    scene_conn c = certified(s, "rsa1024:ocs1.contoso.com");
    use(s, &c);
}

static void wildcard(scene *s)
{
    scene_conn c = certified(s, "*.contoso.com");
    use(s, &c);
}

static void wildcard_and_name(scene *s)
{
    scene_conn c = certified(s, "*.contoso.com ocs1.contoso.com");
    use(s, &c);
}

static void slow_by(scene *s, double seconds)
{
    scene_conn c = certified(s, "ocs1.contoso.com");
    scene_wait(s, seconds);
    use(s, &c);
}

static void slow(scene *s)
{
    slow_by(s, 5.1);
}

static void not_slow(scene *s)
{
    slow_by(s, 4);
}

static void slow_path(scene *s)
{
    scene_conn c = certified(s, "ocs1.contoso.com");
    c.tcp.rtt_ns = INT64_C(1100000000);
    scene_data(s, &c, C);
    scene_wait(s, 6);
    use(s, &c);
}

/* The flight of the server is stuck; the client gives up. */
static void stuck(scene *s, uint32_t bytes, uint32_t times, uint32_t passed, uint32_t acks)
{
    scene_conn c = hello(s, "ocs1.contoso.com");
    scene_server_hello(s, &c, 0x0303);
    cx_tcp_side *side = &c.tcp.side[S];
    side->bytes = 2136;
    side->stuck_len = bytes;
    side->stuck_times = times;
    side->retransmissions = times;
    side->stalled_ns = INT64_C(13000000000);
    side->stalled = side->last_data = (cx_evidence){.frame = s->frame, .ts_ns = s->now_ns};
    side->passed = passed;
    side->largest = bytes;
    side->repeated_acks = acks;
    scene_wait(s, 20);
    scene_close(s, &c, C);
}

static void too_large(scene *s)
{
    stuck(s, 1448, 7, 0, 1);
}

static void too_large_once(scene *s)
{
    stuck(s, 1448, 1, 0, 1);
}

static void small_ones(scene *s)
{
    stuck(s, 700, 7, 0, 1);
}

static void such_passed(scene *s)
{
    stuck(s, 1448, 7, 1448, 1);
}

static void dead_path(scene *s) /* nothing behind it arrives either */
{
    stuck(s, 1448, 7, 0, 0);
}

/* The same behind the narrow link. */
static void hole(scene *s, uint32_t bytes, uint32_t largest, double seconds)
{
    scene_conn c = hello(s, "ocs1.contoso.com");
    cx_tcp_side *side = &c.tcp.side[S];
    side->bytes = 688;
    side->hole = bytes;
    side->largest = largest;
    side->repeated_acks = 1;
    scene_data(s, &c, S);
    side->last_data = (cx_evidence){.frame = s->frame, .ts_ns = s->now_ns};
    scene_gap(s, &c, S);
    scene_wait(s, seconds);
    scene_close(s, &c, C);
}

static void missing(scene *s)
{
    hole(s, 1448, 688, 20);
}

static void missing_small(scene *s)
{
    hole(s, 688, 600, 20);
}

static void missing_among_large(scene *s) /* others of that size came: loss */
{
    hole(s, 1448, 1448, 20);
}

static void missing_two(scene *s) /* two of 1448; smaller ones of 1200 come */
{
    hole(s, 2896, 1200, 20);
}

static void missing_two_small(scene *s) /* maybe two of 1200, as those that come */
{
    hole(s, 2400, 1200, 20);
}

static void missing_for_a_moment(scene *s)
{
    hole(s, 1448, 688, 2);
}

/* A connection to a proxy that is asked for a tunnel. */
static void tunnel(scene *s, const char *target, bool credentials, uint16_t first, uint16_t second)
{
    scene_conn c = scene_open(s, "10.0.0.8:3128");
    scene_tunnel(s, &c, target, false, 0);
    scene_tunnel(s, &c, target, false, first);
    if (second) {
        scene_tunnel(s, &c, target, credentials, 0);
        scene_tunnel(s, &c, target, credentials, second);
    }
    scene_close(s, &c, S);
}

static void tunnel_refused(scene *s)
{
    tunnel(s, "sip.contoso.com:443", false, 403, 0);
}

static void tunnel_to_5061(scene *s)
{
    tunnel(s, "host.contoso.com:5061", false, 403, 0);
}

static void tunnel_elsewhere(scene *s) /* the sign-in of a bank */
{
    tunnel(s, "www.example.com:443", false, 403, 0);
}

static void tunnel_opened(scene *s)
{
    tunnel(s, "sip.contoso.com:443", true, 407, 200);
}

static void tunnel_opened_later(scene *s)
{
    tunnel(s, "sip.contoso.com:443", false, 503, 0);
    tunnel(s, "sip.contoso.com:443", false, 200, 0);
}

static void credentials_wanted(scene *s)
{
    tunnel(s, "sip.contoso.com:443", false, 407, 0);
}

static void credentials_refused(scene *s)
{
    tunnel(s, "sip.contoso.com:443", true, 407, 407);
}

static void forbidden_with_credentials(scene *s)
{
    tunnel(s, "sip.contoso.com:443", true, 407, 403);
}

typedef struct server_case {
    const char *name;
    void (*play)(scene *s);
    const char *id, *severity; /* of the finding; "" for none with this id */
    const char *cause;         /* of the latest attempt; "" for none */
} server_case;

static const server_case cases[] = {
    {"no SNI, reset", no_sni_reset, "tls-sni-problem", "failure", "tls-sni-problem"},
    {"no SNI, alert 40", no_sni_40, "tls-sni-problem", "failure", "tls-sni-problem"},
    {"other name, alert 40", other_name_40, "tls-sni-problem", "failure", "tls-sni-problem"},
    {"same name, alert 40", same_name_40, "tls-sni-problem", "", "tls-no-common-cipher"},
    {"no SNI, alone", no_sni_alone, "tls-sni-problem", "", "tcp-reset-established"},
    {"no SNI and old", no_sni_and_old, "tls-sni-problem", "", "tls-version-mismatch"},
    {"SNI, reset", sni_reset, "tls-sni-problem", "", "tcp-reset-established"},
    {"unknown name", unknown_name, "tls-sni-problem", "failure", "tls-sni-problem"},
    {"unknown name, warning", unknown_name_warning, "tls-sni-problem", "", ""},
    {"long list", long_list, "tls-ca-list-truncated", "failure", "tls-ca-list-truncated"},
    {"shorter list", shorter_list, "tls-ca-list-truncated", "", "tls-client-cert-missing"},
    {"long list, taken", long_list_taken, "tls-ca-list-truncated", "note", ""},
    {"weak hash", weak_hash, "tls-cert-weak", "failure", "tls-cert-weak"},
    {"weak key", weak_key, "tls-cert-weak", "failure", "tls-cert-weak"},
    {"weak, alert 48", weak_unknown_ca, "tls-cert-weak", "", "tls-cert-untrusted"},
    {"weak, wrong name", weak_wrong_name, "tls-cert-weak", "", "tls-cert-name-mismatch"},
    {"MD2 above", weak_md2_above, "tls-cert-weak", "failure", "tls-cert-weak"},
    {"SHA-1 and EC above", weak_ecdsa_above, "tls-cert-weak", "failure", "tls-cert-weak"},
    {"weak key above", weak_key_above, "tls-cert-weak", "failure", "tls-cert-weak"},
    {"sound above", sound_above, "tls-cert-weak", "", "tls-cert-untrusted"},
    {"root by SHA-1", root_sha1, "tls-cert-weak", "", "tls-cert-untrusted"},
    {"root with a weak key", root_weak_key, "tls-cert-weak", "failure", "tls-cert-weak"},
    {"weak and taken", weak_taken, "tls-cert-weak", "", ""},
    {"wildcard", wildcard, "tls-cert-wildcard-risk", "note", ""},
    {"wildcard and name", wildcard_and_name, "tls-cert-wildcard-risk", "", ""},
    {"slow", slow, "tls-handshake-slow", "note", ""},
    {"not slow", not_slow, "tls-handshake-slow", "", ""},
    {"slow path", slow_path, "tls-handshake-slow", "", ""},
    {"too large", too_large, "tcp-mtu-blackhole", "failure", "tcp-mtu-blackhole"},
    {"too large, sent again once", too_large_once, "tcp-mtu-blackhole", "",
     "tls-handshake-abandoned"},
    {"small ones", small_ones, "tcp-mtu-blackhole", "", "tls-handshake-abandoned"},
    {"such passed", such_passed, "tcp-mtu-blackhole", "", "tls-handshake-abandoned"},
    {"dead path", dead_path, "tcp-mtu-blackhole", "", "tls-handshake-abandoned"},
    {"missing", missing, "tcp-mtu-blackhole", "failure", "tcp-mtu-blackhole"},
    {"missing, small", missing_small, "tcp-mtu-blackhole", "", ""},
    {"missing among large", missing_among_large, "tcp-mtu-blackhole", "", ""},
    {"missing two", missing_two, "tcp-mtu-blackhole", "failure", "tcp-mtu-blackhole"},
    {"missing two, small", missing_two_small, "tcp-mtu-blackhole", "", ""},
    {"missing for a moment", missing_for_a_moment, "tcp-mtu-blackhole", "", ""},
    {"tunnel refused", tunnel_refused, "proxy-connect-refused", "failure", "proxy-connect-refused"},
    {"tunnel to 5061", tunnel_to_5061, "proxy-connect-refused", "failure", "proxy-connect-refused"},
    {"tunnel elsewhere", tunnel_elsewhere, "proxy-connect-refused", "", ""},
    {"tunnel opened", tunnel_opened, "proxy-auth-required", "", ""},
    {"tunnel opened later", tunnel_opened_later, "proxy-connect-refused", "", ""},
    {"credentials wanted", credentials_wanted, "proxy-auth-required", "failure",
     "proxy-auth-required"},
    {"credentials refused", credentials_refused, "proxy-auth-required", "failure",
     "proxy-auth-required"},
    {"forbidden with credentials", forbidden_with_credentials, "proxy-connect-refused", "failure",
     "proxy-connect-refused"},
};

#define CASES (sizeof cases / sizeof *cases)

static void test_case(void **state)
{
    const server_case *k = *state;
    scene s;
    scene_start(&s, NULL);
    k->play(&s);
    if (strcmp(k->severity, "failure") == 0)
        scene_wait(&s, 6); /* before, the client may go on: test_ahead.c */
    scene_end(&s);
    size_t n = json_array_size(s.attempts), last = n ? n - 1 : 0;
    if (strcmp(scene_cause(&s, last), k->cause) ||
        strcmp(scene_text(&s, k->id, "severity"), k->severity)) {
        char *dump = json_dumps(s.findings, JSON_INDENT(1));
        print_message("%s: cause %s, %s of severity %s\n%s\n", k->name, scene_cause(&s, last),
                      k->id, scene_text(&s, k->id, "severity"), dump);
        free(dump);
        fail();
    }
    scene_expect_whole(&s, k->name);
    scene_free(&s);
}

int main(void)
{
    static struct CMUnitTest tests[CASES];
    for (size_t i = 0; i < CASES; i++)
        tests[i] =
            (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, (void *)(uintptr_t)&cases[i]};
    return _cmocka_run_group_tests("server", tests, CASES, NULL, NULL);
}
