"""A statement as PDF, laid out for A4 landscape; works without a screen."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from levdesk.services.statement import Statement, period_words
from levdesk.services.statement_pages import statement_html

_DOTS_PER_INCH = 150
_MARGIN_MM = 12.0


def statement_pdf(statement: Statement) -> bytes:
    """The bytes of a PDF; needs a QGuiApplication for its fonts."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle("Statement {} to {}".format(*period_words(statement)))
    writer.setCreator("LevDesk")
    writer.setResolution(_DOTS_PER_INCH)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, margins, QPageLayout.Unit.Millimeter
        )
    )
    document = QTextDocument()
    document.setHtml(statement_html(statement))
    document.print_(writer)
    buffer.close()
    return bytes(content.data())
