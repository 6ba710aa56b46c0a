/* Messages of SMB 1 (MS-CIFS 2.2.4, MS-SMB 2.2.4): session setup with and without extended
 * security, and the data of named pipes. Offsets count from the header. */
#include "dissectors/smb_parts.h"

#include "base/text.h"

enum {
    CLOSE = 0x04,
    READ = 0x0a,
    WRITE = 0x0b,
    TRANSACTION = 0x25,
    TRANSACTION_MORE = 0x26,
    READ_ANDX = 0x2e,
    WRITE_ANDX = 0x2f,
    NEGOTIATE = 0x72,
    SESSION_SETUP = 0x73
};

enum {
    HEADER = 32,
    FLAGS2_NTSTATUS = 0x4000,
    FLAGS2_UNICODE = 0x8000,
    TRANSACT_PIPE = 0x26,
    MESSAGE_START_RAW = 0x0c, /* write mode (2.2.4.43.1) */
    GUEST = 1,
    MAX_CHAIN = 8
};

#define CAP_EXTENDED_SECURITY 0x80000000u
#define MORE_PROCESSING       0xc0000016u

/* A command of the message with its parameter words; of a chain there are several. */
typedef struct block {
    uint8_t command, words;
    size_t at; /* offset of the first word */
} block;

static bool is_response(cx_slice m)
{
    return m.p[9] & 0x80;
}

static uint16_t flags2(cx_slice m)
{
    return cx_smb_u16(m, 10);
}

static block first_block(cx_slice m)
{
    return (block){.command = m.p[4], .words = m.len > HEADER ? m.p[HEADER] : 0, .at = HEADER + 1};
}

/* Moves b to the command behind it in the chain (2.2.3.4), where there is one. */
static bool next_block(cx_slice m, block *b)
{
    static const uint8_t andx[] = {0x24,          0x2d, READ_ANDX, WRITE_ANDX,
                                   SESSION_SETUP, 0x74, 0x75,      0xa2};
    if (b->words < 2 || b->at + 4 > m.len || !memchr(andx, b->command, sizeof andx))
        return false;
    uint8_t command = m.p[b->at];
    size_t offset = cx_smb_u16(m, b->at + 2);
    if (command == 0xff || offset <= b->at || offset >= m.len)
        return false;
    *b = (block){.command = command, .words = m.p[offset], .at = offset + 1};
    return true;
}

static uint16_t word(cx_slice m, const block *b, size_t offset)
{
    return cx_smb_u16(m, b->at + offset);
}

/* A file by its id within this connection, never 0. */
static uint64_t file_at(cx_slice m, const block *b, size_t offset)
{
    return UINT64_C(1) << 32 | word(m, b, offset);
}

static uint64_t request_of(cx_slice m)
{
    return (uint64_t)cx_smb_u16(m, 26) << 16 | cx_smb_u16(m, 30); /* process and multiplex id */
}

static uint64_t user_of(cx_slice m)
{
    return cx_smb_u16(m, 28);
}

/* ---- which data belongs to which file ---- */

typedef struct data {
    uint64_t file; /* 0: not known */
    size_t offset, len;
} data;

/* Old commands: a format and a length stand before the data. */
#define BEHIND_FIVE_WORDS (10 + 2 + 3)

static bool request_data(cx_slice m, const block *b, data *ret)
{
    switch (b->command) {
    case WRITE:
        *ret = (data){file_at(m, b, 0), b->at + BEHIND_FIVE_WORDS, word(m, b, 2)};
        return b->words == 5;
    case WRITE_ANDX:
        *ret = (data){file_at(m, b, 4), word(m, b, 22), word(m, b, 20)};
        if ((word(m, b, 14) & MESSAGE_START_RAW) == MESSAGE_START_RAW && ret->len >= 2) {
            ret->offset += 2; /* the length of the message stands before it */
            ret->len -= 2;
        }
        return b->words >= 12;
    case TRANSACTION:
        *ret = (data){file_at(m, b, 30), word(m, b, 24), word(m, b, 22)};
        return b->words >= 16 && word(m, b, 28) == TRANSACT_PIPE;
    default:
        return false;
    }
}

static bool response_data(cx_slice m, const block *b, uint64_t file, data *ret)
{
    switch (b->command) {
    case READ:
        *ret = (data){file, b->at + BEHIND_FIVE_WORDS, word(m, b, 0)};
        return b->words == 5;
    case READ_ANDX:
        *ret = (data){file, word(m, b, 12), word(m, b, 10)};
        return b->words >= 12;
    case TRANSACTION:
        *ret = (data){file, word(m, b, 14), word(m, b, 12)};
        return b->words >= 10 && file;
    default:
        return false;
    }
}

bool cx_smb1_wants(const cx_smb_state *s, cx_slice head)
{
    block b = first_block(head), chained = b;
    data d;
    if (b.command == SESSION_SETUP || next_block(head, &chained))
        return true;
    bool response = is_response(head), known = false;
    if (response && b.command == NEGOTIATE)
        return true;
    if (!response && b.command == TRANSACTION_MORE)
        return cx_smb_expected(s, request_of(head)) != 0;
    if (!response && (b.command == CLOSE || b.command == READ || b.command == READ_ANDX))
        return cx_smb_is_pipe(s, file_at(head, &b, b.command == READ_ANDX ? 4 : 0));
    known = response ? response_data(head, &b, cx_smb_expected(s, request_of(head)), &d)
                     : request_data(head, &b, &d);
    return known && (cx_smb_is_pipe(s, d.file) ||
                     cx_smb_looks_like_rpc(cx_slice_sub(head, d.offset, head.len)));
}

/* ---- session setup without tokens ---- */

/* The next string of the data; *offset moves behind it. */
static cx_slice next_string(cx_slice m, size_t *offset, bool unicode, cx_arena *a)
{
    size_t from = *offset, step = unicode ? 2 : 1, end;
    if (unicode && from % 2)
        from++;
    for (end = from; end + step <= m.len && (m.p[end] || (unicode && m.p[end + 1])); end += step)
        ;
    cx_slice text = cx_slice_sub(m, from, end > from ? end - from : 0);
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

/* Bare responses, account and domain (MS-CIFS 2.2.4.53.1); with 10 words as LAN Manager sends it
 * ([MS-CIFS] 2.2.4.53, [XOPEN-SMB] 6.5). Nobody is named by a null session. */
static void plain_request(cx_smb_state *s, uint32_t setup, cx_slice m, const block *b, cx_emit *out)
{
    bool unicode = flags2(m) & FLAGS2_UNICODE;
    size_t responses = (size_t)word(m, b, 14) + (b->words == 13 ? word(m, b, 16) : 0);
    size_t offset = b->at + 2u * b->words + 2 + responses;
    cx_slice user = next_string(m, &offset, unicode, out->scratch);
    s->user_len = keep(s->user, user);
    s->domain_len = keep(s->domain, next_string(m, &offset, unicode, out->scratch));
    s->setup[setup].nobody = user.len == 0;
    s->plain = user.len ? setup + 1 : 0;
}

/* ---- how it ended ---- */

/* Codes of DOS that answer a logon: class and code (MS-CIFS 2.2.2.4), and the NTSTATUS that stands
 * for the same, where there is just one. */
static const struct {
    uint8_t class_;
    uint16_t code;
    const char *name;
    uint32_t nt_status;
} dos_errors[] = {
    {1, 5, "ERRnoaccess", 0},
    {2, 1, "ERRerror", 0},
    {2, 2, "ERRbadpw", 0xc000006d},
    {2, 4, "ERRaccess", 0},
    {2, 91, "ERRbaduid", 0},
    {2, 2239, "ERRaccountExpired", 0},
    {2, 2240, "ERRbadClient", 0xc0000070},
    {2, 2241, "ERRbadLogonTime", 0xc000006f},
    {2, 2242, "ERRpasswordExpired", 0xc0000071},
};

/* STATUS_MORE_PROCESSING_REQUIRED as a code of DOS, ERRmoredata. */
enum { CLASS_DOS = 1, MORE_DATA = 234 };

typedef struct outcome {
    uint32_t status;
    bool nt; /* an NTSTATUS: else class, a zero and the code */
} outcome;

static outcome outcome_of(cx_slice m)
{
    uint32_t status = cx_smb_u32(m, 5);
    /* Samba says some NTSTATUS to who asked for codes of DOS; no code is as large */
    return (outcome){status, flags2(m) & FLAGS2_NTSTATUS || status == 0 || status >= 0xc0000000};
}

static bool goes_on(outcome o)
{
    return o.nt ? o.status == MORE_PROCESSING
                : (o.status & 0xff) == CLASS_DOS && o.status >> 16 == MORE_DATA;
}

static cx_ev_logon result_of(outcome o, cx_arena *a)
{
    uint8_t class_ = (uint8_t)o.status;
    uint16_t code = (uint16_t)(o.status >> 16);
    if (o.nt)
        return (cx_ev_logon){.success = o.status == 0,
                             .status_kind = CX_LOGON_NTSTATUS,
                             .status = o.status,
                             .status_name = cx_ntstatus_name(o.status)};
    cx_ev_logon logon = {.status_kind = CX_LOGON_REPLY, .status = code};
    for (size_t i = 0; i < sizeof dos_errors / sizeof *dos_errors; i++)
        if (dos_errors[i].class_ == class_ && dos_errors[i].code == code) {
            logon.status_name = dos_errors[i].name;
            logon.nt_status = dos_errors[i].nt_status;
        }
    if (!logon.status_name)
        logon.text = cx_arena_printf(a, "DOS error class %u, code %u", class_, code);
    return logon;
}

static void setup_response(cx_smb_state *s, cx_slice m, const block *b, const cx_chunk *in,
                           cx_emit *out)
{
    uint32_t setup = cx_smb_setup_response(s, request_of(m), user_of(m));
    size_t bytes = b->at + 2u * b->words + 2;
    block behind = *b;
    cx_slice none = {NULL, 0}, token = b->words == 4 ? cx_slice_sub(m, bytes, word(m, b, 6)) : none;
    cx_smb_token(setup, token, in, out);
    /* a chain ends with the command that failed (MS-CIFS 3.2.4.1.4): what has one behind did not */
    outcome o = next_block(m, &behind) ? (outcome){0, true} : outcome_of(m);
    if (goes_on(o))
        return;
    cx_ev_logon logon = result_of(o, out->scratch);
    if (s->plain == setup + 1) {
        logon.mechanism = "ntlm";
        logon.user = s->user_len ? (cx_slice){s->user, s->user_len} : none;
        logon.domain = s->domain_len ? (cx_slice){s->domain, s->domain_len} : none;
    } else if (s->setup[setup].nobody || b->words == 3) { /* of whom is not known, or of nobody */
        s->setup[setup].going = false;
        return;
    }
    if (logon.success && word(m, b, 4) & GUEST)
        logon.text = cx_slice_of("guest");
    cx_smb_logon(s, setup, logon, in, out);
}

static void setup_request(cx_smb_state *s, cx_slice m, const block *b, const cx_chunk *in,
                          cx_emit *out)
{
    uint32_t setup = cx_smb_setup_request(s, request_of(m), user_of(m));
    size_t bytes = b->at + 2u * b->words + 2;
    if (b->words == 12)
        cx_smb_token(setup, cx_slice_sub(m, bytes, word(m, b, 14)), in, out);
    else if (b->words == 13 || b->words == 10)
        plain_request(s, setup, m, b, out);
}

static void negotiated(cx_slice m, const block *b, const cx_chunk *in, cx_emit *out)
{
    enum { CHALLENGE_OR_GUID = 16 };
    if (b->words != 17 || !(cx_smb_u32(m, b->at + 19) & CAP_EXTENDED_SECURITY))
        return;
    uint16_t bytes = word(m, b, 34);
    if (bytes > CHALLENGE_OR_GUID)
        cx_smb_token(0, cx_slice_sub(m, b->at + 36 + CHALLENGE_OR_GUID, bytes - CHALLENGE_OR_GUID),
                     in, out);
}

/* ---- messages ---- */

static void request(cx_smb_state *s, cx_slice m, const block *b, const cx_chunk *in, cx_emit *out)
{
    data d = {.file = file_at(m, b, b->command == READ_ANDX ? 4 : 0)};
    if (b->command == SESSION_SETUP) {
        setup_request(s, m, b, in, out);
    } else if (b->command == CLOSE) {
        cx_smb_closed(s, d.file);
    } else if (b->command == READ || b->command == READ_ANDX) {
        cx_smb_expect(s, request_of(m), d.file);
    } else if (b->command == TRANSACTION_MORE) {
        uint64_t file = cx_smb_expected(s, request_of(m));
        if (file)
            cx_smb_data(s, file, cx_slice_sub(m, word(m, b, 12), word(m, b, 10)), word(m, b, 10),
                        in, out);
    } else if (request_data(m, b, &d)) {
        cx_smb_data(s, d.file, cx_slice_sub(m, d.offset, d.len), d.len, in, out);
        if (b->command == TRANSACTION)
            cx_smb_expect(s, request_of(m), d.file);
    }
}

static void response(cx_smb_state *s, cx_slice m, const block *b, const cx_chunk *in, cx_emit *out)
{
    data d;
    if (b->command == NEGOTIATE)
        negotiated(m, b, in, out);
    else if (b->command == SESSION_SETUP)
        setup_response(s, m, b, in, out);
    else if (response_data(m, b, cx_smb_expected(s, request_of(m)), &d))
        cx_smb_data(s, d.file, cx_slice_sub(m, d.offset, d.len), d.len, in, out);
}

void cx_smb1_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    if (m.len <= HEADER)
        return;
    block b = first_block(m);
    for (int i = 0; i < MAX_CHAIN; i++) {
        if (is_response(m))
            response(s, m, &b, in, out);
        else
            request(s, m, &b, in, out);
        if (!next_block(m, &b))
            return;
    }
}
