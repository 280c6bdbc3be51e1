// A panel with a head that folds it away. Folded on a Voila page it is one line at the foot of the first screen: the
// event table leaves that much room (--rl-below).

import { Banner, Pill } from "./banner.js";
import { h, setAttr, setText } from "./dom.js";
import { followTheme } from "./theme.js";

const PANEL_GAP = 16;

let panelCount = 0;

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
    const head = h("header", { class: "rl-panel-head" }, h("h2", { class: "rl-panel-title" }, this.toggle), this.summary, h("span", { class: "rl-grow" }), this.pill.element);
    head.addEventListener("click", (event) => {
      if (!event.target.closest("button, a, select, input")) this.set(!this.open, true);
    });
    // A notebook must not take the keys that are meant for a panel.
    this.root = h("section", { class: `rl rl-panel ${name}`, "aria-label": title, on: { keydown: (event) => event.stopPropagation() } });
    this.banner = new Banner(this.root, link);
    this.root.append(this.banner.element, this.banner.said, head, this.body);
    host.classList.add("rl-panel-host"); // the widget's own layout takes inline styles away
    host.append(this.root);
    this.endings = [followTheme(this.root, model), link.join({ state: () => this.line() })];
    if (model.get("folded") && document.documentElement.dataset.rlPage === "voila") this.endings.push(this.makeRoom());
    this.set(!model.get("folded"), false);
  }

  set(open, chosen) {
    this.open = open;
    this.body.hidden = !open;
    setAttr(this.toggle, "aria-expanded", String(open));
    this.root.dataset.open = String(open);
    this.host.dataset.open = String(open);
    this.fold(open);
    if (open && chosen) this.root.scrollIntoView({ block: "end", behavior: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  /** Have the event table leave as much room as the row of panels takes while all of them are folded. */
  makeRoom() {
    let row = null;
    const measure = () => {
      if (row !== this.host.parentElement) {
        row = this.host.parentElement;
        observer.observe(row); // a panel that comes later may not fit beside the others
      }
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
