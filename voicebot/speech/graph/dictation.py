"""What words are likely to follow one another, where there is no grammar: `graph/Gr.fst`, a bigram with back-off."""

from collections.abc import Mapping

from voicebot.speech.graph.automaton import EPSILON, Arc, Automaton


def relabelled(bigram: Automaton, before: Mapping[str, int], after: Mapping[str, int]) -> Automaton:
    """The bigram with other labels; words that it lacks are as likely as its rarest one, those that are gone left out.

    Args:
        before: the labels of its own words.
        after: those of all words.
    """
    label = {before[word]: after[word] for word in before.keys() & after.keys()} | {EPSILON: EPSILON}
    made = Automaton(start=bigram.start, final=dict(bigram.final))
    for arcs in bigram.arcs:
        kept = (arc for arc in arcs if arc.input in label)
        made.arcs.append([Arc(label[arc.input], label[arc.output], arc.cost, arc.to) for arc in kept])
    alone = _without_history(bigram)
    rarest = max(arc.cost for arc in bigram.arcs[alone])
    made.arcs[alone] += [Arc(after[word], after[word], rarest, alone) for word in after.keys() - before.keys()]
    for arcs in made.arcs:
        arcs.sort(key=lambda arc: arc.input)
    return made


def _without_history(bigram: Automaton) -> int:
    """The state to which all others back off."""
    return next(arc.to for arcs in bigram.arcs for arc in arcs if arc.input == EPSILON)
