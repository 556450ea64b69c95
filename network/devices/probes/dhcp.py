"""The script that a device runs to see which DHCP servers offer an address, and with which options.

It sends one DISCOVER with a random hardware address, and takes no lease: it never sends a REQUEST. It needs python3 and
the rights of root on the device. Its output is a JSON list of the offers.
"""

from __future__ import annotations

DHCP_SCRIPT = r"""
import json, os, random, select, socket, struct, sys, time
port, within = sys.argv[1], float(sys.argv[2])
mac = bytes([2]) + os.urandom(5)
number = struct.pack("!I", random.getrandbits(32))
body = bytes([1, 1, 6, 0]) + number + struct.pack("!HH", 0, 0x8000) + bytes(16) + mac + bytes(202)
body += bytes([99, 130, 83, 99, 53, 1, 1, 55, 5, 1, 3, 6, 51, 54, 255]) + bytes(32)
def total(data):
    count = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while count >> 16:
        count = (count & 0xFFFF) + (count >> 16)
    return ~count & 0xFFFF
udp = struct.pack("!HHHH", 68, 67, 8 + len(body), 0) + body
head = struct.pack("!BBHHHBBH4s4s", 69, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), bytes([255] * 4))
head = head[:10] + struct.pack("!H", total(head)) + head[12:]
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
raw.bind((port, 0x0800))
begin = time.monotonic()
raw.send(bytes([255] * 6) + mac + b"\x08\x00" + head + udp)
def dotted(data):
    return ".".join(map(str, data))
found = []
while True:
    left = begin + within - time.monotonic()
    if left <= 0 or not select.select([raw], [], [], left)[0]:
        break
    data = raw.recv(2048)
    start = 14 + (data[14] & 15) * 4 if len(data) > 34 else 0
    if not start or data[23] != 17 or data[start:start + 4] != struct.pack("!HH", 67, 68):
        continue
    reply = data[start + 8:]
    if len(reply) < 240 or reply[4:8] != number:
        continue
    options, at = {}, 240
    while at + 1 < len(reply) and reply[at] != 255:
        if reply[at] == 0:
            at += 1
            continue
        options[reply[at]] = reply[at + 2:at + 2 + reply[at + 1]]
        at += 2 + reply[at + 1]
    if options.get(53) != b"\x02":
        continue
    offer = {"address": dotted(reply[16:20]), "milliseconds": round(1000 * (time.monotonic() - begin), 1)}
    for code, name in ((54, "server"), (1, "subnet")):
        if code in options:
            offer[name] = dotted(options[code])
    for code, name in ((3, "router"), (6, "dns")):
        if code in options:
            offer[name] = ",".join(dotted(options[code][n:n + 4]) for n in range(0, len(options[code]), 4))
    if len(options.get(51, b"")) == 4:
        offer["lease"] = struct.unpack("!I", options[51])[0]
    found.append(offer)
    within = min(within, time.monotonic() - begin + 1.0)
print(json.dumps(found))
"""
"""Arguments: the interface, and the seconds to wait. After the first offer it waits one more second for others."""
