// A panel with a head that folds it away.
//
// Folded on a Voila page it is a tab at the foot of the first screen: the event table leaves that much room
// (--rl-below). Opened there it takes the table's place, so that the scoreboard and what the other tabs say stay in
// sight; one is open at a time, and the key on it opens and shuts it. Where the table has no room of its own (a low window)
// and in a notebook a panel opens where it stands.

import { Banner, Pill } from "./banner.js";
import { h, setAttr, setText } from "./dom.js";
import { followTheme } from "./theme.js";

const PANEL_GAP = 16;

const TAB_KEYS = "1234567890qwertz";
const OPENED = "rl-panel-open";

let panelCount = 0;

/** Have every panel that took the event table's place give it back. */
export function showTable() {
  window.dispatchEvent(new CustomEvent(OPENED, { detail: { root: null } }));
}

function isTyping(target) {
  return target instanceof Element && Boolean(target.closest("input, textarea, select, [contenteditable='true']"));
}

/** `fold(open)` is called whenever the reader opens or shuts it, and once in the beginning. */
export class Panel {
  constructor(host, model, link, { name, title, fold }) {
    this.host = host;
    this.link = link;
    this.fold = fold;
    panelCount += 1;
    this.body = h("div", { class: "rl-panel-body", id: `rl-panel-${panelCount}-${link.page}` });
    this.toggle = h(
      "button",
      { type: "button", class: "rl-panel-toggle", "aria-controls": this.body.id, on: { click: () => this.set(!this.open, true) } },
      h("i", { class: "rl-chevron", "aria-hidden": "true" }),
      title,
    );
    this.summary = h("span", { class: "rl-panel-summary", role: "status" });
    this.pill = new Pill(() => this.root);
    this.back = h("button", { type: "button", class: "rl-button rl-quiet rl-panel-back", title: "Esc", on: { click: () => this.set(false, false) } }, "✕ Back to events");
    const head = h("header", { class: "rl-panel-head" }, h("h2", { class: "rl-panel-title" }, this.toggle), this.summary, h("span", { class: "rl-grow" }), this.pill.element, this.back);
    head.addEventListener("click", (event) => {
      if (!event.target.closest("button, a, select, input")) this.set(!this.open, true);
    });
    // A notebook must not take the keys that are meant for a panel.
    this.root = h("section", { class: `rl rl-panel ${name}`, "aria-label": title, on: { keydown: (event) => this.pressed(event) } });
    this.name = name;
    this.key = h("kbd", { class: "rl-panel-key", "aria-hidden": "true", hidden: true });
    this.toggle.prepend(this.key);
    host.dataset.title = title;
    this.banner = new Banner(this.root, link);
    this.root.append(this.banner.element, this.banner.said, head, this.body);
    host.classList.add("rl-panel-host"); // the widget's own layout takes inline styles away
    host.append(this.root);
    this.endings = [followTheme(this.root, model), link.join({ state: () => this.line() })];
    this.tab = Boolean(model.get("folded")) && document.documentElement.dataset.rlPage === "voila";
    if (this.tab) this.endings.push(this.makeRoom(), this.takeTurns());
    this.set(!model.get("folded"), false);
  }

  set(open, chosen) {
    this.open = open;
    this.body.hidden = !open;
    setAttr(this.toggle, "aria-expanded", String(open));
    this.root.dataset.open = String(open);
    this.host.dataset.open = String(open);
    if (this.tab) this.place(open);
    this.back.hidden = !open || !this.onStage;
    this.fold(open);
    if (open && chosen && !this.onStage) this.root.scrollIntoView({ block: "end", behavior: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  get onStage() {
    return this.host.dataset.stage === "true";
  }

  /** Take the event table's place, or give it back. */
  place(open) {
    const page = document.documentElement.dataset;
    if (open) {
      window.dispatchEvent(new CustomEvent(OPENED, { detail: { root: this.root } }));
      this.host.dataset.stage = String("rlStage" in page);
      if (this.onStage) page.rlOpen = this.name;
    } else if (this.onStage) {
      this.host.dataset.stage = "false";
      if (page.rlOpen === this.name) delete page.rlOpen;
    }
  }

  /** Be one of the tabs of this page: shut when another opens, open and shut by a digit. */
  takeTurns() {
    const others = ({ detail }) => {
      if (this.open && detail.root !== this.root && this.onStage) this.set(false, false);
    };
    const digit = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || event.key !== this.key.textContent) return;
      event.preventDefault();
      event.stopPropagation();
      this.set(!this.open, true);
      if (this.open) this.toggle.focus({ preventScroll: true });
      else document.querySelector(".rl-grid")?.focus({ preventScroll: true });
    };
    const again = (event) => {
      if (event.target === this.host) this.set(!this.open, true);
    };
    window.addEventListener(OPENED, others);
    window.addEventListener("keydown", digit, true);
    this.host.addEventListener("click", again);
    this.host.dataset.tab = "true";
    return () => {
      if (this.open) this.place(false);
      window.removeEventListener(OPENED, others);
      window.removeEventListener("keydown", digit, true);
      this.host.removeEventListener("click", again);
    };
  }

  pressed(event) {
    if (event.key === "Escape" && this.tab && this.open && !isTyping(event.target)) {
      this.set(false, false);
      this.toggle.focus({ preventScroll: true });
    }
    event.stopPropagation();
  }

  /** Show which digit opens it: its place among the tabs. */
  number(row) {
    const place = [...row.querySelectorAll(".rl-panel-host")].indexOf(this.host);
    setText(this.key, TAB_KEYS[place] ?? "");
    this.key.hidden = !TAB_KEYS[place];
  }

  /** Have the event table leave as much room as the row of panels takes while all of them are folded. */
  makeRoom() {
    let row = null;
    const measure = () => {
      if (row !== this.host.parentElement) {
        row = this.host.parentElement;
        observer.observe(row); // a panel that comes later may not fit beside the others
      }
      if (row) this.number(row);
      if (!row || row.querySelector(".rl-panel[data-open='true']")) return;
      const room = `${Math.ceil(row.getBoundingClientRect().height) + PANEL_GAP}px`;
      const { style } = document.documentElement;
      if (style.getPropertyValue("--rl-below") === room) return;
      style.setProperty("--rl-below", room);
      window.dispatchEvent(new Event("resize")); // the table fits itself anew
    };
    const observer = new ResizeObserver(measure);
    observer.observe(this.host);
    return () => observer.disconnect();
  }

  /** Say in the head, in one line, how things are; `level` gives it its colour. */
  say(level, text) {
    this.summary.dataset.level = level;
    setText(this.summary, text);
    setAttr(this.summary, "title", text);
  }

  line() {
    this.banner.update(this.link);
    this.pill.update(this.link);
  }

  close() {
    for (const end of this.endings) end();
  }
}

/** Tell a page's event table to show an event; returns whether there was one that could. */
export function showEvent(seq) {
  return !window.dispatchEvent(new CustomEvent("rl-show-event", { detail: { seq }, cancelable: true }));
}

/** Return a block with a heading. */
export function block(title, ...children) {
  return h("section", { class: "rl-block" }, h("h3", {}, title), ...children);
}

/** Return a list that opens under its title, shut in the beginning. */
export function folding(title, lines) {
  return h("details", { class: "rl-folding" }, h("summary", {}, title), h("ul", {}, ...lines.map((line) => h("li", {}, line))));
}
