"""Every name that a recipe may say by kind: Keras' own spelling, other spellings that are accepted, one line each.

The tables of `zoo.recipe.name_tables` are the only place where a name stands: validation, suggestions,
`zoo list --names` and docs/names.md read them. TensorFlow-free.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from registry.names import near
from zoo.recipe.errors import RecipeError
from zoo.recipe.name_tables import KINDS, SETTING_ALIASES, Choice

__all__ = [
    "KINDS",
    "SETTING_ALIASES",
    "Choice",
    "canonical",
    "checked",
    "choices",
    "key_of",
    "known",
    "named",
    "spellings",
]


def key_of(text: str) -> str:
    """What of a spelling counts: letters and digits, whatever their case.

    >>> key_of("Glorot-Uniform") == key_of("glorot_uniform")
    True
    """
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _require_kind(kind: str) -> None:
    """Refuse what is no kind of name.

    Raises:
        RecipeError: There is no such kind.
    """
    if kind not in KINDS:
        raise RecipeError(
            "names have a kind", received=kind, near=near(kind, KINDS), hint=f"one of: {', '.join(sorted(KINDS))}"
        )


def choices(kind: str) -> tuple[Choice, ...]:
    """All names of a kind, those that one family alone takes included.

    Raises:
        RecipeError: There is no such kind.
    """
    _require_kind(kind)
    return KINDS[kind]


def spellings(kind: str) -> dict[str, str]:
    """What of a spelling counts, as `key_of` has it -> name in Keras' own spelling."""
    return {key_of(text): choice.name for choice in choices(kind) for text in (choice.name, *choice.aliases)}


def canonical(kind: str, text: str) -> str | None:
    """The name that a spelling stands for, or None.

    Example:
        >>> canonical("activations", "Swish"), canonical("optimizers", "L-BFGS"), canonical("losses", "mse")
        ('silu', 'lbfgs', 'mean_squared_error')
    """
    return spellings(kind).get(key_of(text))


def nearest(kind: str, text: str, among: Collection[str]) -> list[str]:
    """Names among these that a misspelt text may have meant, by any of their spellings."""
    forms = {form: choice.name for choice in choices(kind) for form in (*choice.aliases, choice.name)}
    found = near(text, [form for form, name in forms.items() if name in among])
    return list(dict.fromkeys(forms[form] for form in found))


def known(kind: str) -> list[str]:
    """The names of a kind that every family takes which asks for one."""
    return [choice.name for choice in choices(kind) if not choice.only]


def checked(kind: str, text: str, *, what: str = "") -> str:
    """The name in Keras' own spelling; `what` is called so in the message, where nothing before it says so.

    Raises:
        RecipeError: No name is spelt so, or only some family takes it.
    """
    name = canonical(kind, text)
    choice = next((choice for choice in choices(kind) if choice.name == name), None)
    if choice is not None and not choice.only:
        return choice.name
    raise RecipeError(
        f"{what} must be one of the {kind}".strip()
        if choice is None
        else f"{choice.name} is refused here: {choice.only}",
        received=text,
        near=nearest(kind, text, known(kind)) if choice is None else (),
        hint=f"one of: {', '.join(known(kind))}",
    )


def named(kind: str) -> BeforeValidator:
    """Makes of `Annotated[str, named(kind)]` any spelling of a name of the kind, kept in Keras' own spelling."""

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value  # which the type refuses
        try:
            return checked(kind, value)
        except RecipeError as error:
            context = {"message": error.message, "near": list(error.near), "hint": error.hint}
            raise PydanticCustomError("unknown_name", "{message}", context) from None

    return BeforeValidator(check)
