/* What the files of the SMB dissector share: smb.c (framing), smb1.c and smb2.c (messages). */
#pragma once

#include "base/cursor.h"
#include "flow/dissector.h"

#define CX_SMB_PIPES   16u  /* open pipes that are remembered */
#define CX_SMB_PENDING 16u  /* requests whose answer does not name its file */
#define CX_SMB_USER    128u /* bytes of a user name in UTF-8; Windows allows 104 characters */

typedef struct cx_smb_state {
    struct {
        uint64_t skip; /* bytes of a message that nobody wants */
        bool lost;     /* where messages begin is not known */
    } side[2];
    uint64_t pipe[CX_SMB_PIPES]; /* files that carry DCE/RPC, ring */
    uint32_t next_pipe;
    struct {
        uint64_t request, file; /* message id (SMB1: multiplex id), file */
    } pending[CX_SMB_PENDING];
    uint32_t next_pending;
    /* SMB1 without extended security: who logs on, until the answer */
    bool plain;
    uint8_t user[CX_SMB_USER], domain[CX_SMB_USER];
    uint8_t user_len, domain_len;
} cx_smb_state;

/* Is the whole message wanted? head: its first bytes, at least 36 of them or all there are. */
bool cx_smb1_wants(const cx_smb_state *s, cx_slice head);
bool cx_smb2_wants(const cx_smb_state *s, cx_slice head);

/* A whole message, from its protocol id on. */
void cx_smb1_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out);
void cx_smb2_message(cx_smb_state *s, cx_slice m, const cx_chunk *in, cx_emit *out);

/* ---- smb.c: for both ---- */

/* len bytes at offset of the message; absent when they are not within it. */
cx_slice cx_smb_part(cx_slice m, size_t offset, size_t len);
uint16_t cx_smb_u16(cx_slice m, size_t offset); /* 0 when it is not within */
uint32_t cx_smb_u32(cx_slice m, size_t offset);
uint64_t cx_smb_u64(cx_slice m, size_t offset);

/* Do these bytes begin like a PDU of DCE/RPC (C706 12.6.3)? */
bool cx_smb_looks_like_rpc(cx_slice data);

bool cx_smb_is_pipe(const cx_smb_state *s, uint64_t file);

/* Data of a file: to DCE/RPC when the file is a pipe, or when the data looks like it. */
void cx_smb_data(cx_smb_state *s, uint64_t file, cx_slice data, const cx_chunk *in, cx_emit *out);

/* The request asks about this file; its answer will not say so. */
void cx_smb_expect(cx_smb_state *s, uint64_t request, uint64_t file);
uint64_t cx_smb_expected(const cx_smb_state *s, uint64_t request); /* 0: not known */

/* How a session setup ended. */
void cx_smb_logon(const cx_chunk *in, cx_emit *out, uint32_t status);
