"""What a verification can end with; each message is one sentence that says what and where."""


class VerificationFailed(ValueError):
    """Something does not verify. Retrying does not help."""


class Missing(VerificationFailed):
    """The log does not give out a file that its checkpoint commits it to."""


class RolledBack(VerificationFailed):
    """The log has fewer entries than it had before."""


class Forked(VerificationFailed):
    """The log is another one than the one seen before: its key signed two histories."""


class Unreachable(OSError):
    """The log cannot be read now. Retrying may help."""
