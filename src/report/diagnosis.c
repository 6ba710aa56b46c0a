/* The diagnosis of one capture: see diagnosis.h. */
#include "report/diagnosis.h"

#include "report/judged.h"
#include "report/result.h"
#include "rules/coverage.h"
#include "signin/correlate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Open attempts at the end of a capture from which on another thread writes what is judged: before,
 * it would take longer to begin. */
#define WRITTEN_APART 16u

struct cx_diagnosis {
    cx_policy policy;
    cx_result_style style;
    cx_member_sink sink;
    cx_correlator *correlator;
    cx_engine *engine;
    cx_judged_queue *queue; /* at the end of the capture, to another thread; NULL: there is none */
    bool concurrent;
    cx_coverage coverage;
    uint32_t shard, shards;          /* of clients to tell of; 0 of 0: all */
    cx_diagnosis_totals totals, all; /* of what is told, and of all clients */
    cx_json_writer writer;
    cx_buf text; /* of the member at hand */
};

static void tell(cx_diagnosis *d, const char *type, json_t *value)
{
    d->sink.member(d->sink.self, type, value);
    json_decref(value);
}

/* f NULL: the attempt itself. */
static void put_result(const cx_diagnosis *d, cx_members *m, const cx_attempt *a,
                       const cx_judgement *j, const cx_finding *f)
{
    if (f)
        cx_result_finding(m, &d->style, a, f);
    else
        cx_result_attempt(m, &d->style, a, j);
}

static void tell_result(cx_diagnosis *d, const cx_attempt *a, const cx_judgement *j,
                        const cx_finding *f)
{
    const char *type = f ? "finding" : "attempt";
    if (!d->sink.text) {
        cx_members m = cx_members_tree();
        put_result(d, &m, a, j, f);
        tell(d, type, cx_members_end(&m));
        return;
    }
    d->text.len = 0;
    cx_json_begin(&d->writer, &d->text);
    cx_members m = cx_members_text(&d->writer);
    put_result(d, &m, a, j, f);
    (void)cx_members_end(&m); /* the writer tells */
    bool good = d->writer.status == CX_OK;
    d->sink.text(d->sink.self, type, good ? cx_buf_slice(&d->text) : (cx_slice){NULL, 0});
}

static void count(cx_diagnosis_totals *t, const cx_judgement *j)
{
    t->attempts++;
    t->failures += j->outcome == CX_OUT_FAILURE;
    t->successes += j->outcome == CX_OUT_SUCCESS;
}

static void tell_judged(void *self, const cx_attempt *a, const cx_judgement *j)
{
    cx_diagnosis *d = self;
    tell_result(d, a, j, NULL);
    for (uint32_t i = 0; i < j->n_findings; i++)
        tell_result(d, a, j, &j->findings[i]);
}

static void take_attempt(void *self, const cx_attempt *a)
{
    cx_diagnosis *d = self;
    const cx_judgement *j =
        d->queue ? cx_judged_queue_judge(d->queue, a) : cx_engine_judge(d->engine, a);
    cx_coverage_attempt(&d->coverage, a, j);
    if (a->web_only && j->outcome == CX_OUT_INCOMPLETE)
        return; /* a web page that was left half-way is no sign-in */
    if (a->scanner && j->n_findings == 0 && j->outcome != CX_OUT_SUCCESS)
        return;
    count(&d->all, j);
    /* what is known of a client comes from packets of others too: all are read, some are told */
    if (d->shards && cx_addr_shard(&a->client, d->shards) != d->shard)
        return;
    count(&d->totals, j);
    for (uint32_t i = 0; i < j->n_findings; i++)
        d->totals.findings_failure += j->findings[i].severity == CX_FAILURE;
    if (d->queue)
        cx_judged_queue_put(d->queue);
    else
        tell_judged(d, a, j);
}

cx_diagnosis *cx_diagnosis_new(const cx_context *context, const char *file, cx_member_sink sink)
{
    cx_diagnosis *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->policy = (cx_policy){.has_min_server = context->has_min_server,
                            .has_min_client = context->has_min_client,
                            .ntlm_min_server = context->ntlm_min_server,
                            .ntlm_min_client = context->ntlm_min_client};
    if (context->naming == CX_NAMING_STRICT)
        d->policy.naming = CX_NAMING_MUST_BE_STRICT;
    else if (context->naming == CX_NAMING_PERMISSIVE)
        d->policy.naming = CX_NAMING_IS_PERMISSIVE;
    d->style = (cx_result_style){
        .file = file, .files = context->files, .time_digits = context->time_digits == 9 ? 9 : 6};
    d->sink = sink;
    d->text = cx_buf_init(SIZE_MAX);
    d->shard = context->shard;
    d->shards = context->shards;
    d->concurrent = context->concurrent;
    cx_hints hints = {.port = context->server_port};
    if (context->server)
        hints.server = cx_slice_of(context->server);
    if (context->domain)
        hints.domain = cx_slice_of(context->domain);
    d->engine = cx_engine_new(&d->policy);
    d->correlator = cx_correlator_new(&hints, (cx_attempt_sink){take_attempt, d});
    if (!d->engine || !d->correlator) {
        cx_diagnosis_free(d);
        return NULL;
    }
    return d;
}

void cx_diagnosis_expect(const cx_diagnosis *d, const cx_event *e, bool near)
{
    cx_correlator_expect(d->correlator, e, near);
}

void cx_diagnosis_event(cx_diagnosis *d, const cx_event *e)
{
    cx_correlator_event(d->correlator, e);
}

/* ---- Coverage of the capture as a whole ---- */

/* Why times may be off: all reasons in one text. */
static void note_clock(cx_coverage *c, const cx_capture_facts *f)
{
    cx_blind_spot *s = &c->spot[CX_COV_CLOCK];
    size_t len = 0;
#define MORE(...)                                                                                  \
    do {                                                                                           \
        cx_coverage_note(c, CX_COV_CLOCK, NULL);                                                   \
        (void)snprintf(s->text + len, sizeof s->text - len, __VA_ARGS__);                          \
        len = strlen(s->text);                                                                     \
    } while (0)
    if (f->local_time)
        MORE("Times are those of the capturing computer's time zone, which the capture does not "
             "name: they are taken as UTC and may be hours off.");
    if (f->untimed)
        MORE("%s%" PRIu64 " of %" PRIu64 " packets have no time stamp: they are given the time of "
             "the packet before them.",
             len ? " " : "", f->untimed, f->packets);
    if (f->seams && f->seam)
        MORE("%s%s.", len ? " " : "", f->seam);
    if (f->seams > 1)
        MORE(" So do %" PRIu64 " more files begin elsewhere than those before them end.",
             f->seams - 1);
#undef MORE
}

#define TEXT(id, ...) (void)snprintf(c->spot[id].text, sizeof c->spot[id].text, __VA_ARGS__)

static void note_limits(cx_coverage *c, const cx_capture_facts *f)
{
    const struct {
        uint64_t n;
        const char *what;
    } all[] = {
        {f->evicted, "conversations let go"},
        {f->given_up, "conversations read no further"},
        {f->dropped_bytes, "bytes of streams let go"},
        {f->fragments_evicted, "fragments of incomplete datagrams let go"},
        {f->too_deep, "packets nested too deep"},
        {f->subframes_lost, "aggregated frames left out"},
        {f->paths_lost, "packets in tunnels that are not told apart"},
        {f->lookups_forgotten, "lookups of names forgotten"},
    };
    char text[400] = "";
    size_t len = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!all[i].n)
            continue;
        (void)snprintf(text + len, sizeof text - len, "%s%s: %" PRIu64, len ? "; " : "",
                       all[i].what, all[i].n);
        len = strlen(text);
    }
    if (!len)
        return;
    cx_coverage_note(c, CX_COV_LIMIT,
                     f->first_evicted.frame ? &f->first_evicted : &f->first_too_deep);
    TEXT(CX_COV_LIMIT, "Caps of the analyzer were reached (%s).", text);
}

/* Bytes of streams, and parts of datagrams. */
static void note_missing_bytes(cx_coverage *c, const cx_capture_facts *f)
{
    char streams[120] = "";
    if (!f->gaps && !f->fragments_lost)
        return;
    if (f->gaps)
        (void)snprintf(streams, sizeof streams,
                       "%" PRIu64 " bytes at %" PRIu64
                       " places are missing in the capture: what they said is unknown.",
                       f->gap_bytes, f->gaps);
    cx_coverage_note(c, CX_COV_MISSING_SEGMENTS, f->gaps ? &f->first_gap : NULL);
    if (!f->fragments_lost)
        TEXT(CX_COV_MISSING_SEGMENTS, "%s", streams);
    else
        TEXT(CX_COV_MISSING_SEGMENTS,
             "%s%s%" PRIu64 " fragments belong to datagrams of which others are not in the "
             "capture (a filter by port lets the first one through alone): what these said is "
             "unknown.",
             streams, f->gaps ? " " : "", f->fragments_lost);
}

static void note_facts(cx_coverage *c, const cx_capture_facts *f)
{
    if (f->damaged) {
        char at[40] = "", places[64] = "";
        if (f->damaged_at)
            (void)snprintf(at, sizeof at, " at byte %" PRIu64, f->damaged_at);
        if (f->damages > 1)
            (void)snprintf(places, sizeof places, ", and at %" PRIu64 " more place%s",
                           f->damages - 1, f->damages > 2 ? "s" : "");
        cx_coverage_note(c, CX_COV_DAMAGED, NULL);
        TEXT(CX_COV_DAMAGED, "The capture is damaged%s (%s)%s: %" PRIu64 " packets were read%s.",
             at, f->damage ? f->damage : "cut", places, f->packets,
             f->resumed       ? ", what was in between is missing"
             : f->damages > 1 ? ", what was in between and behind the last place is missing"
                              : " up to there");
    }
    note_clock(c, f);
    if (f->tls) {
        cx_coverage_note(c, CX_COV_TLS_SECRETS, NULL);
        for (uint32_t i = 0; i < f->n_tls_frames; i++)
            cx_coverage_note(c, CX_COV_TLS_SECRETS, &f->tls_frames[i]);
        TEXT(CX_COV_TLS_SECRETS, "%s", f->tls);
    }
    char links[400] = "";
    for (uint32_t i = 0; i < f->n_unknown_links; i++) {
        cx_coverage_note(c, CX_COV_UNKNOWN_LINK, &f->unknown_links[i].first);
        (void)snprintf(links + strlen(links), sizeof links - strlen(links),
                       "%s%" PRIu64 " packets of link type %s", i ? ", " : "",
                       f->unknown_links[i].packets, f->unknown_links[i].name);
    }
    if (f->encrypted) {
        cx_coverage_note(c, CX_COV_UNKNOWN_LINK, &f->first_encrypted);
        (void)snprintf(links + strlen(links), sizeof links - strlen(links),
                       "%s%" PRIu64 " packets that are encrypted on the link", *links ? ", " : "",
                       f->encrypted);
    }
    if (*links)
        TEXT(CX_COV_UNKNOWN_LINK, "%s are not decoded.", links);
    if (f->drops) {
        cx_coverage_note(c, CX_COV_DROPS, NULL);
        TEXT(CX_COV_DROPS, "The capturing program reports %" PRIu64 " packets that it lost.",
             f->drops);
    }
    if (f->duplicates) {
        cx_coverage_note(c, CX_COV_DUPLICATES, &f->first_duplicate);
        TEXT(CX_COV_DUPLICATES,
             "%" PRIu64 " of %" PRIu64 " packets are copies of others (a mirror port, or several "
             "interfaces): they were left out.",
             f->duplicates, f->packets);
    }
    note_limits(c, f);
    if (f->tcp_flows >= 2 && f->one_sided * 10 > f->tcp_flows * 9) {
        cx_coverage_note(c, CX_COV_ONE_DIRECTION, &f->first_one_sided);
        TEXT(CX_COV_ONE_DIRECTION, "%s", cx_coverage_records[CX_COV_ONE_DIRECTION].text);
    }
    if (f->snapped) {
        cx_blind_spot *s = &c->spot[CX_COV_TRUNCATED];
        char said[sizeof s->text]; /* of one sign-in */
        memcpy(said, s->text, sizeof said);
        cx_coverage_note(c, CX_COV_TRUNCATED, NULL);
        TEXT(CX_COV_TRUNCATED,
             "%" PRIu64 " of %" PRIu64 " packets are cut by the snap length (%u bytes): "
             "certificates and SIP bodies may be unreadable.%s%.300s",
             f->snapped, f->packets, f->snaplen, said[0] ? " " : "", said);
    }
    note_missing_bytes(c, f);
    if (f->mid_stream)
        cx_coverage_note(c, CX_COV_MID_CONNECTION, &f->first_mid_stream);
#undef TEXT
}

/* Nothing is wrong with what can be seen. */
static void note_clean(cx_coverage *c)
{
    cx_blind_spot *s = &c->spot[CX_COV_HOST_NOT_VISIBLE];
    cx_coverage_note(c, CX_COV_HOST_NOT_VISIBLE, NULL);
    if (c->spot[CX_COV_SIP_ENCRYPTED].present)
        (void)snprintf(s->text, sizeof s->text,
                       "What can be seen of network and TLS shows no fault; whether the server "
                       "took the sign-in is inside TLS. Causes inside the client computer (for "
                       "example access denied on the Communicator profile folder, or a policy) "
                       "cannot be seen here either.");
}

static json_t *spot_json(const cx_result_style *style, const cx_coverage_record *record,
                         const cx_blind_spot *spot)
{
    json_t *frames = json_array(), *withheld = json_array();
    int bad = !frames || !withheld;
    for (uint32_t i = 0; !bad && i < spot->n_frames; i++)
        bad = json_array_append_new(
            frames, json_integer((json_int_t)cx_joined_frame(style->files, &spot->frames[i])));
    const char *ids[CX_MAX_WITHHELD];
    size_t n_ids = cx_coverage_withheld(record, ids, CX_MAX_WITHHELD);
    for (size_t i = 0; !bad && i < n_ids; i++)
        bad = json_array_append_new(withheld, json_string(ids[i]));
    json_t *text = cx_json_text(cx_slice_of(spot->text[0] ? spot->text : record->text));
    json_t *o = bad ? NULL
                    : json_pack("{s:s, s:O, s:s}", "id", record->id, "text", text, "recapture",
                                record->recapture);
    if (o && json_array_size(frames))
        json_object_set(o, "frames", frames);
    if (o && json_array_size(withheld))
        json_object_set(o, "withheld", withheld);
    json_decref(text);
    json_decref(frames);
    json_decref(withheld);
    return o;
}

void cx_diagnosis_end(cx_diagnosis *d, const cx_capture_facts *facts)
{
    if (d->concurrent && cx_correlator_open(d->correlator) >= WRITTEN_APART)
        d->queue = cx_judged_queue_new(&d->policy, (cx_judged_sink){tell_judged, d});
    cx_correlator_end(d->correlator, facts->last_ns);
    cx_judged_queue_end(d->queue);
    d->queue = NULL;
    const cx_correlate_stats *stats = cx_correlator_stats(d->correlator);
    cx_capture_facts all = *facts;
    all.evicted += stats->clients_forgotten;
    all.lookups_forgotten = stats->lookups_forgotten;
    note_facts(&d->coverage, &all);
    if (d->coverage.clean && !d->all.failures && !d->coverage.spot[CX_COV_ONE_DIRECTION].present)
        note_clean(&d->coverage);
    for (int id = 0; id < CX_COV_IDS; id++)
        if (d->coverage.spot[id].present)
            tell(d, "coverage",
                 spot_json(&d->style, &cx_coverage_records[id], &d->coverage.spot[id]));
}

const cx_diagnosis_totals *cx_diagnosis_totals_of(const cx_diagnosis *d)
{
    return &d->totals;
}

void cx_diagnosis_free(cx_diagnosis *d)
{
    if (!d)
        return;
    cx_correlator_free(d->correlator);
    cx_engine_free(d->engine);
    cx_json_writer_free(&d->writer);
    cx_buf_free(&d->text);
    free(d);
}
