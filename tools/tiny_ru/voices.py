"""Speech with the sounds that are said in it: espeak-ng's variants, festival's voice, its labelled recordings."""

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tools.tiny_ru import throats
from tools.tiny_ru.programs import run
from voicebot import debian
from voicebot.errors import SpeechError
from voicebot.speech.audio import Samples
from voicebot.speech.espeak_sounds import spoken
from voicebot.speech.graph.phones import PAIRED, REDUCED, SILENCE, STRESSED
from voicebot.speech.sound import even, to_telephone

#: Of espeak-ng. Those that measure (`voicebot bench speech`, the simulated patients) are not among them, ever.
_TRAINED = (
    "m1 m2 m3 m4 m5 m6 m8 f1 f2 f3 f5 klatt klatt2 klatt3 klatt5 klatt6 Alex Alicia Andy Annie adam anika aunty "
    "belinda benjamin boris caleb david Denis Diogo ed edward edward2 Gene Gene2 Henrique Hugo iven iven2 "
    "iven3 iven4 Jacky john Lee linda marcelo Marco Mario max miguel Nguyen pablo paul pedro quincy "
    "rob robert sandro shelby steph steph2 steph3 travis victor zac grandma grandpa norbert"
)
VARIANTS = tuple(_TRAINED.split())
_SHIPPED = 0.15  # of the texts are spoken by them, the others by random ones
_WORDS_PER_MINUTE = (80, 150, 260)  # slowest, most often, fastest
_TAPED = 0.3  # of the texts are played like a tape at another speed (times), and spoken so that the tempo is kept:
_TAPES = (0.8, 1.25)  # the hisses too become another throat's, which espeak-ng has as recordings
_RATE, _HERTZ = 22050, 50  # of espeak-ng, and what rates are a multiple of, so that they are changed quickly
_LONGEST, _SHORTEST = 9.0, 0.3  # seconds of a recording's piece

_VOWELS = {
    **dict.fromkeys(("A", "a", "V", "a#", "@"), ("a", "ax")),
    **dict.fromkeys(("o", "8"), ("o", "ax")),
    **dict.fromkeys(("e", "E", "E#", "E2"), ("e", "ih")),
    **dict.fromkeys(("i", "I", "I^"), ("i", "ih")),
    **dict.fromkeys(("u", 'u"', "u#"), ("u", "uh")),
    "y": ("y", "yx"),
}  #: espeak's mnemonic → stressed, unstressed
_CONSONANTS = {"tS;": "ch", "tS": "ch", "dZ;": "ch", "S;": "sch", "S": "sh", "Z": "zh", "ts": "ts", "j": "j"}
_CONSONANTS |= {hard: hard for hard in PAIRED} | {f"{hard};": f"{hard}j" for hard in PAIRED}
_SILENT = ("", "@-", "?", "|", "||", "-")
_FESTIVAL = {
    "aa": "a",
    "ee": "e",
    "ii": "i",
    "oo": "o",
    "uu": "u",
    "yy": "y",
    "a": "ax",
    "ay": "ax",
    "e": "ih",
    "ae": "ih",
    "i": "ih",
    "u": "uh",
    "ur": "uh",
    "y": "yx",
    "c": "ts",
    "ch": "ch",
    "sh": "sh",
    "zh": "zh",
    "sch": "sch",
    "j": "j",
    "h": "x",
    "hh": "xj",
    "pau": SILENCE,
    **{hard: hard for hard in PAIRED if hard != "x"},
    **{2 * hard: f"{hard}j" for hard in PAIRED if hard != "x"},
}


@dataclass(frozen=True, kw_only=True)
class Speech:
    """One utterance."""

    sounds: tuple[str, ...]  #: of phones.PHONES
    samples: Samples
    pauses: bool  #: there may be silence between any two sounds: nobody says where words end


def espeak(program: debian.Program, texts: Sequence[str], seed: int) -> Iterator[Speech]:
    """Each text by a variant, at a speed and a pitch of its own; most of the variants exist for that one text."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tiny-ru-") as folder:
        mnemonics = Path(folder, "sounds")
        program, own = throats.with_own(program, Path(folder))
        for text in texts:
            own.write_text(throats.variant(chance), encoding="utf-8")
            slow, usual, fast = _WORDS_PER_MINUTE
            tape = chance.uniform(*_TAPES) if chance.random() < _TAPED else 1.0
            options = {
                "-v": f"ru+{chance.choice(VARIANTS) if chance.random() < _SHIPPED else throats.OWN}",
                "-s": str(round(chance.triangular(slow, fast, usual) / tape)),
                "-p": str(chance.randint(5, 99)),
                "--sep": "_",
            }
            output = ("-x", f"--phonout={mnemonics}", "--stdin", "--stdout")
            try:
                raw = run(program, *_flat(options), *output, text=spoken(text))
            except SpeechError:  # few random voices are too strange for it: it crashes
                continue
            wave = to_telephone(np.frombuffer(raw[44:], dtype="<i2"), _HERTZ * round(_RATE / _HERTZ * tape))
            if sounds := from_espeak(mnemonics.read_text(encoding="utf-8")):
                yield Speech(sounds=sounds, samples=even(wave), pauses=True)


def festival(program: debian.Program, texts: Sequence[str]) -> Iterator[Speech]:
    """The recorded man; texts of Russian letters and spaces only."""
    with tempfile.TemporaryDirectory(prefix="tiny-ru-") as folder:
        script = Path(folder, "script.scm")
        lines = ["(voice_msu_ru_nsh_clunits)\n"]
        for place, text in enumerate(texts):
            wave, labels = f'"{folder}/{place}.wav"', f'"{folder}/{place}.lab"'
            said = f'(set! u (utt.synth (Utterance Text "{text}")))'
            lines.append(f"(unwind-protect (begin {said}(utt.save.wave u {wave} 'riff)(utt.save.segs u {labels})))\n")
        script.write_text("".join(lines), encoding="utf-8")
        run(program, "-b", str(script))
        for place in range(len(texts)):
            file = Path(folder, f"{place}.lab")
            if file.exists():  # festival fails on some words
                wave, rate = soundfile.read(file.with_suffix(".wav"), dtype="float32")
                sounds = tuple(sound for _, sound in labelled(file) if sound != SILENCE)
                yield Speech(sounds=sounds, samples=even(to_telephone(wave, rate)), pauses=False)


def recordings(program: debian.Program) -> Iterator[tuple[np.ndarray, int, list[tuple[float, float, tuple[str, ...]]]]]:
    """Festival's voice as it was recorded: wave, rate, and its pieces between pauses (begin, end, sounds)."""
    home = program.root / "usr/share/festival/voices/russian/msu_ru_nsh_clunits"
    for file in sorted(home.glob("lab/*.lab")):
        wave, rate = soundfile.read(home / "wav" / f"{file.stem}.wav", dtype="float32")
        yield wave, rate, list(_pieces(labelled(file), len(wave) / rate))


def from_espeak(mnemonics: str) -> tuple[str, ...]:
    """`p_r;_'i_v;_e_t` → p rj i vj ih t; empty when one of them is no sound of ours (a foreign word)."""
    said: list[str] = []
    for one in mnemonics.replace("\n", " ").replace(" ", "_").split("_"):
        stressed, plain = "'" in one, one.translate(str.maketrans("", "", "',%="))
        if plain in _SILENT:
            continue
        if plain == ";" and said and said[-1] in PAIRED:  # softens what was before
            said[-1] += "j"
            continue
        if len(plain) == 2 and plain[0] == "j" and plain[1:] in _VOWELS:
            said += ["j"] if said[-1:] != ["j"] else []
            plain = plain[1:]
        if plain == "I^" and said[-1:] == ["r"]:  # its final soft r
            said[-1] = "rj"
        elif plain.endswith("^") and plain[:-1] in PAIRED:
            said.append(f"{plain[:-1]}j")
        elif plain in _VOWELS:
            said.append(_VOWELS[plain][0 if stressed else 1])
        elif plain in _CONSONANTS:
            said.append(_CONSONANTS[plain])
        else:
            return ()
    return _without_repeats(said)


def labelled(file: Path) -> list[tuple[float, str]]:
    """A label file: when each sound ends, in seconds."""
    rows = file.read_text(encoding="latin1").partition("#")[2].splitlines()
    parts = [line.split() for line in rows]
    return [(float(row[0]), _FESTIVAL[row[2]]) for row in parts if len(row) > 2]


def _pieces(labels: Sequence[tuple[float, str]], seconds: float) -> Iterator[tuple[float, float, tuple[str, ...]]]:
    begin = before = 0.0
    sounds: list[str] = []
    for end, sound in [*labels, (seconds, SILENCE)]:
        if sound != SILENCE:
            sounds.append(sound)
        else:
            middle = (before + end) / 2
            if sounds and _SHORTEST < middle - begin < _LONGEST:
                yield begin, middle, _without_repeats(sounds)
            begin, sounds = middle, []
        before = end


def _without_repeats(sounds: Sequence[str]) -> tuple[str, ...]:
    """A long consonant is no longer than a frame of the network."""
    vowels = STRESSED + REDUCED
    kept = (sound for place, sound in enumerate(sounds) if place == 0 or sound in vowels or sound != sounds[place - 1])
    return tuple(kept)


def _flat(options: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" if key.startswith("--") else f"{key}{value}" for key, value in options.items()]
