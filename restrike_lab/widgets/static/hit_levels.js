// The hits of the round, each athlete's newest on top: a bar as long as the level, marks where a level begins to count,
// and the point that came of it.

import { SIDES, SIDE_NAMES } from "./board_text.js";
import { clockText, h, plural, setText } from "./dom.js";
import { timeOfDay } from "./event_grid.js";
import { Link } from "./link.js";
import { Panel, showEvent } from "./panel.js";
import { panelModule } from "./source.js";

const HIT_SHOWN = 120; // more than a round has; what is older is counted

function average(numbers) {
  return numbers.length ? Math.round(numbers.reduce((sum, each) => sum + each, 0) / numbers.length) : 0;
}

function pointText(hit) {
  if (hit.point_seq === null) return "no point";
  return hit.points === null ? "point" : `+${hit.points}`;
}

/** One athlete's hits. */
class HitColumn {
  constructor(index) {
    this.index = index;
    this.facts = h("p", { class: "rl-none" });
    this.list = h("ol", { class: "rl-hit-list" });
    this.element = h("section", { class: `rl-hit-side rl-hit-${SIDES[index]}`, "aria-label": `Hits of ${SIDES[index]}` }, h("h3", {}, SIDE_NAMES[index + 1]), this.facts, this.list);
  }

  update({ hits, thresholds }) {
    const mine = hits.filter((hit) => hit.athlete === this.index + 1);
    const key = JSON.stringify([mine, thresholds]);
    if (key === this.key) return;
    this.key = key;
    const levels = mine.map((hit) => hit.level);
    const scored = mine.filter((hit) => hit.point_seq !== null).length;
    setText(this.facts, mine.length ? `${plural(mine.length, "hit")}, ${scored} scored · highest ${Math.max(...levels)}, mean ${average(levels)}` : "No hit in this round yet.");
    this.list.replaceChildren(...mine.slice(0, HIT_SHOWN).map((hit) => this.line(hit, thresholds)));
  }

  line(hit, thresholds) {
    const weak = thresholds.body !== null && hit.level < thresholds.body;
    const mark = (level, name) => (level === null ? null : h("i", { class: "rl-hit-mark", title: `${name} counts from ${level}`, style: `left:${Math.min(100, level)}%` }));
    const bar = h("span", { class: "rl-hit-bar", "aria-hidden": "true" }, h("b", { style: `width:${Math.max(1, Math.min(100, hit.level))}%` }), mark(thresholds.body, "body"), mark(thresholds.head, "head"));
    const when = hit.clock_ms === null ? timeOfDay(hit.arrival_ms) : clockText(hit.clock_ms);
    const told = `${when}, level ${hit.level}${weak ? ", below the level of the body" : ""}, ${pointText(hit)}`;
    return h(
      "li",
      { data: { scored: String(hit.point_seq !== null), weak: String(weak) } },
      h(
        "button",
        { type: "button", class: "rl-hit", "aria-label": told, title: `Event ${hit.seq}`, on: { click: () => showEvent(hit.seq) } },
        h("span", { class: "rl-hit-time" }, when),
        bar,
        h("strong", {}, String(hit.level)),
        h("span", { class: "rl-hit-point" }, pointText(hit)),
      ),
    );
  }
}

class HitLevelsView {
  constructor(model, host) {
    this.model = model;
    this.link = new Link(model);
    this.courts = {};
    this.columns = [new HitColumn(0), new HitColumn(1)];
    this.select = h("select", { class: "rl-select", "aria-label": "Court of the hits", hidden: true, on: { change: () => this.update() } });
    this.about = h("p", { class: "rl-hit-about" });
    this.panel = new Panel(host, model, this.link, { name: "rl-hit-levels", title: "Hit levels", fold: () => this.update() });
    this.panel.body.append(
      h("div", { class: "rl-hit-head" }, this.select, this.about),
      h("div", { class: "rl-scroll rl-hit-columns", tabindex: "0", role: "region", "aria-label": "Hits of the round" }, ...this.columns.map((each) => each.element)),
    );
    this.endings = [this.link.join({ message: (content) => this.message(content) }), this.link.watch()];
  }

  message(content) {
    if (content.type !== "hits") return;
    this.courts = content.courts;
    this.update();
  }

  get court() {
    const names = Object.keys(this.courts);
    return this.model.get("court") ?? (names.includes(this.select.value) ? this.select.value : names[0]);
  }

  update() {
    if (!this.panel) return;
    const names = Object.keys(this.courts);
    if (this.select.dataset.names !== names.join("\n")) {
      this.select.dataset.names = names.join("\n");
      this.select.replaceChildren(...names.map((name) => h("option", { value: name }, `Court ${name}`)));
    }
    this.select.hidden = names.length < 2 || this.model.get("court") !== null;
    const round = this.courts[this.court] ?? null;
    const hits = round?.hits ?? [];
    const last = (athlete) => hits.find((hit) => hit.athlete === athlete)?.level ?? "–";
    this.panel.say("", hits.length ? `${last(1)} : ${last(2)}` : "none yet");
    if (!this.panel.open) return;
    const thresholds = round?.thresholds ?? { body: null, head: null };
    const counts = thresholds.body === null ? "The load of the match told no levels." : `The body counts from level ${thresholds.body}, the head from ${thresholds.head ?? "?"}.`;
    setText(this.about, round?.match_id ? `Match ${round.number ?? "?"}, round ${round.round || "–"}. ${counts}` : "No bout loaded.");
    for (const column of this.columns) column.update({ hits, thresholds });
  }

  close() {
    this.panel.close();
    for (const end of this.endings) end();
    this.link.close();
  }
}

export default panelModule(HitLevelsView);
