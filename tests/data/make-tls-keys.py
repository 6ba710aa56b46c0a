#!/usr/bin/env python3
"""Records TLS conversations of real programs together with their secrets, for tests/unit/tls: files tlskeys/*.tls and
the RSA key they share, tlskeys/rsa.*. Each is deciphered by tshark here, and the result compared with what was said.

usage: tests/data/make-tls-keys.py [GROUP...|seeds]
needs: openssl gnutls-bin libnss3-tools openjdk-17-jdk-headless gcc libmbedtls-dev tshark

A file holds cases:
    case NAME
    # how it was made; what tshark makes of it
    key LINE           a line of a key log; lines before the first case hold for all
    rsa                the server has the key rsa.pem and the key exchange is RSA
    >HEX, <HEX         bytes from the client, from the server, in order; a line begins with a record or inside one
    ]HEX, [HEX         application data of the client, of the server, whole
    conn               the next connection, to the same server
"""
import glob, os, re, shutil, socket, struct, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, 'tlskeys')
TMP = tempfile.mkdtemp()
SERVER, PROXY = 15061, 15062
SAYS = b'sip:alice@contoso.com asks\n'
MORE = b'sip:alice@contoso.com asks once more, and at some length, so that a record has more than one block\n'


def run(*command, **more):
    return subprocess.run(command, cwd=TMP, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more).stdout


class Recorder(threading.Thread):
    """Stands between client and server, notes what passes. One list of (direction, bytes) a connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(('127.0.0.1', PROXY), reuse_port=True)
        self.connections = []
        self.lock = threading.Lock()

    def pass_on(self, come, go, mark, pieces):
        try:
            while True:
                data = come.recv(65536)
                if not data:
                    break
                with self.lock:
                    if pieces and pieces[-1][0] == mark:
                        pieces[-1][1].extend(data)
                    else:
                        pieces.append((mark, bytearray(data)))
                go.sendall(data)
        except OSError:
            pass
        try:
            go.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(('127.0.0.1', SERVER))
            except OSError:
                return
            pieces = []
            self.connections.append(pieces)
            for args in ((client, server, '>', pieces), (server, client, '<', pieces)):
                threading.Thread(target=self.pass_on, args=args, daemon=True).start()


def wait_for_port(port, process):
    for _ in range(400):
        for line in open('/proc/net/tcp').readlines()[1:] + open('/proc/net/tcp6').readlines()[1:]:
            f = line.split()
            if f[3] == '0A' and int(f[1].split(':')[1], 16) == port:
                return True
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    return False


def write_pcap(path, connections):
    """Raw IPv4 packets that carry the pieces in order."""
    def packet(src, dst, seq, ack, flags, data):
        tcp = struct.pack('>HHIIBBHHH', src, dst, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 65535, 0, 0) + data
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, bytes([10, 0, 0, 1 + (src == 443)]),
                         bytes([10, 0, 0, 1 + (dst == 443)]))
        return ip + tcp
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        at = 0
        for n, pieces in enumerate(connections):
            port = 40000 + n
            seq = {'>': 1000, '<': 2000}
            out = [packet(port, 443, 1000, 0, 2, b''), packet(443, port, 2000, 1001, 18, b''),
                   packet(port, 443, 1001, 2001, 16, b'')]
            seq = {'>': 1001, '<': 2001}
            for mark, data in pieces:
                for i in range(0, len(data), 1400):
                    part = bytes(data[i:i + 1400])
                    a, b = (port, 443) if mark == '>' else (443, port)
                    out.append(packet(a, b, seq[mark], seq['<' if mark == '>' else '>'], 24, part))
                    seq[mark] += len(part)
            for p in out:
                at += 1
                f.write(struct.pack('<IIII', 1700000000 + at, 0, len(p), len(p)) + p)


def tshark_says(connections, keys, rsa):
    """Application data as tshark deciphers it: a list of {'>': bytes, '<': bytes}."""
    pcap, log = os.path.join(TMP, 'x.pcap'), os.path.join(TMP, 'x.keys')
    write_pcap(pcap, connections)
    open(log, 'w').write('\n'.join(keys) + '\n')
    result = []
    for n in range(len(connections)):
        command = ['tshark', '-n', '-r', pcap, '-q', '-z', f'follow,tls,raw,{n}', '-o', 'tcp.check_checksum:FALSE']
        if rsa:
            command += ['-o', f'uat:rsa_keys:"{OUT}/rsa.pem",""']
        else:
            command += ['-o', f'tls.keylog_file:{log}']
        text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
        said = {'>': b'', '<': b''}
        swapped = 'Node 0: 10.0.0.2' in text # node 0 is who sent first
        for line in text.splitlines():
            m = re.fullmatch(r'(\t?)([0-9a-f]+)', line)
            if m:
                said['<' if bool(m.group(1)) != swapped else '>'] += bytes.fromhex(m.group(2))
        result.append(said)
    return result


def client_random(pieces):
    data = bytes(pieces[0][1])
    if data[0] == 22:
        return data[11:43].hex()
    end = 2 + (data[0] & 0x7f) * 256 + data[1] # SSL 2.0 form: the challenge is last
    return data[end - int.from_bytes(data[9:11], 'big'):end].hex().rjust(64, '0')


def read_log(path):
    if not os.path.exists(path):
        return []
    return [l.strip() for l in open(path) if l.strip() and not l.startswith('#')]


class Group:
    def __init__(self, name, versions):
        self.path = os.path.join(OUT, name + '.tls')
        self.lines = ['# Recorded by tests/data/make-tls-keys.py with: ' + '; '.join(versions)]
        self.name = name

    def record(self, name, server, clients, says, answers=None, rsa=False, keys=None, env=None, master=False, delay=0.15, early=b''):
        """server, clients: command lines; says: per client the bytes for its standard input (with pauses at None);
        answers: per client what the server is to say (None: what the client prints); None: the lines reversed.
        early: what clients but the first send as early data."""
        log = os.path.join(TMP, 'keys.log')
        if os.path.exists(log):
            os.remove(log)
        environment = dict(os.environ, **(env or {}))
        recorder = Recorder()
        recorder.start()
        feed = server[1] if isinstance(server, tuple) else None
        command = server[0] if isinstance(server, tuple) else server
        out = open(os.path.join(TMP, 'server.log'), 'wb')
        proc = subprocess.Popen(command, shell=True, cwd=TMP, stdin=subprocess.PIPE, stdout=out,
                                stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        results = []
        try:
            if not wait_for_port(SERVER, proc):
                print(f'{self.name} {name}: the server does not start')
                return False
            for client, said in zip(clients, says):
                c = subprocess.Popen(client, shell=True, cwd=TMP, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, env=environment, start_new_session=True)
                if feed:
                    threading.Thread(target=self.feed, args=(proc, feed), daemon=True).start()
                for part in said if isinstance(said, list) else [said]:
                    time.sleep(delay)
                    try:
                        c.stdin.write(part)
                        c.stdin.flush()
                    except OSError:
                        break
                time.sleep(delay + 0.1)
                try:
                    c.stdin.close()
                except OSError:
                    pass
                try:
                    c.wait(5)
                except subprocess.TimeoutExpired:
                    os.killpg(c.pid, 9)
                results.append(c.stdout.read())
            time.sleep(0.1)
        finally:
            try:
                os.killpg(proc.pid, 15)
            except OSError:
                pass
            proc.wait(5)
            recorder.listener.shutdown(socket.SHUT_RDWR)
            recorder.listener.close()
        connections = [c for c in recorder.connections if c]
        log_lines = read_log(log)
        if master: # the program prints the master secret: "MASTER <hex>"
            for c, r in zip(connections, results):
                m = re.search(rb'MASTER ([0-9a-f]{96})', r)
                if m:
                    log_lines.append(f'CLIENT_RANDOM {client_random(c)} {m.group(1).decode()}')
        keys = list(dict.fromkeys(keys or log_lines))
        expected = []
        for n, said in enumerate(says):
            sent = b''.join(p for p in (said if isinstance(said, list) else [said]) if len(p) > 2)
            answer = answers[n] if answers else b''.join(l[::-1] + b'\n' for l in sent.splitlines())
            answer = results[n] if answer is None else answer # what the client wrote to its standard output
            expected.append({'>': (early if n else b'') + sent, '<': answer})
        if len(connections) != len(expected):
            print(f'{self.name} {name}: {len(connections)} connections of {len(expected)}: {results[-1][-200:]}')
            return False
        opinions = []
        for kind, use in (('key log', bool(keys)), ('RSA key', rsa)):
            if use:
                seen = tshark_says(connections, keys, kind == 'RSA key')
                opinions.append(f'{kind}: ' + ('same' if seen == expected else
                                'nothing' if not any(s['>'] or s['<'] for s in seen) else 'less'))
        block = [f'case {name}', f'# {command} | {" | ".join(clients)}', f'# tshark, {"; ".join(opinions)}']
        block += ['key ' + k for k in keys]
        block += ['rsa'] if rsa else []
        for n, pieces in enumerate(connections):
            block += ['conn'] if n else []
            block += [mark + bytes(data).hex() for mark, data in pieces]
            block += [']' + expected[n]['>'].hex(), '[' + expected[n]['<'].hex()]
        self.lines += block
        size = sum(len(d) for c in connections for _, d in c)
        print(f'{self.name} {name}: {size} bytes; tshark, {"; ".join(opinions)}')
        return True

    @staticmethod
    def feed(proc, parts):
        for part in parts:
            time.sleep(0.25)
            try:
                proc.stdin.write(part)
                proc.stdin.flush()
            except OSError:
                return

    def close(self):
        with open(self.path, 'w') as f:
            f.write('\n'.join(self.lines) + '\n')
        print(f'{self.path}: {os.path.getsize(self.path)} bytes')


# ---- keys and certificates ----

def make_keys():
    os.makedirs(OUT, exist_ok=True)
    if not os.path.exists(f'{OUT}/rsa.pem'):
        run('openssl', 'genrsa', '-traditional', '-out', f'{OUT}/rsa.pem', '1024')
        run('openssl', 'rsa', '-in', f'{OUT}/rsa.pem', '-outform', 'DER', '-traditional', '-out', f'{OUT}/rsa.pkcs1.der')
        run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', f'{OUT}/rsa.pem', '-outform', 'DER', '-out',
            f'{OUT}/rsa.pkcs8.der')
        run('openssl', 'pkcs8', '-topk8', '-v2', 'aes256', '-passout', 'pass:secret', '-in', f'{OUT}/rsa.pem', '-out',
            f'{OUT}/rsa.encrypted.pem')
        run('openssl', 'rsa', '-in', f'{OUT}/rsa.pem', '-aes128', '-traditional', '-passout', 'pass:secret', '-out',
            f'{OUT}/rsa.traditional.pem')
        run('openssl', 'genrsa', '-traditional', '-out', f'{OUT}/other.pem', '1024')
        run('openssl', 'req', '-x509', '-key', f'{OUT}/rsa.pem', '-days', '3650', '-subj', '/CN=x', '-out', f'{OUT}/rsa.crt')
        run('openssl', 'pkcs12', '-export', '-in', f'{OUT}/rsa.crt', '-inkey', f'{OUT}/rsa.pem', '-passout',
            'pass:secret', '-out', f'{OUT}/rsa.p12')
        run('openssl', 'ecparam', '-name', 'P-256', '-genkey', '-noout', '-out', f'{OUT}/ec.pem')
    shutil.copy(f'{OUT}/rsa.pem', TMP)
    shutil.copy(f'{OUT}/rsa.crt', TMP)
    run('openssl', 'pkcs12', '-export', '-in', 'rsa.crt', '-inkey', 'rsa.pem', '-name', 'server', '-passout',
        'pass:secret', '-out', 'rsa.p12')
    shutil.copy(f'{OUT}/ec.pem', TMP)
    run('openssl', 'req', '-x509', '-key', 'ec.pem', '-days', '3650', '-subj', '/CN=x', '-out', 'ec.crt')
    run('openssl', 'req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-keyout', 'user.key', '-days', '3650', '-subj',
        '/CN=alice', '-out', 'user.crt')
    open(os.path.join(TMP, 'legacy.cnf'), 'w').write(CONF.format(options='+ExtendedMasterSecret'))
    open(os.path.join(TMP, 'noems.cnf'), 'w').write(CONF.format(options='-ExtendedMasterSecret'))
    open(os.path.join(TMP, 'psk.pem'), 'w')


CONF = '''openssl_conf = init
[init]
providers = providers
ssl_conf = ssl
[providers]
default = on
legacy = on
[on]
activate = 1
[ssl]
system_default = system
[system]
MinProtocol = TLSv1
CipherString = DEFAULT:@SECLEVEL=0
Options = {options}
'''

OLD = {'OPENSSL_CONF': os.path.join(TMP, 'legacy.cnf')}
NOEMS = {'OPENSSL_CONF': os.path.join(TMP, 'noems.cnf')}
PSK = '-psk 0102030405060708090a0b0c0d0e0f10'
SERVE = f'exec openssl s_server -accept {SERVER} -rev -cert rsa.crt -key rsa.pem -dcert ec.crt -dkey ec.pem'
TALK = f'exec openssl s_client -connect 127.0.0.1:{PROXY} -keylogfile keys.log'


def openssl_version():
    return run('openssl', 'version').decode().strip().split('  ')[0]


def openssl_group(name, flag):
    """Every suite that openssl negotiates in that version; TLS 1.2 with encrypt-then-MAC off and on alternately."""
    g = Group(f'openssl-{name}', [openssl_version()])
    suites = run('openssl', 'ciphers', '-s', f'-{flag}', '-psk', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0', env=dict(os.environ, **OLD))
    suites = [s for s in suites.decode().strip().split(':') if 'DSS' not in s and 'SRP' not in s and not s.startswith('TLS_')]
    for n, suite in enumerate(suites):
        if flag != 'tls1_2' and 'PSK' in suite:
            continue
        rsa = not re.match('ECDHE|DHE|ADH|AECDH|PSK|RSA-PSK', suite)
        cbc = not re.search('GCM|CCM|POLY|NULL', suite)
        psk = f'{PSK} -psk_hint x' if 'PSK' in suite else ''
        options = f'-{flag} -cipher {suite}:@SECLEVEL=0'
        etm = '-no_etm' if cbc and n % 2 else ''
        g.record(suite + ('' if not cbc else '-mte' if etm else '-etm'), f'{SERVE} {options} {psk} {etm} -no_ticket',
                 [f'{TALK} {options} {PSK if psk else ""} {etm} -quiet -no_ign_eof'], [[SAYS, MORE]], rsa=rsa,
                 env=OLD if n % 3 else NOEMS)
    g.close()


def openssl_more():
    g = Group('openssl-more', [openssl_version()])
    one = [SAYS, MORE]

    def case(name, server, clients, says=None, **more):
        more.setdefault('env', OLD)
        serve = SERVE if not isinstance(server, tuple) else ''
        if isinstance(server, tuple):
            server = (server[0], server[1])
        else:
            server = f'{serve} {server}'
        g.record(name, server, [f'{TALK} {c}' for c in clients], says or [one] * len(clients), **more)

    quiet = '-quiet -no_ign_eof'
    for suite in ('AES128-SHA', 'AES128-GCM-SHA256', 'CHACHA20'):
        cipher = {'CHACHA20': 'ECDHE-RSA-CHACHA20-POLY1305'}.get(suite, suite)
        v = f'-tls1_2 -cipher {cipher}:@SECLEVEL=0'
        case(f'ticket-{suite}', v, [f'{v} {quiet} -sess_out s.pem', f'{v} {quiet} -sess_in s.pem'], rsa=suite != 'CHACHA20')
        case(f'id-{suite}', f'{v} -no_ticket', [f'{v} {quiet} -sess_out s.pem', f'{v} {quiet} -sess_in s.pem'],
             rsa=suite != 'CHACHA20')
    for flag in ('tls1', 'tls1_1', 'tls1_2'):
        v = f'-{flag} -cipher AES256-SHA:@SECLEVEL=0'
        for conf, env in (('ems', OLD), ('noems', NOEMS)):
            case(f'id-{flag}-{conf}', f'{v} -no_ticket', [f'{v} {quiet} -sess_out s.pem', f'{v} {quiet} -sess_in s.pem'],
                 rsa=True, env=env)
    v = '-tls1_2 -cipher AES128-SHA256:@SECLEVEL=0'
    case('renegotiation', f'{v} -client_renegotiation', [v], [[SAYS, b'R\n', MORE]], rsa=True)
    v = '-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0'
    case('renegotiation-gcm', f'{v} -client_renegotiation', [v], [[SAYS, b'R\n', MORE]])
    v = '-tls1_2 -cipher AES128-SHA:@SECLEVEL=0'
    case('client-certificate', f'{v} -verify 1', [f'{v} {quiet} -cert user.crt -key user.key'], rsa=True)
    case('short-records', f'{v} -max_send_frag 512', [f'{v} {quiet}'], rsa=True)
    case('client-fragments', v, [f'{v} {quiet} -max_send_frag 512 -split_send_frag 512'], [[SAYS, MORE * 12]], rsa=True)
    for suite in ('TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256',
                  'TLS_AES_128_CCM_SHA256', 'TLS_AES_128_CCM_8_SHA256'):
        v = f'-tls1_3 -ciphersuites {suite}'
        case(suite, f'{v}:TLS_AES_128_GCM_SHA256', [f'{v} {quiet}'])
    v = '-tls1_3'
    case('tls13-retry', f'{v} -groups P-384', [f'{v} {quiet} -groups P-256:P-384'])
    case('tls13-no-middlebox', f'{v} -no_middlebox', [f'{v} {quiet} -no_middlebox'])
    case('tls13-resumed', v, [f'{v} {quiet} -sess_out s.pem', f'{v} {quiet} -sess_in s.pem'])
    case('tls13-psk', f'{v} {PSK} -nocert', [f'{v} {quiet} {PSK}'])
    case('tls13-client-certificate', f'{v} -verify 1', [f'{v} {quiet} -cert user.crt -key user.key'])
    case('tls13-key-update', v, [v], [[SAYS, b'k\n', MORE, b'K\n', SAYS, MORE]], delay=0.3)
    case('tls13-no-client-certificate', f'{v} -Verify 1', [f'{v} {quiet}'], [[b'']], answers=[b''])
    open(os.path.join(TMP, 'early.txt'), 'wb').write(b'early sip\n')
    serve = f'exec openssl s_server -accept {SERVER} -cert rsa.crt -key rsa.pem'
    case('tls13-early', (f'{serve} {v} -early_data', [b'one answer\n']),
         [f'{v} {quiet} -sess_out s.pem', f'{v} {quiet} -sess_in s.pem -early_data early.txt'],
         says=[[SAYS], [b'', SAYS]], answers=[b'one answer\n', b'one answer\n'], delay=0.4, early=b'early sip\n')
    case('tls13-early-retry', (f'{serve} {v} -early_data -groups P-384', [b'one answer\n']),
         [f'{v} {quiet} -groups P-384 -sess_out s.pem', f'{v} {quiet} -groups P-256:P-384 -sess_in s.pem -early_data early.txt'],
         says=[[SAYS], [b'', SAYS]], answers=[b'one answer\n', b'one answer\n'], delay=0.4, early=b'early sip\n')
    case('tls13-client-certificate-later', (f'{serve} {v} -verify 1', [b'', b'c\n', b'one answer\n']),
         [f'{v} {quiet} -enable_pha -cert user.crt -key user.key'], says=[[SAYS, b'', b'', b'', MORE]],
         answers=[b'one answer\n'], delay=0.3)
    g.close()


def gnutls_group():
    g = Group('gnutls', [run('gnutls-cli', '--version').decode().splitlines()[0]])
    serve = f'exec gnutls-serv --echo -q -p {SERVER} --x509certfile rsa.crt --x509keyfile rsa.pem --x509certfile ec.crt ' \
            '--x509keyfile ec.pem --pskpasswd psk.txt --disable-client-cert'
    open(os.path.join(TMP, 'psk.txt'), 'w').write('alice:0102030405060708090a0b0c0d0e0f10\n')
    talk = f'exec gnutls-cli -p {PROXY} --insecure --logfile=cli.log --pskusername alice --pskkey 0102030405060708090a0b0c0d0e0f10 127.0.0.1'

    def case(name, priority, rsa=False, server='', client='', says=None, clients=1):
        p = f'--priority "{priority}"'
        said = [says or [SAYS, MORE]] * clients
        g.record(name, f'{serve} {p} {server}', [f'{talk} {p} {client}'] * clients, said,
                 answers=[b''.join(s) for s in said], rsa=rsa, env={'SSLKEYLOGFILE': os.path.join(TMP, 'keys.log')}, delay=0.2)

    base = 'NONE:+VERS-{v}:+{kx}:+{cipher}:+{mac}:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CURVE-ALL:%PROFILE_VERY_WEAK:%ALLOW_SMALL_RECORDS{more}'
    for v in ('TLS1.0', 'TLS1.1', 'TLS1.2'):
        for kx in ('RSA', 'DHE-RSA', 'ECDHE-RSA'):
            for cipher, mac in (('ARCFOUR-128', 'SHA1'), ('ARCFOUR-128', 'MD5'), ('3DES-CBC', 'SHA1'), ('AES-128-CBC', 'SHA1')):
                if (mac == 'MD5' and kx != 'RSA') or (kx == 'DHE-RSA' and cipher == 'ARCFOUR-128'):
                    continue
                case(f'{v}-{kx}-{cipher}-{mac}', base.format(v=v, kx=kx, cipher=cipher, mac=mac, more=''), rsa=kx == 'RSA')
        case(f'{v}-no-etm-3DES', base.format(v=v, kx='RSA', cipher='3DES-CBC', mac='SHA1', more=':%NO_ETM'), rsa=True)
        case(f'{v}-no-session-hash', base.format(v=v, kx='RSA', cipher='AES-256-CBC', mac='SHA1', more=':%NO_ETM:%NO_SESSION_HASH'), rsa=True)
    case('TLS1.2-CAMELLIA-256-GCM', base.format(v='TLS1.2', kx='RSA', cipher='CAMELLIA-256-GCM', mac='AEAD', more=''), rsa=True)
    for kx in ('PSK', 'RSA-PSK', 'ANON-ECDH'):
        case(f'TLS1.2-{kx}', base.format(v='TLS1.2', kx=kx, cipher='AES-128-CBC', mac='SHA1', more=''))
    for cipher in ('AES-128-GCM', 'AES-256-GCM', 'CHACHA20-POLY1305', 'AES-128-CCM', 'AES-128-CCM-8'):
        case(f'TLS1.3-{cipher}', f'NONE:+VERS-TLS1.3:+{cipher}:+AEAD:+SIGN-ALL:+GROUP-ALL:%PROFILE_VERY_WEAK')
    case('TLS1.3-psk', 'NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+SIGN-ALL:+GROUP-ALL:+ECDHE-PSK:+PSK:%PROFILE_VERY_WEAK')
    g.close()


def nss_group():
    g = Group('nss-ssl3', ['NSS ' + subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'libnss3-tools'],
                                                  stdout=subprocess.PIPE).stdout.decode()])
    shutil.rmtree(os.path.join(TMP, 'db'), ignore_errors=True)
    os.mkdir(os.path.join(TMP, 'db'))
    run('certutil', '-N', '-d', 'db', '--empty-password')
    run('pk12util', '-i', 'rsa.p12', '-d', 'db', '-W', 'secret', '-K', '')
    names = {'0001': 'NULL-MD5', '0002': 'NULL-SHA', '0004': 'RC4-MD5', '0005': 'RC4-SHA', '0009': 'DES-CBC-SHA',
             '000A': 'DES-CBC3-SHA', '002F': 'AES128-SHA', '0035': 'AES256-SHA', '0041': 'CAMELLIA128-SHA',
             '0096': 'SEED-SHA'}
    for version in ('ssl3', 'tls1.0'):
        for number, name in names.items():
            if version == 'tls1.0' and number not in ('0001', '0009', '0004'):
                continue
            says = [b'sip alice asks\n', b'and more\n\n']
            for rounds in (0, 2) if number in ('0005', '000A') else (0,): # new handshakes inside, the second one resumed
                g.record(f'{version}-{name}' + ('-renegotiation' if rounds else ''),
                         f'exec selfserv -d db -p {SERVER} -n server -V {version}:{version} -c :{number}',
                         [f'exec tstclnt -d db -h 127.0.0.1 -p {PROXY} -V {version}:{version} -c :{number} -o' +
                          (f' -r {rounds}' if rounds else '') + ' 2>client.err'],
                         [says], answers=[None], rsa=True)
    g.close()


JAVA = r'''
import java.io.*;
import java.lang.reflect.*;
import java.security.*;
import javax.net.ssl.*;

class Old {
    public static void main(String[] args) throws Exception {
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        SSLContext context = SSLContext.getInstance("TLS");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(new FileInputStream("rsa.p12"), "secret".toCharArray());
        KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
        own.init(keys, "secret".toCharArray());
        context.init(own.getKeyManagers(), new TrustManager[] {new Trust()}, null);
        boolean serve = args[0].equals("serve");
        int rounds = Integer.parseInt(args[3]);
        SSLServerSocket listener = serve ? (SSLServerSocket) context.getServerSocketFactory().createServerSocket(15061) : null;
        for (int i = 0; i < rounds; i++) {
            SSLSocket s = serve ? (SSLSocket) listener.accept()
                                : (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", 15062);
            s.setEnabledProtocols(args[1].split(","));
            s.setEnabledCipherSuites(args[2].split(","));
            s.startHandshake();
            BufferedReader in = new BufferedReader(new InputStreamReader(s.getInputStream()));
            OutputStream out = s.getOutputStream();
            if (serve) {
                for (int n = 0; n < 2; n++)
                    out.write((new StringBuilder(in.readLine()).reverse() + "\n").getBytes());
            } else {
                Object session = s.getSession();
                Method m = session.getClass().getDeclaredMethod("getMasterSecret");
                m.setAccessible(true);
                StringBuilder hex = new StringBuilder();
                for (byte b : ((javax.crypto.SecretKey) m.invoke(session)).getEncoded())
                    hex.append(String.format("%02x", b));
                System.out.println("MASTER " + hex);
                out.write("sip:alice@contoso.com asks\n".getBytes());
                in.readLine();
                out.write("sip:alice@contoso.com asks once more, and at some length, so that a record has more than one block\n".getBytes());
                in.readLine();
            }
            s.close();
        }
    }
}

class Trust extends X509ExtendedTrustManager {
    public void checkClientTrusted(java.security.cert.X509Certificate[] c, String a, java.net.Socket s) {}
    public void checkServerTrusted(java.security.cert.X509Certificate[] c, String a, java.net.Socket s) {}
    public void checkClientTrusted(java.security.cert.X509Certificate[] c, String a, SSLEngine e) {}
    public void checkServerTrusted(java.security.cert.X509Certificate[] c, String a, SSLEngine e) {}
    public void checkClientTrusted(java.security.cert.X509Certificate[] c, String a) {}
    public void checkServerTrusted(java.security.cert.X509Certificate[] c, String a) {}
    public java.security.cert.X509Certificate[] getAcceptedIssuers() { return new java.security.cert.X509Certificate[0]; }
}
'''


def java_group():
    g = Group('java', [subprocess.run(['java', '-version'], stderr=subprocess.PIPE).stderr.decode().splitlines()[0]])
    open(os.path.join(TMP, 'Old.java'), 'w').write(JAVA)
    run('javac', 'Old.java')
    java = 'exec java -Djdk.tls.ephemeralDHKeySize=1024 --add-opens java.base/sun.security.ssl=ALL-UNNAMED -cp . Old'
    for version, suite in (
            ('SSLv3', 'SSL_RSA_WITH_RC4_128_MD5'), ('SSLv3', 'SSL_RSA_WITH_3DES_EDE_CBC_SHA'),
            ('SSLv3', 'SSL_RSA_EXPORT_WITH_RC4_40_MD5'), ('SSLv3', 'SSL_RSA_EXPORT_WITH_DES40_CBC_SHA'),
            ('SSLv3', 'SSL_DHE_RSA_WITH_3DES_EDE_CBC_SHA'), ('SSLv3', 'SSL_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA'),
            ('SSLv3', 'SSL_DHE_RSA_WITH_DES_CBC_SHA'), ('SSLv3', 'TLS_RSA_WITH_AES_128_CBC_SHA'),
            ('TLSv1', 'SSL_RSA_EXPORT_WITH_RC4_40_MD5'), ('TLSv1', 'SSL_RSA_EXPORT_WITH_DES40_CBC_SHA'),
            ('TLSv1', 'SSL_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA'), ('TLSv1', 'SSL_RSA_WITH_DES_CBC_SHA'),
            ('TLSv1', 'SSL_DH_anon_WITH_RC4_128_MD5'), ('TLSv1.1', 'SSL_RSA_WITH_RC4_128_SHA'),
            ('TLSv1.2', 'TLS_RSA_WITH_AES_256_GCM_SHA384'), ('SSLv2Hello,TLSv1', 'SSL_RSA_WITH_RC4_128_SHA'),
            ('SSLv2Hello,SSLv3', 'SSL_RSA_WITH_3DES_EDE_CBC_SHA')):
        rsa = '_RSA_WITH' in suite and '_DHE_' not in suite
        g.record(f'{version}-{suite}', f'{java} serve {version} {suite} 1', [f'{java} talk {version} {suite} 1'],
                 [[SAYS, MORE]], rsa=rsa, master=True, delay=0.8)
    g.close()


MBED = r'''
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int say_master(void *p, const unsigned char *ms, const unsigned char *kb, size_t mac, size_t key, size_t iv,
                      const unsigned char client[32], const unsigned char server[32], mbedtls_tls_prf_types prf)
{
    (void)p, (void)kb, (void)mac, (void)key, (void)iv, (void)server, (void)prf;
    FILE *f = fopen("keys.log", "a");
    fprintf(f, "CLIENT_RANDOM ");
    for (int i = 0; i < 32; i++) fprintf(f, "%02x", client[i]);
    fprintf(f, " ");
    for (int i = 0; i < 48; i++) fprintf(f, "%02x", ms[i]);
    fprintf(f, "\n");
    fclose(f);
    return 0;
}

int main(int argc, char **argv)
{
    int serve = !strcmp(argv[1], "serve"), minor = atoi(argv[2]), suites[2] = {(int)strtol(argv[3], NULL, 16), 0};
    int trunc = atoi(argv[4]), etm = atoi(argv[5]);
    mbedtls_net_context listener, s;
    mbedtls_entropy_context e;
    mbedtls_ctr_drbg_context r;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config c;
    mbedtls_x509_crt crt;
    mbedtls_pk_context key;
    int at;
    unsigned char psk[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, buf[4096];
    mbedtls_net_init(&listener); mbedtls_net_init(&s); mbedtls_entropy_init(&e); mbedtls_ctr_drbg_init(&r);
    mbedtls_ssl_init(&ssl); mbedtls_ssl_config_init(&c); mbedtls_x509_crt_init(&crt); mbedtls_pk_init(&key);
    mbedtls_ctr_drbg_seed(&r, mbedtls_entropy_func, &e, NULL, 0);
    mbedtls_x509_crt_parse_file(&crt, argc > 6 ? argv[6] : "rsa.crt");
    mbedtls_pk_parse_keyfile(&key, argc > 6 ? argv[7] : "rsa.pem", NULL);
    mbedtls_ssl_config_defaults(&c, serve ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, 0);
    mbedtls_ssl_conf_rng(&c, mbedtls_ctr_drbg_random, &r);
    mbedtls_ssl_conf_authmode(&c, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_min_version(&c, 3, minor); mbedtls_ssl_conf_max_version(&c, 3, minor);
    mbedtls_ssl_conf_ciphersuites(&c, suites);
    mbedtls_ssl_conf_truncated_hmac(&c, trunc);
    mbedtls_ssl_conf_encrypt_then_mac(&c, etm);
    mbedtls_ssl_conf_psk(&c, psk, 16, (const unsigned char *)"alice", 5);
    if (serve) mbedtls_ssl_conf_own_cert(&c, &crt, &key);
    else mbedtls_ssl_conf_export_keys_ext_cb(&c, say_master, NULL);
    mbedtls_ssl_setup(&ssl, &c);
    if (serve) {
        if (mbedtls_net_bind(&listener, NULL, "15061", MBEDTLS_NET_PROTO_TCP) || mbedtls_net_accept(&listener, &s, NULL, 0, NULL)) return 1;
    } else if (mbedtls_net_connect(&s, "127.0.0.1", "15062", MBEDTLS_NET_PROTO_TCP)) return 1;
    mbedtls_ssl_set_bio(&ssl, &s, mbedtls_net_send, mbedtls_net_recv, NULL);
    int n = mbedtls_ssl_handshake(&ssl);
    if (n) { fprintf(stderr, "handshake -0x%x\n", -n); return 1; }
    for (int round = 0; round < 2; round++) {
        if (serve) {
            for (n = 0; n == 0 || buf[n - 1] != '\n'; n += at) // TLS 1.0 sends the first byte in a record of its own
                if ((at = mbedtls_ssl_read(&ssl, buf + n, sizeof buf - n)) <= 0) return 1;
            for (int i = 0; i < (n - 1) / 2; i++) { unsigned char t = buf[i]; buf[i] = buf[n - 2 - i]; buf[n - 2 - i] = t; }
            for (at = 0; at < n;) at += mbedtls_ssl_write(&ssl, buf + at, n - at);
        } else {
            const char *text = round ? "sip:alice@contoso.com asks once more, and at some length, so that a record has more than one block\n" : "sip:alice@contoso.com asks\n";
            for (at = 0; at < (int)strlen(text);) at += mbedtls_ssl_write(&ssl, (const unsigned char *)text + at, strlen(text) - at);
            for (n = 0; n == 0 || buf[n - 1] != '\n'; n += at)
                if ((at = mbedtls_ssl_read(&ssl, buf + n, sizeof buf - n)) <= 0) return 1;
        }
    }
    mbedtls_ssl_close_notify(&ssl);
    return 0;
}
'''


def mbed_group():
    g = Group('mbedtls', ['mbed TLS ' + subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'libmbedtls-dev'],
                                                      stdout=subprocess.PIPE).stdout.decode()])
    open(os.path.join(TMP, 'mbed.c'), 'w').write(MBED)
    run('gcc', '-w', 'mbed.c', '-o', 'mbed', '-lmbedtls', '-lmbedx509', '-lmbedcrypto')

    def case(name, minor, suite, trunc=0, etm=0, rsa=False, ec=False):
        files = 'ec.crt ec.pem' if ec else ''
        g.record(name, f'exec ./mbed serve {minor} {suite} {trunc} {etm} {files}', [f'exec ./mbed talk {minor} {suite} {trunc} {etm} {files}'],
                 [[SAYS, MORE]], rsa=rsa)
    for minor in (1, 2, 3):
        case(f'truncated-hmac-tls1_{minor - 1}-AES128-SHA', minor, '002f', trunc=1, rsa=True)
        case(f'truncated-hmac-etm-tls1_{minor - 1}-AES256-SHA', minor, '0035', trunc=1, etm=1, rsa=True)
        case(f'truncated-hmac-tls1_{minor - 1}-3DES', minor, '000a', trunc=1, rsa=True)
    case('truncated-hmac-SHA384', 3, 'c028', trunc=1)
    case('RSA-CAMELLIA128-GCM-SHA256', 3, 'c07a', rsa=True)
    case('RSA-CAMELLIA128-CBC-SHA', 3, '0041', rsa=True)
    case('RSA-CAMELLIA128-CBC-SHA-etm', 3, '0041', etm=1, rsa=True)
    case('RSA-AES256-CCM8', 3, 'c0a1', rsa=True)
    case('ECDH-ECDSA-AES128-SHA', 3, 'c004', ec=True)
    g.close()


def seeds():
    """Seeds of the fuzzers, from some of the cases, in the form of tests/fuzz/fuzz_tls_session.c and fuzz_keylog.c."""
    chosen = {'openssl-tls1_0': ['AES128-SHA-mte', 'NULL-SHA'], 'openssl-tls1_2': ['ECDHE-RSA-AES128-GCM-SHA256'],
              'openssl-more': ['id-tls1_2-ems', 'renegotiation', 'tls13-retry', 'tls13-early', 'tls13-key-update'],
              'gnutls': ['TLS1.0-RSA-ARCFOUR-128-MD5', 'TLS1.3-CHACHA20-POLY1305'],
              'java': ['SSLv3-SSL_RSA_EXPORT_WITH_DES40_CBC_SHA', 'SSLv2Hello,TLSv1-SSL_RSA_WITH_RC4_128_SHA'],
              'mbedtls': ['truncated-hmac-etm-tls1_2-AES256-SHA']}
    corpus = os.path.join(os.path.dirname(HERE), 'fuzz', 'corpus')
    for folder in ('fuzz_tls_session', 'fuzz_keylog'):
        os.makedirs(os.path.join(corpus, folder), exist_ok=True)
    everything = ''
    for name, cases in chosen.items():
        text = open(os.path.join(OUT, name + '.tls')).read()
        for block in text.split('\ncase ')[1:]:
            lines = block.splitlines()
            if lines[0] not in cases:
                continue
            keys = '\n'.join(l[4:] for l in lines if l.startswith('key '))
            everything += f'# {lines[0]}\n{keys}\n'
            out = bytes([1 if 'rsa' in lines else 0]) + struct.pack('>H', len(keys)) + keys.encode()
            held = {'>': b'', '<': b''}
            began = set()
            for line in lines:
                if line == 'conn':
                    out += bytes([14, 0, 0])
                    began = set()
                if line[:1] not in held or not re.fullmatch('[0-9a-f]+', line[1:]):
                    continue
                mark, held[line[0]] = line[0], held[line[0]] + bytes.fromhex(line[1:])
                while len(held[mark]) >= 5:
                    data = held[mark]
                    sslv2 = mark not in began and data[0] & 0x80
                    head, size = (2, (data[0] & 127) << 8 | data[1]) if sslv2 else (5, data[3] << 8 | data[4])
                    if len(data) < head + size:
                        break
                    op = 6 << 1 if sslv2 else (data[0] - 20) << 1 | data[2] << 4
                    out += bytes([op | (mark == '<')]) + struct.pack('>H', size) + data[head:head + size]
                    held[mark] = data[head + size:]
                    began.add(mark)
            open(os.path.join(corpus, 'fuzz_tls_session', re.sub('[^A-Za-z0-9]+', '-', lines[0])), 'wb').write(out)
    open(os.path.join(corpus, 'fuzz_keylog', 'programs'), 'w').write('\x11' + everything)
    more = 'PMS_CLIENT_RANDOM ' + '01' * 32 + ' 0303\r\nRSA Session-ID:0102 Master-Key:' + '03' * 48 + '\rRSA ' + '04' * 8
    open(os.path.join(corpus, 'fuzz_keylog', 'old-labels'), 'w').write('\x05\ufeff' + more + ' ' + '05' * 48)


GROUPS = {
    'tls1': lambda: openssl_group('tls1_0', 'tls1'), 'tls1_1': lambda: openssl_group('tls1_1', 'tls1_1'),
    'tls1_2': lambda: openssl_group('tls1_2', 'tls1_2'), 'more': openssl_more, 'gnutls': gnutls_group, 'nss': nss_group,
    'java': java_group, 'mbed': mbed_group,
}


def main():
    try:
        make_keys()
        for name in [] if sys.argv[1:] == ['seeds'] else sys.argv[1:] or GROUPS:
            GROUPS[name]()
        seeds()
    finally:
        shutil.rmtree(TMP)


if __name__ == '__main__':
    main()
