from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from levdesk.app.setup.plan import (
    AskForSystem,
    Condemn,
    Environment,
    Facts,
    Go,
    Install,
    InstallSystem,
    Make,
    Note,
    Refuse,
    decide,
)

BARE = Facts(
    environment=Environment.ABSENT,
    is_inside=False,
    is_satisfied=False,
    can_make=True,
    is_writable=True,
    lacking=(),
    venv_package="python3.11-venv",
    can_install=False,
)

facts = st.builds(
    Facts,
    environment=st.sampled_from(Environment),
    is_inside=st.booleans(),
    is_satisfied=st.booleans(),
    can_make=st.booleans(),
    is_writable=st.booleans(),
    lacking=st.sampled_from([(), ("libegl1",), ("libegl1", "libgl1")]),
    venv_package=st.just("python3.11-venv"),
    can_install=st.booleans(),
)


def kinds(value: Facts) -> list[type]:
    return [type(step) for step in decide(value)]


def test_a_bare_machine_gets_an_environment_and_starts_inside() -> None:
    assert kinds(BARE) == [Make, Install, Note, Go]
    assert decide(BARE)[-1] == Go("inside")


def test_a_ready_environment_is_entered_at_once() -> None:
    assert decide(replace(BARE, environment=Environment.READY)) == (Go("inside"),)
    assert decide(replace(BARE, environment=Environment.READY, is_inside=True)) == (Go("here"),)


def test_an_interpreter_that_has_everything_needs_no_environment() -> None:
    assert decide(replace(BARE, is_satisfied=True)) == (Go("here"),)


def test_an_interrupted_set_up_is_made_anew() -> None:
    assert kinds(replace(BARE, environment=Environment.UNFINISHED, is_satisfied=True)) == [Make, Install, Note, Go]


def test_changed_dependencies_are_brought_up_to_date_without_starting_over() -> None:
    outdated = replace(BARE, environment=Environment.OUTDATED)
    assert decide(outdated) == (Go("inside"),)
    assert kinds(replace(outdated, is_inside=True)) == [Install, Note, Go]


def test_changed_dependencies_that_are_met_already_need_no_download() -> None:
    inside = replace(BARE, environment=Environment.OUTDATED, is_inside=True, is_satisfied=True)
    assert decide(inside) == (Note(), Go("here"))


def test_an_environment_made_by_hand_is_looked_at_from_inside() -> None:
    unknown = replace(BARE, environment=Environment.UNKNOWN)
    assert decide(unknown) == (Go("inside"),)
    assert kinds(replace(unknown, is_inside=True)) == [Install, Note, Go]
    assert decide(replace(unknown, is_inside=True, is_satisfied=True)) == (Note(), Go("here"))


def test_an_environment_cannot_be_made_anew_by_its_own_interpreter() -> None:
    assert decide(replace(BARE, environment=Environment.BROKEN, is_inside=True)) == (Condemn(), Go("outside"))


def test_a_folder_that_is_no_environment_is_left_alone() -> None:
    (step,) = decide(replace(BARE, environment=Environment.FOREIGN))
    assert isinstance(step, Refuse)
    assert ".venv" in step.message


def test_a_read_only_checkout_is_said_plainly() -> None:
    (step,) = decide(replace(BARE, is_writable=False))
    assert isinstance(step, Refuse)
    assert "cannot be written to" in step.message
    assert decide(replace(BARE, environment=Environment.READY, is_writable=False)) == (Go("inside"),)


def test_without_the_right_to_install_the_person_gets_one_command_for_everything() -> None:
    lacking = replace(BARE, can_make=False, lacking=("libegl1", "libgl1"))
    assert decide(lacking) == (AskForSystem(("python3.11-venv", "libegl1", "libgl1")),)


def test_root_on_debian_installs_what_is_lacking_first() -> None:
    lacking = replace(BARE, can_make=False, lacking=("libegl1",), can_install=True)
    assert kinds(lacking) == [InstallSystem, Make, Install, Note, Go]
    assert decide(lacking)[0] == InstallSystem(("python3.11-venv", "libegl1"))


def test_the_parts_that_make_environments_do_not_matter_once_one_is_there() -> None:
    assert decide(replace(BARE, environment=Environment.READY, can_make=False)) == (Go("inside"),)


@given(facts)
def test_every_plan_ends_in_exactly_one_ending(value: Facts) -> None:
    steps = decide(value)
    assert isinstance(steps[-1], Go | Refuse | AskForSystem)
    assert not any(isinstance(step, Go | Refuse | AskForSystem) for step in steps[:-1])


@given(facts)
def test_nothing_is_done_without_the_right_to_do_it(value: Facts) -> None:
    steps = decide(value)
    if not value.can_install:
        assert not any(isinstance(step, InstallSystem) for step in steps)
    if not value.is_writable:
        assert not any(isinstance(step, Make | Condemn | Install) for step in steps)
    if value.is_inside or value.environment is Environment.FOREIGN:
        assert not any(isinstance(step, Make) for step in steps)


@given(facts)
def test_what_is_installed_is_always_noted_and_started_inside(value: Facts) -> None:
    steps = decide(value)
    if any(isinstance(step, Install) for step in steps):
        assert steps[-2:] == (Note(), Go("inside"))


@given(facts)
def test_a_window_never_opens_while_libraries_are_lacking(value: Facts) -> None:
    steps = decide(value)
    if value.lacking and steps[-1] == Go("here"):
        assert any(isinstance(step, InstallSystem) and set(value.lacking) <= set(step.names) for step in steps)
