"""Companies, units and people by what somebody typed: each meaning of a text by an index."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Company, Unit, User
from portal.taxid import format_tax_id, is_cnpj, is_cpf, normalise
from portal.ui.search import PrefixOrder, SearchCriterion, search, words_of

SHOWN = 20
_WORDS = 4
_MOST_TYPED = 100  # characters that are looked at


@dataclass(frozen=True)
class Match:
    """A row as it is offered: ``text`` goes into the field, ``detail`` tells it from its like."""

    key: int
    text: str
    detail: str


@dataclass(frozen=True)
class Matches:
    """The first matches; ``more`` says that there are others."""

    rows: list[Match]
    more: bool


@dataclass(frozen=True)
class NothingYet:
    """Said where there is nothing to choose from; ``filled_at`` is empty for who may not add it."""

    text: str | Promise
    filled_at: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What may be picked. ``visible``: the rows that a person may pick from. ``exact``: what names
    one row whole, whatever else begins so. ``url_name``: the address that finds as one types.
    ``asks``: what the button that searches is called. ``none_yet``: what staff read while there is
    none at all; whoever holds ``permission`` adds the first at ``filled_at``."""

    asks: str | Promise
    none_yet: str | Promise
    filled_at: str
    permission: str
    url_name: str
    visible: Callable[[Any], QuerySet[Any]]
    exact: Callable[[str], Q | None]
    criteria: Callable[[str], list[SearchCriterion]]
    as_match: Callable[[Any], Match]

    def nothing_yet(self, user: Any) -> "NothingYet | None":
        """For staff: that there is nothing to pick from, and where the first is added."""
        if not (user and user.is_staff) or self.visible(user).exists():
            return None
        return NothingYet(self.none_yet, self.filled_at if user.has_perm(self.permission) else "")

    def find(self, user: Any, typed: str) -> Matches:
        """The first rows that go with a text; none for an empty one."""
        text = clean(typed)
        if not text:
            return Matches([], more=False)
        rows = self.visible(user)
        found = search(rows, self._all_criteria(text), SHOWN)
        by_key = rows.in_bulk(found.keys)
        shown = [self.as_match(by_key[key]) for key in found.keys if key in by_key]
        return Matches(shown, more=found.cut)

    def get(self, user: Any, key: str) -> Model | None:
        """The row with this key, if the person may see it."""
        if not (key.isascii() and key.isdigit() and len(key) < 19):
            return None
        try:
            found: Model = self.visible(user).get(pk=int(key))
        except ObjectDoesNotExist:
            return None
        return found

    def named(self, user: Any, typed: str) -> Model | None:
        """The row that a text names whole, or that alone goes with it."""
        exact = self.exact(clean(typed))
        if exact is not None and (row := self.visible(user).filter(exact).first()):
            found: Model = row
            return found
        matches = self.find(user, typed)
        return self.get(user, str(matches.rows[0].key)) if len(matches.rows) == 1 else None

    def _all_criteria(self, text: str) -> list[SearchCriterion]:
        exact = self.exact(text)
        return [*([SearchCriterion(exact)] if exact is not None else []), *self.criteria(text)]


def clean(typed: str) -> str:
    """What is seen of what was typed, or put into the field by choosing: of ``AUR-01 – Sede`` the
    code."""
    return " ".join(words_of(typed[:_MOST_TYPED])).partition(" – ")[0].strip()


def _whole_number(text: str, field: str) -> Q | None:
    number = normalise(text)
    return Q(**{field: number}) if is_cpf(number) or is_cnpj(number) else None


def _company_criteria(text: str) -> list[SearchCriterion]:
    found = [SearchCriterion(Q(name__words=text))]
    if " " not in text:
        found.append(SearchCriterion(Q(email__startswith=text.lower())))
    return found


def _unit_criteria(text: str) -> list[SearchCriterion]:
    """The beginning of a code; words of the unit's name, of its company's, or some of each."""
    found = [
        SearchCriterion(Q(code__startswith=start), (PrefixOrder("code"),))
        for start in dict.fromkeys((text, text.upper()))
    ]
    found += [SearchCriterion(Q(name__words=text)), SearchCriterion(Q(company__name__words=text))]
    words = text.split()[:_WORDS]
    for at in range(1, len(words)):
        first, rest = " ".join(words[:at]), " ".join(words[at:])
        for of_company, of_unit in ((first, rest), (rest, first)):
            both = Q(company__name__words=of_company) & Q(name__words=of_unit)
            found.append(SearchCriterion(both))
    return found


def _person_criteria(text: str) -> list[SearchCriterion]:
    found = [SearchCriterion(Q(name__words=text))]
    if " " not in text:
        found.append(SearchCriterion(Q(email__startswith=text.lower()), (PrefixOrder("email"),)))
    return found


def _companies(user: Any) -> QuerySet[Company]:
    return Company.objects.visible_to(user).filter(is_active=True)


def _units(user: Any) -> QuerySet[Unit]:
    units = Unit.objects.visible_to(user).filter(is_active=True, company__is_active=True)
    return units.select_related("company")


def _people(user: Any) -> QuerySet[User]:
    """Staff who may look people up find everybody who is active; nobody else finds anybody."""
    if not (user.is_active and user.is_staff and user.has_perm("accounts.view_user")):
        return User.objects.none()
    return User.objects.filter(is_active=True)


def _unit_named(text: str) -> Q:
    by_number = _whole_number(text, "cnpj")
    by_code = Q(code__iexact=text)
    return by_code | by_number if by_number is not None else by_code


def _person_named(text: str) -> Q | None:
    return Q(email=text.lower()) if "@" in text else _whole_number(text, "cpf")


KINDS: dict[str, Kind] = {
    "company": Kind(
        asks=_("Search for a company"), none_yet=_("There is no company yet."),
        filled_at="admin:accounts_company_changelist", permission="accounts.add_company",
        url_name="accounts:find_company", visible=_companies, criteria=_company_criteria,
        exact=lambda text: _whole_number(text, "tax_id"),
        as_match=lambda row: Match(row.pk, row.name, format_tax_id(row.tax_id)),
    ),
    "unit": Kind(
        asks=_("Search for a unit"), none_yet=_("There is no unit yet: they are added at their company."),
        filled_at="admin:accounts_company_changelist", permission="accounts.add_unit",
        url_name="accounts:find_unit", visible=_units, criteria=_unit_criteria,
        exact=_unit_named, as_match=lambda row: Match(row.pk, str(row), row.company.name),
    ),
    "person": Kind(
        asks=_("Search for a person"), none_yet=_("There is nobody yet."),
        filled_at="admin:accounts_user_changelist", permission="accounts.add_user",
        url_name="accounts:find_person", visible=_people, criteria=_person_criteria,
        exact=_person_named,
        as_match=lambda row: Match(
            row.pk, row.name, " · ".join(filter(None, [row.masked_cpf, row.email]))
        ),
    ),
}  # fmt: skip
