"""Templates and conditions: sandboxed Jinja2 with the Russian filters of `language`."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, StrictUndefined, Template, TemplateError, meta, nodes
from jinja2.environment import TemplateExpression
from jinja2.sandbox import ImmutableSandboxedEnvironment

from voicebot.dialog.ports import Prompt
from voicebot.errors import ScenarioError
from voicebot.language.fragments import fragments
from voicebot.language.speaking import FILTERS

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # spoken, never shown as HTML
_environment.filters.update(FILTERS)
#: In a condition what was not learnt yet is simply not equal to anything.
_comparing = ImmutableSandboxedEnvironment(undefined=ChainableUndefined)

_ALONE = re.compile(r"\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*", re.DOTALL)
#: What a condition may consist of; anything more is an action.
_COMPARISON = (
    nodes.Template,
    nodes.Output,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Neg,
)
_TESTS = ("defined", "undefined", "none")
_COUNTING = ("length", "int")


@lru_cache(maxsize=4096)
def compiled(source: str) -> Template:
    """The compiled template.

    Raises:
        ScenarioError: a syntax error or an unknown filter.
    """
    try:
        return _environment.from_string(source)
    except TemplateError as error:
        raise ScenarioError(
            f"bad template: {error}", place=repr(source), mend="Mend the {{ … }} in this text."
        ) from None


def render(source: str, variables: Mapping[str, Any]) -> str:
    """Fill a template in; runs of white space become one space.

    Raises:
        ScenarioError: a variable or filter does not exist, or a filter refused its value.
    """
    try:
        return " ".join(compiled(source).render(variables).split())
    except (TemplateError, ValueError, TypeError) as error:
        raise ScenarioError(
            f"cannot be filled in: {error}", place=repr(source), mend="Check the names in {{ … }}."
        ) from error


def value(source: str, variables: Mapping[str, Any]) -> Any:
    """As `render`, but `{{ x }}` alone gives x itself: a list, a number, a visit.

    Raises:
        ScenarioError: as `render`.
    """
    alone = _ALONE.fullmatch(source)
    if alone is None:
        return render(source, variables)
    try:
        found = _expression(alone[1])(variables)
    except (TemplateError, ValueError, TypeError):
        found = StrictUndefined()
    return render(source, variables) if isinstance(found, StrictUndefined) else found  # render says what is missing


@lru_cache(maxsize=1024)
def _expression(source: str) -> TemplateExpression:
    return _environment.compile_expression(source, undefined_to_none=False)


@lru_cache(maxsize=1024)
def condition(source: str) -> TemplateExpression:
    """A comparison, ready to be evaluated.

    Raises:
        ScenarioError: no syntax, or more than comparisons.
    """
    mend = "Compare with ==, !=, <, >, in, and, or, not; anything more is an action."
    try:
        for node in _comparing.parse("{{ " + source + " }}").find_all(nodes.Node):
            if not _is_comparison(node):
                what = f"a condition cannot hold {type(node).__name__.lower()}"
                raise ScenarioError(what, place=repr(source), mend=mend)
        return _comparing.compile_expression(source)
    except TemplateError as error:
        raise ScenarioError(f"bad condition: {error}", place=repr(source), mend=mend) from None


def _is_comparison(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Test):
        return node.name in _TESTS
    if isinstance(node, nodes.Filter):
        return node.name in _COUNTING
    return isinstance(node, _COMPARISON)


def holds(source: str, variables: Mapping[str, Any]) -> bool:
    """Whether a condition is true.

    Raises:
        ScenarioError: values that cannot be compared.
    """
    try:
        return bool(condition(source)(variables))
    except (TemplateError, TypeError, ValueError) as error:
        raise ScenarioError(f"cannot be compared: {error}", place=repr(source), mend="Check its values.") from error


def names(source: str, *, is_condition: bool = False) -> Iterator[tuple[str, str]]:
    """(variable, attribute or empty) of everything that a template or condition reads."""
    tree = _environment.parse("{{ " + source + " }}" if is_condition else source)
    free = meta.find_undeclared_variables(tree)
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name in free:
            yield node.node.name, node.attr
    yield from ((name, "") for name in free)


def literals(source: str) -> Iterator[str]:
    """The pieces between a template's values: what it says whatever they are."""
    for data in _environment.parse(source).find_all(nodes.TemplateData):
        yield data.data


def prompt(source: str, variables: Mapping[str, Any]) -> Prompt:
    """A phrase ready to be spoken, cut into fragments."""
    return Prompt(fragments=fragments(render(source, variables)))
