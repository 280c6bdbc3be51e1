"""Automation at work: stored events in, actions at the instances out, every one with its result kept and shown.

Lives in the thread of the fleet. Actions on the same subject of an instance (recording, scene, replay) are done one
after the other, different ones side by side; one that had to wait too long for its turn, because OBS hangs, is given
up: a scene of half a minute ago would do harm.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from restrike_lab.hub.errors import CommandError
from restrike_lab.hub.fanout import Group
from restrike_lab.hub.frames import iso_time
from restrike_lab.obs.actions import Action, Context, perform
from restrike_lab.obs.automation import Firing, Heard, Rule, State, due, hear, next_due, rehearse, rule_view
from restrike_lab.obs.client import Client
from restrike_lab.obs.errors import ObsError
from restrike_lab.obs.fleet import Fleet
from restrike_lab.obs.rule_book import RuleBook
from restrike_lab.pss import Recognition
from restrike_lab.pss.errors import RestrikeError
from restrike_lab.store.schema import EVENT_COLUMNS

if TYPE_CHECKING:
    from restrike_lab.hub.obs_desk import Desk

__all__ = ["Automation", "heard_of", "plan"]

log = logging.getLogger(__name__)

SHOWN_FIRINGS = 20
TURN_SECONDS = 10.0
LONGEST_LINE = 50
KEEP_SECONDS = 0.5
"""How long firings are gathered before they are kept: each time costs the pipeline a write to the disk."""
LONGEST_RESULT = 500

COURT, SEQ, MATCH, ROUND, MONO, FIELDS = map(
    EVENT_COLUMNS.index, ("court", "seq", "match_id", "round", "mono_ns", "fields")
)
_KEEP = """
INSERT INTO obs_firings (fired_ns, seq, match_id, court, rule, instance, request, args, outcome, result, took_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """Actions that a rule wants of an instance, and since when (monotonic seconds)."""

    client: Client
    firing: Firing
    actions: Sequence[Action]
    context: Context
    asked: float


class Automation:
    """Let the rules of a book work a fleet; ``keep`` writes rows of a statement some time, without a wait."""

    def __init__(self, desk: Desk, book: RuleBook, keep: Callable[[str, Sequence[Sequence[Any]]], None]) -> None:
        self.desk = desk
        self.fleet: Fleet = desk.fleet
        self.book = book
        self.keep = keep
        self.state = State()
        self.rules: tuple[Rule, ...] = ()
        self.streams: frozenset[str] = frozenset()
        self.timer: asyncio.TimerHandle | None = None
        self.lines: dict[tuple[str, str], deque[Job]] = {}
        self.workers: dict[tuple[str, str], asyncio.Task[None]] = {}
        self.unkept: list[Sequence[Any]] = []
        self.firings: deque[dict[str, Any]] = deque(maxlen=SHOWN_FIRINGS)

    # -- the rules ---------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Work by the book as it is now; what waits of rules that work no more is dropped."""
        self.desk.courts.update(self.desk.newest)  # they were not followed while no rule worked
        paused = self.book.paused
        self.rules = () if paused else tuple(each.rule for each in self.book.rules.values() if each.enabled)
        self.streams = frozenset(rule.when.stream for rule in self.rules) | frozenset(
            stream for rule in self.rules for stream in rule.cancelled_by
        )
        names = {rule.name for rule in self.rules}
        self.state = State(tuple(each for each in self.state.waiting if each.rule.name in names), self.state.last)
        self.set_timer()

    def picture(self) -> dict[str, Any]:
        """Return what clients see: the rules, whether they are paused, what they did, and what waits."""
        return {
            "paused": self.book.paused,
            "rules": [
                {**rule_view(each.rule), "help": each.rule.help, "enabled": each.enabled, "shipped": each.shipped}
                for each in self.book.rules.values()
            ],
            "waiting": [
                {"rule": each.rule.name, "court": each.heard.court, "in_ms": each.due_ns - each.heard.mono_ns}
                for each in self.state.waiting
            ],
            "firings": list(self.firings),
        }

    # -- events ------------------------------------------------------------------------------------------------------

    def take(self, group: Group) -> None:
        """Take a stored group."""
        if not self.streams:
            return
        fired: list[Firing] = []
        for row, recognition in zip(group.rows, group.recognitions, strict=True):
            if recognition.stream in self.streams:
                heard = heard_of(row, recognition)
                self.state, ripe = due(self.state, heard.mono_ns)
                self.state, now = hear(self.rules, self.state, heard)
                fired += [*ripe, *now]
        self.fire(fired)

    def fire(self, firings: Sequence[Firing]) -> None:
        """Begin what is to be done, and wake up when the next is due."""
        for firing in firings:
            for client in self.targets(firing.rule.instance):
                for subject, actions in by_subject(firing.actions).items():
                    self.line_up(client, subject, firing, actions)
        self.set_timer()
        if firings:
            self.desk.changed()

    def targets(self, wanted: str) -> list[Client]:
        """Return the instances that a rule works: by name, by role, or all; those that are switched off are not."""
        return [
            client
            for client in self.fleet
            if client.instance.enabled and wanted in ("", client.name, client.instance.role)
        ]

    def set_timer(self) -> None:
        """Wake up when the first waiting firing is due."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        at = next_due(self.state)
        if at is not None:
            seconds = max(0.0, (at - time.monotonic_ns()) / 1e9)
            self.timer = asyncio.get_running_loop().call_later(seconds, self.wake)

    def wake(self) -> None:
        """Do what has fallen due."""
        self.timer = None
        self.state, ripe = due(self.state, time.monotonic_ns())
        self.fire(ripe)

    # -- actions -----------------------------------------------------------------------------------------------------

    def line_up(self, client: Client, subject: str, firing: Firing, actions: Sequence[Action]) -> None:
        """Have actions done behind those that came before on the same subject of an instance."""
        key = (client.name, subject)
        job = Job(client, firing, actions, Context(self.values(firing.heard), self.desk.before), time.monotonic())
        waiting = self.lines.setdefault(key, deque())
        if len(waiting) >= LONGEST_LINE:
            self.give_up(job, f"given up: {LONGEST_LINE} others are waiting for OBS")
            return
        waiting.append(job)
        if key not in self.workers:
            self.workers[key] = asyncio.create_task(self.work_off(key, waiting), name="obs-rule")

    async def work_off(self, key: tuple[str, str], waiting: deque[Job]) -> None:
        """Do what stands in a line until it is empty (a task)."""
        try:
            while waiting:
                job = waiting.popleft()
                late = time.monotonic() - job.asked
                if late > TURN_SECONDS:
                    self.give_up(job, f"given up: OBS was busy for {late:.0f} s")
                else:
                    await self.act(job)
        finally:
            del self.workers[key]

    async def act(self, job: Job) -> None:
        """Do actions one after the other; what fails takes those behind it along."""
        for action in job.actions:
            begun = time.monotonic()
            if reason := needless(job.client, action, job.context):
                outcome, result = "skipped", reason
            else:
                outcome, result = await self.done(job.client, action, job.context)
            self.note(job, action, outcome, result, (time.monotonic() - begun) * 1e3)
            if outcome == "failed":
                return

    def give_up(self, job: Job, reason: str) -> None:
        """Note that actions are not done."""
        self.note(job, job.actions[0], "failed", reason, 0.0)

    async def done(self, client: Client, action: Action, context: Context) -> tuple[str, str]:
        """Do one action and return its outcome and what came of it."""
        try:
            self.desk.permit()
            given = await perform(client, action, context)
        except CommandError as refusal:
            return "failed", said(refusal)
        except ObsError as problem:
            self.desk.note_error(client.name, action.request, problem)
            return "failed", said(problem)
        except Exception as problem:
            log.exception("an OBS rule met a defect of the lab")
            return "failed", f"a defect of the lab: {problem!r}"
        self.desk.last_errors.pop(client.name, None)
        return "done", "" if given is None else str(given)

    def values(self, heard: Heard) -> dict[str, str]:
        """Return what fills the patterns of an action."""
        return {
            **self.desk.values_of(self.desk.courts, heard.court),
            "round": str(heard.round or ""),
            "text": heard.text,
        }

    def note(self, job: Job, action: Action, outcome: str, result: str, took_ms: float) -> None:
        """Show what became of an action, and keep it with others in one go."""
        heard, fired_ns, result = job.firing.heard, self.desk.clock(), result[:LONGEST_RESULT]
        rule, instance = job.firing.rule.name, job.client.name
        event = (heard.seq, heard.match_id, heard.court)
        what = (rule, instance, action.request, json.dumps(dict(action.args)))
        self.unkept.append((fired_ns, *event, *what, outcome, result, round(took_ms, 1)))
        if len(self.unkept) == 1:
            asyncio.get_running_loop().call_later(KEEP_SECONDS, self.keep_all)
        self.firings.append(
            {
                "at": iso_time(fired_ns),
                "seq": heard.seq,
                "court": heard.court,
                "event": heard.text,
                "rule": rule,
                "instance": instance,
                "request": action.request,
                "args": dict(action.args),
                "outcome": outcome,
                "result": result,
                "took_ms": round(took_ms, 1),
            }
        )
        self.desk.changed()

    def keep_all(self) -> None:
        """Have everything kept that was noted since."""
        if self.unkept:
            self.keep(_KEEP, self.unkept)
            self.unkept = []

    async def stop(self) -> None:
        """Leave what waits."""
        self.state = State()
        self.set_timer()
        tasks = list(self.workers.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.keep_all()


def said(problem: RestrikeError) -> str:
    """Return a problem and its way out in one line."""
    return f"{problem.message}. {problem.hint}" if problem.hint else problem.message


def by_subject(actions: Sequence[Action]) -> dict[str, list[Action]]:
    """Return actions by what they wait for; naming files and marking chapters belong to the recording."""
    found: dict[str, list[Action]] = {}
    for action in actions:
        subject = "record" if action.subject in ("file_name", "folder", "chapter") else action.subject
        found.setdefault(subject, []).append(action)
    return found


def needless(client: Client, action: Action, context: Context) -> str:
    """Return why an action has nothing to do, empty if it has."""
    if not client.connected:
        return ""  # the attempt tells why
    match action.request:
        case "record.stop" if not client.state.recording:
            return "nothing is being recorded"
        case "record.start" if client.state.recording:
            return "a recording runs already"
        case "chapter" if not client.state.recording:
            return "nothing is being recorded"
        case "back" if client.name not in context.before:
            return "no scene to go back to"
        case "replay.start" if client.state.replaying:
            return "the replay buffer runs already"
    return ""


def heard_of(row: Sequence[Any], recognition: Recognition) -> Heard:
    """Return what a rule hears of a stored event."""
    fields: Mapping[str, Any] = msgspec.json.decode(row[FIELDS])
    return Heard(
        seq=row[SEQ],
        court=row[COURT],
        stream=recognition.stream,
        mono_ns=row[MONO],
        action=recognition.action,
        athlete=recognition.athlete,
        round=row[ROUND],
        match_id=row[MATCH],
        fields=fields,
        text=recognition.description,
    )


def plan(rules: Sequence[Rule], events: Sequence[Heard]) -> list[dict[str, Any]]:
    """Return what rules would have done with events; ``at_ms`` counts from the first of them."""
    return [
        {
            "at_ms": (firing.due_ns - events[0].mono_ns) // 1_000_000,
            "seq": firing.heard.seq,
            "round": firing.heard.round,
            "event": firing.heard.text,
            "rule": firing.rule.name,
            "instance": firing.rule.instance,
            "request": action.request,
            "args": dict(action.args),
        }
        for firing in rehearse(rules, events)
        for action in firing.actions
    ]
