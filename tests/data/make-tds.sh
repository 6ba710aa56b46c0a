#!/bin/bash
# Records logins to a database for tests/unit/dissectors/test_tds.c: tds/NAME.hex, tds/ORIGIN, and from them the seeds in
# tests/fuzz/corpus/fuzz_dissector_tds.
#
# usage: tests/data/make-tds.sh    (root: everything runs in a network namespace of its own)
# needs: freetds-bin krb5-kdc krb5-admin-server krb5-user openssl tcpdump tshark python3 iproute2
#
# The client is FreeTDS. SQL Server runs in no such place: a script says what MS-TDS says that it would; its TLS is that
# of OpenSSL. NAME.hex is of the form that tests/support/recording.h describes. A line "= " behind a piece is what tshark
# reads in it: types of NTLM messages, of Kerberos messages, of TLS handshake messages, each or "-". It reads no tokens of
# a server.
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    exec unshare --net --mount --uts --pid --fork --kill-child --mount-proc -- "$PWD/make-tds.sh" inside
fi
hostname sql1
ip link set lo up
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
mkdir -p tds ../fuzz/corpus/fuzz_dissector_tds
export LC_ALL=C KRB5CCNAME="$tmp/ccache" KRB5_CONFIG="$tmp/krb5.conf" KRB5_KDC_PROFILE="$tmp/kdc.conf"
export FREETDSCONF="$tmp/freetds.conf"
echo '127.0.0.1 sql1.contoso.com sql1 localhost' >"$tmp/hosts"
mount --bind "$tmp/hosts" /etc/hosts

# ---- recording ----

# record NAME SERVER-MODE SERVER-SECTION CLIENT-OPTIONS
record() {
    python3 "$tmp/server.py" "$2" "$tmp" 2>>"$tmp/server.log" &
    local server=$! dump
    up 1433
    tcpdump -Z root -i lo -U --immediate-mode -s 0 -w "$tmp/$1.pcap" 'port 1433' 2>/dev/null &
    dump=$!
    for _ in $(seq 100); do
        if [ -s "$tmp/$1.pcap" ]; then break; fi
        sleep 0.05
    done
    (echo quit | timeout 10 tsql -S "$3" $4) >>"$tmp/client.log" 2>&1 || true # shellcheck disable=SC2086
    sleep 0.3
    kill "$dump" "$server" 2>/dev/null || true
    wait "$dump" "$server" 2>/dev/null || true
    printf '%s: script in mode %s | tsql -S %s %s\n' "$1" "$2" "$3" "$4" | tee -a tds/ORIGIN | sed 's/^/# /' >"tds/$1.hex"
    tshark -n -r "$tmp/$1.pcap" -Y 'tcp.len>0 && tcp.stream==0' -T fields -E separator=/t -E 'aggregator=|' -e tcp.dstport \
        -e tcp.payload -e ntlmssp.messagetype -e kerberos.msg_type -e tls.handshake.type -e frame.number 2>/dev/null |
        while IFS= read -r line; do
            IFS=$'\x01' read -r port segment rest <<<"${line//$'\t'/$'\x01'}"
            case "$port" in 1433) mark='>' ;; *) mark='<' ;; esac
            printf '%s %s\n' "$mark" "$(printf %s "$segment" | fold -w 110 | sed '2,$s/^/  /')"
            printf '= %s\n' "$(printf %s "$rest" |
                sed 's/\x01[0-9]*$//; s/^\x01/-\x01/; :a; s/\x01\x01/\x01-\x01/; ta; s/\x01$/\x01-/; s/\x01/ /g; s/0x0000000//g')"
        done >>"tds/$1.hex"
    local before='' dir text
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
        done < <(sed '/^[=#]/d' "tds/$1.hex" | sed ':a; N; s/\n  //; ta; P; D')
    } | xxd -r -p >"../fuzz/corpus/fuzz_dissector_tds/$1"
}

up() { # PORT: waits for a server
    for _ in $(seq 200); do
        if ss -Hltun "sport = :$1" | grep -q .; then return; fi
        sleep 0.1
    done
    echo "nobody listens on port $1" >&2
    exit 1
}

{
    echo "Recorded by tests/data/make-tds.sh with:"
    dpkg-query -W -f '${Package} ${Version}\n' freetds-bin krb5-kdc krb5-user tshark
    echo
    echo "NAME: server | client. Accounts and keys were made for this and are thrown away."
} >tds/ORIGIN

# ---- the server: MS-TDS 2.2.6.5 (PRELOGIN), 2.2.7 (tokens), 3.3.5 ----

cat >"$tmp/server.py" <<'PY'
import socket, ssl, struct, sys
mode, folder = sys.argv[1:]
CHALLENGE = bytes.fromhex(  # MS-NLMP 4.2.4.3
    '4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000060070170000000f'
    '53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000')

def text(s, size):
    return struct.pack(size, len(s)) + s.encode('utf-16le')

def token(number, body):
    return bytes([number]) + struct.pack('<H', len(body)) + body

def message(kind, number, words, state, severity):
    body = struct.pack('<IBB', number, state, severity) + text(words, '<H') + text('SQL1', 'B') + text('', 'B')
    return token(kind, body + struct.pack('<I', 1))

DONE = bytes([0xfd, 0, 0, 0, 0]) + bytes(8)
REFUSED = message(0xaa, 18452, 'Login failed. The login is from an untrusted domain and cannot be used with Windows '
                  'authentication.', 1, 14) + bytes([0xfd, 2, 0, 0, 0]) + bytes(8)
ACCEPTED = token(0xe3, b'\1' + text('master', 'B') + text('master', 'B')) + \
    message(0xab, 5701, "Changed database context to 'master'.", 2, 0) + \
    token(0xad, b'\1\x74\0\0\4' + text('Microsoft SQL Server\0\0', 'B') + bytes([15, 0, 8, 0x99])) + \
    token(0xe3, b'\4' + text('4096', 'B') + text('4096', 'B')) + DONE

def packets(kind, body):
    out, number = b'', 1
    while True:
        part, body = body[:4088], body[4088:]
        out += struct.pack('>BBHHBB', kind, 0 if body else 1, len(part) + 8, 51, number, 0) + part
        number += 1
        if not body:
            return out

peer, _ = socket.create_server(('127.0.0.1', 1433)).accept()
tls, pending, secured = None, b'', False
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

def receive(n):
    global pending
    while len(pending) < n:
        more = peer.recv(65536)
        if not more:
            sys.exit()
        pending += more
    part, pending = pending[:n], pending[n:]
    return part

def read_secured(n):
    out = b''
    while len(out) < n:
        try:
            out += tls.read(n - len(out))
        except ssl.SSLWantReadError:
            header = receive(5)
            incoming.write(header + receive(struct.unpack('>H', header[3:])[0]))
    return out

def receive_message():
    kind, body, take = 0, b'', read_secured if secured else receive
    while True:
        kind, status, size = struct.unpack('>BBH', take(8)[:4])
        body += take(size - 8)
        if status & 1:
            return kind, body

def send(kind, body):
    data = packets(kind, body)
    if secured:
        tls.write(data)
        data = outgoing.read()
    peer.sendall(data)

def handshake():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder + '/cert.pem', folder + '/key.pem')
    channel = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        try:
            channel.do_handshake()
            peer.sendall(packets(0x12, outgoing.read()))
            return channel
        except ssl.SSLWantReadError:
            data = outgoing.read()
            if data:
                peer.sendall(packets(0x12, data))
            incoming.write(receive_message()[1])

encryption = {'plain': 2, 'login': 0, 'all': 1}[mode.split('-')[0]]
kind, body = receive_message()
options = [(0, bytes([15, 0, 8, 0x99, 0, 0])), (1, bytes([encryption])), (2, b'\0'), (3, b''), (4, b'\0')]
at, places, data = 5 * len(options) + 1, b'', b''
for number, value in options:
    places += struct.pack('>BHH', number, at + len(data), len(value))
    data += value
send(4, places + b'\xff' + data)
if encryption != 2:
    tls = handshake()
    secured = True
kind, body = receive_message()
if encryption == 0:
    secured = False
at, size = struct.unpack('<HH', body[78:82])
if body[at:at + 8] == b'NTLMSSP\0':
    send(4, token(0xed, CHALLENGE))
    kind, body = receive_message()
refused = mode.endswith('refused')
send(4, REFUSED if refused else ACCEPTED)
while not refused:
    kind, body = receive_message()
    send(4, DONE)
PY
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -days 30 -subj /CN=sql1.contoso.com \
    >/dev/null 2>&1
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
cat >"$tmp/kdc.conf" <<CONF
[kdcdefaults]
 kdc_listen = 127.0.0.1:88
[realms]
 CONTOSO.COM = {
  database_name = $tmp/principal
  key_stash_file = $tmp/stash
 }
CONF
kdb5_util create -s -r CONTOSO.COM -P master >/dev/null 2>&1
kadmin.local >/dev/null 2>&1 <<'KADMIN'
addprinc -pw Secret-123 alice
addprinc -randkey MSSQLSvc/sql1.contoso.com:1433
KADMIN
krb5kdc -n >/dev/null 2>&1 &
up 88
echo Secret-123 | kinit alice >/dev/null
for version in 7.1 7.4; do
    for encryption in off request require; do
        cat <<CONF
[$version-$encryption]
 host = sql1.contoso.com
 port = 1433
 tds version = $version
 encryption = $encryption
CONF
    done
done >"$tmp/freetds.conf"

windows='-U CONTOSO\alice -P Secret-123'
record ntlm plain 7.4-off "$windows"
record ntlm-old plain 7.1-off "$windows"
record ntlm-refused plain-refused 7.4-off "$windows"
record kerberos plain 7.4-off ''
record kerberos-refused plain-refused 7.4-off ''
record password plain 7.4-off '-U sa -P Secret-123'
record tls-login login 7.4-request "$windows"
record tls all 7.4-require "$windows"
