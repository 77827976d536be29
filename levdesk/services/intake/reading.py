"""A foreign file to a preview: looked at, understood as far as it can be, translated, and judged by the usual rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from levdesk.domain.errors import ImportRejected
from levdesk.domain.instruments import LeveragedToken, TokenKey
from levdesk.domain.problems import Problem, Severity
from levdesk.services.books import Books
from levdesk.services.import_rows import TokenFinder
from levdesk.services.importing import ImportPreview, preview_rows
from levdesk.services.intake.choices import ColumnMapping, Field, FileShape, IntakeChoices, Reading
from levdesk.services.intake.detecting import (
    find_date_order,
    find_decimal_mark,
    find_fees_negative,
    find_header,
    fitting_mappings,
    guess_mapping,
    header_key,
    header_zone,
    known_headers,
    missing_fields,
)
from levdesk.services.intake.mappings import Presets
from levdesk.services.intake.text import (
    NumberedRow,
    detect_delimiter,
    detect_encoding,
    encoding_title,
    first_lines,
    numbered_rows,
    open_text,
)
from levdesk.services.intake.translating import Translator
from levdesk.services.pace import Pace, no_pace

_SAMPLE_ROWS = 400
_SHOWN_ROWS = 5
_FIGURES = (Field.QUANTITY, Field.PRICE, Field.TOTAL, Field.FEE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, already read: its rows, its name and the names of all sheets."""

    rows: Sequence[NumberedRow]
    name: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file with its header found: how to read its rows again from the first, and a sample."""

    shape: FileShape
    headers: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    rows: Callable[[], Iterator[NumberedRow]]


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """Files whose columns are known.

    Attributes:
        presets: mappings and words that ship.
        own: the person's mappings; they come before the presets that fit as well.
    """

    presets: Presets
    own: tuple[ColumnMapping, ...] = ()

    @property
    def mappings(self) -> tuple[ColumnMapping, ...]:
        """All of them, the person's first."""
        return (*self.own, *self.presets.mappings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the rows are tried out on; see `importing.preview_import`."""

    books: Books
    portfolio_id: int
    now_ms: int
    find_token: TokenFinder = lambda _key: None


def preview_intake(
    content: bytes | Sheet,
    choices: IntakeChoices,
    known: KnownFiles,
    ground: Ground,
    *,
    source: str,
    pace: Pace = no_pace,
) -> ImportPreview:
    """Read any file of trades and try it out on the books; nothing is written.

    Args:
        content: bytes of a text file, or a sheet.
        choices: what the person set; the rest is detected.
        known: files whose columns are known.
        ground: what the rows are tried out on.
        source: the file's name, for messages.
        pace: told how far it is; raises to stop.

    Raises:
        ImportRejected: it is no table. Columns nobody knows do not raise: `reading.missing` names them.
    """
    opened = _open(content, choices, known, source, pace)
    reading, shape = _understand(opened, choices, known, source)
    if isinstance(content, Sheet):
        reading = replace(reading, sheet=content.name, sheets=content.names)
    if reading.missing:
        return ImportPreview(source=source, portfolio_id=ground.portfolio_id, rows=(), reading=reading)
    is_listed = _Listed(ground.books.tokens, ground.find_token)
    translator = Translator(opened.headers, shape, reading.mapping, is_listed, source)
    preview = preview_rows(
        translator.rows(opened.rows()),
        ground.books,
        ground.portfolio_id,
        now_ms=ground.now_ms,
        source=source,
        find_token=ground.find_token,
    )
    tally = translator.tally
    told = replace(
        reading,
        rows_read=tally.rows_read,
        skipped=tuple(tally.skipped.most_common()),
        foreign_fees=tuple(tally.foreign_fees.most_common()),
        unknown_words=tuple(tally.unknown_words),
    )
    return replace(preview, reading=told, notices=(*preview.notices, *_notices(told)))


class _Listed:
    """Whether books or lists know a token, each asked once."""

    def __init__(self, tokens: Mapping[TokenKey, LeveragedToken], find_token: TokenFinder) -> None:
        self._tokens = tokens
        self._find = find_token

    def __call__(self, key: TokenKey) -> bool:
        return key in self._tokens or self._find(key) is not None


# -- opening -----------------------------------------------------------------------------------------------------------


def _open(content: bytes | Sheet, choices: IntakeChoices, files: KnownFiles, source: str, pace: Pace) -> _Opened:
    known = known_headers(files.mappings, files.presets.aliases)
    if isinstance(content, Sheet):
        rows = content.rows
        return _with_header(FileShape(encoding="", delimiter=""), lambda: iter(rows), choices, known, source)
    encoding = choices.encoding or detect_encoding(content)
    try:
        lines = first_lines(content, encoding)
    except (LookupError, UnicodeError):  # UTF-16 without its mark cannot even be begun
        raise ImportRejected(
            f"{source} cannot be read as {encoding_title(encoding)}.", hint="Choose another encoding."
        ) from None
    if not any(line.strip("\ufeff \t\r\n,;|\0") for line in lines):
        raise ImportRejected(f"{source} is empty.", hint="Choose a file with a header and rows.")
    delimiter = choices.delimiter or detect_delimiter(lines, known, header_key)
    shape = FileShape(encoding=encoding, delimiter=delimiter)
    return _with_header(
        shape,
        lambda: numbered_rows(open_text(content, encoding, source, pace), delimiter),
        choices,
        known,
        source,
    )


def _with_header(
    shape: FileShape,
    rows: Callable[[], Iterator[NumberedRow]],
    choices: IntakeChoices,
    known: frozenset[str],
    source: str,
) -> _Opened:
    sample = [(line, cells) for line, cells in islice(rows(), _SAMPLE_ROWS) if not isinstance(cells, str)]
    if not sample:
        raise ImportRejected(f"{source} holds no rows.", hint="Choose a file with a header and rows.")
    index = find_header([cells for _, cells in sample], known)
    if choices.header_line is not None:
        index = next((at for at, (line, _) in enumerate(sample) if line >= choices.header_line), len(sample) - 1)
    header_line, header = sample[index]
    headers = [name.strip().lstrip("\ufeff") for name in header]
    while headers and not headers[-1]:
        headers.pop()

    def below() -> Iterator[NumberedRow]:
        return (row for row in rows() if row[0] > header_line)

    return _Opened(
        replace(shape, header_line=header_line),
        tuple(headers),
        tuple(tuple(cells) for _, cells in sample[index + 1 :]),
        below,
    )


# -- understanding -----------------------------------------------------------------------------------------------------


def _understand(opened: _Opened, choices: IntakeChoices, known: KnownFiles, source: str) -> tuple[Reading, FileShape]:
    fits = fitting_mappings(opened.headers, known.mappings)
    guess = guess_mapping(opened.headers, known.presets.aliases)
    mapping = choices.mapping or (fits[0] if fits else guess)
    shape = _shape_of(opened, choices, mapping)
    reading = Reading(
        source=source,
        shape=shape,
        headers=opened.headers,
        samples=opened.sample[:_SHOWN_ROWS],
        mapping=mapping,
        candidates=(*fits, guess) if guess.columns else fits,
        missing=_missing(mapping, opened.headers),
    )
    return reading, shape


def _missing(mapping: ColumnMapping, headers: Sequence[str]) -> tuple[Field, ...]:
    there = {header_key(header) for header in headers}
    present = tuple((said, header) for said, header in mapping.columns if header_key(header) in there)
    return missing_fields(replace(mapping, columns=present))


def _shape_of(opened: _Opened, choices: IntakeChoices, mapping: ColumnMapping) -> FileShape:
    keys = [header_key(header) for header in opened.headers]

    def column(said: Field) -> Iterable[str]:
        key = header_key(mapping.header_of(said))
        if not key or key not in keys:
            return ()
        at = keys.index(key)
        return [row[at] for row in opened.sample if at < len(row)]

    order, is_sure = find_date_order(column(Field.TIME))
    mark = find_decimal_mark(chain.from_iterable(column(said) for said in _FIGURES), opened.shape.delimiter)
    zone = choices.zone_min
    if zone is None:
        time_header = next(
            (name for name in opened.headers if header_key(name) == header_key(mapping.header_of(Field.TIME))), ""
        )
        zone = header_zone(time_header)
    return replace(
        opened.shape,
        decimal_mark=choices.decimal_mark or mark,
        date_order=choices.date_order or order,
        is_order_sure=is_sure or choices.date_order is not None,
        zone_min=zone if zone is not None else mapping.zone_min or 0,
        fees_negative=mapping.name != "levdesk" and find_fees_negative(column(Field.FEE)),
    )


def _notices(reading: Reading) -> Iterator[Problem]:
    """What the person should look at before agreeing."""
    mapping, source = reading.mapping, reading.source
    words = []
    if mapping.assumed:
        words.append(f"The columns of “{mapping.title}” are assumed ({mapping.source}): look the rows over.")
    if not reading.shape.is_order_sure:
        words.append("No date in the file tells day and month apart: check the order of the dates.")
    if reading.foreign_fees:
        coins = ", ".join(f"{coin} ({count:,})" for coin, count in reading.foreign_fees[:5])
        words.append(f"Fees paid in another coin are written into the note and cost nothing here: {coins}.")
    for message in words:
        yield Problem(severity=Severity.WARNING, code="reading", message=message, source=source)
