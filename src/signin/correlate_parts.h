/* What the files of the correlator share: correlate.c (attempts and their ends), correlate_dns.c,
 * correlate_conn.c, correlate_sip.c and correlate_logon.c (which attempt an event of that kind
 * belongs to). */
#pragma once

#include "signin/client.h"
#include "signin/conn.h"
#include "signin/correlate.h"
#include "signin/fetch.h"
#include "signin/flow_map.h"
#include "signin/issuers.h"

#define MAX_CONNS     128u /* connections kept of one attempt; the rest is counted */
#define MAX_REGISTERS 256u /* REGISTER transactions kept of one attempt */
#define MAX_LOOKUPS   128u /* lookups kept of one attempt */
#define MAX_WEB_KEPT                                                                               \
    16u                                /* healthy TLS sessions to port 443 kept for a capture      \
                                          that holds nothing else */
#define SIGN_OUTS  16u                 /* sign-outs that wait for their answer at a time */
#define ANSWERED   64u                 /* latest transactions whose answer ended a sign-in */
#define REGISTERED 64u                 /* latest sign-ins whose Call-ID is remembered */
#define SWEEP_NS   INT64_C(1000000000) /* how often idle attempts are looked for */

/* Sign-ins of unknown users wait, so that who tries names (12 within moments) is known for it
 * before the first of them is told. */
#define HOLD_NS INT64_C(3000000000)
#define MAX_HELD                                                                                   \
    256u /* of all clients; more are told at once, and so are those that may repeat                \
          */

/* Until then a connection whose REGISTER has no answer may show that it had one: the next packet of
 * the server stands behind it. Keep-alives come more often. */
#define SILENT_NS INT64_C(180000000000)

/* Ports of SIP and edge servers that were seen to accept, of any client: by hash of the address,
 * the later one stays. */
#define OPEN_SLOTS 1024u

/* A connection of SIP or of an edge server that opened. */
typedef struct reached {
    cx_endpoint client, server;
    cx_evidence at;
} reached;

#define REACHED       128u /* latest that are remembered, of any client */
#define REACHED_TRIES 8u   /* connections of an attempt that are looked up there */

#define CX_PARTNERS 64u /* latest domains whose federation record was asked for, by any host */

#define TUNNELS 32u /* latest CONNECTs that are remembered, of any client */

struct cx_correlator {
    cx_hints hints;
    cx_attempt_sink sink;
    cx_clients *clients;
    cx_flow_map flows;
    cx_attempt **open; /* all that are open, in order of their beginning */
    uint32_t n_open, cap_open;
    uint32_t n_held, n_repeating;  /* of them */
    cx_attempt *web[MAX_WEB_KEPT]; /* decided, told only when nothing else was found */
    uint32_t n_web;
    cx_attempt *last;  /* told at the end of the capture: the latest (cx_attempt.before) */
    bool told, ending; /* ending: of the capture */
    int64_t now_ns, next_sweep_ns;
    cx_correlate_stats stats;
    cx_open_port open_port[OPEN_SLOTS];
    cx_issuers *issuers;
    cx_tunnel tunnel[TUNNELS]; /* ring */
    uint32_t tunnel_flow[TUNNELS];
    uint32_t next_tunnel;
    cx_partner partner[CX_PARTNERS]; /* ring */
    uint32_t next_partner;
    reached reached[REACHED]; /* ring */
    uint32_t next_reached;
    uint64_t dns_seen;
    uint32_t two_way, one_way;      /* TCP conversations in which both sides, or one alone, spoke */
    uint64_t signed_out[SIGN_OUTS]; /* hashes of the latest sign-out transactions: their answers are
                                       no sign-ins either */
    uint32_t next_signed_out;
    uint64_t answered[ANSWERED]; /* hashes of those transactions: over UDP their messages may come
                                    again (RFC 3261 17.2.2) */
    uint32_t next_answered;
    uint64_t registered[REGISTERED]; /* hashes of client and Call-ID of the latest sign-ins */
    uint32_t next_registered;
    cx_exchange *oldest_exchange, *newest_exchange; /* of all clients, that may still go on */
    /* The latest SIP message with gssapi-data: the NTLM event that follows belongs to it. */
    struct {
        uint64_t frame;
        uint32_t flow;
        cx_attempt *attempt;
        uint32_t reg;
    } sip_now;
};

/* ---- correlate.c ---- */

/* A new open attempt of this client that begins with e. NULL: no memory. */
cx_attempt *cx_correlate_attempt(cx_correlator *c, cx_client *client, const cx_event *e);

/* Frees a, which became a part of another one, and tells nothing. */
void cx_correlate_drop(cx_correlator *c, cx_client *client, cx_attempt *a);

/* The attempt had a packet at the time of e. */
void cx_correlate_touch(cx_attempt *a, const cx_event *e);

bool cx_correlate_has_lookup(const cx_attempt *a, const cx_lookup *l);

/* Takes a reference of its own; what is over the cap is left out. */
void cx_correlate_add_lookup(cx_attempt *a, cx_lookup *l);

/* The attempt that takes one more connection: a, or a new one when a is full. A client that
 * connects without end (health probes) would never fall silent. */
cx_attempt *cx_correlate_with_room(cx_correlator *c, cx_client *client, cx_attempt *a,
                                   const cx_event *e);

/* A connection of attempt a for the conversation of e. NULL: no memory. */
cx_conn *cx_correlate_add_conn(cx_correlator *c, cx_attempt *a, const cx_event *e);

/* Decides a, and frees it, when its result is on the wire and its connections are closed. */
void cx_correlate_decide_if_over(cx_correlator *c, cx_attempt *a);

/* The record of the client with this address, or NULL: no memory. */
cx_client *cx_correlate_client(cx_correlator *c, const cx_endpoint *address);

/* Room for one more of the *cap items of size bytes, n of them in use. False: no memory. */
bool cx_correlate_grow(void **items, size_t size, uint32_t n, uint32_t *cap);

/* ---- correlate_dns.c ---- */

void cx_correlate_dns(cx_correlator *c, const cx_event *e);

/* The open attempt of client for this SIP domain, or for it with a DNS suffix behind, which is then
 * renamed; NULL: none. */
cx_attempt *cx_correlate_for_domain(const cx_client *client, cx_slice domain);

/* LLMNR and NetBIOS names: remembered for the connections that they may lead to. */
void cx_correlate_local_name(cx_correlator *c, const cx_event *e);

/* ICMP that quotes a DNS query: nobody listens at the resolver. */
void cx_correlate_icmp(cx_correlator *c, const cx_event *e);

/* A TCP connection to port 53 that never opened: what a truncated answer asks for is not to be had.
 */
void cx_correlate_dns_over_tcp(cx_correlator *c, const cx_event *e);

/* ---- correlate_conn.c ---- */

/* TCP, TLS, gaps: everything that belongs to a connection and not to one REGISTER. */
void cx_correlate_connection(cx_correlator *c, const cx_event *e);

/* A connection of a goes to the host of server. */
void cx_correlate_note_server(cx_attempt *a, const cx_endpoint *server);

/* a has a connection to the host of server. */
bool cx_correlate_goes_to(const cx_attempt *a, const cx_endpoint *server);

/* The answers of attempt a lead to this server: an SRV target's address on its port, or the address
 * of a host name that is no autodiscover name, on a port of SIP. */
bool cx_correlate_led_to(const cx_attempt *a, const cx_client *client, const cx_endpoint *server);

/* Marks the connections of a, one of client's, that its other address opened by the other family.
 */
void cx_correlate_other_family(cx_correlator *c, const cx_client *client, cx_attempt *a);

/* What a finds on its server may say why its client came again: a connection before was dropped. */
void cx_correlate_dropped(cx_correlator *c, cx_client *client, cx_attempt *a);

/* Where it is kept whether this port was seen to accept; may hold another server. */
cx_open_port *cx_correlate_open_port(cx_correlator *c, const cx_endpoint *server);

/* ---- correlate_http.c ---- */

/* Requests to proxies and to the web service that a challenge names, and what is asked about
 * certificates. */
void cx_correlate_http(cx_correlator *c, const cx_event *e);

/* Gives a the tunnels to ports at which its connections got no answer. */
void cx_correlate_tell_tunnels(const cx_correlator *c, cx_attempt *a);

/* ---- federation.c ---- */

/* DNS: whether a domain has a federation record. */
void cx_correlate_partner(cx_correlator *c, const cx_event *e);

/* A response behind the sign-in of a: whether it says that a partner cannot be found. */
void cx_correlate_refused_partner(cx_attempt *a, const cx_event *e);

/* Gives a what DNS said of that partner. */
void cx_correlate_tell_partner(cx_correlator *c, cx_attempt *a);

/* ---- correlate_discover.c ---- */

/* TCP and TLS on ports of HTTP: whether they are those of an autodiscover service. */
void cx_correlate_discover(cx_correlator *c, const cx_event *e);

/* A request to autodiscover, or an answer to one. */
void cx_correlate_discover_http(cx_correlator *c, const cx_event *e);

/* ---- correlate_sip.c ---- */

void cx_correlate_sip(cx_correlator *c, const cx_event *e);

/* NTLM in gssapi-data: follows the event of its SIP message. */
void cx_correlate_ntlm(cx_correlator *c, const cx_event *e);

/* ---- correlate_logon.c ---- */

/* NTLM outside of SIP, Kerberos, and how a logon ended. */
void cx_correlate_logon(cx_correlator *c, const cx_event *e);

/* What the connection of an exchange shows; its end is that of the exchange. */
void cx_correlate_logon_connection(cx_correlator *c, const cx_event *e);

/* Ends the exchanges that were silent for long, or all of them. */
void cx_correlate_logon_sweep(cx_correlator *c, bool all);

/* a signs in as user with NTLM: what Kerberos servers refused that user before is a part of it. */
void cx_correlate_logon_falls_back(cx_correlator *c, cx_client *client, cx_attempt *a,
                                   cx_slice user);

/* a is about to be freed: its exchanges do not go on. */
void cx_correlate_logon_leave(cx_correlator *c, cx_attempt *a);
