/* What the lookups of an attempt came to, in the terms that the DNS rules share. */
#pragma once

#include "rules/judging.h"

/* A connection got as far as a server that answered: TLS or SIP was spoken. */
bool cx_dns_reached_a_server(const cx_attempt *a);

/* A connection to a host that discovery or the person named, the bare SIP domain left out. */
bool cx_dns_tried_named_host(const cx_attempt *a);

/* The client is not through with the names of discovery: those that it tries last have no answer,
 * or it is on a connection that opened or is about to. */
bool cx_dns_has_next_name(const cx_attempt *a);

/* A connection that this SRV target led to. */
bool cx_dns_tried_target(const cx_attempt *a, cx_slice target);

/* The A and AAAA lookups of a name within the attempt. */
typedef struct cx_dns_host_state {
    const cx_lookup *a, *aaaa;
    bool positive, negative, error; /* negative: asked, and every answer says no */
} cx_dns_host_state;

cx_dns_host_state cx_dns_host(const cx_attempt *a, cx_slice name);

/* "NXDOMAIN", "SERVFAIL", "no answer", … */
const char *cx_dns_said(const cx_lookup *l);

/* Adds the lookup's answer, or its question, to the proofs. */
void cx_dns_show(cx_judging *j, cx_finding *f, const cx_lookup *l);

/* "a, b, c" of the names of the lookups that fit, each once, as a parameter of the finding. */
void cx_dns_name_list(cx_judging *j, cx_finding *f, const char *param,
                      bool (*fits)(const cx_lookup *));
