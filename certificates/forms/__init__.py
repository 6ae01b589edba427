"""What people fill in about certificates."""

from certificates.forms.signing import InstallForm

__all__ = ["InstallForm"]
