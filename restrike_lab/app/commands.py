"""The table of sub-commands: where each lives and what it does, readable without importing any of them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMMANDS", "Entry"]


class Entry(NamedTuple):
    """Where a sub-command is found and its one sentence."""

    path: str
    summary: str


COMMANDS = {
    "demo": Entry(
        "restrike_lab.app.demo.Demo", "Show the whole lab with a simulated console: a bout at once, no hardware."
    ),
    "up": Entry("restrike_lab.app.up.Up", "Run the hub, JupyterLab and the operator screen on one port."),
    "serve": Entry(
        "restrike_lab.app.serve.Serve", "Run the hub alone: hear the console, keep every message, tell watchers."
    ),
    "status": Entry("restrike_lab.app.status.Status", "Tell who owns the data directory and how the hub is doing."),
    "alerts": Entry("restrike_lab.app.alerts.AlertsCommand", "Show what needs a person, or mark it as seen."),
    "trace": Entry(
        "restrike_lab.app.trace.TraceCommand", "Follow one event from its datagram to every client, with times."
    ),
    "replay": Entry("restrike_lab.app.play.Replay", "Send a capture over UDP with its original spacing, at any speed."),
    "simulate": Entry("restrike_lab.app.play.Simulate", "Send made-up bouts over UDP as a console would."),
    "query": Entry("restrike_lab.app.query.Query", "Ask the stored data a question in SQL."),
    "import": Entry("restrike_lab.app.importing.Import", "Take captures and the console's match logs into the record."),
    "export": Entry(
        "restrike_lab.app.export.Export", "Write a table or an answer as CSV, JSON lines, Excel, Parquet or a capture."
    ),
    "report": Entry("restrike_lab.app.bout_report.Report", "Write the report on a bout as one HTML page."),
    "archive": Entry(
        "restrike_lab.app.archive.ArchiveCommand", "Write finished matches to the Parquet archive, and check it."
    ),
    "obs": Entry("restrike_lab.app.obs.Obs", "Show and work the OBS instances of a running hub."),
    "annotate": Entry("restrike_lab.app.annotate.Annotate", "Put notes and tags to events, matches and times."),
    "flags": Entry("restrike_lab.app.flags.FlagsCommand", "Show and change what country codes mean, with pictures."),
    "video": Entry(
        "restrike_lab.app.video.Video", "Tell where a bout is on video; make chapters, a page with a player, clips."
    ),
    "recognize": Entry(
        "restrike_lab.app.recognize.Recognize", "Run the present rules and definitions over everything stored."
    ),
    "rules": Entry(
        "restrike_lab.app.rules.RulesCommand", "List the validation rules, add your own, switch them on and off."
    ),
    "definitions": Entry(
        "restrike_lab.app.definitions.DefinitionsCommand", "Check, try, put and share streams of your own in TOML."
    ),
    "mark": Entry("restrike_lab.app.mark.Mark", "Set the recognition status of an event by hand."),
    "licence": Entry(
        "restrike_lab.app.licence.LicenceCommand", "Tell what the licence is worth, install one, or issue them."
    ),
    "settings": Entry(
        "restrike_lab.app.settings.SettingsCommand", "List the stored settings, change them, undo, export and import."
    ),
    "predict": Entry(
        "restrike_lab.app.predict.Predict", "Say who wins the running bouts, and train the model that says so."
    ),
    "users": Entry("restrike_lab.app.access.Users", "List, add and change who may sign in; show who changed what."),
    "doctor": Entry("restrike_lab.app.doctor.Doctor", "Check this machine and name the way out of what is wrong."),
}
