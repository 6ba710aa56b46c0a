/* Typed facts that dissectors and the flow layer find, and the evidence for them.
 *
 * An event is handed over by pointer and valid during that call only: its slices point into the
 * packet or into the emitter's scratch arena. Who keeps it copies it (cx_event_copy). */
#pragma once

#include "base/arena.h"
#include "event/endpoint.h"

/* Where a fact was seen; enough to find the bytes again in any viewer. Copied freely. */
typedef struct cx_evidence {
    uint64_t frame; /* 1-based number in its file, the one that Wireshark shows; 0: none */
    int64_t ts_ns;  /* of that frame, since 1970 */
    uint16_t file;  /* index of the input file */
} cx_evidence;

/* Was a captured after b? Files of a set are in the order of time. */
static inline bool cx_evidence_after(const cx_evidence *a, const cx_evidence *b)
{
    return a->file != b->file ? a->file > b->file : a->frame > b->frame;
}

/* The files of a set that is read as one capture, by the index in evidence. */
typedef struct cx_file {
    const char *path;       /* as given */
    uint64_t frames_before; /* in the files before it */
} cx_file;

typedef struct cx_files {
    const cx_file *list;
    size_t n; /* 0: a capture in one file */
} cx_files;

/* The number of a frame in the capture that the files make when they are joined (mergecap -a): for
 * what names frames without a file. files: or NULL. */
static inline uint64_t cx_joined_frame(const cx_files *files, const cx_evidence *at)
{
    return at->frame && files && at->file < files->n
               ? files->list[at->file].frames_before + at->frame
               : at->frame;
}

typedef enum cx_event_kind {
    CX_EV_TCP,
    CX_EV_DNS,
    CX_EV_TLS,
    CX_EV_SIP,
    CX_EV_NTLM,
    CX_EV_KRB,
    CX_EV_HTTP,
    CX_EV_LOGON,
    CX_EV_ICMP,
    CX_EV_GAP,
    CX_EV_MALFORMED,
    CX_EV_LLMNR, /* these three have u.dns */
    CX_EV_MDNS,
    CX_EV_NBNS,
    CX_EV_DUPLICATE, /* the capture holds a packet once more */
    CX_EV_KINDS
} cx_event_kind;

#define CX_BIT(kind) (UINT64_C(1) << (kind))

enum { CX_FROM_CLIENT = 0, CX_FROM_SERVER = 1 };

#define CX_NO_STREAM UINT32_MAX

/* ---- TCP: what became of a connection (flow layer) ---- */

typedef enum cx_tcp_what {
    CX_TCP_SYN,         /* first SYN; for correlation only, `events` does not print it */
    CX_TCP_CONNECTED,   /* three-way handshake complete */
    CX_TCP_REFUSED,     /* each SYN answered by RST (RFC 9293 3.10.7.1) */
    CX_TCP_TIMEOUT,     /* SYNs unanswered */
    CX_TCP_UNREACHABLE, /* ICMP error quoting the SYN */
    CX_TCP_HALF_OPEN,   /* SYN and SYN-ACK, never the ACK */
    CX_TCP_DATA,        /* first payload of direction dir; for correlation only */
    CX_TCP_RESET,       /* RST on an established connection */
    CX_TCP_CLOSED,      /* FIN from both sides, or from one and nothing more */
    CX_TCP_OPEN,     /* still open when the capture ends or the flow is evicted; correlation only */
    CX_TCP_SILENCED, /* refused, and SYNs of the same ports soon after were not answered;
                        correlation only */
    CX_TCP_LARGE,    /* first segment of direction dir that is larger than its receiver takes, in a
                        conversation that may be read; correlation only */
    CX_TCP_UNHEARD   /* the client's data after a long silence of an open connection is sent again
                        and again without answer; told at each time from the third on, and once more
                        when an answer came after all; correlation only */
} cx_tcp_what;

#define CX_MAX_SYNS 8

/* Facts about one direction of a connection, up to the event. */
typedef struct cx_tcp_side {
    uint64_t bytes;           /* payload bytes on the wire, retransmissions left out */
    uint64_t packets;         /* all, with and without payload */
    uint32_t retransmissions; /* segments with payload sent again */
    int64_t stalled_ns;       /* longest time from the latest new payload to one sent again */
    cx_evidence stalled;      /* that segment; frame 0: none */
    uint32_t stuck_len, stuck_times; /* the segment that the other side still waits for was sent
                                      * again so often, with so many bytes at least; 0: none */
    uint32_t hole;                   /* bytes of a hole that never filled and that the other side
                                      * waits for: neither capture nor receiver got them */
    uint32_t largest, passed;        /* largest segment seen; that was surely acknowledged */
    uint32_t repeated_acks;          /* of the other side while it waits: other packets do arrive */
    cx_evidence first_data, last_data, fin, rst; /* frame 0: never */
    uint8_t ttl;                                 /* of its latest packet that was no RST */
    uint8_t rst_ttl;
    uint16_t mss;  /* largest segment that it takes, as its SYN says; 0: unknown */
    bool unsummed; /* its SYN leaves the checksum to the network card */
    bool acked;    /* its data was acknowledged up to the last byte */
    bool unseen;   /* it sent more than the capture holds of it, as it or the other side says */
} cx_tcp_side;

/* SYNs within moments of a RST that answered one of the same ports, and that nothing answered. */
typedef struct cx_tcp_silence {
    uint32_t syns; /* 0: none */
    cx_evidence refusal, first;
    int64_t after_ns, lasted_ns; /* from the refusal to the first, from the first until the silence
                                    ended or the capture's time now */
} cx_tcp_silence;

/* The client's first data after a long time without a packet either way. */
typedef struct cx_tcp_idle {
    uint32_t resent;                /* so often without an answer; 0: it was answered */
    cx_evidence before, data, last; /* the packet before the silence; that data; sent last */
} cx_tcp_idle;

typedef struct cx_ev_tcp {
    cx_tcp_what what;
    cx_evidence syn[CX_MAX_SYNS]; /* the first SYNs of the current initial sequence number */
    uint32_t n_syns;              /* how many there were; may exceed CX_MAX_SYNS */
    cx_evidence answer;           /* SYN-ACK, RST or ICMP that decided; frame 0: none */
    uint32_t refusals;            /* RSTs that answered SYNs */
    int64_t rtt_ns;               /* SYN to SYN-ACK or RST; -1: not seen */
    int64_t observed_ns;          /* capture time that passed since the first SYN */
    bool mid_stream;              /* the SYN is not in the capture */
    bool bare_syn;                /* the SYN has no options: no system's own TCP sends such */
    bool one_sided;               /* no packet of the other side was seen */
    uint8_t closed_by;            /* RESET, CLOSED: direction whose FIN or RST came first */
    bool rst_after_fin;           /* RESET after the same side's FIN: an ordinary fast close */
    int64_t rst_wait_ns; /* RESET: since the packet before it, of the other side; -1: of the same */
    cx_tcp_side side[2]; /* by direction */
    uint8_t icmp_type, icmp_code; /* UNREACHABLE */
    cx_endpoint icmp_from;        /* UNREACHABLE: the router or host that says so */
    cx_tcp_silence silence;       /* SILENCED */
    cx_tcp_idle idle;             /* UNHEARD */
} cx_ev_tcp;

/* ---- DNS (RFC 1035, RFC 2782, RFC 3403) ---- */

enum {
    CX_DNS_A = 1,
    CX_DNS_NS = 2,
    CX_DNS_CNAME = 5,
    CX_DNS_SOA = 6,
    CX_DNS_PTR = 12,
    CX_DNS_TXT = 16,
    CX_DNS_AAAA = 28,
    CX_DNS_SRV = 33,
    CX_DNS_NAPTR = 35,
    CX_DNS_OPT = 41
};

enum { CX_NBNS_NB = 32, CX_NBNS_NBSTAT = 33 }; /* RFC 1002 4.2.1.3 */

typedef enum cx_dns_section { CX_DNS_ANSWER, CX_DNS_AUTHORITY, CX_DNS_ADDITIONAL } cx_dns_section;

/* One resource record. Names are as captured, without trailing dot, the root as "." and bytes
 * outside printable ASCII as \DDD (RFC 4343 2.1). */
typedef struct cx_dns_rr {
    cx_slice name;
    uint16_t type, class_;
    uint32_t ttl; /* s */
    cx_dns_section section;
    cx_endpoint address;              /* A, AAAA */
    uint16_t priority, weight, port;  /* SRV */
    uint16_t order, preference;       /* NAPTR */
    cx_slice target;                  /* SRV, CNAME, NS, PTR, NAPTR replacement, SOA primary */
    cx_slice flags, services, regexp; /* NAPTR */
} cx_dns_rr;

typedef struct cx_ev_dns {
    bool query; /* QR bit clear */
    uint16_t id;
    uint8_t opcode;
    uint8_t rcode;        /* with the upper bits that EDNS gives (RFC 6891 6.1.3) */
    uint8_t header_rcode; /* without them */
    bool truncated;       /* TC */
    bool authoritative;
    cx_slice qname; /* p == NULL: no question, or one that the capture cuts */
    cx_slice head;  /* of such a one: the first label of its name, as far as it is there */
    uint16_t qtype, qclass;
    cx_dns_rr *rr; /* n_rr records of all sections, in message order */
    uint32_t n_rr;
    uint32_t n_answers; /* of the answer section, as counted by the header */
    bool cut;           /* some of what the header counts is missing: the question, or records */
    bool in_part;   /* only the first IP fragment of an answer, for correlation: once it is whole it
                       is told as a message */
    int64_t rtt_ns; /* answers: since the matching query; -1: it was not seen */
    bool udp;
    bool netbios;    /* nbns: types and names are those of NetBIOS (RFC 1002) */
    cx_slice unread; /* the message: it is read where the event is used, and of the others only cut,
                        in_part and udp are set (dissectors/dns_unread.h); absent: it was read */
} cx_ev_dns;

/* The registered name of a record type ("SRV") or of a response code ("NXDOMAIN"), or NULL. */
const char *cx_dns_type_name(uint16_t type);
const char *cx_dns_rcode_name(uint8_t rcode);

/* ---- TLS (RFC 5246, RFC 8446) and certificates (RFC 5280) ---- */

typedef enum cx_san_kind { CX_SAN_DNS, CX_SAN_IP, CX_SAN_URI, CX_SAN_OTHER } cx_san_kind;

typedef struct cx_san {
    cx_san_kind kind;
    cx_slice text; /* IP addresses as text (RFC 5952) */
} cx_san;

#define CX_MAX_EKU 8

/* Where a certificate says that something about it can be had (RFC 5280 4.2.1.13, 4.2.2.1). */
typedef enum cx_cert_url_kind { CX_URL_CRL, CX_URL_OCSP, CX_URL_ISSUER } cx_cert_url_kind;

typedef struct cx_cert_url {
    cx_cert_url_kind kind;
    cx_slice text; /* as in the certificate: "http://crl.contoso.com/contoso.crl" */
} cx_cert_url;

#define CX_MAX_CERT_URLS 8 /* kept of one certificate; real ones have two to four */

typedef struct cx_cert {
    cx_slice subject, issuer; /* as RFC 2253 text */
    cx_slice common_name;     /* the last CN of the subject; p == NULL: none */
    cx_slice serial;          /* upper-case hexadecimal */
    int64_t not_before_ns, not_after_ns;
    cx_san *san;
    uint32_t n_san;
    cx_slice key;       /* "RSA 2048", "EC P-256" */
    cx_slice signature; /* "sha256WithRSAEncryption" */
    char sha256[65];    /* fingerprint, lower-case hexadecimal */
    bool self_signed;   /* issuer equals subject and the signature is by the own key */
    bool self_issued;   /* issuer equals subject */
    bool ca;            /* basicConstraints CA */
    bool has_eku, eku_server, eku_client, eku_any;
    cx_slice eku[CX_MAX_EKU]; /* the first n_eku purposes: "serverAuth", or dotted numbers */
    uint32_t n_eku;
    cx_cert_url *url;
    uint32_t n_urls;
    bool public_rules; /* says that it was issued by the rules of the CA/Browser Forum (policy below
                          2.23.140.1), or holds timestamps of certificate transparency (RFC 6962) */
    uint8_t issuer_sha1[20], issuer_sha256[32]; /* of the issuer's name, as in an OCSP CertID */
    uint64_t key_id, issuer_key_id; /* hashes of the key identifiers of subject and issuer (RFC 5280
                                       4.2.1.1, 4.2.1.2); 0: none */
    bool unreadable;                /* no certificate at all, or cut: nothing else is set */
} cx_cert;

/* What the roots that the person gave (--trust) say of a chain. */
typedef enum cx_chain_trust {
    CX_CHAIN_UNASKED, /* none were given, or the chain was cut */
    CX_CHAIN_UNKNOWN, /* it could not be verified */
    CX_CHAIN_TRUSTED,
    CX_CHAIN_DATED, /* nothing but the dates of a certificate is wrong */
    CX_CHAIN_UNTRUSTED
} cx_chain_trust;

typedef enum cx_ocsp_status { CX_OCSP_GOOD, CX_OCSP_REVOKED, CX_OCSP_UNKNOWN } cx_ocsp_status;

#define CX_MAX_OCSP 8 /* answers kept of one response; real ones have one */

/* What an OCSP responder says of one certificate (RFC 6960 4.2.1). Its signature is not verified.
 */
typedef struct cx_ocsp {
    cx_ocsp_status status;
    cx_slice serial;          /* as in cx_cert */
    uint8_t issuer_hash[32];  /* of the issuer's name */
    uint32_t issuer_hash_len; /* 20: SHA-1, 32: SHA-256; 0: another hash */
    int64_t this_ns, next_ns; /* INT64_MIN, INT64_MAX: not given */
    int64_t revoked_ns;       /* REVOKED; INT64_MIN: not readable */
    const char *reason;       /* REVOKED: static text of OpenSSL; NULL: not given */
} cx_ocsp;

typedef enum cx_tls_message {
    CX_TLS_CLIENT_HELLO,
    CX_TLS_SERVER_HELLO,
    CX_TLS_CERTIFICATE,
    CX_TLS_CERTIFICATE_STATUS, /* OCSP response that the server has fetched (RFC 6066 8) */
    CX_TLS_CERTIFICATE_REQUEST,
    CX_TLS_SERVER_HELLO_DONE,
    CX_TLS_CLIENT_KEY_EXCHANGE, /* the client goes on after the certificate */
    CX_TLS_CHANGE_CIPHER_SPEC,
    CX_TLS_FINISHED,        /* encrypted handshake after ChangeCipherSpec, <= TLS 1.2 */
    CX_TLS_ALERT,           /* readable */
    CX_TLS_ENCRYPTED_ALERT, /* record type 21, not readable; in TLS 1.3 judged by size and place */
    CX_TLS_APPLICATION_DATA /* first record of type 23 in this direction */
} cx_tls_message;

typedef struct cx_ev_tls {
    cx_tls_message message;
    uint16_t version; /* hello: legacy_version or, when negotiated, the real one */
    uint16_t record_version;
    uint16_t versions[16]; /* client_hello: supported_versions */
    uint32_t n_versions;
    uint16_t max_version;    /* client_hello: best version offered, GREASE left out */
    const uint16_t *ciphers; /* client_hello: as offered, GREASE left out; valid like slices */
    uint32_t n_ciphers;
    uint16_t cipher;  /* server_hello */
    bool resumed;     /* server_hello: abbreviated handshake */
    bool hello_retry; /* server_hello that is a HelloRetryRequest */
    cx_slice sni;     /* p == NULL: none */
    cx_slice alpn[8];
    uint32_t n_alpn;
    /* client_hello: has that extension (RFC 7366, RFC 8449); `events` prints neither */
    bool encrypt_then_mac, record_size_limit;
    bool sslv2_format;          /* client_hello in SSLv2 framing (RFC 5246 E.2) */
    uint8_t level, description; /* alert */
    cx_cert *chain;             /* certificate: leaf first, n_chain of them; 0: empty list */
    cx_chain_trust trust;       /* certificate */
    const char *trust_fault;    /* static text of OpenSSL; NULL: none */
    uint32_t n_chain;
    const cx_ocsp *ocsp; /* certificate_status: n_ocsp answers */
    uint32_t n_ocsp;
    uint32_t ca_names_len; /* certificate_request: bytes of the authorities list */
    uint32_t record_len;   /* encrypted_alert, finished, application_data: record bytes */
    uint32_t records;      /* the same: records of type 23 that this side sent before it */
    bool cut; /* client_hello of which the capture holds the beginning alone: what it offers is not
                 known, and `events` does not print it */
} cx_ev_tls;

/* "bad_certificate" for 42, or NULL. */
const char *cx_tls_alert_name(uint8_t description);
/* "TLS 1.2" for 0x0303, "SSL 3.0", …; "0x7f1c" style for others, in static or caller's storage. */
const char *cx_tls_version_name(uint16_t version, char out[8]);

/* ---- SIP (RFC 3261, MS-SIPAE, MS-OCER) ---- */

typedef enum cx_sip_auth_role {
    CX_AUTH_OFFERED, /* WWW-Authenticate, Proxy-Authenticate */
    CX_AUTH_USED,    /* Authorization, Proxy-Authorization */
    CX_AUTH_INFO     /* Authentication-Info, Proxy-Authentication-Info */
} cx_sip_auth_role;

typedef enum cx_gss_data {
    CX_GSS_ABSENT, /* no gssapi-data parameter */
    CX_GSS_EMPTY,  /* gssapi-data="": start of a handshake, not missing credentials */
    CX_GSS_NTLM,
    CX_GSS_KERBEROS,
    CX_GSS_TLS,
    CX_GSS_OTHER
} cx_gss_data;

typedef struct cx_sip_auth {
    cx_sip_auth_role role;
    bool proxy;      /* one of the Proxy- headers */
    cx_slice scheme; /* as captured: "NTLM", "Kerberos", "TLS-DSK", "Digest", … */
    cx_slice realm, targetname, opaque, nonce, username, algorithm, qop, sts_uri;
    int version;       /* -1: absent */
    bool stale;        /* Digest stale=true */
    bool has_response; /* a response or rspauth parameter (its value is never kept) */
    cx_gss_data gss;
    uint8_t ntlm_message; /* gss is NTLM: 1, 2 or 3 */
} cx_sip_auth;

/* ms-diagnostics, ms-diagnostics-public (MS-OCER 2.2.1) */
typedef struct cx_sip_diag {
    uint32_t code;
    int32_t sub; /* ErrorId.Sub; -1: none */
    bool is_public;
    cx_slice reason, source;
    cx_slice names[12], values[12]; /* other attributes, as captured */
    uint32_t n_attributes;
} cx_sip_diag;

typedef struct cx_sip_warning {
    uint16_t code;
    cx_slice agent, text;
} cx_sip_warning;

#define CX_SIP_MAX_CONTACTS 4
#define CX_SIP_MAX_AUTH     8
#define CX_SIP_MAX_DIAG     4
#define CX_SIP_MAX_WARNINGS 2
#define CX_SIP_MAX_HOPS     6

typedef struct cx_sip_uri {
    cx_slice text;               /* the URI as captured, without < > and header parameters */
    cx_slice scheme, user, host; /* host without brackets */
    uint16_t port;               /* 0: none */
    cx_slice transport, maddr;   /* URI parameters */
} cx_sip_uri;

/* Where a request to it goes (RFC 3261 19.1.1: maddr overrides the host). */
static inline cx_slice cx_sip_uri_server(const cx_sip_uri *uri)
{
    return uri->maddr.len ? uri->maddr : uri->host;
}

typedef struct cx_ev_sip {
    bool request;
    cx_slice method; /* of the request, or of CSeq for responses */
    cx_sip_uri uri;  /* request URI */
    uint16_t status; /* responses */
    cx_slice reason;
    cx_slice call_id, branch; /* branch of the topmost Via */
    cx_slice via_transport;   /* topmost Via: "TCP" */
    cx_slice via_host;        /* topmost Via sent-by, with port where given */
    uint32_t n_vias;
    uint32_t cseq;
    cx_sip_uri from, to;
    cx_slice from_tag, to_tag;
    cx_slice epid;       /* of From, else of To (MS-SIPRE 2.2) */
    cx_sip_uri *contact; /* n_contacts of them; valid like slices, as the other arrays */
    int32_t contact_q[CX_SIP_MAX_CONTACTS]; /* thousandths; -1: none */
    uint32_t n_contacts;
    bool contact_star;   /* Contact: * */
    int64_t expires;     /* s: of the first Contact, else of the header; -1: none */
    int64_t min_expires; /* s; -1: none */
    int64_t retry_after; /* s; -1: none */
    int64_t date_ns;     /* Date header; INT64_MIN: none */
    cx_slice user_agent, server, event, content_type, presence_state;
    bool remote_user; /* ms-user-logon-data: RemoteUser */
    cx_sip_auth *auth;
    uint32_t n_auth;
    cx_sip_diag *diag;
    uint32_t n_diag;
    cx_sip_warning *warning;
    uint32_t n_warnings;
    int64_t content_length; /* header value; -1: none */
    uint64_t body_len;      /* bytes */
    cx_slice body;          /* start of the body, at most 4096 bytes */
    cx_evidence first;      /* packet that holds the first byte */
    bool cut;               /* the capture lacks some headers: what is absent may have been sent */
    bool start_cut; /* … and all behind the method, or a part of the URI; `events` does not
                       print it */
} cx_ev_sip;

/* ---- NTLMSSP (MS-NLMP) ---- */

typedef enum cx_ntlm_message {
    CX_NTLM_NEGOTIATE = 1,
    CX_NTLM_CHALLENGE = 2,
    CX_NTLM_AUTHENTICATE = 3
} cx_ntlm_message;

typedef enum cx_ntlm_response {
    CX_NTLM_RESPONSE_NONE,
    CX_NTLM_RESPONSE_ANONYMOUS,
    CX_NTLM_RESPONSE_LM,
    CX_NTLM_RESPONSE_NTLMV1,
    CX_NTLM_RESPONSE_NTLM2_SESSION,
    CX_NTLM_RESPONSE_NTLMV2,
    CX_NTLM_RESPONSE_MALFORMED
} cx_ntlm_response;

typedef struct cx_ev_ntlm {
    cx_ntlm_message message;
    const char *carrier; /* "sip", "http", …: static */
    bool has_flags;      /* an AUTHENTICATE without them exists (MS-NLMP 2.2.1.3, NT4 form) */
    uint32_t flags;
    cx_slice target, domain, user, workstation;                                       /* UTF-8 */
    cx_slice nb_computer, nb_domain, dns_computer, dns_domain, dns_tree, target_name; /* AV pairs */
    int64_t timestamp_ns; /* MsvAvTimestamp, since 1970; INT64_MIN: none */
    bool has_version;
    uint8_t major, minor, revision;
    uint16_t build;
    cx_ntlm_response response;        /* AUTHENTICATE */
    uint16_t nt_len, lm_len, key_len; /* bytes; the values themselves are secrets and never kept */
    bool mic;
} cx_ev_ntlm;

/* Name of one NegotiateFlags bit ("NEGOTIATE_SIGN"), or NULL for an unnamed one (MS-NLMP 2.2.2.5).
 */
const char *cx_ntlm_flag_name(uint32_t bit);
/* "ntlmv2", "ntlm2-session", … as `events` prints it; NULL for NONE. */
const char *cx_ntlm_response_name(cx_ntlm_response response);

/* ---- Kerberos (RFC 4120, MS-KILE) ---- */

typedef enum cx_krb_message { /* RFC 4120 7.5.7 */
                              CX_KRB_AS_REQ = 10,
                              CX_KRB_AS_REP = 11,
                              CX_KRB_TGS_REQ = 12,
                              CX_KRB_TGS_REP = 13,
                              CX_KRB_AP_REQ = 14,
                              CX_KRB_AP_REP = 15,
                              CX_KRB_ERROR = 30
} cx_krb_message;

#define CX_KRB_MAX_ETYPES 16
#define CX_KRB_MAX_PADATA 16

/* Names are as captured, their parts joined by "/". Tickets and encrypted parts are never kept. */
typedef struct cx_ev_krb {
    cx_krb_message message;
    const char *carrier;            /* static: the protocol around it; NULL: on its own */
    cx_slice realm;                 /* of the body, the ticket of AP-REQ, the server of KRB-ERROR */
    cx_slice crealm, cname;         /* client; TGS-REQ, AP-REQ: not readable, absent */
    cx_slice sname;                 /* requested, or of the ticket */
    int32_t cname_type, sname_type; /* RFC 4120 7.5.8 */
    int32_t etypes[CX_KRB_MAX_ETYPES]; /* requests: offered, in order; replies: of the ticket, then
                                        * of the encrypted part; AP-REQ: of the ticket; errors: of
                                        * ETYPE-INFO(2) */
    uint32_t n_etypes;
    int32_t padata[CX_KRB_MAX_PADATA]; /* types, also of the e-data of an error */
    uint32_t n_padata;
    uint32_t nonce; /* requests */
    bool has_nonce;
    bool has_code;
    int32_t error_code;         /* KRB-ERROR, when has_code */
    cx_slice e_text;            /* KRB-ERROR */
    uint32_t nt_status;         /* KRB-ERROR: of KERB-EXT-ERROR (MS-KILE 2.2.1); 0: none */
    int64_t stime_ns, ctime_ns; /* KRB-ERROR, since 1970; INT64_MIN: none */
    bool cut;                   /* the capture lacks a part: what is absent may have been sent */
} cx_ev_krb;

/* A KRB-ERROR in seconds: by how much the clock that gave stime_ns is ahead of the capture's, to
 * the nearest. False: it does not say, or the two are beyond any clock. */
bool cx_krb_skew(const cx_ev_krb *e, const cx_evidence *at, int64_t *ret_s);

/* "KDC_ERR_PREAUTH_FAILED" for 24 (RFC 4120 7.5.9, RFC 4556, RFC 6113), or NULL. */
const char *cx_krb_error_name(int32_t code);
/* "aes256-cts-hmac-sha1-96" for 18, or NULL. */
const char *cx_krb_etype_name(int32_t etype);

/* ---- HTTP (RFC 9110, RFC 9112): only what the rules need ---- */

#define CX_HTTP_MAX_AUTH 8

typedef struct cx_ev_http {
    bool request;
    cx_slice method, uri, host; /* requests */
    uint16_t status;            /* responses; method: of the request they answer, where known */
    cx_slice reason, location, server;
    cx_slice redirect; /* responses of autodiscover: where the body sends the client on */
    cx_slice user_agent;
    cx_slice auth_offered[CX_HTTP_MAX_AUTH]; /* schemes of WWW- and Proxy-Authenticate */
    uint32_t n_offered;
    cx_slice auth_used;  /* scheme of Authorization or Proxy-Authorization */
    bool proxy;          /* the auth headers are those for a proxy */
    const cx_ocsp *ocsp; /* responses: n_ocsp answers of OCSP in the body */
    uint32_t n_ocsp;
    bool websocket;    /* asks for, or agrees to, an upgrade to WebSocket */
    cx_evidence first; /* packet that holds the first byte */
} cx_ev_http;

/* ---- The result of an NTLM or Kerberos exchange ---- */

typedef enum cx_logon_status_kind {
    CX_LOGON_NTSTATUS,
    CX_LOGON_LDAP, /* result code (RFC 4511 4.1.9) */
    CX_LOGON_HTTP, /* status code */
    CX_LOGON_RPC,  /* status of a fault, or reason of a bind_nak (C706 12.6.4.5, E) */
    CX_LOGON_REPLY /* reply code of SMTP, 0 for the protocols whose replies are words */
} cx_logon_status_kind;

typedef struct cx_ev_logon {
    const char *carrier;   /* static: "http", "smb", "ldap", … */
    const char *mechanism; /* static: "ntlm", "kerberos"; NULL: not known */
    bool success;
    bool unclear; /* no success, but what the server refused may be something else */
    cx_logon_status_kind status_kind;
    uint32_t status;
    const char *status_name; /* static; NULL: none */
    uint32_t nt_status;      /* reason beside it: "data 52e" of LDAP as NTSTATUS; 0: none */
    cx_slice text;           /* what the server said */
    cx_slice user, domain;   /* of the last AUTHENTICATE before it; set by the flow layer */
    cx_slice target;         /* service of the ticket, when Kerberos; set by the flow layer */
} cx_ev_logon;

/* "STATUS_LOGON_FAILURE" for 0xc000006d (MS-ERREF 2.3.1), or NULL. */
const char *cx_ntstatus_name(uint32_t status);
/* The NTSTATUS of a logon that a Win32 code stands for: 0xc000006d for 1326 (MS-ERREF 2.2), or 0.
 */
uint32_t cx_ntstatus_of_win32(uint32_t code);
/* "invalidCredentials" for 49 (RFC 4511 4.1.9), or NULL. */
const char *cx_ldap_result_name(uint32_t code);

/* ---- ICMP errors, tied to the packet that they quote ---- */

typedef struct cx_ev_icmp {
    uint8_t type, code;
    bool v6;
    cx_endpoint from;                   /* who sent the error */
    cx_endpoint quoted_src, quoted_dst; /* family 0: nothing readable was quoted */
    uint32_t quoted_seq;                /* TCP */
    bool has_seq;
    uint32_t mtu; /* "fragmentation needed", "packet too big"; 0: not given */
} cx_ev_icmp;

/* A router gave up on a packet that passed too many others: a loop on the way (RFC 792 type 11 code
 * 0, RFC 4443 3.3). */
static inline bool cx_icmp_is_time_exceeded(const cx_ev_icmp *i)
{
    return i->type == (i->v6 ? 3 : 11) && i->code == 0;
}

/* What was quoted does not get there. Not "fragmentation needed" (3/4), which asks for smaller
 * packets, and no redirect, which comes beside the packet's delivery. */
static inline bool cx_icmp_is_unreachable(const cx_ev_icmp *i)
{
    return cx_icmp_is_time_exceeded(i) || (i->v6 ? i->type == 1 : i->type == 3 && i->code != 4);
}

typedef struct cx_ev_gap {
    uint64_t missing; /* bytes */
} cx_ev_gap;

/* ---- a copy of a packet (flow layer): client and server are its source and destination ---- */

typedef struct cx_ev_duplicate {
    cx_evidence of; /* the packet that it repeats */
} cx_ev_duplicate;

typedef struct cx_ev_malformed {
    const char *dissector; /* static */
    const char *reason;    /* static */
} cx_ev_malformed;

typedef struct cx_event {
    cx_event_kind kind;
    uint32_t flow;   /* number of the conversation within the run, from 1; 0: none */
    uint32_t stream; /* Wireshark's tcp.stream, or CX_NO_STREAM */
    uint8_t dir;     /* CX_FROM_CLIENT or CX_FROM_SERVER: who sent what completed it */
    bool decrypted;
    uint32_t exchange; /* NTLM, KRB, LOGON: tells apart those that go on at the same time on one
                        * conversation; 0: one at a time */
    bool late;         /* was on its way when the connection was reset: nobody read it */
    cx_endpoint client, server; /* of the conversation; ports 0 for ICMP */
    cx_evidence at;             /* the packet that completed it */
    union {
        cx_ev_tcp tcp;
        cx_ev_dns dns;
        cx_ev_tls tls;
        cx_ev_sip sip;
        cx_ev_ntlm ntlm;
        cx_ev_krb krb;
        cx_ev_http http;
        cx_ev_logon logon;
        cx_ev_icmp icmp;
        cx_ev_gap gap;
        cx_ev_duplicate duplicate;
        cx_ev_malformed malformed;
    } u;
} cx_event;

/* Sender and receiver of the packet that completed the event. */
static inline const cx_endpoint *cx_event_src(const cx_event *e)
{
    return e->dir == CX_FROM_CLIENT ? &e->client : &e->server;
}

static inline const cx_endpoint *cx_event_dst(const cx_event *e)
{
    return e->dir == CX_FROM_CLIENT ? &e->server : &e->client;
}

/* Bytes of an event up to the end of what its kind has. */
size_t cx_event_size(cx_event_kind kind);

/* Makes *to the same event, whose slices and arrays both then share. */
static inline void cx_event_assign(cx_event *to, const cx_event *e)
{
    memcpy(to, e, cx_event_size(e->kind));
}

/* A deep copy in a: every slice and array is copied. It ends behind the member of u of its kind, so
 * that it is never to be copied as a struct: cx_event_assign. NULL: no memory or cap of the arena
 * reached. */
cx_event *cx_event_copy(const cx_event *e, cx_arena *a);

/* Copies what cert points to into a, and lets it point there. False: no memory; then it may point
 * to either. */
CX_USE bool cx_cert_keep(cx_cert *cert, cx_arena *a);

/* Who takes events: the printer of `capdx events`, the correlator, a test. */
typedef struct cx_event_sink {
    void (*event)(void *self, const cx_event *e);
    void *self;
} cx_event_sink;
