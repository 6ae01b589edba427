"""Parts of pages that a process draws once and keeps, and widgets drawn without templates."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.cache import caches
from django.forms.renderers import TemplatesSetting
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from portal.accounts.activity import _due
from portal.provider.models import Provider
from portal.provider.services import forget_provider, shown_provider
from portal.ui.templatetags import kept
from tests.factories import Cast


def drawn(source: str, **values: Any) -> str:
    return str(Template(source).render(Context(values)))


def test_a_kept_part_sees_what_it_is_kept_for_and_nothing_else() -> None:
    source = (
        "{% kept name=user.name %}{{ name }}/{{ user.name }}/{{ request }}/{{ other }}{% endkept %}"
    )
    user = SimpleNamespace(name="Ana")
    assert drawn(source, user=user, request="R", other="O") == "Ana///"


def test_each_combination_of_values_has_its_own_version() -> None:
    template = Template("{% kept name=name staff=staff %}{{ name }}{{ staff }}{% endkept %}")
    seen = [
        template.render(Context({"name": name, "staff": staff}))
        for name, staff in (
            ("Ana", True),
            ("Bruno", True),
            ("Ana", False),
            ("Ana", 1),
            ("Ana", True),
        )
    ]
    assert seen == ["AnaTrue", "BrunoTrue", "AnaFalse", "Ana1", "AnaTrue"]


def test_text_that_is_escaped_is_not_taken_for_the_same_text_that_is_not() -> None:
    template = Template("{% kept text=text %}{{ text }}{% endkept %}")
    for _round in range(2):
        assert template.render(Context({"text": mark_safe("<b>")})) == "<b>"
        assert template.render(Context({"text": "<b>"})) == "&lt;b&gt;"


def test_a_kept_part_has_one_version_per_language() -> None:
    template = Template("{% kept %}{% translate 'Invoices' %}{% endkept %}")
    for language, word in (("pt-br", "Faturas"), ("en", "Invoices"), ("pt-br", "Faturas")):
        with translation.override(language):
            assert template.render(Context()) == word


def test_words_lists_and_days_may_be_kept() -> None:
    source = "{% kept word=word days=days %}{{ word }}{% for d in days %} {{ d|period }}{% endfor %}{% endkept %}"
    with translation.override("pt-br"):
        found = drawn(source, word=_("Invoices"), days=[date(2026, 3, 1), date(2026, 4, 1)])
    assert found == "Faturas 03/2026 04/2026"


@pytest.mark.parametrize("value", [Provider(pk=1), [Provider(pk=1)], {"a": 1}, object()])
def test_what_can_change_while_it_stays_equal_is_not_kept(value: Any) -> None:
    with pytest.raises(TypeError, match="plain values"):
        drawn("{% kept thing=thing %}{{ thing }}{% endkept %}", thing=value)


def test_a_kept_part_takes_named_values_only() -> None:
    with pytest.raises(TemplateSyntaxError):
        Template("{% kept name %}{% endkept %}")


def test_a_kept_part_forgets_when_it_has_too_many_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "VERSIONS", 3)
    template = Template("{% kept n=n %}{{ n }}{% endkept %}")
    assert [template.render(Context({"n": n})) for n in range(10)] == [str(n) for n in range(10)]
    [node] = template.nodelist
    assert isinstance(node, kept.KeptNode)
    assert len(node.versions) <= 3


class Every(forms.Form):
    text = forms.CharField(
        initial="a\"<b>&'", widget=forms.TextInput({"placeholder": _("Invoices")})
    )
    empty = forms.CharField(required=False)
    number = forms.IntegerField(initial=12345)
    email = forms.EmailField(widget=forms.EmailInput({"autofocus": True, "data-x": False}))
    secret = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput, initial="<h>")
    day = forms.DateField(initial=date(2026, 3, 1), widget=forms.DateInput({"type": "date"}))
    choice = forms.ChoiceField(
        initial="b",
        choices=[("", _("All")), ("a", "<A>"), ("b", mark_safe("<i>B</i>")), (2026, 2026)],
    )
    grouped = forms.ChoiceField(choices=[("<G>", [("1", "One"), ("2", "Two")]), ("3", "Three")])
    many = forms.MultipleChoiceField(initial=["a", "c"], choices=[(c, c) for c in "abc"])


@pytest.mark.parametrize(
    "data", [None, {"text": "<x>", "choice": "zz", "many": ["b"], "grouped": "2"}]
)
def test_widgets_are_drawn_as_djangos_templates_draw_them(data: Any) -> None:
    import re

    def plain(html: str) -> str:
        return re.sub(r"\s*\n\s*", "", html)

    ours, theirs = Every(data), Every(data, renderer=TemplatesSetting())
    for name in Every.base_fields:
        assert plain(str(ours[name].as_widget())) == plain(str(theirs[name].as_widget()))


def test_a_change_of_the_provider_shows_at_once_where_it_is_made(cast: Cast) -> None:
    assert shown_provider().short_name != "Novo"
    Provider.objects.update_or_create(
        pk=1, defaults={"name": "Novo nome", "short_name": "Novo", "email": "a@b.example"}
    )
    forget_provider()
    assert "Novo nome" in Client().get("/").content.decode()


def test_another_process_shows_a_change_of_the_provider_after_seconds(cast: Cast) -> None:
    shown_provider()
    Provider.objects.update_or_create(
        pk=1, defaults={"name": "Novo nome", "short_name": "Novo", "email": "a@b.example"}
    )
    caches["default"].clear()  # as the process that made the change does
    assert shown_provider().short_name != "Novo"
    caches["process"].clear()  # as five seconds do
    assert shown_provider().short_name == "Novo"


@pytest.mark.state
def test_activity_is_noted_once_a_minute_by_all_processes_together() -> None:
    assert _due("sessao")
    assert not _due("sessao")
    caches["process"].clear()  # another process
    assert not _due("sessao")
    assert _due("outra")
