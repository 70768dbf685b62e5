"""Prompt templates: sandboxed Jinja2 with the Russian filters of `language`."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from voicebot.dialog.ports import Prompt
from voicebot.errors import ScenarioError
from voicebot.language.fragments import fragments
from voicebot.language.speaking import FILTERS

_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # spoken, never shown as HTML
_environment.filters.update(FILTERS)


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


def prompt(source: str, variables: Mapping[str, Any]) -> Prompt:
    """A phrase ready to be spoken, cut into fragments."""
    return Prompt(fragments=fragments(render(source, variables)))
