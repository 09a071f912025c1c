"""Every registered family passes the conformance suite, as a plugin author's would."""

import keras
import pytest

from registry import Family, build
from zoo.check import CHECKS, Case, conformance
from zoo.check.suite import Suite, smallest_recipe
from zoo.recipe import read_recipe

REGISTRY = build(with_plugins=False)
# dcgan is gan with other networks: what costs it 5 seconds or more is checked of gan here, and of both in the slow tier
COSTLY = {("dcgan", "trains"), ("dcgan", "resumes"), ("dcgan", "follows_the_seed")}
CASES = [
    pytest.param(
        case,
        id=f"{family.name}-{case}",
        marks=[pytest.mark.slow] if (family.name, str(case)) in COSTLY else [],
    )
    for family in REGISTRY.families()
    for case in conformance(family.name, REGISTRY)
]


@pytest.mark.parametrize("case", CASES)
def test_a_family_conforms(case: Case) -> None:
    case()
    if case.check is case.suite.checks[-1]:  # the next family's networks need the memory
        case.suite.close()


@pytest.mark.parametrize("family", REGISTRY.families(), ids=lambda family: family.name)
def test_a_family_is_checked_on_its_smallest_embedded_recipe(family: Family) -> None:
    own = [
        read_recipe(REGISTRY, entry.name) for entry in REGISTRY.recipes() if entry.name.startswith(f"{family.name}/")
    ]
    sizes = {
        recipe.name: recipe.promise.parameters
        for recipe in own
        if recipe.promise and REGISTRY.dataset(recipe.dataset).embedded
    }
    assert sizes[smallest_recipe(REGISTRY, family.name)] == min(sizes.values())


def test_a_closed_suite_has_its_results_and_no_networks() -> None:
    suite = Suite(REGISTRY, "perceptron/and")
    predicts = next(check for check in suite.checks if check.name == "predicts")
    made = suite.result(predicts)
    assert any(isinstance(value, keras.Model) for value in vars(suite.subject).values())
    suite.close()
    assert not any(isinstance(value, keras.Model) for value in vars(suite.subject).values())
    assert suite.result(predicts) is made


def test_a_recipe_is_checked_on_itself() -> None:
    assert smallest_recipe(REGISTRY, "mlp/digits") == "mlp/digits"


def test_every_check_says_in_one_line_what_must_hold_and_has_a_name_of_its_own() -> None:
    for checks in CHECKS.values():
        assert len({check.name for check in checks}) == len(checks)
        for check in checks:
            assert check.rule.endswith(".")
            assert len(check.rule.splitlines()) == 1
            # what a check needs is made before it, so that its result is shown first
            assert all(checks.index(need) < checks.index(check) for need in check.needs)
