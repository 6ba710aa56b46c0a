/* Which of several failures is the cause, and which of them another try made good: for each thing
 * that decides it a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C     CX_FROM_CLIENT
#define S     CX_FROM_SERVER
#define ALICE "sip:alice@contoso.com"

static void refused(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_refused(s, &c);
}

static void left(scene *s, const char *server) /* opened, and nothing came of it */
{
    scene_conn c = scene_open(s, server);
    scene_close(s, &c, C);
}

static void greeted(scene *s, const char *server) /* the server closes behind the ClientHello */
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, NULL, 0x0303);
    scene_close(s, &c, S);
}

static void expired(scene *s, const char *server, const char *name)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, name, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, name, -100, -10);
    scene_alert(s, &c, C, 2, 45);
    scene_close(s, &c, C);
}

static void used(scene *s, const char *server, const char *name)
{
    scene_conn c = scene_open(s, server);
    scene_hello(s, &c, name, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, name, -10, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

/* ---- Another try ---- */

static void two_pools(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com",
                 "0 0 5061 a.contoso.com, 10 0 5061 b.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    scene_lookup(s, "A", "b.contoso.com", "10.0.0.6");
}

static void second_pool_opens(scene *s) /* another server is no second try at this one */
{
    two_pools(s);
    refused(s, "10.0.0.5:5061");
    greeted(s, "10.0.0.6:5061");
    scene_wait(s, 10);
}

static void second_address_opens(scene *s) /* of the same name */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 a.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5 10.0.0.6");
    refused(s, "10.0.0.5:5061");
    greeted(s, "10.0.0.6:5061");
    scene_wait(s, 10);
}

static void same_server_opens(scene *s)
{
    two_pools(s);
    refused(s, "10.0.0.5:5061");
    greeted(s, "10.0.0.5:5061");
    scene_wait(s, 10);
}

static void opened_before(scene *s) /* it is refused since then */
{
    two_pools(s);
    left(s, "10.0.0.5:5061");
    scene_wait(s, 2);
    refused(s, "10.0.0.5:5061");
    scene_wait(s, 10);
}

static void other_port_opens(scene *s)
{
    two_pools(s);
    refused(s, "10.0.0.5:5061");
    left(s, "10.0.0.5:5060");
    scene_wait(s, 10);
}

static void busy_then_left(scene *s) /* an answer is not made good by a connection */
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, ALICE, 1, NULL);
    scene_answer(s, &c, ALICE, 1, 503, NULL);
    scene_close(s, &c, C);
    left(s, "10.0.0.5:5060");
    scene_wait(s, 10);
}

static void expired_then_left(scene *s) /* nor is TLS by one that carries none */
{
    two_pools(s);
    expired(s, "10.0.0.5:5061", "a.contoso.com");
    left(s, "10.0.0.5:5061");
    scene_wait(s, 10);
}

static void expired_then_used(scene *s)
{
    two_pools(s);
    expired(s, "10.0.0.5:5061", "a.contoso.com");
    used(s, "10.0.0.5:5061", "a.contoso.com");
    scene_wait(s, 10);
}

/* ---- Who named it ---- */

static void internal_before_external(scene *s) /* though it fails later */
{
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 443 sip.contoso.com");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.9");
    refused(s, "10.0.0.9:443");
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 a.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    refused(s, "10.0.0.5:5061");
    scene_wait(s, 10);
}

static void internal_without_address(scene *s)
{
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "0 0 443 sip.contoso.com");
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.9");
    refused(s, "10.0.0.9:443");
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 a.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "a.contoso.com", "NXDOMAIN");
    scene_wait(s, 10);
}

static void first_record_without_address(scene *s) /* though the second fails before it is known */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com",
                 "0 0 5061 a.contoso.com, 10 0 5061 b.contoso.com");
    scene_lookup(s, "A", "b.contoso.com", "10.0.0.6");
    refused(s, "10.0.0.6:5061");
    scene_lookup(s, "A", "a.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "a.contoso.com", "NXDOMAIN");
    scene_wait(s, 10);
}

static void second_record_without_address(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com",
                 "0 0 5061 a.contoso.com, 10 0 5061 b.contoso.com");
    scene_lookup(s, "A", "b.contoso.com", "NXDOMAIN");
    scene_lookup(s, "AAAA", "b.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    refused(s, "10.0.0.5:5061");
    scene_wait(s, 10);
}

static void record_before_guess(scene *s)
{
    scene_lookup(s, "A", "sipinternal.contoso.com", "10.0.0.8");
    refused(s, "10.0.0.8:5061");
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 a.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5");
    greeted(s, "10.0.0.5:5061");
    scene_wait(s, 10);
}

/* The domain itself, which a client tries last, is a guess: that there is no record says more. */
static void guess_behind_missing_record(scene *s)
{
    static const char *const names[] = {"sipinternal.contoso.com", "sipexternal.contoso.com",
                                        "sip.contoso.com"};
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        scene_lookup(s, "A", names[i], "NXDOMAIN");
    scene_lookup(s, "A", "contoso.com", "10.0.0.80");
    refused(s, "10.0.0.80:5061");
    scene_wait(s, 40);
}

static void host_behind_missing_record(scene *s) /* one that exists was meant to be found */
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
    scene_lookup(s, "A", "sipinternal.contoso.com", "10.0.0.8");
    refused(s, "10.0.0.8:5061");
    scene_wait(s, 40);
}

/* ---- The table ---- */

#define REFUSED "tcp-connection-refused"
#define CLOSED  "tls-server-silent-close"
#define NO_ADDR "dns-srv-target-no-address"
#define MISSING "dns-srv-missing"
#define EXPIRED "tls-cert-expired"
#define BUSY    "sip-service-unavailable"

static const said_case cases[] = {
    {"second pool opens", second_pool_opens, REFUSED, "failure", "proven", REFUSED, NULL},
    {"second address opens", second_address_opens, REFUSED, "note", "proven", CLOSED, NULL},
    {"same server opens", same_server_opens, REFUSED, "note", "proven", CLOSED, NULL},
    {"opened before", opened_before, REFUSED, "failure", "proven", REFUSED, NULL},
    {"other port opens", other_port_opens, REFUSED, "failure", "proven", REFUSED, NULL},
    {"503, then left", busy_then_left, BUSY, "failure", "proven", BUSY, NULL},
    {"expired, then left", expired_then_left, EXPIRED, "failure", "proven", EXPIRED, NULL},
    {"expired, then used", expired_then_used, EXPIRED, "note", "proven", "", NULL},
    {"internal before external", internal_before_external, REFUSED, "failure", "proven", REFUSED,
     NULL},
    {"internal without address", internal_without_address, NO_ADDR, "failure", "proven", NO_ADDR,
     NULL},
    {"first record without address", first_record_without_address, NO_ADDR, "failure", "proven",
     NO_ADDR, NULL},
    {"second record without address", second_record_without_address, REFUSED, "failure", "proven",
     REFUSED, NULL},
    {"record before guess", record_before_guess, CLOSED, "failure", "likely", CLOSED, NULL},
    {"guess behind missing record", guess_behind_missing_record, MISSING, "failure", "proven",
     MISSING, NULL},
    {"host behind missing record", host_behind_missing_record, REFUSED, "failure", "proven",
     REFUSED, NULL},
};

/* ---- The same again ---- */

static void refused_of(scene *s, const char *const *servers, size_t n)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "0 0 5061 a.contoso.com");
    scene_lookup(s, "A", "a.contoso.com", "10.0.0.5 10.0.0.6");
    for (size_t i = 0; i < n; i++) {
        refused(s, servers[i]);
        scene_wait(s, 2);
    }
    scene_wait(s, 10);
}

static void refused_thrice(scene *s)
{
    refused_of(s, (const char *const[]){"10.0.0.5:5061", "10.0.0.5:5061", "10.0.0.5:5061"}, 3);
}

static void refused_by_two(scene *s)
{
    refused_of(s, (const char *const[]){"10.0.0.5:5061", "10.0.0.6:5061", "10.0.0.5:5061"}, 3);
}

static void refused_at_two_ports(scene *s)
{
    refused_of(s, (const char *const[]){"10.0.0.5:5061", "10.0.0.5:5060", "10.0.0.5:5061"}, 3);
}

/* Once with its count, and apart where the server or its port is another. */
static void test_repeated(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        size_t findings;
        int count; /* of the cause; of two ports that is the one which no record names */
    } rows[] = {{"thrice", refused_thrice, 1, 3},
                {"two servers", refused_by_two, 2, 2},
                {"two ports", refused_at_two_ports, 2, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        rows[i].play(&s);
        scene_end(&s);
        const json_t *root = scene_finding(&s, REFUSED), *o;
        size_t n = 0, k;
        json_array_foreach(s.findings, k, o)
        {
            n += strcmp(json_string_value(json_object_get(o, "id")), REFUSED) == 0;
        }
        int count = (int)json_integer_value(json_object_get(root, "count"));
        if (n != rows[i].findings || count != rows[i].count)
            fail_msg("%s: %zu findings, the first of %d", rows[i].name, n, count);
        const char *first = scene_text(&s, REFUSED, "first");
        assert_true(strcmp(first, scene_text(&s, REFUSED, "last")) < 0);
        assert_true(json_array_size(json_object_get(root, "evidence")) >= 2 * (size_t)count);
        scene_free(&s);
    }
}

/* Of which server the cause is told, and what role the other failures have. */
static void test_roles(void **state)
{
    static const struct {
        const char *name;
        void (*play)(scene *s);
        const char *server, *other, *role;
    } rows[] = {
        {"internal before external", internal_before_external, "10.0.0.5", REFUSED, "consequence"},
        {"second pool opens", second_pool_opens, "10.0.0.5", CLOSED, "consequence"},
        {"same server opens", same_server_opens, "10.0.0.5", REFUSED, "contributing"},
        {"record before guess", record_before_guess, "10.0.0.5", REFUSED, "consequence"},
        {"guess behind missing record", guess_behind_missing_record, "", REFUSED, "consequence"},
        {"host behind missing record", host_behind_missing_record, "10.0.0.8", MISSING,
         "consequence"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        rows[i].play(&s);
        scene_end(&s);
        const json_t *root = json_array_get(s.findings, 0), *o;
        const char *server = json_string_value(json_object_get(root, "server"));
        assert_string_equal(json_string_value(json_object_get(root, "role")), "root-cause");
        const char *role = "";
        size_t k;
        json_array_foreach(s.findings, k, o)
        {
            if (k && strcmp(json_string_value(json_object_get(o, "id")), rows[i].other) == 0)
                role = json_string_value(json_object_get(o, "role"));
        }
        if (strcmp(server ? server : "", rows[i].server) != 0 || strcmp(role, rows[i].role) != 0)
            fail_msg("%s: %s, %s", rows[i].name, server, role);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_roles),
                                       cmocka_unit_test(test_repeated)};
    return run_said_cases("engine", cases, sizeof cases / sizeof *cases) +
           cmocka_run_group_tests_name("engine, roles", tests, NULL, NULL);
}
