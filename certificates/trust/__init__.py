"""Whom we trust: pinned roots, a pool of intermediates, chain, purpose, policy, revocation."""
