// Notes and tags on this page, and the line in which one is written.

import { h, setText } from "./dom.js";

const ANSWER_MS = 8000;

/** All notes that stand, by number and by event. */
export class NoteBook {
  constructor() {
    this.notes = new Map();
    this.bySeq = new Map();
  }

  /** Take what the kernel tells; returns whether anything may look different now. */
  message(content) {
    if (content.type === "notes") {
      this.notes = new Map(content.notes.map((note) => [note.annotation_id, note]));
      this.sort();
      return true;
    }
    if (content.type !== "note") return false;
    const { note } = content;
    const known = this.notes.get(note.annotation_id);
    if (known && known.revision >= note.revision) return false;
    if (note.dropped) this.notes.delete(note.annotation_id);
    else this.notes.set(note.annotation_id, note);
    this.sort();
    return true;
  }

  sort() {
    this.bySeq = new Map();
    for (const note of this.newest()) {
      if (note.seq === null) continue;
      if (!this.bySeq.has(note.seq)) this.bySeq.set(note.seq, []);
      this.bySeq.get(note.seq).push(note);
    }
  }

  newest() {
    return [...this.notes.values()].sort((a, b) => b.annotation_id - a.annotation_id);
  }

  /** The notes of an event, and those of its bout that stand at no event. */
  of(seq, matchId) {
    const ofBout = matchId ? this.newest().filter((note) => note.seq === null && note.match_id === matchId) : [];
    return [...(this.bySeq.get(seq) ?? []), ...ofBout];
  }

  /** What an event's row shows of its notes: its tags, and a pencil. */
  mark(seq) {
    const notes = this.bySeq.get(seq);
    if (!notes) return "";
    const tags = notes.filter((note) => note.kind === "tag").map((note) => note.text);
    return `✎ ${tags.join(", ")}`.trim();
  }

  text(seq) {
    return (this.bySeq.get(seq) ?? []).map((note) => note.text).join("\n");
  }
}

/** Ask the kernel, and have the answer come to the one who asked. */
export class NoteAsker {
  constructor(link) {
    this.link = link;
    this.number = 0;
    this.waiting = new Map();
  }

  ask(content) {
    this.number += 1;
    const number = this.number;
    return new Promise((resolve) => {
      this.waiting.set(number, resolve);
      setTimeout(() => this.answer({ number, error: { message: "No answer from the hub.", hint: "" } }), ANSWER_MS);
      this.link.send({ ...content, number });
    });
  }

  answer({ number, error }) {
    this.waiting.get(number)?.(error);
    this.waiting.delete(number);
  }
}

/** A line in which a note or tag is written; `place()` says where it stands. */
export class NoteForm {
  constructor(asker, place, placeholder) {
    this.asker = asker;
    this.place = place;
    this.field = h("input", { type: "text", class: "rl-text rl-note-text", placeholder, "aria-label": placeholder, maxlength: 4000, autocomplete: "off", dir: "auto" });
    this.said = h("p", { class: "rl-note-said", role: "status" });
    const tag = h("button", { type: "button", class: "rl-button", on: { click: () => this.submit("tag") } }, "Tag");
    const submit = (event) => {
      event.preventDefault();
      this.submit("note");
    };
    this.element = h("form", { class: "rl-note-form", on: { submit } }, this.field, h("button", { type: "submit", class: "rl-button" }, "Note"), tag, this.said);
  }

  async submit(kind) {
    const text = this.field.value.trim();
    if (!text) return this.field.focus();
    const error = await this.asker.ask({ type: "note.add", kind, text, ...this.place() });
    setText(this.said, error ? [error.message, error.hint].filter(Boolean).join(" ") : "");
    if (!error && this.field.value.trim() === text) this.field.value = ""; // more may have been typed meanwhile
    return undefined;
  }
}

/** One note with what can be done to it; `where` says in words where it stands, `said(text)` tells what went wrong. */
export function noteItem(note, asker, { where = null, said }) {
  const text = h("span", { class: "rl-note-words", dir: "auto" }, note.text);
  const when = new Date(note.changed_ns / 1e6).toLocaleTimeString("en-GB");
  const told = (error) => said(error ? [error.message, error.hint].filter(Boolean).join(" ") : "");
  const drop = async () => told(await asker.ask({ type: "note.drop", annotation_id: note.annotation_id }));
  const item = h("li", { class: "rl-note", data: { kind: note.kind } });
  const edit = () => {
    const field = h("input", { type: "text", class: "rl-text rl-note-text", "aria-label": "Text of the note", dir: "auto" });
    field.value = note.text;
    const keep = async (event) => {
      event.preventDefault();
      const error = field.value.trim() === note.text ? null : await asker.ask({ type: "note.change", annotation_id: note.annotation_id, text: field.value.trim() });
      told(error);
      if (!error) draw();
    };
    const cancel = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      draw();
    };
    item.replaceChildren(h("form", { class: "rl-note-form", on: { submit: keep, keydown: cancel } }, field, h("button", { type: "submit", class: "rl-button" }, "Keep")));
    field.focus();
  };
  function draw() {
    item.replaceChildren(
      ...[where, text, h("span", { class: "rl-none" }, `${note.who}, ${when}`)].filter(Boolean),
      h("button", { type: "button", class: "rl-note-do", "aria-label": `Change: ${note.text}`, on: { click: edit } }, "✎"),
      h("button", { type: "button", class: "rl-note-do", "aria-label": `Take back: ${note.text}`, on: { click: drop } }, "✕"),
    );
  }
  draw();
  return item;
}
