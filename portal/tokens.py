"""Tokens of links and addresses: who is given one has it, and the portal keeps only its digest."""

import hashlib


def digest_of(token: str) -> str:
    """SHA-256 of a token, 64 hexadecimal digits: what is kept of it, and looked up by."""
    return hashlib.sha256(token.encode()).hexdigest()
