"""Commands about settings: reading takes a viewer, changing an operator at least, and the role a setting names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from restrike_lab.hub.commands import Caller, Commands, integer, who
from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.settings_desk import SettingsDesk, require_role
from restrike_lab.store.settings import UNSET
from restrike_lab.store.settings_file import dump_settings, load_settings

__all__ = ["SettingsCommands"]

Args = Mapping[str, Any]
LONGEST_FILE = 40_000


class HasDesk(Protocol):
    """Where settings are changed."""

    @property
    def settings_desk(self) -> SettingsDesk: ...


class SettingsCommands:
    """Answer the commands; ``running`` gives the running hub, or what stands in for one."""

    def __init__(self, commands: Commands, running: Callable[[], HasDesk]) -> None:
        self.running = running
        add = commands.register
        add("settings", self.settings, help="Every setting with its value, range, help and where the value comes from.")
        add("settings.history", self.history, help="Changes of settings, newest first: `key`, `limit`.")
        add("settings.export", self.export, help="The settings as a TOML text.")
        add(
            "settings.set",
            self.set,
            "operator",
            "Store settings: `values` by key, or `texts` as people type them, `why`.",
        )
        add("settings.reset", self.reset, "operator", "Let settings fall back to their default: `keys`, `why`.")
        add("settings.undo", self.undo, "operator", "Take a change back: `change_id`, `together`, `why`.")
        add("settings.import", self.import_, "operator", "Store what a TOML text says: `toml`, `why`, `dry_run`.")

    @property
    def desk(self) -> SettingsDesk:
        """The desk of the running hub."""
        return self.running().settings_desk

    def settings(self, _args: Args, _caller: Caller) -> object:
        """Return every setting, and what each category is about."""
        settings = self.desk.settings
        return {
            "revision": settings.revision,
            "categories": settings.categories(),
            "settings": settings.views(),
        }

    def history(self, args: Args, _caller: Caller) -> object:
        """Return changes."""
        key = args.get("key")
        if key is not None:
            self.desk.settings.of(key)
        return self.desk.history(key, integer(args, "limit", 100, 1, 1000))

    def export(self, _args: Args, _caller: Caller) -> object:
        """Return the stored settings as a file, the others in it as comments."""
        settings = self.desk.settings
        stored = {key: held.value for key, held in settings.kept.items() if key in settings.declared}
        return {"toml": dump_settings(settings.declared.values(), stored, settings.categories())}

    def set(self, args: Args, caller: Caller) -> object:
        """Store values."""
        values, texts = args.get("values") or {}, args.get("texts") or {}
        if not isinstance(values, Mapping) or not isinstance(texts, Mapping) or not (values or texts):
            raise CommandError("there is nothing to set", hint='Send {"values": {"screen.theme": "dark"}}.')
        meant = {key: self.desk.settings.of(key).parse(str(text)) for key, text in texts.items()}
        return self.change({**values, **meant}, args, caller)

    def reset(self, args: Args, caller: Caller) -> object:
        """Store nothing for some settings any more."""
        keys = args.get("keys")
        if not isinstance(keys, list) or not keys:
            raise CommandError("there is nothing to reset", hint='Send {"keys": ["screen.theme"]}.')
        return self.change(dict.fromkeys(map(str, keys), UNSET), args, caller)

    def undo(self, args: Args, caller: Caller) -> object:
        """Take a change back."""
        number = args.get("change_id")
        if not isinstance(number, int) or isinstance(number, bool):
            raise CommandError("which change?", hint="Send change_id; `settings.history` lists the changes.")
        together = bool(args.get("together"))
        return self.desk.undo(number, together, who(args, caller), why(args), lambda key: self.may(key, caller))

    def import_(self, args: Args, caller: Caller) -> object:
        """Store what a file says, all of it or nothing; with ``dry_run`` only tell what would change."""
        text = args.get("toml")
        if not isinstance(text, str) or len(text) > LONGEST_FILE:
            raise CommandError("there is no file", hint=f"Send toml as a text of at most {LONGEST_FILE:,} characters.")
        settings = self.desk.settings
        values = load_settings(text, settings.of)
        if args.get("dry_run"):
            for key in values:
                self.may(key, caller)
            held = {key: kept.value for key, kept in settings.kept.items()}
            return {"would": {key: value for key, value in values.items() if key not in held or held[key] != value}}
        return self.change(values, args, caller) if values else {"changes": [], "restart": [], "overridden": {}}

    def change(self, values: Mapping[str, Any], args: Args, caller: Caller) -> object:
        """Change settings that the caller may change."""
        for key in values:
            self.may(key, caller)
        return self.desk.change(values, who(args, caller), why(args))

    def may(self, key: str, caller: Caller) -> None:
        """Raise where the caller may not change a setting."""
        require_role(self.desk.settings, key, caller)


def why(args: Args) -> str:
    """Return the reason, empty where none was given."""
    reason = args.get("why")
    return reason if isinstance(reason, str) else ""
