"""The demonstration's reminders: those of the day on which it is made."""

from portal.demo.world import World
from portal.reminders.services.daily import remind


def finish(world: World) -> None:
    """Send them, once every desk has what expires."""
    remind(at=world.at)
