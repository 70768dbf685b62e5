"""A model's `am/final.mdl` read back: to go on training from it, and to prove what was written."""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.tiny_ru.features import Features
from tools.tiny_ru.network import Network, plain

_LAYER = re.compile(rb"<ComponentName> (\S+) <FixedAffineComponent> <LinearParams> CM2 ")
_NODE = re.compile(r"component-node name=(\S+) component=\S+ input=(.+)")


@dataclass(frozen=True, kw_only=True)
class Nnet3:
    """Layers and how they are joined."""

    layers: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]  #: name → weights (out, in), bias
    nodes: dict[str, str]  #: name → what it reads, in Kaldi's words


def read(file: Path) -> Nnet3:
    """A file that `kaldi.export` wrote, or the prototype."""
    data = file.read_bytes()
    text = data[data.index(b"<Nnet3>") : data.index(b"<NumComponents>")].decode()
    layers = {match.group(1).decode(): _layer(data, match.end()) for match in _LAYER.finditer(data)}
    return Nnet3(layers=layers, nodes=dict(_NODE.findall(text)))


def _layer(data: bytes, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, span, rows, columns = struct.unpack_from("<ffii", data, place)
    place += 16
    weights = np.frombuffer(data, "<u2", rows * columns, place).astype(np.float64) / 65535 * span + low
    place += 2 * rows * columns + len(b"<BiasParams> FV \x04")
    (count,) = struct.unpack_from("<i", data, place)
    bias = np.frombuffer(data, "<f4", count, place + 4).astype(np.float64)
    return weights.reshape(rows, columns), bias


def output(model: Nnet3, features: Features, frame: int) -> NDArray[np.float64]:
    """What the network says of one frame (mean already subtracted), computed node by node as Kaldi defines them."""
    return _at(model, model.nodes["output.affine"], features, frame, "output.affine")


def _at(model: Nnet3, source: str, features: Features, frame: int, name: str) -> NDArray[np.float64]:
    """The value of node `name`, which reads `source`."""
    value = _value(model, source, features, frame)
    if name in model.layers:
        weights, bias = model.layers[name]
        value = weights @ value + bias
    else:
        value = np.maximum(value, 0)
    return value


def _value(model: Nnet3, source: str, features: Features, frame: int) -> NDArray[np.float64]:
    """A descriptor's value: `x`, `Offset(x, n)`, `Append(…)` or `Sum(…)`."""
    if source == "input":
        row: NDArray[np.float64] = features[min(max(frame, 0), len(features) - 1)].astype(np.float64)
        return row
    for word in ("Append", "Sum"):
        if source.startswith(f"{word}("):
            parts = [_value(model, part, features, frame) for part in _parts(source[len(word) + 1 : -1])]
            return np.concatenate(parts) if word == "Append" else np.sum(parts, axis=0)
    if source.startswith("Offset("):
        inner, shift = source[len("Offset(") : -1].rsplit(", ", 1)
        return _value(model, inner, features, frame + int(shift))
    return _at(model, model.nodes[source], features, frame, source)


def _parts(text: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[begin:place].strip())
            begin = place + 1
    return [*parts, text[begin:].strip()]


def network(file: Path) -> Network:
    """A network with these weights; see `network.plain`."""
    return plain(list(read(file).layers.values()))


def mean(file: Path) -> NDArray[np.float64]:
    """Of all training features, out of a model's `am/global_cmvn.stats`."""
    data = file.read_bytes()
    begin = data.index(b"DM ") + 3
    _, columns = struct.unpack_from("<xixi", data, begin)  # a row of sums, and one of sums of squares
    sums = np.frombuffer(data, "<f8", columns, begin + 10)
    average: NDArray[np.float64] = sums[:-1] / sums[-1]
    return average
