"""Training: batches of like lengths, MMI steadied by cross-entropy, a falling rate, a checkpoint now and then."""

import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tools.tiny_ru import network as networks
from tools.tiny_ru.features import CEPSTRA, Features, from_other_throat, scaled, without_band, without_mean
from tools.tiny_ru.fellows import ALONE, Fellow
from tools.tiny_ru.mmi import Bigram, Said, mmi, said
from tools.tiny_ru.network import STRIDE, Network
from tools.tiny_ru.parts import SILENT, Utterance
from voicebot.speech.graph.phones import PHONES

Tell = Callable[[str], None]

#: Whether this processor multiplies bfloat16 quicker than float32.
_HALF: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()

_FRAMES = 6000  # of features in a batch
_WARM = 200  # steps until the rate is full
_LAST_RATE = 2e-5
_STEADY, _SMALL = 0.1, 2.5e-4  # weights of cross-entropy, and of the squared scores
_LARGEST_STEP = 2.0  # norm of a gradient
_KEEP_EVERY = 200  # steps
_OTHERS = 0.75  # of what is looked at is turned into another speaker:
_LONGER, _MOVED, _COLOURED = 0.16, 1.5, 2.5  # throats (logarithm), formants (mel bins), tones (logarithm of power)
_HELD_BACK = 400  # utterances that are not trained with


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """What must stay the same from round to round."""

    mean: NDArray[np.float64]  #: of all features
    bigram: Bigram

    @classmethod
    def of(cls, utterances: Sequence[Utterance]) -> "Statistics":
        mean = np.mean([one.features.astype(np.float64).mean(axis=0) for one in utterances], axis=0)
        return cls(mean=mean, bigram=_bigram(utterances))


@dataclass(frozen=True, kw_only=True)
class _Batch:
    features: Tensor  #: (batch, CEPSTRA, frames with context)
    frames: Tensor  #: of the output
    what: Said


def train(
    network: Network,
    utterances: Sequence[Utterance],
    statistics: Statistics,
    checkpoint: Path,
    *,
    ends: Sequence[int],
    rate: float,
    seed: int,
    tell: Tell,
    fellow: Fellow = ALONE,
) -> None:
    """Train, and write the checkpoint; one that is there is gone on with.

    Args:
        ends: steps at which the rate has fallen to its last; the network of each is kept (`kept`).
        fellow: which one this is of the processes that train together, each with its own batches.

    Raises:
        KeyboardInterrupt: stopped by hand; the checkpoint is that of some steps before.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=1e-3)
    done = _resumed(checkpoint, network, optimizer)
    shuffled = random.Random(seed).sample(list(utterances), len(utterances))
    back = min(_HELD_BACK, len(shuffled) // 10)
    held, used = shuffled[:back], shuffled[back:]
    chance = random.Random(f"{seed} {done} {fellow.number}")
    torch.manual_seed(chance.randrange(2**31))
    batches = (batch for _ in itertools.count() for batch in _batches(used, statistics, network.context, chance))
    for step in range(done, ends[-1]):
        end = next(end for end in ends if step < end)
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / _WARM) * (1 - step / end) + _LAST_RATE
        network.train()
        loss = _step(network, optimizer, next(batches), statistics.bigram, fellow)
        if fellow.number or ((step + 1) % _KEEP_EVERY and step + 1 < end):
            continue
        heard = _held_back(network, held, statistics)
        tell(f"step {step + 1} of {ends[-1]}, loss {loss:.4f}, held back {heard:.4f}")
        about = {"statistics": statistics, "optimizer": optimizer.state_dict(), "step": step + 1}
        if step + 1 == end:
            networks.save(kept(checkpoint, end), network, about)
        networks.save(checkpoint, network, about)


def kept(checkpoint: Path, end: int) -> Path:
    """Where the network of an end lies."""
    return checkpoint.with_stem(f"{checkpoint.stem}-{end}")


def settle(network: Network, utterances: Sequence[Utterance], statistics: Statistics) -> None:
    """Give a network out of a model's file norms that fit what passes through them; it computes the same as before."""
    passed: dict[int, list[Tensor]] = {}

    def watch(number: int) -> Callable[[nn.Module, Any], None]:
        return lambda _, inputs: passed.setdefault(number, []).append(inputs[0].transpose(0, 1).flatten(1))

    norms = [layer.norm for layer in network.layers]
    hooks = [norm.register_forward_pre_hook(watch(number)) for number, norm in enumerate(norms)]
    network.eval()
    with torch.no_grad():
        for batch in _batches(utterances, statistics, network.context, None):
            network(batch.features)
        for number, norm in enumerate(norms):
            values = torch.cat(passed[number], dim=1)
            mean, variance = values.mean(dim=1), values.var(dim=1)
            running_mean, running_variance = networks.statistics(norm)
            running_mean.copy_(mean)
            running_variance.copy_(variance)
            norm.bias.copy_(mean)
            norm.weight.copy_(torch.sqrt(variance + norm.eps))
    for hook in hooks:
        hook.remove()


def _step(network: Network, optimizer: torch.optim.Optimizer, batch: _Batch, bigram: Bigram, fellow: Fellow) -> float:
    loss, scores, steady, target = _loss(network, batch, bigram)
    total = batch.frames.sum()
    live = (torch.arange(scores.shape[1])[None] < batch.frames[:, None]).float()
    crossed = -(target * torch.log_softmax(steady, 2)).sum() / total
    squares = ((scores**2).sum(2) * live).sum() / total
    optimizer.zero_grad()
    whole: Any = loss / total + _STEADY * crossed + _SMALL * squares
    whole.backward()
    fellow.share(network)
    norm = nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_STEP)
    if torch.isfinite(norm):
        optimizer.step()
    return (loss / total).item()


def _loss(network: Network, batch: _Batch, bigram: Bigram) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Loss summed over the batch, both outputs, and the posteriors of what was said."""
    with torch.autocast("cpu", torch.bfloat16, enabled=network.training and _HALF):
        outputs = network(batch.features)
    scores, steady = (output[:, : int(batch.frames.max())].float() for output in outputs)
    loss, target = mmi(scores, batch.frames, bigram, batch.what)
    return loss, scores, steady, target


def _held_back(network: Network, held: Sequence[Utterance], statistics: Statistics) -> float:
    network.eval()
    loss = frames = 0.0
    with torch.no_grad():
        for batch in _batches(held, statistics, network.context, None):
            loss += _loss(network, batch, statistics.bigram)[0].item()
            frames += batch.frames.sum().item()
    return loss / max(frames, 1)


def _batches(
    utterances: Sequence[Utterance], statistics: Statistics, context: int, chance: random.Random | None
) -> Iterator[_Batch]:
    """Of like lengths; with `chance` in a random order, and a little spoilt."""
    jitter = chance or random.Random(0)
    ordered = sorted(utterances, key=lambda one: len(one.features) + 40 * jitter.random())
    groups: list[list[Utterance]] = [[]]
    for one in ordered:
        groups[-1].append(one)
        if len(groups[-1]) * len(one.features) > _FRAMES:
            groups.append([])
    groups = [group for group in groups if group]
    if chance:
        chance.shuffle(groups)
    for group in groups:
        yield _batch(group, statistics, context, chance)


def _batch(group: Sequence[Utterance], statistics: Statistics, context: int, chance: random.Random | None) -> _Batch:
    rows = [_seen(one, statistics.mean, chance) for one in group]
    longest = max(map(len, rows))
    features = torch.zeros(len(rows), longest + 2 * context, CEPSTRA)
    for place, row in enumerate(rows):
        padded = networks.padded(torch.from_numpy(row), context)
        features[place, : len(padded)] = padded
        features[place, len(padded) :] = padded[-1]
    units = [_units(one) for one in group]
    what = said([sounds for sounds, _ in units], [free for _, free in units], statistics.bigram)
    frames = torch.tensor([-(-len(row) // STRIDE) for row in rows])
    return _Batch(features=features.transpose(1, 2), frames=frames, what=what)


def _seen(one: Utterance, mean: NDArray[np.float64], chance: random.Random | None) -> NDArray[np.float32]:
    """As the recogniser sees it: at times in the middle of a call, a frame later, or with a hole in time or tone."""
    features = one.features.astype(np.float32)
    if not chance:
        return without_mean(features, mean)
    if chance.random() < _OTHERS:
        features = _as_another(features, chance)
    before = None
    if chance.random() < 0.35:
        before = np.resize(
            np.roll(features, chance.randrange(len(features)), axis=0), (chance.randint(20, 500), CEPSTRA)
        )
    row = without_mean(features, mean, before)[chance.randrange(STRIDE) :]
    if chance.random() < 0.5:
        size = chance.randint(3, 12)
        start = chance.randrange(max(len(row) - size, 1))
        row[start : start + size] = row[start : start + size].mean(axis=0)
    if chance.random() < 0.4:  # (SpecAugment: Park et al., 2019)
        bins = chance.randint(2, 8)
        row = without_band(row, chance.randrange(CEPSTRA - bins), bins)
    return row


def _as_another(features: Features, chance: random.Random) -> Features:
    """In another throat (each formant moved by itself), and another colour: new ones whenever it is looked at."""
    bins = np.arange(CEPSTRA)
    places = scaled(math.exp(chance.uniform(-_LONGER, _LONGER)))
    for _ in range(2):
        wave = 2 * math.pi / chance.uniform(12, 40)
        places += chance.uniform(0, _MOVED) * np.sin(wave * bins + chance.uniform(0, 2 * math.pi))
    knots = np.linspace(0, CEPSTRA - 1, chance.randint(2, 7))
    height = chance.uniform(0, _COLOURED)
    gains = np.interp(bins, knots, [chance.uniform(-height, height) for _ in knots])
    return from_other_throat(features, places, gains)


def _units(one: Utterance) -> tuple[list[int], list[bool]]:
    """Its sounds with the silences that may lie between them: at both ends always, inside where it may pause."""
    sounds, free = [SILENT], [True]
    for place, sound in enumerate(one.sounds):
        if place and one.pauses:
            sounds, free = [*sounds, SILENT], [*free, True]
        sounds, free = [*sounds, sound], [*free, False]
    return [*sounds, SILENT], [*free, True]


def _bigram(utterances: Sequence[Utterance]) -> Bigram:
    """Counted, smoothed, with silence possible before, after and, seldom, inside."""
    count = 1 + len(PHONES)
    follow, start = np.full((count, count), 0.2), np.full(count, 0.2)
    for one in utterances:
        start[SILENT] += 3
        start[one.sounds[0]] += 0.2
        follow[SILENT, one.sounds[0]] += 1
        follow[one.sounds[-1], SILENT] += 1
        for before, after in itertools.pairwise(one.sounds):
            follow[before, after] += 1
            follow[before, SILENT] += 0.03
            follow[SILENT, after] += 0.03
    follow[SILENT, SILENT] = 1e-3
    rows = follow / follow.sum(axis=1, keepdims=True)
    return Bigram(start=torch.from_numpy(start / start.sum()).float(), follow=torch.from_numpy(rows).float())


def _resumed(checkpoint: Path, network: Network, optimizer: torch.optim.Optimizer) -> int:
    """Steps that lie behind."""
    if not checkpoint.exists():
        return 0
    stored, about = networks.load(checkpoint)
    network.load_state_dict(stored.state_dict())
    optimizer.load_state_dict(about["optimizer"])
    step: int = about["step"]
    return step
