/* What goes on in an SMB connection, for both versions: session setups of several users, which may
 * overlap, and the named pipes that carry DCE/RPC. Each is an exchange of its own. */
#include "dissectors/smb_parts.h"

/* ---- session setups ---- */

static uint32_t begin(cx_smb_state *s, uint64_t session)
{
    uint32_t i = 0;
    while (i < CX_SMB_SETUPS && s->setup[i].going)
        i++;
    if (i == CX_SMB_SETUPS) { /* the one that was begun first will not go on */
        i = s->next_setup;
        s->next_setup = (s->next_setup + 1) % CX_SMB_SETUPS;
    }
    if (s->plain == i + 1)
        s->plain = 0;
    s->setup[i] = (cx_smb_setup){.session = session, .going = true};
    return i;
}

/* The setup waits for the answer to this request, and no other does. */
static uint32_t ask(cx_smb_state *s, uint32_t setup, uint64_t request)
{
    for (uint32_t i = 0; i < CX_SMB_SETUPS; i++)
        if (s->setup[i].request == request)
            s->setup[i].asked = false;
    s->setup[setup].request = request;
    s->setup[setup].asked = true;
    return setup;
}

static uint32_t of_session(const cx_smb_state *s, uint64_t session)
{
    uint32_t i = 0;
    while (i < CX_SMB_SETUPS && !(session && s->setup[i].going && s->setup[i].session == session))
        i++;
    return i;
}

uint32_t cx_smb_setup_request(cx_smb_state *s, uint64_t request, uint64_t session)
{
    uint32_t i = of_session(s, session);
    return ask(s, i < CX_SMB_SETUPS ? i : begin(s, session), request);
}

uint32_t cx_smb_setup_response(cx_smb_state *s, uint64_t request, uint64_t session)
{
    uint32_t i = 0;
    while (i < CX_SMB_SETUPS &&
           !(s->setup[i].going && s->setup[i].asked && s->setup[i].request == request))
        i++;
    if (i == CX_SMB_SETUPS)
        i = of_session(s, session);
    if (i == CX_SMB_SETUPS)
        i = begin(s, session);
    s->setup[i].asked = false;
    if (session)
        s->setup[i].session = session;
    return i;
}

void cx_smb_token(uint32_t setup, cx_slice token, const cx_chunk *in, cx_emit *out)
{
    out->exchange = 1 + setup;
    if (token.len)
        cx_emit_child(out, "gss", token, in, "smb");
}

void cx_smb_logon(cx_smb_state *s, uint32_t setup, cx_ev_logon logon, const cx_chunk *in,
                  cx_emit *out)
{
    cx_event e;
    cx_event_begin(&e, CX_EV_LOGON, in);
    e.u.logon = logon;
    e.u.logon.carrier = "smb";
    out->exchange = 1 + setup;
    cx_emit_event(out, &e);
    s->setup[setup].going = false;
    if (s->plain == setup + 1)
        s->plain = 0;
}

/* ---- pipes ---- */

#define NOT_KNOWN UINT64_MAX /* the file of an answer whose request was not seen */

bool cx_smb_looks_like_rpc(cx_slice data)
{
    enum { HEADER = 16, LAST_TYPE = 20 };
    if (data.len < 10 || data.p[0] != 5 || data.p[1] > 1 || data.p[2] > LAST_TYPE ||
        (data.p[4] & 0xef) || data.p[5] || data.p[6] || data.p[7])
        return false;
    uint16_t len = data.p[4] & 0x10 ? (uint16_t)(data.p[9] << 8 | data.p[8])
                                    : (uint16_t)(data.p[8] << 8 | data.p[9]);
    return len >= HEADER;
}

static uint32_t pipe_of(const cx_smb_state *s, uint64_t file)
{
    uint32_t i = 0;
    while (i < CX_SMB_PIPES && !(file && s->pipe[i].file == file))
        i++;
    return i;
}

bool cx_smb_is_pipe(const cx_smb_state *s, uint64_t file)
{
    return pipe_of(s, file) < CX_SMB_PIPES;
}

static cx_inner inner_of(const cx_smb_state *s, uint32_t i, cx_emit *out)
{
    out->exchange = 1 + CX_SMB_SETUPS + i;
    return (cx_inner){.number = s->pipe[i].number, .name = "dcerpc"};
}

static void hand_on(const cx_smb_state *s, uint32_t i, cx_slice data, const cx_chunk *in,
                    cx_emit *out)
{
    const cx_inner pipe = inner_of(s, i, out);
    if (data.len)
        cx_emit_stream(out, &pipe, data, in);
}

static void tell_gap(const cx_smb_state *s, uint32_t i, uint64_t missing, const cx_chunk *in,
                     cx_emit *out)
{
    const cx_inner pipe = inner_of(s, i, out);
    cx_chunk gap = *in;
    gap.bytes = (cx_slice){NULL, 0};
    gap.gap = true;
    gap.missing = missing;
    cx_emit_stream(out, &pipe, gap.bytes, &gap);
}

void cx_smb_data(cx_smb_state *s, uint64_t file, cx_slice data, size_t len, const cx_chunk *in,
                 cx_emit *out)
{
    if (!file)
        file = NOT_KNOWN;
    uint32_t i = pipe_of(s, file);
    if (i == CX_SMB_PIPES) {
        if (!cx_smb_looks_like_rpc(data))
            return;
        for (i = 0; i < CX_SMB_PIPES && s->pipe[i].file; i++)
            ;
        if (i == CX_SMB_PIPES) {
            i = s->next_pipe;
            s->next_pipe = (s->next_pipe + 1) % CX_SMB_PIPES;
        }
        s->pipe[i].file = file;
        s->pipe[i].number = ++s->n_opened;
    }
    if (file == NOT_KNOWN) /* nor is it what the data before it belonged to */
        tell_gap(s, i, UINT64_MAX, in, out);
    hand_on(s, i, data, in, out);
    if (in->cut && data.len < len)
        tell_gap(s, i, len - data.len, in, out);
}

void cx_smb_closed(cx_smb_state *s, uint64_t file)
{
    uint32_t i = pipe_of(s, file);
    if (i < CX_SMB_PIPES)
        s->pipe[i].file = 0;
}

void cx_smb_lost(const cx_smb_state *s, const cx_chunk *in, cx_emit *out)
{
    for (uint32_t i = 0; i < CX_SMB_PIPES; i++)
        if (s->pipe[i].file)
            tell_gap(s, i, UINT64_MAX, in, out);
}

/* ---- requests whose answers do not name their file ---- */

void cx_smb_expect(cx_smb_state *s, uint64_t request, uint64_t file)
{
    uint32_t i = 0;
    if (!cx_smb_is_pipe(s, file))
        return;
    while (i < CX_SMB_PENDING && !(s->pending[i].file && s->pending[i].request == request))
        i++;
    if (i == CX_SMB_PENDING) {
        i = s->next_pending;
        s->next_pending = (s->next_pending + 1) % CX_SMB_PENDING;
    }
    s->pending[i].request = request;
    s->pending[i].file = file;
}

uint64_t cx_smb_expected(const cx_smb_state *s, uint64_t request)
{
    for (uint32_t i = 0; i < CX_SMB_PENDING; i++)
        if (s->pending[i].file && s->pending[i].request == request)
            return s->pending[i].file;
    return 0;
}
