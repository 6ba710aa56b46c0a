#!/bin/bash
# Records logons to mail servers for tests/unit/dissectors/test_smtp.c, test_imap.c and test_pop.c:
# fixtures/transcripts/{smtp,imap,pop}-*.t, and from them seeds in tests/fuzz/corpus/fuzz_dissector_{smtp,imap,pop}.
# What the dissectors tell of each is in the .ndjson beside it.
#
# usage: tests/data/make-mail.sh    (root: everything runs in a network namespace of its own)
# needs: dovecot-imapd dovecot-pop3d dovecot-gssapi postfix winbind krb5-kdc krb5-admin-server krb5-user curl openssl
#        tcpdump tshark python3 iproute2
set -eu
cd "$(dirname "$0")/../.."
if [ "${1-}" != inside ]; then
    exec unshare --net --mount --uts --pid --fork --kill-child --mount-proc -- "$PWD/tests/data/make-mail.sh" inside
fi
hostname mail1
ip link set lo up
tmp=$(mktemp -d)
chmod 755 "$tmp"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
export LC_ALL=C KRB5CCNAME="$tmp/ccache" KRB5_CONFIG="$tmp/krb5.conf" KRB5_KDC_PROFILE="$tmp/kdc.conf"
echo '127.0.0.1 mail1.contoso.com mail1 localhost' >"$tmp/hosts"
echo 'nameserver 127.0.0.1' >"$tmp/resolv.conf"
mount --bind "$tmp/hosts" /etc/hosts
mount --bind "$tmp/resolv.conf" /etc/resolv.conf

# ---- recording ----

cat >"$tmp/transcribe.py" <<'PY'
"""transcribe.py NAME TITLE: rows of port and payload on standard input become a transcript and a seed."""
import sys
name, title = sys.argv[1:]
protocol = name.split('-')[0]
port = {'smtp': 25, 'imap': 143, 'pop': 110}[protocol]
pieces = [(int(p) == port, bytes.fromhex(b)) for p, b in (row.split() for row in sys.stdin)]
# of TLS the first octets are enough: the dissector hands it over
pieces = [(d, b[:24] if b[:2] == b'\x16\x03' else b) for d, b in pieces if b[0] not in (0x14, 0x15, 0x17)]

def text(line):
    names = {ord('\\'): '\\\\', 13: '\\r', 10: '\\n', 9: '\\t'}
    return ''.join(names.get(c) or (chr(c) if 32 <= c < 127 else '\\x%02x' % c) for c in line)

with open('fixtures/transcripts/%s.t' % name, 'w') as out:
    out.write('# %s\n\n' % title)
    before = None
    for client, body in pieces:
        mark = '>>>' if client else '<<<'
        if client == before:
            out.write('---\n')
        before = client
        lines = body.split(b'\r\n')
        for line in lines[:-1]:
            out.write((mark + ' ' + text(line)).rstrip() + ('\\x20' if line[-1:] == b' ' else '') + '\n')
        if lines[-1]:
            out.write('%s %s\\\n' % (mark, text(lines[-1])))
with open('tests/fuzz/corpus/fuzz_dissector_%s/%s' % (protocol, name.partition('-')[2]), 'wb') as out:
    before = None
    for client, body in pieces:
        if before is None:
            out.write(b'\0' if client else b'\2')
        else:
            out.write(b'\xfe\xed\xbe' + (b'\1' if client == before else b'\0'))
        before = client
        out.write(body)
PY

# record NAME TITLE CLIENT-COMMAND
record() {
    mkdir -p "tests/fuzz/corpus/fuzz_dissector_${1%%-*}"
    tcpdump -Z root -i lo -U --immediate-mode -s 0 -w "$tmp/$1.pcap" 'port 25 or port 110 or port 143' 2>/dev/null &
    local dump=$!
    for _ in $(seq 100); do
        if [ -s "$tmp/$1.pcap" ]; then break; fi
        sleep 0.05
    done
    (cd "$tmp" && eval "$3") >"$tmp/client.log" 2>&1 || true
    sleep 0.5
    kill "$dump"
    wait "$dump" 2>/dev/null || true
    tshark -n -r "$tmp/$1.pcap" -Y 'tcp.len>0 && tcp.stream==0' -T fields -e tcp.dstport -e tcp.payload 2>/dev/null |
        python3 "$tmp/transcribe.py" "$1" "$2"
}

up() { # PORT: waits for a server
    for _ in $(seq 200); do
        if ss -Hltun "sport = :$1" | grep -q .; then return; fi
        sleep 0.1
    done
    echo "nobody listens on port $1" >&2
    exit 1
}

# ---- servers ----

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -days 30 -subj /CN=mail1.contoso.com \
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
kadmin.local >/dev/null 2>&1 <<KADMIN
addprinc -pw Secret-123 alice
addprinc -randkey smtp/mail1.contoso.com
addprinc -randkey imap/mail1.contoso.com
addprinc -randkey pop/mail1.contoso.com
ktadd -k $tmp/keytab smtp/mail1.contoso.com imap/mail1.contoso.com pop/mail1.contoso.com
KADMIN
chmod 644 "$tmp/keytab"
krb5kdc -n >/dev/null 2>&1 &
mkdir -m 777 "$tmp/mail" "$tmp/samba"
echo 'alice:{PLAIN}Secret-123' >"$tmp/users"
# NTLM is not checked by Dovecot but by the helper of Samba, here with an account of its own
cat >"$tmp/helper" <<SH
#!/bin/sh
exec ntlm_auth "\$@" --username=alice --domain=CONTOSO --password=Secret-123 --option='lock directory=$tmp/samba'
SH
chmod 755 "$tmp/helper"
cat >"$tmp/dovecot.conf" <<CONF
protocols = imap pop3
listen = 127.0.0.1
base_dir = $tmp/run
log_path = $tmp/dovecot.log
auth_mechanisms = plain login ntlm gssapi gss-spnego
auth_use_winbind = yes
auth_winbind_helper_path = $tmp/helper
auth_krb5_keytab = $tmp/keytab
auth_gssapi_hostname = "\$ALL"
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <$tmp/cert.pem
ssl_key = <$tmp/key.pem
mail_location = maildir:$tmp/mail/%n
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n $tmp/users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=$tmp/mail/%n
}
first_valid_uid = 1
service imap-login {
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3s {
    port = 0
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  inet_listener {
    port = 12345
  }
}
CONF
dovecot -F -c "$tmp/dovecot.conf" >/dev/null 2>&1 &
mkdir "$tmp/postfix" "$tmp/queue" "$tmp/data"
chown postfix "$tmp/data"
cp /etc/postfix/master.cf "$tmp/postfix/"
cat >"$tmp/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $tmp/queue
data_directory = $tmp/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail1.contoso.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = $tmp/postfix.log
maillog_file_prefixes = $tmp
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:12345
smtpd_tls_cert_file = $tmp/cert.pem
smtpd_tls_key_file = $tmp/key.pem
smtpd_tls_security_level = may
default_transport = discard
local_transport = discard
local_recipient_maps =
mydestination = contoso.com
CONF
postfix -c "$tmp/postfix" start >/dev/null 2>&1
for port in 88 25 110 143; do up $port; done

# ---- clients ----

printf 'Subject: hello\r\n\r\nbody\r\n.dot\r\n.\r\nAUTH NTLM\r\n' >"$tmp/message"
right='-u alice:Secret-123 --login-options AUTH=NTLM'
wrong='-u alice:wrong --login-options AUTH=NTLM'
ticket='-u alice@CONTOSO.COM: --login-options AUTH=GSSAPI'
plain='-u alice:Secret-123 --login-options AUTH=PLAIN'
curl='curl -sS -m 10'
send='smtp://mail1.contoso.com --mail-from alice@contoso.com --mail-rcpt bob@contoso.com -T message'
versions=$(dpkg-query -W -f '${Package} ${Version}\n' postfix dovecot-core curl | tr '\n' ' ')
smtp="Postfix with SASL of Dovecot, $(echo "$versions" | grep -o 'postfix [^ ]*')"
mail="$(echo "$versions" | grep -o 'dovecot-core [^ ]*')"
by="and $(echo "$versions" | grep -o 'curl [^ ]*')"
echo Secret-123 | kinit alice >/dev/null
record smtp-ntlm "$smtp $by: NTLM, then a message with lines that begin with a dot" "$curl $right $send"
record smtp-ntlm-refused "$smtp $by: NTLM with a wrong password" "$curl $wrong $send"
record smtp-gssapi "$smtp $by: GSSAPI" "$curl $ticket $send"
record smtp-plain "$smtp $by: PLAIN, which is no exchange of interest" "$curl $plain $send"
record smtp-starttls "$smtp $by: STARTTLS" "$curl -k --ssl-reqd $send"
record imap-ntlm "$mail $by: NTLM" "$curl $right imap://mail1.contoso.com"
record imap-ntlm-refused "$mail $by: NTLM with a wrong password" "$curl $wrong imap://mail1.contoso.com"
record imap-gssapi "$mail $by: GSSAPI" "$curl $ticket imap://mail1.contoso.com"
record imap-starttls "$mail $by: STARTTLS" "$curl -k --ssl-reqd $right imap://mail1.contoso.com"
record pop-ntlm "$mail $by: NTLM" "$curl $right pop3://mail1.contoso.com"
record pop-ntlm-refused "$mail $by: NTLM with a wrong password" "$curl $wrong pop3://mail1.contoso.com"
record pop-gssapi "$mail $by: GSSAPI" "$curl $ticket pop3://mail1.contoso.com"
record pop-starttls "$mail $by: STLS" "$curl -k --ssl-reqd $right pop3://mail1.contoso.com"
