// The wire as it comes: raw messages, newest below. Only the lines in sight are elements; the rest is an array with an
// end. It follows the newest line until the reader scrolls up or pauses, and then counts what waits.

import { count, h, plural, setAttr, setText } from "./dom.js";
import { timeOfDay, visible } from "./event_grid.js";
import { Link } from "./link.js";
import { Panel } from "./panel.js";
import { C, decodeRows } from "./rows.js";
import { panelModule } from "./source.js";

const LINE_PX = 20;
const SPARE_LINES = 8;
const AT_END_PX = LINE_PX;

class LiveDataView {
  constructor(model, host) {
    this.model = model;
    this.link = new Link(model);
    this.lines = [];
    this.shown = [];
    this.wanted = "";
    this.paused = false;
    this.waiting = 0;
    this.missed = 0;
    this.heard = 0;
    this.pool = [];
    this.build();
    this.panel = new Panel(host, model, this.link, { name: "rl-live-data", title: "Live data", fold: (open) => this.fold(open) });
    this.panel.body.append(this.bar, this.scroller);
    this.endings = [this.link.join({ message: (content, buffers) => this.message(content, buffers) }), this.link.watch()];
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.scroller);
    this.rate = setInterval(() => this.tell(), 1000);
    this.draw();
  }

  build() {
    this.search = h("input", { type: "search", class: "rl-search", placeholder: "Filter messages", "aria-label": "Filter messages by text", autocomplete: "off", spellcheck: "false", on: { input: () => this.filter() } });
    this.pause = h("button", { type: "button", class: "rl-button", "aria-pressed": "false", on: { click: () => this.setPaused(!this.paused) } }, "❚❚ Pause");
    this.fresh = h("button", { type: "button", class: "rl-button rl-primary", hidden: true, on: { click: () => this.setPaused(false) } });
    this.counted = h("span", { class: "rl-none", role: "status" });
    this.bar = h("div", { class: "rl-live-bar" }, this.search, this.pause, this.fresh, h("span", { class: "rl-grow" }), this.counted);
    this.space = h("div", { class: "rl-live-space" });
    this.scroller = h("div", { class: "rl-scroll rl-live-lines", tabindex: "0", role: "log", "aria-live": "off", "aria-label": "Messages as they arrive, newest last", on: { scroll: () => this.scrolled() } }, this.space);
  }

  fold(open) {
    this.link.send({ type: open ? "show" : "shut" });
    if (open) this.atEnd = true;
  }

  message(content, buffers) {
    if (content.type === "lines") this.take(decodeRows(buffers[0]), content);
    else if (content.type === "again" && this.panel.open) this.fold(true);
    else if (content.type === "problem") this.panel.say("error", content.text);
    else if (content.type === "pulse" && this.panel.open && this.lost) this.fold(true);
    if (content.type === "pulse") this.lost = !content.connected;
  }

  take(rows, { fresh, missed }) {
    if (fresh) {
      this.lines = [];
      this.shown = [];
      this.waiting = this.missed = 0;
    } else this.heard += rows.length + missed;
    const newest = this.lines.length ? this.lines[this.lines.length - 1][C.seq] : 0;
    const incoming = rows.filter((row) => row[C.seq] > newest);
    this.missed += missed;
    this.lines.push(...incoming);
    const over = this.lines.length - this.model.get("limit");
    if (over > 0) this.lines.splice(0, over);
    const passing = incoming.filter((row) => this.passes(row));
    if (this.paused || !this.atEnd) this.waiting += passing.length;
    if (this.paused) this.say();
    else {
      this.shown.push(...passing);
      this.forgetOld();
      this.draw();
    }
  }

  /** Let go of lines that are no longer kept, without moving what is in sight. */
  forgetOld() {
    const over = this.shown.length - this.model.get("limit");
    if (over <= 0) return;
    this.shown.splice(0, over);
    if (!this.atEnd) this.scroller.scrollTop = Math.max(0, this.scroller.scrollTop - over * LINE_PX);
  }

  passes(row) {
    return !this.wanted || `${row[C.raw]}\n${row[C.stream]}\n${row[C.court]}`.toLowerCase().includes(this.wanted);
  }

  filter() {
    this.wanted = this.search.value.trim().toLowerCase();
    this.shown = this.lines.filter((row) => this.passes(row));
    this.waiting = 0;
    this.atEnd = true;
    this.draw();
  }

  setPaused(paused) {
    this.paused = paused;
    setAttr(this.pause, "aria-pressed", String(paused));
    setText(this.pause, paused ? "▶ Follow" : "❚❚ Pause");
    if (!paused) this.filter();
    else this.say();
  }

  scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    if (this.atEnd && !this.paused) this.waiting = 0;
    this.draw(false);
  }

  /** Put the lines in sight in their places; follow the end if the reader is there. */
  draw(follow = true) {
    if (!this.panel?.open) return;
    const height = `${this.shown.length * LINE_PX}px`;
    if (this.space.style.height !== height) this.space.style.height = height;
    if (follow && this.atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / LINE_PX) - SPARE_LINES);
    const last = Math.min(this.shown.length, first + Math.ceil(this.scroller.clientHeight / LINE_PX) + 2 * SPARE_LINES);
    while (this.pool.length < last - first) {
      const line = h("div", { class: "rl-live-line" }, h("i", {}), h("b", {}), h("code", {}));
      this.pool.push(line);
      this.space.append(line);
    }
    this.pool.forEach((line, index) => this.fill(line, first + index < last ? first + index : null));
    this.say();
  }

  fill(line, index) {
    line.hidden = index === null;
    if (index === null) return;
    const row = this.shown[index];
    const top = `translateY(${index * LINE_PX}px)`;
    if (line.style.transform !== top) line.style.transform = top;
    setText(line.children[0], timeOfDay(row[C.arrivalMs]));
    setText(line.children[1], row[C.court]);
    setText(line.children[2], visible(row[C.raw]) || "(empty)");
    line.dataset.status = row[C.status];
  }

  say() {
    const lost = this.missed ? `, ${count(this.missed)} more in a flood` : "";
    setText(this.counted, `${this.wanted ? `${count(this.shown.length)} of ` : ""}${plural(this.lines.length, "message")}${lost}`);
    this.fresh.hidden = !this.waiting;
    setText(this.fresh, `↓ ${count(this.waiting)} new`);
  }

  tell() {
    if (this.panel.open) this.panel.say("", this.heard ? `${plural(this.heard, "message")} a second` : "quiet");
    else this.panel.say("", "");
    this.heard = 0;
  }

  close() {
    clearInterval(this.rate);
    this.sizes.disconnect();
    this.panel.close();
    for (const end of this.endings) end();
    this.link.close();
  }
}

export default panelModule(LiveDataView);
