"""What charges and slips cannot do, each with a sentence for the person who asked for it."""


class PaymentError(Exception):
    """Nothing was changed. The message says why."""


class NoAgreement(PaymentError):
    """There is no agreement with a bank under which a slip could be issued."""


class NoSlip(PaymentError):
    """The agreement cannot give a slip: its series of numbers is used up, or its data are wrong."""


class AlreadyRaised(PaymentError):
    """A charge for the same thing is in force."""


class AlreadyOpen(PaymentError):
    """The charge has an open slip."""


class AlreadySettled(PaymentError):
    """Money has come for the charge."""


class NotOwed(PaymentError):
    """Nothing is owed for the charge any more."""
