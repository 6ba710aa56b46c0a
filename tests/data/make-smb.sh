#!/bin/bash
# Records logons over SMB and DCE/RPC of real programs for tests/unit/dissectors/test_smb.c and test_dcerpc.c:
# smb/NAME.hex, smb/ORIGIN, and from them the seeds in tests/fuzz/corpus/fuzz_dissector_smb and _dcerpc.
#
# usage: tests/data/make-smb.sh    (root: everything runs in a network namespace of its own)
# needs: samba samba-ad-provision samba-dsdb-modules smbclient python3-impacket tcpdump tshark iproute2
#
# The form is that of tests/support/recording.h. Kept is the beginning of each connection, up to the answer that
# decides.
set -eu
cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
    exec unshare --net --mount --pid --fork --kill-child --mount-proc -- "$PWD/make-smb.sh" inside
fi
ip link set lo up
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p smb ../fuzz/corpus/fuzz_dissector_smb ../fuzz/corpus/fuzz_dissector_dcerpc
export LC_ALL=C

# record NAME KIND SEGMENTS COMMAND...: the last connection of that protocol (smb, dcerpc) that COMMAND makes
record() {
    local name=$1 kind=$2 segments=$3 stream
    shift 3
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
record netbios smb 8 "${client[@]}" "${old[@]}" -p 139 //127.0.0.1/share -U 'CONTOSO\alice%Secret.1' -c ls
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
record rpc-samr dcerpc 12 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_ip_tcp:127.0.0.1[seal]' -c 'getusername'
record pipe smb 24 "${rpc[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_np:127.0.0.1[sign]' -c lsaquery
record pipe-smb1 smb 24 "${rpc[@]}" "${old[@]}" -U 'CONTOSO\Administrator%Passw0rd.1' 'ncacn_np:127.0.0.1[sign]' -c lsaquery
{
    echo "made by tests/data/make-smb.sh on Debian $(cat /etc/debian_version) with"
    dpkg-query -W -f '  ${Package} ${Version}\n' samba smbclient tcpdump tshark
    echo "Programs and arguments are in the first line of each file."
} >smb/ORIGIN
