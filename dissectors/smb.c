/* SMB over NetBIOS sessions and direct TCP (RFC 1002 4.3, MS-SMB2 2.1): finds the messages, takes
 * those of session setup and of named pipes, and passes over the rest without holding it. Emits
 * CX_EV_LOGON; tokens go to "gss", pipes to "dcerpc". */
#include "dissectors/smb_parts.h"

#include "base/hash.h"
#include "base/limits.h"

enum {
    NBSS_MESSAGE = 0x00,
    NBSS_REQUEST = 0x81,
    NBSS_KEEP_ALIVE = 0x85,
    NBSS_HEADER = 4,
    HEAD = 136 /* bytes that tell a message: an SMB2 IOCTL with the first of its data */
};

/* ---- for both versions ---- */

cx_slice cx_smb_part(cx_slice m, size_t offset, size_t len)
{
    if (offset > m.len || len > m.len - offset)
        return (cx_slice){NULL, 0};
    return cx_slice_sub(m, offset, len);
}

static cx_cursor at(cx_slice m, size_t offset)
{
    return cx_cursor_over(cx_slice_sub(m, offset, m.len), CX_MALFORMED);
}

uint16_t cx_smb_u16(cx_slice m, size_t offset)
{
    cx_cursor c = at(m, offset);
    return cx_le16(&c);
}

uint32_t cx_smb_u32(cx_slice m, size_t offset)
{
    cx_cursor c = at(m, offset);
    return cx_le32(&c);
}

uint64_t cx_smb_u64(cx_slice m, size_t offset)
{
    cx_cursor c = at(m, offset);
    return cx_le64(&c);
}

bool cx_smb_looks_like_rpc(cx_slice data)
{
    if (data.len < 10 || data.p[0] != 5 || data.p[1] > 1 || data.p[2] > 20)
        return false;
    uint16_t len = data.p[4] & 0x10 ? (uint16_t)(data.p[9] << 8 | data.p[8])
                                    : (uint16_t)(data.p[8] << 8 | data.p[9]);
    return len >= 16;
}

bool cx_smb_is_pipe(const cx_smb_state *s, uint64_t file)
{
    for (uint32_t i = 0; i < CX_SMB_PIPES; i++)
        if (file && s->pipe[i] == file)
            return true;
    return false;
}

void cx_smb_data(cx_smb_state *s, uint64_t file, cx_slice data, const cx_chunk *in, cx_emit *out)
{
    if (!data.len)
        return;
    if (!cx_smb_is_pipe(s, file)) {
        if (!cx_smb_looks_like_rpc(data))
            return;
        s->pipe[s->next_pipe] = file;
        s->next_pipe = (s->next_pipe + 1) % CX_SMB_PIPES;
    }
    const cx_inner pipe = {.number = file, .name = "dcerpc"};
    cx_emit_stream(out, &pipe, data, in);
}

void cx_smb_expect(cx_smb_state *s, uint64_t request, uint64_t file)
{
    s->pending[s->next_pending].request = request;
    s->pending[s->next_pending].file = file;
    s->next_pending = (s->next_pending + 1) % CX_SMB_PENDING;
}

uint64_t cx_smb_expected(const cx_smb_state *s, uint64_t request)
{
    for (uint32_t i = 0; i < CX_SMB_PENDING; i++)
        if (s->pending[i].file && s->pending[i].request == request)
            return s->pending[i].file;
    return 0;
}

void cx_smb_logon(const cx_chunk *in, cx_emit *out, uint32_t status)
{
    cx_event e = cx_event_of(CX_EV_LOGON, in);
    e.u.logon = (cx_ev_logon){.carrier = "smb",
                              .success = status == 0,
                              .status_kind = CX_LOGON_NTSTATUS,
                              .status = status,
                              .status_name = cx_ntstatus_name(status)};
    cx_emit_event(out, &e);
}

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
        if (s.p[i] == NBSS_MESSAGE && is_smb(s.p + i + 4) && length_of(s.p + i) >= 32) {
            *ret_found = true;
            return i;
        }
    *ret_found = false;
    return s.len < from + 7 ? from : s.len - 7;
}

static bool wants(const cx_smb_state *s, cx_slice head)
{
    if (head.len < 32 || !is_smb(head.p))
        return false;
    return head.p[0] == 0xfe   ? cx_smb2_wants(s, head)
           : head.p[0] == 0xff ? cx_smb1_wants(s, head)
                               : false; /* encrypted, compressed */
}

static void message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    if (m.p[0] == 0xfe)
        cx_smb2_message(s, m, in, out);
    else
        cx_smb1_message(s, m, in, out);
}

/* What begins at the start of view. Returns the bytes taken; 0: *ret_need of them are needed. */
static size_t one(cx_smb_state *s, cx_slice view, const cx_chunk *in, cx_emit *out,
                  size_t *ret_need)
{
    *ret_need = NBSS_HEADER;
    if (view.len < NBSS_HEADER)
        return 0;
    uint8_t type = view.p[0];
    size_t len = type == NBSS_MESSAGE ? length_of(view.p) : (size_t)(view.p[2] << 8 | view.p[3]);
    if (type != NBSS_MESSAGE && (type < NBSS_REQUEST || type > NBSS_KEEP_ALIVE)) {
        s->side[in->dir].lost = true;
        return 1;
    }
    size_t head = type != NBSS_MESSAGE ? 0 : len < HEAD ? len : HEAD;
    *ret_need = NBSS_HEADER + head;
    if (view.len < *ret_need)
        return 0;
    if (head >= 4 && !is_smb(view.p + NBSS_HEADER)) {
        s->side[in->dir].lost = true;
        return 1;
    }
    if (len > CX_MAX_SMB_MESSAGE || !wants(s, cx_slice_sub(view, NBSS_HEADER, head))) {
        s->side[in->dir].skip = NBSS_HEADER + len;
        return 0;
    }
    *ret_need = NBSS_HEADER + len;
    if (view.len < *ret_need)
        return 0;
    message(s, cx_slice_sub(view, NBSS_HEADER, len), in, out);
    return *ret_need;
}

static cx_fed take_gap(cx_smb_state *s, const cx_chunk *in)
{
    uint64_t *skip = &s->side[in->dir].skip;
    if (in->missing <= *skip) {
        *skip -= in->missing;
    } else {
        *skip = 0;
        s->side[in->dir].lost = true;
    }
    return cx_fed_ok(0);
}

static cx_fed feed(void *state, const cx_chunk *in, cx_emit *out)
{
    cx_smb_state *s = state;
    size_t pos = 0, need = 0;
    if (in->gap)
        return take_gap(s, in);
    while (pos < in->bytes.len) {
        size_t left = in->bytes.len - pos;
        uint64_t *skip = &s->side[in->dir].skip;
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
        size_t taken = one(s, cx_slice_sub(in->bytes, pos, left), in, out, &need);
        if (!taken && !*skip)
            break;
        pos += taken;
    }
    if (in->fin || in->cut) { /* nothing joins the rest */
        s->side[in->dir].lost |= pos < in->bytes.len;
        return cx_fed_ok(in->bytes.len);
    }
    if (pos == in->bytes.len)
        return cx_fed_ok(pos);
    size_t left = in->bytes.len - pos;
    return cx_fed_more(pos, need > left ? need : left + 1);
}

static cx_match probe(const cx_chunk *first)
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
    return is_smb(p + 4) && length_of(p) >= 32 ? CX_MATCH_YES : CX_MATCH_NO;
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
    .emits = CX_BIT(CX_EV_LOGON),
};
