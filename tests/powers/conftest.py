"""What the tests of powers of attorney share: the demonstration's authority signs and is trusted."""

from tests.invoices.conftest import demo_signer

__all__ = ["demo_signer"]
