"""Stored credentials and powers of attorney: to be built on this ground."""
