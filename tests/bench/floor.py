"""The floor: the least a Qt window costs in this interpreter. Prints "painted" at its first paint."""

from __future__ import annotations

import sys

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class EmptyWindow(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        print("painted", flush=True)


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window = EmptyWindow()
    window.resize(1440, 900)
    window.show()
    application.exec()
