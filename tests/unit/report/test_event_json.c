/* report/event_json*.c: each kind of event as `capdx events` prints it. */
#include "report/event_json.h"
#include "report/json_out.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define COMMON "\"file\":\"a.pcap\",\"frame\":7,\"time\":\"2026-11-23T14:02:01.123456Z\","
#define TCP_ENDS                                                                                   \
    "\"src\":\"10.20.1.21\",\"sport\":49200,\"dst\":\"10.20.2.20\",\"dport\":5061,"                \
    "\"proto\":\"tcp\",\"stream\":3,\"community_id\":\"1:GMQsFbcfF/m1VkR3/+XqSh+ExSI=\""

static const cx_event_json_options common = {.file = "a.pcap", .time_digits = 6};
static const cx_event_json_options bare = {.time_digits = 6};

static cx_endpoint endpoint(const char *address, uint16_t port, uint8_t proto)
{
    cx_endpoint e = {0};
    assert_true(cx_addr_parse(cx_slice_of(address), &e));
    e.port = port;
    e.proto = proto;
    return e;
}

static cx_event event_of(cx_event_kind kind, uint8_t dir)
{
    return (cx_event){.kind = kind,
                      .flow = 1,
                      .stream = 3,
                      .dir = dir,
                      .client = endpoint("10.20.1.21", 49200, CX_IPPROTO_TCP),
                      .server = endpoint("10.20.2.20", 5061, CX_IPPROTO_TCP),
                      .at = {.frame = 7, .ts_ns = INT64_C(1795442521123456789)}};
}

/* ---- allocations of jansson, of which the k-th fails ---- */

static size_t json_calls, json_fail_at;

static void *json_malloc(size_t n)
{
    return ++json_calls == json_fail_at ? NULL : malloc(n);
}

static bool is(cx_buf *text, const char *expected)
{
    bool same = cx_slice_is(cx_buf_slice(text), expected);
    if (!same)
        print_error("expected %s\ngot      %.*s\n", expected, (int)text->len, (char *)text->p);
    cx_buf_free(text);
    return same;
}

/* With every allocation of one kind failing in turn: the same text, or a word that there is none.
 */
static void fail_each(const cx_event *e, const cx_event_json_options *options, const char *expected,
                      size_t calls, void (*fail_at)(size_t k))
{
    size_t failed = 0;
    for (size_t k = 1; k <= calls; k++) {
        cx_buf text = cx_buf_init(65536);
        fail_at(k);
        cx_status status = cx_event_json(e, options, &text);
        fail_at(0);
        if (status == CX_OK) {
            assert_true(is(&text, expected));
            continue;
        }
        assert_int_equal(status, CX_NO_MEMORY);
        cx_buf_free(&text);
        failed++;
    }
    assert_true(failed >= calls / 2); /* text is tried a second time when the first try fails */
}

static void json_fails_at(size_t k)
{
    json_calls = 0;
    json_fail_at = k;
}

static void expect(const cx_event *e, const cx_event_json_options *options, const char *expected)
{
    cx_buf text = cx_buf_init(65536);
    json_fails_at(0);
    test_alloc_fail_at(0);
    cx_status status = cx_event_json(e, options, &text);
    size_t json = json_calls, own = test_alloc_calls();
    if (!expected) {
        assert_int_equal(status, CX_END);
        assert_int_equal(text.len, 0);
        return;
    }
    assert_int_equal(status, CX_OK);
    assert_true(is(&text, expected));
    assert_true(own > 0);
    fail_each(e, options, expected, json, json_fails_at);
    fail_each(e, options, expected, own, test_alloc_fail_at);
}

/* ---- kinds ---- */

static void test_tcp(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_TCP, CX_FROM_SERVER);
    e.u.tcp = (cx_ev_tcp){.what = CX_TCP_REFUSED,
                          .syn = {{.frame = 3}, {.frame = 5}},
                          .n_syns = 2,
                          .answer = {.frame = 7},
                          .rtt_ns = 12345678};
    expect(&e, &common,
           "{\"type\":\"tcp\"," COMMON
           "\"src\":\"10.20.2.20\",\"sport\":5061,\"dst\":\"10.20.1.21\",\"dport\":49200,"
           "\"proto\":\"tcp\",\"stream\":3,\"community_id\":\"1:GMQsFbcfF/m1VkR3/+XqSh+ExSI=\","
           "\"event\":\"refused\",\"frames\":[3,5,7],\"rtt_ms\":12.345,\"syns\":2}");
    e.u.tcp.rtt_ns = -1;
    e.u.tcp.answer.frame = 0;
    e.u.tcp.n_syns = 12; /* more than are kept */
    for (size_t i = 0; i < CX_MAX_SYNS; i++)
        e.u.tcp.syn[i].frame = i + 1;
    e.u.tcp.what = CX_TCP_TIMEOUT;
    expect(&e, &bare,
           "{\"type\":\"tcp\",\"event\":\"timeout\",\"frames\":[1,2,3,4,5,6,7,8],\"syns\":12}");
    e.u.tcp = (cx_ev_tcp){.what = CX_TCP_UNREACHABLE,
                          .syn = {{.frame = 1}},
                          .n_syns = 1,
                          .answer = {.frame = 2},
                          .rtt_ns = -1,
                          .icmp_type = 3,
                          .icmp_code = 13,
                          .icmp_from = endpoint("192.0.2.1", 0, CX_IPPROTO_ICMP)};
    expect(&e, &bare,
           "{\"type\":\"tcp\",\"event\":\"unreachable\",\"frames\":[1,2],\"syns\":1,\"icmp\":{"
           "\"type\":3,\"code\":13,\"from\":\"192.0.2.1\"}}");
    e.u.tcp = (cx_ev_tcp){
        .what = CX_TCP_RESET, .rtt_ns = -1, .mid_stream = true, .closed_by = CX_FROM_SERVER};
    expect(&e, &bare, "{\"type\":\"tcp\",\"event\":\"reset\",\"closed_by\":\"server\"}");
}

static void test_tcp_names(void **state)
{
    (void)state;
    static const struct {
        cx_tcp_what what;
        const char *json;
    } names[] = {
        {CX_TCP_SYN, NULL},
        {CX_TCP_DATA, NULL},
        {CX_TCP_OPEN, NULL},
        {CX_TCP_CONNECTED, "{\"type\":\"tcp\",\"event\":\"connected\",\"rtt_ms\":0.0,\"syns\":0}"},
        {CX_TCP_HALF_OPEN, "{\"type\":\"tcp\",\"event\":\"half_open\",\"rtt_ms\":0.0,\"syns\":0}"},
        {CX_TCP_CLOSED, "{\"type\":\"tcp\",\"event\":\"closed\",\"rtt_ms\":0.0,\"syns\":0,"
                        "\"closed_by\":\"client\"}"},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        cx_event e = event_of(CX_EV_TCP, CX_FROM_CLIENT);
        e.u.tcp.what = names[i].what;
        expect(&e, &bare, names[i].json);
    }
}

static void test_dns(void **state)
{
    (void)state;
    cx_dns_rr rr[] = {
        {.name = TEXT("a"), .type = CX_DNS_A, .ttl = 60, .address = {.family = 4}},
        {.name = TEXT("a"), .type = CX_DNS_A, .ttl = 61}, /* data not readable */
        {.name = TEXT("s"), .type = CX_DNS_SRV, .ttl = 62, .port = 5061, .target = TEXT("t")},
        {.name = TEXT("s"), .type = CX_DNS_SRV, .ttl = 63},
        {.name = TEXT("x"), .type = 65000, .ttl = 64, .section = CX_DNS_AUTHORITY},
        {.name = TEXT("."),
         .type = CX_DNS_OPT,
         .class_ = 4096,
         .ttl = 9,
         .section = CX_DNS_ADDITIONAL},
    };
    cx_event e = event_of(CX_EV_DNS, CX_FROM_SERVER);
    e.u.dns = (cx_ev_dns){.id = 65535,
                          .rcode = 12,
                          .header_rcode = 12,
                          .truncated = true,
                          .qname = TEXT("a"),
                          .qtype = 65,
                          .rr = rr,
                          .n_rr = COUNT(rr),
                          .rtt_ns = 1999};
    expect(&e, &bare,
           "{\"type\":\"dns\",\"query\":false,\"id\":65535,\"qname\":\"a\",\"qtype\":\"HTTPS\","
           "\"rcode\":12,\"truncated\":true,\"answers\":["
           "{\"name\":\"a\",\"type\":\"A\",\"ttl\":60,\"address\":\"0.0.0.0\"},"
           "{\"name\":\"a\",\"type\":\"A\",\"ttl\":61},"
           "{\"name\":\"s\",\"type\":\"SRV\",\"ttl\":62,\"priority\":0,\"weight\":0,\"port\":5061,"
           "\"target\":\"t\"},{\"name\":\"s\",\"type\":\"SRV\",\"ttl\":63}],"
           "\"authority\":[{\"name\":\"x\",\"type\":\"TYPE65000\",\"ttl\":64}],"
           "\"additional\":[{\"name\":\".\",\"type\":\"OPT\",\"udp_size\":4096}],"
           "\"rtt_ms\":0.001}");
    e.u.dns.in_part = true;
    expect(&e, &bare, NULL);
}

static void test_tls(void **state)
{
    (void)state;
    const uint16_t ciphers[] = {0xc02f, 0x0005};
    cx_event e = event_of(CX_EV_TLS, CX_FROM_CLIENT);
    e.u.tls = (cx_ev_tls){.message = CX_TLS_CLIENT_HELLO,
                          .version = 0x0303,
                          .versions = {0x0304, 0x0303},
                          .n_versions = 2,
                          .ciphers = ciphers,
                          .n_ciphers = 2,
                          .sni = TEXT("ocs1.contoso.com"),
                          .alpn = {TEXT("h2")},
                          .n_alpn = 1};
    expect(&e, &common,
           "{\"type\":\"tls\"," COMMON TCP_ENDS ",\"message\":\"client_hello\","
           "\"versions\":[\"TLS 1.3\",\"TLS 1.2\"],\"sni\":\"ocs1.contoso.com\","
           "\"ciphers\":[\"0xc02f\",\"0x0005\"],\"alpn\":[\"h2\"]}");
    e.u.tls = (cx_ev_tls){.message = CX_TLS_CLIENT_HELLO, .version = 0x0301};
    expect(&e, &bare,
           "{\"type\":\"tls\",\"message\":\"client_hello\",\"versions\":[\"TLS 1.0\"],"
           "\"ciphers\":[]}");
    e.u.tls.cut = true;
    expect(&e, &bare, NULL);
    e.u.tls = (cx_ev_tls){.message = CX_TLS_SERVER_HELLO,
                          .version = 0x7f1c,
                          .cipher = 0x1301,
                          .resumed = true,
                          .hello_retry = true};
    expect(&e, &bare,
           "{\"type\":\"tls\",\"message\":\"server_hello\",\"version\":\"0x7f1c\","
           "\"cipher\":\"0x1301\",\"resumed\":true,\"hello_retry\":true}");
    e.decrypted = true;
    e.u.tls = (cx_ev_tls){.message = CX_TLS_ALERT, .level = 2, .description = 48};
    expect(&e, &bare,
           "{\"type\":\"tls\",\"decrypted\":true,\"message\":\"alert\",\"level\":\"fatal\","
           "\"description\":\"unknown_ca\",\"number\":48}");
    e.u.tls = (cx_ev_tls){.message = CX_TLS_ALERT, .level = 7, .description = 200};
    expect(&e, &bare, "{\"type\":\"tls\",\"decrypted\":true,\"message\":\"alert\",\"number\":200}");
}

static void test_tls_names(void **state)
{
    (void)state;
    static const struct {
        cx_tls_message message;
        const char *json;
    } names[] = {
        {CX_TLS_CERTIFICATE, "{\"type\":\"tls\",\"message\":\"certificate\",\"chain\":[]}"},
        {CX_TLS_CERTIFICATE_REQUEST, "{\"type\":\"tls\",\"message\":\"certificate_request\"}"},
        {CX_TLS_FINISHED, "{\"type\":\"tls\",\"message\":\"finished\"}"},
        {CX_TLS_ENCRYPTED_ALERT, "{\"type\":\"tls\",\"message\":\"encrypted_alert\"}"},
        {CX_TLS_CERTIFICATE_STATUS, NULL},
        {CX_TLS_SERVER_HELLO_DONE, NULL},
        {CX_TLS_CLIENT_KEY_EXCHANGE, NULL},
        {CX_TLS_CHANGE_CIPHER_SPEC, NULL},
        {CX_TLS_APPLICATION_DATA, NULL},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        cx_event e = event_of(CX_EV_TLS, CX_FROM_CLIENT);
        e.u.tls.message = names[i].message;
        expect(&e, &bare, names[i].json);
    }
}

static void test_certificates(void **state)
{
    (void)state;
    cx_san san[] = {{CX_SAN_DNS, TEXT("sip.contoso.com")}, {CX_SAN_IP, TEXT("192.0.2.1")}};
    cx_cert chain[] = {
        {.subject = TEXT("CN=ocs1"),
         .issuer = TEXT("CN=CA"),
         .serial = TEXT("0AFF"),
         .not_before_ns = 0,
         .not_after_ns = INT64_C(1795442521000000000),
         .san = san,
         .n_san = 2,
         .key = TEXT("RSA 2048"),
         .signature = TEXT("sha256WithRSAEncryption"),
         .sha256 = "00ff"},
        {.unreadable = true},
    };
    cx_event e = event_of(CX_EV_TLS, CX_FROM_SERVER);
    e.u.tls = (cx_ev_tls){.message = CX_TLS_CERTIFICATE, .chain = chain, .n_chain = 2};
    expect(
        &e, &bare,
        "{\"type\":\"tls\",\"message\":\"certificate\",\"chain\":[{\"subject\":\"CN=ocs1\","
        "\"issuer\":\"CN=CA\",\"serial\":\"0AFF\",\"not_before\":\"1970-01-01T00:00:00.000000Z\","
        "\"not_after\":\"2026-11-23T14:02:01.000000Z\",\"san\":[\"sip.contoso.com\","
        "\"192.0.2.1\"],\"key\":\"RSA 2048\",\"signature\":\"sha256WithRSAEncryption\","
        "\"sha256\":\"00ff\",\"self_signed\":false},{\"unreadable\":true}]}");
}

static void test_sip(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_SIP, CX_FROM_CLIENT);
    e.u.sip = (cx_ev_sip){.request = true,
                          .method = TEXT("REGISTER"),
                          .uri = {.text = TEXT("sip:contoso.com")},
                          .call_id = TEXT("c1"),
                          .cseq = 2,
                          .from = {.text = TEXT("sip:alice@contoso.com")},
                          .to = {.text = TEXT("sip:alice@contoso.com")},
                          .via_transport = TEXT("TCP"),
                          .expires = 600,
                          .retry_after = -1,
                          .user_agent = TEXT("UCCP/2.0"),
                          .auth = (cx_sip_auth[]){{.role = CX_AUTH_USED, .scheme = TEXT("NTLM")}},
                          .n_auth = 1};
    expect(&e, &bare,
           "{\"type\":\"sip\",\"method\":\"REGISTER\",\"uri\":\"sip:contoso.com\",\"call_id\":"
           "\"c1\",\"cseq\":2,\"from\":\"sip:alice@contoso.com\",\"to\":\"sip:alice@contoso.com\","
           "\"via_transport\":\"TCP\",\"expires\":600,\"user_agent\":\"UCCP/2.0\",\"auth_used\":"
           "\"NTLM\"}");
    e.u.sip = (cx_ev_sip){
        .method = TEXT("REGISTER"),
        .status = 401,
        .reason = TEXT("Un\x01zul\xe4ssig"), /* a control character and no UTF-8 */
        .expires = -1,
        .retry_after = 30,
        .server = TEXT("RTC/3.5"),
        .auth = (cx_sip_auth[]){{.role = CX_AUTH_OFFERED, .scheme = TEXT("NTLM")},
                                {.role = CX_AUTH_OFFERED, .scheme = TEXT("Kerberos")},
                                {.role = CX_AUTH_OFFERED, .scheme = TEXT("ntlm")},
                                {.role = CX_AUTH_INFO, .scheme = TEXT("TLS-DSK")}},
        .n_auth = 4,
        .diag = (cx_sip_diag[]){{.code = 1009,
                                 .sub = 3,
                                 .reason = TEXT("No match"),
                                 .source = TEXT("fe1"),
                                 .is_public = true,
                                 .names = {TEXT("a"), TEXT("a"), TEXT("b")},
                                 .values = {TEXT("1"), TEXT("2"), TEXT("3")},
                                 .n_attributes = 3},
                                {.code = 4, .sub = -1}},
        .n_diag = 2,
        .warning = (cx_sip_warning[]){{.code = 399, .agent = TEXT("lcs"), .text = TEXT("x")},
                                      {.code = 1, .agent = TEXT("y"), .text = TEXT("")}},
        .n_warnings = 2,
        .cut = true};
    expect(&e, &bare,
           "{\"type\":\"sip\",\"status\":401,\"reason\":\"Un\\u0001zul\\uFFFDssig\","
           "\"cseq_method\":\"REGISTER\",\"cseq\":0,\"retry_after\":30,\"server\":\"RTC/3.5\","
           "\"ms_diagnostics\":[{\"code\":1009,\"sub\":3,\"reason\":\"No match\",\"source\":"
           "\"fe1\",\"public\":true,\"attributes\":{\"a\":\"1\",\"b\":\"3\"}},{\"code\":4,"
           "\"public\":false,\"attributes\":{}}],\"warning\":\"399 lcs \\\"x\\\", 001 y "
           "\\\"\\\"\",\"auth_offered\":[\"NTLM\",\"Kerberos\"],\"cut\":true}");
    e.u.sip.start_cut = true;
    expect(&e, &bare, NULL);
}

static void test_ntlm(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_NTLM, CX_FROM_SERVER);
    e.u.ntlm = (cx_ev_ntlm){.message = CX_NTLM_CHALLENGE,
                            .carrier = "sip",
                            .has_flags = true,
                            .flags = 0xe2998255,
                            .target = TEXT("CONTOSO"),
                            .timestamp_ns = INT64_MIN,
                            .nb_domain = TEXT("CONTOSO")};
    expect(
        &e, &bare,
        "{\"type\":\"ntlm\",\"message\":\"challenge\",\"carrier\":\"sip\",\"flags\":"
        "\"0xe2998255\",\"flag_names\":[\"NEGOTIATE_UNICODE\",\"REQUEST_TARGET\",\"NEGOTIATE_"
        "SIGN\","
        "\"NEGOTIATE_DATAGRAM\",\"NEGOTIATE_NTLM\",\"NEGOTIATE_ALWAYS_SIGN\",\"TARGET_TYPE_"
        "DOMAIN\","
        "\"NEGOTIATE_EXTENDED_SESSIONSECURITY\",\"NEGOTIATE_IDENTIFY\",\"NEGOTIATE_TARGET_INFO\","
        "\"NEGOTIATE_VERSION\",\"NEGOTIATE_128\",\"NEGOTIATE_KEY_EXCH\",\"NEGOTIATE_56\"],"
        "\"target\":"
        "\"CONTOSO\",\"nb_domain\":\"CONTOSO\"}");
    e.u.ntlm = (cx_ev_ntlm){.message = CX_NTLM_AUTHENTICATE,
                            .carrier = "http",
                            .domain = TEXT(""),
                            .user = TEXT(""),
                            .response = CX_NTLM_RESPONSE_ANONYMOUS};
    expect(&e, &bare,
           "{\"type\":\"ntlm\",\"message\":\"authenticate\",\"carrier\":\"http\",\"domain\":\"\","
           "\"user\":\"\",\"response\":\"anonymous\",\"mic\":false}");
}

static void test_krb(void **state)
{
    (void)state;
    static const struct {
        cx_krb_message message;
        const char *name;
    } names[] = {
        {CX_KRB_AS_REQ, "as_req"},   {CX_KRB_AS_REP, "as_rep"}, {CX_KRB_TGS_REQ, "tgs_req"},
        {CX_KRB_TGS_REP, "tgs_rep"}, {CX_KRB_AP_REQ, "ap_req"}, {CX_KRB_AP_REP, "ap_rep"},
    };
    cx_event e = event_of(CX_EV_KRB, CX_FROM_CLIENT);
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[96];
        e.u.krb = (cx_ev_krb){.message = names[i].message,
                              .error_code = 24, /* only errors have one */
                              .has_code = true,
                              .stime_ns = INT64_MIN,
                              .ctime_ns = INT64_MIN};
        (void)snprintf(text, sizeof text, "{\"type\":\"kerberos\",\"message\":\"%s\"}",
                       names[i].name);
        expect(&e, &bare, text);
    }
    e.u.krb = (cx_ev_krb){.message = CX_KRB_TGS_REQ,
                          .carrier = "kpasswd",
                          .realm = TEXT("CONTOSO.COM"),
                          .sname = TEXT("sip/ocs1.contoso.com"),
                          .sname_type = 2,
                          .etypes = {18, 23, -135},
                          .n_etypes = 3,
                          .padata = {1, 128},
                          .n_padata = 2,
                          .nonce = 4711,
                          .has_nonce = true,
                          .stime_ns = INT64_MIN,
                          .ctime_ns = INT64_MIN,
                          .cut = true};
    expect(&e, &common,
           "{\"type\":\"kerberos\"," COMMON TCP_ENDS ",\"message\":\"tgs_req\","
           "\"carrier\":\"kpasswd\",\"realm\":\"CONTOSO.COM\",\"sname\":\"sip/ocs1.contoso.com\","
           "\"etypes\":[18,23,-135],\"padata\":[1,128],\"cut\":true}");
}

static void test_krb_error(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_KRB, CX_FROM_CLIENT);
    e.u.krb = (cx_ev_krb){.message = CX_KRB_ERROR,
                          .realm = TEXT("CONTOSO.COM"),
                          .crealm = TEXT("CONTOSO.COM"),
                          .cname = TEXT("alice"),
                          .sname = TEXT("krbtgt/CONTOSO.COM"),
                          .has_code = true,
                          .error_code = 18,
                          .e_text = TEXT("LOCKED_OUT"),
                          .nt_status = 0xc0000234,
                          .stime_ns = e.at.ts_ns + INT64_C(7200000000000),
                          .ctime_ns = INT64_C(846635853000000000)};
    expect(&e, &common,
           "{\"type\":\"kerberos\"," COMMON TCP_ENDS ",\"message\":\"error\","
           "\"realm\":\"CONTOSO.COM\",\"crealm\":\"CONTOSO.COM\",\"cname\":\"alice\","
           "\"sname\":\"krbtgt/CONTOSO.COM\",\"error_code\":18,"
           "\"error_name\":\"KDC_ERR_CLIENT_REVOKED\",\"e_text\":\"LOCKED_OUT\","
           "\"ntstatus\":\"0xc0000234\",\"ntstatus_name\":\"STATUS_ACCOUNT_LOCKED_OUT\","
           "\"stime\":\"2026-11-23T16:02:01.123456Z\",\"ctime\":\"1996-10-30T00:37:33.000000Z\","
           "\"skew_s\":7200}");
    /* a code, and an NTSTATUS, without a name; and no code, since the capture cut it */
    e.u.krb = (cx_ev_krb){.message = CX_KRB_ERROR,
                          .has_code = true,
                          .error_code = -5,
                          .nt_status = 0xcfffffff,
                          .stime_ns = e.at.ts_ns - 1,
                          .ctime_ns = INT64_MIN};
    expect(&e, &bare,
           "{\"type\":\"kerberos\",\"message\":\"error\",\"error_code\":-5,"
           "\"ntstatus\":\"0xcfffffff\",\"stime\":\"2026-11-23T14:02:01.123456Z\",\"skew_s\":0}");
    e.u.krb = (cx_ev_krb){
        .message = CX_KRB_ERROR, .stime_ns = INT64_MIN, .ctime_ns = INT64_MIN, .cut = true};
    expect(&e, &bare, "{\"type\":\"kerberos\",\"message\":\"error\",\"cut\":true}");
}

static void test_http(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_HTTP, CX_FROM_CLIENT);
    e.u.http = (cx_ev_http){.request = true,
                            .method = TEXT("CONNECT"),
                            .uri = TEXT("sip.contoso.com:443"),
                            .host = TEXT("sip.contoso.com"),
                            .user_agent = TEXT("UCCAPI\xff"),
                            .auth_used = TEXT("NTLM"),
                            .proxy = true};
    expect(&e, &bare,
           "{\"type\":\"http\",\"method\":\"CONNECT\",\"uri\":\"sip.contoso.com:443\","
           "\"host\":\"sip.contoso.com\",\"user_agent\":\"UCCAPI\\uFFFD\",\"auth_used\":\"NTLM\","
           "\"proxy\":true}");
    e = event_of(CX_EV_HTTP, CX_FROM_SERVER);
    e.u.http = (cx_ev_http){.status = 401,
                            .method = TEXT("GET"),
                            .reason = TEXT("Unauthorized"),
                            .location = TEXT("/a"),
                            .server = TEXT("Microsoft-IIS/10.0"),
                            .auth_offered = {TEXT("Negotiate"), TEXT("NTLM")},
                            .n_offered = 2,
                            .websocket = true};
    expect(
        &e, &bare,
        "{\"type\":\"http\",\"status\":401,\"request_method\":\"GET\",\"reason\":\"Unauthorized\","
        "\"location\":\"/a\",\"server\":\"Microsoft-IIS/10.0\","
        "\"auth_offered\":[\"Negotiate\",\"NTLM\"],\"websocket\":true}");
    e.u.http = (cx_ev_http){.status = 200};
    expect(&e, &bare, "{\"type\":\"http\",\"status\":200}");
}

static void test_logon(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_LOGON, CX_FROM_SERVER);
    e.u.logon = (cx_ev_logon){.carrier = "smb",
                              .mechanism = "ntlm",
                              .status_kind = CX_LOGON_NTSTATUS,
                              .status = 0xc000006d,
                              .status_name = "STATUS_LOGON_FAILURE",
                              .user = TEXT("alice"),
                              .domain = TEXT("CONTOSO")};
    expect(&e, &bare,
           "{\"type\":\"logon\",\"carrier\":\"smb\",\"mechanism\":\"ntlm\","
           "\"outcome\":\"failure\",\"status\":{\"ntstatus\":\"0xc000006d\","
           "\"name\":\"STATUS_LOGON_FAILURE\"},\"user\":\"alice\",\"domain\":\"CONTOSO\"}");
    e.u.logon = (cx_ev_logon){.carrier = "ldap",
                              .mechanism = "kerberos",
                              .status_kind = CX_LOGON_LDAP,
                              .status = 49,
                              .status_name = "invalidCredentials",
                              .nt_status = 0xc0000072,
                              .text = TEXT("8009030C: LdapErr: data 533"),
                              .target = TEXT("ldap/dc1")};
    expect(&e, &bare,
           "{\"type\":\"logon\",\"carrier\":\"ldap\",\"mechanism\":\"kerberos\","
           "\"outcome\":\"failure\",\"status\":{\"ldap\":49,\"name\":\"invalidCredentials\"},"
           "\"reason\":\"0xc0000072\",\"reason_name\":\"STATUS_ACCOUNT_DISABLED\","
           "\"text\":\"8009030C: LdapErr: data 533\",\"target\":\"ldap/dc1\"}");
    e.u.logon = (cx_ev_logon){
        .carrier = "dcerpc", .unclear = true, .status_kind = CX_LOGON_RPC, .status = 5};
    expect(&e, &bare,
           "{\"type\":\"logon\",\"carrier\":\"dcerpc\",\"outcome\":\"unclear\","
           "\"status\":{\"rpc\":5}}");
    static const struct {
        cx_logon_status_kind kind;
        uint32_t status;
        const char *json;
    } rows[] = {
        {CX_LOGON_NTSTATUS, 0, "{\"ntstatus\":\"0x00000000\"}"},
        {CX_LOGON_LDAP, 0, "{\"ldap\":0}"},
        {CX_LOGON_HTTP, 200, "{\"http\":200}"},
        {CX_LOGON_REPLY, 235, "{\"reply\":235}"},
        {CX_LOGON_REPLY, 0, "{}"}, /* words only */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[128];
        e.u.logon = (cx_ev_logon){
            .carrier = "x", .success = true, .status_kind = rows[i].kind, .status = rows[i].status};
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"logon\",\"carrier\":\"x\",\"outcome\":\"success\","
                       "\"status\":%s}",
                       rows[i].json);
        expect(&e, &bare, text);
    }
}

static void test_icmp(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_ICMP, CX_FROM_SERVER);
    e.u.icmp = (cx_ev_icmp){.type = 3,
                            .code = 4,
                            .from = endpoint("192.0.2.1", 0, CX_IPPROTO_ICMP),
                            .quoted_src = e.client,
                            .quoted_dst = e.server,
                            .mtu = 1400};
    expect(&e, &common,
           "{\"type\":\"icmp\"," COMMON TCP_ENDS ",\"icmp_type\":3,\"code\":4,"
           "\"from\":\"192.0.2.1\",\"mtu\":1400}");
    /* nothing readable quoted: the message itself */
    e.client = e.server = endpoint("192.168.0.1", 0, CX_IPPROTO_ICMP);
    e.client = endpoint("192.168.0.89", 0, CX_IPPROTO_ICMP);
    e.dir = CX_FROM_CLIENT;
    e.stream = CX_NO_STREAM;
    e.u.icmp = (cx_ev_icmp){.type = 20, .code = 1, .from = e.client};
    expect(&e, &common,
           "{\"type\":\"icmp\"," COMMON "\"src\":\"192.168.0.89\",\"dst\":\"192.168.0.1\","
           "\"proto\":\"icmp\",\"community_id\":\"1:tz/fHIDUHs19NkixVVoOZywde+I=\","
           "\"icmp_type\":20,\"code\":1,\"from\":\"192.168.0.89\"}");
    /* quoted ICMP: no ports, and its ID cannot be known */
    e.u.icmp.quoted_src = e.client;
    e.u.icmp.quoted_dst = e.server;
    expect(&e, &common,
           "{\"type\":\"icmp\"," COMMON "\"src\":\"192.168.0.89\",\"dst\":\"192.168.0.1\","
           "\"proto\":\"icmp\",\"icmp_type\":20,\"code\":1,\"from\":\"192.168.0.89\"}");
}

static void test_gap_and_malformed(void **state)
{
    (void)state;
    cx_event e = event_of(CX_EV_GAP, CX_FROM_SERVER);
    e.u.gap.missing = 1460;
    expect(&e, &bare, "{\"type\":\"gap\",\"dir\":\"server\",\"missing\":1460}");
    e.u.gap.missing = UINT64_MAX;
    expect(&e, &bare, "{\"type\":\"gap\",\"dir\":\"server\"}");
    e = event_of(CX_EV_MALFORMED, CX_FROM_CLIENT);
    e.u.malformed = (cx_ev_malformed){.dissector = "dns", .reason = "header"};
    expect(&e, &bare, "{\"type\":\"malformed\",\"dissector\":\"dns\",\"reason\":\"header\"}");
}

/* ---- text ---- */

static void test_text(void **state)
{
    (void)state;
    static const struct {
        cx_slice text;
        const char *json;
    } texts[] = {
        {TEXT(""), "\"\""},
        {{NULL, 0}, "\"\""},
        {TEXT("a\"\\\n\x7f"), "\"a\\\"\\\\\\n\x7f\""},
        {TEXT("a\0b"), "\"a\\u0000b\""},
        {TEXT("\xc3\xa4"), "\"\xc3\xa4\""},
        {TEXT("\xff"), "\"\xef\xbf\xbd\""},
        {TEXT("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* overlong */
        {TEXT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* surrogate */
        {TEXT("x\xe2\x82"), "\"x\xef\xbf\xbd\xef\xbf\xbd\""},               /* cut short */
        {TEXT("\xf4\x90\x80\x80"),
         "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* past U+10FFFF */
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        json_t *t = cx_json_text(texts[i].text);
        assert_non_null(t);
        char *text = json_dumps(t, JSON_ENCODE_ANY);
        assert_string_equal(text, texts[i].json);
        free(text);
        json_decref(t);
    }
}

int main(void)
{
    json_set_alloc_funcs(json_malloc, free);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),       cmocka_unit_test(test_tcp_names),
        cmocka_unit_test(test_dns),       cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_names), cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_sip),       cmocka_unit_test(test_ntlm),
        cmocka_unit_test(test_krb),       cmocka_unit_test(test_krb_error),
        cmocka_unit_test(test_http),      cmocka_unit_test(test_logon),
        cmocka_unit_test(test_icmp),      cmocka_unit_test(test_gap_and_malformed),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
