"""From packages to a model, a step after the other; what is there already is not made again."""

import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tools.tiny_ru import kaldi, nnet3, parts, texts, train, voices
from tools.tiny_ru import network as networks
from tools.tiny_ru.channel import augmented
from tools.tiny_ru.features import mfcc
from tools.tiny_ru.fellows import ALONE, Fellow, together
from tools.tiny_ru.network import Network
from tools.tiny_ru.parts import Utterance
from tools.tiny_ru.speakers import Person, other, unlike_any, unlike_man
from tools.tiny_ru.train import Statistics, Tell
from tools.tiny_ru.voices import Speech
from voicebot import debian
from voicebot.speech.graph.build import build
from voicebot.speech.graph.lexicon import Lexicon
from voicebot.speech.sound import even, to_telephone

_PART = 400  # texts, or recordings / 10, of a file
_LONGEST = 1100  # frames
_SETTLE = 300  # utterances that a network's norms are measured with
_WARPS = np.round(np.exp(np.arange(-0.27, 0.271, 0.03)), 2)  # of the mel scale: other throats
_FIRST_RATE, _NEXT_RATE = 1.2e-3, 3.5e-4  # of learning: from nothing, and from a network that hears


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What goes in."""

    work: Path
    prefix: Path | None = None  #: where espeak-ng, festival and festvox-ru were unpacked; None: the project's
    espeak: int = 17000  #: texts that espeak-ng speaks
    vocoded: float = 0.2  #: of these turned into another speaker: espeak-ng's sources of sound are few
    festival: int = 5000  #: that festival's voice speaks, half of them turned into another speaker too
    recorded: bool = True  #: the recordings of festival's voice, each also as two other speakers
    rounds: int = 2  #: how many times all speech goes through telephones, each time other ones
    steps: int = 4800  #: of training
    falls: int = 1  #: how often the rate falls to nothing; the mean of the networks of all these ends is the model
    start: Path | None = None  #: a model whose network is gone on with; None: from nothing
    share: float = 0.6  #: of what it became, in the blend with what it was
    width: int = 256  #: of the network's layers, if it starts from nothing
    seed: int = 11
    processes: int = 2  #: at once


def make(recipe: Recipe, lexicon: Lexicon, bigram: Path, tell: Tell) -> Path:
    """Everything; returns the model's folder. Takes some two hours on two cores.

    Args:
        lexicon: the model's words.
        bigram: a model of whose `Gr.fst` the order of words is taken.
    """
    speech = synthesis(recipe, lexicon, tell)
    heard = [file for turn in range(recipe.rounds) for file in features(recipe, speech, turn, tell)]
    ends, statistics = trained(recipe, heard, tell)
    share = recipe.share if recipe.start else 1.0
    shares = [(network, share / len(ends)) for network in ends]
    if recipe.start:
        shares.append((nnet3.network(recipe.start / "am/final.mdl"), 1 - share))
    model = recipe.work / "model"
    kaldi.export(networks.blended(shares), statistics.mean, model)
    with_graph(model, lexicon, bigram)
    tell(f"made {model}")
    return model


def synthesis(recipe: Recipe, lexicon: Lexicon, tell: Tell) -> list[Path]:
    """Speech of all sources, in files of about a quarter of an hour."""
    jobs: list[tuple[str, Sequence[str], int]] = []
    for number, (kind, count) in enumerate((("espeak", recipe.espeak), ("festival", recipe.festival))):
        every = texts.texts(lexicon, count, recipe.seed + number)
        jobs += [(kind, every[start : start + _PART], start // _PART) for start in range(0, count, _PART)]
    if recipe.recorded:
        jobs += [("recorded", [], place) for place in range(_recording_parts(recipe))]
    wanted = {recipe.work / f"speech/{kind}-{place:03}.npz": (kind, some, place) for kind, some, place in jobs}
    _parallel(recipe, [(_speak, file, (recipe, *job)) for file, job in wanted.items()], tell)
    return list(wanted)


def features(recipe: Recipe, speech: Sequence[Path], turn: int, tell: Tell) -> list[Path]:
    """Features of speech that went through a telephone, another one in each round."""
    wanted = {recipe.work / f"features-{turn}" / file.name: file for file in speech}
    _parallel(recipe, [(_listen, file, (source, recipe.seed + turn)) for file, source in wanted.items()], tell)
    return list(wanted)


def trained(recipe: Recipe, heard: Sequence[Path], tell: Tell) -> tuple[list[Network], Statistics]:
    """The networks of all ends, out of files of features; goes on from its checkpoint, if there is one."""
    checkpoint = recipe.work / "network.pt"
    if recipe.processes == 1:
        _train(ALONE, recipe, heard, checkpoint, tell)
    else:
        together(recipe.processes, _first(recipe).weights, _train, recipe, heard, checkpoint, tell)
    ends = [networks.load(train.kept(checkpoint, end)) for end in _ends(recipe)]
    return [network for network, _ in ends], ends[-1][1]["statistics"]


def _ends(recipe: Recipe) -> list[int]:
    """Steps; one falls after the other, each from less."""
    return [recipe.steps * (fall + 1) // recipe.falls for fall in range(recipe.falls)]


def with_graph(model: Path, lexicon: Lexicon, bigram: Path) -> None:
    """The model's `graph/`; the order of words and what never changes come from another model of the same sounds."""
    for name in ("Gr.fst", "words.txt", "disambig_tid.int", "phones/word_boundary.int"):
        (model / "graph" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bigram / "graph" / name, model / "graph" / name)
    build(model, lexicon, model / "graph")


def _train(fellow: Fellow, recipe: Recipe, heard: Sequence[Path], checkpoint: Path, tell: Tell) -> None:
    utterances = parts.read_utterances(heard)
    network, statistics = _first(recipe), Statistics.of(utterances)
    if recipe.start:
        statistics = Statistics(mean=nnet3.mean(recipe.start / "am/global_cmvn.stats"), bigram=statistics.bigram)
        train.settle(network, utterances[:: max(len(utterances) // _SETTLE, 1)], statistics)
    rate = _NEXT_RATE if recipe.start else _FIRST_RATE
    train.train(
        network,
        utterances,
        statistics,
        checkpoint,
        ends=_ends(recipe),
        rate=rate,
        seed=recipe.seed,
        tell=tell,
        fellow=fellow,
    )


def _first(recipe: Recipe) -> Network:
    """Before any training; the same in every process."""
    torch.manual_seed(recipe.seed)
    return nnet3.network(recipe.start / "am/final.mdl") if recipe.start else Network(width=recipe.width)


def _speak(file: Path, recipe: Recipe, kind: str, some: Sequence[str], place: int) -> None:
    seed = zlib.crc32(f"{kind} {place} {recipe.seed}".encode())
    random = np.random.default_rng(seed)
    if kind == "espeak":
        spoken = voices.espeak(debian.program("espeak-ng", recipe.prefix), some, seed)
        said = [_as_other(one, random, unlike_any) if random.random() < recipe.vocoded else one for one in spoken]
    elif kind == "festival":
        said = list(voices.festival(debian.program("festival", recipe.prefix), some))
        said += [_as_other(one, random, unlike_man) for one in said if random.random() < 0.5]
    else:
        said = list(_recorded(recipe, place, random))
    parts.write_speech(file, said)


def _recorded(recipe: Recipe, place: int, random: np.random.Generator) -> Iterator[Speech]:
    """The man himself, and the same words as two others."""
    every = list(voices.recordings(debian.program("festival", recipe.prefix)))
    for wave, rate, pieces in every[place :: _recording_parts(recipe)]:
        for speaker in (wave, *(other(wave, rate, random, unlike_man(random)) for _ in range(2))):
            for begin, end, sounds in pieces:
                piece = speaker[round(begin * rate) : round(end * rate)]
                yield Speech(sounds=sounds, samples=even(to_telephone(piece, rate)), pauses=True)


def _as_other(one: Speech, random: np.random.Generator, unlike: Callable[[np.random.Generator], Person]) -> Speech:
    moved = other(one.samples / 32768, 8000, random, unlike(random))
    return Speech(sounds=one.sounds, samples=even(to_telephone(moved, 8000)), pauses=one.pauses)


def _recording_parts(recipe: Recipe) -> int:
    home = debian.program("festival", recipe.prefix).root / "usr/share/festival/voices/russian/msu_ru_nsh_clunits/lab"
    return max(1, len(list(home.glob("*.lab"))) // (_PART // 10))


def _listen(file: Path, source: Path, seed: int) -> None:
    random = np.random.default_rng(zlib.crc32(f"{source.name} {seed}".encode()))
    speech = parts.read_speech(source)
    babble = [samples for samples, _, _ in speech]
    heard = []
    for samples, sounds, pauses in speech:
        wave = augmented(samples, random, babble)
        warp = float(random.choice(_WARPS)) if random.random() < 0.7 else 1.0
        found = mfcc(wave, warp=warp, dither=1.0, seed=int(random.integers(2**31)))
        if networks.STRIDE * len(sounds) + 9 <= len(found) <= _LONGEST:
            heard.append(Utterance(features=found, sounds=sounds, pauses=pauses))
    parts.write_utterances(file, heard)


def _parallel(recipe: Recipe, jobs: Sequence[tuple[Callable[..., None], Path, tuple[Any, ...]]], tell: Tell) -> None:
    """Run those whose file is not there yet, in processes of their own if there are to be several."""
    missing = [(work, file, arguments) for work, file, arguments in jobs if not file.exists()]
    if recipe.processes == 1:
        for work, file, arguments in missing:
            work(file, *arguments)
            tell(f"{file.parent.name}/{file.name}")
        return
    with ProcessPoolExecutor(recipe.processes, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(work, file, *arguments): file for work, file, arguments in missing}
        for done in as_completed(running):
            done.result()
            tell(f"{running[done].parent.name}/{running[done].name}")
