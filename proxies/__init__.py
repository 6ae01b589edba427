"""Stored credentials of offices, and electronic powers of attorney."""
