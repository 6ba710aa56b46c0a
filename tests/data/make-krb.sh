#!/bin/bash
# Records Kerberos conversations of real programs for tests/unit/dissectors/test_kerberos.c and test_gss.c:
# krb/NAME.hex, krb/ORIGIN, and from them the seeds in tests/fuzz/corpus/fuzz_dissector_kerberos and _gss.
#
# usage: tests/data/make-krb.sh    (root: everything runs in a network namespace of its own)
# needs: krb5-kdc krb5-admin-server krb5-user libkrb5-dev gcc samba samba-ad-provision smbclient ldap-utils
#        libsasl2-modules-gssapi-mit apache2 libapache2-mod-auth-gssapi curl faketime tcpdump tshark iproute2;
#        the packages of Heimdal, which would replace those of MIT, are fetched and unpacked only
#
# NAME.hex is of the form that tests/support/recording.h describes. A line "= " behind a piece is what tshark reads
# in it: message types, error code, client, realms, names of services, types of pre-authentication data, text,
# NTSTATUS, microseconds of the server, each or "-". In gss-NAME.hex a piece is a token, and tshark reads message types
# of Kerberos and of NTLMSSP in the frame that carries it.
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    heimdal=$(mktemp -d)
    (
        cd "$heimdal"
        packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
            --no-enhances heimdal-kdc heimdal-clients | grep '^lib.*heimdal$' | sort -u)
        # shellcheck disable=SC2086 # a list
        apt-get -q -o APT::Sandbox::User=root download heimdal-kdc heimdal-clients heimdal-servers $packages >/dev/null
        for p in *.deb; do dpkg -x "$p" root; done
    )
    export heimdal
    unshare --net --mount --uts --pid --fork --kill-child --mount-proc -- "$PWD/make-krb.sh" inside
    rm -rf "$heimdal"
    exit
fi
hostname dc1
ip link set lo up
ip addr add 10.20.1.10/24 dev lo
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$tmp"' EXIT
mkdir -p krb
export KRB5CCNAME="$tmp/ccache" LC_ALL=C

# ---- recording ----

# tell NAME FILTER: the hex file of what was recorded
tell() {
    local fields=(udp.dstport tcp.dstport udp.payload tcp.payload kerberos.msg_type kerberos.error_code
        kerberos.CNameString kerberos.realm kerberos.SNameString kerberos.padata_type kerberos.e_text
        kerberos.smb.nt_status kerberos.susec)
    printf '# %s\n' "${what//"$tmp/"/}" >"krb/$1.hex"
    # shellcheck disable=SC2046 # a list of options
    tshark -n -r "$tmp/$1.pcap" -Y "($2) && (udp.payload || tcp.len>0)" -o tcp.desegment_tcp_streams:TRUE \
        -T fields -E separator=/t -E 'aggregator=|' $(printf -- '-e %s ' "${fields[@]}") 2>/dev/null |
        while IFS= read -r line; do
            IFS=$'\x01' read -r udp tcp datagram segment rest <<<"${line//$'\t'/$'\x01'}"
            case "$udp$tcp" in 88 | 464) mark='>' ;; *) mark='<' ;; esac
            printf '%s %s\n' "$mark" "$(printf %s "$datagram$segment" | fold -w 110 | sed '2,$s/^/  /')"
            printf '= %s\n' "$(printf %s "$rest" | sed 's/^\x01/-\x01/; :a; s/\x01\x01/\x01-\x01/; ta; s/\x01$/\x01-/; s/ /_/g; s/\x01/ /g')"
        done >>"krb/$1.hex"
    printf '%s: %s\n' "$1" "${what//"$tmp/"/}" >>krb/ORIGIN
}

dump() {
    tcpdump -Z root -i lo -U --immediate-mode -s 0 -w "$tmp/$1.pcap" 'port 88 or port 464' 2>/dev/null &
    dump=$!
    for _ in $(seq 100); do
        if [ -s "$tmp/$1.pcap" ]; then break; fi
        sleep 0.05
    done
}

# record NAME FILTER CLIENT-COMMAND
record() {
    what="${server} | $3"
    dump "$1"
    (cd "$tmp" && eval "$3") >"$tmp/client.log" 2>&1 || true
    sleep 0.3
    kill "$dump"
    wait "$dump" 2>/dev/null || true
    tell "$1" "$2"
}

up() { # PORT: waits for a server
    for _ in $(seq 200); do
        if ss -Hlun "sport = :$1" | grep -q . && ss -Hltn "sport = :$1" | grep -q .; then return; fi
        sleep 0.1
    done
    echo "nobody listens on port $1" >&2
    exit 1
}

{
    echo "Recorded by tests/data/make-krb.sh with:"
    dpkg-query -W -f '${Package} ${Version}\n' krb5-kdc krb5-user krb5-admin-server samba smbclient ldap-utils apache2 \
        libapache2-mod-auth-gssapi curl tshark
    apt-cache show heimdal-kdc | sed -n 's/^Version: /heimdal-kdc /p' | head -1
    echo
    echo "NAME: server | client. Realms, accounts and keys were made for this and are thrown away."
} >krb/ORIGIN

# ---- MIT ----

server='krb5kdc, kadmind'
cat >"$tmp/krb5.conf" <<CONF
[libdefaults]
 default_realm = CONTOSO.COM
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 CONTOSO.COM = {
  kdc = 127.0.0.1
  admin_server = 127.0.0.1
  kpasswd_server = 127.0.0.1
 }
CONF
sed 's/^\[libdefaults\]/&\n udp_preference_limit = 1/' "$tmp/krb5.conf" >"$tmp/tcp.conf"
sed 's/^\[libdefaults\]/&\n permitted_enctypes = camellia128-cts/' "$tmp/krb5.conf" >"$tmp/camellia.conf"
cat >"$tmp/kdc.conf" <<CONF
[kdcdefaults]
 kdc_listen = 127.0.0.1:88
 kdc_tcp_listen = 127.0.0.1:88
[realms]
 CONTOSO.COM = {
  database_name = $tmp/principal
  key_stash_file = $tmp/stash
  acl_file = $tmp/acl
  admin_keytab = $tmp/kadm5.keytab
  kpasswd_listen = 127.0.0.1:464
  max_life = 10h 0m 0s
  supported_enctypes = aes256-cts:normal aes128-cts:normal
  default_principal_flags = +preauth
 }
[logging]
 default = FILE:$tmp/kdc.log
CONF
export KRB5_CONFIG="$tmp/krb5.conf" KRB5_KDC_PROFILE="$tmp/kdc.conf"
echo '*/admin@CONTOSO.COM *' >"$tmp/acl"
kdb5_util create -s -r CONTOSO.COM -P master >/dev/null 2>&1
kadmin.local >/dev/null 2>&1 <<'KADMIN'
addpol -minlength 8 -maxfailure 2 -failurecountinterval 1h -lockoutduration 1h strict
addprinc -pw Secret-123 alice
addprinc -pw Secret-123 -policy strict bob
addprinc -pw Secret-123 -allow_tix disabled
addprinc -pw Secret-123 -expire yesterday expired
addprinc -pw Secret-123 -pwexpire yesterday stale
addprinc -pw Secret-123 -requires_preauth open
addprinc -randkey HTTP/www.contoso.com
addprinc -randkey sip/ocs1.contoso.com
addprinc -randkey -e des3-cbc-sha1:normal old/ocs1.contoso.com
KADMIN
krb5kdc -n >/dev/null 2>&1 &
kadmind -nofork >/dev/null 2>&1 &
up 88
up 464

login='echo Secret-123 | kinit'
record mit-udp udp "$login alice"
record mit-udp-services udp 'kvno sip/ocs1.contoso.com nobody/here'
record mit-udp-wrong udp 'echo wrong | kinit alice'
record mit-udp-unknown udp "$login nobody"
record mit-udp-disabled udp "$login disabled"
record mit-udp-expired udp "$login expired"
record mit-udp-stale udp "echo Secret-123 | kinit stale </dev/null"
record mit-udp-open udp "$login open"
record mit-udp-locked udp 'echo wrong | kinit bob; echo wrong | kinit bob; echo Secret-123 | kinit bob'
record mit-udp-skew udp 'echo Secret-123 | faketime -f +2h kinit alice'
record mit-udp-enterprise udp "$login -E alice@other.com"
record mit-udp-camellia udp "KRB5_CONFIG=camellia.conf; export KRB5_CONFIG; $login alice"
record mit-tcp tcp "KRB5_CONFIG=tcp.conf; export KRB5_CONFIG; $login alice; kvno sip/ocs1.contoso.com nobody/here"
record mit-udp-fast udp 'echo Secret-123 | kinit -T ccache -c other alice'
record mit-udp-skew-ticket udp "$login alice; faketime -f +2h kvno sip/ocs1.contoso.com"
record mit-kpasswd-udp udp "printf 'Secret-123\nSecret-124\nSecret-124\n' | kpasswd alice"
record mit-kpasswd-tcp tcp "KRB5_CONFIG=tcp.conf; export KRB5_CONFIG; printf 'Secret-124\nSecret-125\nSecret-125\n' | kpasswd alice"
record mit-kpasswd-short udp "printf 'Secret-123\na\na\n' | kpasswd bob"

# ---- tokens of GSS-API: MIT ----

cat >"$tmp/gss.c" <<'C'
/* gss MECHANISM SERVICE [PASSWORD]: prints the tokens of both sides of a context, ">" of the initiator. */
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdio.h>
#include <string.h>

static void print(char who, gss_buffer_desc token)
{
    if (token.length == 0)
        return;
    printf("%c ", who);
    for (size_t i = 0; i < token.length; i++)
        printf("%s%02x", i && i % 55 == 0 ? "\n  " : "", ((unsigned char *)token.value)[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    gss_OID_desc oids[] = {{9, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"},
                           {6, "\x2b\x06\x01\x05\x05\x02"},
                           {6, "\x2b\x06\x01\x05\x02\x05"}};
    const char *names[] = {"krb5", "spnego", "iakerb"};
    gss_OID mech = NULL;
    for (int i = 0; i < 3; i++)
        if (strcmp(argv[1], names[i]) == 0)
            mech = &oids[i];
    OM_uint32 major, minor;
    gss_buffer_desc name = {strlen(argv[2]), argv[2]}, to = {0}, from = {0};
    gss_name_t target, user = NULL;
    gss_cred_id_t cred = NULL, server = NULL;
    gss_ctx_id_t mine = NULL, theirs = NULL;
    gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target);
    if (argc > 3) {
        gss_buffer_desc alice = {5, "alice"}, password = {strlen(argv[3]), argv[3]};
        gss_OID_set_desc set = {1, mech};
        gss_import_name(&minor, &alice, GSS_C_NT_USER_NAME, &user);
        gss_acquire_cred(&minor, NULL, 0, &set, GSS_C_ACCEPT, &server, NULL, NULL);
        gss_acquire_cred_with_password(&minor, user, &password, 0, &set, GSS_C_INITIATE, &cred, NULL, NULL);
    }
    for (int i = 0; i < 10; i++) {
        major = gss_init_sec_context(&minor, cred, &mine, target, mech, GSS_C_MUTUAL_FLAG, 0, NULL, i ? &from : GSS_C_NO_BUFFER, NULL, &to,
                                     NULL, NULL);
        print('>', to);
        if (GSS_ERROR(major) || to.length == 0)
            break;
        major = gss_accept_sec_context(&minor, &theirs, server, &to, NULL, NULL, NULL, &from, NULL, NULL, NULL);
        print('<', from);
        if (from.length == 0)
            break;
    }
    return 0;
}
C
gcc -o "$tmp/gss" "$tmp/gss.c" -lgssapi_krb5
kadmin.local -q "ktadd -k $tmp/keytab HTTP/www.contoso.com sip/ocs1.contoso.com" >/dev/null
export KRB5_KTNAME="$tmp/keytab"

# tokens NAME COMMAND
tokens() {
    printf '# %s\n' "$2" >"krb/gss-$1.hex"
    (cd "$tmp" && eval "$2") >>"krb/gss-$1.hex" 2>/dev/null || true
    printf 'gss-%s: %s\n' "$1" "libgssapi_krb5: $2" >>krb/ORIGIN
}

echo Secret-125 | kinit alice >/dev/null
tokens mit-krb5 './gss krb5 sip@ocs1.contoso.com'
tokens mit-spnego './gss spnego HTTP@www.contoso.com'
tokens mit-iakerb './gss iakerb sip@ocs1.contoso.com Secret-125'
kvno HTTP/www.contoso.com >/dev/null
rm "$tmp/keytab"
kadmin.local -q "ktadd -k $tmp/keytab HTTP/www.contoso.com" >/dev/null
kdestroy -q; echo Secret-125 | kinit alice >/dev/null; kvno HTTP/www.contoso.com >/dev/null
kadmin.local -q 'cpw -randkey HTTP/www.contoso.com' >/dev/null
rm "$tmp/keytab"
kadmin.local -q "ktadd -k $tmp/keytab HTTP/www.contoso.com" >/dev/null
tokens mit-modified './gss krb5 HTTP@www.contoso.com'
tokens mit-modified-spnego './gss spnego HTTP@www.contoso.com'

kill %?krb5kdc %?kadmind
wait %?krb5kdc %?kadmind 2>/dev/null || true
unset KRB5_KDC_PROFILE KRB5_KTNAME

# ---- Heimdal ----

server='kdc, kpasswdd (Heimdal)'
h=$heimdal/root/usr
cat >"$tmp/heimdal.conf" <<CONF
[libdefaults]
 default_realm = CONTOSO.COM
 dns_lookup_kdc = false
[realms]
 CONTOSO.COM = {
  kdc = 127.0.0.1
  admin_server = 127.0.0.1
  kpasswd_server = 127.0.0.1
 }
[kdc]
 database = {
  dbname = $tmp/heimdal
  mkey_file = $tmp/mkey
  acl_file = $tmp/kadmind.acl
  log_file = $tmp/log
 }
[logging]
 default = FILE:$tmp/heimdal.log
CONF
sed 's,kdc = 127,kdc = tcp/127,; s,kpasswd_server = 127,kpasswd_server = tcp/127,' "$tmp/heimdal.conf" >"$tmp/heimdal-tcp.conf"
export KRB5_CONFIG="$tmp/heimdal.conf"
: >"$tmp/kadmind.acl"
for w in Secret-123 Secret-124 wrong; do echo $w >"$tmp/$w"; done
hrun() { LD_LIBRARY_PATH=$h/lib/x86_64-linux-gnu:$h/lib/x86_64-linux-gnu/heimdal "$@"; }
hadmin() { hrun "$h/bin/kadmin.heimdal" -l "$@" >/dev/null 2>&1; }
# shellcheck disable=SC2317 # for commands that are evaluated
hkinit() { hrun "$h/bin/kinit.heimdal" "$@"; }
# shellcheck disable=SC2317
hgetcred() { hrun "$h/bin/kgetcred" "$@"; }
# shellcheck disable=SC2317
hpasswd() { hrun "$h/bin/kpasswd.heimdal" "$@"; }
hadmin init --realm-max-ticket-life=unlimited --realm-max-renewable-life=unlimited CONTOSO.COM
for u in alice old disabled stale; do hadmin add --password=Secret-123 --use-defaults $u; done
hadmin modify --expiration-time=2020-01-01 old
hadmin modify --pw-expiration-time=2020-01-01 stale
hadmin modify --attributes=+disallow-client disabled || hadmin modify --attributes=+disallow-all-tix disabled
hadmin add --random-key --use-defaults sip/ocs1.contoso.com
hrun "$h/lib/heimdal-servers/kdc" --addresses=127.0.0.1 >/dev/null 2>&1 &
kdc=$!
hrun "$h/lib/heimdal-servers/kpasswdd" --addresses=127.0.0.1 >/dev/null 2>&1 &
kpasswdd=$!
up 88
record heimdal-udp udp 'hkinit --password-file=Secret-123 alice; hgetcred sip/ocs1.contoso.com; hgetcred nobody/here'
record heimdal-udp-wrong udp 'hkinit --password-file=wrong alice; hkinit --password-file=Secret-123 nobody'
# shellcheck disable=SC2016
record heimdal-udp-states udp 'for u in old disabled stale; do hkinit --password-file=Secret-123 $u </dev/null; done'
record heimdal-tcp tcp "KRB5_CONFIG=heimdal-tcp.conf; export KRB5_CONFIG; hkinit --password-file=Secret-123 alice; hgetcred sip/ocs1.contoso.com"
record heimdal-kpasswd udp "printf 'Secret-123\nSecret-124\nSecret-124\n' | hpasswd alice"
# shellcheck disable=SC2046 # the KDC forks
kill $(pgrep -P "$kdc") "$kdc" "$kpasswdd"
wait "$kdc" "$kpasswdd" 2>/dev/null || true
kdestroy -q

# ---- Samba as domain controller ----

server='samba (domain controller)'
for d in /var/lib/samba /run/samba /var/log/samba /var/cache/samba /etc/samba; do
    mkdir -p $d
    mount -t tmpfs none $d
done
mkdir -p /var/lib/samba/private /var/lib/samba/bind-dns
printf '127.0.0.1 localhost\n10.20.1.10 dc1.ad.contoso.com dc1\n' >"$tmp/hosts"
echo 'nameserver 10.20.1.10' >"$tmp/resolv.conf"
mount --bind "$tmp/hosts" /etc/hosts
mount --bind "$tmp/resolv.conf" /etc/resolv.conf
samba-tool domain provision --realm=AD.CONTOSO.COM --domain=CONTOSO --adminpass=Secret-123 --server-role=dc \
    --dns-backend=SAMBA_INTERNAL --host-ip=10.20.1.10 --option="posix:eadb = $tmp/eadb.tdb" >/dev/null 2>&1
samba -i --debug-stdout >"$tmp/samba.log" 2>&1 &
samba=$!
for port in 88 389 464; do up $port; done
sed 's/^\[realms\]/&\nAD.CONTOSO.COM = {\n kdc = 10.20.1.10\n kpasswd_server = 10.20.1.10\n}/; s/default_realm = .*/default_realm = AD.CONTOSO.COM/' \
    "$tmp/krb5.conf" >"$tmp/ad.conf"
sed 's/^\[libdefaults\]/&\n udp_preference_limit = 1/' "$tmp/ad.conf" >"$tmp/ad-tcp.conf"
sed 's/^\[libdefaults\]/&\n kdc_timesync = 0/' "$tmp/ad.conf" >"$tmp/ad-skew.conf"
export KRB5_CONFIG="$tmp/ad.conf"
sambatool() { samba-tool "$@" >/dev/null 2>&1; }
for u in alice bob disabled stale expired; do sambatool user create $u Secret-123; done
sambatool user setexpiry --days=90 alice
sambatool user disable disabled
sambatool user setpassword stale --newpassword=Secret-123 --must-change-at-next-login
sambatool user setexpiry --days=-2 expired
sambatool domain passwordsettings set --account-lockout-threshold=2 --min-pwd-age=0 --history-length=0
login='echo Secret-123 | kinit'
record samba-udp udp "$login alice; kvno cifs/dc1.ad.contoso.com nobody/here"
record samba-udp-states udp "for u in disabled stale expired; do echo Secret-123 | kinit \$u </dev/null; $login \$u; done"
record samba-udp-locked udp 'for i in 1 2 3; do echo wrong | kinit bob; done'
record samba-udp-enterprise udp "$login -E alice@ad.contoso.com"
record samba-udp-skew udp 'KRB5_CONFIG=ad-skew.conf; export KRB5_CONFIG; echo Secret-123 | faketime -f +2h kinit alice'
record samba-tcp tcp "KRB5_CONFIG=ad-tcp.conf; export KRB5_CONFIG; $login alice; kvno cifs/dc1.ad.contoso.com"
server='samba (domain controller), client of Heimdal'
sed 's/CONTOSO.COM/AD.CONTOSO.COM/; s/127.0.0.1/10.20.1.10/' "$tmp/heimdal.conf" >"$tmp/heimdal-ad.conf"
record samba-kpasswd udp "KRB5_CONFIG=heimdal-ad.conf; export KRB5_CONFIG; printf 'Secret-123\nSecret-124\nSecret-124\n' | hpasswd alice; printf 'Secret-124\na\na\n' | hpasswd alice"
server='samba (domain controller)'

# ---- tokens of GSS-API: SMB, LDAP and HTTP ----

# carried NAME PORT FIELDS COMMAND: the tokens in these fields of tshark, which may be Base64
carried() {
    printf '# %s\n' "${4//"$tmp/"/}" >"krb/gss-$1.hex"
    tcpdump -Z root -i lo -U --immediate-mode -s 0 -w "$tmp/$1.pcap" "tcp port $2" 2>/dev/null &
    dump=$!
    for _ in $(seq 100); do
        if [ -s "$tmp/$1.pcap" ]; then break; fi
        sleep 0.05
    done
    (cd "$tmp" && eval "$4") >"$tmp/client.log" 2>&1 || true
    sleep 0.3
    kill "$dump"
    wait "$dump" 2>/dev/null || true
    # shellcheck disable=SC2046,SC2086 # a list of options
    tshark -n -r "$tmp/$1.pcap" -T fields -E separator=/t -E 'aggregator=|' -e tcp.dstport -e kerberos.msg_type \
        -e ntlmssp.messagetype $(printf -- '-e %s ' $3) 2>/dev/null |
        while IFS= read -r line; do
            IFS=$'\x01' read -r port kerberos ntlm fields <<<"${line//$'\t'/$'\x01'}"
            token=${fields//$'\x01'/}
            case "$token" in
            '' | Negotiate | '<MISSING>') continue ;;
            Negotiate*) token=$(printf %s "${token#Negotiate }" | base64 -d | xxd -p | tr -d '\n') ;;
            esac
            if [ "$port" = "$2" ]; then mark='>'; else mark='<'; fi
            printf '%s %s\n' "$mark" "$(printf %s "$token" | fold -w 110 | sed '2,$s/^/  /')"
            printf '= %s %s\n' "${kerberos:--}" "${ntlm:--}"
        done >>"krb/gss-$1.hex"
    printf 'gss-%s: %s | %s\n' "$1" "$server" "${4//"$tmp/"/}" >>krb/ORIGIN
}

sambatool user setpassword alice --newpassword=Secret-123
ldap='ldap.credentials ldap.serverSaslCreds'
eval "$login alice" >/dev/null
carried smb 445 smb2.security_blob 'smbclient -L dc1.ad.contoso.com --use-kerberos=required -N'
carried smb-ntlm 445 smb2.security_blob 'smbclient -L dc1.ad.contoso.com --use-kerberos=off -U CONTOSO/alice%Secret-123'
carried smb-skew 445 smb2.security_blob \
    "KRB5_CONFIG=ad-skew.conf; export KRB5_CONFIG; faketime -f +2h smbclient -L dc1.ad.contoso.com --use-kerberos=required -N"
carried ldap 389 "$ldap" "ldapsearch -Y GSS-SPNEGO -H ldap://dc1.ad.contoso.com -b '' -s base"
carried ldap-gssapi 389 "$ldap" "ldapsearch -Y GSSAPI -H ldap://dc1.ad.contoso.com -b '' -s base"
sambatool user create web Secret-123
sambatool spn add HTTP/dc1.ad.contoso.com web
sambatool domain exportkeytab --principal=HTTP/dc1.ad.contoso.com "$tmp/http.keytab"
cat >"$tmp/httpd.conf" <<CONF
ServerName dc1.ad.contoso.com
Listen 10.20.1.10:80
PidFile $tmp/httpd.pid
ErrorLog $tmp/httpd.log
Mutex file:$tmp
User www-data
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule auth_gssapi_module /usr/lib/apache2/modules/mod_auth_gssapi.so
DocumentRoot $tmp/www
<Directory $tmp/www>
 AuthType GSSAPI
 GssapiCredStore keytab:$tmp/http.keytab
 Require valid-user
</Directory>
CONF
mkdir -p "$tmp/www"
echo hello >"$tmp/www/index.html"
chmod -R a+rX "$tmp"
server='apache2, mod_auth_gssapi'
apache2 -f "$tmp/httpd.conf" -DFOREGROUND >/dev/null 2>&1 &
apache=$!
for _ in $(seq 100); do
    if ss -Hltn 'sport = :80' | grep -q .; then break; fi
    sleep 0.1
done
carried http 80 'http.authorization http.www_authenticate' 'curl -s --negotiate -u : http://dc1.ad.contoso.com/index.html'
kill "$apache" "$samba"
wait "$apache" "$samba" 2>/dev/null || true

# ---- seeds for the fuzzer: the same conversations in the form of tests/fuzz/fuzz_dissector.c ----

# seed TARGET NAME: options (1: datagrams, 2: the server begins), pieces, and between them a separator whose last octet
# says whether the direction stays
seed() {
    local folder=../fuzz/corpus/fuzz_dissector_$1 options=0 before='' dir text
    case $2 in *udp* | *kpasswd | gss-*) options=1 ;; esac
    mkdir -p "$folder"
    {
        while read -r dir text; do
            if [ -z "$before" ]; then
                if [ "$dir" = '<' ]; then options=$((options + 2)); fi
                printf '%02x' $options
            elif [ "$dir" = "$before" ]; then
                printf 'feedbe01'
            else
                printf 'feedbe00'
            fi
            printf %s "$text"
            before=$dir
        done < <(sed '/^[=#]/d' "krb/$2.hex" | sed ':a; N; s/\n  //; ta; P; D')
    } | xxd -r -p >"$folder/$2"
}
for f in mit-udp mit-udp-locked mit-udp-stale mit-tcp mit-kpasswd-tcp heimdal-udp-states heimdal-kpasswd samba-udp samba-tcp \
    samba-kpasswd; do
    seed kerberos $f
done
for f in krb/gss-*.hex; do
    f=${f#krb/}
    seed gss "${f%.hex}"
done
