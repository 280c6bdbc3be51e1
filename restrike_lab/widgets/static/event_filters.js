// The controls above the table. They hold no state of their own: they show the view's filters and change them.

import { count, h, setAttr, setText } from "./dom.js";
import { ATHLETES, CODES, IMPORTANCES } from "./rows.js";
import { openFilters } from "./view.js";

const TYPING_MS = 90;
const DULL = ["plain", "tick"];
const STATUSES = ["recognized", "partial", "unknown", "deprecated"];

function option(value, text) {
  return h("option", { value }, text);
}

/** Search field, athlete, status and court, and a chip for each event code. `change(filters)` is called on every use. */
export class Filters {
  constructor(view, change) {
    this.view = view;
    this.change = change;
    this.search = h("input", {
      type: "search",
      class: "rl-search",
      placeholder: "Filter text  ( / )",
      "aria-label": "Filter by text",
      autocomplete: "off",
      spellcheck: "false",
      on: { input: () => this.typed() },
    });
    this.athletes = new Map(
      [null, 1, 2, 0].map((athlete) => [athlete, this.segment(athlete, athlete === null ? "All" : ATHLETES[athlete])]),
    );
    this.status = h("select", { class: "rl-select", "aria-label": "Recognition status", on: { change: () => change({ status: this.status.value }) } });
    this.status.append(option("", "Any status"), ...STATUSES.map((status) => option(status, status)));
    this.court = h("select", { class: "rl-select", "aria-label": "Court", hidden: true, on: { change: () => change({ court: this.court.value }) } });
    this.chips = new Map(CODES.map(([code, name]) => [code, this.chip(code, name, (event) => this.toggle(code, event))]));
    this.weights = new Map(IMPORTANCES.map(([key, name, sign]) => [key, this.weight(key, name, sign)]));
    this.highlights = h("button", { type: "button", class: "rl-button rl-highlights", title: "Only what matters at the ring ( i )", "aria-label": "Highlights", on: { click: () => this.toggleHighlights() } }, "★", h("span", {}, " Highlights"));
    this.clear = h("button", { type: "button", class: "rl-button rl-quiet rl-clear", "aria-label": "Clear filters", title: "Clear filters", hidden: true, on: { click: () => this.reset() } }, "✕ Clear");
    this.bar = h(
      "div",
      { class: "rl-filters", role: "group", "aria-label": "Filters" },
      this.search,
      h("div", { class: "rl-segments", role: "group", "aria-label": "Athlete" }, ...this.athletes.values()),
      this.status,
      this.court,
      this.highlights,
    );
    this.chipBar = h(
      "div",
      { class: "rl-chips", role: "group", "aria-label": "Event types; shift and click shows one alone" },
      ...[...this.weights.values()].map((chip) => chip.element),
      h("span", { class: "rl-rule", "aria-hidden": "true" }),
      ...[...this.chips.values()].map((chip) => chip.element),
      this.clear,
    );
  }

  segment(athlete, text) {
    return h(
      "button",
      { type: "button", class: "rl-segment", data: { athlete: String(athlete) }, on: { click: () => this.change({ athlete }) } },
      h("i", { class: "rl-dot", "aria-hidden": "true" }),
      text,
    );
  }

  chip(code, name, pressed) {
    const figure = h("span", { class: "rl-chip-count" }, "0");
    const element = h("button", { type: "button", class: "rl-chip", title: name, data: { code }, on: { click: pressed } }, h("b", {}, code), figure);
    return { element, figure, name };
  }

  weight(key, name, sign) {
    const chip = this.chip(name, name, (event) => this.mute(key, event));
    chip.element.dataset.importance = key;
    chip.element.prepend(h("i", { class: "rl-sign", "aria-hidden": "true" }, sign));
    return chip;
  }

  /** Show events of an importance, or not; with shift those alone. */
  mute(key, event) {
    const muted = new Set(event.shiftKey ? this.weights.keys() : this.view.filters.muted);
    if (!muted.delete(key)) muted.add(key);
    this.change({ muted });
  }

  get highlighted() {
    const { muted } = this.view.filters;
    return muted.size === DULL.length && DULL.every((key) => muted.has(key));
  }

  toggleHighlights() {
    this.change({ muted: new Set(this.highlighted ? ["tick"] : DULL) });
  }

  toggle(code, event) {
    const hidden = new Set(this.view.filters.hidden);
    if (event.shiftKey) {
      CODES.forEach(([each]) => hidden.add(each));
      hidden.delete(code);
    } else if (!hidden.delete(code)) hidden.add(code);
    this.change({ hidden });
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.change({ text: this.search.value.trim().toLowerCase() }), TYPING_MS);
  }

  reset() {
    this.search.value = "";
    this.change(openFilters(this.view.opening));
  }

  focus() {
    this.search.focus();
    this.search.select();
  }

  /** Show the filters and how many events each type has. */
  update(tally) {
    const filters = this.view.filters;
    for (const [athlete, button] of this.athletes) setAttr(button, "aria-pressed", String(filters.athlete === athlete));
    for (const [code, chip] of this.chips) this.show(chip, !filters.hidden.has(code), tally.codes.get(code) ?? 0);
    for (const [key, chip] of this.weights) this.show(chip, !filters.muted.has(key), tally.importances.get(key) ?? 0);
    setAttr(this.highlights, "aria-pressed", String(this.highlighted));
    for (const choice of this.status.options) {
      if (choice.value) setText(choice, `${choice.value} (${count(tally.statuses.get(choice.value) ?? 0)})`);
    }
    if (this.status.value !== filters.status) this.status.value = filters.status;
    this.updateCourts(tally.courts, filters.court);
    this.clear.hidden = !this.view.filtered;
  }

  show(chip, on, number) {
    const text = count(number);
    setText(chip.figure, text);
    setAttr(chip.element, "aria-pressed", String(on));
    setAttr(chip.element, "aria-label", `${chip.name}: ${text}`);
  }

  updateCourts(courts, chosen) {
    const names = [...courts.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const known = names.join("\n");
    if (known !== this.known) {
      this.known = known;
      this.court.replaceChildren(option("", "All courts"), ...names.map((name) => option(name, `Court ${name}`)));
    }
    this.court.hidden = names.length < 2;
    if (this.court.value !== chosen) this.court.value = chosen;
  }
}
