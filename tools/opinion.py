"""Learn the second opinion on answers from the tables: python tools/opinion.py [--check]

Writes voicebot/language/data/opinion.npz; run it when the tables have grown. `--check` writes nothing: it learns from
four fifths of the sentences and tells how it judges the last fifth, five times.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent.parent / "tests/unit/language"))

from tables import answers

from voicebot.language import tokens
from voicebot.language.opinion import ANSWERS, PLACES, marks, shares

TARGET = Path(__file__).parent.parent / "voicebot/language/data/opinion.npz"
ROUNDS, STEP, PARTS = 8, 0.1, 5

Sentence = tuple[list[int], int]  #: the places it touches, and the column of what it says
Weights = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, tell how unseen sentences are judged")
    sentences = [
        (marks(tokens.read(text).words, question), ANSWERS.index(polarity)) for question, text, polarity in answers()
    ]
    if parser.parse_args().check:
        check(sentences)
        return
    weights = learn(sentences)
    scale = float(np.abs(weights).max() / 127)
    np.savez_compressed(TARGET, weights=np.rint(weights / scale).astype(np.int8), scale=scale)
    print(f"{len(sentences)} sentences, {TARGET.stat().st_size // 1024} KB")


def check(sentences: list[Sentence]) -> None:
    """Print the share of unseen sentences judged right, fifth by fifth."""
    for part in range(PARTS):
        weights = learn([each for place, each in enumerate(sentences) if place % PARTS != part])
        unseen = sentences[part::PARTS]
        right = sum(int(weights[places].sum(axis=0).argmax()) == said for places, said in unseen)
        print(f"{right} of {len(unseen)} ({right / len(unseen):.1%})")


def learn(sentences: list[Sentence]) -> Weights:
    """Weights by logistic regression, one sentence after the other, with steps that shrink where much was learnt."""
    weights = np.zeros((PLACES, len(ANSWERS)), np.float32)
    learnt = np.full_like(weights, 0.01)
    order = np.random.default_rng(0)
    for _ in range(ROUNDS):
        for place in order.permutation(len(sentences)):
            places, said = sentences[place]
            error = shares(weights[places].sum(axis=0))
            error[said] -= 1
            learnt[places] += error * error
            weights[places] -= STEP * error / np.sqrt(learnt[places])
    return weights


if __name__ == "__main__":
    main()
