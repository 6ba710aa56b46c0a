/* Blind spots: see coverage.h. */
#include "rules/coverage.h"

#include "rules/tls_state.h"
#include "signin/conn.h"

#define FULL_PACKETS                                                                               \
    "Capture whole packets on the client, from before the sign-in starts until after it failed. "  \
    "Windows: pktmon start --capture --pkt-size 0 -f signin.etl, then pktmon etl2pcap signin.etl " \
    "(or netsh trace start capture=yes tracefile=signin.etl). Linux: dumpcap -s 0 -i any -w "      \
    "signin.pcapng"

static const char *const sip_rules[] = {"sip-uri-not-found",
                                        "sip-user-not-enabled",
                                        "sip-forbidden",
                                        "sip-auth-failed",
                                        "sip-auth-no-common-scheme",
                                        "sip-register-unanswered",
                                        "ntlm-session-security-mismatch",
                                        NULL};
static const char *const silence_rules[] = {"tcp-connect-timeout",
                                            "dns-timeout",
                                            "sip-register-unanswered",
                                            "tcp-accepted-silent",
                                            "tls-server-no-reply",
                                            "tcp-local-abort",
                                            NULL};
static const char *const cert_rules[] = {"tls-cert-name-mismatch",
                                         "tls-cert-ip-used",
                                         "tls-cert-expired",
                                         "tls-cert-not-yet-valid",
                                         "tls-cert-untrusted",
                                         "tls-cert-self-signed",
                                         NULL};
static const char *const name_rules[] = {"tls-cert-name-mismatch", "tls-cert-ip-used", NULL};
static const char *const dns_rules[] = {"dns-srv-missing",
                                        "dns-srv-target-no-address",
                                        "dns-srv-wrong-port",
                                        "dns-srv-target-other-domain",
                                        "dns-host-unresolvable",
                                        "dns-discovery-exhausted",
                                        "dns-wrong-domain",
                                        "dns-host-via-llmnr-nbns",
                                        "manual-server-is-ip",
                                        "autodiscover-dns-missing",
                                        NULL};
static const char *const no_rules[] = {NULL};

const cx_coverage_record cx_coverage_records[CX_COV_IDS] = {
    [CX_COV_DAMAGED] = {"cap-damaged",
                        "The capture file is damaged or cut: what follows is missing.",
                        "Stop the capture before copying the file, and copy it whole.", no_rules},
    [CX_COV_UNKNOWN_LINK] = {"cap-unknown-link", "Packets of a link type that is not decoded.",
                             "Capture on the network interface itself.", no_rules},
    [CX_COV_DROPS] = {"cap-drops", "The capturing program reports packets that it lost.",
                      "Capture with a larger buffer (dumpcap -B 64) or a capture filter on the "
                      "client's address.",
                      silence_rules},
    [CX_COV_CLOCK] = {"cap-clock", "The times of the packets are not sure.",
                      "Capture with a program that writes the time of each packet in UTC: dumpcap, "
                      "tcpdump, pktmon or netsh trace.",
                      no_rules},
    [CX_COV_DUPLICATES] = {"cap-duplicates",
                           "The capture holds packets more than once: the copies were left out.",
                           "Mirror a port or VLAN in one direction only, or capture on one "
                           "interface instead of all.",
                           no_rules},
    [CX_COV_LIMIT] = {"cap-limit",
                      "A cap of the analyzer was reached: some conversations were let go.",
                      "Split the capture, or filter it to the client's address (--filter).",
                      no_rules},
    [CX_COV_ONE_DIRECTION] =
        {"cap-one-direction",
         "Most conversations show the packets of one side only: that nothing "
         "was answered proves nothing here.",
         "Capture on the client, or mirror both directions of the port. " FULL_PACKETS,
         silence_rules},
    [CX_COV_TRUNCATED] = {"cap-truncated",
                          "Packets are cut by the snap length: certificates and SIP bodies may be "
                          "unreadable.",
                          FULL_PACKETS, cert_rules},
    [CX_COV_MISSING_SEGMENTS] =
        {"cap-missing-segments",
         "Bytes that were acknowledged are not in the capture: what they said "
         "is unknown.",
         "Capture closer to the client, with a larger buffer (dumpcap -B 64).", no_rules},
    [CX_COV_MID_CONNECTION] =
        {"cap-mid-connection",
         "Connections began before the capture: how they were set up, and their "
         "certificates, are unknown.",
         FULL_PACKETS, cert_rules},
    [CX_COV_STARTS_LATE] =
        {"cap-starts-late",
         "The capture begins within a sign-in: what came before its first packet, lookups and "
         "earlier connections among it, is unknown.",
         FULL_PACKETS, dns_rules},
    [CX_COV_ENDS_EARLY] =
        {"cap-ends-early",
         "The capture ends before the outcome: no verdict on what was still under "
         "way.",
         FULL_PACKETS, silence_rules},
    [CX_COV_NO_DNS] =
        {"cap-no-dns",
         "There is no DNS in this capture: which names the client looked up, and which "
         "server name it wanted, is unknown.",
         "Clear the resolver cache first (ipconfig /flushdns), then capture port 53 "
         "too. " FULL_PACKETS,
         dns_rules},
    [CX_COV_SIP_ENCRYPTED] =
        {"cap-sip-encrypted",
         "The sign-in itself is inside TLS and cannot be read: what the server "
         "answered to it is unknown.",
         "Record the TLS keys while capturing (SSLKEYLOGFILE), or use the client's "
         "and the server's own log.",
         sip_rules},
    [CX_COV_SIP_COMPRESSED] =
        {"cap-compressed-sip",
         "Client and server agreed to compress SIP: what they said from then on cannot be read.",
         "Turn SIP compression off for the test, or use the client's and the server's own log.",
         sip_rules},
    [CX_COV_TLS13_NO_CERT] =
        {"cap-tls13-no-cert",
         "TLS 1.3 hides the certificate: name, dates and issuer cannot be judged.",
         "Record the TLS keys while capturing (SSLKEYLOGFILE), or limit the client "
         "to TLS 1.2 for the test.",
         cert_rules},
    [CX_COV_TLS_SECRETS] = {"cap-tls-secrets", "TLS connections that the secrets do not open.",
                            "Record the secrets of every TLS program while capturing "
                            "(SSLKEYLOGFILE), both from before the first connection on. A private "
                            "key of the server opens RSA key exchange only, up to TLS 1.2.",
                            no_rules},
    [CX_COV_NAME_UNDECIDED] =
        {"cap-name-undecided",
         "Nothing on the wire says which name the client wanted, so its "
         "certificate's names are not judged.",
         "Give the name that was typed with --server NAME, or capture the DNS "
         "lookups too.",
         name_rules},
    [CX_COV_HOST_NOT_VISIBLE] =
        {"host-not-visible",
         "What can be seen of network, TLS and registration shows no fault. "
         "Causes inside the client computer (for example access denied on the "
         "Communicator profile folder, or a policy) cannot be seen here.",
         "Check the client's event log.", no_rules},
};

void cx_coverage_note(cx_coverage *c, cx_coverage_id id, const cx_evidence *at)
{
    cx_blind_spot *s = &c->spot[id];
    s->present = true;
    s->count++;
    if (at && at->frame && s->n_frames < CX_COVERAGE_FRAMES)
        s->frames[s->n_frames++] = *at;
}

/* The first thing that is known of the attempt is an answer, or the middle of a conversation. */
static bool starts_within(const cx_attempt *a)
{
    for (uint32_t i = 0; i < a->n_lookups; i++) {
        const cx_lookup *l = a->lookups[i];
        if (!l->tries && l->answer.frame == a->first.frame && l->answer.file == a->first.file)
            return true;
    }
    const cx_conn *c = a->n_conns ? a->conns[0] : NULL;
    bool first = c && c->first.frame == a->first.frame && c->first.file == a->first.file;
    return first && !c->udp && c->tcp.mid_stream;
}

static void note_conn(cx_coverage *c, const cx_attempt *a, const cx_conn *conn,
                      const cx_judgement *j)
{
    const cx_event *hello = conn->tls.server_hello;
    if (hello && cx_conn_tls_version(conn) >= 0x0304 && !conn->tls.server_cert)
        cx_coverage_note(c, CX_COV_TLS13_NO_CERT, &hello->at);
    if (cx_conn_tls_used(conn) && !conn->tls.data_read && !conn->sip[0].frame &&
        !conn->sip[1].frame && !a->web_only)
        cx_coverage_note(c, CX_COV_SIP_ENCRYPTED,
                         hello                    ? &hello->at
                         : conn->tls.client_hello ? &conn->tls.client_hello->at
                                                  : NULL);
    if (conn->compressed.frame)
        cx_coverage_note(c, CX_COV_SIP_COMPRESSED, &conn->compressed);
    cx_verdict_on_cert v = cx_tls_verdict(conn);
    if (cx_tls_leaf(conn) && !conn->n_wanted && v > CX_CERT_UNDECIDED && v != CX_CERT_ACCEPTED &&
        !(j->root && j->root->conn == conn && strncmp(j->root->rule->id, "tls-cert", 8) == 0))
        cx_coverage_note(c, CX_COV_NAME_UNDECIDED, &conn->tls.server_cert->at);
    bool waiting = conn->outcome == CX_CONN_TRYING || (conn->outcome == CX_CONN_TIMEOUT &&
                                                       conn->tcp.observed_ns < INT64_C(4000000000));
    if (a->capture_ended && waiting && j->outcome == CX_OUT_INCOMPLETE)
        cx_coverage_note(c, CX_COV_ENDS_EARLY, &conn->first);
}

void cx_coverage_attempt(cx_coverage *c, const cx_attempt *a, const cx_judgement *j)
{
    for (uint32_t i = 0; i < a->n_conns; i++)
        note_conn(c, a, a->conns[i], j);
    if (a->n_conns && !a->dns_seen)
        cx_coverage_note(c, CX_COV_NO_DNS, NULL);
    if (!a->web_only && starts_within(a))
        cx_coverage_note(c, CX_COV_STARTS_LATE, &a->first);
    if (a->capture_ended && j->outcome == CX_OUT_INCOMPLETE)
        for (uint32_t i = 0; i < a->n_registers; i++)
            if (a->registers[i].request && !a->registers[i].response)
                cx_coverage_note(c, CX_COV_ENDS_EARLY, &a->registers[i].request->at);
}
