"""Checks the evidence of one access-log entry, alone: standard library only, nothing of the service, no network.

    python verify_evidence.py evidence.json [--head "4711;sha-256=..."] [--key HEX]

It recomputes the entry's leaf (RFC 9162), the path to the root of its seal, every head of the chain up to the last one, and
the Ed25519 signatures (RFC 8032) of the first and the last seal. What makes it evidence is that the last head is the one
that somebody else was given at the time: pass that one with --head, as the header `Access-Log-Head` had it, or compare it
with the time stamp (--receipt FILE writes it out, for `openssl ts -verify`). --key: a sealing key that was handed over on
paper, more than once if there are more: the first key, and each that came after the loss of the one before.

Exit code 0: it holds. 1: it does not; the reason is printed. 2: the file is no evidence.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

# Ed25519 (RFC 8032, 5.1 and appendix A): the curve, its base point and the order of that.
P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
ROOT = pow(2, (P - 1) // 4, P)


class False_(Exception):  # noqa: N801 - `False` is taken
    """Why the evidence does not hold."""


def add(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, point):
    result = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def point_of(packed):
    y = int.from_bytes(packed, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public, message, signature):
    """Whether the signature of the message is this key's."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce, scalar = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= ORDER:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(scalar, BASE), add(nonce, times(digest, key))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def spelled(values):
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()


def need(holds, why):
    if not holds:
        raise False_(why)


def root_of(found):
    """The root that the entry and its path lead to."""
    values = json.loads(found["leaf_text"])
    need(values == list(found["entry"].values()), "the entry that is shown is not the one that was sealed")
    node = sha(b"\x00", found["leaf_text"].encode())
    for side, beside in found["path"]:
        other = bytes.fromhex(beside)
        node = sha(b"\x01", other, node) if side == "left" else sha(b"\x01", node, other)
    return node, int(found["entry"]["tx"])


def head_of(seal):
    head = sha(f"landdata-seal-v{seal['version']}".encode() + b"\x00", spelled(seal["words"]))
    need(head.hex() == seal["head"], f"seal {seal['words'][0]} does not say what its head was made of")
    return head


def keys_of(found, given):
    """The keys that signed, each vouched for by the one before it, or by paper."""
    keys = found["keys"]
    need(not given or keys[0]["public_key"] in given, "the first sealing key is another one")
    for one, following in zip(keys, keys[1:]):
        words = b"landdata-seal-key-v1\x00" + json.dumps([following["public_key"], following["from_seal"]]).encode()
        held = signed(bytes.fromhex(one["public_key"]), words, bytes.fromhex(following["signature"]))
        need(held or following["public_key"] in given, f"nobody vouches for the key {following['key_id']}")
    return keys


def check(found, head="", given=()):
    """Raises False_ unless all of it holds; returns the number of the last seal and its head."""
    need(found.get("format") == "landdata-access-evidence-1", "this is no evidence of the first form")
    root, transaction = root_of(found)
    chain, keys = found["chain"], keys_of(found, given)
    words = chain[0]["words"]
    need(words[5] == root.hex(), "the entry does not lead to the root of its seal")
    need(words[1] <= transaction < words[2], "the entry belongs to another seal")
    previous = None
    for seal in chain:
        need(previous is None or seal["words"][6] == previous.hex(), f"the chain breaks at seal {seal['words'][0]}")
        previous = head_of(seal)
    for seal in (chain[0], chain[-1]):
        key = [one for one in keys if one["from_seal"] <= seal["words"][0]][-1]
        held = signed(bytes.fromhex(key["public_key"]), bytes.fromhex(seal["head"]), bytes.fromhex(seal["signature"]))
        need(held, f"the signature of seal {seal['words'][0]} is false")
    number = chain[-1]["words"][0]
    for one in found["anchors"]:
        need((one["seal_no"], one["head"]) == (number, previous.hex()), f"the anchor {one['kind']} holds another head")
    if head:
        held = {seal["words"][0]: seal["head"] for seal in chain}
        at, _, value = head.partition(";sha-256=")
        need(held.get(int(at)) == value, f"the head that you hold of seal {at} is not in the chain")
    return number, previous.hex()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--head", default="", help="a head that you hold, as in the header Access-Log-Head")
    parser.add_argument("--key", action="append", default=[], help="a sealing key that you were given, hexadecimal")
    parser.add_argument("--receipt", type=Path, help="write the time stamp here, and the head beside it as FILE.head")
    chosen = parser.parse_args()
    try:
        found = json.loads(chosen.file.read_text(encoding="utf-8"))
        number, head = check(found, chosen.head, chosen.key)
    except False_ as why:
        print(f"SAI / FALSE: {why}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"Không đọc được / cannot be read: {type(error).__name__}")
        return 2
    stamps = [one for one in found["anchors"] if one["receipt"]]
    if chosen.receipt and stamps:
        chosen.receipt.write_bytes(base64.b64decode(stamps[0]["receipt"]))
        chosen.receipt.with_name(chosen.receipt.name + ".head").write_bytes(bytes.fromhex(head))
    print(f"ĐÚNG / HOLDS: access_id {found['entry']['access_id']}, {found['entry']['at']}")
    print(f"head {number};sha-256={head}")
    print(f"anchors: {', '.join(one['kind'] + ' ' + one['at'] for one in found['anchors']) or 'none'}")
    if not chosen.head:
        print("Hãy so đầu chuỗi này với nơi giữ khác / compare this head with one that somebody else holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
