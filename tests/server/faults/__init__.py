"""A worker that is killed at a chosen step: its side (``killing``) and the tests' side."""
