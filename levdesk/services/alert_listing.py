"""What a venue's list says of a token that is held: whether it is still traded."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from levdesk.domain.instruments import LeveragedToken, Provenance, TokenStatus

_STAGES: Final = (TokenStatus.TRADING, TokenStatus.REDEEM_ONLY, TokenStatus.DELISTED, TokenStatus.SETTLED)


def as_listed(token: LeveragedToken, listed: LeveragedToken | None) -> LeveragedToken:
    """The token with the status of its venue's last list where that is a later stage; a person's own word stands."""
    if listed is None or token.provenance is Provenance.USER:
        return token
    if _STAGES.index(listed.status) <= _STAGES.index(token.status):
        return token
    return replace(token, status=listed.status)
