/* Members of a JSON object, written one after the other and checked once: a put that finds no
 * memory is remembered, members_end then gives NULL. What does not apply is left out, never null.
 */
#pragma once

#include "event/event.h"

#include <jansson.h>

typedef struct cx_members {
    json_t *o;
    bool failed;
} cx_members;

cx_members cx_members_new(void);

/* The object, or NULL when something failed. */
json_t *cx_members_end(cx_members *m);

/* Takes value over; NULL means that there was no memory for it. */
void cx_members_put(cx_members *m, const char *key, json_t *value);
void cx_members_number(cx_members *m, const char *key, uint64_t n);
void cx_members_bool(cx_members *m, const char *key, bool b);
void cx_members_string(cx_members *m, const char *key, const char *text);   /* NULL: left out */
void cx_members_slice(cx_members *m, const char *key, cx_slice text);       /* absent: left out */
void cx_members_addr(cx_members *m, const char *key, const cx_endpoint *e); /* family 0: left out */
void cx_members_ms(cx_members *m, const char *key,
                   int64_t ns); /* milliseconds, to 1 us; < 0: left out */
void cx_members_hex(cx_members *m, const char *key, uint32_t n, int digits); /* "0x002f" */

/* Appends to an array that is being built; value is taken over. */
void cx_members_item(cx_members *m, json_t *array, json_t *value);

/* The members of each kind (event_json_*.c). False: the event is for correlation only. */
bool cx_event_json_tls(cx_members *m, const cx_ev_tls *e);
void cx_event_json_sip(cx_members *m, const cx_ev_sip *e);
void cx_event_json_ntlm(cx_members *m, const cx_ev_ntlm *e);
void cx_event_json_dns(cx_members *m, const cx_ev_dns *e);
void cx_event_json_krb(cx_members *m, const cx_event *event);
void cx_event_json_http(cx_members *m, const cx_ev_http *e);
void cx_event_json_logon(cx_members *m, const cx_ev_logon *e);
