/* Names of NTLM NegotiateFlags and of the kinds of response (MS-NLMP 2.2.2.5, 3.3). */
#include "event/event.h"

/* Bits without a name are reserved there. */
static const char *const flags[32] = {
    [0] = "NEGOTIATE_UNICODE",
    [1] = "NEGOTIATE_OEM",
    [2] = "REQUEST_TARGET",
    [4] = "NEGOTIATE_SIGN",
    [5] = "NEGOTIATE_SEAL",
    [6] = "NEGOTIATE_DATAGRAM",
    [7] = "NEGOTIATE_LM_KEY",
    [9] = "NEGOTIATE_NTLM",
    [11] = "NEGOTIATE_ANONYMOUS",
    [12] = "NEGOTIATE_OEM_DOMAIN_SUPPLIED",
    [13] = "NEGOTIATE_OEM_WORKSTATION_SUPPLIED",
    [15] = "NEGOTIATE_ALWAYS_SIGN",
    [16] = "TARGET_TYPE_DOMAIN",
    [17] = "TARGET_TYPE_SERVER",
    [19] = "NEGOTIATE_EXTENDED_SESSIONSECURITY",
    [20] = "NEGOTIATE_IDENTIFY",
    [22] = "REQUEST_NON_NT_SESSION_KEY",
    [23] = "NEGOTIATE_TARGET_INFO",
    [25] = "NEGOTIATE_VERSION",
    [29] = "NEGOTIATE_128",
    [30] = "NEGOTIATE_KEY_EXCH",
    [31] = "NEGOTIATE_56",
};

static const char *const responses[] = {
    [CX_NTLM_RESPONSE_NONE] = NULL,
    [CX_NTLM_RESPONSE_ANONYMOUS] = "anonymous",
    [CX_NTLM_RESPONSE_LM] = "lm",
    [CX_NTLM_RESPONSE_NTLMV1] = "ntlmv1",
    [CX_NTLM_RESPONSE_NTLM2_SESSION] = "ntlm2-session",
    [CX_NTLM_RESPONSE_NTLMV2] = "ntlmv2",
    [CX_NTLM_RESPONSE_MALFORMED] = "malformed",
};

const char *cx_ntlm_flag_name(uint32_t bit)
{
    for (int i = 0; i < 32; i++)
        if (bit == UINT32_C(1) << i)
            return flags[i];
    return NULL;
}

const char *cx_ntlm_response_name(cx_ntlm_response response)
{
    return (size_t)response < sizeof responses / sizeof *responses ? responses[response] : NULL;
}
