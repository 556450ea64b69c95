"""`forward.py INTERFACE SEED`: lets the kernel change a bit of some TCP segments that leave an interface.

Of a quarter of the flows, one segment in eight gets another lowest bit in the 33rd byte of its payload; its checksum
stays. It loads a program of eBPF and attaches it as a filter to the queue `clsact` of the interface, which has to be
there; both stay when this program ends.

Rule: a filter of the kernel is written in its machine language here, so that no compiler is needed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
import sys
from dataclasses import dataclass

BPF_CALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280}
"""The number of the system call on each architecture."""
PROG_LOAD, SCHED_CLS = 5, 3
LOG_SIZE = 65_536
LOAD_BYTES, STORE_BYTES = 26, 9
"""Helpers of the kernel: bpf_skb_load_bytes and bpf_skb_store_bytes."""
MOV64, MOV64_IMM, ADD64, ADD64_IMM, AND64_IMM, LSH64_IMM, RSH64_IMM, SUB64 = (
    0xBF,
    0xB7,
    0x0F,
    0x07,
    0x57,
    0x67,
    0x77,
    0x1F,
)
XOR64, XOR64_IMM, MUL32_IMM, TO_BE = 0xAF, 0xA7, 0x24, 0xDC
LOAD_WORD, LOAD_HALF, LOAD_BYTE, STORE_BYTE = 0x61, 0x69, 0x71, 0x73
IF_NOT_EQUAL, IF_LESS_OR_EQUAL, CALL, EXIT = 0x55, 0xB5, 0x85, 0x95
PROTOCOL_OF_FRAME, IPV4, TCP = 16, 0x0800, 6
ETHERNET, PAYLOAD_BYTE = 14, 32
PACKET, SEGMENT = -64, -32
"""Where the headers of IP and TCP are on the stack."""
FNV = 0x01000193
"""The prime of the hash FNV-1 with 32 bits."""
FLOWS, SEGMENTS = 3, 7
"""Masks: a flow or segment is chosen if these bits of its hash are 0."""
NEW_FILTER, ACK, CREATE_NEW, ERROR = 44, 0x5, 0x600, 2
CLSACT_EGRESS, EVERY_PROTOCOL = 0xFFFFFFF3, 0x0003
KIND, OPTIONS, FILE, NAME, FLAGS, DIRECT = 1, 2, 6, 7, 8, 1
FILTER_NAME = b"fwd\0"


@dataclass(frozen=True)
class Instruction:
    """One instruction. `jump`: leads to the end of the program, if it is a jump."""

    code: int
    to: int = 0
    source: int = 0
    offset: int = 0
    value: int = 0


def loaded(size: int, at: int = PACKET) -> list[Instruction]:
    """Load bytes of the frame at the offset in register 2 to the stack; leave the filter if they are not there."""
    return [
        Instruction(MOV64, 1, 6),
        Instruction(MOV64, 3, 10),
        Instruction(ADD64_IMM, 3, value=at),
        Instruction(MOV64_IMM, 4, value=size),
        Instruction(CALL, value=LOAD_BYTES),
        Instruction(IF_NOT_EQUAL, 0, value=0),
    ]


def hashed(register: int, source: int) -> list[Instruction]:
    return [Instruction(XOR64, register, source), Instruction(MUL32_IMM, register, value=FNV)]


def chosen(seed: int) -> list[Instruction]:
    """Leave the filter unless the frame is a segment of TCP that is chosen by its hash.

    Registers afterwards: 6 the frame, 7 the start of TCP, 9 the length of the packet without the header of IP.
    """
    program = [
        Instruction(MOV64, 6, 1),
        Instruction(LOAD_WORD, 0, 6, PROTOCOL_OF_FRAME),
        Instruction(IF_NOT_EQUAL, 0, value=socket.htons(IPV4)),
        Instruction(MOV64_IMM, 2, value=ETHERNET),
        *loaded(20),
        Instruction(LOAD_BYTE, 0, 10, PACKET + 9),
        Instruction(IF_NOT_EQUAL, 0, value=TCP),
        Instruction(LOAD_BYTE, 7, 10, PACKET),
        Instruction(AND64_IMM, 7, value=0x0F),
        Instruction(LSH64_IMM, 7, value=2),
        Instruction(LOAD_HALF, 9, 10, PACKET + 2),
        Instruction(TO_BE, 9, value=16),
        Instruction(SUB64, 9, 7),
        Instruction(ADD64_IMM, 7, value=ETHERNET),
        Instruction(MOV64_IMM, 8, value=seed),
    ]
    for offset in (12, 16):
        program += [Instruction(LOAD_WORD, 0, 10, PACKET + offset), *hashed(8, 0)]
    program += [Instruction(MOV64, 2, 7), *loaded(16, SEGMENT)]
    for offset, mask in ((0, FLOWS), (4, SEGMENTS)):
        program += [Instruction(LOAD_WORD, 0, 10, SEGMENT + offset), *hashed(8, 0), *kept(8, mask)]
    return program


def kept(register: int, mask: int) -> list[Instruction]:
    """Leave the filter unless some bits of a hash are 0."""
    return [
        Instruction(MOV64, 1, register),
        Instruction(RSH64_IMM, 1, value=16),
        Instruction(XOR64, 1, register),
        Instruction(AND64_IMM, 1, value=mask),
        Instruction(IF_NOT_EQUAL, 1, value=0),
    ]


def filter_of(seed: int) -> list[Instruction]:
    """Change the lowest bit of a byte of the payload of each chosen segment that is long enough."""
    return [
        *chosen(seed),
        Instruction(LOAD_BYTE, 0, 10, SEGMENT + 12),
        Instruction(RSH64_IMM, 0, value=4),
        Instruction(LSH64_IMM, 0, value=2),
        Instruction(SUB64, 9, 0),
        Instruction(ADD64, 7, 0),
        Instruction(IF_LESS_OR_EQUAL, 9, value=PAYLOAD_BYTE),
        Instruction(ADD64_IMM, 7, value=PAYLOAD_BYTE),
        Instruction(MOV64, 2, 7),
        *loaded(1),
        Instruction(LOAD_BYTE, 0, 10, PACKET),
        Instruction(XOR64_IMM, 0, value=1),
        Instruction(STORE_BYTE, 10, 0, PACKET),
        Instruction(MOV64, 1, 6),
        Instruction(MOV64, 2, 7),
        Instruction(MOV64, 3, 10),
        Instruction(ADD64_IMM, 3, value=PACKET),
        Instruction(MOV64_IMM, 4, value=1),
        Instruction(MOV64_IMM, 5, value=0),
        Instruction(CALL, value=STORE_BYTES),
        Instruction(MOV64_IMM, 0, value=0),
        Instruction(EXIT),
    ]


def assembled(program: list[Instruction]) -> bytes:
    """Return the machine code. Each jump leads to the last two instructions, which let the frame pass."""
    end = len(program) - 2
    code = b""
    for number, step in enumerate(program):
        offset = end - number - 1 if step.code in (IF_NOT_EQUAL, IF_LESS_OR_EQUAL) else step.offset
        code += struct.pack("<BBhi", step.code, step.source << 4 | step.to, offset, step.value)
    return code


def load(code: bytes) -> int:
    """Return the file of the program in the kernel. Raises OSError."""
    instructions, licence = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(LOG_SIZE)
    fields = (SCHED_CLS, len(code) // 8, ctypes.addressof(instructions), ctypes.addressof(licence))
    attribute = struct.pack("<IIQQIIQII16s", *fields, 1, LOG_SIZE, ctypes.addressof(log), 0, 0, b"fwd")
    buffer = ctypes.create_string_buffer(attribute, len(attribute))
    libc = ctypes.CDLL(None, use_errno=True)
    number = ctypes.c_long(BPF_CALL[platform.machine()])
    file = int(libc.syscall(number, PROG_LOAD, buffer, len(attribute)))
    if file < 0:
        reason = log.value.decode(errors="replace").strip().splitlines()
        raise OSError(
            ctypes.get_errno(), f"the kernel refuses the filter: {reason[-1] if reason else 'no reason given'}"
        )
    return file


def attribute_of(kind: int, content: bytes) -> bytes:
    length = 4 + len(content)
    return struct.pack("<HH", length, kind) + content + b"\0" * (-length % 4)


def attach(interface: str, file: int) -> None:
    """Raises OSError."""
    inside = attribute_of(FILE, struct.pack("<I", file)) + attribute_of(NAME, FILTER_NAME)
    inside += attribute_of(FLAGS, struct.pack("<I", DIRECT))
    info = 1 << 16 | socket.htons(EVERY_PROTOCOL)
    body = struct.pack("<BxHiIII", 0, 0, socket.if_nametoindex(interface), 0, CLSACT_EGRESS, info)
    body += attribute_of(KIND, b"bpf\0") + attribute_of(OPTIONS, inside)
    message = struct.pack("<IHHII", 16 + len(body), NEW_FILTER, ACK | CREATE_NEW, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.sendto(message, (0, 0))
        answer = kernel.recv(LOG_SIZE)
    kind, error = struct.unpack_from("<H", answer, 4)[0], struct.unpack_from("<i", answer, 16)[0]
    if kind == ERROR and error:
        raise OSError(-error, f"{interface}: {os.strerror(-error)}")


if __name__ == "__main__":
    attach(sys.argv[1], load(assembled(filter_of(int(sys.argv[2])))))
