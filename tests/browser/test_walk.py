"""Chromium follows every link that a role can reach and looks at each kind of page.

A stranger, a client and a clerk visit every page; the other roles those of the desks that changed
(``--roles all``: every page, too; ``--desk tickets``: every role that desk's pages alone).

Pages are told apart by the name of their address, so a page that is new in the portal is walked
without being listed here. Every page of every role is loaded: it answers, without console or CSP
error, and does not scroll sideways at 320 px. Each kind of page is then looked at in full once for
strangers, once for clients and once for staff (a role's first page always): at 320, 360 and
1280 px, light and dark, no axe violation (WCAG 2.2 AA) and no sideways scrolling. What a width
cannot have changed, since it shows the same elements in the same look as another, is not asked
there again. The first views are loaded within the byte budget.
"""

import os
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser import desks
from tests.browser.conftest import Portal

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
AXE = (
    (ROOT / "node_modules/axe-core/axe.min.js").read_text()
    if (ROOT / "node_modules/axe-core").exists()
    else ""
)
# What axe is asked. The colour scheme changes colours only, so the dark variant asks about those.
EVERYTHING = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# What depends on where things lie, too: how large and near they are, what lies over what.
PLACES = {
    "type": "rule",
    "values": ["color-contrast", "target-size", "scrollable-region-focusable"],
}
# Pages are loaded at the first of these: that is enough for pages looked at before.
WIDTHS = [320, 360, 1280]
# Each element: whether it is shown, and all of its look that axe judges apart from its place. Of
# a fluid size axe asks whether it is large: 14 pt in bold, 18 pt otherwise, as axe rounds them.
LOOKS = """() => [...document.querySelectorAll('*')].map(element => {
    const s = getComputedStyle(element);
    if (!element.checkVisibility()) return '-';
    const points = Math.ceil(parseFloat(s.fontSize) * 72) / 96;
    return [s.visibility, s.opacity, s.color, s.backgroundColor, s.backgroundImage, points >= 14, points >= 18,
        s.fontWeight, s.textDecorationLine, s.textShadow, s.position, s.overflowX, s.overflowY,
        s.pointerEvents, s.clipPath, element.tabIndex, element.getAttribute('aria-hidden'),
        element.getAttribute('aria-expanded')].join();
}).join('\\n')"""
FIRST_VIEW_BYTES = 80_000
FIRST_VIEW_REQUESTS = 8
REPEAT_VIEW_BYTES = 12_000
ROLES = ["admin", "faturista", "ana", "carla", "atendente", "agente", "stranger"]
KIND = {"stranger": "stranger", "ana": "client", "carla": "client"}
# Addresses that are not pages: files, other media types, the end of the session, the mail that
# stands in a frame (its sandbox lets no script run, axe's neither), and the way to the entrance.
NOT_PAGES = {
    "site:accent", "site:logo", "site:favicon", "site:robots", "site:security_txt", "site:alive", "site:ready", "ui:may_send", "account_logout",
    "outbox:body", "entrance:go",
}  # fmt: skip
MISSING = "/nao-existe/"


def name_of(path: str) -> str:
    """The name of the page at this path; of the admin's pages, one for each kind of model page."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return match.view_name or match.route


def links_of(page: Page, portal: Portal) -> list[str]:
    """Same-site addresses on the page, in order, without fragments. What a mail that is shown links
    to is its recipient's."""
    mine = "els => els.filter(e => !e.closest('.mail-text')).map(e => e.href)"
    found = page.eval_on_selector_all("a[href]", mine)
    same_site = [urlsplit(link) for link in found if link.startswith(portal.url)]
    return [link.path + (f"?{link.query}" if link.query else "") for link in same_site]


def violations(page: Page, asked: Mapping[str, object]) -> list[str]:
    """Axe's findings, one line each, with the first place."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(
        """async asked => {
            const done = await axe.run(document, {runOnly: asked, resultTypes: ['violations']});
            return done.violations.map(v =>
                `${v.id}: ${v.nodes[0].html.slice(0, 160)} (${v.nodes.length})`);
        }""",
        asked,
    )
    return found


def overflow(page: Page, width: int) -> list[str]:
    """Whether the page is wider than the window, which is set to this width."""
    if page.viewport_size != {"width": width, "height": 800}:
        page.set_viewport_size({"width": width, "height": 800})
    excess = page.evaluate(  # once the page has been told of its new width, and answered
        """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(
            () => done(document.documentElement.scrollWidth - window.innerWidth))))"""
    )
    return [f"at {width}px: {excess}px too wide"] if excess > 0 else []


def look(page: Page) -> list[str]:
    """What is wrong with the page that is open, at each width, light and dark."""
    problems = []
    judged: set[str] = set()
    for width in WIDTHS:
        problems += overflow(page, width)
        for scheme, asked in (("light", EVERYTHING), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            looks = scheme + page.evaluate(LOOKS)
            if looks not in judged:
                found = violations(page, asked)
            else:
                found = violations(page, PLACES) if scheme == "light" else []
            judged.add(looks)
            problems += [f"at {width}px {scheme}: {v}" for v in found]
    page.emulate_media(color_scheme="light")
    return problems


def enter(chromium: Browser, portal: Portal, role: str, **options: Any) -> BrowserContext:
    """A browser in which the role is signed in. No transitions: axe would see colours halfway."""
    context = chromium.new_context(
        base_url=portal.url, locale="pt-BR", reduced_motion="reduce", **options
    )
    if role != "stranger":
        session = {"name": "sessao", "value": portal.sessions[role], "url": portal.url}
        context.add_cookies([session])  # type: ignore[list-item]
    return context


def open_page(page: Page, path: str) -> Response | None:
    """The page at this path; None when what comes is a file and not a page."""
    try:
        response = page.goto(path, wait_until="load")
    except Exception as error:
        if "Download is starting" in str(error) or "ERR_ABORTED" in str(error):
            return None
        raise
    is_page = response and "text/html" in (response.header_value("content-type") or "")
    return response if is_page else None


def walk(
    page: Page, portal: Portal, role: str, desks_wanted: Set[str] | None
) -> Iterator[tuple[str, str, int]]:
    """Opens one page of each name that can be reached: its name, path and status.

    Where desks are wanted, of the others only the pages where it begins.
    """
    begin = ["/" if role == "stranger" else "/painel/", "/mapa-do-site/", MISSING]
    if role in {"faturista", "admin"}:
        begin.append("/admin/")
    queue, seen_names = list(begin), set(NOT_PAGES)
    while queue:
        path = queue.pop(0)
        plain = urlsplit(path).path
        name = name_of(plain)
        if name in seen_names:
            continue
        seen_names.add(name)
        if desks_wanted is not None and not (path in begin or desks.of_page(plain) in desks_wanted):
            continue
        if response := open_page(page, path):
            yield name, path, response.status
            queue += links_of(page, portal)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_a_role_reaches_is_accessible_narrow_and_quiet(
    role: str, portal: Portal, chromium: Browser, request: pytest.FixtureRequest
):
    assert AXE, "axe-core is not installed: npm ci"
    desks_wanted = desks.to_walk(role, request.config)
    if desks_wanted == set():
        pytest.skip("No desk has changed.")
    context = enter(chromium, portal, role)
    page = context.new_page()
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    noise: list[str] = []
    page.on("console", lambda m: noise.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda e: noise.append(str(e)))
    problems: list[str] = []
    pages = 0
    for name, path, status in walk(page, portal, role, desks_wanted):
        heard = [n for n in noise if path != MISSING or "404 (Not Found)" not in n]
        found = [f"console: {n}" for n in heard]
        if status != (404 if path == MISSING else 200):
            found.append(f"answers {status}")
        if portal.first_to_see(f"{KIND.get(role, 'staff')} {name}") or pages == 0:
            found += look(page)
            shoot(page, f"{role}-{name}")
        else:
            found += overflow(page, WIDTHS[0])
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        problems += [f"{name} ({path}) {problem}" for problem in found]
        noise.clear()
        pages += 1
    context.close()
    assert pages > (5 if role == "stranger" or desks_wanted is not None else 10)
    assert not problems, f"{len(problems)} problems\n" + "\n".join(problems)


def shoot(page: Page, name: str) -> None:
    """Pictures for people to look at, if wanted (WALK_SHOTS=folder)."""
    if not (wanted := os.environ.get("WALK_SHOTS")):
        return
    folder = Path(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        file = folder / f"{name.replace(':', '_').replace('/', '_')}-{width}.png"
        page.screenshot(path=file, full_page=True)
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize(
    ("role", "path"),
    [("stranger", "/"), ("stranger", "/entrar/"), ("ana", "/painel/"), ("ana", "/faturas/")],
)
def test_a_first_view_and_a_repeated_one_stay_within_the_byte_budget(
    role: str, path: str, portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, role)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    inline: set[str] = set()  # data: addresses travel with their page
    session.on(
        "Network.requestWillBeSent",
        lambda e: inline.add(e["requestId"]) if e["request"]["url"].startswith("data:") else None,
    )
    session.on(
        "Network.loadingFinished",
        lambda e: None if e["requestId"] in inline else sizes.append(e["encodedDataLength"]),
    )
    page.goto(path, wait_until="networkidle")
    first, requests = sum(sizes), len(sizes)
    sizes.clear()
    page.goto(path, wait_until="networkidle")
    repeat = sum(sizes)
    context.close()
    assert first <= FIRST_VIEW_BYTES
    assert requests <= FIRST_VIEW_REQUESTS
    assert repeat <= REPEAT_VIEW_BYTES
