#!/bin/bash
# Makes certificates and OCSP responses of openssl for tests/unit/dissectors/test_ocsp.c and test_x509.c: ocsp/NAME.der.
#
# usage: tests/data/make-ocsp.sh
# needs: openssl
#
# leaf.der, other.der, issuing.der  certificates: two leaves and their issuer; leaf names where it can be checked
# good.der, revoked.der             responses about leaf
# both.der                          about other (good) and leaf (revoked)
# sha256.der                        as revoked, the CertID made with SHA-256
# unknown.der                       about a serial number that the authority does not know
# later.der                         "try later", without an answer
set -eu
cd "$(dirname "$0")"
mkdir -p ocsp
out=$PWD/ocsp
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 7300 -subj '/O=Contoso/CN=Contoso Issuing CA 1'
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=ocs1.contoso.com
cat >leaf.ext <<END
subjectAltName = DNS:ocs1.contoso.com
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:http://ocsp.contoso.com/,caIssuers;URI:http://pki.contoso.com/issuing.crt,caIssuers;URI:ldap:///CN=CA
crlDistributionPoints = URI:http://crl.contoso.com:8080/contoso.crl,URI:ldap://dc1.contoso.com/CN=CA
certificatePolicies = 1.3.6.1.4.1.311.21.8.1,2.23.140.1.2.2
END
: >none.ext
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 0x0badcafe -days 7000 -extfile leaf.ext -out leaf.pem
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 0x1002 -days 7000 -extfile none.ext -out other.pem
printf 'R\t450101000000Z\t260102030405Z,keyCompromise\t0BADCAFE\tunknown\t/CN=ocs1.contoso.com\n' >revoked.txt
printf 'V\t450101000000Z\t\t1002\tunknown\t/CN=ocs1.contoso.com\n' >>revoked.txt
printf 'V\t450101000000Z\t\t0BADCAFE\tunknown\t/CN=ocs1.contoso.com\n' >good.txt

answer() { # NAME INDEX QUESTION...
    local name=$1 index=$2
    shift 2
    openssl ocsp -index "$index" -CA ca.pem -rsigner ca.pem -rkey ca.key -issuer ca.pem "$@" -ndays 7000 -respout "$out/$name.der"
}
answer good good.txt -cert leaf.pem
answer revoked revoked.txt -cert leaf.pem
answer both revoked.txt -cert other.pem -cert leaf.pem
answer sha256 revoked.txt -sha256 -cert leaf.pem
answer unknown good.txt -serial 0x77
printf '\x30\x03\x0a\x01\x03' >"$out/later.der" # OCSPResponseStatus tryLater and nothing else (RFC 6960 4.2.1)
for name in leaf other; do openssl x509 -in $name.pem -outform DER -out "$out/$name.der"; done
openssl x509 -in ca.pem -outform DER -out "$out/issuing.der"
