"""`zoo doctor`: is everything in place, and if not, what is missing."""

from __future__ import annotations

import os
from typing import Any

import typer

from registry import DataSet, Family
from zoo.cli.verb import JsonOption, import_tensorflow, print_json, verb

FAILED = 1


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(app, "doctor", "zoo doctor")
    def doctor(json: JsonOption = False) -> None:
        """Check the installation, every registered name and every plugin; exit code 1 when something is wrong."""
        import_tensorflow()
        checks = [*_installation(), *_names(), *_plugins()]
        if json:
            print_json(checks)
        else:
            for check in checks:
                typer.echo(f"{'ok ' if check['ok'] else 'BAD'} {check['what']}: {check['found']}")
        if not all(check["ok"] for check in checks):
            raise typer.Exit(FAILED)


def _check(what: str, ok: bool, found: str) -> dict[str, Any]:
    return {"what": what, "ok": ok, "found": found}


def _installation() -> list[dict[str, Any]]:
    from zoo.run.devices import find_devices
    from zoo.run.environment import versions

    found = versions()
    checks = [_check(package, version != "not installed", version) for package, version in found.items()]
    checks.append(_check("devices", True, ", ".join(find_devices().names)))
    folder = os.environ.get("TFDS_DATA_DIR")
    ok = folder is None or os.path.isdir(folder)
    checks.append(
        _check("TFDS_DATA_DIR", ok, "not set" if folder is None else folder if ok else f"no such folder: {folder}")
    )
    return checks


def _names() -> list[dict[str, Any]]:
    """Load every lazy reference and bind every recipe."""
    from registry import ZooError, default
    from zoo.recipe import bind, read_recipe

    registry = default()
    checks = []
    specs: list[Family | DataSet] = [*registry.families(), *registry.datasets()]
    for spec in specs:
        try:
            for reference in spec.references().values():
                reference.load()
            checks.append(_check(f"{spec.kind} {spec.name}", True, spec.provider))
        except ZooError as error:
            checks.append(_check(f"{spec.kind} {spec.name}", False, _one_line(error)))
    for entry in registry.recipes():
        try:
            bind(registry, read_recipe(registry, entry.name))
            checks.append(_check(f"recipe {entry.name}", True, entry.provider))
        except ZooError as error:
            checks.append(_check(f"recipe {entry.name}", False, _one_line(error)))
    return checks


def _plugins() -> list[dict[str, Any]]:
    from registry import default

    checks = []
    for plugin in default().plugins:
        wrong = [plugin.error] if plugin.error else list(plugin.problems)
        checks.append(_check(f"plugin {plugin.name}", not wrong, "; ".join(wrong) or f"adds {', '.join(plugin.added)}"))
    return checks


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
