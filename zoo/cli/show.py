"""`zoo show`: all that is known of a family or a recipe."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zoo.cli.verb import JsonOption, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "show",
        """
        zoo show cnn
        zoo show mlp/digits
        zoo show mlp/digits --json
        """,
    )
    def show(
        name: Annotated[str, typer.Argument(help="Family, family/recipe or a TOML file.")], json: JsonOption = False
    ) -> None:
        """Show a family with its hyperparameters, or a recipe with its promise."""
        from registry import default

        facts = facts_of(default(), name)
        if json:
            print_json(facts)
        else:
            typer.echo("\n".join(_lines(facts, name)))


def facts_of(registry: Any, name: str) -> dict[str, Any]:
    """Facts of a family, or of a recipe bound to its family and data set."""
    from zoo.recipe import bind, difference, read_recipe, recipe_table, resolved
    from zoo.recipe.fields import describe

    if "/" not in name and not name.endswith(".toml"):
        registry.resolve(name)
        family = registry.family(name)
        return {
            "name": family.name,
            "kind": "family",
            **{key: value for key, value in family.to_json().items() if key not in ("name", "place")},
            "recipes": [entry.name for entry in registry.recipes() if entry.name.startswith(f"{family.name}/")],
            "settings": describe(family.hyperparameters.load()),
        }
    bound = bind(registry, read_recipe(registry, name), where=name)
    weights = registry.weights_of(bound.name)
    if weights and name.endswith(".toml"):
        # a file may bear a registered name and say something else: the weights are not those of what it says
        registered = bind(registry, read_recipe(registry, bound.name))
        weights = None if difference(resolved(registered), resolved(bound)) else weights
    return {
        "name": bound.name,
        "kind": "recipe",
        **({"file": name} if name.endswith(".toml") else {}),
        **recipe_table(resolved(bound)),
        "licence": bound.dataset.licence,
        "weights": {"bytes": weights.bytes, "sha256": weights.sha256} if weights else None,
    }


def _lines(facts: dict[str, Any], typed: str) -> list[str]:
    """Facts in words; the command at the end takes the name or file that was typed."""
    lines = _family_lines(facts) if facts["kind"] == "family" else _recipe_lines(facts)
    command = f"keep the promise: zoo reproduce {typed}" if "promise" in facts else f"train it: zoo train {typed}"
    return [*lines, "", command]


def _family_lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['name']}: {facts['summary']}", ""]
    lines += [f"  tasks      {', '.join(facts['tasks'])}", f"  learning   {facts['learning']}"]
    lines += [
        f"  data set   {facts['dataset']}",
        f"  source     {facts['source']}",
        f"  provider   {facts['provider']}",
    ]
    lines += [f"  recipes    {', '.join(facts['recipes']) or 'none'}", "", "hyperparameters"]
    for setting in facts["settings"]:
        limits = f" ({setting['limits']})" if setting["limits"] else ""
        lines.append(f"  {setting['name']:<16} {setting['default']!s:<16} {setting['description']}{limits}")
    return lines


def _recipe_lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['name']}: {facts['summary']}", ""]
    lines += [f"  file       {facts['file']}"] if "file" in facts else []
    lines.append(f"  task       {facts['task']}")
    lines.append(f"  data set   {facts['dataset']} ({facts['licence']})")
    weights = facts["weights"]
    lines.append(
        f"  weights    {weights['bytes']} bytes, sha256 {weights['sha256'][:12]}..."
        if weights
        else "  weights    none published"
    )
    if "promise" in facts:
        promise = facts["promise"]
        spread = f" +- {promise['spread']:g}" if promise.get("spread") is not None else ""
        seeds = "median of seeds" if promise.get("statistic") == "median" else "seeds"
        lines += [
            "",
            "promise",
            f"  {promise['metric']:<16} {promise['mean']:g}{spread} on the test split, {seeds} {promise['seeds']}",
        ]
        lines.append(f"  {'baseline':<16} {promise['baseline']:g}")
        lines.append(
            f"  {'minutes':<16} {promise['minutes_cpu']:g} per seed on 2 CPU cores; one GPU: {promise['minutes_gpu']}"
        )
        lines += [f"  {key:<16} {promise[key]}" for key in ("parameters", "source", "mended")]
    if "study" in facts:
        study = facts["study"]
        axes = [*study["axes"], *(axis["name"] for axis in study["zip"])]
        lines += [
            "",
            "study",
            f"  {', '.join(axes)}; seeds {study['seeds']}: zoo study {facts.get('file', facts['name'])}",
        ]
    for table in ("data", "hyperparameters", "pretrained", "training"):
        lines += ["", table, *(f"  {key:<20} {value}" for key, value in facts.get(table, {}).items())]
    return lines
