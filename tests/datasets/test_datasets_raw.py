"""The tables read from raw files: on drawn files of the same form, and on the real ones that ZOO_DATA_DIR names."""

import dataclasses
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from raw_tables import write_excerpt
from sklearn.model_selection import train_test_split

from registry import Registry
from zoo.data import catalogue
from zoo.data.errors import DamagedData, DataUnavailable
from zoo.datasets import bank_marketing, credit_applications, creditcard_fraud, register

ALL = [bank_marketing, credit_applications, creditcard_fraud]


def named(module) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    register(made)
    return made


@pytest.fixture
def excerpts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with drawn files of the form of the real ones, and sources that know them."""
    for module in ALL:
        monkeypatch.setattr(module, "SOURCE", write_excerpt(module, tmp_path))
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No files and no network."""
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("ZOO_OFFLINE", "1")


@pytest.mark.parametrize("module", ALL, ids=named)
@pytest.mark.usefixtures("excerpts")
def test_files_of_the_form_are_read_checked_and_split(module) -> None:
    options = module.Options(split_seed=1)
    data = module.load(options)
    assert sum(data.sizes().values()) == 200
    assert data.spec.feature_names == tuple(column.name for column in module.COLUMNS if column.is_input)
    assert np.isfinite(data.train.features).all()


@pytest.mark.parametrize("module", [credit_applications, creditcard_fraud], ids=named)
@pytest.mark.usefixtures("excerpts")
def test_identifiers_stand_in_the_order_of_the_rows(module) -> None:
    data = module.load(module.Options(split_seed=1))
    for split in data.splits.values():
        assert [int(name) - 15_000_000 for name in split.identifiers] == split.rows.tolist()


@pytest.mark.parametrize("module", ALL, ids=named)
@pytest.mark.usefixtures("nothing")
def test_without_its_file_a_data_set_says_where_to_get_it_and_where_to_put_it(module) -> None:
    with pytest.raises(DataUnavailable) as caught:
        module.load(module.Options())
    source = module.SOURCE
    assert f"{source.size} bytes, sha256 {source.sha256}" in str(caught.value)
    assert f"put it at $ZOO_DATA_DIR/{source.path}" in str(caught.value)


def test_only_the_file_of_uci_has_an_address() -> None:
    assert bank_marketing.SOURCE.address == "https://archive.ics.uci.edu/static/public/222/bank+marketing.zip"
    assert credit_applications.SOURCE.address is None
    assert creditcard_fraud.SOURCE.address is None


def test_a_changed_file_is_refused(excerpts: Path) -> None:
    path = excerpts / bank_marketing.SOURCE.path
    path.write_text(path.read_text(encoding="utf-8").replace("may", "jun", 1), encoding="utf-8")
    with pytest.raises(DamagedData, match="must have"):
        bank_marketing.load(bank_marketing.Options())


@pytest.mark.usefixtures("excerpts")
def test_without_duration_the_column_that_leaks_is_no_input() -> None:
    data = bank_marketing.load(bank_marketing.Options(duration=False))
    assert "duration" not in data.spec.feature_names
    assert data.spec.shape == (15,)


@pytest.mark.usefixtures("excerpts")
def test_labels_are_codes_taken_for_numbers() -> None:
    bank = bank_marketing.load(bank_marketing.Options(encoding="label", split_seed=1))
    assert {column.role for column in bank.spec.columns} == {"number", "ordinal"}
    assert not any(column.has_indicator for column in bank.spec.columns)
    one_hot = bank_marketing.load(bank_marketing.Options(split_seed=1))
    assert np.array_equal(bank.train.features, one_hot.train.features)
    credit = credit_applications.load(credit_applications.Options(encoding="label"))
    assert {(column.role, column.scaling) for column in credit.spec.columns} == {("number", "min_max")}


def test_categories_stand_in_the_order_of_scikit_learn_s_codes() -> None:
    for column in bank_marketing.COLUMNS:
        assert list(column.categories) == sorted(column.categories)


def test_a_repeated_row_is_left_out(excerpts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = excerpts / creditcard_fraud.SOURCE.path
    lines = path.read_text(encoding="utf-8").splitlines()
    repeated = [f"{15_000_200 + number},{line.partition(',')[2]}" for number, line in enumerate(lines[1:6])]
    path.write_text("\n".join([*lines, *repeated]) + "\n", encoding="utf-8")
    content = path.read_bytes()
    changed = dataclasses.replace(
        creditcard_fraud.SOURCE, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    monkeypatch.setattr(creditcard_fraud, "SOURCE", changed)
    data = creditcard_fraud.load(creditcard_fraud.Options(split_seed=1))
    assert sum(data.sizes().values()) == 200
    assert set(data.duplicates().values()) == {0}


@pytest.mark.parametrize("module", ALL, ids=named)
@pytest.mark.usefixtures("nothing")
def test_a_data_set_says_its_file_and_columns_before_it_is_here(module, registry: Registry) -> None:
    facts = catalogue.describe(registry, named(module))
    assert facts["data"] is None
    assert facts["available"] is False
    assert (facts["file"]["sha256"], facts["file"]["bytes"]) == (module.SOURCE.sha256, module.SOURCE.size)
    assert [column["name"] for column in facts["columns"]] == [column.name for column in module.COLUMNS]


def test_known_traps_are_said() -> None:
    traps = {(named(module), column.name): column.trap for module in ALL for column in module.COLUMNS if column.trap}
    assert "leaks the outcome" in traps["bank_marketing", "duration"]
    assert "-1 is no number of days" in traps["bank_marketing", "pdays"]
    assert "approval, not fraud" in traps["credit_applications", "Class"]
    assert ("creditcard_fraud", "Class") in traps


@pytest.fixture
def real_files() -> None:
    """The folder of the real data; its absence is a failure, because a skipped tier proves nothing."""
    if not os.environ.get("ZOO_DATA_DIR"):
        pytest.fail("set ZOO_DATA_DIR to a folder with the raw files to run the real tier")


@pytest.mark.real
@pytest.mark.parametrize(
    ("module", "sizes", "positive"),
    [
        (bank_marketing, (25_770, 4_521, 14_920), 5_289),
        (credit_applications, (483, 69, 138), 307),
        (creditcard_fraud, (1_192, 170, 341), 473),
    ],
    ids=["bank_marketing", "credit_applications", "creditcard_fraud"],
)
@pytest.mark.usefixtures("real_files")
def test_the_real_files_give_the_stored_splits(module, sizes: tuple[int, ...], positive: int) -> None:
    data = module.load(module.Options())
    assert tuple(data.sizes().values()) == sizes
    assert sum(int(split.targets.sum()) for split in data.splits.values()) == positive
    assert set(data.duplicates().values()) == {0}
    assert data.hashes() == module.HASHES
    assert not np.isnan(data.train.features).any()


@pytest.mark.real
@pytest.mark.usefixtures("real_files")
def test_bank_marketing_is_split_as_the_handbook_splits_it() -> None:
    data = bank_marketing.load(bank_marketing.Options())
    rest, test = train_test_split(np.arange(45_211), test_size=0.33, random_state=4)
    assert data.test.rows.tolist() == sorted(test)
    assert sorted([*data.train.rows, *data.validation.rows]) == sorted(rest)
    assert round(1 - data.test.targets.mean(), 4) == 0.8877


@pytest.mark.real
@pytest.mark.usefixtures("real_files")
def test_duration_and_encoding_change_neither_rows_nor_targets() -> None:
    default = bank_marketing.load(bank_marketing.Options())
    for options in (bank_marketing.Options(duration=False), bank_marketing.Options(encoding="label")):
        other = bank_marketing.load(options)
        assert np.array_equal(other.test.rows, default.test.rows)
        assert np.array_equal(other.test.targets, default.test.targets)
