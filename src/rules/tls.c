/* TLS handshakes that fail for other reasons than the certificate (signin-failures 1.4, 6). */
#include "base/text.h"
#include "rules/judging.h"
#include "rules/tls_state.h"

/* ---- Wrong protocol on the port ---- */

/* The server's bytes are not SIP answers, or there are none: it closed, alerted, or kept silent. */
static void detect_plain_on_tls(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        bool tls_port = c->server.port == 5061 || c->server.port == 443;
        bool tls_answer = c->tls.alert[CX_FROM_SERVER] != NULL || c->tls.server_hello != NULL;
        if (c->udp || !c->sip[CX_FROM_CLIENT].frame || c->sip[CX_FROM_SERVER].frame ||
            c->tls.client_hello || c->tls.data_read || c->tcp.one_sided ||
            !(tls_port || tls_answer) || c->gap[CX_FROM_SERVER] || c->outcome == CX_CONN_MID)
            continue;
        bool over = cx_conn_ended_by(c) >= 0 ||
                    j->a->decided_ns - c->sip[CX_FROM_CLIENT].ts_ns >= 15 * CX_SECOND_NS;
        if (!tls_answer && !over)
            continue;
        cx_finding *f = cx_find(j, tls_answer ? CX_PROVEN : CX_LIKELY, c);
        const char *how = tls_answer                              ? "answered with a TLS alert"
                          : cx_conn_ended_by(c) == CX_FROM_SERVER ? "closed the connection"
                                                                  : "did not answer";
        cx_find_text(j, f, "how", cx_slice_of(how));
        cx_show(j, f, c->sip[CX_FROM_CLIENT], "SIP request in clear text to port %u",
                c->server.port);
        if (c->tls.alert[CX_FROM_SERVER])
            cx_tls_show_alert(j, f, c->tls.alert[CX_FROM_SERVER]);
        if (cx_conn_ended_by(c) == CX_FROM_SERVER)
            cx_show(j, f, c->ended, "the server closes without a SIP answer");
    }
}

const cx_rule cx_rule_tls_plain_sip_on_tls_port = {
    .id = "tls-plain-sip-on-tls-port",
    .title = "The client sends SIP without TLS to a TLS port",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TCP),
    .detect = detect_plain_on_tls,
    .evidence = "The first client bytes are a SIP request in clear text, on port 5061 or 443 or to "
                "a server that "
                "answers with TLS, and the server alerts, closes or stays silent.",
    .rules_out = "The server answers SIP in clear text.",
    .traps = "Some PBXs take clear SIP on 5061 by design.",
    .explain = "{client} spoke plain SIP to {server}, where TLS is expected; the server {how}.",
    .remedy =
        "Select TLS as the transport in the client's connection settings, or use the port of the "
        "server's TCP listener (5060, where it is enabled).",
    .source = "Common Issues with Sign-in and Discovery, Failures with Manual Configuration",
    .shadows = cx_tls_end_of_handshake,
};

/* All that the server said was seen, and the dissector of TLS found nothing in it: the greeting of
 * another service (SMTP, SSH). */
static bool speaks_first_of_another(const cx_conn *c)
{
    return c->connected.frame && cx_conn_ended_by(c) >= 0 && !c->gap[CX_FROM_SERVER] &&
           !c->tls.server_cert && !c->tls.change_cipher[CX_FROM_SERVER].frame &&
           !c->tls.app_data[CX_FROM_SERVER].frame && !c->tls.close_notify[CX_FROM_SERVER];
}

static void detect_hello_on_plain(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        bool sip_answer = c->sip[CX_FROM_SERVER].frame != 0;
        bool text_answer = c->data[CX_FROM_SERVER].frame && !c->answer_unseen &&
                           (c->malformed[CX_FROM_SERVER].frame || speaks_first_of_another(c));
        cx_evidence hello = cx_conn_hello_at(c);
        if (!hello.frame || c->tls.server_hello || c->tls.alert[CX_FROM_SERVER] ||
            !(c->server.port == 5060 || sip_answer || text_answer))
            continue;
        /* It went on, so that the server spoke TLS: that is not captured. */
        if (c->tls.change_cipher[CX_FROM_CLIENT].frame || c->tls.app_data[CX_FROM_CLIENT].frame)
            continue;
        bool closed = cx_conn_ended_by(c) >= 0;
        bool silent = j->a->decided_ns - hello.ts_ns >= 15 * CX_SECOND_NS;
        if (!sip_answer && !text_answer && !closed && !silent)
            continue;
        if ((c->gap[CX_FROM_SERVER] || c->tcp.one_sided) && !sip_answer)
            continue;
        cx_finding *f = cx_find(j, sip_answer ? CX_PROVEN : CX_LIKELY, c);
        const char *how = sip_answer || text_answer               ? "answered in clear text"
                          : cx_conn_ended_by(c) == CX_FROM_SERVER ? "closed the connection"
                                                                  : "did not answer";
        cx_find_text(j, f, "how", cx_slice_of(how));
        cx_show(j, f, hello, "TLS ClientHello to port %u", c->server.port);
        cx_show(j, f, c->sip[CX_FROM_SERVER], "the server answers with SIP text");
        cx_show(j, f,
                c->malformed[CX_FROM_SERVER].frame || !text_answer ? c->malformed[CX_FROM_SERVER]
                                                                   : c->data[CX_FROM_SERVER],
                "the server's answer is not TLS");
        if (closed)
            cx_show(j, f, c->ended, "the %s closes",
                    cx_conn_ended_by(c) == CX_FROM_SERVER ? "server" : "client");
    }
}

const cx_rule cx_rule_tls_hello_on_plain_port = {
    .id = "tls-hello-on-plain-port",
    .title = "The client starts TLS on a port that does not speak it",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_hello_on_plain,
    .evidence =
        "A ClientHello to port 5060, or to a server that answers it with SIP or other bytes that "
        "are no TLS; no ServerHello.",
    .rules_out = "A ServerHello or an alert: the port does speak TLS.",
    .traps = "Some servers run TLS on 5060 on purpose: the server's bytes decide, not the port.",
    .explain = "{client} sent a TLS ClientHello to {server}, a port without TLS; the server {how}.",
    .remedy = "Use port 5061 for TLS (443 on an Access Edge), or select TCP in the client.",
    .source =
        "Common Issues with Sign-in and Discovery, Failures with Manual Configuration; RFC 3261 18",
    .shadows = cx_tls_end_of_handshake,
};

/* ---- Alerts and closes without a visible reason ---- */

/* TLS 1.3: behind its handshake the server sent one record of an alert's size and closed. So it
 * refuses what came with the client's Finished: the certificate, or that there is none. */
static void detect_hidden_alert(cx_judging *j, const cx_conn *c)
{
    cx_evidence alert = c->tls.encrypted_alert[CX_FROM_SERVER];
    if (!alert.frame || cx_conn_tls_version(c) < 0x0304 || c->tls.opened ||
        c->tls.encrypted_alert[CX_FROM_CLIENT].frame || c->gap[0] || c->gap[1] || !c->ended.frame ||
        cx_evidence_after(&alert, &c->ended) || j->a->web_only ||
        alert.ts_ns - c->tls.app_data[CX_FROM_CLIENT].ts_ns > 2 * CX_SECOND_NS)
        return; /* what follows the client's FIN, or comes late, is a farewell */
    cx_finding *f = cx_find(j, CX_POSSIBLE, c);
    f->explain =
        "{server} answered the end of the handshake of {client} with an encrypted record "
        "of the size of an alert, and nothing else. TLS 1.3 hides which alert: servers refuse "
        "so a client certificate, or that there is none.";
    cx_show(j, f, alert, "encrypted alert of the server");
    cx_show(j, f, c->ended, "the %s closes",
            cx_conn_ended_by(c) == CX_FROM_SERVER ? "server" : "client");
    if (c->tls.client_hello)
        cx_tls_show_hello(j, f, c);
}

static void detect_alert(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        detect_hidden_alert(j, c);
        for (int dir = 0; dir < 2; dir++) {
            const cx_event *alert = c->tls.alert[dir];
            /* Behind both Finished and data of the client it is not about the handshake. */
            bool late = cx_conn_tls_complete(c) && c->tls.app_data[CX_FROM_CLIENT].frame;
            /* The server complains to a client that connected and left without a word: a probe. */
            bool probe = c->connected.frame && !c->data[CX_FROM_CLIENT].frame &&
                         !c->gap[CX_FROM_CLIENT] && !c->tcp.one_sided;
            if (!alert || alert->u.tls.level < 2 || cx_conn_tls_used(c) || late || probe)
                continue;
            const char *who = dir == CX_FROM_CLIENT ? "client" : "server";
            cx_finding *f = cx_find(j, CX_PROVEN, c);
            f->goes_on_ns = dir == CX_FROM_SERVER ? CX_NEXT_SERVER_NS : 0; /* another ClientHello */
            cx_find_text(j, f, "who", cx_slice_of(who));
            cx_find_format(j, f, "alert", "%u (%s)", alert->u.tls.description,
                           cx_tls_alert_text(alert->u.tls.description));
            cx_tls_show_alert(j, f, alert);
            if (c->tls.client_hello)
                cx_tls_show_hello(j, f, c);
            if (c->tls.server_cert)
                cx_show(j, f, c->tls.server_cert->at, "certificate of the server");
        }
    }
}

const cx_rule cx_rule_tls_alert_fatal = {
    .id = "tls-alert-fatal",
    .title = "The TLS handshake ended with a fatal alert",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_alert,
    .evidence = "A readable alert of level fatal before the channel was used; in TLS 1.3 also one "
                "encrypted record of an alert's size that the server sends before anybody closes, "
                "behind its handshake and nothing else (possible).",
    .rules_out = "close_notify; an alert after application data.",
    .traps = "The sender of an alert judges the other side's message.",
    .explain = "The {who} ended the handshake between {client} and {server} with alert {alert}.",
    .remedy = "The alert says what its sender disliked in the other side's last message; the log "
              "of the side "
              "that sent it (Schannel events 36887 and 36888 on Windows) names the details.",
    .source = "RFC 5246 7.2; RFC 8446 6",
    .shadows = (const char *const[]){"tls-server-silent-close", "tls-client-silent-reject",
                                     "tls-handshake-abandoned", "tcp-reset-established", NULL},
};

/* What may be the reason, as far as the certificate does not tell. */
static const char *left_open(const cx_conn *c)
{
    if (cx_conn_tls_version(c) >= 0x0304 && !c->tls.server_cert)
        return "TLS 1.3 hides the certificate and the reason";
    if (c->tls.server_cert && c->tls.server_cert->u.tls.trust == CX_CHAIN_TRUSTED)
        return "the certificate shows no fault by itself, and those given with --trust vouch for "
               "it: its revocation may not be checkable, this client may lack the root, or the "
               "user cancelled";
    return "the certificate shows no fault by itself: its issuer may not be trusted (the client's "
           "trust store is not visible; give its roots with --trust), its revocation may not be "
           "checkable, or the user cancelled";
}

static void detect_client_reject(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        cx_verdict_on_cert v = cx_tls_verdict(c);
        bool hidden = cx_conn_tls_version(c) >= 0x0304;
        /* After a complete handshake a bare probe of the port leaves just so: only a client that
         * discovery led here, or one that judges then, had something to say. In TLS 1.3 an alert in
         * place of its Finished is a refusal. */
        bool refused13 = hidden && c->tls.client_refused13 && !c->gap[CX_FROM_CLIENT];
        bool after = v == CX_CERT_REFUSED_AFTER;
        bool probe = after && !refused13 && j->a->configuration != CX_CONFIG_AUTOMATIC &&
                     !cx_tls_judges_late(c);
        if (j->a->web_only || !(v == CX_CERT_REFUSED_CLOSE || after) || (probe && !hidden))
            continue;
        bool sure = v == CX_CERT_REFUSED_CLOSE || cx_tls_went_on(j->a, c);
        cx_finding *f = cx_find(j, sure ? CX_LIKELY : CX_POSSIBLE, c);
        if (probe) {
            f->severity = CX_NOTE;
            f->explain = "{client} closed the connection after the handshake with {server} and had "
                         "said nothing: it refused the certificate, or only looked whether the "
                         "port answers; {visible}.";
        }
        cx_find_text(j, f, "visible", cx_slice_of(left_open(c)));
        cx_show(j, f, c->tls.encrypted_alert[CX_FROM_CLIENT], "encrypted alert of the client");
        cx_show(j, f, c->ended, "the client closes");
        if (c->tls.server_cert)
            cx_show(j, f, c->tls.server_cert->at, "certificate of the server");
        cx_show(j, f, c->tls.server_hello->at, "ServerHello");
    }
}

const cx_rule cx_rule_tls_client_silent_reject = {
    .id = "tls-client-silent-reject",
    .title = "The client closed after the server's certificate, without a readable alert",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_client_reject,
    .evidence = "ServerHello and certificate, then FIN or RST from the client before its key "
                "exchange; in TLS "
                "1.3 an encrypted alert and close after the server's flight.",
    .rules_out = "The client's key exchange.",
    .traps = "The user may have cancelled. Schannel clients often close without an alert.",
    .explain =
        "{client} closed the connection after the certificate of {server} had come; {visible}.",
    .remedy = "Check on the client, in this order: the name, the issuer's root, the dates and the "
              "revocation "
              "lists of the server's certificate. The client's event log names the reason.",
    .source = "RFC 5246 7.4.2; RFC 8446 4.4.2",
    .shadows = (const char *const[]){"tls-handshake-abandoned", NULL},
};

static void detect_server_close(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (j->a->web_only || !c->tls.client_hello || c->tls.server_hello ||
            c->tls.alert[CX_FROM_SERVER] || cx_conn_ended_by(c) != CX_FROM_SERVER ||
            c->data[CX_FROM_SERVER].frame || c->gap[CX_FROM_SERVER] || c->gap[CX_FROM_CLIENT] ||
            c->answer_unseen)
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        cx_find_text(j, f, "how", cx_slice_of(c->end == CX_END_RESET ? "reset" : "closed"));
        cx_show(j, f, c->ended, "%s from the server, no ServerHello, no alert",
                c->end == CX_END_RESET ? "RST" : "FIN");
        cx_tls_show_hello(j, f, c);
        cx_show(j, f, c->connected, "connection established");
    }
}

const cx_rule cx_rule_tls_server_silent_close = {
    .id = "tls-server-silent-close",
    .title = "The server closed after the ClientHello, without an alert",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_server_close,
    .evidence = "ClientHello, then FIN or RST from the server; no ServerHello, no alert.",
    .rules_out = "A ServerHello; lost packets of the server.",
    .traps = "Load balancer probes; ports of another protocol. Schannel servers with an unusable "
             "certificate "
             "do exactly this.",
    .explain = "{server} accepted the connection of {client}, got its ClientHello and {how} the "
               "connection "
               "without a word.",
    .remedy = "Check on the server: the certificate and access to its private key, the TLS "
              "versions and cipher "
              "suites that are enabled, and whether the port speaks TLS.",
    .source = "KB 836410; RFC 5246 7.2",
    .shadows = (const char *const[]){"tls-handshake-abandoned", NULL},
};

static void detect_no_reply(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        cx_evidence hello = cx_conn_hello_at(c);
        if (j->a->web_only || !hello.frame || c->tls.server_hello ||
            c->data[CX_FROM_SERVER].frame || c->gap[CX_FROM_SERVER] || c->tcp.one_sided ||
            cx_conn_ended_by(c) == CX_FROM_SERVER)
            continue;
        int64_t until = c->ended.frame ? c->ended.ts_ns : j->a->decided_ns;
        if (until - hello.ts_ns < 15 * CX_SECOND_NS)
            continue;
        cx_finding *f = cx_find(j, CX_LIKELY, c);
        const cx_tcp_side *client = &c->tcp.side[CX_FROM_CLIENT];
        cx_find_text(j, f, "seconds", cx_say_seconds(j, until - hello.ts_ns));
        if (!client->acked && client->retransmissions >= 2) {
            cx_find_number(j, f, "again", client->retransmissions);
            f->explain = "{server} accepted the connection of {client} and never acknowledged all "
                         "of its ClientHello in {seconds} s, though it was sent again {again} "
                         "times: a part of it gets lost on the way, or all of it.";
            cx_show(j, f, client->last_data, "its end, not acknowledged");
        }
        if (c->tls.client_hello)
            cx_tls_show_hello(j, f, c);
        else
            cx_show(j, f, hello, "ClientHello, cut short in the capture");
        cx_show(j, f, c->connected, "connection established");
        cx_show(j, f, c->ended, "the client gives up");
    }
}

const cx_rule cx_rule_tls_server_no_reply = {
    .id = "tls-server-no-reply",
    .title = "The server does not answer the ClientHello",
    .default_severity = CX_FAILURE,
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_no_reply,
    .evidence =
        "A ClientHello on an established connection and no payload from the server for 15 s.",
    .rules_out = "Any payload from the server; segments of it that were lost.",
    .traps = "A large server flight may be lost to an MTU black hole; a ClientHello of two "
             "segments may have "
             "arrived in part.",
    .explain =
        "{server} accepted the connection of {client} and did not answer its ClientHello for "
        "{seconds} s.",
    .remedy = "Check whether the service hangs, whether the port speaks another protocol, and "
              "whether a device in between inspects TLS. Where the ClientHello is not "
              "acknowledged, capture at the server as well: what does not arrive there is dropped "
              "on the way.",
    .source = "RFC 5246 7.3",
    .shadows = (const char *const[]){"tcp-accepted-silent", "tls-handshake-abandoned", NULL},
};

static void detect_abandoned(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_conns; i++) {
        const cx_conn *c = j->a->conns[i];
        if (j->a->web_only || !c->tls.client_hello || !c->data[CX_FROM_SERVER].frame ||
            cx_conn_tls_complete(c) || c->gap[0] || c->gap[1])
            continue; /* what is missing may be the rest of it */
        bool ended = cx_conn_ended_by(c) >= 0;
        if (!ended && c->outcome == CX_CONN_MID)
            continue; /* its SYN is not there: a filter that wants bytes takes its FIN away as well
                       */
        int64_t until = ended ? c->ended.ts_ns : j->a->decided_ns;
        if (!ended && until - c->last_ns < 15 * CX_SECOND_NS)
            continue;
        cx_finding *f = cx_find(j, CX_POSSIBLE, c);
        cx_find_text(j, f, "who",
                     cx_slice_of(!ended ? "nobody closed the connection"
                                 : cx_conn_ended_by(c) == CX_FROM_CLIENT ? "the client closed"
                                                                         : "the server closed"));
        cx_show(j, f, c->ended, "the end of the connection");
        cx_tls_show_hello(j, f, c);
        if (c->tls.server_hello)
            cx_show(j, f, c->tls.server_hello->at, "ServerHello");
    }
}

const cx_rule cx_rule_tls_handshake_abandoned = {
    .id = "tls-handshake-abandoned",
    .title = "The TLS handshake stopped half-way",
    .default_severity = CX_WARNING,
    .stops = true, /* a client may wait longer; one that does not ends here */
    .layer = "tls",
    .needs = CX_BIT(CX_EV_TLS),
    .detect = detect_abandoned,
    .evidence = "ClientHello and an answer of the server, then no complete handshake: the "
                "connection ended, or "
                "stood still for 15 s.",
    .rules_out = "A complete handshake; a capture that ends sooner.",
    .traps = "A capture filter, the snap length or lost packets may hide the rest.",
    .explain = "The handshake between {client} and {server} was not completed: {who}.",
    .remedy = "Capture again with full packets (snap length 0) on the client to see the messages "
              "in between; "
              "then look at the certificate and at the logs of the side that closed.",
    .source = "RFC 5246 7.3",
};
