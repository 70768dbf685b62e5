"""The files of a model's `graph/`, made anew from its lexicon: seconds, and no other program."""

from pathlib import Path

from voicebot.speech.graph.automaton import const_bytes, look_ahead_bytes, read_const
from voicebot.speech.graph.dictation import relabelled
from voicebot.speech.graph.lexicon import FILE, Lexicon
from voicebot.speech.graph.otherwise import with_habits
from voicebot.speech.graph.reach import reachable
from voicebot.speech.graph.tree import graph_of, numbered

_SILENT_WORD = "<eps>"

# OpenFst's property bits: expanded, not an acceptor, not deterministic, writes nothing on some arcs but reads on all,
# sorted by what is written, weighted, cyclic but not through its start, every state of use.
_GRAPH_PROPERTIES = 0x65A566AA0001


def build(model: Path, lexicon: Lexicon, graph: Path) -> None:
    """Write the folder `graph` of a model that knows the words of `lexicon`.

    Args:
        model: the folder of a model with a graph of these or other words; only read.
        graph: is made; where it is the model's own, its files are replaced.
    """
    heard = with_habits(lexicon)
    labels = numbered(heard)
    network = graph_of(heard, labels)
    end = len(labels) + 1
    bigram, properties = read_const((model / "graph/Gr.fst").read_bytes())
    dictation = relabelled(bigram, _labels(model), labels)
    listed = "".join(f"{word} {label}\n" for word, label in ({_SILENT_WORD: 0} | labels).items())
    files = {
        "HCLr.fst": look_ahead_bytes(network, _GRAPH_PROPERTIES, reachable(network, end), end),
        "Gr.fst": const_bytes(dictation, properties),
        "words.txt": listed.encode(),
        FILE.name: lexicon.text().encode(),
        **{name: (model / "graph" / name).read_bytes() for name in ("disambig_tid.int", "phones/word_boundary.int")},
    }
    for name, content in files.items():
        file = graph / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _labels(model: Path) -> dict[str, int]:
    lines = (model / "graph/words.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines)
    return {word: int(label) for word, label in pairs if word != _SILENT_WORD}
