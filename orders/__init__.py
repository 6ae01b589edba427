"""Certificate orders: to be built on this ground."""
