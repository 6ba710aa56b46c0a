#!/bin/bash
# Records logons over SMB and DCE/RPC of real programs for tests/unit/dissectors/test_smb.c and test_dcerpc.c:
# smb/NAME.hex, smb/ORIGIN, and from them the seeds in tests/fuzz/corpus/fuzz_dissector_smb and _dcerpc.
#
# usage: tests/data/make-smb.sh [NAME...]    (root: everything runs in a network namespace of its own; NAME: only these)
# needs: samba samba-ad-provision samba-dsdb-modules smbclient krb5-user python3-impacket tcpdump tshark iproute2
#
# The form is that of tests/support/recording.h. Kept is the beginning of each connection, up to the answer that
# decides.
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    exec unshare --net --mount --pid --fork --kill-child --mount-proc -- "$PWD/make-smb.sh" inside "$@"
fi
only=" ${*:2} "
ip link set lo up
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p smb ../fuzz/corpus/fuzz_dissector_smb ../fuzz/corpus/fuzz_dissector_dcerpc
export LC_ALL=C

# record NAME KIND SEGMENTS COMMAND...: the last connection of that protocol (smb, dcerpc) that COMMAND makes
record() {
    local name=$1 kind=$2 segments=$3 stream
    shift 3
    [ "$only" = '  ' ] || [[ $only = *" $name "* ]] || return 0
    tcpdump -i lo -s0 -U -w "$tmp/$name.pcap" tcp 2>/dev/null &
    local pid=$!
    sleep 1
    timeout 20 "$@" </dev/null >/dev/null 2>&1 || true
    sleep 1
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    stream=$(tshark -n -r "$tmp/$name.pcap" -Y "$([ "$kind" = smb ] && echo 'smb || smb2' || echo dcerpc)" \
        -T fields -e tcp.stream 2>/dev/null | sort -n | tail -n 1)
    {
        echo "# $(basename "$1") ${*:2}" | sed "s|$tmp|.|g"
        tshark -n -r "$tmp/$name.pcap" -Y "tcp.stream==$stream && tcp.len>0" -T fields -e tcp.srcport -e tcp.payload \
            2>/dev/null | head -n "$segments" | while read -r from payload; do
            first=${first:-$from}
            [ "$from" = "$first" ] && mark='>' || mark='<'
            echo "$mark $(echo "$payload" | fold -w 110 | sed '2,$s/^/  /')"
        done
    } >"smb/$name.hex"
    python3 - "smb/$name.hex" "../fuzz/corpus/fuzz_dissector_$kind/$name" <<'PY'
import sys
pieces = []
for line in open(sys.argv[1]):
    if line[0] in '<>':
        pieces.append([line[0], line[1:].strip()])
    elif line[0] == ' ':
        pieces[-1][1] += line.strip()
out = bytes([0 if pieces[0][0] == '>' else 2])
for i, (mark, text) in enumerate(pieces):
    if i:
        out += b'\xfe\xed\xbe' + bytes([1 if pieces[i - 1][0] == mark else 0])
    out += bytes.fromhex(text)
open(sys.argv[2], 'wb').write(out)
PY
}

# ---- a file server ----

mkdir -p "$tmp"/fs/{priv,run,state,cache,lock,share}
cat >"$tmp/fs/smb.conf" <<CONF
[global]
 workgroup = CONTOSO
 netbios name = FILES
 server role = standalone server
 interfaces = lo
 bind interfaces only = yes
 private dir = $tmp/fs/priv
 pid directory = $tmp/fs/run
 state directory = $tmp/fs/state
 cache directory = $tmp/fs/cache
 lock directory = $tmp/fs/lock
 ncalrpc dir = $tmp/fs/run/ncalrpc
 log file = $tmp/fs/log
 map to guest = never
 server min protocol = NT1
 ntlm auth = ntlmv1-permitted
[share]
 path = $tmp/fs/share
CONF
id alice >/dev/null 2>&1 || useradd -M alice
printf 'Secret.1\nSecret.1\n' | smbpasswd -c "$tmp/fs/smb.conf" -a -s alice >/dev/null
smbd -s "$tmp/fs/smb.conf" -D
sleep 2
client=(smbclient -s "$tmp/fs/smb.conf")
old=(-m NT1 --option='client min protocol=NT1')
bare=(--option='client use spnego=no' --option='client NTLMv2 auth=no')
record smb3 smb 6 "${client[@]}" //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
record smb3-wrong smb 6 "${client[@]}" //127.0.0.1/share -U 'CONTOSO\alice%wrong' -c ls
record smb3-unknown smb 6 "${client[@]}" //127.0.0.1/share -U 'CONTOSO\nobody1%x' -c ls
record smb3-anonymous smb 6 "${client[@]}" //127.0.0.1/share -U % -c ls
record smb2 smb 8 "${client[@]}" -m SMB2 //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
record smb1 smb 6 "${client[@]}" "${old[@]}" //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
record smb1-wrong smb 6 "${client[@]}" "${old[@]}" //127.0.0.1/share -U 'CONTOSO\alice%wrong' -c ls
record smb1-plain smb 4 "${client[@]}" "${old[@]}" "${bare[@]}" //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
record smb1-plain-wrong smb 4 "${client[@]}" "${old[@]}" "${bare[@]}" //127.0.0.1/share -U 'CONTOSO\alice%wrong' -c ls
record smb3-sealed smb 8 "${client[@]}" --client-protection=encrypt //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
record netbios smb 8 "${client[@]}" "${old[@]}" -p 139 //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
kill "$(cat "$tmp/fs/run/smbd.pid")"
sleep 1

sed -i 's/map to guest = never/map to guest = bad user/' "$tmp/fs/smb.conf"
smbd -s "$tmp/fs/smb.conf" -D
sleep 2
record smb3-guest smb 6 "${client[@]}" //127.0.0.1/share -U 'CONTOSO\nobody1%x' -c ls
record smb1-guest smb 6 "${client[@]}" "${old[@]}" //127.0.0.1/share -U 'CONTOSO\nobody1%x' -c ls
kill "$(cat "$tmp/fs/run/smbd.pid")"
sleep 1

sed -i 's/^ map to guest.*/ nt status support = no/' "$tmp/fs/smb.conf"
smbd -s "$tmp/fs/smb.conf" -D
sleep 2
record smb1-dos smb 4 "${client[@]}" "${old[@]}" "${bare[@]}" //127.0.0.1/share -U 'CONTOSO\alice%wrong' -c ls
record smb1-dos-token smb 4 "${client[@]}" "${old[@]}" //127.0.0.1/share -U 'CONTOSO\alice%wrong' -c ls
kill "$(cat "$tmp/fs/run/smbd.pid")"
sleep 1

# ---- a domain controller, for DCE/RPC over TCP and over pipes ----

samba-tool domain provision --targetdir="$tmp/dc" --domain=CONTOSO --realm=CONTOSO.COM --adminpass=Passw0rd.1 \
    --server-role=dc --dns-backend=NONE --host-name=dc1 --host-ip=127.0.0.1 --option='interfaces=lo' \
    --option='bind interfaces only=yes' >/dev/null 2>&1
mkdir -p "$tmp/dc/run" "$tmp/dc/ncalrpc"
sed -i "/^\[global\]/a pid directory = $tmp/dc/run\nncalrpc dir = $tmp/dc/ncalrpc" "$tmp/dc/etc/smb.conf"
samba -s "$tmp/dc/etc/smb.conf" -i --debug-stdout >"$tmp/dc/log" 2>&1 &
sleep 8
rpc=(rpcclient -s "$tmp/dc/etc/smb.conf")
record rpc-wrong dcerpc 10 "${rpc[@]}" -U 'CONTOSO\Administrator%wrong' 'ncacn_ip_tcp:127.0.0.1[sign]' -c lsaquery
record rpc-denied dcerpc 10 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_ip_tcp:127.0.0.1[sign]' -c lsaquery
record rpc-samr dcerpc 7 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_ip_tcp:127.0.0.1[seal]' -c querydominfo
record rpc-connect dcerpc 7 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_ip_tcp:127.0.0.1[connect]' \
    -c querydominfo
cat >"$tmp/epm.py" <<'PY'
import sys
from impacket.dcerpc.v5 import epm, transport
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_PKT_INTEGRITY
t = transport.DCERPCTransportFactory('ncacn_ip_tcp:127.0.0.1[135]')
t.set_credentials('Administrator', sys.argv[1], 'CONTOSO')
d = t.get_dce_rpc()
d.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_INTEGRITY)
d.connect()
d.bind(epm.MSRPC_UUID_PORTMAP)
request = epm.ept_lookup()
request['inquiry_type'] = epm.RPC_C_EP_ALL_ELTS
request['object'] = request['Ifid'] = epm.NULL
request['vers_option'] = epm.RPC_C_VERS_ALL
request['max_ents'] = 1
d.request(request)
PY
record rpc-impacket dcerpc 5 /usr/bin/python3 "$tmp/epm.py" Passw0rd.1
record rpc-impacket-wrong dcerpc 6 /usr/bin/python3 "$tmp/epm.py" wrong
cat >"$tmp/krb5.conf" <<'CONF'
[libdefaults]
 default_realm = CONTOSO.COM
 dns_lookup_realm = false
[realms]
 CONTOSO.COM = {
  kdc = 127.0.0.1
 }
CONF
export KRB5_CONFIG=$tmp/krb5.conf
cp /etc/hosts "$tmp/hosts"
echo '127.0.0.1 dc1.contoso.com' >>"$tmp/hosts"
mount --bind "$tmp/hosts" /etc/hosts
export KRB5CCNAME=FILE:$tmp/ccache
kinit Administrator@CONTOSO.COM <<<'Passw0rd.1' >/dev/null
kerberos=(--use-krb5-ccache="$KRB5CCNAME")
record smb3-kerberos smb 6 smbclient -s "$tmp/dc/etc/smb.conf" "${kerberos[@]}" //dc1.contoso.com/sysvol -c ls
record rpc-kerberos dcerpc 8 "${rpc[@]}" "${kerberos[@]}" 'ncacn_ip_tcp:dc1.contoso.com[krb5,seal]' -c querydominfo
record rpc-spnego dcerpc 8 "${rpc[@]}" "${kerberos[@]}" 'ncacn_ip_tcp:dc1.contoso.com[spnego,seal]' -c querydominfo
record rpc-spnego-ntlm dcerpc 10 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' \
    'ncacn_ip_tcp:127.0.0.1[spnego,seal]' -c querydominfo
record rpc-spnego-wrong dcerpc 10 "${rpc[@]}" -U 'CONTOSO\Administrator%wrong' \
    'ncacn_ip_tcp:127.0.0.1[spnego,seal]' -c querydominfo
record pipe-spnego smb 20 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_np:127.0.0.1[spnego,seal]' -c lsaquery
record pipe smb 24 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_np:127.0.0.1[sign]' -c lsaquery
record pipe-smb1 smb 24 "${rpc[@]}" "${old[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_np:127.0.0.1[sign]' -c lsaquery
{
    echo "made by tests/data/make-smb.sh on Debian $(cat /etc/debian_version) with"
    dpkg-query -W -f '  ${Package} ${Version}\n' samba smbclient krb5-user python3-impacket tcpdump tshark
    echo "Programs and arguments are in the first line of each file."
} >smb/ORIGIN
