"""The user's mistakes: exit code 2, one message on stderr, nothing on stdout, no traceback."""

import subprocess
from pathlib import Path

import pytest
from zoo_process import Here, Zoo

MISTAKES = [
    ("show mpl", "mlp"),
    ("show mlp/digit", "mlp/digits"),
    ("show MLP/Digits", "mlp/digits"),
    ("show nothing.toml", "no such recipe file"),
    ("list colour=red", "no entry has such a fact"),
    ("list task<3", "is not a number"),
    ("list digits", "mlp/digits"),
    ("list mpl --json", "mlp"),
    ("list mlp/digit task=classification", "mlp/digits"),
    ("train mpl", "mlp"),
    ("train mlp/digits epoch=3", "epochs"),
    ("train mlp/digits hyperparameters.unit=3", "hyperparameters.units"),
    ("train mlp/digits epochs", "a change is written key=value"),
    ("train mlp/digits epochs=many", "training.epochs"),
    ("train mlp/digits epochs=0", "greater than or equal to 1"),
    ("train mlp/digits dataset=digit", "digits"),
    ("train mlp/digits task=regression", "must offer the recipe's task"),
    ("train mlp/digits --seed -1", "--seed"),
    ("train mlp/digits --seed 4294967296", "--seed"),
    ("train mlp/digits --seeds 1", "--seed"),
    ("train mlp/digits batch_size=1048577", "less than or equal to 1048576"),
    ("train cnn/digits --from mlp/digits", "must be of the family cnn"),
    ("train mlp/digits --trainable head", "pretrained.weights must be given"),
    ("train mlp/digits trainable=head", "pretrained.trainable"),
    ("train mlp/digits --dataset digits dataset=digits", "a key may be changed once"),
    ("train mlp/digits --from mlp/digits --cv 5", "rows that are held out must be new"),
    ("reproduce mlp/digit", "mlp/digits"),
    ("reproduce mlp/digits --seeds 0,0", "seeds must be different whole numbers"),
    ("reproduce mlp/digits --seeds 4294967296", "seeds must be different whole numbers"),
    (f"reproduce mlp/digits --seeds {'1' * 5000}", "seeds must be different whole numbers"),
    ("reproduce mlp/digits --seeds a", "seeds must be different whole numbers"),
    ("reproduce mlp/digits --seeds ,", "seeds must be different whole numbers"),
    ("resume nothing", "nothing"),
    ("evaluate mlp", "pretrained weights are loaded by the name of a recipe"),
    ("evaluate mlp/digits --split tets", "--split"),
    ("predict mlp/digits", "Missing argument"),
    ("export mlp/digits", "Missing option '--format'"),
    ("export mlp/digits --format torch", "try: --format onnx: only Keras on PyTorch writes its files"),
    ("export mlp/digits --format onxn", "did you mean: onnx"),
    ("export mlp/digit --format onnx", "mlp/digits"),
    ("export mlp/digits --format keras --out digits.h5", "try: --out digits.keras"),
    ("export mlp/digits --format onnx --int8", "try: --format litert --int8"),
    ("export gan/digits --format litert --int8", "try: without --int8"),
    ("export lstm_text/python_docs --format litert", "try: --format onnx"),
    ("publish nothing", "nothing"),
    ("compare nothing nobody", "the run folder must exist"),
    ("compare nothing", "at least two runs"),
    ("compare nothing nothing", "not with itself"),
    ("compare", "Missing argument"),
    ("copy mlp/digits wide", "must be a TOML file"),
    ("copy mlp/digits My-Wide.toml", "the name of a recipe file"),
    ("copy mlp/digits wide.toml epoch=3", "epochs"),
    ("copy mlp/digits digits.toml", "my_digits.toml"),
    ("copy mlp/digits mlp/xor.toml", "which would be called mlp/xor"),
    ("data show digit", "digits"),
    ("data get digit", "digits"),
    ("data path digit", "digits"),
    ("tarin mlp/digits", "train"),
    ("data lsit", "list"),
    ("list --jsn", "--json"),
    ("train mlp/xor --determinism strikt", "did you mean: strict"),
    ("train lda/wine --cv 5 --determinism strict", "determinism is of one run, or of a reproduction"),
]


def require_one_message(result: subprocess.CompletedProcess[str], said: str) -> None:
    assert result.returncode == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("zoo: ") <= 1


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=[arguments[:60] for arguments, _ in MISTAKES])
def test_a_mistake_is_one_message_and_exit_code_2(here: Here, arguments: str, said: str, tmp_path: Path) -> None:
    require_one_message(here(*arguments.split()), said)
    assert list(tmp_path.iterdir()) == []


# a name, a setting, the parser of the command line, an option of a verb, and a conflict that is found late
@pytest.mark.parametrize(
    "arguments",
    [
        "show mlp/digit",
        "train mlp/digits epochs=0",
        "tarin mlp/digits",
        "export mlp/digits --format torch",
        "train lda/wine --cv 5 --determinism strict",
    ],
)
def test_a_process_ends_with_it_too(zoo: Zoo, arguments: str) -> None:
    require_one_message(zoo(*arguments.split()), dict(MISTAKES)[arguments])


def test_a_mistake_leaves_no_run_folder(here: Here, tmp_path: Path) -> None:
    here("train", "mlp/digits", "epoch=3", "--runs", "runs")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", ["--debug show mpl", "show mpl --debug", "show --debug mpl"])
def test_debug_shows_the_traceback_wherever_it_stands(zoo: Zoo, arguments: str) -> None:
    result = zoo(*arguments.split())
    assert result.returncode == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert "UnknownFamily" in result.stderr
    assert result.stdout == ""


def test_a_copy_never_replaces_a_file(here: Here, tmp_path: Path) -> None:
    mine = tmp_path / "wide.toml"
    mine.write_text("mine", encoding="utf-8")
    result = here("copy", "mlp/digits", "wide.toml")
    assert result.returncode == 2
    assert "must not replace a file" in result.stderr
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_copy_into_a_place_that_cannot_be_written_is_refused(here: Here, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    result = here("copy", "mlp/digits", "taken/wide.toml")
    assert result.returncode == 2
    assert "a place that can be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_recipe_file_that_is_no_toml_is_refused_with_its_line(here: Here, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('summary = "x"\nfamily = \n', encoding="utf-8")
    result = here("show", "broken.toml")
    assert result.returncode == 2
    assert "line 2" in result.stderr
    assert "broken.toml" in result.stderr
