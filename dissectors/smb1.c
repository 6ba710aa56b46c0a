/* Messages of SMB 1 (MS-CIFS 2.2.4, MS-SMB 2.2.4): session setup with and without extended
 * security, and the data of named pipes. Offsets count from the header. */
#include "dissectors/smb_parts.h"

#include "base/text.h"

enum {
    TRANSACTION = 0x25,
    READ_ANDX = 0x2e,
    WRITE_ANDX = 0x2f,
    NEGOTIATE = 0x72,
    SESSION_SETUP = 0x73
};

enum {
    WORDS = 33, /* offset of the parameter words; their count stands before them */
    FLAGS2_NTSTATUS = 0x4000,
    FLAGS2_UNICODE = 0x8000,
    CAP_EXTENDED_SECURITY = (int)0x80000000,
    TRANSACT_PIPE = 0x26,
    MORE_PROCESSING = (int)0xc0000016
};

static bool is_response(cx_slice m)
{
    return m.p[9] & 0x80;
}

static uint8_t word_count(cx_slice m)
{
    return m.len > 32 ? m.p[32] : 0;
}

/* A file by its id within this connection, never 0. */
static uint64_t file_of(cx_slice m, size_t offset)
{
    return UINT64_C(1) << 32 | cx_smb_u16(m, offset);
}

static uint64_t request_of(cx_slice m)
{
    return (uint64_t)cx_smb_u16(m, 26) << 16 | cx_smb_u16(m, 30); /* process and multiplex id */
}

static bool carries_rpc(const cx_smb_state *s, cx_slice m, uint64_t file, uint16_t offset)
{
    return cx_smb_is_pipe(s, file) || cx_smb_looks_like_rpc(cx_slice_sub(m, offset, m.len));
}

bool cx_smb1_wants(const cx_smb_state *s, cx_slice head)
{
    bool response = is_response(head);
    switch (head.p[4]) {
    case NEGOTIATE:
        return response;
    case SESSION_SETUP:
        return true;
    case READ_ANDX:
        return !response || carries_rpc(s, head, cx_smb_expected(s, request_of(head)),
                                        cx_smb_u16(head, WORDS + 12));
    case WRITE_ANDX:
        return !response &&
               carries_rpc(s, head, file_of(head, WORDS + 4), cx_smb_u16(head, WORDS + 22));
    case TRANSACTION:
        return response ? cx_smb_expected(s, request_of(head)) != 0
                        : cx_smb_u16(head, WORDS + 28) == TRANSACT_PIPE;
    default:
        return false;
    }
}

/* ---- session setup ---- */

static void negotiated(cx_slice m, const cx_chunk *in, cx_emit *out)
{
    if (word_count(m) != 17 || !(cx_smb_u32(m, WORDS + 19) & (uint32_t)CAP_EXTENDED_SECURITY))
        return;
    uint16_t bytes = cx_smb_u16(m, WORDS + 34);
    cx_slice blob = cx_smb_part(m, WORDS + 36 + 16, bytes > 16 ? bytes - 16u : 0); /* GUID first */
    if (blob.len)
        cx_emit_child(out, "gss", blob, in, "smb");
}

/* The next string of the data; *offset moves behind it. */
static cx_slice next_string(cx_slice m, size_t *offset, bool unicode, cx_arena *a)
{
    size_t from = *offset, step = unicode ? 2 : 1, end;
    if (unicode && from % 2)
        from++;
    for (end = from; end + step <= m.len && (m.p[end] || (unicode && m.p[end + 1])); end += step)
        ;
    cx_slice text = cx_smb_part(m, from, end > from ? end - from : 0);
    *offset = end + step;
    return unicode && text.len ? cx_utf16le(text, a) : text;
}

static uint8_t keep(uint8_t to[CX_SMB_USER], cx_slice text)
{
    if (!text.p || text.len > CX_SMB_USER)
        return 0;
    memcpy(to, text.p, text.len);
    return (uint8_t)text.len;
}

/* Request without extended security: bare responses, account and domain (MS-CIFS 2.2.4.53.1). */
static void plain_request(cx_smb_state *s, cx_slice m, cx_emit *out)
{
    bool unicode = cx_smb_u16(m, 10) & FLAGS2_UNICODE;
    size_t offset = WORDS + 28u + cx_smb_u16(m, WORDS + 14) + cx_smb_u16(m, WORDS + 16);
    s->user_len = keep(s->user, next_string(m, &offset, unicode, out->scratch));
    s->domain_len = keep(s->domain, next_string(m, &offset, unicode, out->scratch));
    s->plain = s->user_len > 0; /* else a null session */
}

static void put_plain_logon(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    uint32_t status = cx_smb_u32(m, 5);
    cx_event e = cx_event_of(CX_EV_LOGON, in);
    cx_ev_logon *logon = &e.u.logon;
    *logon = (cx_ev_logon){.carrier = "smb",
                           .mechanism = "ntlm",
                           .success = status == 0,
                           .status = status,
                           .user = {s->user, s->user_len},
                           .domain = {s->domain, s->domain_len}};
    if (cx_smb_u16(m, 10) & FLAGS2_NTSTATUS) {
        logon->status_kind = CX_LOGON_NTSTATUS;
        logon->status_name = cx_ntstatus_name(status);
    } else { /* a class and a code of DOS */
        logon->status_kind = CX_LOGON_REPLY;
        logon->status = status >> 16;
        logon->text = cx_arena_printf(out->scratch, "DOS error class %u, code %u",
                                      (unsigned)(status & 0xff), (unsigned)(status >> 16));
    }
    if (!s->domain_len)
        logon->domain = (cx_slice){NULL, 0};
    cx_emit_event(out, &e);
    s->plain = false;
}

static void session_setup(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    uint8_t words = word_count(m);
    uint32_t status = cx_smb_u32(m, 5);
    cx_slice blob = {NULL, 0};
    if (!is_response(m)) {
        if (words == 12)
            blob = cx_smb_part(m, WORDS + 26, cx_smb_u16(m, WORDS + 14));
        else if (words == 13)
            plain_request(s, m, out);
        if (words != 13)
            s->plain = false;
    } else if (words == 4) {
        blob = cx_smb_part(m, WORDS + 10, cx_smb_u16(m, WORDS + 6));
    }
    if (blob.len)
        cx_emit_child(out, "gss", blob, in, "smb");
    if (!is_response(m))
        return;
    if (s->plain)
        put_plain_logon(s, m, in, out);
    else if (words != 3 && status != (uint32_t)MORE_PROCESSING &&
             cx_smb_u16(m, 10) & FLAGS2_NTSTATUS)
        cx_smb_logon(in, out, status);
}

/* ---- pipes ---- */

static void transaction(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    if (is_response(m)) {
        uint64_t file = cx_smb_expected(s, request_of(m));
        if (file && word_count(m) >= 10)
            cx_smb_data(s, file,
                        cx_smb_part(m, cx_smb_u16(m, WORDS + 14), cx_smb_u16(m, WORDS + 12)), in,
                        out);
        return;
    }
    if (word_count(m) < 16 || cx_smb_u16(m, WORDS + 28) != TRANSACT_PIPE)
        return;
    uint64_t file = file_of(m, WORDS + 30);
    cx_smb_expect(s, request_of(m), file);
    cx_smb_data(s, file, cx_smb_part(m, cx_smb_u16(m, WORDS + 24), cx_smb_u16(m, WORDS + 22)), in,
                out);
}

void cx_smb1_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    if (m.len < WORDS)
        return;
    bool response = is_response(m);
    switch (m.p[4]) {
    case NEGOTIATE:
        if (response)
            negotiated(m, in, out);
        break;
    case SESSION_SETUP:
        session_setup(s, m, in, out);
        break;
    case READ_ANDX:
        if (!response)
            cx_smb_expect(s, request_of(m), file_of(m, WORDS + 4));
        else if (word_count(m) >= 12)
            cx_smb_data(s, cx_smb_expected(s, request_of(m)),
                        cx_smb_part(m, cx_smb_u16(m, WORDS + 12), cx_smb_u16(m, WORDS + 10)), in,
                        out);
        break;
    case WRITE_ANDX:
        if (!response && word_count(m) >= 12)
            cx_smb_data(s, file_of(m, WORDS + 4),
                        cx_smb_part(m, cx_smb_u16(m, WORDS + 22), cx_smb_u16(m, WORDS + 20)), in,
                        out);
        break;
    case TRANSACTION:
        transaction(s, m, in, out);
        break;
    default:
        break;
    }
}
