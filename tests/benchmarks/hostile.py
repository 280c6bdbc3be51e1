"""Messages for benchmarks that no console sends: hostile ones that nobody knows, and known ones that never repeat."""

from __future__ import annotations

import random
from collections.abc import Iterator

__all__ = ["hostile", "known"]


def hostile(count: int, seed: int = 7) -> Iterator[bytes]:
    """Yield lines of which no two are alike: made-up codes, classes and numbers of fields, binary, free text."""
    draw = random.Random(seed)
    for number in range(count):
        match number % 5:
            case 0:
                yield b"zz%d;%d;abc;01:%02d" % (number, number, number % 60)
            case 1:
                yield b"q;%x;%d" % (draw.getrandbits(40), number)
            case 2:
                yield draw.randbytes(20).replace(b"\n", b"").replace(b"\r", b"") + b"%d" % number
            case 3:
                kinds = (b"", b"1", b"2.5", b"01:00", b"#ffffff", b"CRO", b"go", b"two words", b"\xff")
                yield b";".join(
                    [b"%x" % draw.getrandbits(40), *draw.choices(kinds, k=draw.randrange(10)), b"%d" % number]
                )
            case _:
                yield b"hello %d, this is nobody's protocol" % number


def known(count: int) -> Iterator[bytes]:
    """Yield known messages of which no two are alike."""
    for number in range(count):
        match number % 3:
            case 0:
                yield b"s11;%d;s21;%d;s12;0;s22;0;s13;0;s23;0" % (number, number % 77)
            case 1:
                yield b"sc1;%d;sc2;%d" % (number, number % 99)
            case _:
                yield b"wmh;Athlete %d;2-1 PTF" % number
