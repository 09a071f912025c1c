"""Texts: a user's own files, the help texts of Python, and the two that are fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import Registry, UserError, build
from zoo.data.catalogue import describe, load
from zoo.data.errors import DamagedData, DataUnavailable, InvalidData
from zoo.datasets.python_docs import TEXTS, check_version
from zoo.recipe import bind, read_recipe

SENTENCES = "One fish.\r\nTwo fish.\r\nRed fish.\r\nBlue fish.\r\n" * 20


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The zoo without plugins."""
    return build(with_plugins=False)


def test_a_file_is_divided_by_position_with_its_line_ends_made_alike(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "fish.txt"
    path.write_bytes(SENTENCES.encode())
    data = load(registry, "text_file", {"path": str(path), "test_fraction": 0.25})
    assert data.spec.vocabulary is not None
    assert "\r" not in data.spec.vocabulary.units
    assert data.spec.vocabulary.decode(data.train.features[:10]) == "One fish.\n"
    assert data.sizes() == {"train": 532, "validation": 81, "test": 204}


def test_the_files_of_a_folder_are_read_in_the_order_of_their_names(registry: Registry, tmp_path: Path) -> None:
    for name, text in (("b.txt", "second " * 30), ("a.txt", "first " * 30), ("c.md", "not this")):
        (tmp_path / name).write_text(text)
    data = load(registry, "text_file", {"path": str(tmp_path)})
    assert data.spec.vocabulary is not None
    assert data.spec.vocabulary.decode(data.train.features).startswith("first first")
    assert data.spec.vocabulary.decode(data.test.features).endswith("second second")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "received: no such file"),
        (b"caf\xe9" * 10, "received: invalid continuation byte at byte 3"),
        (b"", "occurs 1 times"),
    ],
    ids=["missing", "not UTF-8", "empty"],
)
def test_a_file_that_is_no_text_is_refused(
    registry: Registry, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidData, match=message):
        load(registry, "text_file", {"path": str(path)})


def test_a_folder_without_texts_and_no_path_at_all_are_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"a folder without \.txt files"):
        load(registry, "text_file", {"path": str(tmp_path)})
    with pytest.raises(InvalidData, match=r"data\.path=my\.txt"):
        load(registry, "text_file")


def test_the_path_is_an_option_of_the_data_set_by_either_name(registry: Registry) -> None:
    for key in ("dataset.path", "data.path", "path"):
        recipe = read_recipe(registry, "lstm_text", {"dataset": "text_file", key: "my.txt"})
        assert bind(registry, recipe).data_options.path == "my.txt"


def test_fractions_that_leave_nothing_to_learn_from_are_refused(registry: Registry) -> None:
    with pytest.raises(UserError, match="less than 1"):
        load(registry, "text_file", {"path": "x", "test_fraction": 0.5, "validation_fraction": 0.5})


def test_help_texts_of_a_python_that_was_not_measured_are_refused() -> None:
    with pytest.raises(DataUnavailable, match=r"data\.any_version=true") as refused:
        check_version("any text", "3.11.99")
    assert refused.value.exit_code == 2


def test_help_texts_that_a_distribution_changed_are_refused() -> None:
    with pytest.raises(DamagedData, match="must have sha256"):
        check_version("any text", next(iter(TEXTS)))


def test_help_texts_of_any_python_can_be_taken_and_cut(registry: Registry) -> None:
    data = load(registry, "python_docs", {"any_version": True, "characters": 5000, "level": "word", "least_count": 2})
    assert data.spec.vocabulary is not None
    assert {"the", " ", "\n"} <= set(data.spec.vocabulary.units)
    assert 0 < (data.test.targets == 0).mean() < 0.5


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "units", "sizes"),
    [("macbeth", 66, (80130, 10015, 10015)), ("tiny_shakespeare", 66, (1003853, 55769, 55769))],
)
def test_the_fetched_texts_are_what_was_measured(
    registry: Registry, name: str, units: int, sizes: tuple[int, ...]
) -> None:
    data = load(registry, name)
    assert data.spec.vocabulary is not None
    assert (len(data.spec.vocabulary), tuple(data.sizes().values())) == (units, sizes)
    assert describe(registry, name)["data"]["example"]["features"].isprintable() is False
