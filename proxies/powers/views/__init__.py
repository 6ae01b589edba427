"""Pages of powers of attorney."""
