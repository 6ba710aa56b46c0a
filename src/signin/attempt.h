/* The facts of one client's try to sign in, as rules read them: its lookups, its connections with
 * what TLS and SIP showed on each, its REGISTER transactions, and the outcome. */
#pragma once

#include "event/event.h"
#include "signin/names.h"

/* ---- Lookups ---- */

/* The better answer has the higher number. */
typedef enum cx_lookup_state {
    CX_LOOKUP_UNANSWERED,
    CX_LOOKUP_UNREACHABLE, /* ICMP: nothing listens at the resolver */
    CX_LOOKUP_ERROR,       /* SERVFAIL, REFUSED, … */
    CX_LOOKUP_NXDOMAIN,
    CX_LOOKUP_NODATA,     /* the name exists, not with this type (RFC 2308 2.2) */
    CX_LOOKUP_UNREADABLE, /* there are records, which the snap length cut off */
    CX_LOOKUP_POSITIVE
} cx_lookup_state;

typedef struct cx_srv_record {
    uint16_t priority, weight, port;
    cx_slice target; /* "." : the service is not offered (RFC 2782) */
    bool glue;       /* its address came in the additional section */
} cx_srv_record;

#define CX_LOOKUP_ADDRESSES 16
#define CX_LOOKUP_NAME      56 /* bytes of a name, with its NUL, that need no memory of their own */

/* All tries of one client to ask one question, and the best answer. Counted references: the
 * client's record and each attempt that it belongs to hold one. */
typedef struct cx_lookup {
    /* what it takes to forget it: the first line of the cache; to find it: the next two */
    uint32_t index; /* in the pool, which has these bytes of a free record */
    uint32_t refs;  /* 0: it is free */
    struct cx_pool *pool;
    struct cx_client *owner; /* who remembers it, and in which place; NULL: nobody any more */
    struct cx_lookup *older, *newer; /* among those that all clients remember */
    uint32_t place;
    uint32_t n_srv;
    cx_srv_record *srv;   /* by priority, then in message order; owned, with their targets */
    cx_endpoint *address; /* at most CX_LOOKUP_ADDRESSES; owned, or only */
    cx_slice name;        /* as asked first; NUL-terminated, in room or owned */
    cx_slice alias;       /* first CNAME target; owned */
    uint16_t type;
    uint8_t rcode;
    bool like_sip;     /* cx_name_looks_like_sip */
    cx_event_kind via; /* CX_EV_DNS, or CX_EV_LLMNR or CX_EV_NBNS: asked on the local link */
    cx_lookup_state state;
    cx_name_role role;
    uint32_t n_addresses;
    uint32_t tries; /* queries seen */
    bool truncated;
    bool whole;       /* a readable answer that was not truncated came */
    bool cut;         /* some records of the answer that counts cannot be read */
    bool part;        /* some of its answer section among them */
    bool claimed;     /* its query is the first packet of an attempt */
    bool tcp_refused; /* by RST; else it was silent or unreachable */
    uint8_t room[CX_LOOKUP_NAME];
    cx_slice domain; /* D of a discovery name, inside name */
    cx_evidence query, last_query;
    cx_evidence answer;   /* the one that counts; frame 0: none */
    cx_endpoint resolver; /* who was asked last */
    cx_endpoint answered_by;
    cx_endpoint only;     /* where there is one address, as nearly always */
    cx_evidence fragment; /* the first IP fragment of an answer; frame 0: none */
    cx_evidence conflict; /* a good answer that shares nothing with the one kept; frame 0: none */
    cx_endpoint conflict_by;
    cx_evidence tcp_failed; /* truncated answer, and DNS over TCP to the resolver failed */
} cx_lookup;

/* The name was found, though the records may be unreadable. */
static inline bool cx_lookup_found(const cx_lookup *l)
{
    return l->state >= CX_LOOKUP_UNREADABLE;
}

static inline bool cx_lookup_negative(const cx_lookup *l)
{
    return l->state == CX_LOOKUP_NXDOMAIN || l->state == CX_LOOKUP_NODATA;
}

/* ---- Connections ---- */

typedef enum cx_conn_outcome {
    CX_CONN_TRYING, /* SYN seen, nothing decided */
    CX_CONN_REFUSED,
    CX_CONN_TIMEOUT,
    CX_CONN_UNREACHABLE,
    CX_CONN_HALF_OPEN,
    CX_CONN_ESTABLISHED,
    CX_CONN_MID /* met without its start, or UDP */
} cx_conn_outcome;

typedef enum cx_conn_end { CX_END_NONE, CX_END_OPEN, CX_END_CLOSED, CX_END_RESET } cx_conn_end;

/* What was seen of TLS on a connection. Events are copies in the connection's arena. */
typedef struct cx_conn_tls {
    const cx_event *client_hello, *server_hello, *server_cert, *client_cert, *cert_request;
    cx_evidence hello_cut; /* a ClientHello of which the capture holds the beginning alone */
    cx_evidence server_hello_done, client_key_exchange;
    cx_evidence change_cipher[2], finished[2], app_data[2], encrypted_alert[2];
    const cx_event
        *alert[2];       /* first alert by direction that is not close_notify, fatal preferred */
    cx_ocsp ocsp;        /* what was said of the server's leaf */
    cx_evidence ocsp_at; /* frame 0: nothing */
    bool ocsp_fetched;   /* by a responder that the client asked, else by the server itself */
    bool close_notify[2];
    bool opened;           /* messages of the encrypted handshake of TLS 1.3 were read */
    bool data_read;        /* data was deciphered */
    bool client_refused13; /* TLS 1.3: the client's first protected record is an alert */
} cx_conn_tls;

/* How the name that the client wanted was learned, best first (signin-failures 6.1). */
typedef enum cx_name_source {
    CX_NAME_TYPED, /* --server */
    CX_NAME_SNI,
    CX_NAME_SRV_TARGET,
    CX_NAME_LOOKUP,   /* owner of the A or AAAA question that gave the address */
    CX_NAME_REDIRECT, /* Contact of a 3xx */
    CX_NAME_ADDRESS   /* nothing but the address */
} cx_name_source;

/* The certificate of an authority between leaf and root, as some server of the capture sent it. */
typedef struct cx_issuer_seen {
    cx_evidence at; /* frame 0: not seen */
    cx_endpoint server;
    bool taken; /* a client used a connection that showed it */
} cx_issuer_seen;

#define CX_ISSUER_NAMES 4

/* Servers of unrelated domains whose certificates have the same issuer. */
typedef struct cx_issuer_names {
    uint32_t n;
    struct {
        cx_evidence at; /* its Certificate message */
        char name[64];
    } of[CX_ISSUER_NAMES];
} cx_issuer_names;

#define CX_MAX_WANTED 8

typedef struct cx_wanted {
    cx_slice name;
    cx_name_source source;
} cx_wanted;

/* Who put a candidate on the client's list, best first: decides whose failure is the cause
 * (signin-failures 11, point 5). */
typedef enum cx_named_by {
    CX_NAMED_SERVER, /* a redirect: the sign-in had come this far */
    CX_NAMED_PERSON, /* typed, or a name or address that no discovery gave: manual configuration */
    CX_NAMED_ZONE,   /* an SRV answer */
    CX_NAMED_HOST,   /* sip.D and its like, where they exist in the zone */
    CX_NAMED_GUESS   /* the SIP domain itself, or unknown beside discovery */
} cx_named_by;

/* What a server asks of its peer on a connection of a trunk: OPTIONS again and again, and calls. */
typedef struct cx_trunk {
    const cx_event *first; /* first OPTIONS of the client; NULL: none */
    uint32_t options;      /* how many */
    cx_evidence last;
    const cx_event *call; /* first INVITE of the client; NULL: none */
    bool accepted;        /* something was answered 2xx */
    uint16_t status;      /* of the first other final answer; 0: none */
    cx_evidence refused;
} cx_trunk;

typedef struct cx_conn {
    uint32_t flow, stream;
    cx_endpoint client, server;
    bool udp;
    uint32_t order;    /* 0, 1, … within the attempt, in time */
    cx_evidence first; /* first packet that was seen to belong to it */
    int64_t last_ns;
    cx_conn_outcome outcome;
    cx_conn_end end;
    cx_evidence connected;
    bool passed_on; /* a user of another attempt registers on it now: what follows is told there */
    bool answer_unseen; /* connected, but the SYN-ACK is not in the capture: so nothing says whether
                           the server's first bytes are */
    cx_ev_tcp tcp;      /* from the latest TCP event; zero for UDP */
    cx_tcp_silence silence; /* the longest */
    cx_evidence ended;      /* FIN or RST that ended it */
    cx_evidence data[2];    /* first payload by direction */
    cx_evidence large;      /* first segment that is larger than its receiver takes */
    bool gap[2];            /* bytes of this direction are missing, or were acknowledged unseen */
    cx_evidence sip[2];     /* first SIP message by direction */
    cx_evidence compressed; /* 200 to NEGOTIATE: SIP is compressed from here on (MS-SIPCOMP 3.1) */
    cx_evidence malformed[2];
    cx_trunk trunk; /* over TCP and TLS */
    cx_conn_tls tls;
    cx_wanted wanted[CX_MAX_WANTED];
    uint32_t n_wanted;
    const cx_lookup *srv; /* SRV answer that led here, and which of its records */
    uint32_t srv_index;
    const cx_lookup *host; /* A or AAAA answer that gave the address */
    cx_named_by named_by;
    bool ticket;          /* leads to the web service that a challenge names (sts-uri) */
    uint16_t http_status; /* of its latest response, where it could be read; 0: none */
    cx_evidence http;
    cx_slice tunnel; /* server is an HTTP proxy: the target of CONNECT, "sip.contoso.com:443" */
    uint16_t tunnel_status; /* the proxy's latest answer to it; 0: none */
    bool tunnel_auth;       /* credentials were given */
    uint32_t tunnel_tokens; /* requests with a token of an exchange of several (NTLM, Negotiate) */
    cx_evidence tunnel_request, tunnel_last, tunnel_answer; /* the first request, the latest */
    cx_issuer_seen issuer_seen;   /* the issuer that its chain lacks, sent by another server */
    cx_issuer_names issuer_signs; /* names that its leaf's issuer signs elsewhere; n 0: few */
    cx_evidence not_sip;          /* HTTP response where SIP or TLS was said; frame 0: none */
    uint16_t not_sip_status;      /* of it */
    cx_slice not_sip_server;      /* what it calls itself; in arena */
    bool other_family_opened; /* never opened, but the same name opened by IPv4 (or IPv6), under the
                                 client's other address */
    cx_arena arena;
} cx_conn;

/* ---- What a client asks about the certificate of a server ---- */

/* A place that a certificate of an attempt's connection names, and what the client met there. */
typedef struct cx_fetch {
    const cx_conn *conn; /* whose handshake showed the certificate */
    const cx_cert *cert; /* in its event */
    cx_cert_url_kind kind;
    cx_slice url, host, path; /* in the certificate */
    uint16_t port;
    cx_lookup *lookup; /* the client asked for the host and went nowhere; a reference; or NULL */
    uint32_t flow;     /* the latest conversation with the place; 0: none */
    cx_endpoint server;
    cx_conn_outcome outcome;     /* of it; MID: met in its middle, or none */
    cx_evidence first, last_syn; /* first packet to the place; frame 0: none */
    uint32_t syns;
    cx_evidence request, answer; /* HTTP request; response, or RST or ICMP that refused */
    uint16_t status;             /* of the response; 0: none seen */
    bool spoke;                  /* the place sent bytes */
} cx_fetch;

/* ---- REGISTER transactions ---- */

typedef struct cx_register {
    cx_conn *conn;
    const cx_event *request;  /* NULL: only the response was captured */
    const cx_event *response; /* final response, else NULL */
    cx_evidence
        unasked; /* a refusal instead, maybe of a sign-out: what was asked is not in sight */
    const cx_event *ntlm_challenge, *ntlm_authenticate; /* inside response and request */
    cx_evidence first;                                  /* its first message */
    cx_evidence provisional;
    uint32_t sends; /* the request with its retransmissions */
    cx_evidence last_send;
    int64_t answered_ns; /* latest final answer, which may be sent again; 0: none */
    uint32_t unheard;    /* retransmissions that a client does not send that has that answer */
    cx_slice branch, call_id;
    uint32_t cseq;
} cx_register;

/* Answers to Digest challenges that the server refused, one after the other, each given to the
 * fresh challenge of the refusal before it: what a client does that does not ask a person. */
typedef struct cx_digest_chain {
    uint64_t nonce; /* hash of the nonce of the latest challenge; 0: none */
    uint32_t refused;
    cx_evidence at[3];           /* the first refusals */
    cx_evidence latest;          /* the latest, whose challenge this is: */
    char algorithm[16], qop[16]; /* as much of it as fits; "": not given */
    bool alone;                  /* it is the only one of that refusal, and fits */
} cx_digest_chain;

/* What was seen of a sign-in once it had worked, on its connections. Events are copies in the arena
 * of the attempt. */
typedef struct cx_aftermath {
    uint32_t served, unserved; /* SUBSCRIBE and SERVICE within the domain: answered 2xx; answered
                                  503 or 504 */
    int64_t served_ns;         /* the latest of those that were answered 2xx */
    const cx_event *first_unserved, *last_unserved;
    const cx_event *unreached; /* 504 to a request for another domain: its record lacks in DNS */
    const cx_event *ended;     /* NOTIFY or BENOTIFY: the server ends the registration */
    bool signed_out;           /* the client itself did before */
} cx_aftermath;

/* ---- Autodiscover ---- */

typedef enum cx_discover_fate {
    CX_DISCOVER_ASKED,  /* a request that could be read; status is its answer, 0: none yet */
    CX_DISCOVER_HIDDEN, /* TLS that was not opened, or nothing seen: what came of it is unknown */
    CX_DISCOVER_OTHER,  /* TLS with another service on that address */
    CX_DISCOVER_TLS_FAILED,  /* a fatal alert that could be read */
    CX_DISCOVER_REFUSED,     /* the connection was refused, */
    CX_DISCOVER_SILENT,      /* or not answered, */
    CX_DISCOVER_UNREACHABLE, /* or rejected by ICMP */
} cx_discover_fate;

/* One request to the autodiscover service (MS-OCDISCWS), on lyncdiscover.D or where that
 * redirected to, or a connection there that came to nothing. URLs are absolute, with the host in
 * lower case and without default port and fragment; in the arena of the attempt. */
typedef struct cx_discover_try {
    uint32_t flow;
    cx_discover_fate fate;
    cx_endpoint server;
    cx_slice url, host; /* url absent: nothing readable was asked; host: in url, or looked up */
    cx_evidence asked, answered;
    uint16_t status;
    bool by_proxy; /* asked of an HTTP proxy: the status may be its own */
    cx_slice reason;
    cx_slice to, to_host; /* where it sends the client on: by Location of a 3xx, or in the body of a
                             200; absent: nowhere, or nothing that can be used */
} cx_discover_try;

#define CX_MAX_DISCOVER_TRIES 32u /* of one attempt; the rest is left out */

/* ---- NTLM and Kerberos exchanges outside of SIP ---- */

#define CX_EXCHANGE_ERRORS 8

/* One try to authenticate: with a Kerberos server (kdc: an AS or a TGS exchange), or with a service
 * over a carrier (NTLM messages, or a Kerberos ticket, and the result). Events are copies in the
 * arena of conn. */
typedef struct cx_exchange {
    cx_conn *conn;           /* conversation of its first message; owned */
    uint32_t flow;           /* conversation of its latest message */
    uint32_t number;         /* among those that go on at a time there */
    bool kdc, tgs;           /* tgs: asks for the ticket of a service */
    const char *carrier;     /* static; NULL: kdc */
    cx_slice user, domain;   /* as in the request; absent: not seen */
    cx_slice service;        /* Kerberos: sname */
    const cx_event *request; /* KDC: the latest; AP-REQ in a carrier */
    uint32_t requests;
    const cx_event *negotiate, *challenge, *authenticate; /* NTLM */
    const cx_event *error[CX_EXCHANGE_ERRORS]; /* KRB-ERRORs that are no normal step, in order */
    uint32_t n_errors;
    uint32_t answers;           /* KDC: replies and errors of any kind */
    bool told;                  /* KDC: went on as after an answer (25) that was not captured */
    bool aside;                 /* KDC: for a service that was cut off, behind a password that had
                                   expired: a ticket to change it with, for all that is known */
    uint32_t asides;            /* KDC: tickets of that kind that were granted behind this one */
    cx_evidence unread;         /* KDC: the latest KRB-ERROR whose code was cut off */
    const cx_event *reply;      /* KDC: AS-REP, TGS-REP */
    const cx_event *too_long;   /* KDC: the latest answer says: ask over TCP (KRB-ERROR 52) */
    const cx_event *tcp_failed; /* ... and TCP to the same port did not open */
    const cx_event *result;     /* CX_EV_LOGON */
    int64_t last_ns;
    struct cx_attempt *attempt;        /* NULL: not known yet */
    struct cx_exchange *next;          /* among those of the client that may still go on */
    struct cx_exchange *older, *newer; /* among those of all clients, by their beginning */
} cx_exchange;

/* The ticket, or the logon, was granted. */
static inline bool cx_exchange_succeeded(const cx_exchange *x)
{
    return x->reply || (x->result && x->result->u.logon.success);
}

/* Nobody was named and nothing proven (MS-NLMP 3.2.5.1.2): not a logon of a user. */
static inline bool cx_exchange_is_anonymous(const cx_exchange *x)
{
    return x->authenticate && x->authenticate->u.ntlm.response == CX_NTLM_RESPONSE_ANONYMOUS;
}

/* ---- The attempt ---- */

typedef enum cx_attempt_kind { CX_KIND_SIP, CX_KIND_TLS, CX_KIND_LOGON } cx_attempt_kind;

typedef enum cx_attempt_outcome {
    CX_OUT_INCOMPLETE,
    CX_OUT_SUCCESS,
    CX_OUT_FAILURE
} cx_attempt_outcome;

typedef enum cx_configuration {
    CX_CONFIG_UNKNOWN,
    CX_CONFIG_AUTOMATIC,
    CX_CONFIG_MANUAL
} cx_configuration;

/* Another connection of the client that was open, idle for long, and found dead. */
typedef struct cx_dropped {
    uint32_t flow;
    cx_endpoint server;
    cx_tcp_idle idle;    /* resent 0: there is none */
    bool awake;          /* the client sent other packets all that time */
    cx_evidence reached; /* somebody opened a connection to the server before or soon after that
                            data was sent last; frame 0: not seen */
} cx_dropped;

#define CX_MAX_OPEN_PORTS 8

/* A port of SIP or of an edge server that some client of the capture was seen to reach. */
typedef struct cx_open_port {
    cx_endpoint server;
    cx_evidence connected, server_hello;  /* frame 0: not seen */
    cx_evidence answered;                 /* SYN-ACK of that connection */
    uint8_t ttl;                          /* of its server's packets; 0: not seen */
    int64_t rtt_ns;                       /* SYN to SYN-ACK; -1: not seen */
    uint16_t version;                     /* lowest of its ServerHellos; 0: none seen */
    cx_evidence named_hello;              /* ServerHello to a ClientHello with server_name */
    uint16_t named_version, named_cipher; /* of that one */
    uint64_t named_hash;                  /* of its server_name, folded */
} cx_open_port;

#define CX_MAX_TUNNELS 8

/* A tunnel that an HTTP proxy opened, for any client of the capture. */
typedef struct cx_tunnel {
    cx_endpoint client, proxy;
    cx_evidence asked, opened; /* CONNECT; its 2xx, frame 0: none yet */
    char host[64];
    uint16_t port;
} cx_tunnel;

#define CX_SERVER_WORDS 16u /* of 64 bits, for 128 connections at most */

/* What the capture's latest answer to _sipfederationtls._tcp of a domain said. */
typedef struct cx_partner {
    uint64_t domain;     /* hash of its name; 0: none */
    cx_evidence missing; /* the answer: no such record; frame 0: there is one */
    uint16_t rcode;
    cx_endpoint asker;
} cx_partner;

typedef struct cx_attempt {
    struct cx_attempt *before; /* of those that were told at the end of the capture */
    cx_attempt_kind kind;
    bool logon;    /* consists of exchanges alone */
    bool ended;    /* its result is on the wire; only trailing packets still join */
    bool web_only; /* TLS to a host that no discovery led to, on no SIP port */
    bool weak;     /* opened by the lookup of a name that looks like a SIP server's */
    cx_endpoint client;
    cx_evidence first; /* its first packet; frame is the attempt's number */
    int64_t start_ns, last_ns;
    cx_slice user;         /* "sip:alice@contoso.com" from the first REGISTER; owned by arena */
    cx_slice domain;       /* SIP domain: of the user, else of discovery, else of the person */
    cx_slice typed_domain; /* --domain; absent: unknown */
    cx_configuration configuration;
    cx_lookup **lookups; /* in order of the first question */
    uint32_t n_lookups, cap_lookups;
    cx_conn **conns; /* in order of the first packet */
    uint32_t n_conns, cap_conns;
    uint64_t servers[CX_SERVER_WORDS]; /* bits of the addresses that they go to */
    bool opened;                       /* one of them opened */
    cx_fetch *fetches; /* places that the certificates of its connections name; owned */
    uint32_t n_fetches, cap_fetches;
    cx_register *registers; /* in order of the first packet */
    uint32_t n_registers, cap_registers;
    cx_discover_try *tries; /* to autodiscover, in order of their beginning */
    uint32_t n_tries, cap_tries;
    cx_exchange **exchanges; /* of NTLM and Kerberos outside of SIP, in order; owned */
    uint32_t n_exchanges, cap_exchanges;
    cx_digest_chain digest; /* refusals that came before its first REGISTER */
    cx_aftermath after;
    cx_slice ticket_host; /* host of the sts-uri of a TLS-DSK challenge (MS-SIPAE 2.2.1) */
    uint16_t ticket_port;
    bool resolver;        /* the client resolves names for others: its lookups are not its own */
    bool sip_served;      /* some server of the capture answers this client's SIP */
    int64_t registrar_ns; /* when one last answered a REGISTER of it, in this attempt or not */
    bool held;            /* ended, but not told yet */
    bool repeats;         /* accepted over UDP: the request may come again */
    bool silent;          /* over but for a REGISTER that waits on an open connection */
    bool unknown_user;    /* ended: the registrar does not know the address */
    bool scanner;         /* the client probes ports, hosts, or what a server speaks */
    bool domain_asked;    /* the client asked a discovery name for the domain of the user */
    bool unread;          /* it asked a name then that is cut, and may be one of discovery */
    bool looked_further;  /* it asked names beside those of autodiscover, in this attempt or not */
    cx_attempt_outcome outcome;
    const cx_conn *decisive;                   /* connection that carried the result; NULL: none */
    const cx_register *decisive_reg;           /* transaction that carried it; NULL: none */
    int64_t decided_ns;                        /* capture time at which it was decided */
    bool capture_ended;                        /* decided because the capture ended */
    cx_open_port open_port[CX_MAX_OPEN_PORTS]; /* of the servers that gave nothing: other ports, and
                                                  the same where it only refuses TLS */
    uint32_t n_open_ports;
    cx_tunnel tunnel[CX_MAX_TUNNELS]; /* to ports at which this client got no answer */
    uint32_t n_tunnels;
    cx_partner partner; /* domain of after.unreached; missing.frame 0: not asked for, or there */
    cx_dropped dropped; /* its server is that of a connection that opened since */
    uint64_t seen;      /* CX_BIT of the event kinds that the capture holds for this client */
    uint64_t dns_seen;  /* DNS messages that the whole capture had shown by then */
    uint32_t two_way_flows,
        one_way_flows; /* TCP conversations of the capture, as far as decided, in
                          which both sides, or one alone, sent more than SYNs */
    cx_arena arena;
} cx_attempt;

/* Is c one of a's connections? Those of exchanges with a Kerberos server are not. */
static inline bool cx_attempt_has_conn(const cx_attempt *a, const cx_conn *c)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        if (a->conns[i] == c)
            return true;
    return false;
}
