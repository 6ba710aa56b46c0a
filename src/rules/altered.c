/* SIP that something on the path changed, where one capture can show it (signin-failures 1.5). */
#include "base/text.h"
#include "rules/answer.h"
#include "rules/judging.h"

/* "host" and "host:5060" are the same sender (RFC 3261 18.2.2), TLS aside. */
static cx_slice host_of(cx_slice sent_by)
{
    cx_slice port = {(const uint8_t *)":5060", 5};
    bool said = sent_by.len > port.len &&
                cx_slice_eq(cx_slice_sub(sent_by, sent_by.len - port.len, port.len), port);
    return said ? cx_slice_sub(sent_by, 0, sent_by.len - port.len) : sent_by;
}

/* A server copies the Via headers of the request into its response (RFC 3261 8.2.6.2). What came
 * back is not what was sent: something rewrote it on one of the ways. */
static void detect(cx_judging *j)
{
    for (uint32_t i = 0; i < j->a->n_registers; i++) {
        const cx_register *r = &j->a->registers[i];
        if (!r->request || !r->response)
            continue;
        const cx_ev_sip *sent = &r->request->u.sip, *got = &r->response->u.sip;
        if (!sent->via_host.len || !got->via_host.len || sent->cut || got->cut ||
            !cx_slice_eq(sent->branch, got->branch) ||
            cx_host_eq(host_of(sent->via_host), host_of(got->via_host)))
            continue;
        cx_finding *f = cx_find_answer(j, r, CX_PROVEN);
        cx_find_text(j, f, "sent", sent->via_host);
        cx_find_text(j, f, "got", got->via_host);
        return;
    }
}

const cx_rule cx_rule_sip_message_altered = {
    .id = "sip-message-altered",
    .title = "SIP is rewritten on the way",
    .default_severity = CX_WARNING,
    .layer = "sip",
    .needs = CX_BIT(CX_EV_SIP),
    .detect = detect,
    .evidence = "The answer to a REGISTER carries another address in its topmost Via than the "
                "request with the same branch: servers copy that header.",
    .rules_out = "The same Via. TLS: nothing on the path can read it.",
    .traps = "A public address in Via or Contact is no proof by itself: clients with STUN put it "
             "there. What is changed and changed back leaves no trace in one capture.",
    .explain =
        "{client} sent its REGISTER with Via {sent}, and the answer of {server} came back with "
        "{got}: a device on the way rewrites SIP (an application layer gateway).",
    .remedy =
        "Switch the SIP gateway function (SIP ALG) of the router or firewall off, or use TLS.",
    .source = "RFC 3261 8.2.6.2, 18.2.2",
};
