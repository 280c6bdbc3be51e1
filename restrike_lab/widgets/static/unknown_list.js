// The list of unknown patterns: chosen with the arrow keys or a click, kept in place while counts go on.

import { count, h, setAttr, setText } from "./dom.js";
import { timeOfDay, visible } from "./event_grid.js";

const msOf = (ns) => Math.floor(ns / 1e6);

/** Return the time of day of ns since 1970, with the day where it is not today. */
export function momentText(ns) {
  const ms = msOf(ns);
  const at = new Date(ms);
  const today = at.toDateString() === new Date().toDateString();
  return today ? timeOfDay(ms).slice(0, 8) : `${at.toISOString().slice(0, 10)} ${timeOfDay(ms).slice(0, 8)}`;
}

/** Return the shape of a pattern with its code word set apart. */
export function shapeText(pattern) {
  const rest = pattern.code ? pattern.shape.slice(pattern.code.length) : pattern.shape;
  return [pattern.code ? h("b", {}, pattern.code) : null, h("span", {}, rest)];
}

class PatternItem {
  constructor(pattern, chosen) {
    this.count = h("span", { class: "rl-pattern-count" });
    this.seen = h("span", { class: "rl-pattern-seen" });
    this.said = h("span", { class: "rl-pattern-said" });
    this.element = h(
      "li",
      { class: "rl-pattern", role: "option", id: `rl-pattern-${pattern.pattern_hash}`, "aria-selected": "false", on: { click: chosen } },
      h("code", { class: "rl-pattern-shape" }, ...shapeText(pattern).filter(Boolean)),
      this.count,
      h("span", { class: "rl-pattern-sample", dir: "auto" }, visible(pattern.sample)),
      this.seen,
      this.said,
    );
  }

  update(pattern) {
    setText(this.count, `${pattern.whole ? "" : "≥ "}${count(pattern.occurrence_count)}`);
    const courts = Object.keys(pattern.courts);
    setText(this.seen, `${momentText(pattern.last_seen)} · court ${courts.slice(0, 3).join(", ")}${courts.length > 3 ? " …" : ""}`);
    setText(this.said, pattern.suggested && pattern.suggested !== "unknown" ? `probably ${pattern.suggested}` : "");
    this.said.hidden = !this.said.textContent;
  }
}

/** `choose(hash)` is called when the reader picks a pattern. */
export class PatternList {
  constructor(choose) {
    this.choose = choose;
    this.items = new Map();
    this.patterns = [];
    this.chosen = null;
    this.list = h("ul", { class: "rl-pattern-list rl-scroll", role: "listbox", tabindex: "0", "aria-label": "Unknown patterns", on: { keydown: (event) => this.key(event) } });
    this.more = h("p", { class: "rl-none rl-pattern-more" });
    this.element = h("div", { class: "rl-patterns" }, this.list, this.more);
  }

  update(patterns, total) {
    this.patterns = patterns;
    const held = this.items;
    this.items = new Map();
    for (const pattern of patterns) {
      const hash = pattern.pattern_hash;
      const item = held.get(hash) ?? new PatternItem(pattern, () => this.pick(hash));
      item.update(pattern);
      this.items.set(hash, item);
    }
    const elements = [...this.items.values()].map((item) => item.element);
    if (elements.some((element, at) => this.list.children[at] !== element) || this.list.children.length !== elements.length) {
      const top = this.list.scrollTop;
      this.list.replaceChildren(...elements);
      this.list.scrollTop = top;
    }
    setText(this.more, total > patterns.length ? `… and ${count(total - patterns.length)} rarer patterns` : "");
    this.mark();
  }

  pick(hash) {
    this.chosen = hash;
    this.mark();
    this.choose(hash);
  }

  mark() {
    for (const [hash, item] of this.items) setAttr(item.element, "aria-selected", String(hash === this.chosen));
    setAttr(this.list, "aria-activedescendant", this.items.has(this.chosen) ? `rl-pattern-${this.chosen}` : null);
  }

  key(event) {
    const last = this.patterns.length - 1;
    const at = this.patterns.findIndex((pattern) => pattern.pattern_hash === this.chosen);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last };
    if (!(event.key in moves) || last < 0) return;
    event.preventDefault();
    const hash = this.patterns[Math.min(last, Math.max(0, moves[event.key]))].pattern_hash;
    this.pick(hash);
    this.items.get(hash).element.scrollIntoView({ block: "nearest" });
  }
}
