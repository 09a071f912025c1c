"""What the errors of the zoo tell."""

import pickle

import pytest

from registry import errors
from registry.errors import UnknownRecipe, UserError, ZooError


def test_an_error_says_what_holds_what_was_received_where_what_is_near_and_what_to_type() -> None:
    error = ZooError("a unit must be positive", received=-1, where="a.toml:3", near=["1", "2"], hint="units=1")
    assert str(error) == (
        "a unit must be positive\n  received: -1\n  where: a.toml:3\n  did you mean: 1, 2\n  try: units=1"
    )


def test_an_error_shows_only_the_lines_it_has() -> None:
    assert str(ZooError("the disk is full")) == "the disk is full"


@pytest.mark.parametrize("received", ["", " padded", "two\nlines"])
def test_a_text_that_cannot_be_seen_as_it_is_is_quoted(received: str) -> None:
    assert f"received: {received!r}" in str(ZooError("wrong", received=received))


def test_a_long_received_value_is_cut() -> None:
    line = str(ZooError("wrong", received=list(range(1000)))).splitlines()[1]
    assert line.endswith("…")
    assert len(line) < 220


def test_an_error_keeps_its_parts_on_the_way_to_another_process() -> None:
    error = UnknownRecipe("no such recipe", received="mlp/x", where="here", near=["mlp/xor"], hint="zoo list")
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.near) == (UnknownRecipe, str(error), ("mlp/xor",))


def test_a_users_mistake_exits_with_2_and_a_failure_with_1() -> None:
    assert ZooError.exit_code == 1
    users = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, UserError)]
    assert len(users) == 12 - 1  # every class of the module but ZooError
    assert {kind.exit_code for kind in users} == {2}
