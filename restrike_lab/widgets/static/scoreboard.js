// The scoreboard of one court: built once, then only what changed is written.

import { Banner, Pill } from "./banner.js";
import { SIDES, SIDE_NAMES, athleteName, clockFace, country, isBreak, matchFacts, roundText, spokenChange, strip, winnerOf } from "./board_text.js";
import { h, setAttr, setText } from "./dom.js";
import { Link } from "./link.js";
import { followTheme } from "./theme.js";

const SHOWN_GAM_JEOMS = 5;
const SHOWN_HITS = 10;
const HITS_AGE_MS = 500;
const LONG_NAME = 20; // characters; longer ones stand in two smaller lines
const USUAL_ROUNDS = 3; // more stand in two lines
const SPEAK_EVERY_MS = 1200;

const lines = new WeakMap();

/** The part all views of one scoreboard share on this page: the line and the courts. */
class CourtSource {
  constructor(model) {
    this.courts = {};
    this.flags = {};
    this.boards = new Set();
    this.link = new Link(model);
    this.link.join({ message: (content) => this.message(content) });
  }

  message(content) {
    if (content.type === "flags") this.flags = content.flags;
    else if (content.type !== "courts") return;
    else this.courts = content.fresh ? content.courts : { ...this.courts, ...content.courts };
    for (const board of this.boards) board.update();
  }
}

function courtsOf(model) {
  if (!lines.has(model)) lines.set(model, new CourtSource(model));
  return lines.get(model);
}

const byNumber = (a, b) => a.localeCompare(b, "en", { numeric: true });

/** One athlete's half. */
class Side {
  constructor(index, hitSeconds) {
    this.index = index;
    this.hitSeconds = hitSeconds;
    this.state = null;
    this.seen = new Map();
    this.country = h("span", { class: "rl-country" });
    this.flag = h("img", { class: "rl-flag", alt: "", hidden: true, on: { error: () => this.noFlag() } });
    this.superiority = h("span", { class: "rl-sup", title: "Superiority in this round" }, "SUP");
    this.won = h("span", { class: "rl-winner" }, "Winner");
    this.name = h("div", { class: "rl-name", dir: "auto" });
    this.rounds = h("span", { class: "rl-rounds", role: "img" });
    this.gamJeoms = h("span", { class: "rl-gamjeoms", role: "img" }, ...Array.from({ length: SHOWN_GAM_JEOMS }, () => h("i", {})));
    this.bars = Array.from({ length: SHOWN_HITS }, () => h("i", {}));
    this.lastHit = h("b", {}, "–");
    this.hits = h("span", { class: "rl-hits", role: "img" }, this.lastHit, h("span", { class: "rl-bars", "aria-hidden": "true" }, ...this.bars));
    this.score = h("div", { class: "rl-score" }, "0");
    this.element = h(
      "div",
      { class: `rl-side rl-${SIDES[index]}`, role: "group", "aria-label": SIDE_NAMES[index + 1] },
      h(
        "div",
        { class: "rl-who" },
        h("div", { class: "rl-tags" }, this.flag, this.country, this.superiority, this.won),
        this.name,
        h(
          "div",
          { class: "rl-marks" },
          h("span", { class: "rl-mark" }, h("small", {}, "Rounds"), this.rounds),
          h("span", { class: "rl-mark" }, h("small", {}, "Gam-jeom"), this.gamJeoms),
          h("span", { class: "rl-mark rl-mark-hits" }, h("small", {}, "Hit level"), this.hits),
        ),
      ),
      this.score,
    );
  }

  noFlag() {
    this.flag.hidden = true;
  }

  updateCountry(sent, known) {
    setText(this.country, sent);
    this.country.hidden = !sent;
    setAttr(this.country, "title", known?.name || null);
    const uri = known?.uri ?? "";
    if ((this.flag.getAttribute("src") ?? "") === uri) return;
    this.flag.hidden = !uri;
    setAttr(this.flag, "src", uri || null);
  }

  update(state, flags) {
    const index = this.index;
    const name = athleteName(state, index);
    setText(this.name, name || SIDE_NAMES[index + 1]);
    setAttr(this.name, "title", name || null);
    this.name.dataset.long = String(name.length > LONG_NAME);
    this.element.dataset.named = String(Boolean(name));
    this.updateCountry(country(state, index), flags[country(state, index)]);
    const score = state?.score?.[index] ?? 0;
    setText(this.score, score);
    this.score.dataset.digits = String(String(score).length);
    this.superiority.hidden = state?.superiority !== index + 1;
    this.won.hidden = winnerOf(state) !== index + 1;
    this.element.dataset.lost = String(winnerOf(state) !== null && winnerOf(state) !== index + 1 && winnerOf(state) !== 0);
    this.updateRounds(state);
    this.updateGamJeoms(state?.gam_jeoms?.[index] ?? 0);
    this.state = state;
    this.ageHits();
  }

  ageHits() {
    this.updateHits(this.state?.hits?.[this.index] ?? [], this.hitSeconds());
  }

  updateRounds(state) {
    const counted = (state?.round_winners ?? []).filter((winner) => winner === this.index + 1).length;
    const won = Math.max(counted, state?.match?.rounds_won?.[this.index] ?? 0);
    const needed = Math.max(won, Math.floor((state?.match?.rounds ?? 3) / 2) + 1);
    while (this.rounds.children.length < needed) this.rounds.append(h("i", {}));
    while (this.rounds.children.length > needed) this.rounds.lastChild.remove();
    [...this.rounds.children].forEach((disc, at) => disc.classList.toggle("is-on", at < won));
    setAttr(this.rounds, "aria-label", `Rounds won: ${won}`);
  }

  updateGamJeoms(count) {
    [...this.gamJeoms.children].forEach((box, at) => box.classList.toggle("is-on", at < count));
    setAttr(this.gamJeoms, "aria-label", `Gam-jeoms: ${count}`);
    this.gamJeoms.dataset.count = String(count);
  }

  /** Show the newest hits, those no older than `seconds` (0: all). Their age is told from one another and from when the
   * page first saw them: the clocks of page and hub may differ. */
  updateHits(hits, seconds) {
    const now = performance.now();
    const newestNs = hits.length ? hits[hits.length - 1].wall_ns : 0;
    const seen = new Map(hits.map((hit) => [hit.seq, this.seen.get(hit.seq) ?? now - (newestNs - hit.wall_ns) / 1e6]));
    this.seen = seen;
    const fresh = seconds ? hits.filter((hit) => now - seen.get(hit.seq) <= seconds * 1000) : hits;
    const newestFirst = fresh.slice(-SHOWN_HITS).reverse();
    this.bars.forEach((bar, at) => {
      const hit = newestFirst[at];
      bar.style.height = hit ? `${Math.max(8, Math.min(100, hit.level))}%` : "0";
      bar.classList.toggle("is-linked", Boolean(hit?.linked));
    });
    const newest = newestFirst[0];
    setText(this.lastHit, newest ? newest.level : "–");
    setAttr(this.hits, "aria-label", newest ? `Last hit level ${newest.level}${newest.linked ? ", scored" : ""}` : "No hit yet");
  }
}

class Scoreboard {
  constructor(model, host) {
    this.model = model;
    this.source = courtsOf(model);
    this.sides = [0, 1].map((index) => new Side(index, () => model.get("hit_seconds")));
    this.timer = setInterval(() => this.sides.forEach((side) => side.ageHits()), HITS_AGE_MS);
    this.chosen = null;
    this.spokenAt = 0;
    this.build(host);
    this.endings = [followTheme(this.root, model), this.source.link.join({ state: (link) => this.line(link) })];
    this.onCourt = () => this.update();
    model.on("change:court", this.onCourt);
    this.source.boards.add(this);
    this.endings.push(this.source.link.watch());
    this.update();
  }

  build(host) {
    this.select = h("select", { class: "rl-select rl-court", "aria-label": "Court", hidden: true, on: { change: () => this.choose(this.select.value) } });
    this.court = h("span", { class: "rl-court-name" });
    this.facts = h("span", { class: "rl-match", dir: "auto" });
    this.pill = new Pill(() => this.root);
    this.round = h("div", { class: "rl-round" });
    this.clock = h("div", { class: "rl-clock", role: "timer", "aria-live": "off" });
    this.clockLabel = h("div", { class: "rl-clock-label" });
    this.table = h("div", { class: "rl-rounds-table", role: "img" });
    this.strip = h("div", { class: "rl-strip", dir: "auto" });
    this.spoken = h("div", { class: "rl-sr", role: "status", "aria-live": "polite" });
    this.centre = h("div", { class: "rl-centre" }, this.round, this.clock, this.clockLabel, this.table);
    this.root = h("section", { class: "rl rl-board", "aria-label": "Scoreboard" });
    this.banner = new Banner(this.root, this.source.link);
    this.root.append(
      this.banner.element,
      this.banner.said,
      h("header", { class: "rl-board-head" }, this.select, this.court, this.facts, h("span", { class: "rl-grow" }), this.pill.element),
      h("div", { class: "rl-arena" }, this.sides[0].element, this.centre, this.sides[1].element),
      this.strip,
      this.spoken,
    );
    host.append(this.root);
  }

  choose(court) {
    this.chosen = court;
    this.shown = undefined;
    this.update();
  }

  get courtName() {
    const names = Object.keys(this.source.courts).sort(byNumber);
    const fixed = this.model.get("court");
    if (fixed) return fixed;
    return this.source.courts[this.chosen] ? this.chosen : (names[0] ?? null);
  }

  update() {
    const name = this.courtName;
    const state = this.source.courts[name] ?? null;
    this.updateHead(name, state);
    for (const side of this.sides) side.update(state, this.source.flags);
    this.updateCentre(state);
    const { kind, text } = strip(state);
    setText(this.strip, text);
    this.strip.dataset.kind = kind;
    this.root.dataset.stage = state?.match?.stage ?? "idle";
    this.speak(state);
  }

  updateHead(name, state) {
    const names = Object.keys(this.source.courts).sort(byNumber);
    const several = names.length > 1 && !this.model.get("court");
    if (this.select.dataset.names !== names.join("\n")) {
      this.select.dataset.names = names.join("\n");
      this.select.replaceChildren(...names.map((each) => h("option", { value: each }, `Court ${each}`)));
    }
    this.select.hidden = !several;
    if (name !== null && this.select.value !== name) this.select.value = name;
    this.court.hidden = several || name === null;
    setText(this.court, `Court ${name}`);
    const facts = matchFacts(state);
    if (this.facts.dataset.facts !== facts.join("\n")) {
      this.facts.dataset.facts = facts.join("\n");
      this.facts.replaceChildren(...facts.map((fact) => h("span", {}, fact)));
    }
  }

  updateCentre(state) {
    setText(this.round, roundText(state));
    const face = clockFace(state);
    setText(this.clock, face.text);
    setText(this.clockLabel, face.label);
    this.centre.dataset.clock = face.kind;
    const played = (state?.round_points ?? []).map((points, index) => ({ points, winner: state.round_winners?.[index] ?? 0, number: index + 1 }));
    const wanted = played.filter(({ points, winner, number }) => winner || points[0] || points[1] || number <= (state?.match?.rounds ?? 0));
    const key = JSON.stringify([wanted, state?.round, isBreak(state)]);
    if (this.table.dataset.key === key) return;
    this.table.dataset.key = key;
    this.table.dataset.many = String(wanted.length > USUAL_ROUNDS);
    this.table.replaceChildren(...wanted.map(({ points, winner, number }) => this.roundCell(points, winner, number, state?.round)));
    setAttr(this.table, "aria-label", wanted.map(({ points, number }) => `Round ${number}: ${points[0]} to ${points[1]}`).join(", ") || "No round yet");
  }

  roundCell(points, winner, number, current) {
    const figure = (index) => h("b", { class: winner === index + 1 ? `rl-won rl-won-${SIDES[index]}` : "" }, String(points[index] ?? 0));
    return h("span", { class: `rl-round-cell${number === current ? " is-current" : ""}` }, h("small", {}, `R${number}`), figure(0), h("i", {}, "–"), figure(1));
  }

  /** Read changes out, but not more often than a person can listen. */
  speak(state) {
    if (this.shown === undefined) {
      this.shown = state;
      return;
    }
    clearTimeout(this.speaking);
    const wait = Math.max(0, this.spokenAt + SPEAK_EVERY_MS - performance.now());
    this.speaking = setTimeout(() => {
      const text = spokenChange(this.shown, state);
      this.shown = state;
      if (!text) return;
      this.spokenAt = performance.now();
      setText(this.spoken, text);
    }, wait);
  }

  line(link) {
    this.banner.update(link);
    this.pill.update(link);
  }

  close() {
    clearInterval(this.timer);
    clearTimeout(this.speaking);
    this.model.off("change:court", this.onCourt);
    this.source.boards.delete(this);
    for (const end of this.endings) end();
  }
}

export default {
  initialize({ model }) {
    const source = courtsOf(model);
    return () => source.link.close();
  },
  render({ model, el }) {
    const board = new Scoreboard(model, el);
    return () => board.close();
  },
};
