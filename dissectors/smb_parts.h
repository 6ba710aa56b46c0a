/* What the files of the SMB dissector share: smb.c (framing), smb_state.c (session setups and pipes
 * that go on), smb1.c and smb2.c (messages). */
#pragma once

#include "base/cursor.h"
#include "flow/dissector.h"

#define CX_SMB_SETUPS  8u   /* session setups that go on at a time, of several users */
#define CX_SMB_PIPES   16u  /* open pipes that are remembered */
#define CX_SMB_PENDING 16u  /* requests whose answer does not name its pipe */
#define CX_SMB_USER    128u /* bytes of a user name in UTF-8; Windows allows 104 characters */

typedef struct cx_smb_setup {
    uint64_t request; /* the latest: message id (SMB1: process and multiplex id) */
    uint64_t session; /* id of the session (SMB1: user id); 0: not known yet */
    bool going;
    bool asked;  /* the request has no answer yet */
    bool nobody; /* SMB1 without tokens: asks for a null session */
} cx_smb_setup;

typedef struct cx_smb_state {
    struct {
        uint64_t skip; /* bytes of a message that nobody wants */
        bool lost;     /* where messages begin is not known */
    } side[2];
    cx_smb_setup setup[CX_SMB_SETUPS];
    uint32_t next_setup;
    struct {
        uint64_t file, number; /* file 0: free; number: which of the pipes opened so far it is */
    } pipe[CX_SMB_PIPES];
    uint32_t next_pipe;
    uint64_t n_opened;
    struct {
        uint64_t request, file; /* file 0: free */
    } pending[CX_SMB_PENDING];
    uint32_t next_pending;
    /* SMB1 without tokens: who logs on, until the answer */
    uint32_t plain; /* 1 + its setup; 0: none */
    uint8_t user[CX_SMB_USER], domain[CX_SMB_USER];
    uint8_t user_len, domain_len;
} cx_smb_state;

/* Is the whole message wanted? head: its first bytes, at least 36 of them or all there are. */
bool cx_smb1_wants(const cx_smb_state *s, cx_slice head);
bool cx_smb2_wants(const cx_smb_state *s, cx_slice head);

/* A message from its protocol id on, whole or as far as the capture has it; at least 32 bytes. */
void cx_smb1_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out);
void cx_smb2_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out);

/* ---- bytes of a message ---- */

static inline uint16_t cx_smb_u16(cx_slice m, size_t offset) /* 0 when it is not within */
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(m, offset, 2), CX_MALFORMED);
    return cx_le16(&c);
}

static inline uint32_t cx_smb_u32(cx_slice m, size_t offset)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(m, offset, 4), CX_MALFORMED);
    return cx_le32(&c);
}

static inline uint64_t cx_smb_u64(cx_slice m, size_t offset)
{
    cx_cursor c = cx_cursor_over(cx_slice_sub(m, offset, 8), CX_MALFORMED);
    return cx_le64(&c);
}

/* ---- smb_state.c ---- */

/* Which setup the request continues, or begins; and to which the response belongs. */
uint32_t cx_smb_setup_request(cx_smb_state *s, uint64_t request, uint64_t session);
uint32_t cx_smb_setup_response(cx_smb_state *s, uint64_t request, uint64_t session);

/* The token of a setup, which may be empty. */
void cx_smb_token(uint32_t setup, cx_slice token, const cx_chunk *in, cx_emit *out);

/* How a setup ended; the carrier is filled in. */
void cx_smb_logon(cx_smb_state *s, uint32_t setup, cx_ev_logon logon, const cx_chunk *in,
                  cx_emit *out);

/* Do these bytes begin like a PDU of DCE/RPC (C706 12.6.3)? */
bool cx_smb_looks_like_rpc(cx_slice data);

bool cx_smb_is_pipe(const cx_smb_state *s, uint64_t file);

/* Data of a file (0: it is not known which), len bytes, of which the capture may have less: to
 * DCE/RPC when the file is a pipe, or when the data looks like it. */
void cx_smb_data(cx_smb_state *s, uint64_t file, cx_slice data, size_t len, const cx_chunk *in,
                 cx_emit *out);

/* The next file with this id is another one. */
void cx_smb_closed(cx_smb_state *s, uint64_t file);

/* Messages were lost: the pipes may lack data in this direction. */
void cx_smb_lost(const cx_smb_state *s, const cx_chunk *in, cx_emit *out);

/* The request asks about this file, if it is a pipe; its answer will not say so. */
void cx_smb_expect(cx_smb_state *s, uint64_t request, uint64_t file);
uint64_t cx_smb_expected(const cx_smb_state *s, uint64_t request); /* 0: not known */
