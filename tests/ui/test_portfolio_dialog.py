from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from levdesk.domain.errors import UserError
from levdesk.domain.transactions import CostMethod
from levdesk.ui.dialogs.portfolio_dialog import METHOD_WORDS, PortfoliosDialog
from tests.ui.fake_desk import FakeDesk


@pytest.fixture
def dialog(qtbot: QtBot, desk: FakeDesk) -> PortfoliosDialog:
    made = PortfoliosDialog(desk)
    qtbot.addWidget(made)
    made.show()
    return made


def pick(dialog: PortfoliosDialog, method: CostMethod) -> None:
    next(button for button in dialog.methods.buttons() if button.property("method") == method.value).setChecked(True)


def names(dialog: PortfoliosDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_it_opens_on_the_portfolio_on_screen(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    assert names(dialog) == [each.name for each in desk.portfolios]
    assert dialog.name.text() == desk.portfolios[0].name
    assert dialog.method is desk.portfolios[0].cost_method
    assert not dialog.save.isEnabled()


def test_every_cost_method_is_explained(dialog: PortfoliosDialog) -> None:
    spoken = {button.text(): button.accessibleDescription() for button in dialog.methods.buttons()}
    assert spoken == dict(METHOD_WORDS.values())


def test_a_new_one_is_added_with_its_method_and_stays_chosen(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    dialog.new.click()
    assert dialog.save.text() == "Add portfolio"
    assert not dialog.save.isEnabled()
    dialog.name.setText("  Long   term ")
    pick(dialog, CostMethod.AVERAGE)
    dialog.save.click()
    assert desk.calls[-1] == ("add_portfolio", ("Long term", CostMethod.AVERAGE))
    assert "Long term" in names(dialog)
    assert dialog.name.text() == "Long term"
    assert not dialog.new.isChecked()


def test_renaming_and_another_method_are_one_change(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    before = desk.portfolios[0]
    dialog.name.setText("Everything")
    pick(dialog, CostMethod.LIFO)
    assert "worked out again" in dialog.effect.text()
    dialog.save.click()
    changed = replace(before, name="Everything", cost_method=CostMethod.LIFO)
    assert desk.calls[-1] == ("edit_portfolio", (changed,))
    assert names(dialog)[0] == "Everything"


@pytest.mark.parametrize("name", ["", "   ", "SAVINGS"])
def test_a_name_has_to_be_there_and_ones_own(dialog: PortfoliosDialog, name: str) -> None:
    dialog.name.setText(name)
    assert not dialog.save.isEnabled()
    assert dialog.problem.isVisible() is bool(name.strip())


def test_deleting_asks_first_and_counts_what_goes(qtbot: QtBot, dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    assert dialog.contents(1) == "It goes with its 14 transactions in 9 tokens."
    assert dialog.contents(2) == "It goes with its 1 transaction in 1 token."
    dialog.delete.click()
    box = dialog.findChild(QMessageBox)
    assert box is not None
    assert box.informativeText().endswith("You can undo it with Ctrl+Z.")
    assert desk.calls == []
    next(button for button in box.buttons() if button.text() == "Delete").click()
    assert desk.calls == [("remove_portfolio", (1,))]
    assert names(dialog) == [desk.portfolios[0].name]
    assert not dialog.delete.isEnabled()  # the last one stays
    assert dialog.delete.toolTip() == "The last portfolio stays"


def test_cancelling_deletes_nothing(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    dialog.delete.click()
    box = dialog.findChild(QMessageBox)
    assert box is not None
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert desk.calls == []


def test_an_empty_portfolio_is_called_empty(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    desk.add_portfolio("Bare", CostMethod.FIFO)
    assert dialog.contents(desk.portfolios[-1].id) == "It is empty."


def test_a_refusal_is_told_in_the_dialog(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    desk.fail(UserError("The disk is full.", hint="Make room."))
    assert dialog.problem.text() == "The disk is full. Make room."
    assert dialog.problem.isVisible()


def test_leaving_new_brings_the_chosen_one_back(dialog: PortfoliosDialog, desk: FakeDesk) -> None:
    dialog.new.click()
    dialog.name.setText("x")
    dialog.new.click()
    assert dialog.name.text() == desk.portfolios[0].name
    dialog.new.click()
    dialog.list.setCurrentRow(1)
    assert dialog.name.text() == desk.portfolios[1].name
    assert dialog.save.text() == "Save changes"
