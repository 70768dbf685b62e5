"""Kaldi's binary files: the transition model, the nnet3 network, the global mean."""

import io
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import ArrayLike

from tools.tiny_ru import features
from tools.tiny_ru.network import FIRST, FURTHER, STRIDE, Network, folded
from voicebot.speech.graph.phones import PHONES

_BINARY = b"\0B"
_STAY = 0.5  # probability of another frame; the network's classes know better
_MEAN_FRAMES = 1000.0

_MODEL_CONF = """\
--min-active=200
--max-active=3000
--beam=11.0
--lattice-beam=5.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


def export(network: Network, mean: ArrayLike, model: Path) -> None:
    """Write `am/` and `conf/` of a model's folder.

    Args:
        mean: of the features of all training sound.
    """
    for folder in ("am", "conf"):
        (model / folder).mkdir(parents=True, exist_ok=True)
    with (model / "am/final.mdl").open("wb") as file:
        file.write(_BINARY)
        _transitions(file)
        _network(file, network)
    (model / "am/global_cmvn.stats").write_bytes(_BINARY + _statistics(np.asarray(mean, dtype=np.float64)))
    (model / "conf/mfcc.conf").write_text(features.CONF, encoding="utf-8")
    (model / "conf/model.conf").write_text(_MODEL_CONF, encoding="utf-8")


def states() -> Iterator[tuple[int, int]]:
    """Of every acoustic state (voicebot.speech.graph.phones counts them from 1): Kaldi's phone, and the sound.

    Silence, then a sound has four phones by its place in a word; inside `[unk]` all sounds share four.
    """
    yield 1, 0
    for place in range(4 * len(PHONES)):
        yield 2 + place, 1 + place // 4
    for place in range(4):
        for sound in range(1, 1 + len(PHONES)):
            yield 2 + 4 * len(PHONES) + place, sound


def _transitions(file: IO[bytes]) -> None:
    every = list(states())
    phones = every[-1][0]
    _token(file, "<TransitionModel>", "<Topology>")
    _integers(file, range(1, phones + 1))
    _integers(file, [-1, *[0] * phones])
    # One entry, two states: a frame's own and the end; "-1" says that this is not an ordinary HMM.
    for number in (-1, 1, 2, 0, 1, 2, 0):
        _integer(file, number)
    _real(file, _STAY)
    _integer(file, 1)
    _real(file, 1 - _STAY)
    for number in (-1, -1, 0):
        _integer(file, number)
    _token(file, "</Topology>", "<Tuples>")
    _integer(file, len(every))
    for phone, sound in every:
        for number in (phone, 0, 2 * sound, 2 * sound + 1):
            _integer(file, number)
    _token(file, "</Tuples>", "<LogProbs>")
    _vector(file, [0.0, *[np.log(_STAY), np.log(1 - _STAY)] * len(every)])
    _token(file, "</LogProbs>", "</TransitionModel>")


def _network(file: IO[bytes], network: Network) -> None:
    *hidden, output = folded(network)
    lines, components = [f"input-node name=input dim={features.CEPSTRA}"], io.BytesIO()
    source, context = "input", 0
    for number, (weights, bias) in enumerate(hidden, 1):
        reach = FIRST // 2 if number == 1 else STRIDE * (FURTHER // 2)
        step = 1 if number == 1 else STRIDE
        affine, rectified = f"l{number}.affine", f"l{number}.relu"
        lines.append(_node(affine, _append(source, range(-reach, reach + 1, step))))
        lines.append(_node(rectified, affine))
        _affine(components, affine, weights, bias)
        _rectified(components, rectified, len(bias))
        source = rectified if number == 1 else f"Sum({rectified}, {source})"
        context += reach
    lines.append(_node("output.affine", source))
    lines.append("output-node name=output input=output.affine objective=linear")
    _affine(components, "output.affine", *output)
    _token(file, "<Nnet3>")
    file.write(b"\n" + "".join(f"{line}\n" for line in lines).encode() + b"\n")
    _token(file, "<NumComponents>")
    _integer(file, 2 * len(hidden) + 1)
    file.write(components.getvalue())
    _token(file, "</Nnet3>", "<LeftContext>")
    _integer(file, context)
    _token(file, "<RightContext>")
    _integer(file, context)
    _token(file, "<Priors>")
    _vector(file, [])


def _node(name: str, source: str) -> str:
    return f"component-node name={name} component={name} input={source}"


def _append(source: str, offsets: Sequence[int]) -> str:
    return f"Append({', '.join(source if not at else f'Offset({source}, {at})' for at in offsets)})"


def _affine(file: IO[bytes], name: str, weights: np.ndarray, bias: np.ndarray) -> None:
    _token(file, "<ComponentName>", name, "<FixedAffineComponent>", "<LinearParams>")
    _compressed(file, weights)
    _token(file, "<BiasParams>")
    _vector(file, bias)
    _token(file, "</FixedAffineComponent>")


def _rectified(file: IO[bytes], name: str, width: int) -> None:
    _token(file, "<ComponentName>", name, "<RectifiedLinearComponent>", "<Dim>")
    _integer(file, width)
    for average in ("<ValueAvg>", "<DerivAvg>"):
        _token(file, average)
        _vector(file, [])
    _token(file, "<Count>")
    file.write(b"\x08" + struct.pack("<d", 0.0))
    _token(file, "</RectifiedLinearComponent>")


def _compressed(file: IO[bytes], matrix: np.ndarray) -> None:
    """16 bits a number: half the size; Kaldi reads it wherever it reads a matrix."""
    low = float(matrix.min())
    span = max(float(matrix.max()) - low, 1e-6)
    _token(file, "CM2")
    file.write(struct.pack("<ffii", low, span, *matrix.shape))
    file.write(np.round((matrix - low) / span * 65535).astype("<u2").tobytes())


def _statistics(mean: np.ndarray) -> bytes:
    """Sums and squares of `_MEAN_FRAMES` frames that have this mean."""
    rows = np.zeros((2, len(mean) + 1))
    rows[0, :-1], rows[0, -1] = mean * _MEAN_FRAMES, _MEAN_FRAMES
    rows[1, :-1] = (mean**2 + 100) * _MEAN_FRAMES
    sizes = b"".join(b"\x04" + struct.pack("<i", size) for size in rows.shape)
    return b"DM " + sizes + rows.astype("<f8").tobytes()


def _token(file: IO[bytes], *tokens: str) -> None:
    for token in tokens:
        file.write(token.encode() + b" ")


def _integer(file: IO[bytes], number: int) -> None:
    file.write(b"\x04" + struct.pack("<i", number))


def _real(file: IO[bytes], number: float) -> None:
    file.write(b"\x04" + struct.pack("<f", number))


def _integers(file: IO[bytes], numbers: Sequence[int]) -> None:
    _integer(file, len(numbers))
    file.write(np.asarray(numbers, dtype="<i4").tobytes())


def _vector(file: IO[bytes], numbers: ArrayLike) -> None:
    row = np.asarray(numbers, dtype="<f4")
    _token(file, "FV")
    _integer(file, len(row))
    file.write(row.tobytes())
