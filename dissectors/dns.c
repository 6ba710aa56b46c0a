/* DNS over UDP and TCP (RFC 1035 4, RFC 7766 8), and the three that share its messages: LLMNR (RFC
 * 4795), multicast DNS (RFC 6762) and the NetBIOS name service (RFC 1002 4.2). Emits a CX_EV_DNS,
 * CX_EV_LLMNR, CX_EV_MDNS or CX_EV_NBNS for each message, CX_EV_MALFORMED for a damaged one: then
 * the records before the damage are still told. State: the latest questions, for the time that
 * answers took.
 *
 * The port tells the four apart. Away from port 53 a message is taken for DNS when it is plausible
 * and has RD set, which the others do not send, or is nothing but a message to its last byte. */
#include "dissectors/dns_message.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "flow/dissector.h"

#include <stdlib.h>

#define ENOUGH    512u /* bytes; a question fits in fewer (RFC 1035 2.3.4) */
#define QUESTIONS 16u  /* waiting for an answer in one conversation; stub resolvers ask a few */
#define FIRST     2u   /* of them have room from the start: most ports of clients ask no more */

typedef struct question {
    uint64_t hash; /* of name and type */
    int64_t ts_ns;
    uint16_t id;
    bool used, answered;
} question;

typedef struct dns_state {
    question first[FIRST];
    question *more; /* QUESTIONS - FIRST; NULL: not needed yet */
    uint32_t next;  /* of the ring that both are */
    bool lost[2];   /* after a gap: where the next message begins is not known */
} dns_state;

typedef cx_dns_message message;

/* ---- messages ---- */

/* Case does not count: some resolvers send random case and get it back as they sent it. */
static uint64_t hash_of(const cx_ev_dns *e)
{
    return cx_hash_folded(e->qname, e->qtype);
}

static question *question_at(dns_state *s, uint32_t i)
{
    return i < FIRST ? &s->first[i] : &s->more[i - FIRST];
}

/* The place for a further question: a free one, else that of the earliest. */
static question *place(dns_state *s)
{
    uint32_t i = s->next++ % QUESTIONS;
    if (i >= FIRST && !s->more)
        s->more = calloc(QUESTIONS - FIRST, sizeof *s->more);
    return i >= FIRST && !s->more ? &s->first[i % FIRST] : question_at(s, i);
}

static void close_state(void *state, cx_emit *out)
{
    dns_state *s = state;
    (void)out;
    free(s->more);
}

/* Remembers a question, or gives the time since it was asked first; -1: it was not seen. */
static int64_t match_question(dns_state *s, const cx_ev_dns *e, int64_t ts_ns)
{
    uint64_t hash = hash_of(e);
    question *found = NULL;
    const uint32_t n = s->more ? QUESTIONS : FIRST;
    for (uint32_t i = 0; i < n && !found; i++) {
        question *q = question_at(s, i);
        if (q->used && q->id == e->id &&
            (q->hash == hash || (!e->query && !e->qname.p && !q->answered)))
            found = q; /* some errors come back without the question */
    }
    if (e->query) {
        if (found && !found->answered)
            return -1; /* asked again */
        if (!found)
            found = place(s);
        *found = (question){.hash = hash, .ts_ns = ts_ns, .id = e->id, .used = true};
        return -1;
    }
    if (!found || ts_ns < found->ts_ns)
        return -1;
    found->answered = true;
    return ts_ns - found->ts_ns;
}

/* Tells one message. False: it is damaged so early that it may be something else. */
static bool tell_message(dns_state *s, const cx_chunk *in, cx_event_kind kind, const message *m,
                         cx_emit *out)
{
    cx_event event;
    cx_event_begin(&event, kind, in);
    cx_ev_dns *e = &event.u.dns;
    cx_dns_header h;
    const char *reason = NULL;
    bool told = cx_dns_read(m, out->scratch, e, &reason);
    if (told) {
        e->udp = in->datagram;
        e->in_part = in->part;
        if (!in->part && /* one that is not whole answers nothing yet */
            (e->qname.p || (cx_dns_header_read(m, &h) == CX_OK && h.count[0] == 0)))
            e->rtt_ns = match_question(s, e, in->at.ts_ns);
        cx_emit_event(out, &event);
    }
    if (reason)
        cx_emit_malformed(out, in, cx_dns_name_of(kind), reason);
    return told;
}

/* Leaves the reading of a datagram to whoever uses the event. */
static void tell_unread(const cx_chunk *in, cx_event_kind kind, cx_emit *out)
{
    cx_event event;
    cx_event_begin(&event, kind, in);
    event.u.dns.unread = in->bytes;
    event.u.dns.cut = in->cut;
    event.u.dns.in_part = in->part;
    event.u.dns.udp = true;
    cx_emit_event(out, &event);
}

/* ---- recognising ---- */

/* Bytes of the first question's name that a NetBIOS name service packet has (RFC 1002 4.1): one
 * label of 32 letters A to P, then the type NB or NBSTAT; that of NBSTAT is also that of SRV. */
static bool is_netbios(cx_slice name, uint16_t type)
{
    if ((type != CX_NBNS_NB && type != CX_NBNS_NBSTAT) || name.len < 33 || name.p[0] != 32)
        return false;
    for (size_t i = 1; i <= 32; i++)
        if (name.p[i] < 'A' || name.p[i] > 'P')
            return false;
    return true;
}

static bool plausible_header(const cx_dns_header *h)
{
    uint8_t opcode = cx_dns_opcode(h);
    bool response = h->flags & CX_DNS_FLAG_RESPONSE;
    if (h->flags & CX_DNS_FLAG_Z || opcode == 1 || opcode == 3 || opcode > 5)
        return false;
    if (!response && opcode == 0) /* IXFR asks with one authority record; OPT, TSIG, SIG(0) */
        return h->count[0] == 1 && h->count[1] == 0 && h->count[2] <= 1 && h->count[3] <= 3 &&
               !(h->flags & 15);
    /* an error may come without the question */
    return h->count[0] == 1 || (response && h->count[0] == 0 && h->flags & 15);
}

/* By what questions usually are. */
static cx_match probe_usual(const message *m, const cx_dns_header *h, bool whole)
{
    const cx_match when_short = whole ? CX_MATCH_NO : CX_MATCH_MAYBE;
    uint16_t type, class_;
    size_t end;
    if (!plausible_header(h))
        return CX_MATCH_NO;
    if (h->count[0] == 0) /* nothing to know it by but that it is an error and nothing else */
        return whole && m->bytes.len == CX_DNS_HEADER_LEN ? CX_MATCH_YES : CX_MATCH_NO;
    cx_status status = cx_dns_question_step(m, CX_DNS_HEADER_LEN, &type, &class_, &end);
    if (status != CX_OK)
        return status == CX_TRUNCATED ? when_short : CX_MATCH_NO;
    if (is_netbios(cx_slice_sub(m->bytes, CX_DNS_HEADER_LEN, end - 4 - CX_DNS_HEADER_LEN), type))
        return CX_MATCH_NO;
    /* IN, CH, HS, and NONE, ANY */
    return type && ((class_ >= 1 && class_ <= 4) || class_ == 254 || class_ == 255) ? CX_MATCH_YES
                                                                                    : CX_MATCH_NO;
}

/* on_port: of DNS. There whatever parses is a message; elsewhere it must be a usual one, and
 * nothing but a message when RD is clear. */
static cx_match probe_message(const message *m, bool whole, bool on_port)
{
    cx_dns_header h;
    if (cx_dns_header_read(m, &h) != CX_OK)
        return whole ? CX_MATCH_NO : CX_MATCH_MAYBE;
    cx_match match = probe_usual(m, &h, whole);
    if (match == CX_MATCH_YES && !on_port && !(h.flags & CX_DNS_FLAG_RD))
        return whole && cx_dns_parses(m, true) ? CX_MATCH_YES : CX_MATCH_NO;
    if (match != CX_MATCH_NO || !on_port || h.count[0] == 0)
        return match;
    if (!whole)
        return CX_MATCH_MAYBE;
    return cx_dns_parses(m, false) ? CX_MATCH_YES : CX_MATCH_NO;
}

static cx_match probe_stream(const cx_chunk *first)
{
    cx_cursor c = cx_cursor_over(first->bytes, CX_TRUNCATED);
    uint16_t len = cx_be16(&c);
    if (c.err != CX_OK)
        return CX_MATCH_MAYBE;
    if (len < CX_DNS_HEADER_LEN)
        return CX_MATCH_NO;
    message m = {.bytes = cx_take_slice(&c, c.left < len ? c.left : len), .on_short = CX_TRUNCATED};
    return probe_message(&m, m.bytes.len == len, first->on_port);
}

static cx_match probe(const cx_chunk *first)
{
    message m = {.bytes = first->bytes, .on_short = CX_TRUNCATED};
    return first->datagram ? probe_message(&m, !first->cut, first->on_port) : probe_stream(first);
}

/* The others are known by their port. */
static cx_match probe_other(const cx_chunk *first, bool netbios)
{
    message m = {.bytes = first->bytes, .on_short = CX_TRUNCATED, .netbios = netbios};
    cx_dns_header h;
    if (!first->on_port)
        return CX_MATCH_NO;
    if (!first->datagram)
        return probe_stream(first);
    if (first->cut)
        return cx_dns_header_read(&m, &h) == CX_OK ? CX_MATCH_YES : CX_MATCH_NO;
    return cx_dns_parses(&m, false) ? CX_MATCH_YES : CX_MATCH_NO;
}

static cx_match probe_shared(const cx_chunk *first)
{
    return probe_other(first, false);
}

static cx_match probe_nbns(const cx_chunk *first)
{
    return probe_other(first, true);
}

/* One question, no reserved bit: of questions and answers, with RD set, in UDP and behind the
 * length of TCP; with RD clear, in UDP. */
static const cx_mask masks[] = {
    {.mask = {0, 0, 0xff, 0xcf, 0xff, 0xff, 0xff, 0xff}, .value = {0, 0, 0x01, 0, 0, 1, 0, 0}},
    {.mask = {0, 0, 0xf9, 0x40, 0xff, 0xff, 0xff, 0}, .value = {0, 0, 0x81, 0, 0, 1, 0, 0}},
    {.mask = {0, 0, 0, 0, 0xff, 0xcf, 0xff, 0xff}, .value = {0, 0, 0, 0, 0x01, 0, 0, 1}},
    {.mask = {0, 0, 0, 0, 0xf9, 0x40, 0xff, 0xff}, .value = {0, 0, 0, 0, 0x81, 0, 0, 1}},
    {.mask = {0, 0, 0xff, 0xcf, 0xff, 0xff, 0xff, 0xff}, .value = {0, 0, 0, 0, 0, 1, 0, 0}},
    {.mask = {0, 0, 0xf9, 0x40, 0xff, 0xff, 0xff, 0}, .value = {0, 0, 0x80, 0, 0, 1, 0, 0}},
};

/* ---- feeding ---- */

static cx_fed feed_stream(dns_state *s, const cx_chunk *in, cx_event_kind kind, cx_emit *out)
{
    const bool last = in->fin || in->cut; /* what is not there does not come any more */
    cx_cursor c = cx_cursor_over(in->bytes, CX_TRUNCATED);
    if (s->lost[in->dir]) { /* go on where a packet begins with a message */
        cx_match match = probe(in);
        if (match == CX_MATCH_MAYBE && !last && in->bytes.len < ENOUGH) /* a length on its own */
            return cx_fed_more(0, in->bytes.len + 1);
        if (match != CX_MATCH_YES)
            return cx_fed_ok(in->bytes.len);
        s->lost[in->dir] = false;
    }
    while (c.left) {
        size_t start = in->bytes.len - c.left;
        if (c.left < 2)
            return last ? cx_fed_ok(in->bytes.len) : cx_fed_more(start, 2);
        size_t len = cx_be16(&c);
        if (c.left < len && !last)
            return cx_fed_more(start, 2 + len);
        bool cut = c.left < len;
        message m = {.bytes = cx_take_slice(&c, cut ? c.left : len),
                     .on_short = cut ? CX_TRUNCATED : CX_MALFORMED};
        bool told = tell_message(s, in, kind, &m, out);
        cx_arena_reset(out->scratch); /* one chunk may hold thousands of messages */
        if (!told && !cut)
            return cx_fed_end(CX_MALFORMED);
    }
    return cx_fed_ok(in->bytes.len);
}

static cx_fed feed_as(void *state, const cx_chunk *in, cx_event_kind kind, cx_emit *out)
{
    dns_state *s = state;
    if (in->gap) {
        s->lost[in->dir] = true;
        return cx_fed_ok(0);
    }
    if (!in->datagram)
        return feed_stream(s, in, kind, out);
    if (out->unread) {
        tell_unread(in, kind, out);
    } else {
        const message m = cx_dns_datagram(in->bytes, in->cut, kind);
        (void)tell_message(s, in, kind, &m, out); /* the next datagram stands for itself */
    }
    return cx_fed_ok(in->bytes.len);
}

static cx_fed feed_dns(void *state, const cx_chunk *in, cx_emit *out)
{
    return feed_as(state, in, CX_EV_DNS, out);
}

static cx_fed feed_llmnr(void *state, const cx_chunk *in, cx_emit *out)
{
    return feed_as(state, in, CX_EV_LLMNR, out);
}

static cx_fed feed_mdns(void *state, const cx_chunk *in, cx_emit *out)
{
    return feed_as(state, in, CX_EV_MDNS, out);
}

static cx_fed feed_nbns(void *state, const cx_chunk *in, cx_emit *out)
{
    return feed_as(state, in, CX_EV_NBNS, out);
}

const cx_dissector cx_dissector_dns = {
    .name = "dns",
    .title = "Domain Name System",
    .spec = "RFC 1035 4, RFC 7766 8",
    .transports = CX_OVER_TCP | CX_OVER_UDP,
    .ports = {53},
    .masks = masks,
    .n_masks = sizeof masks / sizeof *masks,
    .probe = probe,
    .state_size = sizeof(dns_state),
    .feed = feed_dns,
    .reset = cx_nothing_waits,
    .close = close_state,
    .emits = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_MALFORMED),
    .parts = true,
};

const cx_dissector cx_dissector_llmnr = {
    .name = "llmnr",
    .title = "Link-Local Multicast Name Resolution",
    .spec = "RFC 4795",
    .transports = CX_OVER_TCP | CX_OVER_UDP,
    .ports = {5355},
    .probe = probe_shared,
    .state_size = sizeof(dns_state),
    .feed = feed_llmnr,
    .reset = cx_nothing_waits,
    .close = close_state,
    .emits = CX_BIT(CX_EV_LLMNR) | CX_BIT(CX_EV_MALFORMED),
};

const cx_dissector cx_dissector_mdns = {
    .name = "mdns",
    .title = "Multicast DNS",
    .spec = "RFC 6762 18",
    .transports = CX_OVER_UDP,
    .ports = {5353},
    .probe = probe_shared,
    .state_size = sizeof(dns_state),
    .feed = feed_mdns,
    .close = close_state,
    .emits = CX_BIT(CX_EV_MDNS) | CX_BIT(CX_EV_MALFORMED),
};

const cx_dissector cx_dissector_nbns = {
    .name = "nbns",
    .title = "NetBIOS name service",
    .spec = "RFC 1002 4.2",
    .transports = CX_OVER_UDP,
    .ports = {137},
    .probe = probe_nbns,
    .state_size = sizeof(dns_state),
    .feed = feed_nbns,
    .close = close_state,
    .emits = CX_BIT(CX_EV_NBNS) | CX_BIT(CX_EV_MALFORMED),
};
