// Figures as tiles: a name, the value of this second, the last five minutes as a line, and where it stands by its limits.

import { h, setAttr, setText } from "./dom.js";

const TILE_SECONDS = 300;
const LINE_WIDTH = 120;
const LINE_HEIGHT = 28;
const LEAST_SECONDS = 60;
const LEVEL_WORDS = { warning: "! limit", critical: "✕ critical" };

export const TILE_GROUPS = [
  ["Messages", ["received_s", "stored_s", "dropped_s", "waiting", "stored_p95_ms", "told_p95_ms"]],
  ["This machine", ["cpu_percent", "memory_percent", "disk_free_mb", "disk_write_mb_s", "net_in_kb_s", "net_out_kb_s"]],
  ["The hub", ["hub_cpu_percent", "hub_memory_mb", "hub_threads", "hub_files", "clients", "wal_mb"]],
  ["OBS", ["obs_cpu_percent", "obs_memory_mb"]],
];

/** Return a figure as people read it; what is not known is said to be so. */
export function figureText(value, unit) {
  if (value === null || value === undefined) return "not available";
  if (unit === "MB") return value >= 1000 ? `${(value / 1000).toFixed(1)} GB` : `${value.toFixed(0)} MB`;
  if (unit === "kB/s" && value >= 1000) return `${(value / 1000).toFixed(value < 1e4 ? 1 : 0)} MB/s`;
  if (unit === "ms" && value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  const number = value > 0 && value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString("en");
  return unit === "/s" ? `${number}/s` : unit ? `${number} ${unit}` : number;
}

/** Return the points of a line through values, newest at the right; gaps break it. */
function linePath(values) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const highest = Math.max(...known);
  const lowest = Math.min(0, ...known);
  const span = highest - lowest || 1;
  const step = LINE_WIDTH / (Math.max(LEAST_SECONDS, values.length) - 1);
  const first = LINE_WIDTH - (values.length - 1) * step;
  let pen = "M";
  let path = "";
  values.forEach((value, place) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = LINE_HEIGHT - 1.5 - ((value - lowest) / span) * (LINE_HEIGHT - 3);
    path += `${pen}${(first + place * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}

class FigureTile {
  constructor(figure) {
    this.figure = figure;
    this.values = [];
    this.value = h("b", { class: "rl-tile-value" });
    this.state = h("span", { class: "rl-tile-state" });
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [name, value] of [["viewBox", `0 0 ${LINE_WIDTH} ${LINE_HEIGHT}`], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) this.svg.setAttribute(name, value);
    this.svg.append(this.path);
    this.element = h("li", { class: "rl-tile", title: figure.help }, h("span", { class: "rl-tile-line" }, h("span", { class: "rl-tile-name" }, figure.label), this.state), h("span", { class: "rl-tile-line" }, this.value, this.svg));
  }

  begin(values) {
    this.values = values.slice(-TILE_SECONDS);
  }

  push(value) {
    this.values.push(value ?? null);
    if (this.values.length > TILE_SECONDS) this.values.shift();
  }

  draw(value, level, limits, trend) {
    const { unit, help } = this.figure;
    const idle = unit === "ms" && !value; // nothing came in the last minute
    setText(this.value, idle ? "–" : figureText(value, unit));
    this.element.dataset.level = level ?? "";
    this.element.dataset.known = String(idle || (value !== null && value !== undefined));
    setText(this.state, LEVEL_WORDS[level] ?? "");
    const told = [help];
    const limit = limits?.warning ?? limits?.critical;
    if (limit !== null && limit !== undefined) told.push(`Watched: a warning ${limits.below ? "below" : "above"} ${figureText(limit, unit)}.`);
    if (trend) told.push(`${trend > 0 ? "+" : "−"}${figureText(Math.abs(trend), unit.startsWith("/") ? "" : unit)} an hour.`);
    setAttr(this.element, "title", told.join(" "));
    this.path.setAttribute("d", linePath(this.values));
  }
}

/** All tiles, in groups. */
export class SystemTiles {
  constructor() {
    this.tiles = new Map();
    this.element = h("div", { class: "rl-tiles" });
    this.groups = [];
  }

  /** Make the tiles, once the names are known. */
  build(catalogue) {
    if (this.tiles.size) return;
    for (const [title, names] of TILE_GROUPS) {
      const list = h("ul", { "aria-label": title });
      for (const name of names) {
        if (!catalogue[name]) continue;
        this.tiles.set(name, new FigureTile(catalogue[name]));
        list.append(this.tiles.get(name).element);
      }
      const group = h("section", { class: "rl-tile-group" }, h("h3", {}, title), list);
      this.groups.push([group, names]);
      this.element.append(group);
    }
  }

  begin(past) {
    for (const [name, tile] of this.tiles) tile.begin(past[name] ?? []);
  }

  push(figures) {
    for (const [name, tile] of this.tiles) tile.push(figures[name]);
  }

  draw(figures, levels, system) {
    for (const [name, tile] of this.tiles) tile.draw(figures[name], levels[name], system?.limits?.[name], system?.trends?.[name]);
    // A part that does not run has no tiles: OBS is optional.
    for (const [group, names] of this.groups) group.hidden = names.every((name) => figures[name] === null || figures[name] === undefined);
  }
}
