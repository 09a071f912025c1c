"""RESULTS.md and docs/models say what the records of published weights say."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import Registry, build
from zoo.report.results import index, published_facts, results, write_cards
from zoo.weights.card import card, number, over_seeds, size
from zoo.weights.catalogue import record_table

ROOT = Path(__file__).parents[2]
PUBLISHED = [entry.name for entry in build(with_plugins=False).weights()]


@pytest.fixture(scope="module")
def registry() -> Registry:
    """A registry of the built-ins."""
    return build(with_plugins=False)


def test_results_page_is_made_from_the_records(registry: Registry) -> None:
    assert (ROOT / "RESULTS.md").read_text(encoding="utf-8") == results(registry), "zoo card --results > RESULTS.md"


def test_docs_hold_the_cards_of_all_published_models_and_no_other(registry: Registry, tmp_path: Path) -> None:
    written = {path.relative_to(tmp_path) for path in write_cards(registry, tmp_path)}
    models = ROOT / "docs" / "models"
    assert {path.relative_to(models) for path in models.rglob("*") if path.is_file()} == written
    assert (models / "README.md").read_text(encoding="utf-8") == index(registry)


@pytest.mark.parametrize("name", PUBLISHED)
def test_card_in_the_docs_is_made_from_the_record(registry: Registry, name: str) -> None:
    entry = registry.weights_of(name)
    assert entry is not None
    text = (ROOT / "docs" / "models" / f"{name}.md").read_text(encoding="utf-8")
    assert text == card(registry, record_table(entry)), "zoo card --all docs/models"


def test_every_name_in_the_results_leads_to_a_card(registry: Registry) -> None:
    for entry in registry.weights():
        assert f"[{entry.name}](docs/models/{entry.name}.md)" in results(registry)
        assert (ROOT / "docs" / "models" / f"{entry.name}.md").is_file()


def test_published_facts_are_those_of_the_record(registry: Registry) -> None:
    facts = published_facts(registry, "mlp/digits")
    entry = registry.weights_of("mlp/digits")
    assert facts is not None
    assert entry is not None
    table = record_table(entry)
    assert facts["value"] == table["metrics"]["test"]["accuracy"]
    assert facts["bytes"] == entry.bytes
    assert published_facts(registry, "perceptron/and") is None


def test_spread_is_told_with_its_seeds_and_a_median_where_one_is_promised() -> None:
    found = {"loss": {"mean": 4.0, "spread": 3.0, "values": [1.0, 2.0, 9.0]}}
    table = {"primary": "loss", "statistic": "median", "over_seeds": {"test": found}}
    assert over_seeds(table, "loss") == "2 +- 3 (median of 3 seeds)"
    assert over_seeds({**table, "statistic": "mean"}, "loss") == "4 +- 3 (3 seeds)"
    assert over_seeds(table, "accuracy") == ""
    alone = {"loss": {"mean": 4.0, "spread": None, "values": [4.0]}}
    assert over_seeds({**table, "over_seeds": {"test": alone}}, "loss") == "4 (median of 1 seed)"


@pytest.mark.parametrize(
    ("value", "text"), [(0.99449, "0.9945"), (1302.4, "1302"), (3.43e-6, "3.43e-06"), (10.0, "10"), (-0.5, "-0.5")]
)
def test_numbers_have_four_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


def test_sizes_are_in_kibibytes_and_mebibytes() -> None:
    assert (size(226_568), size(3_523_152)) == ("221 KiB", "3.36 MiB")
