""".env.example, the table of docs/deploy.md and the settings say the same."""

import ast
import re

from django.conf import settings

READ = re.compile(r"(?:\benv\.\w+\(|_secret\(|environ\.get\()\s*\"([A-Z][A-Z0-9_]+)\"")
NAMED = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
# Of the supervisor's own surroundings, not the operator's to set.
ASIDE = {"PATH", "DJANGO_SETTINGS_MODULE"}


SOURCES = (
    "portal/settings.py", "portal/stores.py", "portal/accounts/management/commands/setup.py",
    "deploy/gunicorn.conf.py", "deploy/gunicorn_entrance.conf.py", "deploy/health.py",
)  # fmt: skip
OF_THE_SCRIPT = {"PORT", "CERTIFICATE_PORT"}  # script/server's own


def _read() -> set[str]:
    texts = [(settings.BASE_DIR / file).read_text() for file in SOURCES]
    return {name for text in texts for name in READ.findall(text)} - ASIDE


def _table() -> dict[str, list[str]]:
    """Of each variable in docs/deploy.md: meaning, unit or form, default."""
    guide = (settings.BASE_DIR / "docs" / "deploy.md").read_text()
    section = guide.split("## Variables\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    names = [row[0].strip(" `") for row in rows]
    assert len(names) == len(set(names)), "a variable stands there twice"
    return {name: [cell.strip() for cell in row[1:]] for name, row in zip(names, rows, strict=True)}


def _numbers() -> dict[str, int]:
    """The defaults of the variables that are numbers."""
    found = {}
    for node in ast.walk(ast.parse((settings.BASE_DIR / "portal" / "settings.py").read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="int"), args=[ast.Constant(value=name)],
                keywords=[ast.keyword(arg="default", value=default)],
            ):  # fmt: skip
                found[str(name)] = eval(ast.unparse(default), {})
    return found


def test_every_variable_that_is_read_is_explained_and_no_other() -> None:
    named = set(NAMED.findall((settings.BASE_DIR / ".env.example").read_text()))
    assert _read() == named - OF_THE_SCRIPT


def test_every_variable_that_is_read_stands_in_the_guide_s_table_and_no_other() -> None:
    table = _table()
    assert _read() == table.keys() - OF_THE_SCRIPT
    assert [name for name, cells in table.items() if len(cells) != 3 or not all(cells)] == []


def test_the_guide_s_table_gives_the_defaults_that_the_settings_have() -> None:
    numbers, table = _numbers(), _table()
    assert numbers.keys() >= {"STEP_UP_MINUTES", "SESSION_IDLE_MINUTES", "BATCH_MAX_BYTES"}
    said = {name: table[name][2].split()[0] for name in numbers}
    assert said == {name: str(number) for name, number in numbers.items()}


def _passed_by_compose() -> set[str]:
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    portal = text.split("environment: &environment")[1].split("  volumes:")[0]
    return set(re.findall(r"^    ([A-Z][A-Z0-9_]+):", portal, re.MULTILINE))


def test_every_variable_of_the_compose_file_is_one_that_is_read() -> None:
    used = _passed_by_compose()
    assert len(used) > 10
    assert used <= set(NAMED.findall((settings.BASE_DIR / ".env.example").read_text()))


def test_every_variable_that_the_compose_file_or_its_guide_speaks_of_is_passed() -> None:
    compose = (settings.BASE_DIR / "docker-compose.yml").read_text()
    guide = (settings.BASE_DIR / "docs" / "deploy.md").read_text()
    spoken = "\n".join(re.findall(r"#.*", compose))
    spoken += guide.split("## Trying it with containers")[1].split("\n## ")[0]
    known = set(NAMED.findall((settings.BASE_DIR / ".env.example").read_text()))
    named = set(re.findall(r"[A-Z][A-Z0-9_]+", spoken)) & known
    assert named >= {"TRUST_ROOTS_FILE", "ENTRANCE_TLS_CERT", "TRUSTED_PROXIES"}
    assert named <= _passed_by_compose()
