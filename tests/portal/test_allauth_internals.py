"""What allauth does not document is used in one module, which was checked against one version."""

import ast
from collections.abc import Iterator
from pathlib import Path

import allauth

from portal.accounts import allauth_internals

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("portal", "certificates", "invoices", "orders", "tickets", "proxies", "tests", "bench")
HERE = {Path(allauth_internals.__file__), Path(__file__)}
# Modules of allauth without documentation that are tempting, and names that only it should use.
MODULES = {
    "allauth.account.stages", "allauth.account.utils", "allauth.core.context", "allauth.mfa.stages",
    "allauth.account.models.Login",
}  # fmt: skip
NAMES = {"_login_stage", "_login_with_password", "_should_handle"}


def test_the_version_is_the_one_that_was_read():
    assert allauth.__version__ == allauth_internals.VERSION, (
        "allauth is another version. Compare every use in portal/accounts/allauth_internals.py with "
        "its sources (account/internal/flows/login.py, account/forms.py, account/stages.py, "
        "mfa/stages.py, core/context.py). Run tests/portal/test_login.py, test_mfa.py, test_invitation.py "
        "and test_certificate_login.py. Then change VERSION."
    )


def private_uses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allauth"):
            for name in node.names:
                full = f"{node.module}.{name.name}"
                if ".internal" in full or full in MODULES or node.module in MODULES:
                    yield full
        elif isinstance(node, ast.Import):
            yield from (n.name for n in node.names if n.name.startswith("allauth") and ".internal" in n.name)  # fmt: skip
        elif isinstance(node, ast.Attribute) and node.attr in NAMES:
            yield node.attr
        elif isinstance(node, ast.FunctionDef) and node.name in NAMES:
            yield node.name


def test_a_private_use_is_recognised():
    line = "from allauth.core import context\nfrom allauth.mfa.totp.internal.auth import hotp_value"
    assert len(list(private_uses(ast.parse(line)))) == 2


def test_no_other_module_uses_what_allauth_does_not_document():
    found = {
        str(path.relative_to(ROOT)): use
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if path not in HERE
        for use in private_uses(ast.parse(path.read_text()))
    }
    assert found == {}
