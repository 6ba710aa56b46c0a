#!/bin/bash
# Records Kerberos conversations of real programs for tests/unit/dissectors/test_kerberos.c and test_gss.c:
# krb/NAME.hex, krb/ORIGIN, and from them the seeds in tests/fuzz/corpus/fuzz_dissector_kerberos and _gss.
#
# usage: tests/data/make-krb.sh    (root: everything runs in a network namespace of its own)
# needs: krb5-kdc krb5-admin-server krb5-user krb5-pkinit samba samba-ad-provision smbclient ldap-utils
#        libsasl2-modules-gssapi-mit apache2 libapache2-mod-auth-gssapi curl faketime tcpdump tshark iproute2;
#        the packages of Heimdal are fetched and unpacked only
#
# NAME.hex is of the form that tests/support/recording.h describes. A line "= " behind a piece is what tshark reads
# in it: message types, error code, client, realms, names of services, types of pre-authentication data, text,
# NTSTATUS, microseconds of the server, each or "-".
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    exec unshare --net --mount --uts --pid --fork --kill-child --mount-proc -- "$PWD/make-krb.sh" inside
fi
data=$PWD
hostname dc1
ip link set lo up
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
mkdir -p krb
export KRB5CCNAME="$tmp/ccache" LC_ALL=C

# ---- recording ----

# tell NAME FILTER: the hex file of what was recorded
tell() {
    local fields=(udp.dstport tcp.dstport udp.payload tcp.payload kerberos.msg_type kerberos.error_code
        kerberos.CNameString kerberos.realm kerberos.SNameString kerberos.padata_type kerberos.e_text
        kerberos.smb.nt_status kerberos.susec)
    printf '# %s\n' "$what" >"krb/$1.hex"
    # shellcheck disable=SC2046 # a list of options
    tshark -n -r "$tmp/$1.pcap" -Y "($2) && (udp.payload || tcp.len>0)" -o tcp.desegment_tcp_streams:TRUE \
        -T fields -E separator=/t -E 'aggregator=|' $(printf -- '-e %s ' "${fields[@]}") 2>/dev/null |
        while IFS= read -r line; do
            IFS=$'\x01' read -r udp tcp datagram segment rest <<<"${line//$'\t'/$'\x01'}"
            case "$udp$tcp" in 88 | 464) mark='>' ;; *) mark='<' ;; esac
            printf '%s %s\n' "$mark" "$(printf %s "$datagram$segment" | fold -w 110 | sed '2,$s/^/  /')"
            printf '= %s\n' "$(printf %s "$rest" | sed 's/^\x01/-\x01/; :a; s/\x01\x01/\x01-\x01/; ta; s/\x01$/\x01-/; s/ /_/g; s/\x01/ /g')"
        done >>"krb/$1.hex"
    printf '%s: %s\n' "$1" "$what" >>krb/ORIGIN
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
record mit-udp-services udp 'kvno sip/ocs1.contoso.com nobody/here; kvno -u -S HTTP www.contoso.com'
record mit-udp-wrong udp 'echo wrong | kinit alice'
record mit-udp-unknown udp "$login nobody"
record mit-udp-disabled udp "$login disabled"
record mit-udp-expired udp "$login expired"
record mit-udp-stale udp "echo Secret-123 | kinit stale </dev/null"
record mit-udp-open udp "$login open"
record mit-udp-locked udp 'echo wrong | kinit bob; echo wrong | kinit bob; echo Secret-123 | kinit bob'
record mit-udp-skew udp 'echo Secret-123 | faketime -f +2h kinit alice'
record mit-udp-enterprise udp "$login -E alice@other.com"
record mit-udp-camellia udp "KRB5_CONFIG=$tmp/camellia.conf; export KRB5_CONFIG; $login alice"
record mit-tcp tcp "KRB5_CONFIG=$tmp/tcp.conf; export KRB5_CONFIG; $login alice; kvno sip/ocs1.contoso.com nobody/here"
record mit-udp-fast udp "kinit -T $tmp/ccache -c $tmp/other alice </dev/null; echo Secret-123 | kinit -T $tmp/ccache -c $tmp/other alice"
record mit-udp-skew-ticket udp "$login alice; faketime -f +2h kvno sip/ocs1.contoso.com"
record mit-kpasswd-udp udp "printf 'Secret-123\nSecret-124\nSecret-124\n' | kpasswd alice"
record mit-kpasswd-tcp tcp "KRB5_CONFIG=$tmp/tcp.conf; export KRB5_CONFIG; printf 'Secret-124\nSecret-125\nSecret-125\n' | kpasswd alice"
record mit-kpasswd-short udp "printf 'Secret-123\na\na\n' | kpasswd bob"
