// How machine, hub and database are: figures, steps, statements, processes, and the end of the log.

import { h, setAttr, setText } from "./dom.js";
import { Link } from "./link.js";
import { Panel } from "./panel.js";
import { panelModule } from "./source.js";
import { SystemDetails } from "./system_details.js";
import { SystemTiles, figureText } from "./system_tiles.js";

const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"];
const LOG_BOTTOM_PX = 24;
const SAID = ["received_s", "cpu_percent", "disk_free_mb"];

/** The end of the log, newest below; it follows until the reader scrolls up. */
class LogTail {
  constructor(choose) {
    this.last = 0;
    this.level = h("select", { class: "rl-select", "aria-label": "Log lines from this level on", on: { change: () => choose(this.level.value) } }, ...LOG_LEVELS.map((level) => h("option", { value: level }, level.toLowerCase())));
    this.level.value = "INFO";
    this.problem = h("span", { class: "rl-none", role: "status" });
    this.lines = h("ol", { class: "rl-log-lines" });
    this.scroller = h("div", { class: "rl-scroll rl-log-scroll", role: "log", "aria-live": "off", tabindex: "0", "aria-label": "Log of the hub, newest last" }, this.lines);
    this.element = h("section", { class: "rl-log" }, h("header", {}, h("h3", {}, "Log"), this.level, this.problem), this.scroller);
  }

  update({ lines, problem, lost, file }) {
    setText(this.problem, problem ? [problem.message, problem.hint].filter(Boolean).join(" — ") : lost ? `${lost} lines could not be written` : "");
    setAttr(this.problem, "title", file ?? "");
    const newest = `${lines[0]?.number ?? 0}-${lines.at(-1)?.number ?? 0}-${lines.length}`;
    if (newest === this.shown) return;
    const atEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < LOG_BOTTOM_PX;
    this.shown = newest;
    this.lines.replaceChildren(...lines.map((line) => this.line(line)));
    if (atEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  line(line) {
    const time = new Date(line.timestamp).toLocaleTimeString("en-GB");
    const from = line.logger.replace("restrike_lab.", "");
    const text = h("span", { dir: "auto" }, line.event);
    const more = line.exception ? h("details", { class: "rl-log-where" }, h("summary", {}, "Where"), h("pre", {}, line.exception)) : null;
    return h("li", { data: { level: line.level } }, h("time", {}, time), h("b", {}, line.level), h("i", {}, from), text, more);
  }
}

class SystemView {
  constructor(model, host) {
    this.link = new Link(model);
    this.waiting = new Map();
    this.number = 0;
    this.catalogue = {};
    this.figures = {};
    this.levels = {};
    this.system = null;
    this.tiles = new SystemTiles();
    this.details = new SystemDetails((command, args, done) => this.ask(command, args, done));
    this.log = new LogTail(() => this.show());
    this.panel = new Panel(host, model, this.link, { name: "rl-system", title: "System", fold: (open) => this.fold(open) });
    const left = h("div", { class: "rl-system-left" }, h("div", { class: "rl-scroll rl-system-figures", tabindex: "0", role: "region", "aria-label": "Figures" }, this.tiles.element), this.log.element);
    this.panel.body.append(h("div", { class: "rl-system-main" }, left, this.details.element));
    this.endings = [this.link.join({ message: (content) => this.message(content) }), this.link.watch()];
  }

  fold(open) {
    if (open) this.show();
    else this.link.send({ type: "shut" });
  }

  show() {
    this.link.send({ type: "show", level: this.log.level.value });
  }

  message(content) {
    switch (content.type) {
      case "catalogue":
        this.catalogue = content.catalogue;
        this.tiles.build(content.catalogue);
        if (this.panel.open) this.show(); // the kernel, or this page, was away
        break;
      case "now":
        this.figures = content.figures;
        this.levels = content.levels;
        this.tiles.push(content.figures);
        this.draw();
        break;
      case "past":
        this.tiles.begin(content.past);
        this.draw();
        break;
      case "detail":
        this.system = content.system ?? this.system;
        if (content.system) this.details.update(content.system);
        break;
      case "log":
        this.log.update(content);
        break;
      case "answer":
        this.waiting.get(content.number)?.(content.error, content.result);
        this.waiting.delete(content.number);
        break;
    }
  }

  ask(command, args, done) {
    this.number += 1;
    this.waiting.set(this.number, done);
    this.link.send({ type: "ask", number: this.number, command, args });
  }

  draw() {
    const beyond = Object.entries(this.levels).filter(([, level]) => level !== "fine");
    const named = (name) => `${this.catalogue[name]?.label ?? name} ${figureText(this.figures[name], this.catalogue[name]?.unit ?? "")}`;
    if (!Object.keys(this.figures).length) this.panel.say("", "");
    else if (beyond.length) this.panel.say(beyond.some(([, level]) => level === "critical") ? "error" : "warning", beyond.map(([name]) => named(name)).join(" · "));
    else this.panel.say("good", this.panel.open ? SAID.map(named).join(" · ") : "all within limits");
    if (this.panel.open) this.tiles.draw(this.figures, this.levels, this.system);
  }

  close() {
    this.panel.close();
    for (const end of this.endings) end();
    this.link.close();
  }
}

export default panelModule(SystemView);
