"""Settings of OBS automation: what the rules that come with the lab fill in.

Nothing of OBS is loaded here before it is needed: a hub without OBS stays small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Float, TraitError, Unicode, validate

from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.settings_group import SettingsGroup

if TYPE_CHECKING:
    from restrike_lab.obs.automation import Rule

__all__ = ["ObsSettings", "rules_by"]


class ObsSettings(SettingsGroup):
    """What the rules that come with the lab fill in; a rule that was changed by hand keeps what it says."""

    category = "obs"

    file_name = Unicode(
        "{date} {number} {blue}-{red}",
        help="Name of a bout's recording, such as {date} {court} {number} {blue_country}-{red_country}.",
    ).tag(role="operator")
    replay_scene = Unicode("Replay", help="Scene that a requested challenge shows.").tag(role="operator")
    winner_seconds = Float(15.0, min=0.0, max=600.0, help="Seconds that a recording goes on after the winner.").tag(
        role="operator"
    )

    @validate("file_name")
    def _check_pattern(self, proposal: Any) -> Any:
        if proposal["value"] == proposal["trait"].default_value:
            return proposal["value"]  # which is put in at every start
        from restrike_lab.obs.naming import file_name

        try:
            file_name(proposal["value"], {})
        except RestrikeError as problem:
            raise TraitError(f"{problem.message}. {problem.hint}") from None
        if not proposal["value"].strip():
            raise TraitError("a file needs a name")
        return proposal["value"]

    @validate("replay_scene")
    def _check_scene(self, proposal: Any) -> Any:
        if not proposal["value"].strip():
            raise TraitError("a scene has a name")
        return proposal["value"]


def rules_by(settings: ObsSettings) -> tuple[Rule, ...]:
    """Return the rules that come with the lab as the settings make them."""
    from restrike_lab.obs.shipped_rules import shipped_rules

    return shipped_rules(settings.file_name, settings.replay_scene, round(settings.winner_seconds * 1000))
