"""A scenario as an SVG picture: steps in layers from top to bottom, ways as curves."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from voicebot.dialog.drawing import Arrow, Node, arrows, nodes
from voicebot.dialog.scenario import Dialogue, Scenario

_WIDE, _HIGH = 210, 46  # of a step
_ACROSS, _DOWN = 40, 70  # between steps
_MARGIN, _TITLE = 30, 40
_SWEEPS = 6  # rounds of bringing neighbours together
_COLOURS = {
    "say": "#e8f1fb",
    "ask": "#fff4d6",
    "form": "#ffe6c7",
    "do": "#e3f4e1",
    "call": "#efe4f7",
    "end": "#dddddd",
}
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    ' font-family="sans-serif" font-size="12">\n'
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>\n'
    '<rect width="100%" height="100%" fill="white"/>\n'
)
Places = Mapping[str, tuple[float, float]]  #: name → left, top


def picture(scenario: Scenario) -> str:
    """The scenario, and its sub-dialogues below it."""
    parts: list[str] = []
    top, wide = float(_MARGIN), 0.0
    for dialogue in scenario.dialogues:
        drawn, size = _dialogue(dialogue, top)
        parts += drawn
        top += size[1] + _MARGIN
        wide = max(wide, size[0])
    return _HEAD.format(wide=round(wide + 2 * _MARGIN), high=round(top)) + "\n".join(parts) + "\n</svg>\n"


def _dialogue(dialogue: Dialogue, top: float) -> tuple[list[str], tuple[float, float]]:
    found, ways = list(nodes(dialogue)), list(arrows(dialogue))
    layers = _layers(dialogue.start, [node.name for node in found], ways)
    places = _places(layers, top + _TITLE)
    title = f'<text x="{_MARGIN}" y="{top + 16}" font-size="16" font-weight="bold">{escape(dialogue.title)}</text>'
    lines = [title, *(_arrow(way, places) for way in ways), *(_node(node, places[node.name]) for node in found)]
    lines += _labels(ways, places)
    wide = max(left for left, _ in places.values()) + _WIDE
    high = max(place[1] for place in places.values()) + _HIGH - top
    return lines, (wide, high)


def _layers(start: str, names: Sequence[str], ways: Sequence[Arrow]) -> list[list[str]]:
    """By the distance from the start; in a layer neighbours stand below whom they come from."""
    distance = _distances(start, names, ways)
    layers: list[list[str]] = [[] for _ in range(max(distance.values()) + 1)]
    for name in names:
        layers[distance[name]].append(name)
    near: dict[str, list[str]] = {name: [] for name in names}
    for way in ways:
        near[way.start].append(way.end)
        near[way.end].append(way.start)
    for _ in range(_SWEEPS):
        position = {name: place / len(layer) for layer in layers for place, name in enumerate(layer)}
        for layer in layers:
            layer.sort(key=lambda name: sum(position[one] for one in near[name]) / max(1, len(near[name])))
    return layers


def _distances(start: str, names: Sequence[str], ways: Sequence[Arrow]) -> dict[str, int]:
    """Steps that only events lead to come below those that are reached from the start."""
    distance: dict[str, int] = {}
    for root in (start, *names):
        front = [] if root in distance else [root]
        level = 0 if root == start else 1 + max(distance.values(), default=0) if front else 0
        while front:
            distance |= dict.fromkeys(front, level)
            after = dict.fromkeys(way.end for way in ways if way.start in front and way.end not in distance)
            front, level = list(after), level + 1
    return distance


def _places(layers: Sequence[Sequence[str]], top: float) -> dict[str, tuple[float, float]]:
    widest = max(len(layer) for layer in layers)
    places = {}
    for row, layer in enumerate(layers):
        indent = (widest - len(layer)) * (_WIDE + _ACROSS) / 2
        for column, name in enumerate(layer):
            places[name] = (_MARGIN + indent + column * (_WIDE + _ACROSS), top + row * (_HIGH + _DOWN))
    return places


def _node(node: Node, place: tuple[float, float]) -> str:
    left, top = place
    middle = left + _WIDE / 2
    lines = [f'<text x="{middle}" y="{top + 19}" text-anchor="middle" font-weight="bold">{escape(node.name)}</text>']
    if node.text:
        small = 'text-anchor="middle" font-size="9" fill="#333"'
        lines.append(f'<text x="{middle}" y="{top + 36}" {small}>{escape(node.text)}</text>')
    round_ = 22 if node.kind in ("ask", "end") else 4
    box = f'<rect x="{left}" y="{top}" width="{_WIDE}" height="{_HIGH}" rx="{round_}"'
    return f'{box} fill="{_COLOURS[node.kind]}" stroke="#555"/>' + "".join(lines)


def _ends(way: Arrow, places: Places) -> tuple[float, float, float, float]:
    (x1, y1), (x2, y2) = places[way.start], places[way.end]
    if y2 > y1:
        return x1 + _WIDE / 2, y1 + _HIGH, x2 + _WIDE / 2, y2
    return x1 + _WIDE, y1 + _HIGH / 2, x2 + _WIDE, y2 + _HIGH / 2


def _arrow(way: Arrow, places: Places) -> str:
    x1, y1, x2, y2 = _ends(way, places)
    if places[way.end][1] > places[way.start][1]:
        curve = f"C{x1} {y1 + _DOWN / 2} {x2} {y2 - _DOWN / 2} {x2} {y2}"
    else:
        side = max(x1, x2) + _ACROSS
        curve = f"C{side} {y1} {side} {y2} {x2} {y2}"
    return f'<path d="M{x1} {y1} {curve}" fill="none" stroke="#888" marker-end="url(#tip)"/>'


def _labels(ways: Sequence[Arrow], places: Places) -> Iterator[str]:
    for way in ways:
        x1, y1, x2, y2 = _ends(way, places)
        if way.label:
            x, y = x1 + (x2 - x1) * 0.3, y1 + (y2 - y1) * 0.3
            halo = 'paint-order="stroke" stroke="white" stroke-width="3"'
            yield f'<text x="{x}" y="{y}" text-anchor="middle" font-size="10" {halo}>{escape(way.label)}</text>'
