"""What the embedded model makes of the tables' utterances over a bad line: python tools/mishear.py > misheard.tsv

Every utterance whose words the model knows is spoken by a held-out voice through μ-law with noise, and recognised under
the grammar that its turn would have. Lines: kind, question, spoken, heard, `same` or `changed` meaning. The summary on
standard error counts confident inversions of yes and no.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests/unit/speech"), str(ROOT / "tests/unit/language")]

from tables import NOW, Case, cases, seen  # noqa: E402
from telephone_lines import HELD_OUT, on_telephone, spoken  # noqa: E402

from voicebot.language.grammar import phrases  # noqa: E402
from voicebot.language.reading import Context, Kind  # noqa: E402
from voicebot.language.understanding import understand  # noqa: E402
from voicebot.speech.recogniser import Model, transcript  # noqa: E402

SNR_DB = 10
KINDS = (Kind.ANSWER, Kind.WHEN, Kind.DATE, Kind.TIME, Kind.NUMBER)


def main() -> None:
    model = Model(ROOT / "models/tiny-ru")
    todo = [case for case in cases() if case.kind in KINDS and not model.unknown_words(_words(case.text))]
    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for case, heard in zip(todo, pool.map(lambda case: hear(model, case), todo), strict=True):
            for name in judged(case, heard):
                counts[name] += 1
            if heard != case.text:
                verdict = "changed" if "changed" in judged(case, heard) else "same"
                print("\t".join((case.kind, case.question, case.text, heard, verdict)))
    print(dict(counts), file=sys.stderr)


def _words(text: str) -> list[str]:
    return text.lower().split()


def hear(model: Model, case: Case) -> str:
    """The text of one utterance; the voice is chosen by the words, so that a run can be repeated."""
    voice = HELD_OUT[hashlib.sha256(case.text.encode()).digest()[0] % len(HELD_OUT)]
    grammar = [*_known(model, phrases(case.kind, case.question)), case.text.lower()]
    recogniser = model.recogniser(grammar)
    recogniser.AcceptWaveform(on_telephone(spoken(case.text, voice), SNR_DB).tobytes())
    return transcript(recogniser.FinalResult()).text


def _known(model: Model, listed: Sequence[str]) -> list[str]:
    return [phrase for phrase in listed if not model.unknown_words([phrase])]


def judged(case: Case, heard: str) -> Iterator[str]:
    """`all`, and what became of the meaning."""
    yield "all"
    reading = understand(case.kind, heard, Context(now=NOW, question=case.question))
    before, after = seen(case, case.read()), seen(case, reading)
    if heard != case.text:
        yield "misheard"
    if before != after:
        yield "changed"
    if (before, after) in (("yes", "no"), ("no", "yes")) and not reading.ambiguous:
        yield "inverted"


if __name__ == "__main__":
    main()
