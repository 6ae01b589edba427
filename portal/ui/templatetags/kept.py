"""Parts of a page that are the same for many: drawn once by a process, and kept."""

from collections.abc import Hashable
from datetime import date
from typing import Any

from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = Library()

# Versions of one part that a process keeps, then it starts anew.
VERSIONS = 256
_PLAIN = frozenset({str, SafeString, int, bool, type(None), date})


@register.tag
def kept(parser: Parser, token: Token) -> Node:
    """``{% kept name=user.first_name staff=user.is_staff %}…{% endkept %}``.

    Inside there is nothing but the values named here and the language: no request, no user. So
    what is kept of one person's page can say nothing to another who has other values. Values are
    plain (text, numbers, days, truth, or tuples of them), and nothing that a visitor may choose
    freely, like an address: each combination is kept.
    """
    words = token.split_contents()[1:]
    values = token_kwargs(words, parser)
    if words:
        raise TemplateSyntaxError("kept takes name=value only.")
    inside = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(inside, values)


class KeptNode(Node):
    child_nodelists = ("inside",)

    def __init__(self, inside: NodeList, values: dict[str, FilterExpression]) -> None:
        self.inside = inside
        self.names, self.wanted = tuple(values), tuple(values.values())
        self.versions: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        values = [wanted.resolve(context) for wanted in self.wanted]
        # The kinds as well: 1 is equal to True, and text that is escaped to text that is not.
        kinds: tuple[Any, ...] = tuple(map(type, values))
        if not _PLAIN.issuperset(kinds):
            values = list(map(_plain, values))
            kinds = _kinds(values)
        key = (language, context.autoescape, kinds, *values)
        found = self.versions.get(key)
        if found is None:
            found = self._draw(context, {"LANGUAGE_CODE": language, **self._named(values)})
            if len(self.versions) >= VERSIONS:
                self.versions.clear()
            self.versions[key] = found
        return found

    def _named(self, values: list[Any]) -> dict[str, Any]:
        return dict(zip(self.names, values, strict=True))

    def _draw(self, around: Context, values: dict[str, Any]) -> SafeString:
        alone = Context(values, autoescape=around.autoescape)
        assert around.template is not None  # noqa: S101 - it is what is being drawn
        with alone.bind_template(around.template):
            return self.inside.render(alone)


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):  # text in the language, which is part of the key
        return str(value)
    return tuple(value) if isinstance(value, list) else value


def _kinds(values: Any) -> tuple[Any, ...]:
    """Raises TypeError for what could change while it stays equal, like a row of the database."""
    found = []
    for value in values:
        kind = type(value)
        if kind not in _PLAIN and not isinstance(value, tuple):
            raise TypeError(f"kept takes plain values, not {kind.__name__}.")
        found.append(kind if kind in _PLAIN else _kinds(value))
    return tuple(found)
