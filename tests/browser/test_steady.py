"""Nothing moves under the reader's eyes while a page loads: layout shift (CLS) of the key pages.

Scripts come late here, as on a slow line, so that what they change is seen to change.
"""

import time

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import Portal
from tests.browser.test_walk import enter

pytestmark = pytest.mark.browser

MOST = 0.02
# Chromium keeps the shifts of a page for whoever asks later. Its own measure takes the worst
# five seconds; a load is shorter than that, so the sum is the same or stricter.
SHIFTS = """() => new Promise(done => {
    let sum = 0;
    const add = entries => { for (const e of entries) if (!e.hadRecentInput) sum += e.value; };
    const watch = new PerformanceObserver(list => add(list.getEntries()));
    watch.observe({type: "layout-shift", buffered: true});
    requestAnimationFrame(() => requestAnimationFrame(() => {
        add(watch.takeRecords());
        done(sum);
    }));
})"""
LATE = 0.3  # seconds after which a script comes: well after the first paint
FIRST_DOCUMENT = "tbody a[href^='/documentos/']"


def come_late(route: Route) -> None:
    time.sleep(LATE)
    route.continue_()


def shift_of(page: Page, path: str) -> float:
    """The sum of the shifts while the page loads and is read to its end."""
    page.goto(path, wait_until="networkidle")
    page.mouse.wheel(0, 100_000)
    page.wait_for_load_state("networkidle")
    return float(page.evaluate(SHIFTS))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("role", "paths"),
    [
        ("stranger", ["/", "/entrar/", "/noticias/", "/certificado-digital/", "/verificar/"]),
        ("ana", ["/painel/", "/faturas/", "document"]),
        ("faturista", ["/painel/", "/admin/"]),
    ],
)
def test_a_page_that_loads_does_not_move(
    role: str, paths: list[str], width: int, portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, role)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 740})
    page.route("**/*.js", come_late)
    shifts = {}
    for path in paths:
        if path == "document":
            page.goto("/faturas/")
            path = page.get_attribute(FIRST_DOCUMENT, "href") or ""  # noqa: PLW2901
        shifts[path] = shift_of(page, path)
    context.close()
    assert {path: moved for path, moved in shifts.items() if moved > MOST} == {}
