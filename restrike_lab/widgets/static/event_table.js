// The event table: puts store, view, filters, grid and detail together and keeps the reader's place.
//
// The table follows the newest event while the reader is at the top and has neither paused it nor picked a row.
// Otherwise it is frozen: what arrives is counted and waits, and one button leads back.

import { Banner, Pill } from "./banner.js";
import { count, h, plural, setText } from "./dom.js";
import { Detail } from "./event_detail.js";
import { Filters } from "./event_filters.js";
import { EventGrid } from "./event_grid.js";
import { Link } from "./link.js";
import { NoteAsker, NoteBook } from "./note_book.js";
import { showTable } from "./panel.js";
import { C, EventStore, decodeRows } from "./rows.js";
import { chooseTheme, followTheme } from "./theme.js";
import { EventView } from "./view.js";

const LEAST_HEIGHT = 240;
const PAGE_MARGIN = 10;
const MANY_ROWS = 100; // more than these at once do not light up

const shared = new WeakMap();

/** The part all views of one widget have in common on this page: the line and the rows. */
class EventSource {
  constructor(model) {
    this.store = new EventStore(model.get("limit"));
    this.loading = true;
    this.judged = new Map(); // what came while rows were under way that may have been read before it
    this.tables = new Set();
    this.link = new Link(model, () => this.store.lastSeq);
    this.notes = this.store.notes = new NoteBook();
    this.asker = new NoteAsker(this.link);
    this.link.join({ message: (content, buffers) => this.message(content, buffers) });
  }

  message(content, buffers) {
    if (content.type === "note.answer") this.asker.answer(content);
    else if (this.notes.message(content)) this.tell((table) => table.noted());
    else if (content.type === "begin") {
      this.loading = true;
      this.judged.clear();
      if (content.fresh) this.store.clear();
      this.tell((table) => table.reload());
    } else if (content.type === "rows") {
      const change = this.store.add(decodeRows(buffers[0]));
      for (const each of this.judged.values()) this.store.judge(each.seq, each.status, each.confidence);
      this.tell((table) => table.take(change));
    } else if (content.type === "complete") {
      this.loading = false;
      this.judged.clear(); // from here on rows come in the order of what is told
      this.tell((table) => table.count());
    } else if (content.type === "judged") {
      if (this.loading) this.judged.set(content.seq, content);
      if (this.store.judge(content.seq, content.status, content.confidence)) this.tell((table) => table.reload());
    } else if (content.type === "judgement") {
      this.tell((table) => table.detail.judged(content.seq, content.refused));
    } else if (content.type === "detail") {
      this.tell((table) => table.detail.take(content.seq, content.event));
    }
  }

  tell(what) {
    for (const table of this.tables) what(table);
  }
}

function sourceOf(model) {
  if (!shared.has(model)) shared.set(model, new EventSource(model));
  return shared.get(model);
}

class EventTable {
  constructor(model, host) {
    this.model = model;
    this.source = sourceOf(model);
    this.view = new EventView(this.source.store, model.get("muted"));
    this.paused = false;
    this.build(host);
    this.endings = [
      followTheme(this.root, model, (theme) => this.showTheme(theme)),
      this.fitPage(),
      this.followMuted(),
      this.listen(),
      this.source.link.join({ state: (link) => this.line(link) }),
    ];
    this.source.tables.add(this);
    this.endings.push(this.source.link.watch());
    this.view.rebuild();
    this.grid.showSort();
    this.refresh();
  }

  build(host) {
    this.filters = new Filters(this.view, (change) => this.refilter(change));
    this.grid = new EventGrid(this.view, {
      sort: (column) => this.sort(column),
      scroll: () => this.place(),
      open: (seq) => this.open(seq),
      key: (event) => this.key(event),
    });
    const judge = (seq, status, why) => this.source.link.send({ type: "judge", seq, status, why });
    this.detail = new Detail(() => this.closeDetail(), judge, this.source);
    this.pill = new Pill(() => this.root);
    this.counted = h("span", { class: "rl-counted" });
    this.pause = h("button", { type: "button", class: "rl-button rl-pause", title: "Space", on: { click: () => this.togglePause() } });
    this.theme = h("button", { type: "button", class: "rl-button rl-quiet rl-theme", on: { click: () => this.turnTheme() } });
    this.fresh = h("button", { type: "button", class: "rl-fresh", hidden: true, on: { click: () => this.back() } });
    this.empty = h("div", { class: "rl-empty", hidden: true }, h("p", {}), h("button", { type: "button", class: "rl-button", on: { click: () => this.filters.reset() } }, "Clear filters"));
    this.status = h("span", { class: "rl-sr", role: "status" });
    const head = h("div", { class: "rl-toolbar" }, h("h2", { class: "rl-title" }, "Events"), this.filters.bar, h("span", { class: "rl-grow" }), this.pill.element, this.pause, this.theme);
    const chips = h("div", { class: "rl-toolbar rl-second" }, this.filters.chipBar, h("span", { class: "rl-grow" }), this.counted);
    const main = h("div", { class: "rl-main" }, h("div", { class: "rl-stage" }, this.grid.element, this.fresh, this.empty), this.detail.element);
    this.root = h("section", { class: "rl rl-table", "aria-label": "Event table", on: { keydown: (event) => this.shortcut(event) } });
    this.banner = new Banner(this.root, this.source.link);
    this.root.append(this.banner.element, this.banner.said, head, chips, main, this.status);
    host.append(this.root);
  }

  // -- what arrives ---------------------------------------------------------------------------------------------

  take(change) {
    this.place();
    this.view.take(change);
    if (change === null) this.refresh();
    else this.draw(!this.source.loading && change.appended.length < MANY_ROWS);
  }

  noted() {
    this.refresh();
    this.detail.noted();
  }

  reload() {
    this.view.rebuild();
    this.refresh();
  }

  line(link) {
    this.banner.update(link);
    this.pill.update(link);
    this.fit(); // a banner above moves the table
  }

  // -- what the reader does -------------------------------------------------------------------------------------

  /** Freeze or follow, by where the reader is. */
  place() {
    if (this.paused || this.grid.active !== null || this.grid.scrolledAway) this.view.freeze();
    else if (this.view.frozenAt !== null) {
      this.view.thaw();
      this.draw();
    }
    this.showPlace();
  }

  back() {
    this.paused = false;
    this.grid.active = null;
    this.detail.hide();
    this.grid.toTop();
    this.view.thaw();
    this.draw();
    this.grid.element.focus({ preventScroll: true });
  }

  togglePause() {
    if (this.paused) this.back();
    else {
      this.paused = true;
      this.place();
    }
    setText(this.status, this.paused ? "Paused" : "Following");
  }

  refilter(change) {
    this.view.filter(change);
    this.grid.toTop();
    this.refresh();
    setText(this.status, `${plural(this.view.length, "event")} shown`);
  }

  sort(column) {
    this.view.sortBy(column);
    this.grid.toTop();
    this.grid.showSort();
    this.refresh();
  }

  open(seq) {
    const again = this.detail.open && this.grid.active === seq;
    this.grid.activate(this.view.indexOf(seq));
    this.place();
    if (again) this.closeDetail();
    else this.showDetail();
  }

  showDetail() {
    const row = this.view.at(this.view.indexOf(this.grid.active));
    if (!row) return;
    this.detail.show(row);
    this.showPlace();
    this.source.link.send({ type: "detail", seq: row[C.seq] });
  }

  /** Show an event that something else on the page tells of; returns whether it is within reach. */
  reveal(seq) {
    if (!this.source.store.rows.some((row) => row[C.seq] === seq)) return false;
    showTable();
    this.view.thaw();
    if (this.view.indexOf(seq) < 0) {
      this.filters.reset();
      this.refilter({ muted: new Set() });
    }
    this.view.freeze();
    this.refresh();
    const index = this.view.indexOf(seq);
    this.grid.element.scrollTop = Math.max(0, index * this.grid.rowHeight - this.grid.sight / 2);
    this.grid.activate(index);
    this.showDetail();
    this.place();
    this.root.scrollIntoView({ block: "nearest" });
    this.grid.element.focus({ preventScroll: true });
    return true;
  }

  listen() {
    const show = (event) => {
      if (this.reveal(event.detail.seq)) event.preventDefault();
    };
    window.addEventListener("rl-show-event", show);
    return () => window.removeEventListener("rl-show-event", show);
  }

  closeDetail() {
    this.detail.hide();
    this.showPlace();
    this.grid.element.focus({ preventScroll: true });
  }

  key(event) {
    if (event.target !== this.grid.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.grid.active === null ? -1 : this.view.indexOf(this.grid.active);
    const end = this.view.length - 1;
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + this.grid.page, PageUp: at - this.grid.page, Home: 0, End: end };
    if (event.key in moves) this.move(Math.min(end, Math.max(0, moves[event.key])));
    else if (event.key === "Enter" && at >= 0) this.open(this.grid.active);
    else if (event.key === "Escape") this.escape();
    else if (event.key === " ") this.togglePause();
    else return;
    event.preventDefault();
  }

  move(index) {
    this.view.freeze();
    this.grid.activate(index);
    if (this.detail.open) this.showDetail();
    this.place();
  }

  escape() {
    if (this.detail.open) this.closeDetail();
    else if (this.paused) this.togglePause();
    else this.back();
  }

  shortcut(event) {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing) {
      this.filters.focus();
      event.preventDefault();
    } else if (event.key === "i" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.filters.toggleHighlights();
      event.preventDefault();
    } else if (event.key === "Escape" && event.target === this.filters.search) {
      this.grid.element.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && this.detail.element.contains(event.target)) {
      this.closeDetail();
      event.preventDefault();
    }
    // A notebook must not take these keys for its own commands.
    event.stopPropagation();
  }

  // -- what is shown --------------------------------------------------------------------------------------------

  refresh() {
    this.grid.forget();
    this.draw();
  }

  draw(announce = false) {
    this.grid.draw(announce && this.view.frozenAt === null);
    this.filters.update(this.source.store.tally);
    this.count();
    this.showPlace();
  }

  count() {
    const { store, loading } = this.source;
    const all = store.rows.length;
    const shown = this.view.length;
    const text = shown === all ? plural(all, "event") : `${count(shown)} of ${plural(all, "event")}`;
    setText(this.counted, loading && all ? `${text} · loading` : text);
    this.root.dataset.courts = store.tally.courts.size > 1 ? "many" : "one";
    this.empty.hidden = shown > 0;
    this.empty.lastChild.hidden = !this.view.filtered;
    setText(this.empty.firstChild, all ? "No event passes the filters." : loading ? "Loading …" : "No event yet. Send the console's messages to this machine's UDP port.");
  }

  showPlace() {
    const frozen = this.view.frozenAt !== null;
    this.root.dataset.place = frozen ? "kept" : "following";
    this.root.dataset.detail = this.detail.open ? "open" : "shut";
    this.fresh.hidden = !frozen || (this.view.waiting === 0 && !this.paused);
    setText(this.fresh, this.view.waiting ? `↑ ${count(this.view.waiting)} new` : "↑ Follow");
    this.pause.setAttribute("aria-pressed", String(this.paused));
    setText(this.pause, this.paused ? "▶ Follow" : "❚❚ Pause");
  }

  showTheme(theme) {
    setText(this.theme, theme === "dark" ? "☀" : "☾");
    this.theme.setAttribute("aria-label", theme === "dark" ? "Use light colours" : "Use dark colours");
    this.theme.title = this.theme.getAttribute("aria-label");
  }

  /** Fill what is left of a Voila page above its folded panels; a notebook gives a fixed height. */
  fit() {
    const wanted = this.model.get("height");
    let height = wanted || "";
    if (!wanted && document.documentElement.dataset.rlPage === "voila") {
      const scroller = document.getElementById("rendered_cells");
      const top = this.root.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
      const below = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--rl-below")) || 0;
      const room = Math.floor(window.innerHeight - top - PAGE_MARGIN - below);
      height = `${Math.max(LEAST_HEIGHT, room)}px`;
      this.offerStage(room >= LEAST_HEIGHT, top, height);
    }
    if (this.root.style.height !== height) this.root.style.height = height;
  }

  /** Tell the panels of this page where they may take the table's place: nowhere where the page has to scroll. */
  offerStage(fits, top, height) {
    const { dataset, style } = document.documentElement;
    if (fits) dataset.rlStage = "";
    else if (!("rlOpen" in dataset)) delete dataset.rlStage;
    style.setProperty("--rl-stage-top", `${Math.round(top)}px`);
    style.setProperty("--rl-stage-height", height);
  }

  fitPage() {
    const fit = () => this.fit();
    const observer = new ResizeObserver(fit);
    observer.observe(document.body);
    window.addEventListener("resize", fit);
    this.model.on("change:height", fit);
    fit();
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", fit);
      this.model.off("change:height", fit);
    };
  }

  turnTheme() {
    if (this.model.get("theme") === "auto") chooseTheme(this.root.dataset.theme === "dark" ? "light" : "dark");
    else setText(this.status, "The colours are set for every screen.");
  }

  /** Take over what a fresh table hides when that is set anew, unless the reader has chosen otherwise. */
  followMuted() {
    const follow = () => {
      const untouched = !this.view.filtered;
      this.view.opening = new Set(this.model.get("muted"));
      if (untouched) this.refilter({ muted: new Set(this.view.opening) });
    };
    this.model.on("change:muted", follow);
    return () => this.model.off("change:muted", follow);
  }

  close() {
    this.source.tables.delete(this);
    this.grid.close();
    for (const end of this.endings) end();
  }
}

export default {
  initialize({ model }) {
    const source = sourceOf(model);
    return () => source.link.close();
  },
  render({ model, el }) {
    const table = new EventTable(model, el);
    return () => table.close();
  },
};
