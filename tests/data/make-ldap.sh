#!/bin/bash
# Records binds of real programs for tests/unit/dissectors/test_ldap.c: ldap/NAME.hex, ldap/ORIGIN, and from them the
# seeds in tests/fuzz/corpus/fuzz_dissector_ldap.
#
# usage: tests/data/make-ldap.sh    (root: everything runs in a network namespace of its own)
# needs: samba samba-ad-provision ldb-tools slapd ldap-utils libsasl2-modules libsasl2-modules-gssapi-mit sasl2-bin
#        python3-ldap3 krb5-user openssl tcpdump tshark iproute2
#
# NAME.hex is of the form that tests/support/recording.h describes. A line "= " behind a piece is what tshark reads
# in it: types of NTLM messages, types of Kerberos messages, type of TLS handshake messages, result code of a bind,
# its text with "_" for blanks, each or "-".
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    exec unshare --net --mount --uts --pid --fork --kill-child --mount-proc -- "$PWD/make-ldap.sh" inside
fi
hostname dc1
ip link set lo up
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
mkdir -p ldap
export LC_ALL=C KRB5CCNAME="$tmp/ccache" KRB5_CONFIG="$tmp/krb5.conf"
echo '127.0.0.1 dc1.contoso.com dc1 localhost' >"$tmp/hosts"
mount --bind "$tmp/hosts" /etc/hosts

# ---- recording ----

# tell NAME: the hex file of what was recorded, of the last conversation when there are several
tell() {
    local fields=(tcp.dstport tcp.payload ntlmssp.messagetype kerberos.msg_type tls.handshake.type ldap.resultCode
        ldap.errorMessage) last
    last=$(tshark -n -r "$tmp/$1.pcap" -Y "tcp.len>0" -T fields -e tcp.stream 2>/dev/null | sort -n | tail -1)
    printf '# %s\n' "$what" >"ldap/$1.hex"
    # shellcheck disable=SC2046 # a list of options
    tshark -n -r "$tmp/$1.pcap" -Y "tcp.stream==$last && tcp.len>0" -T fields -E separator=/t -E 'aggregator=|' \
        $(printf -- '-e %s ' "${fields[@]}") 2>/dev/null |
        while IFS= read -r line; do
            IFS=$'\x01' read -r port segment rest <<<"${line//$'\t'/$'\x01'}"
            case "$port" in 389) mark='>' ;; *) mark='<' ;; esac
            printf '%s %s\n' "$mark" "$(printf %s "$segment" | fold -w 110 | sed '2,$s/^/  /')"
            printf '= %s\n' "$(printf %s "$rest" |
                sed 's/^\x01/-\x01/; :a; s/\x01\x01/\x01-\x01/; ta; s/\x01$/\x01-/; s/ /_/g; s/\x01/ /g; s/0x0000000//g')"
        done >>"ldap/$1.hex"
    printf '%s: %s\n' "$1" "$what" >>ldap/ORIGIN
}

# record NAME CLIENT-COMMAND
record() {
    what="$server | ${2//$tmp/TMP}"
    tcpdump -Z root -i lo -U --immediate-mode -s 0 -w "$tmp/$1.pcap" 'port 389' 2>/dev/null &
    local dump=$!
    for _ in $(seq 100); do
        if [ -s "$tmp/$1.pcap" ]; then break; fi
        sleep 0.05
    done
    (cd "$tmp" && eval "$2") >"$tmp/client.log" 2>&1 || true
    sleep 0.3
    kill "$dump"
    wait "$dump" 2>/dev/null || true
    tell "$1"
}

up() { # PORT: waits for a server
    for _ in $(seq 200); do
        if ss -Hltn "sport = :$1" | grep -q .; then return; fi
        sleep 0.1
    done
    echo "nobody listens on port $1" >&2
    exit 1
}

{
    echo "Recorded by tests/data/make-ldap.sh with:"
    dpkg-query -W -f '${Package} ${Version}\n' samba ldb-tools slapd ldap-utils libsasl2-modules \
        libsasl2-modules-gssapi-mit python3-ldap3 krb5-user tshark
    echo
    echo "NAME: server | client. Domain, accounts and keys were made for this and are thrown away."
} >ldap/ORIGIN

# ---- Samba as domain controller: answers as Active Directory does ----

server='samba (AD DC)'
cat >"$tmp/krb5.conf" <<CONF
[libdefaults]
 default_realm = CONTOSO.COM
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 CONTOSO.COM = {
  kdc = 127.0.0.1
 }
CONF
conf=$tmp/samba/etc/smb.conf
samba-tool domain provision --realm=CONTOSO.COM --domain=CONTOSO --server-role=dc --dns-backend=NONE \
    --adminpass=Secret-123 --host-name=dc1 --host-ip=127.0.0.1 --targetdir="$tmp/samba" \
    --option='interfaces=lo' --option='bind interfaces only=yes' --option='server services=ldap,kdc,winbindd' \
    >"$tmp/provision.log" 2>&1
for user in alice locked disabled expired stale; do
    samba-tool user create $user Secret-123 -s "$conf"
done >>"$tmp/provision.log"
{
    samba-tool user disable disabled -s "$conf"
    samba-tool user setexpiry expired --days=-1 -s "$conf"
    samba-tool user setpassword stale --newpassword=Secret-124 --must-change-at-next-login -s "$conf"
    samba-tool spn add ldap/dc1.contoso.com 'dc1$' -s "$conf"
    samba-tool domain passwordsettings set --account-lockout-threshold=2 -s "$conf"
} >>"$tmp/provision.log"
samba -i -s "$conf" --no-process-group >"$tmp/samba.log" 2>&1 &
dc=$!
up 389
up 88

ldb='ldbsearch -H ldap://dc1.contoso.com -s base --use-kerberos=off'
search="ldapsearch -H ldap://dc1.contoso.com -s base -b '' -LLL"
login='echo Secret-123 | kinit alice'
record ad-ntlm "$ldb -U 'CONTOSO\\alice%Secret-123' defaultNamingContext"
record ad-ntlm-wrong "$ldb -U 'CONTOSO\\alice%wrong'"
record ad-ntlm-unknown "$ldb -U 'CONTOSO\\nobody%wrong'"
record ad-ntlm-disabled "$ldb -U 'CONTOSO\\disabled%Secret-123'"
record ad-ntlm-expired "$ldb -U 'CONTOSO\\expired%Secret-123'"
record ad-ntlm-stale "$ldb -U 'CONTOSO\\stale%Secret-124'"
record ad-ntlm-locked "for i in 1 2 3; do $ldb -U 'CONTOSO\\locked%wrong'; done"
record ad-spnego "$login; $search -Y GSS-SPNEGO defaultNamingContext"
record ad-gssapi "$login; $search -Y GSSAPI defaultNamingContext"
record ad-gssapi-plain "$login; $search -Y GSSAPI -O maxssf=0 defaultNamingContext"
record ad-sasl-ntlm "$search -Y NTLM -U alice -w Secret-123"
record ad-simple "$search -x -D alice@contoso.com -w Secret-123"
record ad-starttls "LDAPTLS_REQCERT=never $search -ZZ -x -D alice@contoso.com -w Secret-123 defaultNamingContext"
kill $dc
wait $dc 2>/dev/null || true

# ---- Sicily (MS-ADTS 5.1.1.1.3): the client is real, the server says what Active Directory would ----

server='a script that follows MS-ADTS 5.1.1.1.3'
cat >"$tmp/sicily-server.py" <<'PY'
import socket
CHALLENGE = bytes.fromhex(  # MS-NLMP 4.2.4.3
    '4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f'
    '53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000')
DENIED = b'8009030C: LdapErr: DSID-0C0904DC, comment: AcceptSecurityContext error, data 52e, v1db1\0'

def element(tag, body):  # lengths of four octets, as Active Directory writes them
    return bytes([tag, 0x84]) + len(body).to_bytes(4, 'big') + body

def answer(message, code, matched=b'', text=b''):
    return element(0x30, message + element(0x61, element(10, bytes([code])) + element(4, matched) + element(4, text)))

listener = socket.create_server(('127.0.0.1', 389))
while True:
    peer, _ = listener.accept()
    while True:
        request = peer.recv(65536)
        if not request:
            break
        at = 2 + (request[1] & 0x7f if request[1] & 0x80 else 0)
        message = request[at:at + 2 + request[at + 1]]
        if b'\x89\x00' in request:
            peer.sendall(answer(message, 0, b'NTLM'))
        elif b'NTLMSSP\x00\x01' in request:
            peer.sendall(answer(message, 0, CHALLENGE))
        elif b'NTLMSSP\x00\x03' in request:
            bad = b'm\x00a\x00l\x00' in request
            peer.sendall(answer(message, 49 if bad else 0, b'', DENIED if bad else b''))
PY
cat >"$tmp/sicily.py" <<'PY'
import sys
import ldap3
server = ldap3.Server('dc1.contoso.com', get_info=ldap3.NONE)
c = ldap3.Connection(server, 'CONTOSO\\' + sys.argv[1], 'Secret-123', authentication=ldap3.NTLM)
print(c.bind(), c.result)
c.unbind()
PY
cat >"$tmp/legacy.cnf" <<'CNF' # NTLM needs MD4
openssl_conf = init
[init]
providers = providers
[providers]
default = on
legacy = on
[on]
activate = 1
CNF
/usr/bin/python3 "$tmp/sicily-server.py" &
script=$!
up 389
record sicily 'OPENSSL_CONF=legacy.cnf timeout 5 /usr/bin/python3 sicily.py alice # ldap3, authentication=NTLM'
record sicily-refused 'OPENSSL_CONF=legacy.cnf timeout 5 /usr/bin/python3 sicily.py mallory # the same'
kill $script
wait $script 2>/dev/null || true

# ---- OpenLDAP ----

server='slapd, Cyrus SASL'
mkdir "$tmp/db"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -days 30 -subj /CN=dc1.contoso.com \
    >/dev/null 2>&1
echo Secret-123 | saslpasswd2 -p -c -f "$tmp/sasldb2" -u contoso.com alice
cat >"$tmp/sasl.conf" <<CONF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $tmp/sasldb2
mech_list: NTLM DIGEST-MD5 PLAIN
CONF
cat >"$tmp/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile $tmp/cert.pem
TLSCertificateKeyFile $tmp/key.pem
sasl-auxprops sasldb
sasl-realm contoso.com
sasl-host dc1.contoso.com
database mdb
suffix dc=contoso,dc=com
rootdn cn=admin,dc=contoso,dc=com
rootpw Secret-123
directory $tmp/db
CONF
mount -t tmpfs none /etc/ldap/sasl2
cp "$tmp/sasl.conf" /etc/ldap/sasl2/slapd.conf
slapd -f "$tmp/slapd.conf" -h 'ldap://127.0.0.1/' -d 0 >"$tmp/slapd.log" 2>&1 &
up 389
ldapadd -x -H ldap://127.0.0.1 -D cn=admin,dc=contoso,dc=com -w Secret-123 >/dev/null <<'LDIF'
dn: dc=contoso,dc=com
objectClass: domain
dc: contoso

LDIF
search="ldapsearch -H ldap://dc1.contoso.com -b dc=contoso,dc=com -LLL"
record open-ntlm "$search -Y NTLM -U alice@contoso.com -w Secret-123"
record open-ntlm-wrong "$search -Y NTLM -U alice@contoso.com -w wrong"
record open-digest "$search -Y DIGEST-MD5 -U alice@contoso.com -w Secret-123"
record open-starttls "LDAPTLS_REQCERT=never $search -ZZ -x"

# ---- seeds for the fuzzer: the same conversations in the form of tests/fuzz/fuzz_dissector.c ----

# seed NAME: options, pieces, and between them a separator whose last octet says whether the direction stays
seed() {
    local folder=../fuzz/corpus/fuzz_dissector_ldap before='' dir text
    mkdir -p "$folder"
    {
        printf 00
        while read -r dir text; do
            if [ "$dir" = "$before" ]; then
                printf 'feedbe01'
            elif [ -n "$before" ]; then
                printf 'feedbe00'
            fi
            printf %s "$text"
            before=$dir
        done < <(sed '/^[=#]/d' "ldap/$1.hex" | sed ':a; N; s/\n  //; ta; P; D')
    } | xxd -r -p >"$folder/$1"
}
for f in ad-ntlm-wrong ad-gssapi ad-spnego ad-simple open-ntlm open-starttls sicily sicily-refused; do
    seed $f
done
