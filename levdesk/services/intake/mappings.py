"""Mappings as JSON: the presets that ship, a person's own ones in the settings, and files to hand on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from levdesk.domain.errors import UserError
from levdesk.domain.transactions import TransactionType
from levdesk.services.intake.cells import zone_minutes
from levdesk.services.intake.choices import ColumnMapping, Field

FORMAT: Final = "levdesk-import-mapping"
LONGEST_BYTES: Final = 256 * 1024
_LONGEST_TEXT: Final = 400
_MOST_ENTRIES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Presets:
    """What ships with the program.

    Attributes:
        mappings: known files, in the order of the resource.
        aliases: (field, word) pairs for columns of files nobody knows, better words first.
    """

    mappings: tuple[ColumnMapping, ...] = ()
    aliases: tuple[tuple[Field, str], ...] = ()


def read_presets(data: bytes) -> Presets:
    """The shipped resource.

    Raises:
        ValueError: it is broken.
    """
    content = json.loads(data)
    return Presets(
        mappings=tuple(decode_mapping(entry) for entry in content["presets"]),
        aliases=tuple((Field(said), word) for said, words in content["aliases"].items() for word in words),
    )


def encode_mapping(mapping: ColumnMapping) -> dict[str, object]:
    """A mapping as JSON-able values; what is as usual is left out."""
    plain: dict[str, object] = {
        "name": mapping.name,
        "title": mapping.title,
        "venue": mapping.venue,
        "columns": {said.value: header for said, header in mapping.columns},
        "words": dict(mapping.words),
        "headers": list(mapping.headers),
        "fee_in_received": mapping.fee_in_received,
        "only_leveraged": mapping.only_leveraged,
        "assumed": mapping.assumed,
        "source": mapping.source,
    }
    if mapping.zone_min is not None:
        plain["zone"] = zone_text(mapping.zone_min)
    return plain


def decode_mapping(entry: object) -> ColumnMapping:
    """A mapping from JSON values of any origin.

    Raises:
        ValueError: it is none, with the reason.
    """
    if not isinstance(entry, dict):
        raise ValueError("a mapping is an object with columns")
    words = _pairs(entry, "words")
    unknown = {ours for _, ours in words} - {kind.value for kind in TransactionType}
    if unknown:
        raise ValueError(f"“{min(unknown)[:40]}” is no type of transaction")
    zone = entry.get("zone")
    headers = entry.get("headers", [])
    if not isinstance(headers, list) or len(headers) > _MOST_ENTRIES:
        raise ValueError("headers are a list of names")
    return ColumnMapping(
        name=_text(entry, "name"),
        title=_text(entry, "title"),
        columns=_columns(entry),
        venue=_text(entry, "venue").strip().lower(),
        words=words,
        zone_min=None if zone is None else zone_minutes(_string(zone)),
        fee_in_received=_flag(entry, "fee_in_received", usual=False),
        only_leveraged=_flag(entry, "only_leveraged", usual=True),
        headers=tuple(_string(header) for header in headers),
        assumed=_flag(entry, "assumed", usual=False),
        source=_text(entry, "source"),
    )


def mapping_file(mapping: ColumnMapping) -> bytes:
    """A file to hand on to somebody else."""
    content = {"format": FORMAT, "version": 1, "mapping": encode_mapping(mapping)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read_mapping_file(data: bytes, source: str) -> ColumnMapping:
    """A mapping somebody else saved.

    Raises:
        UserError: the file holds none.
    """
    hint = "Choose a file that “Save mapping to a file” wrote."
    if len(data) > LONGEST_BYTES:
        raise UserError(f"{source} is too large to be a mapping.", hint=hint)
    try:
        content = json.loads(data)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UserError(f"{source} is not a mapping of columns.", hint=hint)
        return decode_mapping(content.get("mapping"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{source} is not a mapping of columns: {error}.", hint=hint) from None


def stored_mappings(values: Iterable[str]) -> tuple[ColumnMapping, ...]:
    """A person's own mappings from the settings; what cannot be read is left out."""
    found = []
    for text in values:
        try:
            found.append(decode_mapping(json.loads(text)))
        except (ValueError, RecursionError):
            continue
    return tuple(found)


def store_mapping(values: Iterable[str], mapping: ColumnMapping) -> tuple[str, ...]:
    """The settings' texts with a mapping in them, in place of one of its title."""
    kept = [other for other in stored_mappings(values) if other.title.casefold() != mapping.title.casefold()]
    return tuple(json.dumps(encode_mapping(each), ensure_ascii=False) for each in (*kept, mapping))


def zone_text(zone_min: int) -> str:
    """A zone as "+08:00", of 480 minutes."""
    sign = "-" if zone_min < 0 else "+"
    return f"{sign}{abs(zone_min) // 60:02d}:{abs(zone_min) % 60:02d}"


def _columns(entry: Mapping[str, Any]) -> tuple[tuple[Field, str], ...]:
    pairs = _pairs(entry, "columns")
    known = {said.value for said in Field}
    wrong = next((said for said, _ in pairs if said not in known), None)
    if wrong is not None:
        raise ValueError(f"“{wrong[:40]}” is nothing a column can say")
    return tuple((Field(said), header) for said, header in pairs)


def _pairs(entry: Mapping[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    given = entry.get(name, {})
    if not isinstance(given, dict) or len(given) > _MOST_ENTRIES:
        raise ValueError(f"{name} are pairs of texts")
    return tuple((_string(key), _string(value)) for key, value in given.items())


def _string(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError("a text is missing or too long")
    return value


def _text(entry: Mapping[str, Any], name: str) -> str:
    return _string(entry.get(name, ""))


def _flag(entry: Mapping[str, Any], name: str, *, usual: bool) -> bool:
    value = entry.get(name, usual)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false")
    return value
