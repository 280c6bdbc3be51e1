// The grid: 50,000 rows of which only the visible ones are elements. A row's element follows its event, so that a new
// row on top moves the others and redraws none.

import { clockText, h, setAttr, setText } from "./dom.js";
import { ATHLETES, C, CODE_NAMES, IMPORTANCE_NAMES, IMPORTANCE_SIGNS } from "./rows.js";

const OVERSCAN = 6;
const NEW_MS = 1200;
const FADE_EVERY_MS = 400;
const STATUS_SIGNS = { recognized: "✓", partial: "◐", unknown: "?", deprecated: "⌫" };

// Streams whose value is a time in milliseconds.
const TIMES = new Set(["clk", "brk", "ij", "to"]);

const two = (number) => String(number).padStart(2, "0");

/** Return the local time of day with milliseconds. */
export function timeOfDay(ms) {
  if (!ms) return "";
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** Return text without the control characters a console ends its messages with, each shown as a picture. */
export function visible(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\r\n\0]+$/, "").replace(/[\u0000-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)));
}

function valueText(row) {
  const value = row[C.value];
  if (value === null || value === undefined) return "";
  return TIMES.has(row[C.stream]) ? clockText(value) : String(value);
}

export const GRID_COLUMNS = [
  { key: "sign", label: "!", column: C.importance, text: (row) => IMPORTANCE_SIGNS[row[C.importance]] ?? "" },
  { key: "seq", label: "#", column: C.seq, text: (row) => String(row[C.seq]) },
  { key: "arrival", label: "Time", column: C.arrivalMs, text: (row) => timeOfDay(row[C.arrivalMs]) },
  { key: "court", label: "Court", column: C.court, text: (row) => row[C.court] },
  { key: "round", label: "Rd", column: C.round, text: (row) => row[C.round] || "" },
  { key: "clock", label: "Clock", column: C.time, text: (row) => row[C.time] ?? "" },
  { key: "code", label: "Event", column: C.code, text: (row) => row[C.code] },
  { key: "athlete", label: "Athlete", column: C.athlete, text: (row) => ATHLETES[row[C.athlete]] ?? "" },
  { key: "value", label: "Value", column: C.value, text: valueText },
  { key: "description", label: "Description", column: C.description, text: (row) => row[C.description] },
  { key: "raw", label: "Message", column: C.raw, text: (row) => visible(row[C.raw]) },
  { key: "status", label: "Status", column: C.status, text: (row) => row[C.status] },
];

const CELL = Object.fromEntries(GRID_COLUMNS.map(({ key }, index) => [key, index]));

/** Draw an `EventView`. `on.sort(column)`, `on.scroll()`, `on.open(seq)` and `on.key(event)` report what is done to it. */
export class EventGrid {
  constructor(view, on) {
    this.view = view;
    this.on = on;
    this.live = new Map();
    this.free = [];
    this.active = null;
    this.newest = 0;
    this.id = `rl-grid-${Math.random().toString(36).slice(2)}`;
    this.heads = GRID_COLUMNS.map((column, index) => this.head(column, index));
    this.header = h("div", { class: "rl-row rl-head", role: "row", "aria-rowindex": 1 }, ...this.heads);
    this.body = h("div", { class: "rl-body", role: "rowgroup", on: { click: (event) => this.clicked(event) } });
    this.element = h(
      "div",
      {
        class: "rl-grid",
        role: "grid",
        tabindex: "0",
        "aria-label": "Events, newest first",
        "aria-colcount": GRID_COLUMNS.length,
        "aria-readonly": "true",
        on: { keydown: (event) => this.on.key(event), scroll: () => this.scrolled() },
      },
      h("div", { role: "rowgroup", class: "rl-headgroup" }, this.header),
      this.body,
    );
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.element);
    this.fading = setInterval(() => this.fade(), FADE_EVERY_MS);
  }

  head(column, index) {
    const button = h("button", { type: "button", class: "rl-sort", tabindex: "-1", "aria-label": column.key === "sign" ? "Importance" : null, on: { click: () => this.on.sort(column.column) } }, column.label, h("i", { class: "rl-arrow", "aria-hidden": "true" }));
    return h("div", { class: `rl-cell rl-c-${column.key}`, role: "columnheader", "aria-colindex": index + 1 }, button);
  }

  get rowHeight() {
    if (!this.measured) this.measured = parseFloat(getComputedStyle(this.element).getPropertyValue("--rl-row")) || 28;
    return this.measured;
  }

  /** The height of the part in which rows are seen: the heading stays on top of it. */
  get sight() {
    return this.element.clientHeight - this.header.offsetHeight;
  }

  get page() {
    return Math.max(1, Math.floor(this.sight / this.rowHeight) - 1);
  }

  /** Whether the reader has scrolled away from the newest row. */
  get scrolledAway() {
    return this.element.scrollTop > this.rowHeight / 2;
  }

  scrolled() {
    this.on.scroll();
    this.draw();
  }

  clicked(event) {
    const row = event.target.closest(".rl-row");
    if (row && !String(window.getSelection())) this.on.open(Number(row.dataset.seq));
  }

  toTop() {
    this.element.scrollTop = 0;
  }

  /** Make the row at `index` the active one and bring it into sight. */
  activate(index) {
    const row = this.view.at(index);
    if (!row) return;
    this.active = row[C.seq];
    const top = index * this.rowHeight;
    const bottom = top + this.rowHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (bottom > this.element.scrollTop + this.sight) this.element.scrollTop = bottom - this.sight;
    this.draw();
  }

  /** Draw the rows in sight; `announce` lets rows that are new since the last call light up. */
  draw(announce = false) {
    const { view, rowHeight } = this;
    const height = `${view.length * rowHeight}px`;
    if (this.body.style.height !== height) this.body.style.height = height;
    setAttr(this.element, "aria-rowcount", view.length + 1);
    const top = this.element.scrollTop;
    const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
    const last = Math.min(view.length, Math.ceil((top + this.sight) / rowHeight) + OVERSCAN);
    const wanted = new Map();
    for (let index = first; index < last; index += 1) wanted.set(view.at(index)[C.seq], index);
    for (const [seq, element] of this.live) {
      if (wanted.has(seq)) continue;
      this.live.delete(seq);
      this.free.push(element);
      element.hidden = true;
    }
    let next = this.body.firstElementChild;
    for (const [seq, index] of wanted) {
      const element = this.place(seq, index, announce && seq > this.newest);
      // A screen reader reads in the order of the document.
      if (element === next) next = next.nextElementSibling;
      else this.body.insertBefore(element, next);
    }
    while (this.free.length > 2 * OVERSCAN) this.free.pop().remove();
    this.newest = Math.max(this.newest, view.store.lastSeq);
    this.drawActive();
  }

  place(seq, index, isNew) {
    let element = this.live.get(seq);
    if (!element) {
      element = this.free.pop() ?? this.makeRow();
      this.fill(element, this.view.at(index), isNew);
      this.live.set(seq, element);
    }
    const offset = `translateY(${index * this.rowHeight}px)`;
    if (element.style.transform !== offset) {
      element.style.transform = offset;
      setAttr(element, "aria-rowindex", index + 2);
    }
    return element;
  }

  makeRow() {
    const cells = GRID_COLUMNS.map((column, index) => h("div", { class: `rl-cell rl-c-${column.key}`, role: "gridcell", "aria-colindex": index + 1 }, h("span", {})));
    return h("div", { class: "rl-row", role: "row" }, ...cells);
  }

  fill(element, row, isNew) {
    element.hidden = false;
    element.id = `${this.id}-${row[C.seq]}`;
    element.dataset.seq = row[C.seq];
    element.dataset.code = row[C.code];
    element.dataset.athlete = row[C.athlete] ?? "none";
    element.dataset.status = row[C.status];
    element.dataset.importance = row[C.importance];
    element.classList.toggle("is-new", isNew);
    element.since = isNew ? performance.now() : null;
    GRID_COLUMNS.forEach((column, index) => setText(element.children[index].firstChild, column.text(row)));
    setAttr(element.children[CELL.description], "data-note", this.view.store.notes?.mark(row[C.seq]) || null);
    const weighty = !["plain", "tick"].includes(row[C.importance]);
    setAttr(element.firstChild.firstChild, "title", weighty ? IMPORTANCE_NAMES[row[C.importance]] : null);
    const [code, status] = [element.children[CELL.code].firstChild, element.children[CELL.status].firstChild];
    code.className = "rl-badge";
    setAttr(code, "title", CODE_NAMES[row[C.code]] ?? "Other");
    status.dataset.sign = STATUS_SIGNS[row[C.status]] ?? "?";
  }

  drawActive() {
    for (const [seq, element] of this.live) {
      const on = seq === this.active;
      element.classList.toggle("is-active", on);
      setAttr(element, "aria-selected", on ? "true" : null);
    }
    setAttr(this.element, "aria-activedescendant", this.live.has(this.active) ? `${this.id}-${this.active}` : null);
  }

  showSort() {
    GRID_COLUMNS.forEach((column, index) => {
      const sorted = column.column === this.view.column;
      setAttr(this.heads[index], "aria-sort", sorted ? (this.view.descending ? "descending" : "ascending") : "none");
    });
  }

  /** Forget what is drawn; the next draw fills every row again. */
  forget() {
    for (const element of this.live.values()) {
      this.free.push(element);
      element.hidden = true;
    }
    this.live.clear();
  }

  /** Take the tint off rows that have been there for a while. */
  fade() {
    const before = performance.now() - NEW_MS;
    for (const element of this.live.values()) {
      if (element.since && element.since < before) {
        element.since = null;
        element.classList.remove("is-new");
      }
    }
  }

  close() {
    clearInterval(this.fading);
    this.sizes.disconnect();
  }
}
