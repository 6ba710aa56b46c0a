#!/bin/bash
# Makes the certificates of trust/ with OpenSSL: a root, an intermediate below it, servers' certificates below that, and
# what is wrong with others. tests/unit/tls/test_trust.c says what each is for; keys are thrown away. The two roots of the
# laboratory (contoso-root.pem, fabrikam-root.pem) are those that the servers of fixtures/ok-auto-tls and
# fixtures/cert-untrusted send along.
set -eu
cd "$(dirname "$0")/trust"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

ca() { # name, subject, issuer or "", extensions
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$tmp/$1.key" 2>/dev/null
    openssl req -new -key "$tmp/$1.key" -subj "$2" -out "$tmp/$1.csr"
    printf '%s\n' "$4" >"$tmp/$1.ext"
    if [ -z "$3" ]; then
        openssl x509 -req -in "$tmp/$1.csr" -signkey "$tmp/$1.key" -extfile "$tmp/$1.ext" -days "${days:-9000}" -out "$tmp/$1.pem" 2>/dev/null
    else
        openssl x509 -req -in "$tmp/$1.csr" -CA "$tmp/$3.pem" -CAkey "$tmp/$3.key" -CAcreateserial -extfile "$tmp/$1.ext" \
            -days "${days:-9000}" -out "$tmp/$1.pem" 2>/dev/null
    fi
    openssl x509 -in "$tmp/$1.pem" -outform der -out "$1.der"
}

authority='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
server='subjectAltName=DNS:ocs1.contoso.com
extendedKeyUsage=serverAuth'
ca root '/O=Contoso/CN=Root' '' "$authority"
ca inter '/O=Contoso/CN=Issuing' root "$authority"
ca leaf '/CN=ocs1.contoso.com' inter "$server"
days=10 ca short '/CN=ocs1.contoso.com' inter "$server"
ca other '/O=Other/CN=Root' '' "$authority"
ca self '/CN=ocs1.contoso.com' '' "$server"
ca noca '/CN=No authority' inter 'basicConstraints=CA:FALSE'
ca below '/CN=ocs1.contoso.com' noca "$server"
cp "$tmp/root.pem" root.pem
cat "$tmp/other.pem" "$tmp/root.pem" >both.pem
{ openssl version && echo 'Made by tests/data/make-trust.sh; keys are thrown away.'; } >ORIGIN
rm other.der
