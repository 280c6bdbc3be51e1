// The events the browser keeps, oldest first, each once. The columns are those of widgets/rows.py, in its order.

export const COLUMNS = [
  "seq",
  "court",
  "round",
  "time",
  "arrivalMs",
  "stream",
  "code",
  "athlete",
  "value",
  "status",
  "confidence",
  "raw",
  "description",
  "importance",
];
export const C = Object.fromEntries(COLUMNS.map((name, index) => [name, index]));

export const CODES = [
  ["P", "Punch"],
  ["K", "Body kick"],
  ["H", "Head kick"],
  ["TB", "Technical body kick"],
  ["TH", "Technical head kick"],
  ["R", "Gam-jeom, challenge"],
  ["HL", "Hit level"],
  ["RND", "Round"],
  ["CLK", "Clock"],
  ["O", "Other"],
];

// What matters to the person at the ring, as bout/importance.py decides it; each has a sign beside its colour.
export const IMPORTANCES = [
  ["decision", "Decision", "★"],
  ["point", "Point", "●"],
  ["gam-jeom", "Gam-jeom", "▲"],
  ["challenge", "Challenge", "◆"],
  ["correction", "Correction", "↺"],
  ["injury", "Injury", "✚"],
  ["unknown", "Unknown", "?"],
  ["plain", "Other", ""],
  ["tick", "Ticks", "·"],
];
export const IMPORTANCE_SIGNS = Object.fromEntries(IMPORTANCES.map(([key, , sign]) => [key, sign]));
export const IMPORTANCE_NAMES = Object.fromEntries(IMPORTANCES.map(([key, name]) => [key, name]));
export const CODE_NAMES = Object.fromEntries(CODES);
export const ATHLETES = { 1: "Blue", 2: "Red", 0: "Referee" };

/** Whether an event is a second passing. */
export function isTick(row) {
  return row[C.importance] === "tick";
}

/** Decode one message buffer into rows. */
export function decodeRows(buffer) {
  return JSON.parse(new TextDecoder().decode(buffer));
}

/** Count rows by the columns that have a filter. */
class Tally {
  constructor() {
    this.clear();
  }

  clear() {
    this.codes = new Map();
    this.statuses = new Map();
    this.courts = new Map();
    this.importances = new Map();
  }

  add(row, by) {
    if (!isTick(row)) this.bump(this.codes, row[C.code], by);
    this.bump(this.importances, row[C.importance], by);
    this.bump(this.statuses, row[C.status], by);
    this.bump(this.courts, row[C.court], by);
  }

  bump(map, key, by) {
    map.set(key, (map.get(key) ?? 0) + by);
  }
}

/** Keep at most `limit` rows. */
export class EventStore {
  constructor(limit) {
    this.limit = limit;
    this.rows = [];
    this.tally = new Tally();
  }

  get lastSeq() {
    return this.rows.length ? this.rows[this.rows.length - 1][C.seq] : 0;
  }

  clear() {
    this.rows = [];
    this.tally.clear();
  }

  /**
   * Take rows in ascending order, wherever they belong. Returns `{appended, evicted}` when all are newer than what is
   * here, and null when the order in the middle or at the old end changed and views must look at everything again.
   */
  add(incoming) {
    if (!incoming.length) return { appended: [], evicted: [] };
    const first = incoming[0][C.seq];
    if (first > this.lastSeq) {
      for (const row of incoming) this.rows.push(row);
      this.count(incoming, 1);
      return { appended: incoming, evicted: this.evict() };
    }
    this.merge(incoming);
    this.evict();
    return null;
  }

  merge(incoming) {
    const oldest = this.rows[0][C.seq];
    if (incoming[incoming.length - 1][C.seq] < oldest) {
      this.rows = incoming.concat(this.rows);
      this.count(incoming, 1);
      return;
    }
    const known = new Set(this.rows.map((row) => row[C.seq]));
    const fresh = incoming.filter((row) => !known.has(row[C.seq]));
    if (!fresh.length) return;
    this.rows = this.rows.concat(fresh).sort((a, b) => a[C.seq] - b[C.seq]);
    this.count(fresh, 1);
  }

  /** Give an event another status, as a person set it; returns whether it is here. */
  judge(seq, status, confidence) {
    const row = this.rows.find((each) => each[C.seq] === seq);
    if (!row) return false;
    this.count([row], -1);
    row[C.status] = status;
    row[C.confidence] = confidence;
    if (status === "unknown") row[C.importance] = "unknown";
    else if (row[C.importance] === "unknown") row[C.importance] = "plain";
    this.count([row], 1);
    return true;
  }

  evict() {
    const over = this.rows.length - this.limit;
    if (over <= 0) return [];
    const gone = this.rows.splice(0, over);
    this.count(gone, -1);
    return gone;
  }

  count(rows, by) {
    for (const row of rows) this.tally.add(row, by);
  }
}
