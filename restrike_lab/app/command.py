"""What every sub-command shares: options, environment variables, config files and the words for a wrong use.

A setting is a trait, declared once on the class that uses it. From that declaration follow its option
(``--data-dir``), its environment variable (``RESTRIKE_LAB_DATA_DIR``), its line in ``restrike_lab_config.py``
(``c.HubConfig.data_dir``) and its row in the README. Precedence: option, environment, file, what the
database stores (``hub.settings``), default.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import textwrap
from collections.abc import Generator, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from traitlets import Bool, Container, Dict, Enum, Float, Int, TraitType
from traitlets.config import Application, Config, Configurable
from traitlets.config.application import boolean_flag
from traitlets.config.loader import (
    DeferredConfigList,
    DeferredConfigString,
    KVArgParseConfigLoader,
    PyFileConfigLoader,
)

import restrike_lab
from restrike_lab.app.commands import COMMANDS
from restrike_lab.hub.config import COMMAND_LINE, ENVIRONMENT, pieces
from restrike_lab.hub.config import CONFIG_FILE as CONFIG_FILE_SOURCE
from restrike_lab.pss.errors import RestrikeError

__all__ = ["CONFIG_FILE", "Command", "Setting", "UsageError", "nearest"]

CONFIG_FILE = "restrike_lab_config.py"
PREFIX = "RESTRIKE_LAB_"


class UsageError(RestrikeError):
    """Report a command line, environment variable or config file that cannot be understood."""

    category = "usage"


class Setting:
    """One trait as people meet it: its option, environment variable and config line."""

    def __init__(self, owner: type[Configurable], trait: TraitType[Any, Any]) -> None:
        self.owner = owner
        self.trait = trait
        self.name = str(trait.name)
        self.several = isinstance(trait, (Container, Dict))
        one = self.name.removesuffix("s")  # --court A=6000 names one of the courts
        named = one if self.several and one not in owner.class_trait_names() else self.name
        self.option = named.replace("_", "-")
        self.variable = PREFIX + self.name.upper()
        self.target = f"{owner.__name__}.{self.name}"
        self.help = " ".join(str(trait.help or "").split())
        self.is_flag = isinstance(trait, Bool)

    @property
    def sort(self) -> str:
        """The kind of value as the help shows it."""
        if isinstance(self.trait, Dict):
            return "NAME=VALUE, repeatable"
        if isinstance(self.trait, Enum) and all(isinstance(value, str) for value in self.trait.values or ()):
            return "|".join(self.trait.values or ())
        word = "N" if isinstance(self.trait, (Int, Float)) else "TEXT"
        return word + (", repeatable" if self.several else "")

    @property
    def shown_default(self) -> str:
        """The default as people read it."""
        if self.is_flag:
            return f"default {'on' if self.trait.default_value else 'off'}, --no-{self.option} is the opposite"
        value: Any = self.trait.default()
        text = ", ".join(value) if self.several else "" if value is None else str(value)
        return f"default {text}" if text else "no default"


class Command(Application):
    """A sub-command of ``restrike-lab``; a subclass says in ``run`` what it does and returns the exit status.

    ``arguments`` is the usage of its positional arguments, ``borrowed`` names the traits of other classes that it
    offers as options (None: all of them).
    """

    version = restrike_lab.__version__
    arguments: ClassVar[str] = ""
    most_arguments: ClassVar[int] = 0
    borrowed: ClassVar[Mapping[type[Configurable], Sequence[str] | None]] = {}

    def __init__(self, **kwargs: Any) -> None:
        self.classes = [type(self), *self.borrowed]
        self.description = (
            COMMANDS[self.name].summary if self.name in COMMANDS else restrike_lab.__doc__.splitlines()[0]
        )
        self.flags = {}
        self.aliases = {}
        for setting in self.settings():
            if setting.is_flag:
                self.flags |= boolean_flag(setting.option, setting.target, setting.help, f"Not: {setting.help}")
            else:
                self.aliases[setting.option] = setting.target
        super().__init__(**kwargs)

    @classmethod
    def settings(cls) -> Iterator[Setting]:
        """Yield every setting that this command offers, its own first."""
        inherited = set(Application.class_traits(config=True)) - {"log_level"}
        for owner in (cls, *cls.borrowed):
            wanted = cls.borrowed.get(owner)
            for name, trait in owner.class_traits(config=True).items():
                if (owner is not cls or name not in inherited) and (wanted is None or name in wanted):
                    yield Setting(owner, trait)

    def run(self) -> int:
        """Do the job and return the exit status."""
        raise AssertionError(f"{type(self).__name__} does not say what it does")

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read config files, environment and command line, in rising order of precedence."""
        self.parse_command_line(argv)
        config = Config()
        self.parts = [(CONFIG_FILE_SOURCE, load_file(path)) for path in config_files()]
        self.parts += [(ENVIRONMENT, self.environment_config(os.environ)), (COMMAND_LINE, self.cli_config)]
        for _source, part in self.parts:
            config.merge(deepcopy(part))
        self.update_config(config)
        level = logging.getLevelName(int(str(self.log_level)))
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
        if len(self.extra_args) > self.most_arguments:
            surplus = self.extra_args[self.most_arguments]
            raise UsageError(f"what is {surplus!r} for?", hint=f"usage: {self.usage()}")

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Parse the options strictly: an unknown one is an error that names the nearest known one."""
        self.argv = list(argv or [])
        own = self.argv[: self.argv.index("--")] if "--" in self.argv else self.argv
        if {"-h", "--help", "--help-all"} & set(own):
            self.print_help("--help-all" in own)
            self.exit(0)
        flags, aliases = self.flatten_flags()
        classes = list(self._classes_with_config_traits())
        loader = StrictLoader(self.argv, aliases, flags, log=self.log, classes=classes, allow_abbrev=False)
        loader.refuse_unknown(own)
        self.cli_config = deepcopy(loader.load_config())
        self.extra_args = loader.extra_args

    def environment_config(self, environment: Mapping[str, str]) -> Config:
        """Return the settings made by environment variables; lists are separated by commas."""
        config = Config()
        for setting in self.settings():
            if (text := environment.get(setting.variable)) is not None:
                value = DeferredConfigList(pieces(text)) if setting.several else DeferredConfigString(text)
                config[setting.owner.__name__][setting.name] = value
        return config

    def usage(self) -> str:
        """Return the one line that shows how the command is called."""
        return " ".join(part for part in ("restrike-lab", self.name, "[options]", self.arguments) if part)

    def emit_description(self) -> Generator[str, None, None]:
        """Begin the help with what the command does and how it is called."""
        yield from (self.description, "", f"    {self.usage()}", "")

    def emit_options_help(self) -> Generator[str, None, None]:
        """List the options, each with its default and its environment variable."""
        yield "Options:"
        for setting in self.settings():
            yield f"  --{setting.option}" + ("" if setting.is_flag else f"={setting.sort}")
            yield from textwrap.wrap(
                f"{setting.help} ({setting.shown_default}; {setting.variable})",
                width=100,
                initial_indent=" " * 6,
                subsequent_indent=" " * 6,
                break_on_hyphens=False,
            )
        yield ""

    def emit_help_epilogue(self, classes: bool) -> Generator[str, None, None]:
        """End with where else a setting can stand."""
        yield f"Each can also stand in {CONFIG_FILE} as c.Class.name = value; --help-all names the classes."

    def argument(self, what: str) -> str:
        """Return the positional argument, or say that it is missing."""
        if not self.extra_args:
            raise UsageError(f"{what} is missing", hint=f"usage: {self.usage()}")
        return self.extra_args[0]


class StrictLoader(KVArgParseConfigLoader):
    """traitlets' own loader, with an error where it would warn about what it does not know or swallow it."""

    def refuse_unknown(self, arguments: Sequence[str]) -> None:
        """Raise for the first option that no setting answers to, naming the nearest one."""
        settings = [f"{cls.__name__}.{name}" for cls in self.classes for name in cls.class_traits(config=True)]
        for argument in arguments:
            option = argument.partition("=")[0]
            if re.match(r"--?[A-Za-z]", option) and option.lstrip("-") not in {*self.aliases, *self.flags, *settings}:
                known = settings if "." in option else [*self.aliases, *self.flags, "help", "help-all"]
                hint = nearest(option.lstrip("-"), known, "--") or "--help lists the options"
                raise UsageError(f"there is no option {option}", hint=hint)

    def _create_parser(self) -> None:
        super()._create_parser()
        self.parser.error = self.refuse  # type: ignore[method-assign]

    def as_typed(self, text: str) -> str:
        """Return a text with options as people type them instead of the settings they stand for."""
        for alias, target in self.aliases.items():
            text = text.replace(f"--{target}", f"--{alias}")
        return text

    def refuse(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UsageError(self.as_typed(message).removeprefix("argument "), hint="--help lists the options")


def nearest(word: str, known: Sequence[str], prefix: str = "") -> str:
    """Return the question that names the known word most like this one, or nothing."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {prefix}{found[0]}?" if found else ""


def config_files() -> list[Path]:
    """Return the config files that exist, the user's before that of the current directory."""
    import platformdirs

    places = (platformdirs.user_config_path("restrike_lab", appauthor=False), Path.cwd())
    return [place / CONFIG_FILE for place in places if (place / CONFIG_FILE).is_file()]


def load_file(path: Path) -> Config:
    """Run one config file and return what it sets."""
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:
        raise UsageError(f"{path}: {type(error).__name__}: {error}", hint="mend the file or move it away") from error
