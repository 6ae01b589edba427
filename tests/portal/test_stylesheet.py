"""What is built of styles and scripts: within its budget, and nothing left out that is in use."""

import ast
import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "static" / "dist"
CODE = ["portal", "invoices", "certificates", "tickets"]
# On the wire, brotli, of one page. A page with an editor of its own has its own budget.
MOST_STYLES = 30_000
MOST_SCRIPTS = 40_000
PAGE_SCRIPTS: dict[str, int] = {}
# A phone parses the styles before its first paint, however few bytes they were on the way.
MOST_STYLES_UNPACKED = 80_000
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
TAG = re.compile(r"\{[{%].*?[%}]\}")
SCRIPT = re.compile(r"""static ['"]([\w-]+)\.js""")
PART = re.compile(r"""\{% (?:extends|include) ['"]([^'"]+)['"]""")
CLASS_ATTRIBUTE = re.compile(r'class="([^"]*)"')


def packed(*names: str) -> int:
    return sum(len(brotli.compress((DIST / name).read_bytes())) for name in names)


def scripts_of(template: str) -> set[str]:
    """The scripts that a template loads, with those of what it extends or includes."""
    text = (ROOT / "templates" / template).read_text()
    found = {f"{name}.js" for name in SCRIPT.findall(text)}
    for other in PART.findall(text):
        if (ROOT / "templates" / other).exists():
            found |= scripts_of(other)
    return found


def pages_with(part: str) -> list[str]:
    """The templates that include this one."""
    return [
        str(page.relative_to(ROOT / "templates"))
        for page in (ROOT / "templates").rglob("*.html")
        if f'"{part}"' in page.read_text()
    ]


def classes_of(stylesheet: str) -> set[str]:
    """Every class that a selector names."""
    return set(CLASS.findall(re.sub(r"\{[^{}]*\}", "{}", stylesheet)))


def named_in_templates() -> dict[str, str]:
    """Words of the templates' class attributes, each with a template that has it."""
    found: dict[str, str] = {}
    for template in sorted((ROOT / "templates").rglob("*.html")):
        if "print" in template.parts or "mail" in template.parts:
            continue  # these bring their own styles
        for attribute in CLASS_ATTRIBUTE.findall(TAG.sub(" ", template.read_text())):
            for word in attribute.split():
                found.setdefault(word, str(template.relative_to(ROOT)))
    return found


def named_in_code() -> dict[str, str]:
    """Words with a hyphen in strings of Python and in scripts: a class among them is one in use."""
    found: dict[str, str] = {}
    for folder in CODE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    for word in node.value.split():
                        if "-" in word:
                            found.setdefault(word, str(file.relative_to(ROOT)))
    for file in sorted((ROOT / "static" / "src").glob("*.js")):
        for word in re.findall(r"[\w-]+", file.read_text()):
            if "-" in word:
                found.setdefault(word, str(file.relative_to(ROOT)))
    return found


def test_no_state_stands_in_the_line_that_phones_do_not_show():
    """Below a heading ``.lead`` is hidden on narrow screens: see ``_lists.scss``."""
    hidden = re.compile(r"""class="lead">[^\n]*\{% badge """)
    templates = (ROOT / "templates").rglob("*.html")
    assert [str(page) for page in templates if hidden.search(page.read_text())] == []


def test_the_styles_stay_within_their_budget():
    assert packed("balcao.css") <= MOST_STYLES
    assert (DIST / "balcao.css").stat().st_size <= MOST_STYLES_UNPACKED


def test_each_page_s_scripts_stay_within_its_budget():
    """What a page loads: the scripts of every template that it is made of, and their imports."""
    heavy = {}
    for page in sorted((ROOT / "templates").rglob("*.html")):
        name = str(page.relative_to(ROOT / "templates"))
        scripts = scripts_of(name)
        if scripts and packed(*scripts) > PAGE_SCRIPTS.get(name, MOST_SCRIPTS):
            heavy[name] = scripts
    assert heavy == {}


@pytest.mark.parametrize("named", [named_in_templates, named_in_code])
def test_no_class_of_bootstrap_that_is_in_use_is_left_out_of_the_styles(named):
    whole = ROOT / "node_modules" / "bootstrap" / "dist" / "css" / "bootstrap.css"
    left_out = classes_of(whole.read_text()) - classes_of((DIST / "balcao.css").read_text())
    assert {word: file for word, file in named().items() if word in left_out} == {}


def test_the_sprite_holds_every_icon_that_the_list_names_and_each_is_used():
    icons = (ROOT / "static/src/icons.txt").read_text().split()
    pages = "".join(f.read_text() for f in (ROOT / "templates").rglob("*.html"))
    code = "".join(f.read_text() for folder in CODE for f in (ROOT / folder).rglob("*.py"))
    unused = [i for i in icons if not re.search(rf"""["'#]{re.escape(i)}["']""", pages + code)]
    assert unused == []
    sprite = (DIST / "icons.svg").read_text()
    assert [i for i in icons if f'id="{i}"' not in sprite] == []


def test_htmx_comes_with_the_pages_that_ask_for_it_and_no_other():
    asking = [
        str(template.relative_to(ROOT / "templates"))
        for template in (ROOT / "templates").rglob("*.html")
        if re.search(r"\shx-\w+=", template.read_text())
    ]
    assert asking
    for part in asking:
        pages = [part, *pages_with(part)]
        assert any("htmx.js" in scripts_of(page) for page in pages), part
    assert "htmx.js" not in scripts_of("base.html")
