/* SMB over NetBIOS sessions and direct TCP (RFC 1002 4.3, MS-SMB2 2.1): finds the messages, takes
 * those of session setup and of named pipes, and passes over the rest without holding it. Emits
 * CX_EV_LOGON; tokens go to "gss", pipes to "dcerpc". */
#include "dissectors/smb_parts.h"

#include "base/limits.h"

enum {
    NBSS_MESSAGE = 0x00,
    NBSS_REQUEST = 0x81,
    NBSS_KEEP_ALIVE = 0x85,
    NBSS_HEADER = 4,
    LEAST = 32, /* bytes of a message */
    HEAD = 136  /* bytes that tell a message: an SMB2 IOCTL with the first of its data */
};

/* ---- framing ---- */

static bool is_smb(const uint8_t *p)
{
    return p[0] >= 0xfc && p[1] == 'S' && p[2] == 'M' && p[3] == 'B';
}

static uint32_t length_of(const uint8_t *p)
{
    return (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Offset of the next header of a message from `from` on; the offset from which to look again when
 * there is none. */
static size_t find_message(cx_slice s, size_t from, bool *ret_found)
{
    for (size_t i = from; i + 8 <= s.len; i++)
        if (s.p[i] == NBSS_MESSAGE && is_smb(s.p + i + 4) && length_of(s.p + i) >= LEAST) {
            *ret_found = true;
            return i;
        }
    *ret_found = false;
    return s.len < from + 7 ? from : s.len - 7;
}

static bool wants(const cx_smb_state *s, cx_slice head)
{
    if (head.len < 4 || !is_smb(head.p))
        return false;
    return head.p[0] == 0xfe   ? cx_smb2_wants(s, head)
           : head.p[0] == 0xff ? head.len >= LEAST && cx_smb1_wants(s, head)
                               : false; /* encrypted, compressed */
}

static void message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    if (m.p[0] == 0xfe)
        cx_smb2_message(s, m, in, out);
    else
        cx_smb1_message(s, m, in, out);
}

/* Packets of NetBIOS sessions that are no message (RFC 1002 4.3.2 to 4.3.7): their length is
 * fixed, but for two names in a request. */
static bool is_session_packet(const uint8_t *p)
{
    static const uint16_t lengths[] = {[0] = 512, [1] = 0, [2] = 1, [3] = 6, [4] = 0};
    if (p[0] < NBSS_REQUEST || p[0] > NBSS_KEEP_ALIVE)
        return false;
    uint32_t len = length_of(p), want = lengths[p[0] - NBSS_REQUEST];
    return p[0] == NBSS_REQUEST ? len <= want : len == want;
}

static size_t lose(cx_smb_state *s, const cx_chunk *in, cx_emit *out)
{
    s->side[in->dir].lost = true;
    cx_smb_lost(s, in, out);
    return 1;
}

/* What begins at the start of view; last: nothing joins it. Returns the bytes taken; 0: *ret_need
 * of them are needed, or there are bytes to pass over. */
static size_t one(cx_smb_state *s, cx_slice view, bool last, const cx_chunk *in, cx_emit *out,
                  size_t *ret_need)
{
    *ret_need = NBSS_HEADER;
    if (view.len < NBSS_HEADER)
        return 0;
    if (view.p[0] != NBSS_MESSAGE && !is_session_packet(view.p))
        return lose(s, in, out);
    size_t len = length_of(view.p), head = len < HEAD ? len : HEAD;
    cx_slice m = cx_slice_sub(view, NBSS_HEADER, len);
    if (view.p[0] == NBSS_MESSAGE) {
        *ret_need = NBSS_HEADER + head;
        if (m.len < head && !last)
            return 0;
        if (m.len >= 4 && !is_smb(m.p))
            return lose(s, in, out);
    }
    if (view.p[0] == NBSS_MESSAGE && len <= CX_MAX_SMB_MESSAGE &&
        wants(s, cx_slice_sub(m, 0, head))) {
        *ret_need = NBSS_HEADER + len;
        if (m.len < len && !last)
            return 0;
        message(s, m, in, out);
    }
    s->side[in->dir].skip = NBSS_HEADER + len;
    return 0;
}

static cx_fed take_gap(cx_smb_state *s, const cx_chunk *in, cx_emit *out)
{
    uint64_t *skip = &s->side[in->dir].skip;
    if (in->missing <= *skip) {
        *skip -= in->missing;
    } else {
        *skip = 0;
        (void)lose(s, in, out);
    }
    return cx_fed_ok(0);
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    cx_smb_state *s = state;
    size_t pos = 0, need = 0;
    bool last = in->fin || in->cut;
    uint64_t *skip = &s->side[in->dir].skip;
    if (in->gap)
        return take_gap(s, in, out);
    while (pos < in->bytes.len) {
        size_t left = in->bytes.len - pos;
        if (*skip) {
            size_t n = *skip < left ? (size_t)*skip : left;
            *skip -= n;
            pos += n;
            continue;
        }
        if (s->side[in->dir].lost) {
            bool found;
            pos = find_message(in->bytes, pos, &found);
            if (!found)
                break;
            s->side[in->dir].lost = false;
        }
        size_t taken = one(s, cx_slice_sub(in->bytes, pos, left), last, in, out, &need);
        if (!taken && !*skip)
            break;
        pos += taken;
    }
    if (pos == in->bytes.len)
        return cx_fed_ok(pos);
    if (last) { /* less than a header */
        s->side[in->dir].lost = true;
        return cx_fed_ok(in->bytes.len);
    }
    size_t left = in->bytes.len - pos;
    return cx_fed_more(pos, need > left ? need : left + 1);
}

/* ---- probe ---- */

static cx_match first_message(const cx_chunk *first)
{
    static const uint8_t session_request[] = {NBSS_REQUEST, 0, 0, 0x44, 0x20};
    const uint8_t *p = first->bytes.p;
    size_t n = first->bytes.len;
    if (n == 0)
        return CX_MATCH_MAYBE;
    if (p[0] == NBSS_REQUEST) {
        size_t k = n < sizeof session_request ? n : sizeof session_request;
        if (memcmp(p, session_request, k) != 0)
            return CX_MATCH_NO;
        return k == sizeof session_request ? CX_MATCH_YES : CX_MATCH_MAYBE;
    }
    if (n >= 4 && p[0] == 0x82 && length_of(p) == 0) /* the answer to it */
        return n == 4 || (n >= 12 && is_smb(p + 8)) ? CX_MATCH_YES : CX_MATCH_MAYBE;
    if (p[0] != NBSS_MESSAGE)
        return CX_MATCH_NO;
    if (n < 8)
        return n < 5 || p[4] >= 0xfc ? CX_MATCH_MAYBE : CX_MATCH_NO;
    return is_smb(p + 4) && length_of(p) >= LEAST ? CX_MATCH_YES : CX_MATCH_NO;
}

/* On its port a conversation may be met in the middle of a message. */
static cx_match probe(const cx_chunk *first)
{
    cx_match match = first_message(first);
    bool found = false;
    if (match != CX_MATCH_NO || !first->on_port)
        return match;
    (void)find_message(first->bytes, 0, &found);
    return found ? CX_MATCH_YES : CX_MATCH_MAYBE;
}

static const cx_mask masks[] = {
    {.mask = {0xff, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff}, .value = {0, 0, 0, 0, 0xfc, 'S', 'M', 'B'}},
    {.mask = {0xff, 0xff, 0xff, 0xff, 0xff}, .value = {NBSS_REQUEST, 0, 0, 0x44, 0x20}},
};

const cx_dissector cx_dissector_smb = {
    .name = "smb",
    .title = "Server Message Block, session setup and named pipes",
    .spec = "MS-SMB 2.2.4.6, MS-SMB2 2.2.5, 2.2.6, RFC 1002 4.3",
    .transports = CX_OVER_TCP,
    .ports = {445, 139},
    .masks = masks,
    .n_masks = sizeof masks / sizeof masks[0],
    .probe = probe,
    .state_size = sizeof(cx_smb_state),
    .feed = feed,
    .reset = cx_nothing_waits,
    .emits = CX_BIT(CX_EV_LOGON),
};
