/* Messages of SMB 2 and 3 (MS-SMB2 2.2): session setup, and the data of named pipes. Offsets count
 * from the header. */
#include "dissectors/smb_parts.h"

#include "base/hash.h"

enum { NEGOTIATE = 0, SESSION_SETUP = 1, READ = 8, WRITE = 9, IOCTL = 11 };

enum {
    HEADER = 64,
    FLAG_RESPONSE = 1,
    FSCTL_PIPE_TRANSCEIVE = 0x0011c017,
    MORE_PROCESSING = (int)0xc0000016,
    STATUS_PENDING = 0x103,
    MAX_COMPOUND = 64
};

static bool is_response(cx_slice m)
{
    return cx_smb_u32(m, 16) & FLAG_RESPONSE;
}

/* A file by its id, never 0. */
static uint64_t file_of(cx_slice m, size_t offset)
{
    cx_slice id = cx_smb_part(m, offset, 16);
    return id.p ? cx_hash(id.p, id.len, 2) | 1 : 0;
}

static cx_slice blob_at(cx_slice m, size_t offset, size_t len)
{
    return offset < HEADER ? (cx_slice){NULL, 0} : cx_smb_part(m, offset, len);
}

/* Of the data as much as there is in m. */
static bool carries_rpc(const cx_smb_state *s, cx_slice m, uint64_t file, uint32_t offset)
{
    return cx_smb_is_pipe(s, file) || cx_smb_looks_like_rpc(cx_slice_sub(m, offset, m.len));
}

static bool wants_one(const cx_smb_state *s, cx_slice m)
{
    switch (cx_smb_u16(m, 12)) {
    case NEGOTIATE:
        return is_response(m);
    case SESSION_SETUP:
        return true;
    case READ:
        return !is_response(m) ||
               carries_rpc(s, m, cx_smb_expected(s, cx_smb_u64(m, 24)), m.len > 66 ? m.p[66] : 0);
    case WRITE:
        return !is_response(m) && carries_rpc(s, m, file_of(m, 80), cx_smb_u16(m, 66));
    case IOCTL:
        return cx_smb_u32(m, 68) == FSCTL_PIPE_TRANSCEIVE;
    default:
        return false;
    }
}

bool cx_smb2_wants(const cx_smb_state *s, cx_slice head)
{
    if (head.len < HEADER || cx_smb_u16(head, 4) != HEADER)
        return false;
    return cx_smb_u32(head, 20) != 0 || wants_one(s, head); /* in a chain any may be */
}

static void session_setup(cx_slice m, const cx_chunk *in, cx_emit *out)
{
    bool response = is_response(m);
    cx_slice blob = response ? blob_at(m, cx_smb_u16(m, 68), cx_smb_u16(m, 70))
                             : blob_at(m, cx_smb_u16(m, 76), cx_smb_u16(m, 78));
    uint32_t status = cx_smb_u32(m, 8);
    if (blob.len)
        cx_emit_child(out, "gss", blob, in, "smb");
    if (response && status != (uint32_t)MORE_PROCESSING && status != STATUS_PENDING)
        cx_smb_logon(in, out, status);
}

static void one(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    bool response = is_response(m);
    uint64_t id = cx_smb_u64(m, 24), file;
    cx_slice blob;
    switch (cx_smb_u16(m, 12)) {
    case NEGOTIATE:
        blob = response ? blob_at(m, cx_smb_u16(m, 120), cx_smb_u16(m, 122)) : (cx_slice){NULL, 0};
        if (blob.len)
            cx_emit_child(out, "gss", blob, in, "smb");
        break;
    case SESSION_SETUP:
        session_setup(m, in, out);
        break;
    case READ:
        if (!response)
            cx_smb_expect(s, id, file_of(m, 80));
        else if (m.len > 66)
            cx_smb_data(s, cx_smb_expected(s, id), blob_at(m, m.p[66], cx_smb_u32(m, 68)), in, out);
        break;
    case WRITE:
        if (!response)
            cx_smb_data(s, file_of(m, 80), blob_at(m, cx_smb_u16(m, 66), cx_smb_u32(m, 68)), in,
                        out);
        break;
    case IOCTL:
        file = file_of(m, 72);
        if (cx_smb_u32(m, 68) == FSCTL_PIPE_TRANSCEIVE)
            cx_smb_data(s, file,
                        response ? blob_at(m, cx_smb_u32(m, 96), cx_smb_u32(m, 100))
                                 : blob_at(m, cx_smb_u32(m, 88), cx_smb_u32(m, 92)),
                        in, out);
        break;
    default:
        break;
    }
}

void cx_smb2_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out)
{
    for (int i = 0; i < MAX_COMPOUND && m.len >= HEADER && m.p[0] == 0xfe; i++) {
        uint32_t next = cx_smb_u32(m, 20);
        bool more = next >= HEADER && next < m.len;
        one(s, more ? cx_slice_sub(m, 0, next) : m, in, out);
        if (!more)
            return;
        m = cx_slice_sub(m, next, m.len);
    }
}
