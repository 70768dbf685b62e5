"""Lattice-free MMI: what was said against all that may be said (a bigram of sounds), summed over all alignments.

A sound takes one frame of its first class (2 × sound), then any number of its second (2 × sound + 1).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_NEVER = -1e30
_IMPOSSIBLE = -1e20


@dataclass(frozen=True, kw_only=True)
class Bigram:
    """Which sound follows which."""

    start: Tensor  #: (sounds,), probabilities
    follow: Tensor  #: (sounds, sounds), rows sum to 1


@dataclass(frozen=True, kw_only=True)
class Said:
    """Sounds in their order, of a batch; optional ones (silences) may be left out, but never two in a row."""

    sounds: Tensor  #: (batch, most), long
    counts: Tensor  #: (batch,)
    optional: Tensor  #: (batch, most), bool
    enter: Tensor  #: (batch, most) log-probability of coming from the one before
    skip: Tensor  #: of coming from the one before that
    begin: Tensor  #: of beginning with it


def said(sounds: list[list[int]], optional: list[list[bool]], bigram: Bigram) -> Said:
    """A batch out of sequences of sounds, with the bigram's probabilities as in the denominator."""
    follow, start = bigram.follow.log(), bigram.start.log()
    batch, most = len(sounds), max(map(len, sounds))
    made = {name: torch.full((batch, most), _NEVER) for name in ("enter", "skip", "begin")}
    padded, may = torch.zeros(batch, most, dtype=torch.long), torch.zeros(batch, most, dtype=torch.bool)
    for row, (one, free) in enumerate(zip(sounds, optional, strict=True)):
        ids, loose, count = torch.tensor(one), torch.tensor(free), len(one)
        padded[row, :count], may[row, :count] = ids, loose
        made["enter"][row, 1:count] = follow[ids[:-1], ids[1:]]
        if count > 2:
            over = follow[ids[:-2], ids[2:]]
            made["skip"][row, 2:count] = torch.where(loose[1:-1], over, torch.tensor(_NEVER))
        made["begin"][row, 0] = start[ids[0]]
        if free[0] and count > 1:
            made["begin"][row, 1] = start[ids[1]]
    return Said(sounds=padded, counts=torch.tensor([len(one) for one in sounds]), optional=may, **made)


def numerator(scores: Tensor, frames: Tensor, what: Said) -> tuple[Tensor, Tensor]:
    """Log-likelihood (batch,) of what was said, and its posteriors (batch, frames, classes)."""
    batch, length, _ = scores.shape
    most = what.sounds.shape[1]
    first = scores.gather(2, (2 * what.sounds)[:, None].expand(batch, length, most))
    further = scores.gather(2, (2 * what.sounds + 1)[:, None].expand(batch, length, most))
    forward, entered = torch.empty(batch, length, most), torch.empty(batch, length, most)
    state = torch.empty(0)
    for frame in range(length):
        if frame == 0:
            new = state = what.begin + first[:, 0]
        else:
            arrived = torch.logaddexp(_shifted(state, 1) + what.enter, _shifted(state, 2) + what.skip)
            new = arrived + first[:, frame]
            state = torch.logaddexp(state + further[:, frame], new)
        forward[:, frame], entered[:, frame] = state, new
    end = _ends(what)
    likelihood = torch.logsumexp(forward[torch.arange(batch), frames - 1] + end, 1)
    posteriors = _backward(scores, frames, what, (first, further, forward, entered), end, likelihood)
    return likelihood, posteriors


def _backward(
    scores: Tensor, frames: Tensor, what: Said, ways: tuple[Tensor, ...], end: Tensor, likelihood: Tensor
) -> Tensor:
    first, further, forward, entered = ways
    batch, length, classes = scores.shape
    enter, skip = _unshifted(what.enter, 1), _unshifted(what.skip, 2)
    live = torch.arange(length)[None] < frames[:, None]
    into, stay = torch.zeros_like(forward), torch.zeros_like(forward)
    back, total = end.clone(), likelihood[:, None]
    for frame in range(length - 1, -1, -1):
        now = live[:, frame : frame + 1]
        # Clamped: on frames behind the end these are not probabilities, and may overflow.
        into[:, frame] = (entered[:, frame] + back - total).clamp(max=0).exp() * now
        if frame:
            kept = further[:, frame] + back
            stay[:, frame] = (forward[:, frame - 1] + kept - total).clamp(max=0).exp() * now
            begun = first[:, frame] + back
            left = torch.logaddexp(_unshifted(begun, 1) + enter, _unshifted(begun, 2) + skip)
            back = torch.where(now, torch.logaddexp(kept, left), back)
    posteriors = torch.zeros(batch, length, classes)
    index = (2 * what.sounds)[:, None].expand(forward.shape)
    return posteriors.scatter_add_(2, index, into).scatter_add_(2, index + 1, stay)


def denominator(scores: Tensor, frames: Tensor, bigram: Bigram) -> tuple[Tensor, Tensor]:
    """The same over every sequence of sounds. In float64: in float32 long utterances end in NaN."""
    scores = scores.double()
    start, follow = bigram.start.double(), bigram.follow.double()
    batch, length, classes = scores.shape
    peak = scores.amax(2, keepdim=True)
    likely = (scores - peak).clamp(min=-120).exp()
    first, further = likely[:, :, 0::2], likely[:, :, 1::2]
    forward, entered = torch.empty_like(first), torch.empty_like(first)
    scale = torch.empty(batch, length, 1, dtype=torch.float64)
    state = torch.empty(0)
    for frame in range(length):
        new = start * first[:, 0] if frame == 0 else (state @ follow) * first[:, frame]
        state = new if frame == 0 else state * further[:, frame] + new
        total = state.sum(1, keepdim=True) + 1e-30
        state = state / total
        forward[:, frame], entered[:, frame], scale[:, frame] = state, new, total
    live = torch.arange(length)[None] < frames[:, None]
    likelihood = ((scale[:, :, 0].log() + peak[:, :, 0]) * live).sum(1)
    posteriors = torch.zeros(batch, length, classes)
    back = torch.ones(batch, classes // 2, dtype=torch.float64)
    for frame in range(length - 1, -1, -1):
        now, gain = live[:, frame : frame + 1], back / scale[:, frame]
        posteriors[:, frame, 0::2] = (entered[:, frame] * gain * now).float()
        if frame:
            kept = further[:, frame] * gain
            posteriors[:, frame, 1::2] = (forward[:, frame - 1] * kept * now).float()
            back = torch.where(now, kept + (first[:, frame] * gain) @ follow.T, back)
    return likelihood.float(), posteriors


def mmi(scores: Tensor, frames: Tensor, bigram: Bigram, what: Said) -> tuple[Tensor, Tensor]:
    """The loss summed over the batch, and the posteriors of what was said.

    An utterance too short for what was said has no alignment: it counts nothing, and has no gradient.

    Args:
        scores: (batch, frames, classes) of the network.
        frames: (batch,) how many of them are an utterance's own.
    """
    loss, target = _Mmi.apply(scores, frames, bigram, what)  # type: ignore[no-untyped-call]
    return loss, target


class _Mmi(torch.autograd.Function):
    """Its gradient is the difference of the posteriors."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, frames: Tensor, bigram: Bigram, what: Said) -> tuple[Tensor, Tensor]:
        every, every_posterior = denominator(scores.detach(), frames, bigram)
        own, own_posterior = numerator(scores.detach(), frames, what)
        fits = torch.isfinite(own) & torch.isfinite(every) & (own > _IMPOSSIBLE)
        mask = fits[:, None, None]
        nothing = torch.zeros(())
        ctx.gradient = torch.where(mask, every_posterior - own_posterior, nothing)
        target = torch.where(mask, own_posterior, nothing)
        ctx.mark_non_differentiable(target)
        return torch.where(fits, every - own, nothing).sum(), target

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None, None]:
        return ctx.gradient * gradients[0], None, None, None


def _shifted(state: Tensor, by: int) -> Tensor:
    """One column is moved to where the next one, or the one after it, lies."""
    return torch.nn.functional.pad(state, (by, 0), value=_NEVER)[:, : state.shape[1]]


def _unshifted(state: Tensor, by: int) -> Tensor:
    return torch.nn.functional.pad(state, (0, by), value=_NEVER)[:, by:]


def _ends(what: Said) -> Tensor:
    """0 where an utterance may end: at its last sound, and before a last one that is optional."""
    place = torch.arange(what.sounds.shape[1])[None]
    last = what.counts[:, None] - 1
    free = what.optional.gather(1, last)
    return torch.where((place == last) | ((place == last - 1) & free), 0.0, _NEVER)
