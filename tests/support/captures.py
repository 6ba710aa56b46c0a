"""Captures as lists of packets, for the tests that make other captures of the fixtures: reading, writing, and finding the
IP header. A packet is (nanoseconds, bytes, bytes on the wire)."""
import struct

ETHERNET, RAW, COOKED, COOKED2 = 1, 101, 113, 276
TAGS = (b'\x81\x00', b'\x88\xa8')


class Capture:
    def __init__(self, link, packets, secrets=()):
        self.link, self.packets = link, list(packets)
        self.secrets = list(secrets)  # bodies of Decryption Secrets Blocks

    def like(self, packets, link=None):
        return Capture(self.link if link is None else link, packets, self.secrets)


def read_pcap(data):
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    magic, = struct.unpack_from(order + 'I', data)
    link, = struct.unpack_from(order + 'I', data, 20)
    unit = 1 if magic == 0xa1b23c4d else 1000
    at, packets = 24, []
    while at + 16 <= len(data):
        seconds, fraction, size, wire = struct.unpack_from(order + 'IIII', data, at)
        packets.append((seconds * 10 ** 9 + fraction * unit, data[at + 16:at + 16 + size], wire))
        at += 16 + size
    return Capture(link, packets)


def read_pcapng(data):
    """The packets of the first interface and of those with its link type; resolutions are powers of ten."""
    order = '<' if data[8:12] == b'\x4d\x3c\x2b\x1a' else '>'
    at, interfaces, packets, secrets = 0, [], [], []
    while at + 12 <= len(data):
        kind, size = struct.unpack_from(order + 'II', data, at)
        body = data[at + 8:at + size - 4]
        if kind == 1:
            link, = struct.unpack_from(order + 'H', body)
            option, unit = 8, 1000
            while option + 4 <= len(body):
                code, n = struct.unpack_from(order + 'HH', body, option)
                if code == 9:
                    unit = 10 ** (9 - body[option + 4])
                option += 4 + (n + 3) // 4 * 4
            interfaces.append((link, unit))
        elif kind == 6:
            interface, high, low, n, wire = struct.unpack_from(order + 'IIIII', body)
            link, unit = interfaces[interface]
            if link == interfaces[0][0]:
                packets.append(((high << 32 | low) * unit, body[20:20 + n], wire))
        elif kind == 10:
            secrets.append(body)
        at += size
    return Capture(interfaces[0][0], packets, secrets)


def read(path):
    with open(path, 'rb') as f:
        data = f.read()
    return read_pcapng(data) if data[:4] == b'\x0a\x0d\x0d\x0a' else read_pcap(data)


def as_pcap(capture):
    """In microseconds."""
    out = [struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, capture.link)]
    for ns, data, wire in capture.packets:
        out.append(struct.pack('<IIII', ns // 10 ** 9, ns % 10 ** 9 // 1000, len(data), wire) + data)
    return b''.join(out)


def block(kind, body):
    body += b'\0' * (-len(body) % 4)
    size = 12 + len(body)
    return struct.pack('<II', kind, size) + body + struct.pack('<I', size)


def as_pcapng(capture):
    """In nanoseconds, with the secrets."""
    out = [block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1)),
           block(1, struct.pack('<HHI', capture.link, 0, 0) + struct.pack('<HHB3xHH', 9, 1, 9, 0, 0))]
    out += [block(10, body) for body in capture.secrets]
    for ns, data, wire in capture.packets:
        out.append(block(6, struct.pack('<IIIII', 0, ns >> 32, ns & 0xffffffff, len(data), wire) + data))
    return b''.join(out)


def write(path, capture):
    """As pcap, or as pcapng where there are secrets to keep."""
    with open(path, 'wb') as f:
        f.write(as_pcapng(capture) if capture.secrets else as_pcap(capture))


def ip_at(link, frame):
    """Where the IP header begins, or None."""
    at = {ETHERNET: 14, COOKED: 16, COOKED2: 20, RAW: 0, 12: 0}.get(link)
    if at is None or len(frame) < at:
        return None
    if link in (RAW, 12):
        return 0
    kind = frame[0:2] if link == COOKED2 else frame[at - 2:at]
    while kind in TAGS:
        kind = frame[at + 2:at + 4]
        at += 4
    return at if kind in (b'\x08\x00', b'\x86\xdd') else None


def ones_sum(data):
    if len(data) % 2:
        data += b'\0'
    s = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s


def checksum(data):
    return struct.pack('>H', ~ones_sum(data) & 0xffff)
