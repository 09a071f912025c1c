"""Search by wildcards and facts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_examples import BUILT_IN, a_dataset, a_family, some_weights

from registry import Registry, build, search
from registry.errors import InvalidQuery, InvalidSpec
from registry.search import Condition, Query, parse_query

DIGITS = """\
summary = "Digits with two hidden layers"
family = "mlp"
dataset = "digits"
task = "classification"
[promise]
metric = "accuracy"
mean = 0.975
minutes_cpu = 0.1
parameters = 9098
"""
HOUSES = """\
summary = "House prices"
family = "mlp"
dataset = "houses"
task = "regression"
[promise]
metric = "mean_absolute_error"
mean = 0.4
minutes_cpu = "not measured"
parameters = 250000
"""
BARE = 'dataset = "unknown"\n'
ODD = 'promise = "a text"\n'
NAMED_LIKE_A_FACT = '[promise]\nmetric = "task"\nmean = 1.0\n'


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Two families, two data sets and the recipes above; mlp/digits has weights."""
    folder = tmp_path_factory.mktemp("recipes")
    files = {
        "mlp/digits": DIGITS,
        "mlp/houses": HOUSES,
        "cnn/bare": BARE,
        "cnn/odd": ODD,
        "cnn/task": NAMED_LIKE_A_FACT,
    }
    for name, text in files.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    filled = build(BUILT_IN, with_plugins=False)
    filled.add_dataset(a_dataset("houses", licence="public domain", embedded=False, classes=None))
    filled.add_recipes(folder)
    filled.add_weights(some_weights("mlp/digits"))
    with filled.transaction("zoo-plugin-one"):
        filled.add_family(a_family("cnn", tasks=["classification"], learning="estimator"))
    return filled


def found(registry: Registry, *words: str) -> list[str]:
    return [entry.name for entry in search(registry, words)]


def test_nothing_asked_finds_everything_with_each_family_before_its_recipes(registry: Registry) -> None:
    everything = ["cnn", "cnn/bare", "cnn/odd", "cnn/task", "mlp", "mlp/digits", "mlp/houses"]
    assert found(registry) == [entry.name for entry in search(registry)] == everything


def test_a_recipe_tells_its_facts(registry: Registry) -> None:
    (entry,) = search(registry, ["mlp/digits"])
    assert (entry.kind, entry.summary) == ("recipe", "Digits with two hidden layers")
    assert entry.facts == {
        "family": "mlp",
        "provider": "keras-zoo",
        "task": "classification",
        "dataset": "digits",
        "licence": "CC BY 4.0",
        "embedded": True,
        "pretrained": True,
        "accuracy": 0.975,
        "minutes": 0.1,
        "parameters": 9098,
    }


def test_a_family_tells_its_facts(registry: Registry) -> None:
    (entry,) = search(registry, ["mlp"])
    assert (entry.kind, entry.summary) == ("family", "Dense layers")
    assert entry.facts == {
        "task": "classification, regression",
        "dataset": "digits",
        "learning": "gradient",
        "provider": "keras-zoo",
    }


def test_what_is_not_known_is_not_a_fact(registry: Registry) -> None:
    (houses,) = search(registry, ["mlp/houses"])
    assert "minutes" not in houses.facts
    (bare,) = search(registry, ["cnn/bare"])
    assert (bare.summary, set(bare.facts)) == ("", {"family", "provider", "dataset", "pretrained"})


@pytest.mark.parametrize("name", ["cnn/odd", "cnn/task"])
def test_a_promise_of_another_form_is_not_a_fact(registry: Registry, name: str) -> None:
    (entry,) = search(registry, [name])
    assert set(entry.facts) == {"family", "provider", "pretrained"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["mlp/*"], ["mlp/digits", "mlp/houses"]),
        (["*digits*"], ["mlp/digits"]),
        (["*digits*", "*bare"], ["cnn/bare", "mlp/digits"]),
        (["m[l]p"], ["mlp"]),
        (["[!c]??"], ["mlp"]),
        (["nothing"], []),
        (["family=mlp"], ["mlp/digits", "mlp/houses"]),
        (["family=m*"], ["mlp/digits", "mlp/houses"]),
        (["task=regression"], ["mlp", "mlp/houses"]),
        (["task!=regression"], ["cnn", "mlp/digits"]),
        (["learning=estimator"], ["cnn"]),
        (["dataset=houses"], ["mlp/houses"]),
        (["provider=zoo-plugin-*"], ["cnn"]),
        (["licence = cc by 4.0"], ["mlp/digits"]),
        (["licence=CC*"], ["mlp/digits"]),
        (["pretrained"], ["mlp/digits"]),
        (["pretrained=no", "mlp/*"], ["mlp/houses"]),
        (["pretrained!=true", "mlp/*"], ["mlp/houses"]),
        (["embedded"], ["mlp/digits"]),
        (["embedded=False"], ["mlp/houses"]),
        (["parameters<10000"], ["mlp/digits"]),
        (["parameters<=9098"], ["mlp/digits"]),
        (["parameters>9098"], ["mlp/houses"]),
        (["parameters >= 1e4"], ["mlp/houses"]),
        (["parameters=9_098"], ["mlp/digits"]),
        (["parameters!=9098"], ["mlp/houses"]),
        (["minutes<1"], ["mlp/digits"]),
        (["accuracy>0.97"], ["mlp/digits"]),
        (["accuracy>0.98"], []),
        (["mean_absolute_error<=0.4"], ["mlp/houses"]),
        (["*digits", "task=classification", "accuracy>0.9", "pretrained"], ["mlp/digits"]),
        (["*digits", "task=regression"], []),
    ],
)
def test_patterns_are_alternatives_and_conditions_must_all_hold(
    registry: Registry, words: list[str], names: list[str]
) -> None:
    assert found(registry, *words) == names


def test_an_unknown_fact_is_refused_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(InvalidQuery, match="known are accuracy, dataset, embedded") as caught:
        search(registry, ["acuracy>0.9"])
    assert caught.value.near[0] == "accuracy"


@pytest.mark.parametrize("word", ["task<3", "pretrained>0", "pretrained=maybe", "parameters<many", "parameters<nan"])
def test_a_value_that_does_not_go_with_its_fact_is_refused(registry: Registry, word: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        search(registry, [word])
    assert caught.value.received == word


@pytest.mark.parametrize("word", ["", "accuracy>", "=0.9", "a==b", "a<>b", "MLP", "mlp digits"])
def test_a_word_that_is_neither_pattern_nor_condition_is_refused(word: str) -> None:
    with pytest.raises(InvalidQuery, match="a search word must be a pattern of names or a condition"):
        parse_query([word])


def test_a_broken_recipe_stops_a_search_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "mlp").mkdir()
    (tmp_path / "mlp" / "broken.toml").write_text("= 1\n")
    registry = Registry()
    registry.add_recipes(tmp_path)
    with pytest.raises(InvalidSpec) as caught:
        search(registry, [])
    assert caught.value.where == f"{tmp_path.resolve() / 'mlp' / 'broken.toml'}:1"


@given(st.lists(st.text() | st.from_regex(r"[a-z_*/]{0,9}(<|>|<=|>=|=|!=)?[a-z0-9.]{0,5}", fullmatch=True), max_size=4))
def test_any_words_either_parse_or_are_refused(words: list[str]) -> None:
    try:
        query = parse_query(words)
    except InvalidQuery:
        return
    assert len(query.patterns) + len(query.conditions) == len(words)


@given(
    st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    st.from_regex(r"[A-Za-z0-9.*]([A-Za-z0-9.* ]{0,8}[A-Za-z0-9.*])?", fullmatch=True),
)
def test_a_condition_is_parsed_into_what_it_was_written_from(key: str, operation: str, value: str) -> None:
    assert parse_query([f"{key}{operation}{value}"]) == Query((), (Condition(key, operation, value),))
