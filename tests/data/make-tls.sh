#!/bin/bash
# Records TLS conversations of real programs for tests/unit/dissectors/test_tls*.c and certificates for
# test_x509.c: tls/NAME.hex, x509/NAME.der with NAME.txt, ORIGIN in both folders; from the former also
# the seeds in tests/fuzz/corpus/fuzz_dissector_tls.
#
# usage: tests/data/make-tls.sh    (root: everything runs in a network namespace of its own)
# needs: openssl gnutls-bin openjdk-17-jdk-headless nmap faketime tcpdump tshark iproute2
#
# NAME.hex: a line "> " or "< " per TCP segment with payload, from the client or the server, as
# hexadecimal, continued on lines that begin with two spaces. A line "= " behind a segment is what
# tshark reads in it: handshake types, alert levels, alert numbers, server name, each or "-".
# NAME.txt: what openssl prints of NAME.der.
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    exec unshare --net -- "$PWD/make-tls.sh" inside
fi
ip link set lo up
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p tls x509
port=5061

# ---- certificates ----

when() { faketime -f '@2026-03-02 10:00:00' "$@"; }

# ca NAME SUBJECT: a root
ca() {
    when openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/$1.key" -out "$tmp/$1.crt" -days 3650 \
        -subj "$2" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
}

# leaf NAME CA SUBJECT KEY-OPTIONS EXTENSIONS [X509-OPTIONS...]: EXTENSIONS as lines of a section
leaf() {
    local name=$1 ca=$2 subject=$3 key=$4 extensions=$5
    shift 5
    # shellcheck disable=SC2086 # key holds several options
    openssl req -new -newkey $key -nodes -keyout "$tmp/$name.key" -out "$tmp/$name.csr" -utf8 \
        -multivalue-rdn -subj "$subject" 2>/dev/null
    printf '[e]\n%s\n' "$extensions" >"$tmp/$name.ext"
    when openssl x509 -req -in "$tmp/$name.csr" -CA "$tmp/$ca.crt" -CAkey "$tmp/$ca.key" \
        -set_serial "0x$(openssl rand -hex 15)" -days 700 -extfile "$tmp/$name.ext" -extensions e \
        -out "$tmp/$name.crt" "$@" 2>/dev/null
    cat "$tmp/$name.crt" "$tmp/$ca.crt" >"$tmp/$name.chain"
}

server_names='subjectAltName=DNS:ocs1.contoso.com,DNS:sip.contoso.com
extendedKeyUsage=serverAuth,clientAuth'
ca root '/O=Contoso/CN=Contoso Root'
leaf rsa root '/O=Contoso/CN=ocs1.contoso.com' rsa:2048 "$server_names"
leaf ec root '/O=Contoso/CN=ocs1.contoso.com' 'ec -pkeyopt ec_paramgen_curve:P-256' "$server_names"
leaf user root '/O=Contoso/CN=alice' rsa:2048 'extendedKeyUsage=clientAuth'
leaf expired root '/O=Contoso/CN=ocs1.contoso.com' rsa:2048 "$server_names" -days 1

# ---- conversations ----

# tell NAME STREAM: the hex file of the conversation that was recorded
tell() {
    tshark -n -r "$tmp/$1.pcap" -Y "tcp.stream==$2 && tcp.len>0" -d "tcp.port==$port,tls" \
        -T fields -E separator=/t -E aggregator=, -e tcp.dstport -e tcp.payload -e tls.handshake.type \
        -e tls.alert_message.level -e tls.alert_message.desc -e tls.handshake.extensions_server_name \
        2>/dev/null |
        while IFS= read -r line; do
            # tabs are no separators of their own for read
            IFS='|' read -r to bytes types levels alerts name <<<"${line//$'\t'/|}"
            if [ "$to" = "$port" ]; then mark='>'; else mark='<'; fi
            printf '%s %s\n' "$mark" "$(printf %s "$bytes" | fold -w 96 | sed '2,$s/^/  /')"
            printf '= %s %s %s %s\n' "${types:--}" "${levels:--}" "${alerts:--}" "${name:--}"
        done >"tls/$1.hex"
    printf '%s: %s\n' "$1" "$what" >>tls/ORIGIN
}

# record NAME STREAM SERVER-COMMAND CLIENT-COMMAND
record() {
    what="$3 | $4"
    tcpdump -Z root -i lo -U --immediate-mode -s 0 -w "$tmp/$1.pcap" "tcp port $port" 2>/dev/null &
    local dump=$!
    (cd "$tmp" && tail -f /dev/null --pid=$$ | eval "exec timeout 20 $3") >"$tmp/server.log" 2>&1 &
    local server=$!
    for _ in $(seq 100); do
        if ss -Hltn "sport = :$port" | grep -q . && [ -s "$tmp/$1.pcap" ]; then break; fi
        sleep 0.1
    done
    (cd "$tmp" && eval "$4") >"$tmp/client.log" 2>&1 || true
    sleep 0.5
    pkill -P "$server" || true
    kill "$server" 2>/dev/null || true
    kill "$dump"
    wait "$server" "$dump" 2>/dev/null || true
    tell "$1" "$2"
}

{
    echo "Recorded by tests/data/make-tls.sh with:"
    openssl version
    gnutls-cli --version | head -1
    java -version 2>&1 | head -1
    nmap --version | head -1
    tshark --version 2>/dev/null | head -1
    echo
    echo "NAME: server | client. Keys and certificates were made for this and are thrown away."
} >tls/ORIGIN

old='-cipher DEFAULT@SECLEVEL=0'
serve='openssl s_server -accept 5061 -rev'
talk='(echo hello; sleep 0.5) | openssl s_client -connect 127.0.0.1:5061 -no_ign_eof'
plain='exec 3<>/dev/tcp/127.0.0.1/5061; printf "REGISTER sip:contoso.com SIP/2.0\r\n\r\n" >&3; timeout 1 cat <&3'
name='-servername sip.contoso.com'
rsa='-cert rsa.crt -key rsa.key -cert_chain root.crt'
ec='-cert ec.crt -key ec.key'

for v in 1 1_1; do
    record "openssl-tls$v" 0 "$serve $rsa $old -tls$v" "$talk $old -tls$v"
done
record openssl-tls1_2 0 "$serve $rsa -alpn sip" "$talk -tls1_2 $name -alpn h2,sip"
record openssl-tls1_2-short-records 0 "$serve $rsa -max_send_frag 512" "$talk -tls1_2"
record openssl-tls1_2-ec 0 "$serve $ec" "$talk -tls1_2 $name"
record openssl-tls1_2-user 0 "$serve $rsa -Verify 1 -CAfile root.crt" \
    "$talk -tls1_2 -cert user.crt -key user.key"
record openssl-tls1_2-nouser 0 "$serve $rsa -Verify 1 -CAfile root.crt" "$talk -tls1_2"
record openssl-tls1-user 0 "$serve $rsa $old -tls1 -Verify 1 -CAfile root.crt" \
    "$talk -tls1 $old -cert user.crt -key user.key"
# an OCSP answer that says revoked, which the client asks for and does not look at
serial=$(openssl x509 -in "$tmp/rsa.crt" -noout -serial)
printf 'R\t450101000000Z\t260302100000Z,keyCompromise\t%s\tunknown\t/CN=x\n' "${serial#serial=}" >"$tmp/index.txt"
openssl ocsp -index "$tmp/index.txt" -CA "$tmp/root.crt" -rsigner "$tmp/root.crt" -rkey "$tmp/root.key" -issuer "$tmp/root.crt" \
    -cert "$tmp/rsa.crt" -ndays 7000 -respout "$tmp/rsa.ocsp" >"$tmp/ocsp.log" 2>&1
record openssl-tls1_2-stapled 0 "$serve $rsa -status_file rsa.ocsp" "$talk -tls1_2 -status"
record openssl-tls1_2-ticket 1 "$serve $rsa" \
    "$talk -tls1_2 -sess_out s.pem; $talk -tls1_2 -sess_in s.pem"
record openssl-tls1_2-id 1 "$serve $rsa -no_ticket" \
    "$talk -tls1_2 -sess_out s.pem; $talk -tls1_2 -sess_in s.pem"
record openssl-tls1_2-renegotiation 0 "$serve $rsa -client_renegotiation" \
    "(echo hello; sleep 0.3; echo R; sleep 0.5) | openssl s_client -connect 127.0.0.1:5061 -tls1_2"
record openssl-tls1_3 0 "$serve $ec" "$talk $name"
record openssl-tls1_3-retry 0 "$serve $ec -groups P-384" "$talk -groups P-256:P-384 $name"
record openssl-tls1_3-resumed 1 "$serve $ec" "$talk -sess_out s.pem; $talk -sess_in s.pem"
record openssl-tls1_3-nouser 0 "$serve $ec -Verify 1 -CAfile root.crt" "$talk"
record openssl-tls1_2-unknown-ca 0 "$serve $rsa" "$talk -tls1_2 -verify_return_error"
record openssl-tls1_3-unknown-ca 0 "$serve $rsa" "$talk -verify_return_error"
record openssl-tls1_2-expired 0 "$serve -cert expired.crt -key expired.key" \
    "$talk -tls1_2 -CAfile root.crt -verify_return_error"
record openssl-version 0 "$serve $rsa -tls1_2" "$talk -tls1_1 $old"
record openssl-no-cipher 0 "$serve $rsa -cipher AES256-SHA -tls1_2" "$talk -tls1_2 -cipher AES128-SHA"
record openssl-plain-sip 0 "$serve $rsa" \
    "$plain"
gserve='gnutls-serv --echo -p 5061 --x509certfile rsa.chain --x509keyfile rsa.key'
gtalk='(echo hello; sleep 0.5) | gnutls-cli -p 5061'
record gnutls-tls1_2 0 "$gserve --priority NORMAL:-VERS-ALL:+VERS-TLS1.2" \
    "$gtalk --insecure --sni-hostname sip.contoso.com 127.0.0.1"
record gnutls-tls1_3-refused 0 "$gserve" "$gtalk --x509cafile root.crt 127.0.0.1"
record gnutls-tls1_3 0 "$gserve" "$gtalk --insecure 127.0.0.1"
record gnutls-plain-sip 0 "$gserve" \
    "$plain"
record gnutls-unrecognized-name 0 "$gserve --sni-hostname other.contoso.com --sni-hostname-fatal" \
    "$gtalk --insecure --sni-hostname sip.contoso.com 127.0.0.1"
record nmap-sslv2 1 "$serve $rsa" \
    "nmap -n -Pn -p 5061 --script +sslv2 127.0.0.1"

# Java still speaks SSL 3.0 and can send a ClientHello in SSL 2.0 form.
cat >"$tmp/Old.java" <<'JAVA'
import java.io.*;
import java.security.*;
import javax.net.ssl.*;

class Old {
    public static void main(String[] args) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        String[] protocols = args[1].split(",");
        SSLContext context = SSLContext.getInstance("TLS");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream("rsa.p12"), "secret".toCharArray());
        KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
        own.init(keys, "secret".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        KeyStore roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        roots.setCertificateEntry("root", keys.getCertificateChain("1")[1]);
        trust.init(roots);
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        SSLSocket s;
        if (args[0].equals("serve"))
            s = (SSLSocket) ((SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(5061)).accept();
        else
            s = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", 5061);
        s.setEnabledProtocols(protocols);
        if (args[0].equals("serve")) {
            s.getOutputStream().write(s.getInputStream().read());
        } else {
            s.getOutputStream().write('x');
            s.getInputStream().read();
        }
        s.close();
    }
}
JAVA
openssl pkcs12 -export -in "$tmp/rsa.chain" -inkey "$tmp/rsa.key" -name 1 -passout pass:secret \
    -out "$tmp/rsa.p12"
record java-ssl3 0 "java Old.java serve SSLv3" "java Old.java talk SSLv3"
record java-sslv2hello 0 "$serve $rsa $old -tls1_2" "java Old.java talk SSLv2Hello,TLSv1,TLSv1.2"

# ---- seeds for the fuzzer: the same conversations in the form of tests/fuzz/fuzz_dissector.c ----

seeds=../fuzz/corpus/fuzz_dissector_tls
mkdir -p "$seeds"
for hex in tls/*.hex; do
    perl -e 'my ($last, $out) = ("", "");
        while (<>) {
            next if /^=/;
            if (s/^([<>])//) {
                $out .= $last eq "" ? ($1 eq ">" ? "\x00" : "\x02")
                    : "\xfe\xed\xbe" . ($1 eq $last ? "\x01" : "\x00");
                $last = $1;
            }
            s/\s//g;
            $out .= pack "H*", $_;
        }
        print $out' "$hex" >"$seeds/$(basename "$hex" .hex)"
done

# ---- certificates as files ----

# keep NAME: the certificate with what openssl says of it
keep() {
    openssl x509 -in "$tmp/$1.crt" -outform DER -out "x509/$1.der"
    {
        openssl x509 -in "$tmp/$1.crt" -noout -nameopt RFC2253,-esc_msb,utf8 -subject -issuer -serial
        openssl x509 -in "$tmp/$1.crt" -noout -dateopt iso_8601 -startdate -enddate -sha256 -fingerprint
        openssl x509 -in "$tmp/$1.crt" -noout -ext subjectAltName,extendedKeyUsage,basicConstraints 2>&1
        openssl x509 -in "$tmp/$1.crt" -noout -text -certopt no_header,no_pubkey,no_sigdump 2>/dev/null |
            grep -m1 'Signature Algorithm'
        openssl x509 -in "$tmp/$1.crt" -noout -pubkey | openssl pkey -pubin -noout -text 2>/dev/null |
            grep -E 'Public|CURVE|OID'
    } >"x509/$1.txt" || true
}

openssl version >x509/ORIGIN
echo "Made by tests/data/make-tls.sh; keys are thrown away." >>x509/ORIGIN
many=$(seq -f 'DNS:h%g.contoso.com' -s, 1 300)
leaf names root '/C=CH/L=Zürich/O=Contoso, Ltd./CN=first/CN=pool.contoso.com' rsa:1024 \
    'subjectAltName=DNS:*.contoso.com,IP:10.20.2.20,IP:fd20:1:0:0::21,URI:sip:contoso.com,email:a@contoso.com,RID:1.2.3.4,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@contoso.com,dirName:d
extendedKeyUsage=anyExtendedKeyUsage
[d]
CN=inside' -sha1
leaf many root '/CN=many' 'ec -pkeyopt ec_paramgen_curve:secp384r1' "subjectAltName=$many"
leaf koblitz root '/CN=koblitz' 'ec -pkeyopt ec_paramgen_curve:secp256k1' 'extendedKeyUsage=clientAuth'
leaf nocn root '/O=Contoso' ed25519 'subjectAltName=critical,DNS:only.contoso.com'
leaf plain root '/CN=plain' 'rsa-pss -pkeyopt rsa_keygen_bits:2048' '' -md5

# self NAME SUBJECT KEY-OPTIONS...: signed by its own key
self() {
    local name=$1 subject=$2
    shift 2
    when openssl req -x509 -newkey "$@" -nodes -keyout "$tmp/$name.key" -out "$tmp/$name.crt" \
        -days 3650 -subj "$subject" 2>/dev/null
}
self self /CN=self.contoso.com ec -pkeyopt ec_paramgen_curve:P-521
self explicit /CN=explicit ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
openssl dsaparam -out "$tmp/dsa.pem" 1024 2>/dev/null
self dsa /CN=dsa "dsa:$tmp/dsa.pem"
self edwards /CN=edwards ed25519
self pss /CN=pss rsa-pss -pkeyopt rsa_keygen_bits:2048
# from before what 64 bits of nanoseconds hold to after it
printf '[ca]\ndatabase=%s/db\nnew_certs_dir=%s\nserial=%s/serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' \
    "$tmp" "$tmp" "$tmp" >"$tmp/ca.cnf"
: >"$tmp/db"
echo 01 >"$tmp/serial"
openssl req -new -newkey ed448 -nodes -keyout "$tmp/forever.key" -out "$tmp/forever.csr" -subj /CN=forever
openssl ca -batch -config "$tmp/ca.cnf" -name ca -cert "$tmp/root.crt" -keyfile "$tmp/root.key" \
    -in "$tmp/forever.csr" -out "$tmp/forever.crt" -startdate 16000101000000Z -enddate 99991231235959Z 2>/dev/null

# the same name as its issuer, another key
leaf selfissued root '/O=Contoso/CN=Contoso Root' rsa:2048 'basicConstraints=CA:TRUE'
for name in root rsa names many koblitz nocn plain forever self explicit dsa edwards pss selfissued; do keep "$name"; done
