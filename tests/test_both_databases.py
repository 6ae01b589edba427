"""SQLite and PostgreSQL: code that may differ on them has tests that run on both.

A module of the project differs if it asks for the kind of database or writes SQL of its own. Test
files that import it bear the mark ``both`` as a whole. A file whose tests reach it by other ways
names it: ``pytestmark = pytest.mark.both(of="portal.provider.views")``. Migrations need nothing:
every run applies them.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TESTS = ROOT / "tests"
SQL = {"execute", "executemany", "raw", "extra", "explain"}


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def modules() -> list[Path]:
    """Of the project, without migrations."""
    roots = {ROOT / app.name.partition(".")[0] for app in apps.get_app_configs()}
    files = [file for root in sorted(roots) if root.is_dir() for file in sorted(root.rglob("*.py"))]
    return [file for file in files if "migrations" not in file.parts and TESTS not in file.parents]


def differs(file: Path) -> bool:
    """Whether its code asks for the kind of database or writes SQL."""
    return any(_differs(node) for node in ast.walk(tree(file)))


def _differs(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="vendor") | ast.Name(id="RawSQL" | "RunSQL"):
            return True
        case ast.FunctionDef(name="as_postgresql" | "as_sqlite" | "as_sql"):
            return True
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in SQL
    return False


def imported(file: Path) -> set[str]:
    """Full names of all that it imports: modules, and names that may be modules."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def marks(file: Path, name: str) -> Iterator[ast.expr]:
    """The marks of this name that the whole file bears."""
    for node in tree(file).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            listed = node.value.elts if isinstance(node.value, ast.List) else [node.value]
            for mark in listed:
                if ast.unparse(mark).split("(")[0] == f"pytest.mark.{name}":
                    yield mark


def named(file: Path) -> set[str]:
    """The modules that its marks ``both`` name."""
    calls = [mark for mark in marks(file, "both") if isinstance(mark, ast.Call)]
    return {ast.literal_eval(word.value) for call in calls for word in call.keywords}


def test_what_differs_between_the_databases_has_tests_and_all_run_on_both():
    differing = {name_of(file) for file in modules() if differs(file)}
    assert "portal.audit.triggers" in differing
    tests = [file for file in TESTS.rglob("test_*.py") if not any(marks(file, "server"))]
    covered, missing = set(), []
    for file in tests:
        used = (imported(file) | named(file)) & differing
        covered |= used
        if used and not any(marks(file, "both")):
            missing.append(f"{file.relative_to(ROOT)} ({', '.join(sorted(used))})")
    assert missing == [], "say pytestmark = pytest.mark.both"
    assert differing - covered == set(), "no test is of these: pytest.mark.both(of=…)"


def test_no_mark_names_a_module_that_is_gone():
    known = {name_of(file) for file in modules()}
    assert {name for file in TESTS.rglob("test_*.py") for name in named(file)} <= known
