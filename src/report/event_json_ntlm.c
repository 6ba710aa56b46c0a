/* Members of `ntlm` events. The responses and keys themselves never come here. */
#include "report/json_members.h"

static const char *message_name(cx_ntlm_message message)
{
    switch (message) {
    case CX_NTLM_NEGOTIATE:
        return "negotiate";
    case CX_NTLM_CHALLENGE:
        return "challenge";
    case CX_NTLM_AUTHENTICATE:
        return "authenticate";
    }
    return NULL;
}

static void put_flags(cx_members *m, uint32_t flags)
{
    cx_members_hex(m, "flags", flags, 8);
    cx_members_open_list(m, "flag_names");
    for (int i = 0; i < 32; i++) {
        uint32_t bit = UINT32_C(1) << i;
        const char *name = flags & bit ? cx_ntlm_flag_name(bit) : NULL;
        cx_members_string(m, NULL, name);
    }
    cx_members_close_list(m);
}

void cx_event_json_ntlm(cx_members *m, const cx_ev_ntlm *e)
{
    cx_members_string(m, "message", message_name(e->message));
    cx_members_string(m, "carrier", e->carrier);
    if (e->has_flags)
        put_flags(m, e->flags);
    cx_members_slice(m, "target", e->target);
    cx_members_slice(m, "domain", e->domain);
    cx_members_slice(m, "user", e->user);
    cx_members_slice(m, "workstation", e->workstation);
    cx_members_slice(m, "nb_computer", e->nb_computer);
    cx_members_slice(m, "nb_domain", e->nb_domain);
    cx_members_slice(m, "dns_computer", e->dns_computer);
    cx_members_slice(m, "dns_domain", e->dns_domain);
    cx_members_slice(m, "dns_tree", e->dns_tree);
    cx_members_slice(m, "target_name", e->target_name);
    if (e->message == CX_NTLM_AUTHENTICATE) {
        cx_members_string(m, "response", cx_ntlm_response_name(e->response));
        cx_members_bool(m, "mic", e->mic);
    }
}
