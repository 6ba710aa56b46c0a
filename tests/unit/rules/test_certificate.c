/* Certificates that a client refuses: for each thing that rules a defect out as the reason, and
 * each trap, a pair of scenes in which only that differs. */
#include "said_cases.h"

#define C CX_FROM_CLIENT
#define S CX_FROM_SERVER

/* A handshake up to the certificate, with this name asked for (NULL: none). */
static scene_conn shown(scene *s, const char *sni, const char *names, int from, int to)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, sni, 0x0303);
    scene_server_hello(s, &c, 0x0303);
    scene_certificate(s, &c, names, from, to);
    return c;
}

static void refuse(scene *s, scene_conn *c, uint8_t alert)
{
    if (alert)
        scene_alert(s, c, C, 2, alert);
    scene_close(s, c, C);
    scene_wait(s, 6);
}

static void use(scene *s, scene_conn *c)
{
    scene_finish(s, c);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, C);
    scene_tls(s, c, CX_TLS_APPLICATION_DATA, S);
    scene_close(s, c, C);
}

static void refused(scene *s, const char *names, uint8_t alert)
{
    scene_conn c = shown(s, "sip.contoso.com", names, -10, 100);
    refuse(s, &c, alert);
}

static void refused_dated(scene *s, const char *names, int from, int to, uint8_t alert)
{
    scene_conn c = shown(s, "sip.contoso.com", names, from, to);
    refuse(s, &c, alert);
}

/* ---- Names ---- */

static void other_name(scene *s)
{
    refused(s, "ocs1.corp.local", 42);
}

static void same_name(scene *s)
{
    refused(s, "sip.contoso.com", 42);
}

static void name_in_capitals(scene *s)
{
    refused(s, "SIP.Contoso.COM", 42);
}

static void name_with_dot(scene *s)
{
    refused(s, "sip.contoso.com.", 42);
}

static void second_name(scene *s)
{
    refused(s, "ocs1.corp.local sip.contoso.com", 42);
}

static void wildcard(scene *s)
{
    refused(s, "*.contoso.com", 42);
}

static void wildcard_of_part(scene *s) /* some clients take it: likely at most */
{
    refused(s, "si*.contoso.com", 42);
}

static void wildcard_of_part_closed(scene *s)
{
    refused(s, "si*.contoso.com", 0);
}

static void wildcard_of_part_unknown_ca(scene *s)
{
    refused(s, "si*.contoso.com", 48);
}

static void wildcard_of_part_expired(scene *s)
{
    refused_dated(s, "si*.contoso.com", -100, -3, 42);
}

static void wildcard_of_part_used(scene *s)
{
    scene_conn c = shown(s, "sip.contoso.com", "si*.contoso.com", -10, 100);
    use(s, &c);
}

static void wildcard_of_top(scene *s) /* "*.com" covers nothing */
{
    scene_conn c = shown(s, "contoso.com", "*.com", -10, 100);
    refuse(s, &c, 42);
}

static void wildcard_of_itself(scene *s) /* the label of "*" is not empty */
{
    scene_conn c = shown(s, "contoso.com", "*.contoso.com", -10, 100);
    refuse(s, &c, 42);
}

static void name_closed(scene *s)
{
    refused(s, "ocs1.corp.local", 0);
}

static void name_used(scene *s)
{
    scene_conn c = shown(s, "sip.contoso.com", "ocs1.corp.local", -10, 100);
    use(s, &c);
}

static void name_looked_up(scene *s, bool taken)
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = shown(s, NULL, "pool.fabrikam.com", -10, 100);
    if (taken)
        use(s, &c);
    else
        refuse(s, &c, 0);
}

static void lookup_refused(scene *s)
{
    name_looked_up(s, false);
}

static void lookup_alert(scene *s) /* who sends alerts sends the name that it compares */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    scene_conn c = shown(s, NULL, "pool.fabrikam.com", -10, 100);
    refuse(s, &c, 42);
}

static void lookup_used(scene *s) /* another name may have been wanted */
{
    name_looked_up(s, true);
}

static void two_lookups(scene *s) /* one of the names fits */
{
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
    name_looked_up(s, false);
}

static void end_of_alias(scene *s) /* the target is what counts, not what it is an alias of */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "alias:pool.fabrikam.com 10.0.0.5");
    scene_conn c = shown(s, NULL, "ocs1.contoso.com", -10, 100);
    refuse(s, &c, 42);
}

static void sni_beats_lookup(scene *s)
{
    scene_lookup(s, "A", "pool.fabrikam.com", "10.0.0.5");
    scene_conn c = shown(s, "ocs1.contoso.com", "pool.fabrikam.com", -10, 100);
    refuse(s, &c, 42);
}

static void closed_by_server(scene *s)
{
    scene_conn c = shown(s, "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_close(s, &c, S);
    scene_wait(s, 6);
}

static void closed_after_key_exchange(scene *s) /* it went on: the name was no matter */
{
    scene_conn c = shown(s, "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_tls(s, &c, CX_TLS_CLIENT_KEY_EXCHANGE, C);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void closed_behind_gap(scene *s) /* its key exchange may be what is missing */
{
    scene_conn c = shown(s, "sip.contoso.com", "ocs1.corp.local", -10, 100);
    scene_gap(s, &c, C);
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void never_had_it(scene *s) /* it got lost behind the place of the capture */
{
    scene_conn c = shown(s, "sip.contoso.com", "ocs1.corp.local", -10, 100);
    c.tcp.side[S].retransmissions = 4;
    scene_close(s, &c, C);
    scene_wait(s, 6);
}

static void about_bytes(scene *s) /* 20 is about a record, not the certificate */
{
    refused(s, "ocs1.corp.local", 20);
}

/* ---- Addresses ---- */

static void by_address(scene *s, const char *names, uint16_t version, uint8_t alert)
{
    scene_conn c = scene_open(s, "10.0.0.5:5061");
    scene_hello(s, &c, NULL, version);
    scene_server_hello(s, &c, version < 0x0303 ? version : 0x0303);
    scene_certificate(s, &c, names, -10, 100);
    refuse(s, &c, alert);
}

static void address(scene *s)
{
    by_address(s, "ocs1.contoso.com", 0x0303, 42);
}

static void address_in_certificate(scene *s)
{
    by_address(s, "ocs1.contoso.com ip:10.0.0.5", 0x0303, 42);
}

static void other_address_in_certificate(scene *s)
{
    by_address(s, "ocs1.contoso.com ip:10.0.0.6", 0x0303, 42);
}

static void address_of_old_client(scene *s) /* Communicator never sends a name */
{
    by_address(s, "ocs1.contoso.com", 0x0301, 42);
}

static void address_cached(scene *s) /* a lookup gave it */
{
    scene_lookup(s, "A", "ocs1.contoso.com", "10.0.0.5");
    by_address(s, "ocs1.contoso.com", 0x0303, 42);
}

static void address_typed(scene *s)
{
    by_address(s, "ocs1.contoso.com", 0x0301, 42);
}

static void address_and_date(scene *s) /* the date alone may be why */
{
    scene_conn c = shown(s, NULL, "ocs1.contoso.com", -100, -3);
    refuse(s, &c, 42);
}

static void address_used(scene *s)
{
    scene_conn c = shown(s, NULL, "ocs1.contoso.com", -10, 100);
    use(s, &c);
}

/* ---- Dates ---- */

static void expired(scene *s)
{
    refused_dated(s, "sip.contoso.com", -100, -3, 45);
}

static void expired_closed(scene *s)
{
    refused_dated(s, "sip.contoso.com", -100, -3, 0);
}

static void expires_soon(scene *s)
{
    refused_dated(s, "sip.contoso.com", -100, 1, 45);
}

static void expired_unknown_ca(scene *s)
{
    refused_dated(s, "sip.contoso.com", -100, -3, 48);
}

static void expired_revoked(scene *s)
{
    refused_dated(s, "sip.contoso.com", -100, -3, 44);
}

static void expired_for_clients(scene *s) /* 43 names the purpose */
{
    refused_dated(s, "client:sip.contoso.com", -100, -3, 43);
}

static void expired_unsupported(scene *s) /* 43, and the purpose fits */
{
    refused_dated(s, "sip.contoso.com", -100, -3, 43);
}

static void expired_used(scene *s)
{
    scene_conn c = shown(s, "sip.contoso.com", "sip.contoso.com", -100, -3);
    use(s, &c);
}

static void not_yet(scene *s)
{
    refused_dated(s, "sip.contoso.com", 5, 100, 42);
}

static void already(scene *s)
{
    refused_dated(s, "sip.contoso.com", -1, 100, 42);
}

static void not_yet_unknown_ca(scene *s)
{
    refused_dated(s, "sip.contoso.com", 5, 100, 48);
}

/* ---- Issuers ---- */

static void unknown_ca(scene *s)
{
    refused(s, "sip.contoso.com", 48);
}

static void unknown_ca_wrong_name(scene *s) /* 48 names the issuer all the same */
{
    refused(s, "ocs1.corp.local", 48);
}

static void generic(scene *s)
{
    refused(s, "sip.contoso.com", 46);
}

static void generic_behind_gap(scene *s) /* what is missing may say more: an OCSP answer */
{
    scene_conn c = shown(s, "sip.contoso.com", "sip.contoso.com", -10, 100);
    scene_gap(s, &c, S);
    refuse(s, &c, 46);
}

static void generic_not_yet(scene *s)
{
    refused_dated(s, "sip.contoso.com", 5, 100, 46);
}

static void generic_expired(scene *s)
{
    refused_dated(s, "sip.contoso.com", -100, -3, 46);
}

static void generic_for_clients(scene *s)
{
    refused(s, "client:sip.contoso.com", 46);
}

static void generic_weak(scene *s)
{
    refused(s, "rsa1024:sip.contoso.com", 46);
}

static void generic_nameless(scene *s) /* the name may be wrong as well */
{
    by_address(s, "ocs1.contoso.com", 0x0301, 46);
}

static void other_alert(scene *s) /* 49 is policy */
{
    refused(s, "sip.contoso.com", 49);
}

static void self_signed(scene *s)
{
    refused(s, "self:sip.contoso.com", 48);
}

static void self_signed_closed(scene *s)
{
    refused(s, "self:sip.contoso.com", 0);
}

static void self_signed_used(scene *s)
{
    scene_conn c = shown(s, "sip.contoso.com", "self:sip.contoso.com", -10, 100);
    use(s, &c);
}

static void self_signed_nameless(scene *s) /* an old client and 42: the one defect in sight */
{
    by_address(s, "self:ocs1.contoso.com", 0x0301, 42);
}

/* ---- Purpose and strength ---- */

static void for_clients(scene *s)
{
    refused(s, "client:sip.contoso.com", 42);
}

static void for_clients_dated(scene *s)
{
    refused_dated(s, "client:sip.contoso.com", -100, -3, 42);
}

static void for_clients_named(scene *s)
{
    refused(s, "client:ocs1.corp.local", 42);
}

static void for_clients_undecided(scene *s) /* the client neither refused nor went on */
{
    scene_conn c = shown(s, "sip.contoso.com", "client:sip.contoso.com", -10, 100);
    scene_wait(s, 6);
    scene_data(s, &c, S);
}

static void weak(scene *s)
{
    refused(s, "sha1:sip.contoso.com", 46);
}

static void weak_71(scene *s)
{
    refused(s, "rsa1024:sip.contoso.com", 71);
}

static void weak_closed(scene *s)
{
    refused(s, "rsa1024:sip.contoso.com", 0);
}

static void weak_self_signed(scene *s) /* a root's own signature is not checked */
{
    refused(s, "self:sha1:sip.contoso.com", 42);
}

static void weak_key_self_signed(scene *s) /* but its key is */
{
    refused(s, "self:rsa1024:sip.contoso.com", 42);
}

static void weak_dated(scene *s)
{
    refused_dated(s, "sha1:sip.contoso.com", -100, -3, 42);
}

static void weak_not_yet(scene *s)
{
    refused_dated(s, "sha1:sip.contoso.com", 5, 100, 42);
}

static void weak_for_clients(scene *s)
{
    refused(s, "client:sha1:sip.contoso.com", 42);
}

/* ---- The table ---- */

#define NAME      "tls-cert-name-mismatch"
#define IP        "tls-cert-ip-used"
#define RISK      "tls-cert-wildcard-risk"
#define EXPIRED   "tls-cert-expired"
#define NOT_YET   "tls-cert-not-yet-valid"
#define UNTRUSTED "tls-cert-untrusted"
#define SELF      "tls-cert-self-signed"
#define EKU       "tls-cert-wrong-eku"
#define WEAK      "tls-cert-weak"
#define SILENT    "tls-client-silent-reject"

static const cx_context at_address = {.server = "10.0.0.5"};

static const said_case cases[] = {
    {"other name", other_name, NAME, "failure", "proven", NAME, NULL},
    {"same name", same_name, NAME, "", "", UNTRUSTED, NULL},
    {"name in capitals", name_in_capitals, NAME, "", "", UNTRUSTED, NULL},
    {"name with a dot", name_with_dot, NAME, "", "", UNTRUSTED, NULL},
    {"second name", second_name, NAME, "", "", UNTRUSTED, NULL},
    {"wildcard", wildcard, NAME, "", "", UNTRUSTED, NULL},
    {"wildcard of a part", wildcard_of_part, NAME, "failure", "likely", NAME, NULL},
    {"wildcard of a part, closed", wildcard_of_part_closed, NAME, "failure", "likely", NAME, NULL},
    {"wildcard of a part, alert 48", wildcard_of_part_unknown_ca, NAME, "", "", UNTRUSTED, NULL},
    {"wildcard of a part, expired", wildcard_of_part_expired, EXPIRED, "failure", "likely", EXPIRED,
     NULL},
    {"wildcard of a part, used", wildcard_of_part_used, NAME, "", "", "", NULL},
    {"wildcard of a part is a risk", wildcard_of_part_used, RISK, "note", "proven", "", NULL},
    {"wildcard of a part, refused", wildcard_of_part, RISK, "", "", NAME, NULL},
    {"wildcard of a top level", wildcard_of_top, NAME, "failure", "proven", NAME, NULL},
    {"wildcard without a label", wildcard_of_itself, NAME, "failure", "proven", NAME, NULL},
    {"name, closed", name_closed, NAME, "failure", "likely", NAME, NULL},
    {"name, used", name_used, NAME, "warning", "proven", "", NULL},
    {"looked up, alert 42", lookup_alert, NAME, "", "", "tls-alert-fatal", NULL},
    {"looked up, refused", lookup_refused, NAME, "failure", "likely", NAME, NULL},
    {"looked up, used", lookup_used, NAME, "", "", "", NULL},
    {"two lookups", two_lookups, NAME, "", "", SILENT, NULL},
    {"end of an alias", end_of_alias, NAME, "", "", UNTRUSTED, NULL},
    {"SNI and a lookup", sni_beats_lookup, NAME, "failure", "proven", NAME, NULL},
    {"closed by the server", closed_by_server, NAME, "", "", "tls-handshake-abandoned", NULL},
    {"closed later", closed_after_key_exchange, NAME, "", "", "tls-handshake-abandoned", NULL},
    {"closed behind a gap", closed_behind_gap, NAME, "", "", "", NULL},
    {"never had it", never_had_it, NAME, "", "", "tls-handshake-abandoned", NULL},
    {"about bytes", about_bytes, NAME, "", "", "tls-alert-fatal", NULL},

    {"address", address, IP, "failure", "likely", IP, NULL},
    {"address in it", address_in_certificate, IP, "", "", "tls-alert-fatal", NULL},
    {"other address in it", other_address_in_certificate, IP, "failure", "likely", IP, NULL},
    {"address, old client", address_of_old_client, IP, "", "", "tls-alert-fatal", NULL},
    {"address, cached", address_cached, IP, "", "", UNTRUSTED, NULL},
    {"address, typed", address_typed, IP, "failure", "proven", IP, &at_address},
    {"address and date", address_and_date, IP, "", "", EXPIRED, NULL},
    {"address, used", address_used, IP, "", "", "", NULL},

    {"expired", expired, EXPIRED, "failure", "proven", EXPIRED, NULL},
    {"expired, closed", expired_closed, EXPIRED, "failure", "likely", EXPIRED, NULL},
    {"expires soon", expires_soon, EXPIRED, "", "", "tls-alert-fatal", NULL},
    {"expired, alert 48", expired_unknown_ca, EXPIRED, "", "", UNTRUSTED, NULL},
    {"expired, alert 44", expired_revoked, EXPIRED, "", "", "tls-cert-revoked", NULL},
    {"expired, for clients", expired_for_clients, EXPIRED, "", "", EKU, NULL},
    {"expired, alert 43", expired_unsupported, EXPIRED, "failure", "likely", EXPIRED, NULL},
    {"expired, used", expired_used, EXPIRED, "warning", "proven", "", NULL},
    {"not yet", not_yet, NOT_YET, "failure", "proven", NOT_YET, NULL},
    {"already", already, NOT_YET, "", "", UNTRUSTED, NULL},
    {"not yet, alert 48", not_yet_unknown_ca, NOT_YET, "", "", UNTRUSTED, NULL},

    {"unknown_ca", unknown_ca, UNTRUSTED, "failure", "proven", UNTRUSTED, NULL},
    {"unknown_ca, wrong name", unknown_ca_wrong_name, UNTRUSTED, "failure", "proven", UNTRUSTED,
     NULL},
    {"alert 46", generic, UNTRUSTED, "failure", "likely", UNTRUSTED, NULL},
    {"alert 46, gap", generic_behind_gap, UNTRUSTED, "", "", "tls-alert-fatal", NULL},
    {"alert 46, not yet", generic_not_yet, UNTRUSTED, "", "", NOT_YET, NULL},
    {"alert 46, expired", generic_expired, UNTRUSTED, "", "", EXPIRED, NULL},
    {"alert 46, for clients", generic_for_clients, UNTRUSTED, "", "", EKU, NULL},
    {"alert 46, weak", generic_weak, UNTRUSTED, "", "", WEAK, NULL},
    {"alert 46, no name", generic_nameless, UNTRUSTED, "", "", "tls-alert-fatal", NULL},
    {"alert 49", other_alert, UNTRUSTED, "", "", "tls-alert-fatal", NULL},
    {"self-signed", self_signed, SELF, "failure", "proven", SELF, NULL},
    {"self-signed, closed", self_signed_closed, SELF, "note", "possible", SILENT, NULL},
    {"self-signed, used", self_signed_used, SELF, "", "", "", NULL},
    {"self-signed, no name", self_signed_nameless, SELF, "failure", "likely", SELF, NULL},
    {"self-signed, no issuer", self_signed, UNTRUSTED, "", "", SELF, NULL},

    {"for clients", for_clients, EKU, "failure", "likely", EKU, NULL},
    {"for clients, expired", for_clients_dated, EKU, "note", "possible", EXPIRED, NULL},
    {"for clients, other name", for_clients_named, EKU, "note", "possible", NAME, NULL},
    {"for clients, undecided", for_clients_undecided, EKU, "", "", "", NULL},
    {"weak", weak, WEAK, "failure", "likely", WEAK, NULL},
    {"weak, alert 71", weak_71, WEAK, "failure", "likely", WEAK, NULL},
    {"weak, closed", weak_closed, WEAK, "note", "possible", SILENT, NULL},
    {"weak, self-signed", weak_self_signed, WEAK, "", "", SELF, NULL},
    {"weak key, self-signed", weak_key_self_signed, WEAK, "", "", "tls-alert-fatal", NULL},
    {"weak, expired", weak_dated, WEAK, "", "", EXPIRED, NULL},
    {"weak, not yet", weak_not_yet, WEAK, "", "", NOT_YET, NULL},
    {"weak, for clients", weak_for_clients, WEAK, "", "", EKU, NULL},
};

int main(void)
{
    return run_said_cases("certificate", cases, sizeof cases / sizeof *cases);
}
