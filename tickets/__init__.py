"""Service orders ("O.S."): opened by phone, mail or web, answered, followed by a link or an account."""
