"""Weighted transducers as OpenFst writes them: `const`, and `olabel_lookahead` with what each state can come to.

The layouts are those of OpenFst 1.8 (fst.cc, const-fst.h, add-on.h, label-reachable.h, interval-set.h), little-endian.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import SpeechError

EPSILON = 0  #: the label of an arc that reads or writes nothing

_MAGIC, _ADDED_MAGIC = 2125659606, 446681434
_CONST_VERSION, _ADDED_VERSION = 2, 1
_STATE = np.dtype([("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("no_input", "<u4"), ("no_output", "<u4")])
_ARC = np.dtype([("input", "<i4"), ("output", "<i4"), ("cost", "<f4"), ("to", "<i4")])


@dataclass(frozen=True, slots=True)
class Arc:
    """A way from one state to another."""

    input: int  #: EPSILON: reads nothing
    output: int
    cost: float  #: negative logarithm of a probability
    to: int


@dataclass(kw_only=True)
class Automaton:
    """States are numbers from 0; `arcs[state]` leave it, `final[state]` is the cost of ending there."""

    start: int = 0
    arcs: list[list[Arc]] = field(default_factory=list)
    final: dict[int, float] = field(default_factory=dict)

    def state(self) -> int:
        """A new one."""
        self.arcs.append([])
        return len(self.arcs) - 1


def read_const(data: bytes) -> tuple[Automaton, int]:
    """A `const` file: the automaton and its property bits.

    Raises:
        SpeechError: it is something else.
    """
    place = struct.calcsize("<i")
    magic = struct.unpack_from("<i", data)[0]
    kind, place = _string(data, place)
    arc_kind, place = _string(data, place)
    if (magic, kind, arc_kind) != (_MAGIC, "const", "standard"):
        raise SpeechError(f"not a constant automaton but {kind!r}", mend="Install the model again.")
    _, _, properties, start, states, arcs = struct.unpack_from("<iiQqqq", data, place)
    place += struct.calcsize("<iiQqqq")
    rows = np.frombuffer(data, _STATE, states, place)
    every = np.frombuffer(data, _ARC, arcs, place + rows.nbytes).tolist()
    made = Automaton(start=start)
    for number, row in enumerate(rows.tolist()):
        final, first, count = row[:3]
        made.arcs.append([Arc(*arc) for arc in every[first : first + count]])
        if final != float("inf"):
            made.final[number] = final
    return made, properties


def const_bytes(automaton: Automaton, properties: int) -> bytes:
    """The `const` file of an automaton; its arcs must be in the order that the property bits promise."""
    counts = np.array([len(arcs) for arcs in automaton.arcs])
    arcs = np.array([(arc.input, arc.output, arc.cost, arc.to) for arcs in automaton.arcs for arc in arcs], dtype=_ARC)
    states = np.zeros(len(counts), dtype=_STATE)
    states["final"] = float("inf")
    for state, cost in automaton.final.items():
        states["final"][state] = cost
    states["arcs"], states["first"] = counts, np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(counts)), counts)
    for counted, label in (("no_input", "input"), ("no_output", "output")):
        states[counted] = np.bincount(owner[arcs[label] == EPSILON], minlength=len(counts))
    head = _header("const", _CONST_VERSION, properties, automaton.start, len(counts), len(arcs))
    return head + states.tobytes() + arcs.tobytes()


def look_ahead_bytes(automaton: Automaton, properties: int, reach: Sequence[NDArray[np.int32]], final: int) -> bytes:
    """The `olabel_lookahead` file of an automaton.

    Args:
        reach: of each state the intervals of output labels (rows of first and behind the last) that can come next;
            `final` among them where the end can be reached without writing.
        final: the label that stands for the end.
    """
    parts = [
        _header("olabel_lookahead", _ADDED_VERSION, properties, -1, 0, 0),
        struct.pack("<i", _ADDED_MAGIC),
        const_bytes(automaton, properties),
        struct.pack("<???", True, False, True),  # something is added: nothing about input labels, output labels
        struct.pack("<??iq", False, False, final, len(reach)),  # not of input; the table of labels is not kept
    ]
    for intervals in reach:
        parts += [struct.pack("<q", len(intervals)), intervals.astype("<i4").tobytes()]
        parts.append(struct.pack("<i", int((intervals[:, 1] - intervals[:, 0]).sum())))
    return b"".join(parts)


def _header(kind: str, version: int, properties: int, start: int, states: int, arcs: int) -> bytes:
    names = b"".join(struct.pack("<i", len(name)) + name.encode() for name in (kind, "standard"))
    flags = 0  # no symbol tables, not aligned
    return struct.pack("<i", _MAGIC) + names + struct.pack("<iiQqqq", version, flags, properties, start, states, arcs)


def _string(data: bytes, place: int) -> tuple[str, int]:
    length = struct.unpack_from("<i", data, place)[0]
    place += struct.calcsize("<i")
    return data[place : place + length].decode(errors="replace"), place + length
