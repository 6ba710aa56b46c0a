/* Names of the codes that a logon ends with: NTSTATUS (MS-ERREF 2.3.1), results of LDAP (RFC 4511
 * 4.1.9). */
#include "event/event.h"

static const struct {
    uint32_t status;
    const char *name;
} ntstatus[] = {
    {0x00000000, "STATUS_SUCCESS"},
    {0xc0000001, "STATUS_UNSUCCESSFUL"},
    {0xc0000002, "STATUS_NOT_IMPLEMENTED"},
    {0xc000000d, "STATUS_INVALID_PARAMETER"},
    {0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED"},
    {0xc0000017, "STATUS_NO_MEMORY"},
    {0xc0000022, "STATUS_ACCESS_DENIED"},
    {0xc000003b, "STATUS_OBJECT_PATH_SYNTAX_BAD"},
    {0xc000005e, "STATUS_NO_LOGON_SERVERS"},
    {0xc000005f, "STATUS_NO_SUCH_LOGON_SESSION"},
    {0xc0000060, "STATUS_NO_SUCH_PRIVILEGE"},
    {0xc0000061, "STATUS_PRIVILEGE_NOT_HELD"},
    {0xc0000062, "STATUS_INVALID_ACCOUNT_NAME"},
    {0xc0000064, "STATUS_NO_SUCH_USER"},
    {0xc0000069, "STATUS_SPECIAL_ACCOUNT"},
    {0xc000006a, "STATUS_WRONG_PASSWORD"},
    {0xc000006c, "STATUS_PASSWORD_RESTRICTION"},
    {0xc000006d, "STATUS_LOGON_FAILURE"},
    {0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
    {0xc000006f, "STATUS_INVALID_LOGON_HOURS"},
    {0xc0000070, "STATUS_INVALID_WORKSTATION"},
    {0xc0000071, "STATUS_PASSWORD_EXPIRED"},
    {0xc0000072, "STATUS_ACCOUNT_DISABLED"},
    {0xc0000073, "STATUS_NONE_MAPPED"},
    {0xc000009a, "STATUS_INSUFFICIENT_RESOURCES"},
    {0xc00000bb, "STATUS_NOT_SUPPORTED"},
    {0xc00000be, "STATUS_BAD_NETWORK_PATH"},
    {0xc00000c4, "STATUS_UNEXPECTED_NETWORK_ERROR"},
    {0xc00000cb, "STATUS_BAD_DEVICE_TYPE"},
    {0xc00000cc, "STATUS_BAD_NETWORK_NAME"},
    {0xc00000d0, "STATUS_REQUEST_NOT_ACCEPTED"},
    {0xc00000dc, "STATUS_INVALID_SERVER_STATE"},
    {0xc00000dd, "STATUS_INVALID_DOMAIN_STATE"},
    {0xc00000de, "STATUS_INVALID_DOMAIN_ROLE"},
    {0xc00000df, "STATUS_NO_SUCH_DOMAIN"},
    {0xc00000e5, "STATUS_INTERNAL_ERROR"},
    {0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC"},
    {0xc0000151, "STATUS_NO_SUCH_ALIAS"},
    {0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED"},
    {0xc000018a, "STATUS_NO_TRUST_LSA_SECRET"},
    {0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT"},
    {0xc000018c, "STATUS_TRUSTED_DOMAIN_FAILURE"},
    {0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"},
    {0xc0000190, "STATUS_TRUST_FAILURE"},
    {0xc0000192, "STATUS_NETLOGON_NOT_STARTED"},
    {0xc0000193, "STATUS_ACCOUNT_EXPIRED"},
    {0xc0000198, "STATUS_NOLOGON_INTERDOMAIN_TRUST_ACCOUNT"},
    {0xc0000199, "STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT"},
    {0xc000019a, "STATUS_NOLOGON_SERVER_TRUST_ACCOUNT"},
    {0xc000019b, "STATUS_DOMAIN_TRUST_INCONSISTENT"},
    {0xc0000203, "STATUS_USER_SESSION_DELETED"},
    {0xc000020c, "STATUS_CONNECTION_DISCONNECTED"},
    {0xc0000224, "STATUS_PASSWORD_MUST_CHANGE"},
    {0xc0000225, "STATUS_NOT_FOUND"},
    {0xc0000233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND"},
    {0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
    {0xc000023c, "STATUS_NETWORK_UNREACHABLE"},
    {0xc00002e0, "STATUS_MUTUAL_AUTHENTICATION_FAILED"},
    {0xc00002fb, "STATUS_KDC_UNABLE_TO_REFER"},
    {0xc00002fd, "STATUS_KDC_UNKNOWN_ETYPE"},
    {0xc0000307, "STATUS_UNSUPPORTED_PREAUTH"},
    {0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED"},
    {0xc0000380, "STATUS_SMARTCARD_WRONG_PIN"},
    {0xc0000388, "STATUS_DOWNGRADE_DETECTED"},
    {0xc000038b, "STATUS_PKINIT_NAME_MISMATCH"},
    {0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"},
    {0xc0000418, "STATUS_NTLM_BLOCKED"},
    /* SSPI codes that Samba puts into the same field (MS-ERREF 2.1.1) */
    {0x80090302, "SEC_E_UNSUPPORTED_FUNCTION"},
    {0x80090308, "SEC_E_INVALID_TOKEN"},
    {0x8009030c, "SEC_E_LOGON_DENIED"},
    {0x80090346, "SEC_E_BAD_BINDINGS"},
};

static const struct {
    uint32_t code;
    const char *name;
} ldap[] = {
    {0, "success"},
    {1, "operationsError"},
    {2, "protocolError"},
    {3, "timeLimitExceeded"},
    {4, "sizeLimitExceeded"},
    {5, "compareFalse"},
    {6, "compareTrue"},
    {7, "authMethodNotSupported"},
    {8, "strongerAuthRequired"},
    {10, "referral"},
    {11, "adminLimitExceeded"},
    {12, "unavailableCriticalExtension"},
    {13, "confidentialityRequired"},
    {14, "saslBindInProgress"},
    {16, "noSuchAttribute"},
    {17, "undefinedAttributeType"},
    {18, "inappropriateMatching"},
    {19, "constraintViolation"},
    {20, "attributeOrValueExists"},
    {21, "invalidAttributeSyntax"},
    {32, "noSuchObject"},
    {33, "aliasProblem"},
    {34, "invalidDNSyntax"},
    {36, "aliasDereferencingProblem"},
    {48, "inappropriateAuthentication"},
    {49, "invalidCredentials"},
    {50, "insufficientAccessRights"},
    {51, "busy"},
    {52, "unavailable"},
    {53, "unwillingToPerform"},
    {54, "loopDetect"},
    {64, "namingViolation"},
    {65, "objectClassViolation"},
    {66, "notAllowedOnNonLeaf"},
    {67, "notAllowedOnRDN"},
    {68, "entryAlreadyExists"},
    {69, "objectClassModsProhibited"},
    {71, "affectsMultipleDSAs"},
    {80, "other"},
};

const char *cx_ntstatus_name(uint32_t status)
{
    for (size_t i = 0; i < sizeof ntstatus / sizeof *ntstatus; i++)
        if (ntstatus[i].status == status)
            return ntstatus[i].name;
    return NULL;
}

const char *cx_ldap_result_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof ldap / sizeof *ldap; i++)
        if (ldap[i].code == code)
            return ldap[i].name;
    return NULL;
}
