"""TFDS builders, prepared without a network from files of the form of the real ones."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from raw_tables import write_excerpt

from zoo.data.errors import DataUnavailable
from zoo.data.tables import encode, read_table
from zoo.datasets import bank_marketing, builders, credit_applications, creditcard_fraud

BUILDERS = {
    bank_marketing: builders.BankMarketing,
    credit_applications: builders.CreditApplications,
    creditcard_fraud: builders.CreditcardFraud,
}


def named(module) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.fixture(autouse=True)
def nothing_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", "1")


def prepared(builder: tfds.core.DatasetBuilder, **settings: object) -> tfds.core.DatasetBuilder:
    builder.download_and_prepare(**settings)
    return builder


@pytest.mark.parametrize("module", BUILDERS, ids=named)
def test_every_cell_of_the_file_comes_back_in_order_and_to_the_last_digit(
    module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_excerpt(module, tmp_path / "raw", rows=30)
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path / "raw"))
    monkeypatch.setattr(BUILDERS[module], "SOURCE", source)
    builder = prepared(tfds.builder(named(module), data_dir=tmp_path / "tfds"))
    assert builder.info.splits["train"].num_examples == 30
    read = tfds.as_numpy(builder.as_dataset(split="train", batch_size=-1))
    frame = read_table(source.locate(), module.COLUMNS, separator=getattr(module, "SEPARATOR", ","))
    for column in module.COLUMNS:
        cells = read[column.name or builders.NAMELESS]
        if column.role == "identifier":
            assert [cell.decode() for cell in cells] == frame[column.name].tolist()
        elif column.categories:
            assert [column.categories[code] for code in cells] == frame[column.name].tolist()
        else:
            assert np.array_equal(cells, encode(frame, (column,))[:, 0])
            assert cells.dtype == np.float64


def test_rows_can_be_reached_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BUILDERS[credit_applications], "SOURCE", write_excerpt(credit_applications, tmp_path, rows=12))
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    builder = prepared(tfds.builder("credit_applications", data_dir=tmp_path / "tfds", file_format="array_record"))
    source = builder.as_data_source(split="train")
    assert len(source) == 12
    assert source[3]["CustomerID"] == b"15000003"


def test_without_the_file_the_builder_says_what_the_data_set_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZOO_DATA_DIR", "ZOO_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(DataUnavailable, match="data set 'creditcard_fraud' is not on this machine"):
        prepared(tfds.builder("creditcard_fraud", data_dir=tmp_path))


def test_the_builders_read_the_files_of_the_data_sets() -> None:
    for module, builder in BUILDERS.items():
        assert builder.SOURCE is module.SOURCE
        assert builder.name == named(module)
        assert dataclasses.is_dataclass(builder.SOURCE)


@pytest.mark.real
def test_the_real_sample_is_prepared_whole(tmp_path: Path) -> None:
    if not os.environ.get("ZOO_DATA_DIR"):
        pytest.fail("set ZOO_DATA_DIR to a folder with the raw files to run the real tier")
    builder = prepared(tfds.builder("creditcard_fraud", data_dir=tmp_path))
    read = tfds.as_numpy(builder.as_dataset(split="train", batch_size=-1))
    assert (len(read["Class"]), int(read["Class"].sum())) == (1722, 492)
