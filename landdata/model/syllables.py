"""How a Vietnamese syllable is built: beginning, rime, one tone; tells right readings of bytes and names from wrong ones."""

from __future__ import annotations

import re
import unicodedata

_TONES = {"\u0300": "grave", "\u0301": "acute", "\u0303": "tilde", "\u0309": "hook", "\u0323": "dot"}
_SHARP = {"acute", "dot"}  # the only tones of a syllable that ends in c, ch, p or t

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet oc oi om on ong oong ooc op ot
ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua uân uâng uât uây uc uê uêch uên uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt uynh uyt uyu
ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
y yêm yên yêng yêt yêu ych yn ynh yp yt
"""


def _without_marks(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


_SYLLABLE = re.compile(f"(?:{'|'.join(sorted(_ONSETS.split(), key=len, reverse=True))})?(?:{'|'.join(_RIMES.split())})")
_BARE = re.compile(
    f"(?:{'|'.join(sorted(_ONSETS.replace('đ', '').split(), key=len, reverse=True))})?"
    f"(?:{'|'.join(sorted({_without_marks(rime) for rime in _RIMES.split()}))})"
)
_STOPPED = re.compile(r"(?:c|ch|p|t)$")


def is_syllable(word: str) -> bool:
    """Whether a word in any case could be a Vietnamese syllable; a dash of foreign letters makes it none."""
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [_TONES[letter] for letter in parts if letter in _TONES]
    if len(tones) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(letter for letter in parts if letter not in _TONES))
    if _SYLLABLE.fullmatch(bare) is None:
        return False
    return not _STOPPED.search(bare) or bool(_SHARP.intersection(tones))


def is_bare_syllable(word: str) -> bool:
    """Whether a word of plain letters could be a Vietnamese syllable that lost its marks: `NGUYEN`, `DUC`."""
    return _BARE.fullmatch(word.lower()) is not None
