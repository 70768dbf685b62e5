"""Words that espeak-ng stresses on the wrong syllable or blurs, in its own phonemes."""

import re
import zlib

_SOUNDS = {
    "гериатр": "g;ir;i'atr",
    "гериатру": "g;ir;i'atru",
    "занята": "zVn;it'A",
    "инфекционист": "inf;iktsyVn'ist",
    "маммолог": "mamm'olVk",
    "мою": "mVj'u",
    "моя": "mVj'A",
    "нефролог": "n;ifr'olVk",
    "ортодонту": "VrtVd'ontu",
    "остеопат": "Vst;iVp'At",
    "остеопата": "Vst;iVp'ata#",
    "остеопату": "Vst;iVp'atu",
    "перезаписаться": "p;ir;izVp;is'Attsa#",
    "перезапишите": "p;ir;izVp;iS'yt;i",
    "подолог": "pVd'olVk",
    "потом": "pVt'om",
    "проктолог": "prVkt'olVk",
    "пятьдесят": "p;id;is;'At",
    "реабилитологу": "r;iVb;il;it'olVgu",
    "репродуктолог": "r;iprVdukt'olVk",
    "репродуктологу": "r;iprVdukt'olVgu",
    "сорок": "s'orVk",
    "сорока": "sVrVk'A",
    "сурдолог": "surd'olVk",
    "толстой": "tVlst'oj",
    "трихолог": "tr;ix'olVk",
    "уже": "uZ'E",
    "флеболог": "fl;ib'olVk",
    "флюорографию": "fl;uVrVgr'Af;iju",
    "флюорография": "fl;uVrVgr'Af;ija",
    "эндоскопист": "E#ndVskVp;'ist",
    "эндоскописту": "E#ndVskVp;'istu",
    "эпилептолог": "E#p;il;ipt'olVk",
    "эпилептологу": "E#p;il;ipt'olVgu",
}
_WORD = re.compile(r"[а-яё]+", re.IGNORECASE)

#: Changes with what is said, for names of kept sounds.
VERSION = f"{zlib.crc32(repr(_SOUNDS).encode()):08x}"


def spoken(text: str) -> str:
    """The text with those words as `[[phonemes]]`."""

    def sounds(match: re.Match[str]) -> str:
        said = _SOUNDS.get(match.group().lower())
        return f"[[{said}]]" if said else match.group()

    return _WORD.sub(sounds, text)
