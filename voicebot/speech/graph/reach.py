"""Which words can come next in each state of a decoding graph: by this a grammar is looked ahead."""

import numpy as np
from numpy.typing import NDArray

from voicebot.speech.graph.automaton import EPSILON, Automaton


def reachable(graph: Automaton, end: int) -> list[NDArray[np.int32]]:
    """Of every state the labels that its paths may write first: rows of an interval's first label and the one after.

    `end` stands for coming to a final state without writing anything.
    """
    sets = [_written(graph, state, end) for state in range(len(graph.arcs))]  # a bit per label
    silent = [[arc.to for arc in arcs if arc.output == EPSILON] for arcs in graph.arcs]
    changed = True
    while changed:
        changed = False
        for state in reversed(range(len(sets))):  # most ways lead to states that were made later
            before = sets[state]
            for to in silent[state]:
                sets[state] |= sets[to]
            changed = changed or sets[state] != before
    known = {bits: _intervals(bits) for bits in set(sets)}
    return [known[bits] for bits in sets]


def _written(graph: Automaton, state: int, end: int) -> int:
    bits = 1 << end if state in graph.final else 0
    for label in {arc.output for arc in graph.arcs[state]} - {EPSILON}:
        bits |= 1 << label
    return bits


def _intervals(bits: int) -> NDArray[np.int32]:
    packed = np.frombuffer(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), dtype=np.uint8)
    flags = np.unpackbits(packed, bitorder="little").astype(np.int8)
    return np.flatnonzero(np.diff(flags, prepend=0, append=0)).astype(np.int32).reshape(-1, 2)
