"""Broken recipes are refused as the user's mistake, whatever is broken about them."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import Registry, UserError
from zoo.recipe import bind, read_recipe, resolved, write_recipe

PROMISE = """
[promise]
command = "zoo reproduce cnn/made"
metric = "accuracy"
mean = 0.98
spread = 0.002
tolerance = 0.01
seeds = [0, 1, 2]
minutes_cpu = 0.1
minutes_gpu = "not measured"
baseline = 0.1
parameters = 650
source = "written for this test"
mended = "nothing"
"""
VALUES = (
    "1", "0", "-1", "2.5", "1e400", "nan", "true", '""', '"text"', "[]", "[1]", '["a", 2.0]', "[[1]]", "{}",
    "{a = 1}", "{a = {b = []}}", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "1" * 5000,
)  # fmt: skip
CHARACTERS = "\n\t \"'[]{}=.,#\\0a-\x00\ufeff"

Mutation = tuple[str, int, int, str]
mutations = st.tuples(
    st.sampled_from(["delete", "duplicate", "replace", "insert", "value", "drop", "repeat"]),
    st.integers(0, 2**16),
    st.integers(1, 12),
    st.sampled_from(VALUES) | st.text(CHARACTERS, min_size=1, max_size=3),
)


def mutated(text: str, mutation: Mutation) -> str:
    """Break a text in one place: some of its characters, or one of its lines."""
    kind, place, length, other = mutation
    start = place % (len(text) + 1)
    end = start + length
    lines = text.splitlines(keepends=True) or [""]
    line = place % len(lines)
    match kind:
        case "delete":
            return text[:start] + text[end:]
        case "duplicate":
            return text[:end] + text[start:]
        case "replace":
            return text[:start] + other + text[end:]
        case "insert":
            return text[:start] + other + text[start:]
        case "value":
            lines[line] = f"{lines[line].partition('=')[0]}= {other}\n"
        case "drop":
            del lines[line]
        case "repeat":
            lines.insert(line, lines[line])
    return "".join(lines)


def full_text(registry: Registry) -> str:
    """A recipe that says everything it can."""
    text = write_recipe(resolved(bind(registry, read_recipe(registry, "cnn"))))
    head, table, rest = text.partition("[data]")
    return head + PROMISE + "\n" + table + rest


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(mutations, min_size=1, max_size=4))
def test_a_broken_recipe_is_valid_or_the_users_mistake(registry: Registry, steps: list[Mutation]) -> None:
    text = full_text(registry)
    for step in steps:
        text = mutated(text, step)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.toml")
        path.write_text(text, encoding="utf-8")
        try:
            bound = bind(registry, read_recipe(registry, str(path)), where=str(path))
        except UserError:
            return
        path.write_text(write_recipe(resolved(bound)), encoding="utf-8")
        assert read_recipe(registry, str(path)) == resolved(bound)
