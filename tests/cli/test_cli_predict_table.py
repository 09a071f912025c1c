"""`zoo predict` on tables: the rows come back with the prediction, as CSV or as facts."""

import csv
import io
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_iris
from typer.testing import CliRunner, Result
from zoo_process import Zoo

from registry import default
from zoo import jobs
from zoo.cli.main import app

HEADER = "petal_width,petal_length,sepal_width,sepal_length,species"
RESULTS = ["prediction", "probability_setosa", "probability_versicolor", "probability_virginica"]


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def predict(*arguments: str) -> Result:
    """Run the verb in this process: TensorFlow is there already."""
    return CliRunner().invoke(app, ["predict", *arguments], prog_name="zoo")


@pytest.fixture(scope="module")
def iris_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of a network on iris."""
    folder = tmp_path_factory.mktemp("runs")
    changes = {"dataset": "iris", "epochs": 30, "learning_rate": 0.01, "dropout": 0.0}
    return str(jobs.train(default(), "mlp", changes, runs=folder).folder)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Five irises of each species, columns in another order, the species beside them, one cell missing."""
    flowers = load_iris()
    rows = [
        ",".join([*map(str, flowers.data[row][::-1]), flowers.target_names[flowers.target[row]]])
        for first in (0, 50, 100)
        for row in range(first, first + 5)
    ]
    rows[0] = "," + rows[0].partition(",")[2]
    path = tmp_path / "flowers.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_are_written_to_standard_output(zoo: Zoo, iris_run: str, table: Path) -> None:
    result = zoo("predict", iris_run, str(table))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == predict(iris_run, str(table)).stdout
    rows = rows_of(result.stdout)
    assert list(rows[0]) == [*HEADER.split(","), *RESULTS]
    assert [",".join(list(row.values())[:5]) for row in rows] == table.read_text(encoding="utf-8").split()[1:]
    assert sum(row["prediction"] == row["species"] for row in rows) >= 13
    assert all(sum(float(row[name]) for name in RESULTS[1:]) == pytest.approx(1, abs=1e-5) for row in rows)


def test_rows_are_written_to_a_file_whole_or_not_at_all(iris_run: str, table: Path, tmp_path: Path) -> None:
    on_screen = predict(iris_run, str(table)).stdout
    result = predict(iris_run, str(table), "--output", "out.csv")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == on_screen
    broken = table.read_text(encoding="utf-8") + "1,2,3,four,setosa\n"
    (tmp_path / "broken.csv").write_text(broken, encoding="utf-8")
    result = predict(iris_run, "broken.csv", "--output", "out.csv")
    assert result.exit_code == 2
    assert "broken.csv, row 16, column 'sepal_length'" in result.stderr
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == on_screen
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.csv", "flowers.csv", "out.csv"]


def test_rows_before_one_that_does_not_fit_stay_on_standard_output(iris_run: str, tmp_path: Path) -> None:
    lines = [HEADER.rpartition(",")[0], *["0.2,1.4,3.5,5.1"] * 50_000, "0.2,1.4,3.5,five"]
    (tmp_path / "long.csv").write_text("\n".join(lines), encoding="utf-8")
    result = predict(iris_run, "long.csv")
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 50_001)
    assert "row 50001, column 'sepal_length'" in result.stderr
    assert result.stderr.endswith("; its first 50,000 rows are predicted\n")


def test_rows_as_facts(iris_run: str, table: Path) -> None:
    rows = json.loads(predict(iris_run, str(table), "--json").stdout)
    assert [row["index"] for row in rows] == list(range(15))
    assert rows[14]["label"] == "virginica"
    assert rows[14]["top"][0] == {"label": "virginica", "probability": rows[14]["probability"]}


def test_several_tables_are_one_line_an_example(iris_run: str, table: Path) -> None:
    lines = predict(iris_run, str(table), str(table)).stdout.splitlines()
    assert len(lines) == 31
    assert lines[16].split()[:2] == [f"{table}[0]", "setosa"]
    rows = rows_of(predict(iris_run, str(table), str(table), "--format", "csv").stdout)
    assert list(rows[0]) == ["file", "index", *RESULTS]
    assert [row["index"] for row in rows] == [*map(str, range(15))] * 2


def test_rows_of_parquet_are_taken_like_those_of_csv(iris_run: str, table: Path, tmp_path: Path) -> None:
    pd.read_csv(table).to_parquet(tmp_path / "flowers.parquet")
    expected, answered = (rows_of(predict(iris_run, f"flowers.{kind}").stdout) for kind in ("csv", "parquet"))
    assert [row["species"] for row in answered] == [row["species"] for row in expected]
    assert [row["probability_setosa"] for row in answered] == [row["probability_setosa"] for row in expected]


def test_columns_of_parquet_come_back_as_they_were(iris_run: str, table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table).head(2)
    frame["phone"] = pd.array([9007199254740993, None], dtype="Int64")  # more than a float64 holds
    frame["price"], frame["weight"] = [20123456789.0, 1234567.891], pd.Series([0.1, None], dtype="float32")
    frame.to_parquet(tmp_path / "flowers.parquet")
    result = predict(iris_run, "flowers.parquet")
    assert [line.split(",")[:8] for line in result.stdout.splitlines()] == [
        [*HEADER.split(","), "phone", "price", "weight"],
        ["", "1.4", "3.5", "5.1", "setosa", "9007199254740993", "20123456789.0", "0.1"],
        ["0.2", "1.4", "3.0", "4.9", "setosa", "", "1234567.891", ""],
    ]
    assert all(len(cell) <= 12 for line in result.stdout.splitlines()[1:] for cell in line.split(",")[9:])


def test_a_table_that_does_not_fit_is_skipped_among_others(iris_run: str, table: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    result = predict(iris_run, "broken.csv", "flowers.csv", "--format", "jsonl")
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 15)
    assert "skipped broken.csv: a table must have the column" in result.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("petal_width", "width"), "must have the column 'petal_width' once"),
        (("species", "prediction"), "columns with the names of the results"),
        ((HEADER, ""), "must begin with a line of column names"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    iris_run: str, table: Path, change: tuple[str, str], message: str
) -> None:
    table.write_text(table.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    result = predict(iris_run, str(table))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output", "out.csv", "--json"], "--json goes to standard output"),
        (["--format", "csw"], "did you mean: csv"),
        (["--format", "grid", "--output", "out.png"], "a grid is for models of pictures"),
        (["--format", "table", "--output", "out.txt"], "a table is for the screen"),
        (["--output", "out.parquet"], "--output must end in .csv, .jsonl"),
        (["--output", "none/out.csv"], "the output must be a file that can be written"),
        (["--value-range", "0", "1"], "--value-range is for pictures"),
    ],
)
def test_options_that_do_not_fit_are_refused(iris_run: str, table: Path, arguments: list[str], message: str) -> None:
    result = predict(iris_run, str(table), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.real
def test_calls_of_the_bank_go_in_and_come_back(tmp_path: Path) -> None:
    if not os.environ.get("ZOO_DATA_DIR"):
        pytest.fail("set ZOO_DATA_DIR to a folder with the raw files to run the real tier")
    changes = {"dataset": "bank_marketing", "epochs": 1, "batch_size": 256}
    run = jobs.train(default(), "mlp", changes, runs=tmp_path).folder
    source = Path(os.environ["ZOO_DATA_DIR"]) / "bank_marketing" / "bank-full.csv"
    lines = source.read_text(encoding="utf-8").splitlines()[:4]
    lines[1] = lines[1].replace("management", "astronaut").replace("58", "", 1)
    (tmp_path / "new.csv").write_text("\n".join(lines), encoding="utf-8")
    result = predict(str(run), "new.csv")
    assert result.exit_code == 0, result.stderr
    answered = result.stdout.splitlines()
    assert answered[0].endswith("poutcome;y;prediction;probability_no;probability_yes")
    assert answered[1].startswith(";astronaut;married;")
    assert len(answered) == 4
