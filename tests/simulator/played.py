"""A plan of faults that tells which of them were really played."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from levdesk.simulator.faults import ANSWER_FAULTS, Fault, FaultKind, FaultPlan


class Played(FaultPlan):
    """A plan that remembers how often the server met each kind: the proof that a fault was there."""

    def __init__(self) -> None:
        super().__init__()
        self.met: Counter[FaultKind] = Counter()

    def only(self, *faults: Fault) -> None:
        """These and no others, not met yet."""
        self.clear()
        self.met.clear()
        self.add(*faults)

    def strike(
        self, path: str, now_ms: int, kinds: Container[FaultKind] = ANSWER_FAULTS, *, name: str = ""
    ) -> Fault | None:
        return self._noted(super().strike(path, now_ms, kinds, name=name))

    def standing(self, kind: FaultKind, path: str, now_ms: int) -> Fault | None:
        return self._noted(super().standing(kind, path, now_ms))

    def _noted(self, fault: Fault | None) -> Fault | None:
        if fault is not None:
            self.met[fault.kind] += 1
        return fault
