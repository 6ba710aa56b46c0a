/* Made-up sign-ins: see scene.h. */
#include "support/scene.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A scene that cannot be set up is a mistake in the test. */
static void must(bool ok)
{
    if (!ok)
        abort();
}

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1700000000) * SECOND)
#define DAY    (86400 * SECOND)

static void take(void *self, const char *type, json_t *value)
{
    scene *s = self;
    json_t *list = strcmp(type, "attempt") == 0   ? s->attempts
                   : strcmp(type, "finding") == 0 ? s->findings
                                                  : s->coverage;
    must(json_array_append(list, value) == 0);
}

void scene_start(scene *s, const cx_context *context)
{
    static const cx_context nothing = {0};
    *s = (scene){.client = "10.0.0.21", .resolver = "10.0.0.53", .now_ns = START, .next_flow = 1};
    s->arena = cx_arena_init(1u << 22);
    s->attempts = json_array();
    s->findings = json_array();
    s->coverage = json_array();
    s->diagnosis = cx_diagnosis_new(context ? context : &nothing, "scene.pcap",
                                    (cx_member_sink){take, s, NULL});
    must(s->diagnosis && s->attempts && s->findings && s->coverage);
}

void scene_end(scene *s)
{
    s->facts.file = "scene.pcap";
    s->facts.packets = s->frame;
    s->facts.first_ns = START;
    s->facts.last_ns = s->now_ns;
    cx_diagnosis_end(s->diagnosis, &s->facts);
}

void scene_free(scene *s)
{
    cx_diagnosis_free(s->diagnosis);
    json_decref(s->attempts);
    json_decref(s->findings);
    json_decref(s->coverage);
    cx_arena_free(&s->arena);
}

void scene_wait(scene *s, double seconds)
{
    s->now_ns += (int64_t)(seconds * 1e9);
}

static cx_evidence next(scene *s)
{
    s->now_ns += SECOND / 100;
    return (cx_evidence){.frame = ++s->frame, .ts_ns = s->now_ns};
}

static cx_endpoint endpoint(const char *address, uint16_t port, uint8_t proto)
{
    cx_endpoint e = {0};
    bool ok = cx_addr_parse(cx_slice_of(address), &e);
    must(ok);
    e.port = port;
    e.proto = proto;
    return e;
}

static void emit(scene *s, cx_event *e)
{
    cx_diagnosis_event(s->diagnosis, e);
}

/* ---- DNS ---- */

static uint16_t type_of(const char *type)
{
    return strcmp(type, "SRV") == 0    ? CX_DNS_SRV
           : strcmp(type, "AAAA") == 0 ? CX_DNS_AAAA
                                       : CX_DNS_A;
}

void scene_lookup(scene *s, const char *type, const char *name, const char *answer)
{
    cx_event e = {.kind = CX_EV_DNS, .stream = CX_NO_STREAM, .flow = s->next_flow++};
    e.client = endpoint(s->client, 50000, CX_IPPROTO_UDP);
    e.server = endpoint(s->resolver, 53, CX_IPPROTO_UDP);
    e.at = next(s);
    e.u.dns = (cx_ev_dns){.query = true,
                          .qname = cx_slice_of(name),
                          .qtype = type_of(type),
                          .qclass = 1,
                          .rtt_ns = -1,
                          .udp = true};
    if (!s->unasked)
        emit(s, &e);
    if (!answer)
        return;
    cx_dns_rr rr[8], more[4]; /* more: the additional section */
    uint32_t n_more = 0;
    memset(rr, 0, sizeof rr);
    e.dir = CX_FROM_SERVER;
    e.at = next(s);
    e.u.dns.query = false;
    e.u.dns.rr = rr;
    if (strncmp(answer, "TC ", 3) == 0) {
        e.u.dns.truncated = true;
        answer += 3;
    }
    e.u.dns.cut = strncmp(answer, "cut ", 4) == 0;
    bool part = strncmp(answer, "cut more ", 9) == 0;
    answer += part ? 9 : e.u.dns.cut ? 4 : 0;
    if (strcmp(answer, "NXDOMAIN") == 0) {
        e.u.dns.rcode = 3;
    } else if (strcmp(answer, "SERVFAIL") == 0) {
        e.u.dns.rcode = 2;
    } else if (strcmp(answer, "FORMERR") == 0) {
        e.u.dns.rcode = 1;
    } else if (strcmp(answer, "REFUSED") == 0) {
        e.u.dns.rcode = 5;
    } else if (strcmp(answer, "TC") == 0) {
        e.u.dns.truncated = true;
    } else if (strcmp(answer, "FRAGMENT") == 0) {
        e.u.dns.in_part = e.u.dns.cut = part = true;
    } else if (strcmp(answer, "NODATA") != 0 && e.u.dns.qtype == CX_DNS_SRV) {
        char *copy = strdup(answer), *rest = NULL;
        for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
            cx_dns_rr *r = &rr[e.u.dns.n_rr++];
            char target[128], glue[64];
            unsigned priority, weight, port;
            int n =
                sscanf(one, " %u %u %u %127s glue:%63s", &priority, &weight, &port, target, glue);
            must(n == 4 || n == 5);
            *r = (cx_dns_rr){.name = cx_slice_of(name),
                             .type = CX_DNS_SRV,
                             .class_ = 1,
                             .ttl = 60,
                             .priority = (uint16_t)priority,
                             .weight = (uint16_t)weight,
                             .port = (uint16_t)port,
                             .target = cx_arena_copy(&s->arena, cx_slice_of(target))};
            if (n == 5)
                more[n_more++] = (cx_dns_rr){.section = CX_DNS_ADDITIONAL,
                                             .name = r->target,
                                             .type = CX_DNS_A,
                                             .class_ = 1,
                                             .ttl = 60,
                                             .address = endpoint(glue, 0, 0)};
        }
        free(copy);
    } else if (strcmp(answer, "NODATA") != 0) {
        char *copy = strdup(answer), *rest = NULL;
        for (char *one = strtok_r(copy, " ", &rest); one; one = strtok_r(NULL, " ", &rest)) {
            cx_dns_rr *r = &rr[e.u.dns.n_rr++];
            bool alias = strncmp(one, "alias:", 6) == 0;
            *r = (cx_dns_rr){.name = cx_slice_of(name),
                             .type = alias ? CX_DNS_CNAME : e.u.dns.qtype,
                             .class_ = 1,
                             .ttl = 60};
            if (alias)
                r->target = cx_arena_copy(&s->arena, cx_slice_of(one + 6));
            else
                r->address = endpoint(one, 0, 0);
        }
        free(copy);
    }
    e.u.dns.n_answers = e.u.dns.n_rr + part;
    for (uint32_t i = 0; i < n_more; i++)
        rr[e.u.dns.n_rr++] = more[i];
    emit(s, &e);
}

void scene_cut_question(scene *s, const char *head)
{
    cx_event e = {.kind = CX_EV_DNS, .stream = CX_NO_STREAM, .flow = s->next_flow++};
    e.client = endpoint(s->client, 50000, CX_IPPROTO_UDP);
    e.server = endpoint(s->resolver, 53, CX_IPPROTO_UDP);
    e.at = next(s);
    e.u.dns = (cx_ev_dns){.query = true, .head = cx_slice_of(head), .rtt_ns = -1, .udp = true};
    emit(s, &e);
}

void scene_local_lookup(scene *s, cx_event_kind kind, const char *name, const char *address)
{
    bool netbios = kind == CX_EV_NBNS;
    uint16_t type = netbios ? CX_NBNS_NB : CX_DNS_A, port = netbios ? 137 : 5355;
    cx_event e = {.kind = kind, .stream = CX_NO_STREAM, .flow = s->next_flow++};
    e.client = endpoint(s->client, 50000, CX_IPPROTO_UDP);
    e.server = endpoint(netbios ? "10.0.0.255" : "224.0.0.252", port, CX_IPPROTO_UDP);
    e.at = next(s);
    e.u.dns = (cx_ev_dns){.query = true,
                          .qname = cx_slice_of(name),
                          .qtype = type,
                          .qclass = 1,
                          .rtt_ns = -1,
                          .udp = true,
                          .netbios = netbios};
    emit(s, &e);
    if (!address)
        return;
    cx_dns_rr rr = {
        .name = cx_slice_of(name), .type = type, .class_ = 1, .address = endpoint(address, 0, 0)};
    e.flow = s->next_flow++;
    e.server = endpoint(address, port, CX_IPPROTO_UDP);
    e.dir = CX_FROM_SERVER;
    e.at = next(s);
    e.u.dns.query = false;
    e.u.dns.rr = &rr;
    e.u.dns.n_rr = e.u.dns.n_answers = 1;
    if (netbios) /* answers repeat no question */
        e.u.dns.qname = (cx_slice){NULL, 0};
    emit(s, &e);
}

/* ---- TCP ---- */

static scene_conn conn_to(scene *s, const char *server, uint8_t proto)
{
    char address[64];
    (void)snprintf(address, sizeof address, "%s", server);
    char *colon = strrchr(address, ':');
    must(colon);
    *colon = 0;
    scene_conn c = {.e = {.flow = s->next_flow, .stream = s->next_flow}};
    s->next_flow++;
    c.e.client = endpoint(s->client, (uint16_t)(40000 + s->next_flow), proto);
    c.e.server = endpoint(address, (uint16_t)atoi(colon + 1), proto);
    c.tcp.rtt_ns = -1;
    return c;
}

static void emit_tcp(scene *s, scene_conn *c, cx_tcp_what what, uint8_t dir, cx_evidence at)
{
    c->tcp.what = what;
    c->tcp.observed_ns = c->tcp.n_syns ? s->now_ns - c->tcp.syn[0].ts_ns : 0;
    cx_event e = c->e;
    e.kind = CX_EV_TCP;
    e.dir = dir;
    e.at = at;
    e.u.tcp = c->tcp;
    emit(s, &e);
}

scene_conn scene_syn(scene *s, const char *server)
{
    scene_conn c = conn_to(s, server, CX_IPPROTO_TCP);
    c.tcp.syn[0] = next(s);
    c.tcp.n_syns = 1;
    emit_tcp(s, &c, CX_TCP_SYN, CX_FROM_CLIENT, c.tcp.syn[0]);
    return c;
}

void scene_syn_again(scene *s, scene_conn *c)
{
    cx_evidence at = next(s);
    if (c->tcp.n_syns < CX_MAX_SYNS)
        c->tcp.syn[c->tcp.n_syns] = at;
    c->tcp.n_syns++;
}

void scene_connected(scene *s, scene_conn *c)
{
    c->tcp.answer = next(s);
    if (c->tcp.rtt_ns <= 0)
        c->tcp.rtt_ns = SECOND / 100;
    emit_tcp(s, c, CX_TCP_CONNECTED, CX_FROM_CLIENT, next(s));
}

void scene_refused(scene *s, scene_conn *c)
{
    c->tcp.answer = next(s);
    c->tcp.refusals++;
    c->tcp.rtt_ns = SECOND / 100;
    emit_tcp(s, c, CX_TCP_REFUSED, CX_FROM_SERVER, c->tcp.answer);
}

void scene_silenced(scene *s, scene_conn *c, uint32_t syns, double seconds)
{
    c->tcp.silence = (cx_tcp_silence){.syns = syns,
                                      .refusal = c->tcp.answer,
                                      .first = c->tcp.syn[c->tcp.n_syns - syns],
                                      .after_ns = SECOND / 2,
                                      .lasted_ns = (int64_t)(seconds * SECOND)};
    emit_tcp(s, c, CX_TCP_SILENCED, CX_FROM_CLIENT, c->tcp.syn[c->tcp.n_syns - 1]);
}

void scene_unheard(scene *s, scene_conn *c, double silent_s, uint32_t resent)
{
    cx_evidence data = next(s), before = data;
    before.ts_ns -= (int64_t)(silent_s * SECOND);
    before.frame = c->tcp.answer.frame;
    scene_wait(s, 3);
    c->tcp.idle = (cx_tcp_idle){.resent = resent, .before = before, .data = data, .last = next(s)};
    emit_tcp(s, c, CX_TCP_UNHEARD, CX_FROM_CLIENT, c->tcp.idle.last);
}

void scene_timeout(scene *s, scene_conn *c)
{
    c->tcp.one_sided = true;
    emit_tcp(s, c, CX_TCP_TIMEOUT, CX_FROM_CLIENT, c->tcp.syn[0]);
}

void scene_icmp(scene *s, scene_conn *c, uint8_t type, uint8_t code)
{
    c->tcp.answer = next(s);
    c->tcp.icmp_type = type;
    c->tcp.icmp_code = code;
    bool v6 = c->e.client.family == 6;
    c->tcp.icmp_from =
        endpoint(v6 ? "fd00::1" : "10.0.0.1", 0, v6 ? CX_IPPROTO_ICMP6 : CX_IPPROTO_ICMP);
    if (c->e.client.proto == CX_IPPROTO_TCP) {
        emit_tcp(s, c, CX_TCP_UNREACHABLE, CX_FROM_SERVER, c->tcp.answer);
        return;
    }
    cx_event e = c->e;
    e.kind = CX_EV_ICMP;
    e.at = c->tcp.answer;
    e.u.icmp = (cx_ev_icmp){.type = type,
                            .code = code,
                            .from = c->tcp.icmp_from,
                            .quoted_src = c->e.client,
                            .quoted_dst = c->e.server};
    emit(s, &e);
}

void scene_gap(scene *s, scene_conn *c, uint8_t dir)
{
    cx_event e = c->e;
    e.kind = CX_EV_GAP;
    e.dir = dir;
    e.at = next(s);
    emit(s, &e);
}

void scene_data(scene *s, scene_conn *c, uint8_t dir)
{
    cx_evidence at = next(s);
    c->tcp.side[dir].bytes += 100;
    c->tcp.side[dir].last_data = at;
    if (!c->tcp.side[dir].first_data.frame)
        c->tcp.side[dir].first_data = at;
    emit_tcp(s, c, CX_TCP_DATA, dir, at);
}

void scene_large(scene *s, scene_conn *c, uint8_t dir)
{
    c->tcp.side[!dir].mss = 1460;
    c->tcp.side[dir].largest = 2920;
    emit_tcp(s, c, CX_TCP_LARGE, dir, next(s));
}

void scene_close(scene *s, scene_conn *c, uint8_t by)
{
    c->tcp.closed_by = by;
    c->tcp.side[by].fin = next(s);
    emit_tcp(s, c, CX_TCP_CLOSED, by, next(s));
}

void scene_reset(scene *s, scene_conn *c, uint8_t by)
{
    c->tcp.closed_by = by;
    c->tcp.side[by].rst = next(s);
    c->tcp.rst_wait_ns = SECOND / 100;
    emit_tcp(s, c, CX_TCP_RESET, by, c->tcp.side[by].rst);
}

void scene_fin(scene *s, scene_conn *c, uint8_t by)
{
    c->tcp.side[by].fin = next(s);
    c->tcp.rst_after_fin = true;
}

scene_conn scene_open(scene *s, const char *server)
{
    scene_conn c = scene_syn(s, server);
    scene_connected(s, &c);
    return c;
}

scene_conn scene_udp(scene *s, const char *server)
{
    return conn_to(s, server, CX_IPPROTO_UDP);
}

/* ---- TLS ---- */

static void emit_tls(scene *s, scene_conn *c, uint8_t dir, const cx_ev_tls *tls)
{
    if (!c->tcp.side[dir].first_data.frame)
        scene_data(s, c, dir);
    cx_event e = c->e;
    e.kind = CX_EV_TLS;
    e.dir = dir;
    e.at = next(s);
    e.u.tls = *tls;
    emit(s, &e);
}

void scene_hello(scene *s, scene_conn *c, const char *sni, uint16_t max_version)
{
    static const uint16_t ciphers[] = {0xc02f, 0xc030, 0x009c, 0x002f};
    static const uint16_t all_kinds[] = {0xc02b, 0xc02f, 0x009c, 0x002f};
    static const uint16_t newest_ciphers[] = {0x1301, 0x1302};
    cx_ev_tls tls = {.message = CX_TLS_CLIENT_HELLO,
                     .version = max_version < 0x0303 ? max_version : 0x0303,
                     .max_version = max_version,
                     .ciphers = ciphers,
                     .n_ciphers = 4 - s->fewer_ciphers};
    if (s->all_kinds)
        tls.ciphers = all_kinds;
    tls.record_size_limit = s->judges_late;
    tls.encrypt_then_mac = s->names_issuers;
    if (s->tls13_alone) {
        tls.versions[0] = 0x0304;
        tls.n_versions = 1;
        tls.ciphers = newest_ciphers;
        tls.n_ciphers = 2 - s->fewer_ciphers;
    }
    if (sni)
        tls.sni = cx_slice_of(sni);
    emit_tls(s, c, CX_FROM_CLIENT, &tls);
}

void scene_server_hello(scene *s, scene_conn *c, uint16_t version)
{
    cx_ev_tls tls = {.message = CX_TLS_SERVER_HELLO,
                     .version = version,
                     .cipher = s->cipher ? s->cipher : 0xc02f};
    emit_tls(s, c, CX_FROM_SERVER, &tls);
}

static void emit_certificate(scene *s, scene_conn *c, uint8_t dir, const char *names, int from_days,
                             int to_days)
{
    cx_san san[8];
    cx_cert cert = {.subject = cx_slice_of("CN=server"),
                    .issuer = cx_slice_of("CN=Contoso CA"),
                    .common_name = cx_slice_of("server"),
                    .not_before_ns = s->now_ns + from_days * DAY,
                    .not_after_ns = s->now_ns + to_days * DAY,
                    .san = san};
    if (strncmp(names, "self:", 5) == 0) {
        cert.self_signed = cert.self_issued = true;
        cert.issuer = cert.subject;
        names += 5;
    }
    if (strncmp(names, "client:", 7) == 0) {
        cert.has_eku = cert.eku_client = true;
        names += 7;
    }
    if (strncmp(names, "sha1:", 5) == 0) {
        cert.signature = cx_slice_of("sha1WithRSAEncryption");
        names += 5;
    }
    if (strncmp(names, "rsa1024:", 8) == 0) {
        cert.key = cx_slice_of("RSA 1024");
        names += 8;
    }
    char *copy = strdup(names), *rest = NULL;
    for (char *one = strtok_r(copy, " ", &rest); one; one = strtok_r(NULL, " ", &rest)) {
        bool ip = strncmp(one, "ip:", 3) == 0;
        san[cert.n_san++] = (cx_san){ip ? CX_SAN_IP : CX_SAN_DNS, cx_slice_of(ip ? one + 3 : one)};
    }
    cx_ev_tls tls = {
        .message = CX_TLS_CERTIFICATE, .chain = &cert, .n_chain = 1, .trust = s->trust};
    if (s->trust == CX_CHAIN_UNTRUSTED)
        tls.trust_fault = "unable to get local issuer certificate";
    emit_tls(s, c, dir, &tls);
    free(copy);
}

void scene_chain(scene *s, scene_conn *c, cx_cert *chain, uint32_t n)
{
    cx_ev_tls tls = {
        .message = CX_TLS_CERTIFICATE, .chain = chain, .n_chain = n, .trust = s->trust};
    for (uint32_t i = 0; i < n; i++) {
        chain[i].not_before_ns = s->now_ns - 10 * DAY;
        chain[i].not_after_ns = s->now_ns + 10 * DAY;
    }
    emit_tls(s, c, CX_FROM_SERVER, &tls);
}

void scene_ocsp(scene *s, scene_conn *c, const cx_ocsp *answer)
{
    cx_ev_tls tls = {.message = CX_TLS_CERTIFICATE_STATUS, .ocsp = answer, .n_ocsp = 1};
    emit_tls(s, c, CX_FROM_SERVER, &tls);
}

void scene_http_ocsp(scene *s, scene_conn *c, const cx_ocsp *answer)
{
    cx_event e = c->e;
    e.kind = CX_EV_HTTP;
    e.dir = CX_FROM_SERVER;
    e.at = next(s);
    e.u.http = (cx_ev_http){
        .status = 200, .method = cx_slice_of("POST"), .ocsp = answer, .n_ocsp = 1, .first = e.at};
    emit(s, &e);
}

void scene_http(scene *s, scene_conn *c, const char *method, const char *host, const char *uri,
                uint16_t status)
{
    cx_event e = c->e;
    uint8_t dir = status ? CX_FROM_SERVER : CX_FROM_CLIENT;
    if (!c->tcp.side[dir].first_data.frame)
        scene_data(s, c, dir);
    e.kind = CX_EV_HTTP;
    e.dir = dir;
    e.at = next(s);
    e.u.http = (cx_ev_http){.request = !status, .status = status, .first = e.at};
    if (method)
        e.u.http.method = cx_slice_of(method);
    if (!status) {
        e.u.http.host = cx_slice_of(host);
        e.u.http.uri = cx_slice_of(uri);
    }
    emit(s, &e);
}

void scene_certificate(scene *s, scene_conn *c, const char *names, int from_days, int to_days)
{
    emit_certificate(s, c, CX_FROM_SERVER, names, from_days, to_days);
}

void scene_client_certificate(scene *s, scene_conn *c, const char *names)
{
    emit_certificate(s, c, CX_FROM_CLIENT, names, -10, 10);
}

void scene_tunnel(scene *s, scene_conn *c, const char *target, bool credentials, uint16_t status)
{
    cx_event e = c->e;
    e.kind = CX_EV_HTTP;
    e.dir = status ? CX_FROM_SERVER : CX_FROM_CLIENT;
    e.at = next(s);
    e.u.http = (cx_ev_http){
        .request = !status, .method = cx_slice_of("CONNECT"), .status = status, .first = e.at};
    if (!status)
        e.u.http.uri = cx_slice_of(target);
    if (!status && credentials)
        e.u.http.auth_used = cx_slice_of("Basic");
    emit(s, &e);
}

void scene_get(scene *s, scene_conn *c, const char *url, uint16_t status)
{
    cx_event e = c->e;
    bool proxy = strncmp(url, "proxy:", 6) == 0;
    bool body = strncmp(url, "body:", 5) == 0;
    url += proxy ? 6 : body ? 5 : 0;
    e.kind = CX_EV_HTTP;
    e.dir = status ? CX_FROM_SERVER : CX_FROM_CLIENT;
    e.decrypted = strncmp(url, "https:", 6) == 0;
    e.at = next(s);
    e.u.http = (cx_ev_http){
        .request = !status, .method = cx_slice_of("GET"), .status = status, .first = e.at};
    if (status) {
        e.u.http.reason = cx_slice_of("Some Reason");
        if (status / 100 == 3)
            e.u.http.location = cx_slice_of(url);
        if (body)
            e.u.http.redirect = cx_slice_of(url);
    } else {
        cx_slice path, host = cx_slice_split(cx_slice_of(strstr(url, "//") + 2), '/', &path);
        e.u.http.host = host;
        e.u.http.uri =
            proxy ? cx_slice_of(url) : (cx_slice){host.p + host.len, path.p ? path.len + 1 : 0};
    }
    emit(s, &e);
}

void scene_certificate_request(scene *s, scene_conn *c, uint32_t authorities)
{
    cx_ev_tls tls = {.message = CX_TLS_CERTIFICATE_REQUEST, .ca_names_len = authorities};
    emit_tls(s, c, CX_FROM_SERVER, &tls);
}

void scene_tls(scene *s, scene_conn *c, cx_tls_message message, uint8_t dir)
{
    cx_ev_tls tls = {.message = message};
    emit_tls(s, c, dir, &tls);
}

void scene_alert(scene *s, scene_conn *c, uint8_t dir, uint8_t level, uint8_t description)
{
    cx_ev_tls tls = {.message = CX_TLS_ALERT, .level = level, .description = description};
    emit_tls(s, c, dir, &tls);
}

void scene_finish(scene *s, scene_conn *c)
{
    scene_tls(s, c, CX_TLS_CLIENT_KEY_EXCHANGE, CX_FROM_CLIENT);
    scene_tls(s, c, CX_TLS_CHANGE_CIPHER_SPEC, CX_FROM_CLIENT);
    scene_tls(s, c, CX_TLS_FINISHED, CX_FROM_CLIENT);
    scene_tls(s, c, CX_TLS_CHANGE_CIPHER_SPEC, CX_FROM_SERVER);
    scene_tls(s, c, CX_TLS_FINISHED, CX_FROM_SERVER);
}

/* ---- SIP ---- */

static cx_sip_uri uri_of(scene *s, const char *text)
{
    cx_slice t = cx_arena_copy(&s->arena, cx_slice_of(text));
    cx_sip_uri u = {.text = t, .scheme = cx_slice_sub(t, 0, 3)};
    cx_slice rest = cx_slice_sub(t, 4, t.len);
    size_t at = cx_slice_find(rest, '@', 0);
    if (at != SIZE_MAX) {
        u.user = cx_slice_sub(rest, 0, at);
        rest = cx_slice_sub(rest, at + 1, rest.len);
    }
    cx_slice port;
    u.host = cx_slice_split(rest, ':', &port);
    uint64_t number = 0;
    if (cx_slice_number(port, 65535, &number))
        u.port = (uint16_t)number;
    return u;
}

/* What the arrays of an event point to. */
typedef struct sip_arrays {
    cx_sip_uri contact[CX_SIP_MAX_CONTACTS];
    cx_sip_auth auth[CX_SIP_MAX_AUTH];
    cx_sip_diag diag[CX_SIP_MAX_DIAG];
    cx_sip_warning warning[CX_SIP_MAX_WARNINGS];
} sip_arrays;

/* The NTLM message that a header carries, for the event that follows; kind 0: none. */
typedef struct ntlm_note {
    cx_ntlm_message message;
    uint32_t flags;
} ntlm_note;

static void read_auth(cx_ev_sip *sip, cx_sip_auth_role role, char *value, ntlm_note *ntlm)
{
    cx_sip_auth *a = &sip->auth[sip->n_auth++];
    *a = (cx_sip_auth){.role = role, .version = -1};
    char *rest = NULL;
    char *scheme = strtok_r(value, " ", &rest);
    a->scheme = cx_slice_of(scheme);
    char *word = strtok_r(NULL, " ", &rest), *more = strtok_r(NULL, " ", &rest);
    if (strcmp(scheme, "NTLM") == 0 && role == CX_AUTH_USED)
        a->gss = CX_GSS_EMPTY;
    if (word && strcmp(scheme, "NTLM") == 0) {
        a->gss = CX_GSS_NTLM;
        ntlm->message = strcmp(word, "challenge") == 0 ? CX_NTLM_CHALLENGE : CX_NTLM_AUTHENTICATE;
        ntlm->flags = (uint32_t)strtoul(more, NULL, 16);
        a->ntlm_message = (uint8_t)ntlm->message;
    } else if (word && strcmp(scheme, "Kerberos") == 0) {
        a->gss = CX_GSS_KERBEROS;
    } else if (word && strcmp(scheme, "Digest") == 0) {
        a->nonce = cx_slice_of(word);
        for (; more; more = strtok_r(NULL, " ", &rest)) {
            a->has_response |= strcmp(more, "response") == 0;
            a->stale |= strcmp(more, "stale") == 0;
            if (strncmp(more, "algorithm=", 10) == 0)
                a->algorithm = cx_slice_of(more + 10);
            if (strncmp(more, "qop=", 4) == 0)
                a->qop = cx_slice_of(more + 4);
            if (strncmp(more, "realm=", 6) == 0)
                a->realm = cx_slice_of(more + 6);
        }
    }
    if (word && strcmp(scheme, "TLS-DSK") == 0)
        a->sts_uri = cx_slice_of(word);
}

static void read_headers(scene *s, cx_ev_sip *sip, const char *headers, ntlm_note *ntlm)
{
    if (!headers)
        return;
    cx_slice kept = cx_arena_copy(&s->arena, cx_slice_of(headers));
    char *rest = NULL, *copy = (char *)(uintptr_t)kept.p; /* the scene's own bytes */
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *value = strstr(line, ": ");
        must(value);
        *value = 0;
        value += 2;
        if (strcmp(line, "Authorization") == 0) {
            read_auth(sip, CX_AUTH_USED, value, ntlm);
        } else if (strcmp(line, "WWW-Authenticate") == 0) {
            read_auth(sip, CX_AUTH_OFFERED, value, ntlm);
        } else if (strcmp(line, "Proxy-Authenticate") == 0) {
            read_auth(sip, CX_AUTH_OFFERED, value, ntlm);
            sip->auth[sip->n_auth - 1].proxy = true;
        } else if (strcmp(line, "Authentication-Info") == 0) {
            read_auth(sip, CX_AUTH_INFO, value, ntlm);
        } else if (strcmp(line, "Expires") == 0) {
            sip->expires = atoi(value);
        } else if (strcmp(line, "Retry-After") == 0) {
            sip->retry_after = atoi(value);
        } else if (strcmp(line, "Min-Expires") == 0) {
            sip->min_expires = atoi(value);
        } else if (strcmp(line, "Contact") == 0) {
            char *q = strstr(value, ";q=0.");
            if (q)
                *q = 0;
            sip->contact_q[sip->n_contacts] = q ? 100 * atoi(q + 5) : -1;
            sip->contact[sip->n_contacts++] = uri_of(s, value);
        } else if (strcmp(line, "Date") == 0) { /* seconds from now */
            sip->date_ns = s->now_ns + atoi(value) * INT64_C(1000000000);
        } else if (strcmp(line, "presence-state") == 0) {
            sip->presence_state = cx_slice_of(value);
        } else if (strcmp(line, "Warning") == 0) {
            sip->warning[sip->n_warnings++] =
                (cx_sip_warning){.code = (uint16_t)atoi(value), .text = cx_slice_of(value)};
        } else if (strcmp(line, "cut") == 0) {
            sip->cut = true;
        } else if (strcmp(line, "Via") == 0) {
            sip->via_host = cx_slice_of(value);
        } else if (strcmp(line, "User-Agent") == 0) {
            sip->user_agent = cx_slice_of(value);
        } else if (strcmp(line, "uri") == 0) {
            sip->uri = uri_of(s, value);
        } else if (strcmp(line, "To") == 0) {
            sip->to = uri_of(s, value);
        } else if (strcmp(line, "Call-ID") == 0) {
            sip->call_id = cx_slice_of(value);
        } else if (strcmp(line, "branch") == 0) {
            sip->branch = cx_slice_of(value);
        } else if (strcmp(line, "epid") == 0) {
            sip->epid = cx_slice_of(value);
        } else if (strcmp(line, "registration-event") == 0) {
            sip->content_type = cx_slice_of("text/registration-event");
            sip->body = cx_slice_of(value);
        } else if (strcmp(line, "ms-user-logon-data") == 0) {
            sip->remote_user = true;
        } else {
            must(strcmp(line, "ms-diagnostics") == 0);
            cx_sip_diag *d = &sip->diag[sip->n_diag++];
            *d = (cx_sip_diag){
                .code = (uint32_t)atoi(value), .sub = -1, .reason = cx_slice_of("why")};
            char *hresult = strstr(value, "HRESULT=");
            if (hresult) {
                d->names[0] = cx_slice_of("HRESULT");
                d->values[0] = cx_slice_of(hresult + 8);
                d->n_attributes = 1;
            }
        }
    }
}

void scene_ntlm_version(const scene *s, cx_ev_ntlm *ntlm)
{
    const uint8_t *version = s->ntlm_version[ntlm->message == CX_NTLM_CHALLENGE];
    ntlm->has_version = version[0] != 0;
    ntlm->major = version[0];
    ntlm->minor = version[1];
    if (s->ntlm_flagless && ntlm->message == CX_NTLM_AUTHENTICATE) {
        ntlm->has_flags = false;
        ntlm->flags = 0;
    }
}

void scene_sip(scene *s, scene_conn *c, uint8_t dir, const char *method, const char *user,
               uint32_t cseq, uint16_t status, const char *headers)
{
    if (c->e.client.proto == CX_IPPROTO_TCP && !c->tcp.side[dir].first_data.frame)
        scene_data(s, c, dir);
    cx_event e = c->e;
    ntlm_note ntlm = {0};
    e.kind = CX_EV_SIP;
    e.dir = dir;
    e.at = next(s);
    cx_ev_sip *sip = &e.u.sip;
    sip->request = status == 0;
    sip->method = cx_slice_of(method);
    sip->status = status;
    sip->reason = cx_slice_of("reason");
    sip->call_id = cx_slice_of(user);
    sip->branch = cx_arena_printf(&s->arena, "z9hG4bK%u-%u", c->e.flow, cseq);
    sip->cseq = cseq;
    sip->from = sip->to = uri_of(s, user);
    sip->expires = sip->min_expires = sip->retry_after = sip->content_length = -1;
    sip->date_ns = INT64_MIN;
    sip_arrays arrays;
    sip->contact = arrays.contact;
    sip->auth = arrays.auth;
    sip->diag = arrays.diag;
    sip->warning = arrays.warning;
    read_headers(s, sip, headers, &ntlm);
    if (sip->cut) { /* behind the start line */
        sip->call_id = sip->branch = (cx_slice){NULL, 0};
        sip->cseq = 0;
        if (!sip->request)
            sip->method = (cx_slice){NULL, 0};
    }
    emit(s, &e);
    if (!ntlm.message)
        return;
    cx_event inner = e;
    inner.kind = CX_EV_NTLM;
    inner.u.ntlm = (cx_ev_ntlm){.message = ntlm.message,
                                .carrier = "sip",
                                .has_flags = true,
                                .flags = ntlm.flags,
                                .timestamp_ns = INT64_MIN};
    scene_ntlm_version(s, &inner.u.ntlm);
    if (ntlm.message == CX_NTLM_AUTHENTICATE) {
        inner.u.ntlm.user = cx_slice_of("alice");
        inner.u.ntlm.domain = cx_slice_of("CONTOSO");
        inner.u.ntlm.response = CX_NTLM_RESPONSE_NTLMV2;
    }
    emit(s, &inner);
}

void scene_register(scene *s, scene_conn *c, const char *user, uint32_t cseq, const char *headers)
{
    scene_sip(s, c, CX_FROM_CLIENT, "REGISTER", user, cseq, 0, headers);
}

void scene_answer(scene *s, scene_conn *c, const char *user, uint32_t cseq, uint16_t status,
                  const char *headers)
{
    scene_sip(s, c, CX_FROM_SERVER, "REGISTER", user, cseq, status, headers);
}

/* ---- Reading the result ---- */

static const char *text_of(const json_t *o, const char *member)
{
    const char *text = json_string_value(json_object_get(o, member));
    return text ? text : "";
}

const char *scene_cause(const scene *s, size_t k)
{
    return text_of(json_array_get(s->attempts, k), "root_cause");
}

const char *scene_outcome(const scene *s, size_t k)
{
    return text_of(json_array_get(s->attempts, k), "outcome");
}

json_t *scene_finding(const scene *s, const char *id)
{
    size_t i;
    json_t *f;
    json_array_foreach(s->findings, i, f) if (strcmp(text_of(f, "id"), id) == 0) return f;
    return NULL;
}

size_t scene_count(const scene *s, const char *severity)
{
    size_t i, n = 0;
    json_t *f;
    json_array_foreach(s->findings, i, f) n += strcmp(text_of(f, "severity"), severity) == 0;
    return n;
}

const char *scene_text(const scene *s, const char *id, const char *member)
{
    return text_of(scene_finding(s, id), member);
}

void scene_expect_whole(const scene *s, const char *name)
{
    size_t i;
    json_t *f;
    json_array_foreach(s->findings, i, f)
    {
        const char *text = json_string_value(json_object_get(f, "explanation"));
        const char *remedy = json_string_value(json_object_get(f, "remedy"));
        if (strchr(text, '{') || strchr(remedy, '{'))
            fail_msg("%s: %s / %s", name, text, remedy);
        assert_true(json_array_size(json_object_get(f, "evidence")) > 0);
    }
}
