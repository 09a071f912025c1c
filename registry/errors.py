"""The errors of the zoo: each says what must hold, what was received, what is near and what to type."""

from collections.abc import Sequence

_LONGEST_RECEIVED = 200  # characters: two lines of a terminal, so that a received array does not fill the screen


class ZooError(Exception):
    """An error that the zoo explains in one message.

    Args:
        message: What must hold, or what went wrong.
        received: What was given instead.
        where: The place: a file, `file:line`, or a part of a recipe.
        near: Existing names close to what was received.
        hint: What to type or do next.

    Example:
        >>> print(UserError("no family has this name", received="mpl", near=["mlp"], hint="zoo list"))
        no family has this name
          received: mpl
          did you mean: mlp
          try: zoo list
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        received: object = None,
        where: str | None = None,
        near: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.received = received
        self.where = where
        self.near = tuple(near)
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.message]
        if self.received is not None:
            lines.append(f"received: {_shown(self.received)}")
        if self.where is not None:
            lines.append(f"where: {self.where}")
        if self.near:
            lines.append(f"did you mean: {', '.join(self.near)}")
        if self.hint is not None:
            lines.append(f"try: {self.hint}")
        return "\n  ".join(lines)


class UserError(ZooError):
    """What the user typed or wrote is wrong: one message, no traceback."""

    exit_code = 2


class InvalidName(UserError):
    """A text does not follow the grammar of names."""


class UnknownName(UserError):
    """A well-formed name that nothing is registered under."""


class UnknownFamily(UnknownName):
    """No family has this name."""


class UnknownDataSet(UnknownName):
    """No data set has this name."""


class UnknownRecipe(UnknownName):
    """The family exists, but it has no recipe of this name."""


class DuplicateName(UserError):
    """A name is registered a second time."""


class InvalidSpec(UserError):
    """A field of a family, data set, recipe or weights record is wrong."""


class InvalidQuery(UserError):
    """A search pattern or condition cannot be understood."""


class BrokenReference(UserError):
    """A "package.module:attribute" reference leads nowhere."""


class InvalidPlugin(UserError):
    """An entry point does not name a function register(registry)."""


def _shown(received: object) -> str:
    text = received if isinstance(received, str) else repr(received)
    if not text or text != text.strip() or not text.isprintable():
        text = repr(received)
    return text if len(text) <= _LONGEST_RECEIVED else text[: _LONGEST_RECEIVED - 1] + "…"
