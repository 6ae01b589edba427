"""What the portal's tests share."""

import pytest

from tests.access import World, make_world
from tests.factories import Cast


@pytest.fixture
def world(cast: Cast) -> World:
    """Objects of company A and of the office, of every app."""
    return make_world(cast)
