/* Every cap of the analyzer: number, unit, reason. What a cap throws away is counted and said. */
#pragma once

#define CX_BATCH 64u /* packets decoded together; hides the cache miss on the flow slot */

#define CX_MAX_PACKET 262144u /* bytes; the largest snap length that libpcap accepts */
#define CX_MAX_BLOCK                                                                               \
    16777216u /* bytes of one pcapng block; Wireshark's own bound, packets are far smaller */
#define CX_MAX_ZSTD_WINDOW_LOG 27          /* 128 MiB, what zstd itself takes without being told */
#define CX_MAX_INFLATE_FREE    1073741824u /* unpacked bytes above which the ratio is watched */
#define CX_MAX_INFLATE_RATIO                                                                       \
    4096u /* unpacked for each compressed byte; gzip cannot exceed 1032, captures reach 100 */
#define CX_MAX_NETMON_HELD                                                                         \
    268435456u /* bytes of a Network Monitor capture that comes through a pipe; its index is last  \
                */
#define CX_MAX_SET_PIPES  64u    /* inputs of a set that are no files on disk; each takes 2 MiB */
#define CX_MAX_INTERFACES 65536u /* of one pcapng section; they take 32 bytes each */
#define CX_MAX_RESUMES    1000u  /* damaged places of a pcapng that are searched past */
#define CX_MAX_SECRETS    16777216u /* bytes of TLS key log in a capture; 80,000 connections */
#define CX_MAX_RECENT                                                                              \
    4096u /* latest packets that copies are looked for among; a power of two; 128 KiB */
#define CX_MAX_FLOWS 262144u /* conversations at a time; they take 155 MiB when all are of TCP */
#define CX_MAX_STREAM_HELD                                                                         \
    1048576u /* bytes held for one direction: a 1 MiB window out of order                          \
              */
#define CX_MAX_STREAM_JOINED                                                                       \
    1048576u /* bytes joined for one message; SIP bodies of 64 KiB and more */
#define CX_MAX_HELD_TOTAL 33554432u /* bytes held by all streams together */
#define CX_MAX_TALKS                                                                               \
    65536u /* conversations with a dissector at a time; their state takes kilobytes */
#define CX_MAX_FRAG_BYTES 65535u /* bytes of one IP datagram (RFC 791 3.1) */
#define CX_MAX_FRAG_SETS  1024u  /* datagrams being put together at a time */
#define CX_MAX_IP_NESTING 16u    /* IP headers inside each other; real networks nest four */
#define CX_MAX_SAME_ENDS                                                                           \
    16u /* conversations between the same ends in different tunnels; more are joined */
#define CX_MAX_PATHS 65533u /* tunnels told apart; they are numbered in 16 bits */
#define CX_MAX_LINK_HEADERS                                                                        \
    32u /* tags, labels and frames before one IP header; real networks stack ten */

#define CX_MAX_SIP_MESSAGE                                                                         \
    524288u /* bytes; the largest seen in the field carry contact lists of 100 KiB */
#define CX_MAX_SIP_HEADERS 512u /* header lines of a message */
#define CX_MAX_SIP_START                                                                           \
    8192u /* bytes of a start line over TCP; URIs of 2 KiB are long already                        \
           */
#define CX_MAX_SIP_JUNK      1048576u /* bytes without a start line; more than any message's body */
#define CX_MAX_SIP_VALUE     4096u /* bytes of a value given to libosip2, whose scans are quadratic */
#define CX_MAX_SIP_OSIP      65536u /* bytes that libosip2 may take for one value */
#define CX_MAX_SIP_BODY_KEPT 4096u  /* bytes of a body kept in its event */

#define CX_MAX_HTTP_START 16384u /* bytes of a start line; browsers send URIs of up to 8 KiB */
#define CX_MAX_HTTP_HEADERS                                                                        \
    262144u /* bytes of a header section; a Kerberos token of 64 KiB takes 87 KiB of it */
#define CX_MAX_HTTP_PIPELINE 16u     /* requests without an answer of which something is kept */
#define CX_MAX_HTTP_HELD     16384u  /* bytes of text kept of a message while its body comes */
#define CX_MAX_DISCOVER      4096u   /* bytes of an answer of autodiscover that are looked at */
#define CX_MAX_HTTP_CHUNK    4096u   /* bytes of a line with the size of a chunk, or of a trailer */
#define CX_MAX_KDC_PROXY     131072u /* bytes of a message of the KDC proxy, with a ticket in it */

#define CX_MAX_DNS_HOPS    64u   /* compression pointers followed for one name */
#define CX_MAX_DNS_ANSWERS 4096u /* records kept of one message; 64 KiB have room for 3,640 SRV */
#define CX_MAX_TLS_HANDSHAKE                                                                       \
    262144u /* bytes of one handshake message; chains of ten large certificates */
#define CX_MAX_SMB_MESSAGE                                                                         \
    262144u /* bytes of a message that is read whole; of a session setup 64 KiB are possible */
#define CX_MAX_CERTS 12u /* certificates kept of one chain */
#define CX_MAX_CERTS_CACHED                                                                        \
    256u /* certificates remembered as read; an office meets some hundred. A multiple of 4 */
#define CX_MAX_CERT_CACHED 8192u /* bytes of one of them; real ones stay below 4 KiB */
#define CX_MAX_OCSP_RESPONSE                                                                       \
    32768u /* bytes; real ones, with the certificate of the responder, stay below 4 KiB */
#define CX_MAX_SANS 256u /* names kept of one certificate */
#define CX_MAX_KRB_MESSAGE                                                                         \
    524288u /* bytes; tickets of accounts in a thousand groups are 64 KiB, and come in twos */
#define CX_MAX_KRB_JUNK    1048576u /* bytes without a message; more than any message's rest */
#define CX_MAX_LDAP_BIND   524288u  /* bytes; tickets of accounts in a thousand groups are 64 KiB */
#define CX_MAX_LDAP_JUNK   1048576u /* bytes without a message; more than most entries have */
#define CX_MAX_MAIL_LINE   131072u  /* bytes of a line; a ticket of 64 KiB in base64 is 88 KiB */
#define CX_MAX_TDS_MESSAGE 262144u  /* bytes of a login message; a ticket of 64 KiB and names */
#define CX_MAX_TDS_JUNK    1048576u /* bytes without a packet; they have at most 32 KiB */
#define CX_MAX_LOGONS      8u /* exchanges of a conversation whose user is known; 800 bytes each */
#define CX_MAX_LOGON_TEXT  1024u /* bytes kept of what a server says to a logon */
#define CX_MAX_CHILD_DEPTH                                                                         \
    8u /* protocols inside protocols: NTLM in SPNEGO in DCE/RPC in a pipe of SMB in NetBIOS is 4   \
        */
#define CX_MAX_INNER 32u /* inner byte streams of one conversation at a time: pipes, tunnels */

#define CX_MAX_TLS_SECRETS                                                                         \
    268435456u /* bytes of secrets kept: a key log of some 500 MB, a million sessions */
#define CX_MAX_TLS_KEYLOG_LINE 4096u  /* bytes; the longest known, a pre-master secret, has 2130 */
#define CX_MAX_TLS_PREMASTER   1024u  /* bytes; the shared secret of a group of 8192 bits */
#define CX_MAX_TLS_SEARCH      65536u /* records lost in a row among which a place is searched */
#define CX_MAX_TLS_SEARCH_WORK 4294967296u /* bytes deciphered by searches; some 4 s */
#define CX_MAX_TLS_SESSIONS                                                                        \
    268435456u /* bytes of sessions with secrets; CX_MAX_TALKS of them take three quarters */
#define CX_MAX_TLS_RESUMED 1048576u /* sessions of a capture remembered for their resumption */
#define CX_MAX_RSA_WORK    262144u  /* RSA operations in a capture; some 5 minutes */
#define CX_MAX_RSA_KEYS    64u    /* private keys; each is tried where a certificate is not seen */
#define CX_MAX_RSA_BITS    16384u /* of a private key; an operation takes a second already */
#define CX_MAX_RSA_FILE    1048576u /* bytes of a file with private keys */

#define CX_MAX_ATTEMPT_BYTES 4194304u /* bytes kept for one attempt */
#define CX_MAX_CLIENTS       65536u   /* clients watched at a time */
#define CX_MAX_LOOKUPS       65536u /* questions that all clients together remember; 450 bytes each */
#define CX_MAX_EXCHANGES                                                                           \
    64u /* NTLM and Kerberos exchanges of one client that may still go on; Windows has a few */
#define CX_ATTEMPT_IDLE_NS (60 * INT64_C(1000000000)) /* an attempt ends after 60 s of silence */
/* A request without answer is sent again by then (RFC 3261 17.1.2.2: T2 is 4 s). */
#define CX_UDP_REPEAT_NS    (5 * INT64_C(1000000000))
#define CX_MAX_REPORT_BYTES 268435456u /* bytes held to be sorted; 65,536 clients of 4 KiB each */
