/* The blind spots: what each means, which rules cannot judge then, and how to capture it next time
 * (coverage.h). */
#include "rules/coverage.h"

#include "rules/rule.h"

#define PKTMON(options)                                                                            \
    "pktmon start --capture --pkt-size 0 " options "-f signin.etl, later pktmon stop and pktmon "  \
    "etl2pcap signin.etl -o signin.pcapng"
#define NETSH(options)                                                                             \
    "netsh trace start capture=yes " options "tracefile=signin.etl, later netsh trace stop"
#define RECIPES                                                                                    \
    "Windows: " PKTMON("") " (before Windows 10 2004: " NETSH("") "). Linux: dumpcap -s 0 -i any " \
                                                                  "-w signin.pcapng"
#define RECIPES_FOR_ONE                                                                            \
    "Windows: pktmon filter add signin -i ADDRESS, then " PKTMON(                                  \
        "") " (before Windows 10 2004: " NETSH("IPv4.Address=ADDRESS ") "). Linux: dumpcap -s 0 "  \
                                                                        "-B 64 -i any -f \"host "  \
                                                                        "ADDRESS\" -w "            \
                                                                        "signin.pcapng"
#define FULL_PACKETS                                                                               \
    "Capture whole packets on the client, from before the sign-in starts until after it failed. "  \
    "" RECIPES
#define KEYS                                                                                       \
    "Record the TLS keys while capturing (SSLKEYLOGFILE) and give them with -k; Communicator and " \
    "other programs that use Windows' own TLS write none: "

/* That nothing came proves nothing. */
#define SILENCE                                                                                    \
    "tcp-connect-timeout", "dns-timeout", "sip-register-unanswered", "tcp-accepted-silent",        \
        "tls-server-no-reply", "tcp-local-abort", "tcp-syn-dropped-after-rst", "tcp-idle-drop",    \
        "krb-kdc-unreachable"

static const char *const silence_rules[] = {SILENCE, NULL};

/* What is not there may be among what is missing. */
static const char *const absence_rules[] = {SILENCE,
                                            "tcp-closed-before-data",
                                            "tls-server-silent-close",
                                            "tls-client-silent-reject",
                                            "tls-handshake-abandoned",
                                            "tls-plain-sip-on-tls-port",
                                            "tls-hello-on-plain-port",
                                            "sip-auth-no-common-scheme",
                                            "sip-kerberos-only-external",
                                            "sip-interval-brief",
                                            NULL};

/* What the client did not do yet may come. */
static const char *const next_step_rules[] = {SILENCE,
                                              "dns-srv-missing",
                                              "dns-discovery-exhausted",
                                              "dns-host-unresolvable",
                                              "dns-srv-target-other-domain",
                                              "dns-strict-naming-violation",
                                              "dns-srv-order-ignored",
                                              "tls-handshake-abandoned",
                                              "sip-auth-no-common-scheme",
                                              "sip-kerberos-only-external",
                                              "sip-redirect-failed",
                                              "sip-interval-brief",
                                              NULL};

static const char *const cert_rules[] = {"tls-cert-name-mismatch",
                                         "tls-cert-ip-used",
                                         "tls-cert-expired",
                                         "tls-cert-not-yet-valid",
                                         "tls-cert-untrusted",
                                         "tls-cert-self-signed",
                                         "tls-cert-chain-incomplete",
                                         "tls-cert-revoked",
                                         "tls-crl-unreachable",
                                         "proxy-tls-interception",
                                         "tls-cert-wrong-eku",
                                         "tls-cert-weak",
                                         "tls-cert-wildcard-risk",
                                         "tls-ca-list-truncated",
                                         "tls-client-cert-missing",
                                         "tls-client-cert-rejected",
                                         NULL};
static const char *const name_rules[] = {"tls-cert-name-mismatch", "tls-cert-ip-used", NULL};
static const char *const clock_rules[] = {"tls-cert-expired", "tls-cert-not-yet-valid", NULL};
static const char *const sip_rules[] = {
    "sip-uri-not-found", "sip-user-not-enabled",           "sip-forbidden",
    "sip-auth-failed",   "ntlm-session-security-mismatch", NULL};
static const char *const dns_rules[] = {"dns-srv-missing", "dns-srv-target-no-address",
                                        "dns-srv-wrong-port", "manual-server-is-ip", NULL};
static const char *const no_rules[] = {NULL};

#define DNS_KINDS (CX_BIT(CX_EV_DNS) | CX_BIT(CX_EV_LLMNR) | CX_BIT(CX_EV_NBNS))
#define SIP_KINDS (CX_BIT(CX_EV_SIP))
#define AUTH_KINDS                                                                                 \
    (CX_BIT(CX_EV_NTLM) | CX_BIT(CX_EV_KRB) | CX_BIT(CX_EV_LOGON) | CX_BIT(CX_EV_HTTP))

const cx_coverage_record cx_coverage_records[CX_COV_IDS] = {
    [CX_COV_DAMAGED] = {"cap-damaged",
                        "The capture file is damaged or cut: what follows is missing.",
                        "Stop the capture before copying the file, and copy it whole. " RECIPES,
                        next_step_rules, 0},
    [CX_COV_UNKNOWN_LINK] = {"cap-unknown-link", "Packets of a link type that is not decoded.",
                             "Capture on the network interface itself. " RECIPES, no_rules, 0},
    [CX_COV_DROPS] = {"cap-drops", "The capturing program reports packets that it lost.",
                      "Capture the client's address only, with a larger buffer. " RECIPES_FOR_ONE,
                      absence_rules, 0},
    [CX_COV_CLOCK] = {"cap-clock", "The times of the packets are not sure.",
                      "Capture with a program that writes the time of each packet in UTC. " RECIPES,
                      clock_rules, 0},
    [CX_COV_DUPLICATES] = {"cap-duplicates",
                           "The capture holds packets more than once: the copies were left out.",
                           "Mirror a port or VLAN in one direction only, or capture on one "
                           "interface instead of all: dumpcap -i INTERFACE, pktmon start --capture "
                           "--comp nics, netsh trace start capture=yes capturetype=physical.",
                           no_rules, 0},
    [CX_COV_OFFLOAD] =
        {"cap-offload",
         "Packets look as the capturing computer hands them to its network card, or gets them from "
         "it: the card cuts up large segments, puts them together, and fills in checksums. That is "
         "normal and no fault.",
         "To see them as they are on the network, capture at a mirror port, or turn it off for the "
         "test: Linux ethtool -K INTERFACE tso off gso off gro off lro off tx off rx off, Windows "
         "Disable-NetAdapterLso, Disable-NetAdapterRsc and "
         "Disable-NetAdapterChecksumOffload. " RECIPES,
         no_rules, 0},
    [CX_COV_LIMIT] = {"cap-limit",
                      "A cap of the analyzer was reached: some conversations were let go.",
                      "Split the capture, or read the client's address alone: --filter 'host "
                      "ADDRESS'. " RECIPES_FOR_ONE,
                      silence_rules, 0},
    [CX_COV_ONE_DIRECTION] =
        {"cap-one-direction",
         "Most conversations show the packets of one side only: that nothing was answered proves "
         "nothing here.",
         "Capture on the client, or mirror both directions of the port. " FULL_PACKETS,
         absence_rules, CX_BIT(CX_EV_TCP)},
    [CX_COV_TRUNCATED] = {"cap-truncated",
                          "Packets are cut by the snap length: certificates and SIP bodies may be "
                          "unreadable.",
                          FULL_PACKETS, cert_rules, SIP_KINDS | AUTH_KINDS},
    [CX_COV_MISSING_SEGMENTS] =
        {"cap-missing-segments",
         "Bytes that were acknowledged are not in the capture: what they said is unknown.",
         "Capture closer to the client, with a larger buffer. " RECIPES_FOR_ONE, absence_rules, 0},
    [CX_COV_MID_CONNECTION] =
        {"cap-mid-connection",
         "Connections began before the capture: how they were set up, and their certificates, are "
         "unknown.",
         FULL_PACKETS, cert_rules, CX_BIT(CX_EV_TLS)},
    [CX_COV_STARTS_LATE] =
        {"cap-starts-late",
         "The capture begins within a sign-in: what came before its first packet, lookups and "
         "earlier connections among it, is unknown.",
         FULL_PACKETS, dns_rules, DNS_KINDS},
    [CX_COV_ENDS_EARLY] =
        {"cap-ends-early",
         "The capture ends before the outcome: no verdict on what was still under way.",
         FULL_PACKETS, next_step_rules, 0},
    [CX_COV_NO_DNS] =
        {"cap-no-dns",
         "There is no DNS in this capture: which names the client looked up, and which server "
         "name it wanted, is unknown.",
         "Clear the resolver cache first (Windows: ipconfig /flushdns; Linux: resolvectl "
         "flush-caches), then capture port 53 too. " FULL_PACKETS,
         dns_rules, DNS_KINDS},
    [CX_COV_SIP_ENCRYPTED] =
        {"cap-sip-encrypted",
         "The sign-in itself is inside TLS and cannot be read: what the server answered to it is "
         "unknown.",
         KEYS "for these use the log of the client and of the server, or a test over plain TCP. "
              "" RECIPES,
         sip_rules, SIP_KINDS},
    [CX_COV_SIP_COMPRESSED] =
        {"cap-compressed-sip",
         "Client and server agreed to compress SIP: what they said from then on cannot be read.",
         "Turn SIP compression off for the test, or use the client's and the server's own log. "
         "" RECIPES,
         sip_rules, SIP_KINDS},
    [CX_COV_TLS13_NO_CERT] =
        {"cap-tls13-no-cert",
         "TLS 1.3 hides the certificate: name, dates and issuer cannot be judged.",
         KEYS "for these limit client or server to TLS 1.2 for the test. " RECIPES, cert_rules, 0},
    [CX_COV_TLS_SECRETS] = {"cap-tls-secrets", "TLS connections that the secrets do not open.",
                            "Record the secrets of every TLS program while capturing "
                            "(SSLKEYLOGFILE), both from before the first connection on. A private "
                            "key of the server opens RSA key exchange only, up to TLS 1.2. "
                            "" RECIPES,
                            sip_rules, SIP_KINDS},
    [CX_COV_NAME_UNDECIDED] =
        {"cap-name-undecided",
         "Nothing on the wire says which name the client wanted, so its certificate's names are "
         "not judged.",
         "Give the name that was typed with --server NAME, or capture the DNS lookups too, after "
         "the resolver cache was cleared. " RECIPES,
         name_rules, 0},
    [CX_COV_HOST_NOT_VISIBLE] =
        {"host-not-visible",
         "What can be seen of network, TLS and registration shows no fault. Causes inside the "
         "client computer (for example access denied on the Communicator profile folder, or a "
         "policy) cannot be seen here.",
         "Check the client's event log.", no_rules, 0},
};

static bool is_listed(const cx_coverage_record *record, const cx_rule *rule)
{
    for (const char *const *id = record->withheld; *id; id++)
        if (strcmp(*id, rule->id) == 0)
            return true;
    return false;
}

size_t cx_coverage_withheld(const cx_coverage_record *record, const char **ids, size_t max)
{
    size_t n = 0;
    for (const char *const *id = record->withheld; *id && n < max; id++)
        ids[n++] = *id;
    for (size_t i = 0; cx_rules[i] && n < max; i++)
        if ((cx_rules[i]->needs & record->kinds) && !is_listed(record, cx_rules[i]))
            ids[n++] = cx_rules[i]->id;
    return n;
}
