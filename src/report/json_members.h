/* JSON that is made member by member: as a tree of jansson, for who reads it again, or at once as
 * text, for who writes it out, which takes a third of the time. It is checked once, at its end:
 * where something failed before, there is nothing. What does not apply is left out, never null.
 *
 * key: the name of the member, of this program; NULL: an item of the list that is open. */
#pragma once

#include "event/event.h"
#include "report/json_out.h"

#include <jansson.h>

#define CX_MEMBERS_DEPTH 8 /* objects and lists in each other */

typedef struct cx_members {
    json_t *open[CX_MEMBERS_DEPTH]; /* of a tree; the last one is owned by those before it */
    uint32_t depth;
    cx_json_writer *text; /* NULL: a tree */
    bool failed;
} cx_members;

/* An object is open: of a tree, or behind what w holds. */
cx_members cx_members_tree(void);
cx_members cx_members_text(cx_json_writer *w);

/* Closes it. The tree, NULL when something failed; always NULL for text, whose writer tells at its
 * end. */
json_t *cx_members_end(cx_members *m);

void cx_members_open(cx_members *m, const char *key);
void cx_members_close(cx_members *m);
void cx_members_open_list(cx_members *m, const char *key);
void cx_members_close_list(cx_members *m);

void cx_members_number(cx_members *m, const char *key, uint64_t n);
void cx_members_integer(cx_members *m, const char *key, int64_t n);
void cx_members_bool(cx_members *m, const char *key, bool b);
void cx_members_string(cx_members *m, const char *key, const char *text);   /* NULL: left out */
void cx_members_slice(cx_members *m, const char *key, cx_slice text);       /* absent: left out */
void cx_members_addr(cx_members *m, const char *key, const cx_endpoint *e); /* family 0: left out */
void cx_members_time(cx_members *m, const char *key, int64_t ts_ns, int digits);
void cx_members_ms(cx_members *m, const char *key,
                   int64_t ns); /* milliseconds, to 1 us; < 0: left out */
void cx_members_hex(cx_members *m, const char *key, uint32_t n, int digits); /* "0x002f" */

/* Takes value over; NULL means that there was no memory for it. */
void cx_members_put(cx_members *m, const char *key, json_t *value);

/* The members of each kind of event (event_json_*.c). */
void cx_event_json_tls(cx_members *m, const cx_ev_tls *e);
void cx_event_json_sip(cx_members *m, const cx_ev_sip *e);
void cx_event_json_ntlm(cx_members *m, const cx_ev_ntlm *e);
void cx_event_json_dns(cx_members *m, const cx_ev_dns *e);
void cx_event_json_krb(cx_members *m, const cx_event *event);
void cx_event_json_http(cx_members *m, const cx_ev_http *e);
void cx_event_json_logon(cx_members *m, const cx_ev_logon *e);

/* Is the message one that the interface names? Others are for correlation only. */
bool cx_event_json_tls_has(const cx_ev_tls *e);
