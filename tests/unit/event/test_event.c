/* Copies of events: every slice and array must be copied, which is shown by giving each slice of
 * the original its own text, taking the original away, and asking the copy. */
#include "event/event.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof *(a))

/* A numbered text in an allocation of exactly its size. */
static cx_slice numbered(unsigned k)
{
    char text[24];
    int len = snprintf(text, sizeof text, "text-%u", k);
    uint8_t *p = malloc((size_t)len);
    assert_non_null(p);
    memcpy(p, text, (size_t)len);
    return (cx_slice){p, (size_t)len};
}

/* Visits every slice of a kind. Listed by hand, and counted against the size of the structures
 * (every_member_is_visited), so that a member that is added is noticed here. */
typedef void (*visitor)(cx_slice *s, unsigned k);

static void visit_uri(cx_sip_uri *u, visitor visit, unsigned *k)
{
    cx_slice *all[] = {&u->text, &u->scheme, &u->user, &u->host, &u->transport, &u->maddr};
    for (size_t i = 0; i < N(all); i++)
        visit(all[i], (*k)++);
}

static unsigned visit_sip(cx_ev_sip *e, visitor visit)
{
    unsigned k = 0;
    cx_slice *all[] = {&e->method,   &e->reason,   &e->call_id,       &e->branch,
                       &e->via_host, &e->from_tag, &e->to_tag,        &e->via_transport,
                       &e->epid,     &e->server,   &e->user_agent,    &e->content_type,
                       &e->event,    &e->body,     &e->presence_state};
    for (size_t i = 0; i < N(all); i++)
        visit(all[i], k++);
    visit_uri(&e->uri, visit, &k);
    visit_uri(&e->from, visit, &k);
    visit_uri(&e->to, visit, &k);
    for (uint32_t i = 0; i < e->n_contacts; i++)
        visit_uri(&e->contact[i], visit, &k);
    for (uint32_t i = 0; i < e->n_auth; i++) {
        cx_sip_auth *a = &e->auth[i];
        cx_slice *parts[] = {&a->scheme,   &a->realm,     &a->targetname, &a->opaque, &a->nonce,
                             &a->username, &a->algorithm, &a->qop,        &a->sts_uri};
        for (size_t j = 0; j < N(parts); j++)
            visit(parts[j], k++);
    }
    for (uint32_t i = 0; i < e->n_diag; i++) {
        visit(&e->diag[i].reason, k++);
        visit(&e->diag[i].source, k++);
        for (uint32_t j = 0; j < e->diag[i].n_attributes; j++) {
            visit(&e->diag[i].names[j], k++);
            visit(&e->diag[i].values[j], k++);
        }
    }
    for (uint32_t i = 0; i < e->n_warnings; i++) {
        visit(&e->warning[i].agent, k++);
        visit(&e->warning[i].text, k++);
    }
    return k;
}

static unsigned visit_tls(cx_ev_tls *e, visitor visit)
{
    unsigned k = 0;
    visit(&e->sni, k++);
    for (uint32_t i = 0; i < e->n_alpn; i++)
        visit(&e->alpn[i], k++);
    for (uint32_t i = 0; i < e->n_chain; i++) {
        cx_cert *c = &e->chain[i];
        cx_slice *all[] = {&c->subject, &c->issuer, &c->common_name,
                           &c->serial,  &c->key,    &c->signature};
        for (size_t j = 0; j < N(all); j++)
            visit(all[j], k++);
        for (uint32_t j = 0; j < c->n_san; j++)
            visit(&c->san[j].text, k++);
        for (uint32_t j = 0; j < c->n_eku; j++)
            visit(&c->eku[j], k++);
    }
    return k;
}

static unsigned visit_dns(cx_ev_dns *e, visitor visit)
{
    unsigned k = 0;
    visit(&e->qname, k++);
    for (uint32_t i = 0; i < e->n_rr; i++) {
        cx_dns_rr *rr = &e->rr[i];
        cx_slice *all[] = {&rr->name, &rr->target, &rr->flags, &rr->services, &rr->regexp};
        for (size_t j = 0; j < N(all); j++)
            visit(all[j], k++);
    }
    return k;
}

static unsigned visit_ntlm(cx_ev_ntlm *e, visitor visit)
{
    cx_slice *all[] = {&e->target,       &e->domain,    &e->user,     &e->workstation,
                       &e->nb_computer,  &e->nb_domain, &e->dns_tree, &e->target_name,
                       &e->dns_computer, &e->dns_domain};
    for (unsigned k = 0; k < N(all); k++)
        visit(all[k], k);
    return N(all);
}

static unsigned visit_krb(cx_ev_krb *e, visitor visit)
{
    cx_slice *all[] = {&e->realm, &e->crealm, &e->cname, &e->sname, &e->e_text};
    for (unsigned k = 0; k < N(all); k++)
        visit(all[k], k);
    return N(all);
}

static unsigned visit_http(cx_ev_http *e, visitor visit)
{
    cx_slice *all[] = {&e->method,   &e->uri,    &e->host,       &e->reason,
                       &e->location, &e->server, &e->user_agent, &e->auth_used};
    unsigned k = 0;
    for (; k < N(all); k++)
        visit(all[k], k);
    for (uint32_t i = 0; i < e->n_offered; i++)
        visit(&e->auth_offered[i], k++);
    return k;
}

static unsigned visit_logon(cx_ev_logon *e, visitor visit)
{
    cx_slice *all[] = {&e->text, &e->user, &e->domain, &e->target};
    for (unsigned k = 0; k < N(all); k++)
        visit(all[k], k);
    return N(all);
}

static unsigned visit_event(cx_event *e, visitor visit)
{
    switch (e->kind) {
    case CX_EV_SIP:
        return visit_sip(&e->u.sip, visit);
    case CX_EV_TLS:
        return visit_tls(&e->u.tls, visit);
    case CX_EV_DNS:
    case CX_EV_LLMNR:
    case CX_EV_MDNS:
    case CX_EV_NBNS:
        return visit_dns(&e->u.dns, visit);
    case CX_EV_NTLM:
        return visit_ntlm(&e->u.ntlm, visit);
    case CX_EV_KRB:
        return visit_krb(&e->u.krb, visit);
    case CX_EV_HTTP:
        return visit_http(&e->u.http, visit);
    case CX_EV_LOGON:
        return visit_logon(&e->u.logon, visit);
    case CX_EV_TCP:
    case CX_EV_ICMP:
    case CX_EV_GAP:
    case CX_EV_MALFORMED:
    case CX_EV_DUPLICATE:
    case CX_EV_KINDS:
        return 0;
    }
    return 0;
}

static void set(cx_slice *s, unsigned k)
{
    *s = numbered(k);
}

static void wipe(cx_slice *s, unsigned k)
{
    (void)k;
    free((void *)(uintptr_t)s->p);
    *s = (cx_slice){NULL, 0};
}

static void check(cx_slice *s, unsigned k)
{
    char text[24];
    snprintf(text, sizeof text, "text-%u", k);
    assert_true(cx_slice_is(*s, text));
}

static void check_absent(cx_slice *s, unsigned k)
{
    (void)k;
    assert_null(s->p);
}

static void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n, size);
    assert_non_null(p);
    return p;
}

/* A full event of this kind; everything it points to is allocated apart. */
static cx_event *full_event(cx_event_kind kind)
{
    cx_event *e = calloc(1, sizeof *e);
    assert_non_null(e);
    *e =
        (cx_event){.kind = kind, .flow = 7, .stream = 3, .dir = CX_FROM_SERVER, .at = {.frame = 9}};
    switch (kind) {
    case CX_EV_SIP:
        e->u.sip.n_contacts = CX_SIP_MAX_CONTACTS;
        e->u.sip.contact = zeroed(CX_SIP_MAX_CONTACTS, sizeof *e->u.sip.contact);
        e->u.sip.n_auth = CX_SIP_MAX_AUTH;
        e->u.sip.auth = zeroed(CX_SIP_MAX_AUTH, sizeof *e->u.sip.auth);
        e->u.sip.n_diag = CX_SIP_MAX_DIAG;
        e->u.sip.diag = zeroed(CX_SIP_MAX_DIAG, sizeof *e->u.sip.diag);
        for (size_t i = 0; i < CX_SIP_MAX_DIAG; i++)
            e->u.sip.diag[i].n_attributes = N(e->u.sip.diag[i].names);
        e->u.sip.n_warnings = CX_SIP_MAX_WARNINGS;
        e->u.sip.warning = zeroed(CX_SIP_MAX_WARNINGS, sizeof *e->u.sip.warning);
        break;
    case CX_EV_TLS: {
        uint16_t *ciphers = calloc(5, sizeof *ciphers);
        assert_non_null(ciphers);
        for (uint16_t i = 0; i < 5; i++)
            ciphers[i] = (uint16_t)(0xc000 + i);
        e->u.tls.ciphers = ciphers;
        e->u.tls.n_ciphers = 5;
        e->u.tls.n_alpn = N(e->u.tls.alpn);
        e->u.tls.n_chain = 3;
        e->u.tls.chain = calloc(3, sizeof *e->u.tls.chain);
        assert_non_null(e->u.tls.chain);
        for (uint32_t i = 0; i < 3; i++) { /* the last has no names */
            e->u.tls.chain[i].n_san = 2 - i;
            e->u.tls.chain[i].n_eku = i;
            e->u.tls.chain[i].san = i < 2 ? calloc(2 - i, sizeof(cx_san)) : NULL;
        }
        break;
    }
    case CX_EV_LLMNR:
    case CX_EV_MDNS:
    case CX_EV_NBNS:
    case CX_EV_DNS:
        e->u.dns.n_rr = 3;
        e->u.dns.rr = calloc(3, sizeof *e->u.dns.rr);
        assert_non_null(e->u.dns.rr);
        break;
    case CX_EV_NTLM:
        e->u.ntlm.carrier = "sip";
        break;
    case CX_EV_KRB:
        e->u.krb.error_code = 24;
        break;
    case CX_EV_HTTP:
        e->u.http.n_offered = CX_HTTP_MAX_AUTH;
        break;
    case CX_EV_LOGON:
        e->u.logon.carrier = "smb";
        break;
    case CX_EV_DUPLICATE:
        e->u.duplicate.of = (cx_evidence){.frame = 4};
        break;
    case CX_EV_MALFORMED:
        e->u.malformed = (cx_ev_malformed){.dissector = "sip", .reason = "no start line"};
        break;
    case CX_EV_TCP:
        e->u.tcp = (cx_ev_tcp){.what = CX_TCP_RESET, .n_syns = 4};
        break;
    case CX_EV_ICMP:
        e->u.icmp = (cx_ev_icmp){.type = 3, .code = 10};
        break;
    case CX_EV_GAP:
        e->u.gap.missing = 1460;
        break;
    case CX_EV_KINDS:
        break;
    }
    return e;
}

static void free_event(cx_event *e)
{
    (void)visit_event(e, wipe);
    if (e->kind == CX_EV_SIP) {
        free(e->u.sip.contact);
        free(e->u.sip.auth);
        free(e->u.sip.diag);
        free(e->u.sip.warning);
    }
    if (e->kind == CX_EV_TLS) {
        for (uint32_t i = 0; i < e->u.tls.n_chain; i++)
            free(e->u.tls.chain[i].san);
        free(e->u.tls.chain);
        free((void *)(uintptr_t)e->u.tls.ciphers);
    }
    if (e->kind == CX_EV_DNS || e->kind == CX_EV_LLMNR || e->kind == CX_EV_MDNS ||
        e->kind == CX_EV_NBNS)
        free(e->u.dns.rr);
    free(e);
}

static void check_plain_members(const cx_event *copy)
{
    assert_int_equal(copy->flow, 7);
    assert_int_equal(copy->stream, 3);
    assert_int_equal(copy->dir, CX_FROM_SERVER);
    assert_int_equal(copy->at.frame, 9);
    if (copy->kind == CX_EV_TLS)
        for (uint16_t i = 0; i < 5; i++)
            assert_int_equal(copy->u.tls.ciphers[i], 0xc000 + i);
    if (copy->kind == CX_EV_NTLM)
        assert_string_equal(copy->u.ntlm.carrier, "sip");
    if (copy->kind == CX_EV_KRB)
        assert_int_equal(copy->u.krb.error_code, 24);
    if (copy->kind == CX_EV_LOGON)
        assert_string_equal(copy->u.logon.carrier, "smb");
    if (copy->kind == CX_EV_MALFORMED)
        assert_string_equal(copy->u.malformed.reason, "no start line");
    if (copy->kind == CX_EV_TCP)
        assert_int_equal(copy->u.tcp.n_syns, 4);
    if (copy->kind == CX_EV_ICMP)
        assert_int_equal(copy->u.icmp.code, 10);
    if (copy->kind == CX_EV_GAP)
        assert_int_equal(copy->u.gap.missing, 1460);
}

static void outlives_the_original(void **state)
{
    (void)state;
    for (int kind = 0; kind < CX_EV_KINDS; kind++) {
        cx_arena a = cx_arena_init(1000000);
        cx_event *e = full_event((cx_event_kind)kind);
        (void)visit_event(e, set);
        cx_event *copy = cx_event_copy(e, &a);
        assert_non_null(copy);
        free_event(e);
        (void)visit_event(copy, check);
        check_plain_members(copy);
        cx_arena_free(&a);
    }
}

/* Parts of a URI that lie in its text are not copied again; one that only begins there is. */
static void parts_lie_in_the_text(void **state)
{
    (void)state;
    char text[] = "sip:alice@contoso.com";
    cx_arena a = cx_arena_init(1000000);
    cx_event e = {.kind = CX_EV_SIP};
    cx_sip_uri *to = &e.u.sip.to;
    to->text = (cx_slice){(const uint8_t *)text, 13};
    to->user = cx_slice_sub(to->text, 4, 5);
    to->host = (cx_slice){(const uint8_t *)text + 10, 11};
    to->maddr = (cx_slice){(const uint8_t *)text + 13, 0};
    cx_event *copy = cx_event_copy(&e, &a);
    memset(text, 'x', sizeof text);
    assert_true(cx_slice_is(copy->u.sip.to.user, "alice"));
    assert_ptr_equal(copy->u.sip.to.user.p, copy->u.sip.to.text.p + 4);
    assert_true(cx_slice_is(copy->u.sip.to.host, "contoso.com"));
    assert_ptr_equal(copy->u.sip.to.maddr.p, copy->u.sip.to.text.p + 13);
    assert_null(copy->u.sip.to.scheme.p);
    cx_arena_free(&a);
}

static void absent_stays_absent(void **state)
{
    (void)state;
    for (int kind = 0; kind < CX_EV_KINDS; kind++) {
        cx_arena a = cx_arena_init(1000000);
        cx_event *e = full_event((cx_event_kind)kind);
        cx_event *copy = cx_event_copy(e, &a);
        assert_non_null(copy);
        (void)visit_event(copy, check_absent);
        free_event(e);
        cx_arena_free(&a);
    }
    cx_arena a = cx_arena_init(1000000);
    cx_event empty = {.kind = CX_EV_TLS};
    cx_event *copy = cx_event_copy(&empty, &a);
    assert_null(copy->u.tls.chain);
    assert_null(copy->u.tls.ciphers);
    cx_arena_free(&a);
}

static void answers_null_at_each_failure(void **state)
{
    (void)state;
    for (int kind = 0; kind < CX_EV_KINDS; kind++) {
        cx_event *e = full_event((cx_event_kind)kind);
        (void)visit_event(e, set);
        cx_arena whole = cx_arena_init(1000000);
        assert_non_null(cx_event_copy(e, &whole));
        /* every cap below what is needed: each take of the copy fails once */
        for (size_t max = 0; max < whole.used; max += 16) {
            cx_arena a = cx_arena_init(max);
            assert_null(cx_event_copy(e, &a));
            cx_arena_free(&a);
        }
        for (size_t k = 1;; k++) {
            cx_arena a = cx_arena_init(1000000);
            test_alloc_fail_at(k);
            cx_event *copy = cx_event_copy(e, &a);
            bool reached = test_alloc_calls() >= k;
            test_alloc_fail_at(0);
            cx_arena_free(&a);
            assert_int_equal(copy == NULL, reached);
            if (!reached)
                break;
        }
        cx_arena_free(&whole);
        free_event(e);
    }
}

/* A slice that is added to a structure changes its size, and must be added above. The plain members
 * behind the slices are counted from where they begin. */
static void every_member_is_visited(void **state)
{
    (void)state;
    assert_int_equal(sizeof(cx_sip_uri), 6 * sizeof(cx_slice) + 8); /* and the port */
    assert_int_equal(
        (offsetof(cx_sip_auth, version) - offsetof(cx_sip_auth, scheme)) / sizeof(cx_slice), 9);
    assert_int_equal(
        (offsetof(cx_ev_ntlm, timestamp_ns) - offsetof(cx_ev_ntlm, target)) / sizeof(cx_slice), 10);
    assert_int_equal((sizeof(cx_dns_rr) - offsetof(cx_dns_rr, target)) / sizeof(cx_slice), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outlives_the_original),   cmocka_unit_test(parts_lie_in_the_text),
        cmocka_unit_test(absent_stays_absent),     cmocka_unit_test(answers_null_at_each_failure),
        cmocka_unit_test(every_member_is_visited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
