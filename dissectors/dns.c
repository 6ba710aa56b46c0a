/* DNS messages over UDP and TCP (RFC 1035 4, RFC 7766 8; records: RFC 1035 3.3, RFC 2782, RFC 3403,
 * RFC 3596, RFC 6891). Emits CX_EV_DNS for each message, CX_EV_MALFORMED for a damaged one: then
 * the records before the damage are still told. State: the latest questions, for the time that
 * answers took.
 *
 * Multicast DNS, LLMNR and NBNS share the format and are no `dns` events: away from port 53 only
 * messages with RD set are taken, which those do not send, or in the form of a NetBIOS name. */
#include "base/cursor.h"
#include "base/hash.h"
#include "base/limits.h"
#include "flow/dissector.h"

#define HEADER_LEN 12u
#define MIN_RECORD 11u                /* bytes: root, type, class, TTL, length */
#define MAX_NAME   255u               /* bytes on the wire (RFC 1035 3.1) */
#define NAME_TEXT  (MAX_NAME * 4 + 1) /* bytes; each may become \DDD */
#define QUESTIONS  16u /* waiting for an answer in one conversation; stub resolvers ask a few */

#define FLAG_RESPONSE      0x8000u
#define FLAG_AUTHORITATIVE 0x0400u
#define FLAG_TRUNCATED     0x0200u
#define FLAG_Z             0x0040u

#define CLASS_IN 1u

typedef struct question {
    uint64_t hash; /* of name and type */
    int64_t ts_ns;
    uint16_t id;
    bool used, answered;
} question;

typedef struct dns_state {
    question asked[QUESTIONS]; /* a ring */
    uint32_t next;
    bool lost[2]; /* after a gap: where the next message begins is not known */
} dns_state;

typedef struct header {
    uint16_t id, flags, count[4]; /* questions, answers, authority, additional */
} header;

/* A message and what to say when it ends too early. */
typedef struct message {
    cx_slice bytes;
    cx_status on_short;
} message;

static uint8_t opcode_of(const header *h)
{
    return (uint8_t)(h->flags >> 11 & 15);
}

/* From offset `at` to `end`. An end before that of the message was given by the sender. */
static cx_cursor cursor_at(const message *m, size_t at, size_t end)
{
    cx_status on_short = end >= m->bytes.len ? m->on_short : CX_MALFORMED;
    return cx_cursor_over(cx_slice_sub(m->bytes, at, end > at ? end - at : 0), on_short);
}

static size_t offset_of(const message *m, const cx_cursor *c)
{
    return (size_t)(c->p - m->bytes.p);
}

static cx_status read_header(const message *m, header *ret)
{
    cx_cursor c = cursor_at(m, 0, m->bytes.len);
    header h;
    h.id = cx_be16(&c);
    h.flags = cx_be16(&c);
    for (size_t i = 0; i < 4; i++)
        h.count[i] = cx_be16(&c);
    if (c.err != CX_OK)
        return c.err;
    *ret = h;
    return CX_OK;
}

/* ---- names ---- */

/* A label as text (RFC 4343 2.1). Gives the new length. */
static size_t put_label(char *text, size_t n, const uint8_t *label, size_t len)
{
    if (n)
        text[n++] = '.';
    for (size_t i = 0; i < len; i++) {
        uint8_t b = label[i];
        if (b == '.' || b == '\\') {
            text[n++] = '\\';
            text[n++] = (char)b;
        } else if (b > 0x20 && b < 0x7f) {
            text[n++] = (char)b;
        } else {
            text[n++] = '\\';
            text[n++] = (char)('0' + b / 100);
            text[n++] = (char)('0' + b / 10 % 10);
            text[n++] = (char)('0' + b % 10);
        }
    }
    return n;
}

/* Reads the name at *at, whose uncompressed part ends before `end`, and moves *at behind it. text:
 * room for NAME_TEXT bytes, or NULL; *ret_len of them are the name. Pointers only go to before the
 * labels that they follow, so every name ends (RFC 1035 4.1.4: a prior occurrence). */
static cx_status read_name(const message *m, size_t *at, size_t end, char *text, size_t *ret_len)
{
    size_t segment = *at, after = 0, wire = 1, n = 0;
    cx_cursor c = cursor_at(m, *at, end);
    for (uint32_t hops = 0;;) {
        uint8_t len = cx_u8(&c);
        if (c.err != CX_OK)
            return c.err;
        if (len == 0)
            break;
        if (len >= 0xc0) {
            size_t target = (size_t)(len & 0x3f) << 8 | cx_u8(&c);
            if (c.err != CX_OK)
                return c.err;
            if (!after)
                after = offset_of(m, &c);
            if (target >= segment || target < HEADER_LEN || ++hops > CX_MAX_DNS_HOPS)
                return CX_MALFORMED;
            segment = target;
            c = cursor_at(m, target, m->bytes.len);
            continue;
        }
        if (len >= 0x40) /* no other kind of label is in use (RFC 6891 5) */
            return CX_MALFORMED;
        wire += len + 1u;
        if (wire > MAX_NAME)
            return CX_MALFORMED;
        const uint8_t *label = cx_take(&c, len);
        if (!label)
            return c.err;
        if (text)
            n = put_label(text, n, label, len);
    }
    *at = after ? after : offset_of(m, &c);
    if (text && n == 0)
        text[n++] = '.';
    if (ret_len)
        *ret_len = n;
    return CX_OK;
}

/* The same, kept in the arena. */
static cx_status keep_name(const message *m, size_t *at, size_t end, cx_arena *arena, cx_slice *ret)
{
    char text[NAME_TEXT];
    size_t len;
    cx_status status = read_name(m, at, end, text, &len);
    if (status != CX_OK)
        return status;
    cx_slice kept = cx_arena_copy(arena, (cx_slice){(const uint8_t *)text, len});
    if (!kept.p)
        return CX_NO_MEMORY;
    *ret = kept;
    return CX_OK;
}

/* ---- records ---- */

static cx_slice character_string(cx_cursor *c)
{
    return cx_take_slice(c, cx_u8(c));
}

static void set_address(cx_endpoint *e, const uint8_t *bytes, size_t len)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    e->family = len == 4 ? 4 : 6;
    if (len == 4)
        memcpy(e->addr, mapped, sizeof mapped);
    memcpy(e->addr + 16 - len, bytes, len);
}

/* The data of a record, between at and end; sets in *rr what its type has. */
static cx_status read_data(const message *m, size_t at, size_t end, cx_arena *arena, cx_dns_rr *rr)
{
    cx_cursor c = cursor_at(m, at, end);
    cx_dns_rr r = *rr;
    c.on_short = CX_MALFORMED; /* all that the length promised is there */
    switch (rr->type) {
    case CX_DNS_A:
    case CX_DNS_AAAA: {
        size_t len = rr->type == CX_DNS_A ? 4 : 16;
        const uint8_t *bytes = cx_take(&c, len);
        if (cx_close(&c) != CX_OK)
            return CX_MALFORMED;
        set_address(&r.address, bytes, len);
        break;
    }
    case CX_DNS_SRV:
        r.priority = cx_be16(&c);
        r.weight = cx_be16(&c);
        r.port = cx_be16(&c);
        break;
    case CX_DNS_NAPTR:
        r.order = cx_be16(&c);
        r.preference = cx_be16(&c);
        r.flags = character_string(&c);
        r.services = character_string(&c);
        r.regexp = character_string(&c);
        break;
    case CX_DNS_CNAME:
    case CX_DNS_NS:
    case CX_DNS_PTR:
    case CX_DNS_SOA:
        break;
    default:
        return CX_OK;
    }
    if (c.err != CX_OK)
        return c.err;
    if (rr->type != CX_DNS_A && rr->type != CX_DNS_AAAA) {
        size_t target = offset_of(m, &c);
        cx_status status = keep_name(m, &target, end, arena, &r.target);
        if (status != CX_OK)
            return status;
        if (target != end && rr->type != CX_DNS_SOA) /* of an SOA only the primary is read */
            return CX_MALFORMED;
    }
    *rr = r;
    return CX_OK;
}

/* Reads the record at *at and moves *at behind it. keep: false only steps over it, but for OPT.
 * CX_OK with *ret_odd: the data is not what the type wants, and left out. Else *rr is not to be
 * used. */
static cx_status read_record(const message *m, size_t *at, bool keep, cx_arena *arena,
                             cx_dns_rr *rr, bool *ret_odd)
{
    size_t pos = *at;
    cx_status status = keep ? keep_name(m, &pos, m->bytes.len, arena, &rr->name)
                            : read_name(m, &pos, m->bytes.len, NULL, NULL);
    if (status != CX_OK)
        return status;
    cx_cursor c = cursor_at(m, pos, m->bytes.len);
    rr->type = cx_be16(&c);
    rr->class_ = cx_be16(&c);
    rr->ttl = cx_be32(&c);
    cx_slice data = cx_take_slice(&c, cx_be16(&c));
    if (c.err != CX_OK)
        return c.err;
    size_t end = offset_of(m, &c);
    /* updates name records without data (RFC 2136 2.4) */
    if (keep && data.len && rr->type != CX_DNS_OPT) {
        status = read_data(m, end - data.len, end, arena, rr);
        if (status != CX_OK && status != CX_MALFORMED)
            return status;
        *ret_odd = *ret_odd || status == CX_MALFORMED;
    }
    *at = end;
    return CX_OK;
}

/* The three sections behind the question. Stops at the first record that cannot be read. */
static cx_status read_records(const message *m, size_t at, const header *h, cx_arena *arena,
                              cx_ev_dns *e)
{
    uint32_t promised = (uint32_t)h->count[1] + h->count[2] + h->count[3];
    size_t room = (m->bytes.len - at) / MIN_RECORD;
    if (room > promised)
        room = promised;
    if (room > CX_MAX_DNS_ANSWERS)
        room = CX_MAX_DNS_ANSWERS;
    if (room) {
        e->rr = cx_arena_take(arena, room * sizeof *e->rr);
        if (!e->rr)
            return CX_NO_MEMORY;
    }
    bool odd = false;
    for (int section = 0; section < 3; section++) {
        for (uint32_t i = 0; i < h->count[1 + section]; i++) {
            cx_dns_rr rr = {.section = (cx_dns_section)section};
            bool keep = e->n_rr < room;
            cx_status status = read_record(m, &at, keep, arena, &rr, &odd);
            if (status != CX_OK)
                return status;
            /* RFC 6891 6.1.3: the upper 8 bits of the response code */
            uint32_t rcode = rr.type == CX_DNS_OPT ? rr.ttl >> 24 << 4 | e->rcode : e->rcode;
            if (rcode <= UINT8_MAX)
                e->rcode = (uint8_t)rcode;
            if (keep)
                e->rr[e->n_rr++] = rr;
        }
    }
    return odd ? CX_MALFORMED : CX_OK;
}

/* ---- messages ---- */

/* The first question; *at is moved behind all of them. */
static cx_status read_questions(const message *m, size_t *at, uint32_t n, cx_arena *arena,
                                cx_ev_dns *e)
{
    for (uint32_t i = 0; i < n; i++) {
        cx_slice name = {NULL, 0};
        cx_status status = i == 0 ? keep_name(m, at, m->bytes.len, arena, &name)
                                  : read_name(m, at, m->bytes.len, NULL, NULL);
        if (status != CX_OK)
            return status;
        cx_cursor c = cursor_at(m, *at, m->bytes.len);
        uint16_t type = cx_be16(&c), class_ = cx_be16(&c);
        if (c.err != CX_OK)
            return c.err;
        *at = offset_of(m, &c);
        if (i == 0) {
            e->qname = name;
            e->qtype = type;
            e->qclass = class_;
        }
    }
    return CX_OK;
}

/* Case does not count: some resolvers send random case and get it back as they sent it. */
static uint64_t hash_of(const cx_ev_dns *e)
{
    uint64_t h = e->qtype;
    for (size_t i = 0; i < e->qname.len; i++)
        h = (h ^ cx_fold(e->qname.p[i])) * UINT64_C(0x100000001b3);
    return cx_mix(h, e->qname.len);
}

/* Remembers a question, or gives the time since it was asked first; -1: it was not seen. */
static int64_t match_question(dns_state *s, const cx_ev_dns *e, int64_t ts_ns)
{
    uint64_t hash = hash_of(e);
    question *found = NULL;
    for (size_t i = 0; i < QUESTIONS && !found; i++) {
        question *q = &s->asked[i];
        if (q->used && q->id == e->id &&
            (q->hash == hash || (!e->query && !e->qname.p && !q->answered)))
            found = q; /* some errors come back without the question */
    }
    if (e->query) {
        if (found && !found->answered)
            return -1; /* asked again */
        if (!found)
            found = &s->asked[s->next++ % QUESTIONS];
        *found = (question){.hash = hash, .ts_ns = ts_ns, .id = e->id, .used = true};
        return -1;
    }
    if (!found || ts_ns < found->ts_ns)
        return -1;
    found->answered = true;
    return ts_ns - found->ts_ns;
}

/* Tells one message. False: it is damaged so early that it may be something else. */
static bool tell_message(dns_state *s, const cx_chunk *in, const message *m, cx_emit *out)
{
    header h;
    cx_event event = cx_event_of(CX_EV_DNS, in);
    cx_ev_dns *e = &event.u.dns;
    cx_status status = read_header(m, &h);
    if (status != CX_OK) {
        if (status == CX_MALFORMED)
            cx_emit_malformed(out, in, "dns", "header");
        return false;
    }
    *e = (cx_ev_dns){.query = !(h.flags & FLAG_RESPONSE),
                     .id = h.id,
                     .opcode = opcode_of(&h),
                     .rcode = h.flags & 15,
                     .truncated = h.flags & FLAG_TRUNCATED,
                     .authoritative = h.flags & FLAG_AUTHORITATIVE,
                     .n_answers = h.count[1],
                     .rtt_ns = -1,
                     .udp = in->datagram};
    size_t at = HEADER_LEN;
    status = read_questions(m, &at, h.count[0], out->scratch, e);
    if (status == CX_MALFORMED && !e->qname.p) {
        cx_emit_malformed(out, in, "dns", "question");
        return false;
    }
    if (status == CX_OK) {
        e->rtt_ns = match_question(s, e, in->at.ts_ns);
        status = read_records(m, at, &h, out->scratch, e);
    }
    cx_emit_event(out, &event);
    if (status == CX_MALFORMED)
        cx_emit_malformed(out, in, "dns", "record");
    return true;
}

/* ---- recognising ---- */

/* Bytes of the first question's name that a NetBIOS name service packet has (RFC 1002 4.1): one
 * label of 32 letters A to P, then the type NB or NBSTAT; that of NBSTAT is also that of SRV. */
static bool is_netbios(cx_slice name, uint16_t type)
{
    if ((type != 32 && type != 33) || name.len < 33 || name.p[0] != 32)
        return false;
    for (size_t i = 1; i <= 32; i++)
        if (name.p[i] < 'A' || name.p[i] > 'P')
            return false;
    return true;
}

static bool plausible_header(const header *h)
{
    uint8_t opcode = opcode_of(h);
    bool response = h->flags & FLAG_RESPONSE;
    if (h->flags & FLAG_Z || opcode == 1 || opcode == 3 || opcode > 5)
        return false;
    if (!response && opcode == 0) /* IXFR asks with one authority record; OPT, TSIG, SIG(0) */
        return h->count[0] == 1 && h->count[1] == 0 && h->count[2] <= 1 && h->count[3] <= 3 &&
               !(h->flags & 15);
    /* an error may come without the question */
    return h->count[0] == 1 || (response && h->count[0] == 0 && h->flags & 15);
}

static cx_match probe_message(const message *m, bool whole)
{
    header h;
    const cx_match when_short = whole ? CX_MATCH_NO : CX_MATCH_MAYBE;
    if (read_header(m, &h) != CX_OK)
        return when_short;
    if (!plausible_header(&h))
        return CX_MATCH_NO;
    size_t at = HEADER_LEN;
    if (h.count[0] == 0) /* nothing to know it by but that it is an error and nothing else */
        return whole && m->bytes.len == HEADER_LEN ? CX_MATCH_YES : CX_MATCH_NO;
    cx_status status = read_name(m, &at, m->bytes.len, NULL, NULL);
    if (status != CX_OK)
        return status == CX_TRUNCATED ? when_short : CX_MATCH_NO;
    cx_cursor c = cursor_at(m, at, m->bytes.len);
    uint16_t type = cx_be16(&c), class_ = cx_be16(&c);
    if (c.err != CX_OK)
        return when_short;
    if (is_netbios(cx_slice_sub(m->bytes, HEADER_LEN, at - HEADER_LEN), type))
        return CX_MATCH_NO;
    /* IN, CH, HS, and NONE, ANY */
    return type && ((class_ >= CLASS_IN && class_ <= 4) || class_ == 254 || class_ == 255)
               ? CX_MATCH_YES
               : CX_MATCH_NO;
}

static cx_match probe(const cx_chunk *first)
{
    message m = {.bytes = first->bytes, .on_short = CX_TRUNCATED};
    if (first->datagram)
        return probe_message(&m, !first->cut);
    cx_cursor c = cx_cursor_over(first->bytes, CX_TRUNCATED);
    uint16_t len = cx_be16(&c);
    if (c.err != CX_OK)
        return CX_MATCH_MAYBE;
    if (len < HEADER_LEN)
        return CX_MATCH_NO;
    m.bytes = cx_take_slice(&c, c.left < len ? c.left : len);
    return probe_message(&m, m.bytes.len == len);
}

/* RD set, no reserved bit, one question: of questions and answers, in UDP and behind the length of
 * TCP. */
static const cx_mask masks[] = {
    {.mask = {0, 0, 0xff, 0xcf, 0xff, 0xff, 0xff, 0xff}, .value = {0, 0, 0x01, 0, 0, 1, 0, 0}},
    {.mask = {0, 0, 0xf9, 0x40, 0xff, 0xff, 0xff, 0}, .value = {0, 0, 0x81, 0, 0, 1, 0, 0}},
    {.mask = {0, 0, 0, 0, 0xff, 0xcf, 0xff, 0xff}, .value = {0, 0, 0, 0, 0x01, 0, 0, 1}},
    {.mask = {0, 0, 0, 0, 0xf9, 0x40, 0xff, 0xff}, .value = {0, 0, 0, 0, 0x81, 0, 0, 1}},
};

/* ---- feeding ---- */

static cx_fed feed_stream(dns_state *s, const cx_chunk *in, cx_emit *out)
{
    const bool last = in->fin || in->cut; /* what is not there does not come any more */
    cx_cursor c = cx_cursor_over(in->bytes, CX_TRUNCATED);
    if (s->lost[in->dir]) { /* go on where a packet begins with a message */
        if (probe(in) != CX_MATCH_YES)
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
        bool told = tell_message(s, in, &m, out);
        cx_arena_reset(out->scratch); /* one chunk may hold thousands of messages */
        if (!told && !cut)
            return cx_fed_end(CX_MALFORMED);
    }
    return cx_fed_ok(in->bytes.len);
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    dns_state *s = state;
    if (in->gap) {
        s->lost[in->dir] = true;
        return cx_fed_ok(0);
    }
    if (!in->datagram)
        return feed_stream(s, in, out);
    message m = {.bytes = in->bytes, .on_short = in->cut ? CX_TRUNCATED : CX_MALFORMED};
    (void)tell_message(s, in, &m, out); /* the next datagram stands for itself */
    return cx_fed_ok(in->bytes.len);
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
    .feed = feed,
    .emits = CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_MALFORMED),
};
