// One event in full: what arrived byte for byte, what was read out of it, and how sure the reader is.

import { h, setText } from "./dom.js";
import { timeOfDay, visible } from "./event_grid.js";
import { NoteForm, noteItem } from "./note_book.js";
import { StatusForm } from "./status_form.js";
import { ATHLETES, C, CODE_NAMES } from "./rows.js";

const BYTES_PER_LINE = 8;
const BYTES_SHOWN = 2048;
const NAMES_OF_COLUMNS = { recognition_status: "status", parser_confidence: "confidence", validation_errors: "errors" };
const DERIVED_WITH_STATUS = new Set(["parser_confidence"]);

/** Return the bytes as lines of hexadecimal numbers and characters. */
export function hexLines(bytes) {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, BYTES_SHOWN); at += BYTES_PER_LINE) {
    const part = [...bytes.slice(at, at + BYTES_PER_LINE)];
    const numbers = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${numbers.padEnd(BYTES_PER_LINE * 3 - 1)}  ${text}`);
  }
  if (bytes.length > BYTES_SHOWN) lines.push(`… ${bytes.length - BYTES_SHOWN} more bytes`);
  return lines.join("\n");
}

function bytesOf(row, event) {
  if (typeof event?.raw_hex !== "string") return new TextEncoder().encode(row[C.raw]);
  return Uint8Array.from(event.raw_hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function shown(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function entries(pairs) {
  return h("dl", { class: "rl-facts" }, ...pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, shown(value))]));
}

function section(title, ...children) {
  return h("section", {}, h("h4", {}, title), ...children);
}

function changeItem({ changed_ns, who, why, run_id, before, after }) {
  const what = Object.keys(after).filter((name) => !DERIVED_WITH_STATUS.has(name) || Object.keys(after).length === 1);
  const said = what.map((name) => `${NAMES_OF_COLUMNS[name] ?? name}: ${shown(before[name])} → ${shown(after[name])}`).join(", ");
  const how = run_id === null ? "by hand" : `run ${run_id}`;
  return h("li", {}, h("span", {}, said), h("span", { class: "rl-none" }, `${timeOfDay(changed_ns / 1e6)} · ${who}, ${how}`), h("i", { dir: "auto" }, why));
}

function athleteText(athlete, known) {
  const who = { 1: known?.blue, 2: known?.red }[athlete];
  const called = who ? [who.long || who.short, who.country && `(${who.country})`].filter(Boolean).join(" ") : "";
  return [ATHLETES[athlete] ?? "–", called].filter(Boolean).join(": ");
}

/** The panel beside the grid. `closed()` is called when the reader shuts it, `judge(seq, status, why)` when they judge. */
export class Detail {
  constructor(closed, judge, { notes, asker }) {
    this.notes = notes;
    this.asker = asker;
    this.noteForm = new NoteForm(asker, () => ({ seq: this.seq }), "Note on this event");
    this.noteList = h("ul", { class: "rl-notes-list" });

    this.form = new StatusForm((status, why) => judge(this.seq, status, why));
    this.seq = null;
    this.events = new Map();
    this.body = h("div", {}); // drawn anew with every answer; the forms are not, or who writes would lose the place
    this.title = h("h3", {});
    this.element = h(
      "aside",
      { class: "rl-detail", role: "region", "aria-label": "Event in detail", hidden: true },
      h("header", {}, this.title, h("button", { type: "button", class: "rl-button rl-quiet", "aria-label": "Close detail", on: { click: closed } }, "✕")),
      h("div", { class: "rl-detail-content" }, this.body, section("Judge it yourself", this.form.element)),
      h("section", { class: "rl-detail-notes", "aria-label": "Notes on this event" }, this.noteForm.element, this.noteList),
    );
  }

  get open() {
    return this.seq !== null;
  }

  show(row) {
    if (row[C.seq] !== this.seq) this.form.reset();
    this.seq = row[C.seq];
    this.row = row;
    this.element.hidden = false;
    this.draw();
  }

  hide() {
    this.seq = null;
    this.element.hidden = true;
  }

  /** Show the notes of the event and of its bout; what is being written stays. */
  noted() {
    if (!this.open) return;
    const matchId = this.events.get(this.seq)?.match_id;
    const notes = this.notes.of(this.seq, matchId);
    const key = JSON.stringify([this.seq, notes]);
    if (this.noteList.dataset.key === key) return;
    this.noteList.dataset.key = key;
    const said = (text) => setText(this.noteForm.said, text);
    this.noteList.replaceChildren(...notes.map((note) => noteItem(note, this.asker, { where: note.seq === null ? h("span", { class: "rl-none" }, "Bout:") : null, said })));
  }

  /** Take what the kernel knows beyond the row. */
  take(seq, event) {
    this.events.clear();
    this.events.set(seq, event ?? {});
    if (seq === this.seq) this.draw();
  }

  /** Say that the status was set, or why not. */
  judged(seq, refused) {
    if (seq === this.seq) this.form.told(refused);
  }

  draw() {
    const { row } = this;
    this.noted();
    this.form.show(row[C.status]);
    const event = this.events.get(row[C.seq]);
    const bytes = bytesOf(row, event);
    this.title.textContent = `Event ${row[C.seq]}`;
    const errors = event?.errors ?? [];
    const fields = Object.entries(event?.fields ?? {});
    const history = event?.history ?? [];
    this.body.replaceChildren(
      h("p", { class: "rl-detail-lead" }, h("span", { class: "rl-badge", data: { athlete: String(row[C.athlete] ?? "none") } }, row[C.code]), h("span", {}, row[C.description] || CODE_NAMES[row[C.code]] || "")),
      this.confidence(row),
      ...(errors.length ? [section("Errors", h("ul", { class: "rl-errors" }, ...errors.map((error) => h("li", {}, shown(error)))))] : []),
      section("Message", h("code", { class: "rl-rawline" }, visible(row[C.raw]) || "(empty)")),
      section(`Bytes (${bytes.length})`, h("pre", { class: "rl-hex", tabindex: "0" }, hexLines(bytes))),
      section("Fields", fields.length ? entries(fields) : h("p", { class: "rl-none" }, event ? "None." : "…")),
      section("Where and when", entries(this.facts(row, event))),
      ...(history.length ? [section("Changed since", h("ul", { class: "rl-changes" }, ...history.map(changeItem)))] : []),
    );
  }

  facts(row, event) {
    return [
      ["Arrived", timeOfDay(row[C.arrivalMs])],
      ["Court", row[C.court]],
      ["Stream", [row[C.stream], event?.about?.event_type?.description].filter(Boolean).join(": ")],
      ["Athlete", athleteText(row[C.athlete], event?.about?.athletes)],
      ["Round", row[C.round]],
      ["Clock", row[C.time]],
      ...(event?.sender ? [["Sender", event.sender]] : []),
      ...(event?.match_id ? [["Match", `loaded by event ${event.match_id}`]] : []),
    ];
  }

  confidence(row) {
    const sure = row[C.confidence] ?? 0;
    return h(
      "div",
      { class: "rl-confidence", data: { status: row[C.status] } },
      h("meter", { min: 0, max: 1, value: sure, low: 0.5, high: 0.9, optimum: 1, "aria-label": "Confidence" }),
      h("span", {}, `${row[C.status]}, confidence ${Number(sure).toFixed(1)}`),
    );
  }
}
