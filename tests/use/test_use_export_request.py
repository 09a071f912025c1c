"""What is asked of an export, checked before TensorFlow is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from registry import Registry, UserError
from zoo.recipe import bind, read_recipe
from zoo.run import trainer
from zoo.run.folder import RunFolder, new_folder
from zoo.use.exporting.request import FORMATS, INSTALL, Format, check_request


def trained(registry: Registry, name: str, root: Path, changes: dict[str, Any] | None = None) -> Path:
    """The folder of a run, without its report."""
    bound = bind(registry, read_recipe(registry, name, changes or {}))
    folder = RunFolder(new_folder(root, bound.name))
    trainer.start(registry, bound, folder, seed=0, argv=["test"], subscribers=())
    return folder.path


def test_the_place_is_named_after_the_model_if_none_is_given(registry: Registry) -> None:
    places = {
        format: check_request(registry, "mlp/digits", format, int8=int8).target.name
        for format, int8 in (("savedmodel", False), ("onnx", False), ("litert", True), ("keras", False))
    }
    assert places == {
        "savedmodel": "mlp-digits-savedmodel",
        "onnx": "mlp-digits.onnx",
        "litert": "mlp-digits-int8.tflite",
        "keras": "mlp-digits.keras",
    }


@pytest.mark.parametrize(
    ("format", "hint"),
    [
        ("torch", "--format onnx"),
        ("openvino", "--format onnx"),
        ("tflite", "--format litert"),
        ("h5", "--format keras"),
    ],
)
def test_another_format_is_refused_with_what_leads_there(registry: Registry, format: str, hint: str) -> None:
    with pytest.raises(UserError, match="a format is one of savedmodel, onnx, litert, keras") as caught:
        check_request(registry, "mlp/digits", format)
    assert str(caught.value.hint).startswith(hint)


def test_missing_packages_are_one_message_with_what_to_install(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "onnx", Format("onnx", ".onnx", ("onnx", "a_package_that_nobody_has")))
    with pytest.raises(UserError, match="received: no a_package_that_nobody_has") as caught:
        check_request(registry, "mlp/digits", "onnx")
    assert caught.value.hint == INSTALL


@pytest.mark.parametrize("taken", ["a file", "a folder", "a broken link"])
def test_nothing_is_replaced(registry: Registry, tmp_path: Path, taken: str) -> None:
    target = tmp_path / "digits.onnx"
    if taken == "a file":
        target.write_bytes(b"kept")
    elif taken == "a folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UserError, match="must not replace anything"):
        check_request(registry, "mlp/digits", "onnx", target)


def test_a_place_in_no_folder_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a folder that exists"):
        check_request(registry, "mlp/digits", "onnx", tmp_path / "nowhere" / "digits.onnx")


def test_estimators_are_refused_with_what_to_do_instead(registry: Registry, tmp_path: Path) -> None:
    run = trained(registry, "logistic_regression", tmp_path)
    for format in FORMATS:
        with pytest.raises(UserError, match="is an estimator of scikit-learn") as caught:
            check_request(registry, str(run), format)
        assert "zoo predict" in str(caught.value.hint)


@pytest.mark.slow
def test_float64_preprocessing_is_refused_in_litert_and_let_through_in_onnx(registry: Registry, tmp_path: Path) -> None:
    changes = {"dataset": "surface", "task": "regression", "epochs": 1}
    run = trained(registry, "mlp", tmp_path, changes)
    with pytest.raises(UserError, match="LiteRT computes in float32; the preprocessing of a table is float64"):
        check_request(registry, str(run), "litert")
    assert check_request(registry, str(run), "onnx", tmp_path / "surface.onnx").target == tmp_path / "surface.onnx"


def test_a_request_is_checked_without_tensorflow(tmp_path: Path) -> None:
    program = """
import sys
from registry import default
from zoo.use.exporting.request import check_request
check_request(default(), "cnn/digits", "litert", int8=True)
try:
    check_request(default(), "cnn/digits", "torch")
except Exception as error:
    print(type(error).__name__)
print(sorted({"tensorflow", "keras", "onnx", "onnxruntime", "ai_edge_litert"} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert result.stdout == "UserError\n[]\n"
