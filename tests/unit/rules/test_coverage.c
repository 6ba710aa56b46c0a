/* Blind spots: each is said when the capture has it, and not said when it has not. */
#include "rules/coverage.h"
#include "support/scene.h"

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

static const struct {
    const char *name;
    void (*play)(scene *s);
    const char *ids[8]; /* all that is said; NULL ends */
} cases[] = {
    {"starts_late", starts_late, {"cap-starts-late", "host-not-visible"}},
    {"compressed", compressed, {"cap-compressed-sip", "host-not-visible"}},
    {"compression_refused", compression_refused, {"host-not-visible"}},
    {"compression_asked", compression_asked, {"host-not-visible"}},
    {"healthy", healthy, {"host-not-visible"}},
    {"sealed", sealed, {"cap-sip-encrypted", "cap-tls13-no-cert", "host-not-visible"}},
    {"no_dns", no_dns, {"cap-no-dns"}},
    {"no_name", no_name, {"cap-no-dns", "cap-name-undecided"}},
    {"ends_early", ends_early, {"cap-ends-early", "cap-no-dns", "host-not-visible"}},
    {"damaged", damaged, {"cap-damaged", "host-not-visible"}},
    {"one_direction", one_direction, {"cap-one-direction", "host-not-visible"}},
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
         "Caps of the analyzer let go of 1 conversations, 0 bytes of streams and 0 incomplete "
         "datagrams."},
        {{.too_deep = 2, .subframes_lost = 3},
         "cap-limit",
         "Caps of the analyzer let go of 0 conversations, 0 bytes of streams and 0 incomplete "
         "datagrams; 2 packets are nested too deep, 3 aggregated frames are left out, tunnels of 0 "
         "packets are not told apart."},
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
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_said),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
