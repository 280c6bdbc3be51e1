"""``restrike-lab predict``: who wins the running bouts, and the models that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restrike_lab.app.command import Command, UsageError, nearest
from restrike_lab.app.query import text_table
from restrike_lab.hub.config import HubConfig
from restrike_lab.store.files import database_path

if TYPE_CHECKING:
    from restrike_lab.analysis.prediction import Model

__all__ = ["Predict"]

WORDS = ("now", "train", "models", "use")


class Predict(Command):
    """Say the chances of the running bouts; train, list and choose models."""

    name = "predict"
    arguments = "[now [COURT] | train | models | use NUMBER|newest]"
    most_arguments = 2
    borrowed = {HubConfig: ("data_dir",)}  # noqa: RUF012

    def run(self) -> int:
        """Do what the words say."""
        word, *rest = self.extra_args or ["now"]
        if word not in WORDS or (rest and word in ("train", "models")):
            hint = nearest(word, WORDS) if word not in WORDS else ""
            raise UsageError(f"what is {' '.join(self.extra_args)!r}?", hint=hint or f"usage: {self.usage()}")
        match word:
            case "train":
                self.train()
            case "models":
                self.list_models()
            case "use":
                self.use(rest)
            case _:
                self.now(rest[0] if rest else None)
        return 0

    def train(self) -> None:
        """Train on everything stored; a hub may run meanwhile."""
        from restrike_lab.client.fill import Record
        from restrike_lab.client.prediction import Models
        from restrike_lab.client.query import Query

        directory = HubConfig(parent=self).directory
        path = database_path(directory)
        engine = Query(lambda: Record(path))
        try:
            model = Models(directory).train(engine.expression)
        finally:
            engine.close()
        self.tell(model)

    def list_models(self) -> None:
        """Tell of every model, and in full of the one that is used."""
        from restrike_lab.client.prediction import Models

        models = Models(HubConfig(parent=self).directory)
        current = models.current
        for model in models.all():
            if current is None or model.number != current.number:
                print(model.statement)
        if current is None:
            print("no models yet: `restrike-lab predict train` makes one")
        else:
            print("used: ", end="")
            self.tell(current)

    def tell(self, model: Model) -> None:
        """Print a model with its quality minute by minute."""
        from restrike_lab.client.prediction import quality_rows

        rows = quality_rows(model)
        print(model.statement)
        print(*text_table(list(rows[0]), [tuple(row.values()) for row in rows]), sep="\n")

    def use(self, rest: list[str]) -> None:
        """Choose a model."""
        from restrike_lab.client.prediction import Models

        wanted = rest[0] if rest else ""
        if wanted != "newest" and not wanted.isdecimal():
            raise UsageError(f"{wanted!r} is no model", hint="give its number, or newest")
        Models(HubConfig(parent=self).directory).use(None if wanted == "newest" else int(wanted))
        print(f"predictions come from {'the newest model' if wanted == 'newest' else f'model {wanted}'} from now on")

    def now(self, court: str | None) -> None:
        """Print the chances of the running bouts."""
        from restrike_lab.client.lab import Lab

        with Lab(HubConfig(parent=self).directory, start="never") as lab:
            if court is not None and court not in lab.live.courts:
                raise UsageError(f"there is no court {court!r}", hint=f"courts: {', '.join(sorted(lab.live.courts))}")
            for outlook in lab.prediction(court):
                print(outlook.statement)
