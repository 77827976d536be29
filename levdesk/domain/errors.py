"""The exception tree: what can go wrong, who can act on it, and what the person can do next.

LevdeskError
├── UserError               the person asked for something that cannot be done as asked
│   ├── ImportRejected      a file was refused; nothing was written
│   └── SettingInvalid      a setting or a command-line argument makes no sense
├── VenueError              a venue did not give what was asked
│   ├── VenueUnreachable    no answer: name, route, TLS or timeout
│   ├── VenueBusy           told to slow down; knows for how long
│   ├── VenueRefused        it answered, and the answer is no
│   └── VenueGarbled        it answered, and nobody can read it
├── StoreError              the database door
│   ├── StoreUnavailable    locked, read-only, full
│   ├── StoreTooNew         written by a newer program
│   └── StoreCorrupt        the file is damaged
├── SecretsUnavailable      no usable keyring
└── Bug                     a rule of ours is broken
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from levdesk.domain.problems import Problem


class LevdeskError(Exception):
    """Base of every expected failure: one plain sentence, a hint, and a stable code.

    Attributes:
        code: stable machine name, safe for scripts and tests.
        hint: what the person can do next, or "" when there is nothing to do.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the plain sentence and the hint apart so that each front can lay them out."""
        super().__init__(message)
        self.hint = hint

    @property
    def message(self) -> str:
        """The plain sentence, without the hint."""
        return str(self.args[0])


class UserError(LevdeskError):
    """The person asked for something that cannot be done as asked."""

    code = "user"


class ImportRejected(UserError):
    """A file was refused as a whole; nothing was written.

    Attributes:
        problems: one per bad row, in file order.
    """

    code = "import_rejected"

    def __init__(self, message: str, *, problems: tuple[Problem, ...] = (), hint: str = "") -> None:
        """Carry the rows' problems with the refusal."""
        super().__init__(message, hint=hint)
        self.problems = problems


class SettingInvalid(UserError):
    """A setting or a command-line argument makes no sense."""

    code = "setting_invalid"


class VenueError(LevdeskError):
    """A venue did not give what was asked.

    Attributes:
        venue: the venue's short name, e.g. "gate".
    """

    code = "venue"

    def __init__(self, message: str, *, venue: str, hint: str = "") -> None:
        """Name the venue so that its health can be shown."""
        super().__init__(message, hint=hint)
        self.venue = venue


class VenueUnreachable(VenueError):
    """No answer: name look-up, route, TLS or timeout."""

    code = "venue_unreachable"


class VenueBusy(VenueError):
    """The venue told us to slow down.

    Attributes:
        retry_after_s: seconds the venue named, or None when it named none.
    """

    code = "venue_busy"

    def __init__(self, message: str, *, venue: str, retry_after_s: float | None = None, hint: str = "") -> None:
        """Keep the wait the venue named, in seconds."""
        super().__init__(message, venue=venue, hint=hint)
        self.retry_after_s = retry_after_s


class VenueRefused(VenueError):
    """The venue answered, and the answer is no (unknown symbol, banned address, bad parameter).

    Attributes:
        status: the HTTP status.
        label: the venue's own error name, or "".
    """

    code = "venue_refused"

    def __init__(self, message: str, *, venue: str, status: int, label: str = "", hint: str = "") -> None:
        """Keep the venue's own words for the log."""
        super().__init__(message, venue=venue, hint=hint)
        self.status = status
        self.label = label


class VenueGarbled(VenueError):
    """The venue answered, and nobody can read it.

    Attributes:
        sample: the first bytes of the answer as text, for the log.
    """

    code = "venue_garbled"

    def __init__(self, message: str, *, venue: str, sample: str = "", hint: str = "") -> None:
        """Keep a short sample of what came."""
        super().__init__(message, venue=venue, hint=hint)
        self.sample = sample[:400]


class StoreError(LevdeskError):
    """The database could not be used."""

    code = "store"


class StoreUnavailable(StoreError):
    """The database is locked, read-only, or the disk is full."""

    code = "store_unavailable"


class StoreTooNew(StoreError):
    """The database was written by a newer program."""

    code = "store_too_new"


class StoreCorrupt(StoreError):
    """The database file is damaged."""

    code = "store_corrupt"


class SecretsUnavailable(LevdeskError):
    """No usable keyring on this machine."""

    code = "secrets_unavailable"


class DeliveryFailed(LevdeskError):
    """A message could not be brought to its channel.

    Attributes:
        again: True when trying again later may help.
        retry_after_s: seconds the other side named, or None.
    """

    code = "delivery_failed"

    def __init__(self, message: str, *, again: bool, retry_after_s: float | None = None, hint: str = "") -> None:
        """Keep whether another try makes sense."""
        super().__init__(message, hint=hint)
        self.again = again
        self.retry_after_s = retry_after_s


class Bug(LevdeskError):
    """A rule of ours is broken; the log has the trace."""

    code = "bug"
