"""Administration: forms that add once; tables of millions of rows without COUNT and OFFSET."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.ui.once import Done, answered_again_by, once
from portal.ui.pages import KeysetPage, keyset_page, last_page_cursor
from portal.ui.search import MOST, SearchCriterion, search, words_of

CURSOR = "cursor"
SEARCH_CUT = "search_was_cut"

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyInline = admin.TabularInline


class AddedOnce(AnyModelAdmin):
    """A form that adds something and is sent twice adds it once; see ``portal.ui.once``."""

    def add_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        def add(request: HttpRequest) -> HttpResponse:
            return super(AddedOnce, self).add_view(request, *args, **options)

        return once(add)(request)

    def response_add(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Sent again, the form leads where it led; to the list where the answer was a page."""
        response = super().response_add(request, *args, **options)
        place = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if isinstance(response, HttpResponseRedirect):
            place = response.url
        again = Done(request, place)
        again.message = _("This form was sent twice; what it adds was added once.")
        return answered_again_by(response, again)


class KeysetChangeList(ChangeList):
    """Pages by key: the last page costs what the first does."""

    keyset: KeysetPage[Any]
    notice = ""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        found = super().get_queryset(request, exclude_parameters)
        if getattr(request, SEARCH_CUT, False):
            self.notice = _("More match than the %(n)d that are shown here. Type more.") % {
                "n": MOST
            }
        return found

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        found.pop(CURSOR, None)
        return found

    def get_results(self, request: HttpRequest) -> None:
        order = self.model_admin.keyset_order  # type: ignore[attr-defined]
        self.keyset = keyset_page(
            self.queryset, order=order, cursor=request.GET.get(CURSOR, ""), size=self.list_per_page
        )
        rows = self.keyset.rows
        self.result_list = rows
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(rows)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(rows, max(len(rows), 1))

    @property
    def first_page(self) -> str:
        """Query string of the first page, or empty on it."""
        return self.get_query_string(remove=[CURSOR]) if self.keyset.previous else ""

    @property
    def previous_page(self) -> str:
        return self._at(self.keyset.previous)

    @property
    def next_page(self) -> str:
        return self._at(self.keyset.next)

    @property
    def last_page(self) -> str:
        return self._at(last_page_cursor()) if self.keyset.next else ""

    def _at(self, cursor: str) -> str:
        return self.get_query_string({CURSOR: cursor}) if cursor else ""


class LargeTableAdmin(AnyModelAdmin):
    """A list whose cost does not grow with its table.

    ``keyset_order``: fields of one index, all in one direction, the last unique, none nullable.
    A subclass searches by fields that an index can seek (``search_fields`` with ``=`` or
    ``__startswith``, or its own ``get_search_results``) and filters by what an index narrows.
    """

    keyset_order: tuple[str, ...] = ("-pk",)
    change_list_template = "admin/large_change_list.html"
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return KeysetChangeList

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:  # noqa: ARG002
        return self.keyset_order


class BoundedSearch(LargeTableAdmin):
    """A search that stops at the first ``MOST`` rows, and says so."""

    search_fields = ("pk",)  # shows the field; what is searched is said by ``criteria``

    def criteria(self, text: str) -> list[SearchCriterion]:
        """What ``text`` may mean; none that is sure to find nothing."""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        text = " ".join(words_of(search_term))
        if not text:
            return queryset, False
        found = search(queryset, self.criteria(text), MOST)
        setattr(request, SEARCH_CUT, found.cut)
        return queryset.filter(pk__in=found.keys), False


class ReadOnlyAdmin(LargeTableAdmin):
    """What services write and staff only look at: no adding, changing or deleting by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:  # noqa: ARG002
        return False


class ReadOnlyInline(AnyInline):
    """Rows that services write, on the page of what they belong to.

    ``seen_with``: the permission with which they are seen, by default that to view their own model.
    """

    extra = 0
    can_delete = False
    seen_with = ""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if self.seen_with:
            return request.user.has_perm(self.seen_with)
        return super().has_view_permission(request, obj)
