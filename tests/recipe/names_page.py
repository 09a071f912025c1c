"""The text of docs/names.md: `python tests/recipe/names_page.py > docs/names.md` writes it anew."""

from __future__ import annotations

from zoo.recipe.names import KINDS, SETTING_ALIASES

WHERE = {
    "activations": "`hyperparameters.activation` of `mlp` and `cnn`; `perceptron` takes `step`",
    "losses": "`training.loss` of what learns by gradient; a loss that does not suit the task is refused and says why",
    "optimizers": "`training.optimizer`; what an optimiser takes besides stands in `training.optimizer_options`",
    "initializers": "`hyperparameters.initializer` of `mlp` and `cnn`",
    "regularizers": "`hyperparameters.regularizer` of `mlp` and `cnn`; the others are settings of their own",
    "schedules": "`training.schedule`, with `training.schedule_options`; `training.warmup_epochs` comes before any",
    "augmentations": "keys of `training.augmentation`, for pictures",
    "metrics": "`promise.metric`, and with the prefix `validation_` `training.monitor` where each epoch can measure it",
    "tuners": "`zoo tune --tuner`",
    "folds": "`zoo train --cv`, with the number of folds behind a colon",
}
HEAD = """# Names

What recipes, changes `key=value` and the Python API ask for by name. The first spelling is Keras' own and is the one
that a resolved recipe keeps; the others mean the same. Case, hyphens and underscores never count. `zoo list --names
KIND` prints these tables, and an unknown name is answered with the nearest.

Pseudo-likelihood and ELBO are metrics of families that this release does not have; their names come with these.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for kind, choices in KINDS.items():
        rows = [
            f"| `{choice.name}` | {', '.join(f'`{other}`' for other in choice.aliases)} | "
            f"{choice.summary.replace('|', chr(92) + '|')} |"
            for choice in choices
        ]
        parts.append(
            "\n".join([f"## {kind}", "", f"{WHERE[kind]}.", "", "| name | also | |", "|---|---|---|", *rows, ""])
        )
    settings = [f"| `{name}` | `{other}` |" for other, name in SETTING_ALIASES.items()]
    head = ["## settings", "", "Keys of tables that have another name too.", "", "| key | also |", "|---|---|"]
    parts.append("\n".join([*head, *settings]))
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")
