// Which of the kept events are shown and in which order. Pure: no element is touched here.

import { C, isTick } from "./rows.js";

/** What is shown when nobody has asked for anything: all but the kinds in `muted`. */
export function openFilters(muted) {
  return { text: "", athlete: null, hidden: new Set(), muted: new Set(muted), status: "", court: "" };
}

function comparable(row, column) {
  const value = row[column];
  if (value === null || value === undefined) return -Infinity;
  return value;
}

function compareBy(column) {
  if (column === C.seq) return (a, b) => a[C.seq] - b[C.seq];
  return (a, b) => {
    const left = comparable(a, column);
    const right = comparable(b, column);
    if (left === right) return a[C.seq] - b[C.seq];
    if (typeof left === "string" && typeof right === "string") return left < right ? -1 : 1;
    if (typeof left === "number" && typeof right === "number") return left - right;
    return left === -Infinity ? -1 : 1;
  };
}

/** The rows of a store that pass the filters, sorted, and frozen at a moment if the reader wants his place kept. */
export class EventView {
  constructor(store, muted) {
    this.store = store;
    this.opening = new Set(muted);
    this.filters = openFilters(muted);
    this.column = C.seq;
    this.descending = true;
    this.frozenAt = null;
    this.waiting = 0;
    this.sorted = [];
    this.compare = compareBy(this.column);
  }

  get length() {
    return this.sorted.length;
  }

  /** Return the row shown at `index`, 0 on top. */
  at(index) {
    return this.sorted[this.descending ? this.sorted.length - 1 - index : index];
  }

  /** Return where the event `seq` is shown, -1 if it is not. */
  indexOf(seq) {
    let found = -1;
    if (this.column === C.seq) {
      const place = this.place([seq]);
      if (this.sorted[place]?.[C.seq] === seq) found = place;
    } else {
      found = this.sorted.findIndex((row) => row[C.seq] === seq);
    }
    return found < 0 || !this.descending ? found : this.sorted.length - 1 - found;
  }

  matches(row) {
    const wanted = this.filters;
    if (wanted.muted.has(row[C.importance])) return false;
    if (!isTick(row) && wanted.hidden.has(row[C.code])) return false;
    if (wanted.athlete !== null && row[C.athlete] !== wanted.athlete) return false;
    if (wanted.status && row[C.status] !== wanted.status) return false;
    if (wanted.court && row[C.court] !== wanted.court) return false;
    if (!wanted.text) return true;
    return `${row[C.description]}\n${row[C.raw]}\n${row[C.seq]}\n${this.store.notes?.text(row[C.seq]) ?? ""}`.toLowerCase().includes(wanted.text);
  }

  /** Look at every kept row again. */
  rebuild() {
    const until = this.frozenAt ?? Infinity;
    const shown = [];
    this.waiting = 0;
    for (const row of this.store.rows) {
      if (!this.matches(row)) continue;
      if (row[C.seq] > until) this.waiting += 1;
      else shown.push(row);
    }
    this.sorted = this.column === C.seq ? shown : shown.sort(this.compare);
  }

  /** Follow a change that `EventStore.add` returned. */
  take(change) {
    if (change === null) {
      this.rebuild();
      return;
    }
    const matching = change.appended.filter((row) => this.matches(row));
    if (this.frozenAt !== null) {
      this.waiting += matching.length;
      return;
    }
    for (const row of change.evicted) this.drop(row);
    for (const row of matching) this.insert(row);
  }

  insert(row) {
    if (this.column === C.seq) this.sorted.push(row);
    else this.sorted.splice(this.place(row), 0, row);
  }

  drop(row) {
    const place = this.place(row);
    if (this.sorted[place] === row) this.sorted.splice(place, 1);
  }

  /** Return the first place whose row is not before `row`. */
  place(row) {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.compare(this.sorted[middle], row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  freeze() {
    if (this.frozenAt === null) this.frozenAt = this.store.lastSeq;
  }

  thaw() {
    if (this.frozenAt === null) return;
    this.frozenAt = null;
    this.rebuild();
  }

  sortBy(column) {
    if (column === this.column) this.descending = !this.descending;
    else {
      this.column = column;
      this.descending = column === C.seq || column === C.value;
      this.compare = compareBy(column);
    }
    this.rebuild();
  }

  filter(change) {
    Object.assign(this.filters, change);
    this.rebuild();
  }

  /** Tell whether anything but the opening filters is set. */
  get filtered() {
    const { text, athlete, hidden, muted, status, court } = this.filters;
    const usual = muted.size === this.opening.size && [...muted].every((key) => this.opening.has(key));
    return Boolean(text || athlete !== null || hidden.size || !usual || status || court);
  }
}
