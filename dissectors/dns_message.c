/* DNS messages as values (dns_message.h). State: none. */
#include "dissectors/dns_message.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/word.h"

#define MIN_RECORD 11u                /* bytes: root, type, class, TTL, length */
#define MAX_NAME   255u               /* bytes on the wire (RFC 1035 3.1) */
#define NAME_TEXT  (MAX_NAME * 4 + 8) /* bytes; each may become \DDD; words of 8 are put */

typedef cx_dns_message message;

/* A message while its names and records are kept. */
typedef struct reading {
    const message *m;
    cx_arena *arena;
    cx_slice question; /* name of the first one, which is where the header ends; absent: none */
    bool is_plain;     /* its text is the bytes behind its first length, but for the dots */
    cx_slice target;   /* the latest name in the data of a record, and its offset; absent: none */
    size_t target_at;
} reading;

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

cx_status cx_dns_header_read(const message *m, cx_dns_header *ret)
{
    cx_cursor c = cursor_at(m, 0, m->bytes.len);
    const uint8_t *b = cx_take(&c, CX_DNS_HEADER_LEN);
    if (!b)
        return c.err;
    ret->id = (uint16_t)(b[0] << 8 | b[1]);
    ret->flags = (uint16_t)(b[2] << 8 | b[3]);
    for (size_t i = 0; i < 4; i++)
        ret->count[i] = (uint16_t)(b[4 + 2 * i] << 8 | b[5 + 2 * i]);
    return CX_OK;
}

/* ---- names ---- */

/* A label as text (RFC 4343 2.1). Gives the new length. */
static size_t escape_label(char *text, size_t n, const uint8_t *label, size_t len)
{
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

static bool is_plain(uint64_t word)
{
    return cx_word_is_ascii(word, 0x21) && !cx_word_has(word, '.') && !cx_word_has(word, '\\');
}

/* The same in words of 8 bytes, as most labels need no escaping; of the last word what is behind
 * the label does not count. readable: bytes of the message from the label on. */
static size_t put_label(char *text, size_t n, const uint8_t *label, size_t len, size_t readable)
{
    if (n)
        text[n++] = '.';
    for (size_t i = 0; i < len; i += 8) {
        const size_t left = len - i < 8 ? len - i : 8;
        const uint64_t word = readable - i < 8 ? cx_word_part(label + i, left) : cx_word(label + i);
        if (!is_plain(cx_word_cut(word, left)))
            return escape_label(text, n, label, len);
        cx_word_put(text + n + i, word);
    }
    return n + len;
}

/* Bytes of the word that a label as text does not have as they are. It may be too many, never too
 * few: what a byte borrows from the one above it can make that one count. */
static size_t count_odd(uint64_t word)
{
    const uint64_t dot = word ^ CX_WORD_EACH('.'), slash = word ^ CX_WORD_EACH('\\');
    const uint64_t one = CX_WORD_EACH(1);
    const uint64_t odd = (word - CX_WORD_EACH(0x21)) | (word + one) | word | ((dot - one) & ~dot) |
                         ((slash - one) & ~slash);
    return (size_t)((odd & CX_WORD_HIGH) / 0x80 * one >> 56);
}

/* Is the text of a name its bytes, with dots for the lengths of labels? So it is when no label
 * needs escaping, as in nearly all. The name is written out, n bytes up to its root. */
static bool is_plain_name(const uint8_t *name, size_t n)
{
    size_t odd = 0, found = 0;
    if (n < 9 || n >= MAX_NAME)
        return false;
    for (size_t i = name[0] + 1u; i < n; i += name[i] + 1u)
        odd += name[i] < 0x21 || name[i] == '.';
    const uint8_t *text = name + 1;
    n--;
    for (size_t i = 0; i + 8 <= n; i += 8)
        found += count_odd(cx_word(text + i));
    if (n % 8)
        found += count_odd(cx_word_cut(cx_word(text + n - 8) >> (64 - n % 8 * 8), n % 8));
    return found == odd;
}

/* Bytes of the labels at the beginning, up to a root, a pointer, or what is neither. At least left:
 * they go on, or are too long for a name. */
static size_t skip_labels(const uint8_t *name, size_t left)
{
    size_t n = 0;
    while (n < left && name[n] && name[n] < 0x40)
        n += n < MAX_NAME ? name[n] + 1u : left;
    return n;
}

/* The first label of a NetBIOS name: 15 characters and a suffix, each byte as two letters of A to P
 * (RFC 1001 14.1). Gives the new length; 0: it is none. */
static size_t put_netbios(char *text, const uint8_t *label, size_t len)
{
    uint8_t name[16];
    if (len != 2 * sizeof name)
        return 0;
    for (size_t i = 0; i < sizeof name; i++) {
        uint8_t high = (uint8_t)(label[2 * i] - 'A'), low = (uint8_t)(label[2 * i + 1] - 'A');
        if (high > 15 || low > 15)
            return 0;
        name[i] = (uint8_t)(high << 4 | low);
    }
    size_t used = sizeof name - 1;
    while (used && (name[used - 1] == ' ' || name[used - 1] == 0))
        used--;
    static const char digits[] = "0123456789abcdef";
    size_t n = escape_label(text, 0, name, used);
    text[n++] = '<';
    text[n++] = digits[name[15] >> 4];
    text[n++] = digits[name[15] & 15];
    text[n++] = '>';
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
            if (target >= segment || target < CX_DNS_HEADER_LEN || ++hops > CX_MAX_DNS_HOPS)
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
        size_t netbios = text && m->netbios && n == 0 ? put_netbios(text, label, len) : 0;
        if (netbios)
            n = netbios;
        else if (text)
            n = put_label(text, n, label, len, len + c.left);
    }
    *at = after ? after : offset_of(m, &c);
    if (text && n == 0)
        text[n++] = '.';
    if (ret_len)
        *ret_len = n;
    return CX_OK;
}

/* The text of the name at this offset, if it is one that was read, or the end of the question's
 * from a label on; absent: it is neither. */
static cx_slice known_name(const reading *r, size_t at)
{
    const size_t i = at - CX_DNS_HEADER_LEN; /* in the text: the first label has no dot before it */
    if (at == CX_DNS_HEADER_LEN)
        return r->question;
    if (r->target.p && at == r->target_at)
        return r->target;
    if (!r->is_plain || at < CX_DNS_HEADER_LEN || i >= r->question.len ||
        r->question.p[i - 1] != '.')
        return (cx_slice){NULL, 0};
    return cx_slice_sub(r->question, i, r->question.len - i);
}

/* Nearly all names of records are or end with a pointer to one that was read: n bytes of labels,
 * and it. False: it is no such name. */
static bool keep_compressed(const reading *r, const uint8_t *name, size_t n, size_t readable,
                            cx_slice *ret)
{
    char text[NAME_TEXT];
    size_t len = 0;
    if (readable - n < 2 || name[n] < 0xc0)
        return false;
    const cx_slice end = known_name(r, (size_t)(name[n] & 0x3f) << 8 | name[n + 1]);
    if (!end.p)
        return false;
    if (n == 0) {
        *ret = end; /* in the same bytes */
        return true;
    }
    if (!r->is_plain || end.len < 2 || n + end.len + 2 > MAX_NAME) /* "." is put otherwise */
        return false;
    for (size_t i = 0; i < n; i += name[i] + 1u)
        len = put_label(text, len, name + i + 1, name[i], readable - i - 1);
    text[len++] = '.';
    memcpy(text + len, end.p, end.len);
    *ret = cx_arena_copy(r->arena, (cx_slice){(const uint8_t *)text, len + end.len});
    return true;
}

/* The same for a name that is written out, n bytes up to its root. */
static bool keep_plain(const reading *r, const uint8_t *name, size_t n, cx_slice *ret)
{
    if (n == 0) {
        *ret = cx_slice_of(".");
        return true;
    }
    uint8_t *text = is_plain_name(name, n) ? cx_arena_take_text(r->arena, n) : NULL;
    if (!text)
        return false;
    memcpy(text, name + 1, n); /* and the root, which is a NUL */
    for (size_t i = name[0]; i < n - 1; i += name[i + 1] + 1u)
        text[i] = '.';
    *ret = (cx_slice){text, n - 1};
    return true;
}

/* As read_name, kept in the arena. */
static cx_status keep_name(const reading *r, size_t *at, size_t end, cx_slice *ret)
{
    const message *m = r->m;
    if (*at < end) {
        const uint8_t *name = m->bytes.p + *at;
        const size_t left = end - *at, n = m->netbios ? 0 : skip_labels(name, left);
        if (n < left && (name[n] ? keep_compressed(r, name, n, left, ret)
                                 : !m->netbios && keep_plain(r, name, n, ret))) {
            *at += n + (name[n] ? 2 : 1);
            return ret->p ? CX_OK : CX_NO_MEMORY;
        }
    }
    char text[NAME_TEXT];
    size_t len = 0;
    cx_status status = read_name(m, at, end, text, &len);
    if (status != CX_OK)
        return status;
    *ret = cx_arena_copy(r->arena, (cx_slice){(const uint8_t *)text, len});
    return ret->p ? CX_OK : CX_NO_MEMORY;
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

/* Flags and an address for each owner of the name (RFC 1002 4.2.1.3): the first address. */
static cx_status read_netbios_data(cx_cursor *c, cx_dns_rr *rr)
{
    if (rr->type != CX_NBNS_NB)
        return CX_OK;
    (void)cx_be16(c);
    const uint8_t *bytes = cx_take(c, 4);
    if (!bytes)
        return c->err;
    set_address(&rr->address, bytes, 4);
    return CX_OK;
}

/* The data of a record, between at and end; sets in *rr what its type has. On failure some of it.
 */
static cx_status read_data(reading *r, size_t at, size_t end, cx_dns_rr *rr)
{
    const message *m = r->m;
    cx_cursor c = cursor_at(m, at, end);
    c.on_short = CX_MALFORMED; /* all that the length promised is there */
    if (m->netbios)
        return read_netbios_data(&c, rr);
    switch (rr->type) {
    case CX_DNS_A:
    case CX_DNS_AAAA: {
        size_t len = rr->type == CX_DNS_A ? 4 : 16;
        const uint8_t *bytes = cx_take(&c, len);
        if (cx_close(&c) != CX_OK)
            return CX_MALFORMED;
        set_address(&rr->address, bytes, len);
        return CX_OK;
    }
    case CX_DNS_SRV:
        rr->priority = cx_be16(&c);
        rr->weight = cx_be16(&c);
        rr->port = cx_be16(&c);
        break;
    case CX_DNS_NAPTR:
        rr->order = cx_be16(&c);
        rr->preference = cx_be16(&c);
        rr->flags = character_string(&c);
        rr->services = character_string(&c);
        rr->regexp = character_string(&c);
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
    size_t target = offset_of(m, &c);
    const size_t target_at = target;
    cx_status status = keep_name(r, &target, end, &rr->target);
    if (status != CX_OK)
        return status;
    r->target = rr->target;
    r->target_at = target_at;
    /* of an SOA only the primary is read */
    return target == end || rr->type == CX_DNS_SOA ? CX_OK : CX_MALFORMED;
}

/* Reads the record at *at and moves *at behind it. keep: false only steps over it, but for OPT.
 * CX_OK with *ret_odd: the data is not what the type wants, and left out. Else *rr is not to be
 * used. */
static cx_status read_record(reading *r, size_t *at, bool keep, cx_dns_rr *rr, bool *ret_odd)
{
    const message *m = r->m;
    size_t pos = *at;
    cx_status status = keep ? keep_name(r, &pos, m->bytes.len, &rr->name)
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
        status = read_data(r, end - data.len, end, rr);
        if (status != CX_OK && status != CX_MALFORMED)
            return status;
        if (status == CX_MALFORMED) {
            *rr = (cx_dns_rr){.section = rr->section,
                              .name = rr->name,
                              .type = rr->type,
                              .class_ = rr->class_,
                              .ttl = rr->ttl};
            *ret_odd = true;
        }
    }
    *at = end;
    return CX_OK;
}

/* The three sections behind the question. Stops at the first record that cannot be read. */
static cx_status read_records(reading *r, size_t at, const cx_dns_header *h, cx_ev_dns *e)
{
    uint32_t promised = (uint32_t)h->count[1] + h->count[2] + h->count[3];
    size_t room = (r->m->bytes.len - at) / MIN_RECORD;
    if (room > promised)
        room = promised;
    if (room > CX_MAX_DNS_ANSWERS)
        room = CX_MAX_DNS_ANSWERS;
    if (room) {
        e->rr = cx_arena_take(r->arena, room * sizeof *e->rr);
        if (!e->rr)
            return CX_NO_MEMORY;
    }
    bool odd = false;
    for (int section = 0; section < 3; section++) {
        for (uint32_t i = 0; i < h->count[1 + section]; i++) {
            cx_dns_rr passed;
            const bool keep = e->n_rr < room;
            cx_dns_rr *rr = keep ? &e->rr[e->n_rr] : &passed;
            rr->section = (cx_dns_section)section;
            cx_status status = read_record(r, &at, keep, rr, &odd);
            if (status != CX_OK)
                return status;
            /* RFC 6891 6.1.3: the upper 8 bits of the response code */
            uint32_t rcode = rr->type == CX_DNS_OPT ? rr->ttl >> 24 << 4 | e->rcode : e->rcode;
            if (rcode <= UINT8_MAX)
                e->rcode = (uint8_t)rcode;
            e->n_rr += keep;
        }
    }
    return odd ? CX_MALFORMED : CX_OK;
}

/* ---- the whole ---- */

/* The first question; *at is moved behind all of them. */
static cx_status read_questions(reading *r, size_t *at, uint32_t n, cx_ev_dns *e)
{
    const message *m = r->m;
    for (uint32_t i = 0; i < n; i++) {
        cx_slice name = {NULL, 0};
        cx_status status = i == 0 ? keep_name(r, at, m->bytes.len, &name)
                                  : read_name(m, at, m->bytes.len, NULL, NULL);
        if (status != CX_OK)
            return status;
        if (i == 0) /* what needs escaping makes the text longer */
            r->is_plain = !m->netbios && *at - CX_DNS_HEADER_LEN == name.len + 2;
        cx_cursor c = cursor_at(m, *at, m->bytes.len);
        uint16_t type = cx_be16(&c);
        bool asked = c.err == CX_OK;
        uint16_t class_ = cx_be16(&c);
        if (c.err == CX_TRUNCATED && asked && i == 0) { /* nobody asks for another class */
            e->qname = name;
            e->qtype = type;
            e->qclass = 1; /* IN */
        }
        if (c.err != CX_OK)
            return c.err;
        *at = offset_of(m, &c);
        if (i == 0) {
            e->qname = r->question = name;
            e->qtype = type;
            e->qclass = class_;
        }
    }
    return CX_OK;
}

/* The first label of a name that is cut. */
static cx_slice head_of(const message *m)
{
    cx_cursor c = cursor_at(m, CX_DNS_HEADER_LEN, m->bytes.len);
    size_t len = cx_u8(&c);
    return cx_take_slice(&c, len < c.left ? len : c.left);
}

const char *cx_dns_name_of(cx_event_kind kind)
{
    return kind == CX_EV_LLMNR  ? "llmnr"
           : kind == CX_EV_MDNS ? "mdns"
           : kind == CX_EV_NBNS ? "nbns"
                                : "dns";
}

bool cx_dns_read(const message *m, cx_arena *arena, cx_ev_dns *e, const char **ret_reason)
{
    cx_dns_header h;
    *ret_reason = NULL;
    cx_status status = cx_dns_header_read(m, &h);
    if (status != CX_OK) {
        if (status == CX_MALFORMED)
            *ret_reason = "header";
        return false;
    }
    *e = (cx_ev_dns){.query = !(h.flags & CX_DNS_FLAG_RESPONSE),
                     .id = h.id,
                     .opcode = cx_dns_opcode(&h),
                     .header_rcode = h.flags & 15,
                     .rcode = h.flags & 15,
                     .truncated = h.flags & CX_DNS_FLAG_TRUNCATED,
                     .authoritative = h.flags & CX_DNS_FLAG_AUTHORITATIVE,
                     .netbios = m->netbios,
                     .n_answers = h.count[1],
                     .rtt_ns = -1};
    reading r = {.m = m, .arena = arena};
    size_t at = CX_DNS_HEADER_LEN;
    status = read_questions(&r, &at, h.count[0], e);
    if (status == CX_MALFORMED && !e->qname.p) {
        *ret_reason = "question";
        return false;
    }
    if (status == CX_TRUNCATED && !e->qname.p)
        e->head = head_of(m);
    if (status == CX_OK)
        status = read_records(&r, at, &h, e);
    if (status == CX_MALFORMED)
        *ret_reason = "record";
    e->cut = status == CX_TRUNCATED || (h.count[0] && !e->qname.p) ||
             e->n_rr < (uint32_t)h.count[1] + h.count[2] + h.count[3];
    return true;
}

/* ---- without keeping ---- */

cx_status cx_dns_question_step(const message *m, size_t at, uint16_t *ret_type, uint16_t *ret_class,
                               size_t *ret_end)
{
    cx_status status = read_name(m, &at, m->bytes.len, NULL, NULL);
    if (status != CX_OK)
        return status;
    cx_cursor c = cursor_at(m, at, m->bytes.len);
    uint16_t type = cx_be16(&c), class_ = cx_be16(&c);
    if (c.err != CX_OK)
        return c.err;
    *ret_type = type;
    *ret_class = class_;
    *ret_end = offset_of(m, &c);
    return CX_OK;
}

bool cx_dns_parses(const message *m, bool exact)
{
    cx_dns_header h;
    if (cx_dns_header_read(m, &h) != CX_OK)
        return false;
    size_t at = CX_DNS_HEADER_LEN;
    uint16_t type, class_;
    for (uint32_t i = 0; i < h.count[0]; i++)
        if (cx_dns_question_step(m, at, &type, &class_, &at) != CX_OK)
            return false;
    uint32_t records = (uint32_t)h.count[1] + h.count[2] + h.count[3];
    reading r = {.m = m};
    cx_dns_rr rr;
    bool odd;
    for (uint32_t i = 0; i < records; i++)
        if (read_record(&r, &at, false, &rr, &odd) != CX_OK)
            return false;
    return !exact || at == m->bytes.len;
}
