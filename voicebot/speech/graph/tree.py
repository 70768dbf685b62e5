"""The lexicon as a decoding graph: from the acoustic network's transitions to words.

A prefix tree of sounds with words as far forward as they are certain, silence between words, and `[unk]`: any string of
sounds, each at a cost. Nothing of it needs to be determinised, so it is written directly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log

from voicebot.speech.graph import phones
from voicebot.speech.graph.automaton import EPSILON, Arc, Automaton
from voicebot.speech.graph.lexicon import Lexicon
from voicebot.speech.graph.phones import Position

UNKNOWN = "[unk]"

_HALF = log(2)  # silence between words is as likely as none
# Of `[unk]`: less rejects more. On human speech inside and outside grammars 1.8 rejects too much, 2.4 too little.
_INTO_UNKNOWN, _UNKNOWN_PHONE = 1.0, 2.2


@dataclass
class _Node:
    """A prefix of words."""

    after: dict[int, "_Node"] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)  #: below it, or ending here


def numbered(lexicon: Lexicon) -> dict[str, int]:
    """Words to labels, `[unk]` the last: in the tree's order, so that the words below a branch are few intervals."""
    found: dict[str, int] = {}
    todo = [_tree(lexicon)]
    while todo:
        node = todo.pop()
        if not node.after or len(node.words) == 1:
            for word in sorted(node.words):
                found.setdefault(word, len(found) + 1)
        todo += [below for _, below in sorted(node.after.items(), reverse=True)]
    return found | {UNKNOWN: len(found) + 1}


def graph_of(lexicon: Lexicon, labels: Mapping[str, int]) -> Automaton:
    """The decoding graph; arcs sorted by what they write."""
    return _Transitions(_words_by_states(lexicon, labels)).expanded()


def _tree(lexicon: Lexicon) -> _Node:
    root = _Node()
    for word, pronunciations in lexicon.words.items():
        for pronunciation in pronunciations:
            node = root
            for state in phones.in_word(pronunciation):
                node = node.after.setdefault(state, _Node())
                node.words.add(word)
    return root


def _words_by_states(lexicon: Lexicon, labels: Mapping[str, int]) -> Automaton:
    """Reads acoustic states, a whole sound at a time."""
    made = Automaton()
    between, silent = made.state(), made.state()
    made.start = between
    made.final = {between: 0.0, silent: 0.0}
    _add_branches(made, _tree(lexicon), labels, silent, between)
    _add_unknown(made, labels[UNKNOWN], silent, between)
    made.arcs[between] = [
        Arc(phones.silence_state(), EPSILON, _HALF, silent),
        *(Arc(arc.input, arc.output, arc.cost + _HALF, arc.to) for arc in made.arcs[silent]),
    ]
    return made


def _add_branches(made: Automaton, root: _Node, labels: Mapping[str, int], first: int, end: int) -> None:
    todo = [(root, first, False)]
    while todo:
        node, state, written = todo.pop()
        for sound, below in sorted(node.after.items()):
            certain = not written and len(below.words) == 1
            output = labels[next(iter(below.words))] if certain else EPSILON
            if below.after:
                to = made.state()
                made.arcs[state].append(Arc(sound, output, 0.0, to))
                todo.append((below, to, written or certain))
            else:  # words that sound alike end in arcs of their own
                outputs = [EPSILON] if written else [labels[word] for word in sorted(below.words)]
                made.arcs[state] += [Arc(sound, output, 0.0, end) for output in outputs]


def _add_unknown(made: Automaton, label: int, first: int, end: int) -> None:
    inside = made.state()
    for sound in phones.unknown_states(Position.BEGIN):
        made.arcs[first].append(Arc(sound, label, _INTO_UNKNOWN + _UNKNOWN_PHONE, inside))
    for sound in phones.unknown_states(Position.INSIDE):
        made.arcs[inside].append(Arc(sound, EPSILON, _UNKNOWN_PHONE, inside))
    for sound in phones.unknown_states(Position.END):
        made.arcs[inside].append(Arc(sound, EPSILON, _UNKNOWN_PHONE, end))


class _Transitions:
    """Acoustic states spelled out as transitions: one into a state, and one for each further frame in it."""

    def __init__(self, words: Automaton) -> None:
        self._words = words
        self._made = Automaton()
        self._states: dict[tuple[int, int], int] = {}  # of `words`, and the sound by which it was reached
        self._todo: list[tuple[int, int]] = []

    def expanded(self) -> Automaton:
        self._made.start = self._state(self._words.start, 0)
        while self._todo:
            state, sound = self._todo.pop()
            number = self._states[state, sound]
            arcs = self._made.arcs[number]
            if sound:
                arcs.append(Arc(phones.staying(sound), EPSILON, 0.0, number))
            for arc in self._words.arcs[state]:
                to = self._state(arc.to, arc.input)
                arcs.append(Arc(phones.entering(arc.input), arc.output, arc.cost, to))
            arcs.sort(key=lambda arc: (arc.output, arc.input))
            if state in self._words.final:
                self._made.final[number] = self._words.final[state]
        return self._made

    def _state(self, state: int, sound: int) -> int:
        if (state, sound) not in self._states:
            self._states[state, sound] = self._made.state()
            self._todo.append((state, sound))
        return self._states[state, sound]
