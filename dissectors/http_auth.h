/* Challenges and credentials of HTTP (RFC 9110 11, RFC 4559, MS-NTHT 2.2). */
#pragma once

#include "base/arena.h"
#include "dissectors/http_message.h"

/* How far an exchange is with a token of the client. */
typedef enum cx_http_step {
    CX_HTTP_STEP_NONE,  /* no token */
    CX_HTTP_STEP_FIRST, /* asks for a challenge: nothing is decided by its answer */
    CX_HTTP_STEP_FINAL  /* an NTLM AUTHENTICATE, a Kerberos AP-REQ, a reply of SPNEGO: the answer
                         * says  whether it was accepted */
} cx_http_step;

enum { CX_HTTP_ORIGIN, CX_HTTP_PROXY, CX_HTTP_SCOPES };

typedef struct cx_http_auth {
    cx_slice tokens[CX_HTTP_MAX_AUTH_LINES]; /* of NTLM, Negotiate, Nego2, Kerberos; decoded */
    uint8_t token_scope[CX_HTTP_MAX_AUTH_LINES];
    uint32_t n_tokens;
    cx_slice offered[CX_HTTP_MAX_AUTH]; /* schemes, each once */
    uint32_t n_offered;
    cx_slice used;                 /* scheme of the credentials */
    bool of_scope[CX_HTTP_SCOPES]; /* are there headers of it? */
    bool bad_token;                /* one is not Base64, at least from some place on */
    /* by scope: */
    cx_http_step step[CX_HTTP_SCOPES];     /* of the credentials */
    const char *mechanism[CX_HTTP_SCOPES]; /* "ntlm", "kerberos", or NULL: its token does not say */
    bool goes_on[CX_HTTP_SCOPES]; /* a challenge with a token that does not refuse: the client may
                                   * go on */
} cx_http_auth;

/* Reads the auth lines of a message. Tokens are in the arena, schemes in the lines. */
void cx_http_auth_read(const cx_http_auth_line *lines, uint32_t n, cx_arena *a, cx_http_auth *ret);
