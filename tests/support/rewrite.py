"""Rewriting captures: the same packets under other tags and link types, over IPv6, cut, or among others
(tests/variants)."""
import random, struct

from captures import COOKED, COOKED2, ETHERNET, RAW, TAGS, checksum, ip_at

MACS = bytes.fromhex('0200000000b1') + bytes.fromhex('0200000000b2')
PREFIX = bytes.fromhex('fd0004000000000000000000')  # in front of an IPv4 address


def ip_packet(link, frame):
    """(ethertype, IP packet with what follows it), or None when there is none."""
    at = ip_at(link, frame)
    if at is None or len(frame) <= at:
        return None
    return (b'\x86\xdd' if frame[at] >> 4 == 6 else b'\x08\x00'), frame[at:]


def each_ip(capture, link, wrap):
    """The IP packets in other frames; what is no IP (ARP) is left out."""
    packets = []
    for ns, frame, wire in capture.packets:
        ip = ip_packet(capture.link, frame)
        if ip:
            new = wrap(*ip)
            packets.append((ns, new, len(new) + max(wire - len(frame), 0)))
    return capture.like(packets, link)


def tagged(capture, tags):
    return each_ip(capture, ETHERNET, lambda kind, ip: MACS + tags + kind + ip)


def cooked2(capture):
    return each_ip(capture, COOKED2, lambda kind, ip: kind + bytes.fromhex('0000000000020001') + b'\x00\x06'
                   + b'\x02\0\0\0\0\xb1\0\0' + ip)


# ---- over IPv6 ----

def v6_address(v4):
    return PREFIX + v4


def name_at(message, at):
    """Labels of a name that may be compressed, and where it ends."""
    labels, end, hops = [], None, 0
    while True:
        n = message[at]
        if n >= 0xc0:
            end = end or at + 2
            at = (n & 0x3f) << 8 | message[at + 1]
            hops += 1
            if hops > 20:
                raise ValueError('loop')
        elif n == 0:
            return b''.join(labels) + b'\0', end or at + 1
        else:
            labels.append(message[at:at + 1 + n])
            at += 1 + n


OTHER_TYPE = {1: 28, 28: 1}


def dns_over_v6(message):
    """A and AAAA change places, with the addresses; names are written out."""
    counts = struct.unpack_from('>4H', message, 4)
    out, at = [message[:12]], 12
    for _ in range(counts[0]):
        name, at = name_at(message, at)
        kind, klass = struct.unpack_from('>HH', message, at)
        out.append(name + struct.pack('>HH', OTHER_TYPE.get(kind, kind), klass))
        at += 4
    for _ in range(sum(counts[1:])):
        name, at = name_at(message, at)
        kind, klass, ttl, size = struct.unpack_from('>HHIH', message, at)
        at += 10
        data, end = message[at:at + size], at + size
        if kind == 1:
            data = v6_address(data)
        elif kind == 28:
            data = data[12:]
        elif kind in (2, 5, 12):
            data = name_at(message, at)[0]
        elif kind in (15, 33):
            fixed = 2 if kind == 15 else 6
            data = data[:fixed] + name_at(message, at + fixed)[0]
        elif kind == 6:
            first, next_at = name_at(message, at)
            second, next_at = name_at(message, next_at)
            data = first + second + message[next_at:end]
        at = end
        out.append(name + struct.pack('>HHIH', OTHER_TYPE.get(kind, kind), klass, ttl, len(data)) + data)
    return b''.join(out)


def datagram_over_v6(ip):
    """An IPv4 packet as IPv6. None: it is cut, or its kind is not rewritten (ICMP, fragments, NetBIOS)."""
    header = (ip[0] & 15) * 4
    total, = struct.unpack_from('>H', ip, 2)
    protocol, source, target = ip[9], v6_address(ip[12:16]), v6_address(ip[16:20])
    rest = bytearray(ip[header:total])
    if protocol not in (6, 17) or struct.unpack_from('>H', ip, 6)[0] & 0x3fff or len(ip) < total:
        return None
    ports = struct.unpack_from('>HH', rest)
    if protocol == 17 and 137 in ports:  # NetBIOS knows IPv4 only
        return None
    if protocol == 17 and (53 in ports or 5355 in ports):
        message = dns_over_v6(bytes(rest[8:]))
        rest = rest[:4] + struct.pack('>HH', 8 + len(message), 0) + message
    place = 16 if protocol == 6 else 6
    rest[place:place + 2] = b'\0\0'
    pseudo = source + target + struct.pack('>IHBB', len(rest), 0, 0, protocol)
    rest[place:place + 2] = checksum(pseudo + bytes(rest))
    return b'\x60\0\0\0' + struct.pack('>HBB', len(rest), protocol, ip[8]) + source + target + bytes(rest)


def over_v6(capture):
    """None: something in it cannot be rewritten."""
    packets = []
    for ns, frame, _ in capture.packets:
        ip = ip_packet(capture.link, frame)
        if ip is None:
            continue
        kind, ip = ip
        if kind != b'\x08\x00':
            return None
        new = datagram_over_v6(ip)
        if new is None:
            return None
        new = MACS + b'\x86\xdd' + new
        packets.append((ns, new, len(new)))
    return capture.like(packets, ETHERNET)


# ---- less ----

def ends_of(capture, frame):
    """(source, target) addresses, or None."""
    ip = ip_packet(capture.link, frame)
    if ip is None:
        return None
    ip = ip[1]
    return (ip[8:24], ip[24:40]) if ip[0] >> 4 == 6 else (ip[12:16], ip[16:20])


def both_ways(capture):
    """Whether its TCP, where there is any, shows packets of both sides."""
    ways = set()
    for _, frame, _ in capture.packets:
        ip = ip_packet(capture.link, frame)
        if ip and (ip[1][6] if ip[1][0] >> 4 == 6 else ip[1][9]) == 6:
            ways.add(ends_of(capture, frame))
    return not ways or any((target, source) in ways for source, target in ways)


def snapped(capture, size):
    return capture.like([(ns, frame[:size], wire) for ns, frame, wire in capture.packets])


def only(capture, keeps):
    return capture.like([p for p in capture.packets if (ends := ends_of(capture, p[1])) is None or keeps(*ends)])


def without(capture, n, rng):
    gone = set(rng.sample(range(len(capture.packets)), min(n, len(capture.packets) - 1)))
    return capture.like([p for i, p in enumerate(capture.packets) if i not in gone])


def swapped(capture):
    """Neighbours of one direction change places, the times stay."""
    packets, i = list(capture.packets), 0
    while i + 1 < len(packets):
        a, b = packets[i], packets[i + 1]
        ends = ends_of(capture, a[1])
        if ends is not None and ends == ends_of(capture, b[1]):
            packets[i], packets[i + 1] = (a[0], b[1], b[2]), (b[0], a[1], a[2])
            i += 1
        i += 1
    return capture.like(packets)


# ---- more ----

class Office:
    """Traffic that signs nobody in: lookups and web pages of other hosts, deterministic."""

    def __init__(self, first_ns, last_ns):
        self.first, self.span, self.rng, self.packets = first_ns, last_ns - first_ns, random.Random(7), []

    def put(self, at, source, target, protocol, rest):
        place = 16 if protocol == 6 else 6
        pseudo = source + target + struct.pack('>BBH', 0, protocol, len(rest))
        rest = rest[:place] + checksum(pseudo + rest) + rest[place + 2:]
        header = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(rest), self.rng.randrange(1, 65536), 0x4000, 64, protocol, 0)
        header += source + target
        header = header[:10] + checksum(header) + header[12:]
        frame = MACS + b'\x08\x00' + header + rest
        self.packets.append((at, frame, len(frame)))

    def lookup(self, at, host):
        port, ident = self.rng.randrange(20000, 60000), self.rng.randrange(65536)
        name = b'\x03www\x0boffice%04d\x07example\0' % self.rng.randrange(10000)
        question = name + struct.pack('>HH', 1, 1)
        resolver = bytes((172, 16, 0, 53))
        ask = struct.pack('>6H', ident, 0x100, 1, 0, 0, 0) + question
        say = struct.pack('>6H', ident, 0x8180, 1, 1, 0, 0) + question + b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, 60, 4) \
            + bytes((192, 0, 2, self.rng.randrange(1, 255)))
        self.put(at, host, resolver, 17, struct.pack('>4H', port, 53, 8 + len(ask), 0) + ask)
        self.put(at + 9 * 10 ** 5, resolver, host, 17, struct.pack('>4H', 53, port, 8 + len(say), 0) + say)

    def page(self, at, host):
        server, port = bytes((192, 0, 2, self.rng.randrange(1, 255))), self.rng.randrange(20000, 60000)
        seq = [self.rng.randrange(2 ** 32), self.rng.randrange(2 ** 32)]
        ends = ((host, server, port, 80), (server, host, 80, port))

        def send(side, flags, data=b''):
            nonlocal at
            source, target, sport, dport = ends[side]
            other = seq[1 - side] if flags & 0x10 else 0
            self.put(at, source, target, 6, struct.pack('>HHIIBBHHH', sport, dport, seq[side], other, 0x50, flags, 65000, 0, 0)
                     + data)
            seq[side] = (seq[side] + len(data) + bool(flags & 3)) % 2 ** 32
            at += 4 * 10 ** 5

        send(0, 2), send(1, 0x12), send(0, 0x10)
        send(0, 0x18, b'GET /%d HTTP/1.1\r\nHost: intranet.example\r\n\r\n' % self.rng.randrange(10 ** 6))
        send(1, 0x18, b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n' + b'x' * 1000)
        send(0, 0x10), send(0, 0x11), send(1, 0x11), send(0, 0x10)

    def make(self, n):
        while len(self.packets) < n:
            at = self.first + self.rng.randrange(max(self.span, 1))
            host = bytes((172, 16, 1, self.rng.randrange(1, 120)))
            self.rng.choice((self.lookup, self.page))(at, host)
        return self.packets


def among_others(capture, n):
    """With n packets of other hosts, in the order of time. Everything is Ethernet then."""
    own = tagged(capture, b'').packets
    latest, mine = 0, []
    for ns, frame, wire in own:  # own packets keep their order, also where the clock went back
        latest = max(latest, ns)
        mine.append((latest, 0, len(mine), frame, wire))
    others = Office(own[0][0], own[-1][0]).make(n)
    both = mine + [(ns, 1, i, frame, wire) for i, (ns, frame, wire) in enumerate(others)]
    return capture.like([(p[0], p[3], p[4]) for p in sorted(both)], ETHERNET)
