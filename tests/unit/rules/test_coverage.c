/* Blind spots: each is said when the capture has it, and not said when it has not. */
#include "rules/coverage.h"
#include "support/scene_logon.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

/* The coverage of that id, or NULL. */
static const json_t *said(const scene *s, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach(s->coverage, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0)
            return one;
    }
    return NULL;
}

static void healthy(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "sip:alice@contoso.com", 1, 200, NULL);
    scene_close(s, &c, C);
}

static void sealed(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0304);
    scene_server_hello(s, &c, 0x0304);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_close(s, &c, C);
}

static void no_dns(scene *s)
{
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    scene_refused(s, &c);
}

static void no_name(scene *s) /* TLS 1.0 without a server name, no lookup: which name was wanted? */
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, 0x0301);
    scene_server_hello(s, &c, 0x0301);
    scene_certificate(s, &c, "ocs1.contoso.com", -10, 100);
    scene_close(s, &c, C);
}

static void ends_early(scene *s)
{
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
}

static void damaged(scene *s)
{
    healthy(s);
    s->facts.damaged = true;
    s->facts.damaged_at = 1234;
    s->facts.damage = "cut";
}

static void one_direction(scene *s)
{
    healthy(s);
    s->facts.tcp_flows = 20;
    s->facts.one_sided = 19;
}

/* A mirror port that shows what the server sends: SYN-ACK, ServerHello, Certificate, FIN. */
static void server_alone(scene *s)
{
    scene_conn c = scene_udp(s, "10.0.0.5:5061");
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    c.tcp.one_sided = true;
    scene_connected(s, &c);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "ocs1.contoso.com", -30, 300);
    scene_data(s, &c, CX_FROM_SERVER);
    scene_close(s, &c, CX_FROM_SERVER);
    scene_wait(s, 120);
}

static void both_directions(scene *s)
{
    healthy(s);
    s->facts.tcp_flows = 20;
    s->facts.one_sided = 18; /* 90 %: not over it */
}

static void snapped(scene *s)
{
    healthy(s);
    s->facts.snapped = 3;
    s->facts.snaplen = 96;
}

static void losses(scene *s)
{
    healthy(s);
    s->facts.gaps = 2;
    s->facts.gap_bytes = 100;
    s->facts.mid_stream = 1;
    s->facts.evicted = 1;
    s->facts.drops = 7;
    s->facts.n_unknown_links = 1;
    s->facts.unknown_links[0].name = "USB";
    s->facts.unknown_links[0].packets = 5;
}

static void starts_late(scene *s) /* the connection was there before */
{
    scene_lookup(s, "A", "www.contoso.com", "10.0.0.9");
    scene_conn c = scene_udp(s, "10.0.0.5:5060");
    c.e.client.proto = c.e.server.proto = CX_IPPROTO_TCP;
    c.tcp.mid_stream = true;
    scene_data(s, &c, C);
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "sip:alice@contoso.com", 1, 200, NULL);
    scene_close(s, &c, C);
}

static void negotiates(scene *s, uint16_t status)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    cx_event e = c.e;
    e.kind = CX_EV_SIP;
    e.u.sip = (cx_ev_sip){.method = cx_slice_of("NEGOTIATE"), .request = status == 0};
    e.u.sip.status = status;
    e.dir = status ? S : C;
    e.at = (cx_evidence){.frame = ++s->frame, .ts_ns = s->now_ns};
    cx_diagnosis_event(s->diagnosis, &e);
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_answer(s, &c, "sip:alice@contoso.com", 1, 200, NULL);
    scene_close(s, &c, C);
}

static void compressed(scene *s)
{
    negotiates(s, 200);
}

static void compression_refused(scene *s)
{
    negotiates(s, 488);
}

static void compression_asked(scene *s)
{
    negotiates(s, 0);
}

static void ask(scene *s, const char *name)
{
    scene_lookup(s, "SRV", name, NULL);
}

static void questions_only(scene *s) /* one after the other, and none again: there were answers */
{
    ask(s, "_sipinternaltls._tcp.contoso.com");
    ask(s, "_sip._tls.contoso.com");
    scene_wait(s, 6);
}

static void answers_only(scene *s)
{
    s->unasked = true;
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
}

static void asked_again(scene *s) /* dns-timeout */
{
    ask(s, "_sipinternaltls._tcp.contoso.com");
    scene_wait(s, 3);
    ask(s, "_sipinternaltls._tcp.contoso.com");
    scene_wait(s, 6);
}

static void answer_lost(scene *s)
{
    scene_lookup(s, "SRV", "_sipinternaltls._tcp.contoso.com", "NXDOMAIN");
    ask(s, "_sip._tls.contoso.com");
}

static void answer_there(scene *s)
{
    scene_lookup(s, "SRV", "_sip._tls.contoso.com", "NXDOMAIN");
}

static void stops(scene *s, bool unseen) /* the client leaves after the server's bytes */
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_data(s, &c, C);
    c.tcp.side[S].unseen = unseen;
    scene_close(s, &c, C);
    scene_wait(s, 61);
}

static void acknowledged_unseen(scene *s)
{
    stops(s, true);
}

static void all_seen(scene *s)
{
    stops(s, false);
}

static void signed_in(scene *s, int from_days)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, "sip.contoso.com", 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, "sip.contoso.com", from_days, 100);
    scene_finish(s, &c);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, &c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, &c, C);
}

static void undated(scene *s) /* as a program that writes no times */
{
    s->now_ns = 0;
    signed_in(s, -10);
}

static void from_tomorrow(scene *s)
{
    signed_in(s, 1);
}

static void in_its_dates(scene *s)
{
    signed_in(s, -10);
}

static void copies(scene *s)
{
    healthy(s);
    s->facts.duplicates = 3;
}

static void secrets(scene *s)
{
    healthy(s);
    s->facts.tls = "1 of 2 TLS connections is not opened.";
}

static void scanner(scene *s)
{
    char server[32];
    for (int port = 5060; port < 5080; port++) {
        (void)snprintf(server, sizeof server, "10.0.0.%d:5060", port - 5000);
        scene_conn c = scene_syn(s, server);
        scene_refused(s, &c);
    }
}

static void large(scene *s, uint16_t status)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_register(s, &c, "sip:alice@contoso.com", 1, NULL);
    scene_large(s, &c, S);
    scene_answer(s, &c, "sip:alice@contoso.com", 1, status, NULL);
    scene_close(s, &c, C);
}

static void offload(scene *s)
{
    large(s, 404);
}

static void offload_signed_in(scene *s) /* nobody looks for a fault */
{
    large(s, 200);
}

static void checksums(scene *s)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_syn(s, "10.0.0.5:5060");
    c.tcp.side[C].unsummed = true;
    scene_refused(s, &c);
}

/* An error of the Kerberos server; code 0 and service NULL: cut off. */
static void kdc_says(scene *s, const char *service, int32_t code)
{
    scene_lookup(s, "A", "dc1.contoso.com", "10.0.0.53");
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_AS_REQ, "alice", service, 0, 0);
    scene_krb(s, &c, NULL, CX_KRB_ERROR, NULL, service, code, 0);
    scene_wait(s, 20);
}

static void kdc_error_cut(scene *s)
{
    kdc_says(s, NULL, 0);
}

static void kdc_error_read(scene *s)
{
    kdc_says(s, "krbtgt/CONTOSO.COM", 24);
}

static void kdc_error_cut_then_granted(scene *s)
{
    kdc_says(s, NULL, 0);
    scene_conn c = scene_udp(s, "10.0.0.53:88");
    scene_krb(s, &c, NULL, CX_KRB_AS_REQ, "alice", NULL, 0, 0);
    scene_krb(s, &c, NULL, CX_KRB_AS_REP, "alice", NULL, 0, 0);
}

static void refused_later(scene *s, const char *request)
{
    scene_lookup(s, "A", "sip.contoso.com", "10.0.0.5");
    scene_conn c = scene_open(s, "10.0.0.5:5060");
    scene_answer(s, &c, "sip:alice@contoso.com", 1, 200, NULL);
    scene_wait(s, 20);
    if (request)
        scene_register(s, &c, "sip:alice@contoso.com", 2, request);
    scene_answer(s, &c, "sip:alice@contoso.com", 2, 403, NULL);
    scene_close(s, &c, C);
    scene_wait(s, 20);
}

static void sign_out_unseen(scene *s)
{
    refused_later(s, NULL);
}

static void sign_out_refused(scene *s)
{
    refused_later(s, "Expires: 0");
}

static const struct {
    const char *name;
    void (*play)(scene *s);
    const char *ids[8]; /* all that is said; NULL ends */
} cases[] = {
    {"sign_out_unseen", sign_out_unseen, {"cap-one-direction"}},
    {"sign_out_refused", sign_out_refused, {"host-not-visible"}},
    {"kdc_error_cut", kdc_error_cut, {"cap-truncated"}},
    {"kdc_error_read", kdc_error_read, {NULL}},
    {"kdc_error_cut_then_granted", kdc_error_cut_then_granted, {"host-not-visible"}},
    {"starts_late", starts_late, {"cap-starts-late", "host-not-visible"}},
    {"compressed", compressed, {"cap-compressed-sip", "host-not-visible"}},
    {"compression_refused", compression_refused, {"host-not-visible"}},
    {"compression_asked", compression_asked, {"host-not-visible"}},
    {"healthy", healthy, {"host-not-visible"}},
    {"sealed", sealed, {"cap-sip-encrypted", "cap-tls13-no-cert", "host-not-visible"}},
    {"no_dns", no_dns, {"cap-no-dns"}},
    {"no_name", no_name, {"cap-no-dns", "cap-name-undecided"}},
    {"ends_early", ends_early, {"cap-ends-early", "cap-no-dns"}},
    {"damaged", damaged, {"cap-damaged", "host-not-visible"}},
    {"one_direction", one_direction, {"cap-one-direction"}},
    {"server_alone", server_alone, {"cap-one-direction", "cap-no-dns"}},
    {"questions_only", questions_only, {"cap-one-direction"}},
    {"answers_only", answers_only, {"cap-one-direction", "cap-starts-late", "cap-ends-early"}},
    {"asked_again", asked_again, {NULL}},
    {"answer_lost", answer_lost, {"cap-missing-segments", "cap-ends-early"}},
    {"answer_there", answer_there, {"cap-ends-early"}},
    {"acknowledged_unseen", acknowledged_unseen, {"cap-missing-segments"}},
    {"all_seen", all_seen, {"host-not-visible"}},
    {"undated", undated, {"cap-clock", "cap-sip-encrypted", "host-not-visible"}},
    {"from_tomorrow", from_tomorrow, {"cap-clock", "cap-sip-encrypted", "host-not-visible"}},
    {"in_its_dates", in_its_dates, {"cap-sip-encrypted", "host-not-visible"}},
    {"copies", copies, {"cap-duplicates", "host-not-visible"}},
    {"secrets", secrets, {"cap-tls-secrets", "host-not-visible"}},
    {"scanner", scanner, {NULL}},
    {"offload", offload, {"cap-offload"}},
    {"offload_signed_in", offload_signed_in, {"host-not-visible"}},
    {"checksums", checksums, {"cap-offload"}},
    {"both_directions", both_directions, {"host-not-visible"}},
    {"snapped", snapped, {"cap-truncated", "host-not-visible"}},
    {"losses",
     losses,
     {"cap-unknown-link", "cap-drops", "cap-limit", "cap-missing-segments", "cap-mid-connection",
      "host-not-visible"}},
};

static void test_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s;
        size_t n = 0;
        scene_start(&s, NULL);
        cases[i].play(&s);
        scene_end(&s);
        for (; n < 8 && cases[i].ids[n]; n++)
            if (!said(&s, cases[i].ids[n]))
                fail_msg("%s: %s is not said", cases[i].name, cases[i].ids[n]);
        if (json_array_size(s.coverage) != n) {
            char *all = json_dumps(s.coverage, 0);
            fail_msg("%s: %s", cases[i].name, all);
        }
        scene_free(&s);
    }
}

/* What the reading of the file found, in words. */
static void test_words(void **state)
{
    (void)state;
    static const struct {
        cx_capture_facts facts;
        const char *id, *words;
    } rows[] = {
        {{.packets = 7, .damaged = true, .damaged_at = 99, .damages = 1, .damage = "cut"},
         "cap-damaged",
         "The capture is damaged at byte 99 (cut): 7 packets were read up to there."},
        {{.packets = 7, .damaged = true, .damages = 1, .damage = "cut"},
         "cap-damaged",
         "The capture is damaged (cut): 7 packets were read up to there."},
        {{.packets = 7, .damaged = true, .resumed = true, .damaged_at = 99, .damages = 1},
         "cap-damaged",
         "The capture is damaged at byte 99 (cut): 7 packets were read, what was in between is "
         "missing."},
        {{.packets = 7, .damaged = true, .resumed = true, .damaged_at = 9, .damages = 3},
         "cap-damaged",
         "The capture is damaged at byte 9 (cut), and at 2 more places: 7 packets were read, what "
         "was in between is missing."},
        {{.packets = 7, .damaged = true, .damaged_at = 9, .damages = 2},
         "cap-damaged",
         "The capture is damaged at byte 9 (cut), and at 1 more place: 7 packets were read, what "
         "was in between and behind the last place is missing."},
        {{.packets = 7, .untimed = 2},
         "cap-clock",
         "2 of 7 packets have no time stamp: they are given the time of the packet before them."},
        {{.packets = 7, .local_time = true}, "cap-clock", NULL},
        {{.drops = 7}, "cap-drops", "The capturing program reports 7 packets that it lost."},
        {{.n_unknown_links = 2, .unknown_links = {{"USB", 5, {0}}, {"CAN", 2, {0}}}},
         "cap-unknown-link",
         "5 packets of link type USB, 2 packets of link type CAN are not decoded."},
        {{.n_unknown_links = 1, .unknown_links = {{"USB", 5, {0}}}, .encrypted = 3},
         "cap-unknown-link",
         "5 packets of link type USB, 3 packets that are encrypted on the link are not decoded."},
        {{.packets = 9, .duplicates = 4},
         "cap-duplicates",
         "4 of 9 packets are copies of others (a mirror port, or several interfaces): they were "
         "left out."},
        {{.evicted = 1},
         "cap-limit",
         "Caps of the analyzer were reached (conversations let go: 1)."},
        {{.too_deep = 2, .subframes_lost = 3},
         "cap-limit",
         "Caps of the analyzer were reached (packets nested too deep: 2; aggregated frames left "
         "out: 3)."},
        {{.fragments_lost = 2},
         "cap-missing-segments",
         "2 fragments belong to datagrams of which others are not in the capture (a filter by port "
         "lets the first one through alone): what these said is unknown."},
        {{.gaps = 3, .gap_bytes = 40, .fragments_lost = 2},
         "cap-missing-segments",
         "40 bytes at 3 places are missing in the capture: what they said is unknown. 2 fragments "
         "belong to datagrams of which others are not in the capture (a filter by port lets the "
         "first one through alone): what these said is unknown."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        s.facts = rows[i].facts;
        s.frame = rows[i].facts.packets;
        scene_end(&s);
        const json_t *spot = said(&s, rows[i].id);
        assert_non_null(spot);
        if (rows[i].words)
            assert_string_equal(json_string_value(json_object_get(spot, "text")), rows[i].words);
        scene_free(&s);
    }
}

/* Every record is complete, and every id that it withholds is a rule. */
static void test_records(void **state)
{
    (void)state;
    for (int i = 0; i < CX_COV_IDS; i++) {
        const cx_coverage_record *r = &cx_coverage_records[i];
        assert_non_null(r->id);
        assert_non_null(r->text);
        assert_non_null(r->recapture);
        for (const char *const *id = r->withheld; *id; id++)
            if (!cx_rule_named(*id))
                fail_msg("%s withholds %s, which is no rule", r->id, *id);
        const char *ids[CX_MAX_WITHHELD];
        size_t n = cx_coverage_withheld(r, ids, CX_MAX_WITHHELD);
        assert_true(n < CX_MAX_WITHHELD);
        for (size_t k = 0; k < n; k++)
            for (size_t m = 0; m < k; m++)
                assert_string_not_equal(ids[k], ids[m]);
        /* what another capture would show says how to make it, on both systems */
        bool capture = strcmp(r->id, "host-not-visible") != 0;
        assert_int_equal(strstr(r->recapture, "dumpcap") != NULL, capture);
        assert_int_equal(strstr(r->recapture, "pktmon start") != NULL, capture);
        assert_int_equal(strstr(r->recapture, "netsh trace start") != NULL, capture);
    }
}

/* Nothing is silent in secret: for each rule there is something that says it could not judge. */
static void test_every_rule(void **state)
{
    (void)state;
    for (size_t i = 0; cx_rules[i]; i++) {
        bool said_somewhere = false;
        for (int id = 0; id < CX_COV_IDS && !said_somewhere; id++) {
            const char *ids[CX_MAX_WITHHELD];
            size_t n = cx_coverage_withheld(&cx_coverage_records[id], ids, CX_MAX_WITHHELD);
            for (size_t k = 0; k < n; k++)
                said_somewhere |= strcmp(ids[k], cx_rules[i]->id) == 0;
        }
        if (!said_somewhere)
            fail_msg("nothing withholds %s", cx_rules[i]->id);
    }
}

/* How long before its end, and behind what, in the words of the case. */
static void test_end(void **state)
{
    (void)state;
    static const struct {
        double wait;
        const char *words; /* NULL: not said */
    } rows[] = {
        {2, "The capture ends 2.0 s after the SYN (10.0.0.5, port 5060), before the outcome: no "
            "verdict on what was still under way."},
        {3.9, "The capture ends 3.9 s after the SYN (10.0.0.5, port 5060), before the outcome: no "
              "verdict on what was still under way."},
        {6, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene s;
        scene_start(&s, NULL);
        scene_conn c = scene_syn(&s, "10.0.0.5:5060");
        scene_wait(&s, rows[i].wait);
        if (!rows[i].words) {
            scene_syn_again(&s, &c);
            scene_timeout(&s, &c);
        }
        scene_end(&s);
        const json_t *spot = said(&s, "cap-ends-early");
        assert_int_equal(spot != NULL, rows[i].words != NULL);
        if (spot)
            assert_string_equal(json_string_value(json_object_get(spot, "text")), rows[i].words);
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_said),    cmocka_unit_test(test_words),
        cmocka_unit_test(test_records), cmocka_unit_test(test_every_rule),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
