"""Throws bytes at everything that reads a file for an import: `python3 -m tests.fuzz_import [ROUNDS] [SEED]`.

Prints inputs tried and failures; a failure is any exception but a refusal in words. Inputs are damaged samples of every
venue's file, of the program's own and of a workbook: cut, spliced, bytes replaced, nasty cells put in, encodings mixed.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from levdesk.domain.errors import UserError
from levdesk.io.xlsx import read_sheet
from levdesk.services.importing import preview_import
from levdesk.services.intake.choices import DELIMITERS, ENCODINGS, DateOrder, IntakeChoices
from levdesk.services.intake.mappings import mapping_file, read_mapping_file
from levdesk.services.intake.suspects import find_suspects
from tests.io.workbooks import text_row, workbook
from tests.services.intake_scene import EMPTY, PRESETS, take_in
from tests.services.memory_writer import NOW_MS
from tests.services.test_intake import SAMPLES

_NASTY = (
    b"1e400",
    b"-1e-400",
    b"NaN",
    b"=cmd|' /C calc'!A0",
    b'"',
    b'""',
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\r",
    b"\n\n",
    b";" * 600,
    b"9" * 5000,
    "٣".encode(),
    b"0000-00-00",
    b"9999-12-31T23:59:59Z",
    b"\xe2\x80\xae",
)
_OWN = b"time,type,venue,symbol,quantity,price,fee,fee_currency,note\n2022-11-14,buy,gate,BTC3L,1,2,0.1,,x\n"
_BOOK = workbook(text_row(1, "Pairs", "Time", "Side", "Filled Price", "Executed Amount") + text_row(2, "a", "b"))


def main(rounds: int, seed: int) -> int:
    """Try `rounds` inputs and print the figures; 1 when something failed."""
    rng = random.Random(seed)
    seeds = [_OWN, *(text.encode() for text in SAMPLES.values())]
    failures, refused, begun_s = 0, 0, time.monotonic()
    for number in range(rounds):
        reader, data = _case(rng, seeds)
        try:
            reader(data)
        except UserError:
            refused += 1
        except Exception as error:  # noqa: BLE001 - what a fuzzer looks for
            failures += 1
            print(f"input {number}: {type(error).__name__}: {error}: {data[:200]!r}")
    lasted_s = time.monotonic() - begun_s
    print(
        f"{rounds:,} inputs tried in {lasted_s:.0f} s (seed {seed}): {failures} failures, {refused:,} refused in words"
    )
    return int(failures > 0)


def _case(rng: random.Random, seeds: list[bytes]) -> tuple[Callable[[bytes], object], bytes]:
    kind = rng.random()
    if kind < 0.1:
        return lambda data: read_sheet(data, None, "x"), _damage(rng, _BOOK)
    if kind < 0.15:
        return lambda data: read_mapping_file(data, "x"), _damage(rng, mapping_file(rng.choice(PRESETS.mappings)))
    data = rng.choice(seeds)
    if rng.random() < 0.2:
        data = data.decode().encode(rng.choice(ENCODINGS), "replace")
    if kind < 0.4:
        return lambda given: preview_import(given, EMPTY, 1, now_ms=NOW_MS), _damage(rng, _OWN)
    choices = IntakeChoices(
        encoding=rng.choice((None, None, *ENCODINGS)),
        delimiter=rng.choice((None, None, *DELIMITERS)),
        header_line=rng.choice((None, None, None, 1, 3)),
        decimal_mark=rng.choice((None, ".", ",")),
        date_order=rng.choice((None, *DateOrder)),
        mapping=rng.choice((None, None, *PRESETS.mappings)),
    )
    return lambda given: find_suspects(take_in(given, choices), EMPTY), _damage(rng, data)


def _damage(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.randint(0, 6)):
        at, end = sorted(rng.randint(0, len(data)) for _ in range(2))
        match rng.randint(0, 4):
            case 0:
                data = data[:at] + data[end:]
            case 1:
                data = data[:at] + rng.randbytes(rng.randint(1, 8)) + data[at:]
            case 2:
                data = data[:at] + rng.choice(_NASTY) + data[at:]
            case 3:
                data = data + data[at:end]
            case _:
                data = data[:at] + rng.choice(_NASTY) + data[end:]
    return data[:200_000]


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(given[0] if given else 20_000, given[1] if len(given) > 1 else 1))
