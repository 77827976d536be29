"""A statement as PDF, laid out for A4 landscape; works without a screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from levdesk.services.statement import Statement, period_words
from levdesk.services.statement_html import statement_html

_DOTS_PER_INCH: Final = 150
_MARGIN_MM: Final = 14.0
_FOOT_MM: Final = 8.0
_FOOT_POINTS: Final = 7
_MUTED: Final = QColor("#667282")


def statement_pdf(statement: Statement) -> bytes:
    """The bytes of a PDF; needs a QGuiApplication for its fonts."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = _writer(buffer, "Statement {} to {}".format(*period_words(statement)))
    paper = QSizeF(writer.pageLayout().paintRectPixels(_DOTS_PER_INCH).size())
    foot = _FOOT_MM / 25.4 * _DOTS_PER_INCH
    page = QSizeF(paper.width(), paper.height() - foot)
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDefaultFont(QFont("sans-serif", 8))
    document.setDocumentMargin(0)
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(page)
    document.setHtml(statement_html(statement))
    painter = QPainter(writer)
    pages = document.pageCount()
    for number in range(pages):
        if number:
            writer.newPage()
        _draw_page(painter, document, page, number)
        words = f"{writer.title()} · {statement.portfolio}"
        _draw_foot(painter, QRectF(0, page.height(), page.width(), foot), words, f"{number + 1} of {pages}")
    painter.end()
    buffer.close()
    return bytes(content.data())


def _writer(buffer: QBuffer, title: str) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("LevDesk")
    writer.setResolution(_DOTS_PER_INCH)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM - _FOOT_MM / 2)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, margins, QPageLayout.Unit.Millimeter
        )
    )
    return writer


def _draw_page(painter: QPainter, document: QTextDocument, page: QSizeF, number: int) -> None:
    """One page's worth of the long strip that a document is."""
    part = QRectF(0, number * page.height(), page.width(), page.height())
    context = QAbstractTextDocumentLayout.PaintContext()
    context.clip = part
    painter.save()
    painter.translate(0, -part.top())
    painter.setClipRect(part)
    document.documentLayout().draw(painter, context)
    painter.restore()


def _draw_foot(painter: QPainter, room: QRectF, words: str, number: str) -> None:
    painter.save()
    painter.setFont(QFont("sans-serif", _FOOT_POINTS))
    painter.setPen(_MUTED)
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words)
    painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, number)
    painter.restore()
