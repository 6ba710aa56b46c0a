/* Names of the codes that a logon ends with: NTSTATUS (MS-ERREF 2.3.1), results of LDAP (RFC 4511
 * 4.1.9); the NTSTATUS behind a Win32 code. */
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
    {0xc000006a, "STATUS_WRONG_PASSWORD"},
    {0xc000006b, "STATUS_ILL_FORMED_PASSWORD"},
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
    {0xc0000105, "STATUS_LOGON_SESSION_COLLISION"},
    {0xc0000124, "STATUS_SPECIAL_ACCOUNT"},
    {0xc0000132, "STATUS_LOGON_SERVER_CONFLICT"},
    {0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC"},
    {0xc0000151, "STATUS_NO_SUCH_ALIAS"},
    {0xc0000155, "STATUS_LOGON_NOT_GRANTED"},
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
    {0xc000025a, "STATUS_PWD_TOO_SHORT"},
    {0xc000025b, "STATUS_PWD_TOO_RECENT"},
    {0xc000025c, "STATUS_PWD_HISTORY_CONFLICT"},
    {0xc00002c3, "STATUS_MUTUAL_AUTHENTICATION_FAILED"},
    {0xc00002ef, "STATUS_NO_TGT_REPLY"},
    {0xc00002f1, "STATUS_NO_IP_ADDRESSES"},
    {0xc00002f2, "STATUS_WRONG_CREDENTIAL_HANDLE"},
    {0xc00002f5, "STATUS_MUST_BE_KDC"},
    {0xc00002f6, "STATUS_STRONG_CRYPTO_NOT_SUPPORTED"},
    {0xc00002f8, "STATUS_NO_PA_DATA"},
    {0xc00002f9, "STATUS_PKINIT_NAME_MISMATCH"},
    {0xc00002fa, "STATUS_SMARTCARD_LOGON_REQUIRED"},
    {0xc00002fb, "STATUS_KDC_INVALID_REQUEST"},
    {0xc00002fc, "STATUS_KDC_UNABLE_TO_REFER"},
    {0xc00002fd, "STATUS_KDC_UNKNOWN_ETYPE"},
    {0xc0000320, "STATUS_PKINIT_FAILURE"},
    {0xc0000322, "STATUS_NO_KERB_KEY"},
    {0xc0000351, "STATUS_UNSUPPORTED_PREAUTH"},
    {0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED"},
    {0xc0000380, "STATUS_SMARTCARD_WRONG_PIN"},
    {0xc0000381, "STATUS_SMARTCARD_CARD_BLOCKED"},
    {0xc0000383, "STATUS_SMARTCARD_NO_CARD"},
    {0xc0000385, "STATUS_SMARTCARD_NO_CERTIFICATE"},
    {0xc0000388, "STATUS_DOWNGRADE_DETECTED"},
    {0xc0000389, "STATUS_SMARTCARD_CERT_REVOKED"},
    {0xc000038a, "STATUS_ISSUING_CA_UNTRUSTED"},
    {0xc000038b, "STATUS_REVOCATION_OFFLINE_C"},
    {0xc000038c, "STATUS_PKINIT_CLIENT_FAILURE"},
    {0xc000038d, "STATUS_SMARTCARD_CERT_EXPIRED"},
    {0xc000040a, "STATUS_NO_S4U_PROT_SUPPORT"},
    {0xc000040b, "STATUS_CROSSREALM_DELEGATION_FAILURE"},
    {0xc000040c, "STATUS_REVOCATION_OFFLINE_KDC"},
    {0xc000040d, "STATUS_ISSUING_CA_UNTRUSTED_KDC"},
    {0xc000040e, "STATUS_KDC_CERT_EXPIRED"},
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

/* What Windows makes of these NTSTATUS on the way up (MS-ERREF 2.2, 2.3.1). Of a wrong name and a
 * wrong password it makes the same. */
static const struct {
    uint32_t code, status;
} win32[] = {
    {0x32, 0xc00000bb},  /* ERROR_NOT_SUPPORTED */
    {0x56, 0xc000006a},  /* ERROR_INVALID_PASSWORD */
    {0x57, 0xc000000d},  /* ERROR_INVALID_PARAMETER */
    {0x4f1, 0xc0000388}, /* ERROR_DOWNGRADE_DETECTED */
    {0x51f, 0xc000005e}, /* ERROR_NO_LOGON_SERVERS */
    {0x525, 0xc0000064}, /* ERROR_NO_SUCH_USER */
    {0x52e, 0xc000006d}, /* ERROR_LOGON_FAILURE */
    {0x52f, 0xc000006e}, /* ERROR_ACCOUNT_RESTRICTION */
    {0x530, 0xc000006f}, /* ERROR_INVALID_LOGON_HOURS */
    {0x531, 0xc0000070}, /* ERROR_INVALID_WORKSTATION */
    {0x532, 0xc0000071}, /* ERROR_PASSWORD_EXPIRED */
    {0x533, 0xc0000072}, /* ERROR_ACCOUNT_DISABLED */
    {0x569, 0xc000015b}, /* ERROR_LOGON_TYPE_NOT_GRANTED */
    {0x576, 0xc0000133}, /* ERROR_TIME_SKEW */
    {0x6fb, 0xc000018b}, /* ERROR_NO_TRUST_SAM_ACCOUNT */
    {0x6fc, 0xc000018c}, /* ERROR_TRUSTED_DOMAIN_FAILURE */
    {0x6fd, 0xc000018d}, /* ERROR_TRUSTED_RELATIONSHIP_FAILURE */
    {0x700, 0xc0000192}, /* ERROR_NETLOGON_NOT_STARTED */
    {0x701, 0xc0000193}, /* ERROR_ACCOUNT_EXPIRED */
    {0x773, 0xc0000224}, /* ERROR_PASSWORD_MUST_CHANGE */
    {0x775, 0xc0000234}, /* ERROR_ACCOUNT_LOCKED_OUT */
    {0x78f, 0xc0000413}, /* ERROR_AUTHENTICATION_FIREWALL_FAILED */
    {0x791, 0xc0000418}, /* ERROR_NTLM_BLOCKED */
};

uint32_t cx_ntstatus_of_win32(uint32_t code)
{
    for (size_t i = 0; i < sizeof win32 / sizeof *win32; i++)
        if (win32[i].code == code)
            return win32[i].status;
    return 0;
}

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
