/* Which request a response answers, and what that makes of the tokens in it. Responses carry
 * neither method nor number: they come in the order of the requests (RFC 9112 9.3). */
#pragma once

#include "base/limits.h"
#include "dissectors/http_report.h"

/* What follows the message when the other side agrees. */
typedef enum cx_http_switch {
    CX_HTTP_STAYS,
    CX_HTTP_TUNNEL,    /* any protocol: CONNECT, TLS (RFC 2817) */
    CX_HTTP_WEBSOCKET, /* RFC 6455 */
    CX_HTTP_OTHER_PROTOCOL
} cx_http_switch;

/* What a response needs to know of its request. */
typedef struct cx_http_exchange {
    const char *method_name; /* static; NULL: not known */
    const char *mechanism[CX_HTTP_SCOPES];
    uint8_t step[CX_HTTP_SCOPES]; /* cx_http_step */
    uint8_t method;               /* cx_http_method */
    uint8_t asks;                 /* cx_http_switch */
    uint64_t frame;               /* where it ended */
    bool wanted;                  /* the rules need it, and so its answer */
} cx_http_exchange;

/* Requests without an answer, the oldest first. */
typedef struct cx_http_queue {
    cx_http_exchange waiting[CX_MAX_HTTP_PIPELINE];
    uint32_t first, n;
    uint32_t beyond;  /* requests behind those, that did not fit */
    bool lost_before; /* requests were lost: what waits has been answered, or is no longer known */
    bool lost_after;  /* responses were lost: the next one answers the latest request */
    bool replied;     /* a response was seen */
} cx_http_queue;

void cx_http_queue_put(cx_http_queue *q, const cx_http_exchange *x);

/* The request that the response which begins now answers. False: not known, *ret is zeroed. */
bool cx_http_queue_take(cx_http_queue *q, cx_http_exchange *ret);

/* Requests, or responses, were lost. */
void cx_http_queue_lost(cx_http_queue *q, bool responses);

/* Adds to r the logons that a final response to x decides (MS-NTHT 2.2.4, RFC 4559 5): 401, or 407
 * of a proxy, without a token to go on from is a refusal, all else is success. */
void cx_http_logons(const cx_http_exchange *x, uint16_t status, const cx_http_auth *auth,
                    cx_http_report *r);
