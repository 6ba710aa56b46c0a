/* Messages of SMB 2 and 3 (MS-SMB2 2.2): session setup, and the data of named pipes. Offsets count
 * from the header. */
#include "dissectors/smb_parts.h"

#include "base/hash.h"

enum { NEGOTIATE = 0, SESSION_SETUP = 1, CLOSE = 6, READ = 8, WRITE = 9, IOCTL = 11 };

enum {
    HEADER = 64,
    CUT = 24, /* status, command, flags: enough of a header that the capture cut */
    FLAG_RESPONSE = 1,
    FSCTL_PIPE_TRANSCEIVE = 0x0011c017,
    STATUS_PENDING = 0x103,
    GUEST = 1, /* session flags (2.2.6) */
    NOBODY = 2,
    MAX_COMPOUND = 64
};

#define MORE_PROCESSING 0xc0000016u

static bool is_response(cx_slice m)
{
    return cx_smb_u32(m, 16) & FLAG_RESPONSE;
}

static uint16_t command_of(cx_slice m)
{
    return cx_smb_u16(m, 12);
}

static uint64_t message_id(cx_slice m)
{
    return cx_smb_u64(m, 24);
}

/* A file by its id, never 0; 0: there is none. */
static uint64_t file_at(cx_slice m, size_t offset)
{
    cx_slice id = cx_slice_sub(m, offset, 16);
    return id.len == 16 ? cx_hash(id.p, id.len, 2) | 1 : 0;
}

/* As much of a buffer as there is. */
static cx_slice buffer(cx_slice m, size_t offset, size_t len)
{
    return offset < HEADER ? (cx_slice){NULL, 0} : cx_slice_sub(m, offset, len);
}

/* ---- which messages are wanted ---- */

/* Of the data as much as there is in m. */
static bool carries_rpc(const cx_smb_state *s, cx_slice m, uint64_t file, uint32_t offset)
{
    return cx_smb_is_pipe(s, file) || cx_smb_looks_like_rpc(cx_slice_sub(m, offset, m.len));
}

static bool wants_request(const cx_smb_state *s, cx_slice m)
{
    switch (command_of(m)) {
    case SESSION_SETUP:
        return true;
    case CLOSE:
        return cx_smb_is_pipe(s, file_at(m, 72));
    case READ:
        return cx_smb_is_pipe(s, file_at(m, 80));
    case WRITE:
        return carries_rpc(s, m, file_at(m, 80), cx_smb_u16(m, 66));
    case IOCTL:
        return cx_smb_u32(m, 68) == FSCTL_PIPE_TRANSCEIVE;
    default:
        return false;
    }
}

static bool wants_response(const cx_smb_state *s, cx_slice m)
{
    switch (command_of(m)) {
    case NEGOTIATE:
    case SESSION_SETUP:
        return true;
    case READ:
        return carries_rpc(s, m, cx_smb_expected(s, message_id(m)), m.len > 66 ? m.p[66] : 0);
    case IOCTL:
        return cx_smb_u32(m, 68) == FSCTL_PIPE_TRANSCEIVE;
    default:
        return false;
    }
}

bool cx_smb2_wants(const cx_smb_state *s, cx_slice head)
{
    if (head.len < CUT || cx_smb_u16(head, 4) != HEADER)
        return false;
    if (head.len < HEADER)
        return command_of(head) == SESSION_SETUP;
    if (cx_smb_u32(head, 20) != 0) /* in a chain any may be */
        return true;
    return is_response(head) ? wants_response(s, head) : wants_request(s, head);
}

/* ---- session setup ---- */

static void setup_request(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    uint32_t setup = cx_smb_setup_request(s, message_id(m), cx_smb_u64(m, 40));
    cx_smb_token(setup, buffer(m, cx_smb_u16(m, 76), cx_smb_u16(m, 78)), in, out);
}

static void setup_response(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    uint32_t status = cx_smb_u32(m, 8);
    if (status == STATUS_PENDING)
        return;
    uint32_t setup = cx_smb_setup_response(s, message_id(m), cx_smb_u64(m, 40));
    cx_smb_token(setup, buffer(m, cx_smb_u16(m, 68), cx_smb_u16(m, 70)), in, out);
    if (status == MORE_PROCESSING)
        return;
    uint16_t flags = status ? 0 : cx_smb_u16(m, 66);
    cx_ev_logon logon = {.success = status == 0,
                         .status_kind = CX_LOGON_NTSTATUS,
                         .status = status,
                         .status_name = cx_ntstatus_name(status),
                         .text = cx_slice_of(flags & NOBODY  ? "anonymous"
                                             : flags & GUEST ? "guest"
                                                             : NULL)};
    cx_smb_logon(s, setup, logon, in, out);
}

/* ---- messages ---- */

static void request(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    uint64_t file;
    uint32_t len;
    switch (command_of(m)) {
    case SESSION_SETUP:
        setup_request(s, m, in, out);
        break;
    case CLOSE:
        cx_smb_closed(s, file_at(m, 72));
        break;
    case READ:
        cx_smb_expect(s, message_id(m), file_at(m, 80));
        break;
    case WRITE:
        len = cx_smb_u32(m, 68);
        cx_smb_data(s, file_at(m, 80), buffer(m, cx_smb_u16(m, 66), len), len, in, out);
        break;
    case IOCTL:
        file = file_at(m, 72);
        len = cx_smb_u32(m, 92);
        if (cx_smb_u32(m, 68) == FSCTL_PIPE_TRANSCEIVE)
            cx_smb_data(s, file, buffer(m, cx_smb_u32(m, 88), len), len, in, out);
        break;
    default:
        break;
    }
}

static void response(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    uint64_t file;
    uint32_t len;
    switch (command_of(m)) {
    case NEGOTIATE: /* what the server offers belongs to the first setup */
        cx_smb_token(0, buffer(m, cx_smb_u16(m, 120), cx_smb_u16(m, 122)), in, out);
        break;
    case SESSION_SETUP:
        setup_response(s, m, in, out);
        break;
    case READ:
        file = cx_smb_expected(s, message_id(m));
        len = cx_smb_u32(m, 68);
        if (m.len > 66)
            cx_smb_data(s, file, buffer(m, m.p[66], len), len, in, out);
        break;
    case IOCTL:
        file = file_at(m, 72);
        len = cx_smb_u32(m, 100);
        if (cx_smb_u32(m, 68) == FSCTL_PIPE_TRANSCEIVE)
            cx_smb_data(s, file, buffer(m, cx_smb_u32(m, 96), len), len, in, out);
        break;
    default:
        break;
    }
}

void cx_smb2_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    for (int i = 0; i < MAX_COMPOUND && m.len >= CUT && m.p[0] == 0xfe; i++) {
        uint32_t next = cx_smb_u32(m, 20);
        bool more = next >= HEADER && next < m.len;
        cx_slice one = more ? cx_slice_sub(m, 0, next) : m;
        if (is_response(one))
            response(s, one, in, out);
        else
            request(s, one, in, out);
        if (!more)
            return;
        m = cx_slice_sub(m, next, m.len);
    }
}
