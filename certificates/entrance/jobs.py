"""Housekeeping of the entrance."""

from datetime import datetime

from certificates.entrance import services


def housekeeping(*, at: datetime) -> int:
    """Delete tickets that are over; how many."""
    return services.delete_old_tickets(at=at)
