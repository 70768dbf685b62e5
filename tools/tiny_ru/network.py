"""The acoustic network: one look at seven frames, then residual layers at a third of the rate."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tools.tiny_ru.features import CEPSTRA
from voicebot.speech.graph.phones import PHONES

CLASSES = 2 * (1 + len(PHONES))  #: of a sound: its first frame, and each further one; silence is the first sound
STRIDE = 3  #: frames of features for one of the output
FIRST, FURTHER = 7, 3  #: how many frames a layer looks at


class Layer(nn.Module):
    """An affine look at some frames, its norm, and what is above zero of it."""

    def __init__(self, inputs: int, width: int, taps: int, stride: int = 1) -> None:
        super().__init__()
        self.affine = nn.Conv1d(inputs, width, taps, stride=stride)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, features: Tensor) -> Tensor:
        return torch.relu(self.norm(self.affine(features)))


class Network(nn.Module):
    """Features (batch, CEPSTRA, frames + 2 `context`) → (batch, frames / 3, CLASSES), twice: for MMI, and for the
    cross-entropy that steadies it; only the first is exported.
    """

    def __init__(self, width: int = 256, layers: int = 5) -> None:
        super().__init__()
        self.hidden = nn.ModuleList(
            [Layer(CEPSTRA, width, FIRST, STRIDE), *(Layer(width, width, FURTHER) for _ in range(layers))]
        )
        self.output, self.steady = nn.Conv1d(width, CLASSES, 1), nn.Conv1d(width, CLASSES, 1)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(_bias(self.output))
        self.drop = nn.Dropout(0.1)

    @property
    def layers(self) -> list[Layer]:
        """But for the outputs."""
        return [layer for layer in self.hidden if isinstance(layer, Layer)]

    @property
    def weights(self) -> int:
        """How many numbers are learnt."""
        return sum(weights.numel() for weights in self.parameters())

    @property
    def context(self) -> int:
        """Frames of features that are needed on each side."""
        return FIRST // 2 + STRIDE * (FURTHER // 2) * (len(self.layers) - 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        first, *further = self.layers
        hidden = first(features)
        for layer in further:
            hidden = self.drop(layer(hidden)) + hidden[:, :, 1:-1]
        return self.output(hidden).transpose(1, 2), self.steady(hidden).transpose(1, 2)


def padded(features: Tensor, context: int) -> Tensor:
    """(frames, CEPSTRA) with the first and last frame repeated on both sides, as Kaldi does."""
    return torch.cat([features[:1].expand(context, -1), features, features[-1:].expand(context, -1)])


def save(file: Path, network: Network, about: dict[str, Any]) -> None:
    """A checkpoint; `about` is read back by `load`."""
    draft = file.with_suffix(".new")
    shape = {"width": network.output.in_channels, "layers": len(network.layers) - 1}
    torch.save({"network": network.state_dict(), "shape": shape, "about": about}, draft)
    draft.replace(file)


def load(file: Path) -> tuple[Network, dict[str, Any]]:
    """A checkpoint that `save` wrote."""
    stored = torch.load(file, weights_only=False)
    network = Network(**stored["shape"])
    network.load_state_dict(stored["network"])
    return network, stored["about"]


def folded(network: Network) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Of each layer weights (out, taps × in) and bias, the norms of evaluation worked into them; the output is last."""
    found = []
    for layer in network.layers:
        mean, variance = statistics(layer.norm)
        gain = layer.norm.weight.double() / torch.sqrt(variance.double() + layer.norm.eps)
        weight = layer.affine.weight.double() * gain[:, None, None]
        bias = (_bias(layer.affine).double() - mean.double()) * gain + layer.norm.bias.double()
        found.append((weight.permute(0, 2, 1).reshape(len(bias), -1).detach().numpy(), bias.detach().numpy()))
    out = network.output
    found.append((out.weight[:, :, 0].detach().double().numpy(), _bias(out).detach().double().numpy()))
    return found


def plain(layers: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Network:
    """A network of what `folded` gives. Its norms do nothing until `train.settle` has measured some sound."""
    *hidden, (weights, bias) = layers
    made = Network(width=weights.shape[1], layers=len(hidden) - 1)
    for layer, (own, own_bias) in zip(made.layers, hidden, strict=True):
        put(layer.affine, own, own_bias)
        statistics(layer.norm)[1].fill_(1 - layer.norm.eps)
    for output in (made.output, made.steady):  # in no file is the second, and from nothing it would push hard
        put(output, weights, bias)
    return made.eval()


def blended(shares: Sequence[tuple[Network, float]]) -> Network:
    """Between networks that began with the same one: it hears better than each, and with a share of the one that they
    began with it forgets less of what that one heard. The shares' sum is 1.

    (Weight-space ensembles: Wortsman et al., "Robust fine-tuning of zero-shot models", 2021, "Model soups", 2022.)
    """
    layers = zip(*([(share * w, share * b) for w, b in folded(network)] for network, share in shares), strict=True)
    return plain([(np.sum([w for w, _ in layer], axis=0), np.sum([b for _, b in layer], axis=0)) for layer in layers])


def put(affine: nn.Conv1d, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    """Weights as `folded` gives them."""
    taps = affine.kernel_size[0]
    shaped = weights.reshape(len(bias), taps, -1).transpose(0, 2, 1).copy()
    with torch.no_grad():
        affine.weight.copy_(torch.from_numpy(shaped))
        _bias(affine).copy_(torch.from_numpy(bias.copy()))


def statistics(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Running mean and variance."""
    assert norm.running_mean is not None and norm.running_var is not None
    return norm.running_mean, norm.running_var


def _bias(affine: nn.Conv1d) -> Tensor:
    assert affine.bias is not None
    return affine.bias
