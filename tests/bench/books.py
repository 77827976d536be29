"""Large books for the bench: CSV text with any number of transactions over any number of tokens, from a fixed seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

_START = datetime(2024, 1, 1, tzinfo=UTC)


def write_csv(path: Path, transactions: int, tokens: int, *, step_s: int = 300) -> None:
    """Write buys and sells that never sell more than is held, in the order of time."""
    rng = random.Random(20_240_101)
    names = [f"T{number}{rng.choice('235')}{rng.choice('LS')}" for number in range(tokens)]
    held = dict.fromkeys(names, 0)
    rows = ["time,type,venue,symbol,quantity,price,fee,fee_currency,note"]
    for number in range(transactions):
        name = names[number % tokens]
        moment = (_START + timedelta(seconds=number * step_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
        sells = held[name] > 1 and rng.random() < 0.4
        units = rng.randint(1, held[name]) if sells else rng.randint(1, 5_000)
        held[name] += -units if sells else units
        price = f"{rng.uniform(0.01, 9):.8f}"
        kind = "sell" if sells else "buy"
        rows.append(f"{moment},{kind},gate,{name},{units}.00000000,{price},{units * 0.002:.8f},,")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
