// Everything that people noted, newest first; a note on an event leads to it.

import { h, plural, setText } from "./dom.js";
import { Link } from "./link.js";
import { NoteAsker, NoteBook, NoteForm, noteItem } from "./note_book.js";
import { Panel, showEvent } from "./panel.js";
import { panelModule } from "./source.js";

const NOTES_SHOWN = 300;

class NotesView {
  constructor(model, host) {
    this.link = new Link(model);
    this.book = new NoteBook();
    this.asker = new NoteAsker(this.link);
    this.bouts = [];
    this.where = h("select", { class: "rl-select", "aria-label": "What the note is about" });
    this.form = new NoteForm(this.asker, () => this.place(), "Write a note");
    this.none = h("p", { class: "rl-none" }, "Nothing noted yet. Write above, or open an event and note on it.");
    this.list = h("ul", { class: "rl-notes-list" });
    this.panel = new Panel(host, model, this.link, { name: "rl-notes", title: "Notes", fold: () => this.update() });
    this.panel.body.append(
      h("div", { class: "rl-notes-head" }, this.where, this.form.element),
      h("div", { class: "rl-scroll rl-notes-body", tabindex: "0", role: "region", "aria-label": "Notes, newest first" }, this.none, this.list),
    );
    this.endings = [this.link.join({ message: (content) => this.message(content) }), this.link.watch()];
    this.offer();
  }

  message(content) {
    if (content.type === "note.answer") this.asker.answer(content);
    else if (content.type === "bouts") {
      this.bouts = content.bouts;
      this.offer();
    } else if (this.book.message(content)) this.update();
  }

  /** Offer the bouts that go on, and this moment. */
  offer() {
    const choices = this.bouts.filter((each) => each.match_id !== null).map((each) => [`bout:${each.match_id}`, `Bout ${each.number ?? "?"}, court ${each.court}`]);
    for (const each of this.bouts) choices.push([`court:${each.court}`, `Now, court ${each.court}`]);
    const key = JSON.stringify(choices);
    if (this.where.dataset.key === key) return;
    this.where.dataset.key = key;
    const chosen = this.where.value;
    this.where.replaceChildren(...choices.map(([value, text]) => h("option", { value }, text)));
    if (choices.some(([value]) => value === chosen)) this.where.value = chosen;
  }

  place() {
    const [kind, ...rest] = this.where.value.split(":");
    const name = rest.join(":");
    return kind === "bout" ? { match_id: Number(name) } : { court: name || null };
  }

  update() {
    if (!this.panel) return;
    const notes = this.book.newest();
    this.panel.say("", notes.length ? plural(notes.length, "note") : "none yet");
    if (!this.panel.open) return;
    this.none.hidden = notes.length > 0;
    const said = (text) => setText(this.form.said, text);
    this.list.replaceChildren(...notes.slice(0, NOTES_SHOWN).map((note) => noteItem(note, this.asker, { where: this.whereText(note), said })));
  }

  whereText(note) {
    if (note.seq !== null) return h("button", { type: "button", class: "rl-link", on: { click: () => showEvent(note.seq) } }, `Event ${note.seq}`);
    if (note.match_id !== null) return h("span", { class: "rl-none" }, `Bout ${this.bouts.find((each) => each.match_id === note.match_id)?.number ?? `of event ${note.match_id}`}`);
    return h("span", { class: "rl-none" }, `${new Date(note.at_ns / 1e6).toLocaleTimeString("en-GB")}${note.court ? `, court ${note.court}` : ""}`);
  }

  close() {
    this.panel.close();
    for (const end of this.endings) end();
    this.link.close();
  }
}

export default panelModule(NotesView);
