"""How dates are written where Django chooses the form: in figures, as in the rest of the portal."""
