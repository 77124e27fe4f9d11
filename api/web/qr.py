"""A QR code (ISO/IEC 18004) of an address, as one SVG path: version 6, error correction L, bytes; nothing leaves the server."""

from __future__ import annotations

SIZE, QUIET = 41, 4
MOST_BYTES = 134
_DATA, _BLOCKS, _CHECK = 136, 2, 18
_FORMAT = 0x77C4  # level L, mask 0, with its own check bits
_POLYNOMIAL = 0x11D


def path(text: str) -> str:
    """The dark modules as a path, one unit each, in a square of SIZE + 2 * QUIET; empty for what is too long."""
    data = text.encode()
    if len(data) > MOST_BYTES:
        return ""
    dark = _drawn(_codewords(data))
    return "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(dark) for x, one in enumerate(row) if one
    )


def _codewords(data: bytes) -> bytes:
    """Mode, length and bytes, padded; two blocks with their check words, taken by turns."""
    bits = f"0100{len(data):08b}" + "".join(f"{one:08b}" for one in data) + "0000"
    plain = bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))[:_DATA]
    plain += bytes((0xEC, 0x11)[at % 2] for at in range(_DATA - len(plain)))
    each = _DATA // _BLOCKS
    blocks = [plain[at * each : (at + 1) * each] for at in range(_BLOCKS)]
    checks = [_check(block) for block in blocks]
    return bytes(
        one for words in (zip(*blocks, strict=True), zip(*checks, strict=True)) for turn in words for one in turn
    )


def _times(a: int, b: int) -> int:
    """The product in GF(256)."""
    found = 0
    while b:
        if b & 1:
            found ^= a
        a, b = (a << 1) ^ (_POLYNOMIAL if a & 0x80 else 0), b >> 1
    return found


def _check(block: bytes) -> bytes:
    """Reed-Solomon check words of a block."""
    generator, root = [1], 1
    for _ in range(_CHECK):
        shifted = [*generator, 0]
        for at, one in enumerate(generator):
            shifted[at + 1] ^= _times(one, root)
        generator, root = shifted, _times(root, 2)
    rest = [0] * _CHECK
    for one in block:
        factor = one ^ rest[0]
        rest = [left ^ _times(right, factor) for left, right in zip([*rest[1:], 0], generator[1:], strict=True)]
    return bytes(rest)


def _drawn(words: bytes) -> list[list[bool]]:
    modules: list[list[bool | None]] = [[None] * SIZE for _ in range(SIZE)]
    for x, y in ((3, 3), (SIZE - 4, 3), (3, SIZE - 4)):
        _ring(modules, x, y, reach=4, light=(2, 4))
    for at in range(8, SIZE - 8):
        modules[6][at] = modules[at][6] = at % 2 == 0
    _ring(modules, SIZE - 7, SIZE - 7, reach=2, light=(1,))
    _format(modules)
    bits = "".join(f"{one:08b}" for one in words).ljust(SIZE * SIZE, "0")
    taken = 0
    for turn, right in enumerate([*range(SIZE - 1, 6, -2), *range(5, 0, -2)]):
        for step in range(SIZE):
            y = step if turn % 2 else SIZE - 1 - step
            for x in (right, right - 1):
                if modules[y][x] is None:
                    modules[y][x] = (bits[taken] == "1") ^ ((x + y) % 2 == 0)  # mask 0
                    taken += 1
    return [[bool(one) for one in row] for row in modules]


def _ring(modules: list[list[bool | None]], x: int, y: int, *, reach: int, light: tuple[int, ...]) -> None:
    """Squares in each other around a place, dark but for those at these distances."""
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            if 0 <= y + down < SIZE and 0 <= x + across < SIZE:
                modules[y + down][x + across] = max(abs(down), abs(across)) not in light


def _format(modules: list[list[bool | None]]) -> None:
    """Level and mask, written twice, and the one module that is always dark."""
    first = [(8, at) for at in (*range(6), 7, 8)] + [(7, 8)] + [(14 - at, 8) for at in range(9, 15)]
    second = [(SIZE - 1 - at, 8) for at in range(8)] + [(8, SIZE - 15 + at) for at in range(8, 15)]
    for places in (first, second):
        for at, (x, y) in enumerate(places):
            modules[y][x] = bool(_FORMAT >> at & 1)
    modules[SIZE - 8][8] = True
