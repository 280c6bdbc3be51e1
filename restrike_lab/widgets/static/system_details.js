// Beside the figures: how long each step takes, the database, statements, caches, processes.

import { count, h, setText } from "./dom.js";
import { figureText } from "./system_tiles.js";
import { block } from "./panel.js";

const STAGE_WORDS = { receive: "Waiting", recognize: "Recognizing", store: "Storing", publish: "Telling", told: "All of it" };

function msText(value) {
  return value === null || value === undefined ? "–" : value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function systemRow(name, value, title = "") {
  return h("div", { class: "rl-fact", title: title || null }, h("dt", {}, name), h("dd", { dir: "auto" }, value));
}

function partText(part) {
  return part === null || part === undefined ? "–" : `${(part * 100).toFixed(1)} %`;
}

/** The column beside the figures; `ask(command, args, done)` asks the hub. */
export class SystemDetails {
  constructor(ask) {
    this.ask = ask;
    this.stages = h("tbody", {});
    this.facts = h("dl", { class: "rl-facts" });
    this.check = h("button", { type: "button", class: "rl-button", on: { click: () => this.checkNow() } }, "Read it through now");
    this.checked = h("p", { class: "rl-checked", role: "status" });
    this.slow = h("button", { type: "button", class: "rl-button", on: { click: () => this.askSlow() } }, "Show slow statements");
    this.statements = h("ol", { class: "rl-statements", hidden: true });
    this.counted = h("p", {});
    this.caches = h("dl", { class: "rl-facts" });
    this.processes = h("ul", { class: "rl-processes" });
    const head = h("tr", {}, ...["Step, in ms", "50 %", "95 %", "99 %"].map((text) => h("th", { scope: "col" }, text)));
    this.element = h(
      "div",
      { class: "rl-scroll rl-system-details", tabindex: "0", role: "region", "aria-label": "Steps, database, caches, processes" },
      block("How long a group of messages takes", h("table", {}, h("thead", {}, head), this.stages)),
      block("Database", this.facts, this.check, this.checked),
      block("Statements", this.counted, this.slow, this.statements),
      block("Answered from memory", this.caches),
      block("Processes", this.processes),
    );
  }

  update(system) {
    const rows = Object.entries(system.stages).map(([name, each]) => this.stageRow(name, each));
    this.stages.replaceChildren(...rows);
    this.updateDatabase(system);
    setText(this.counted, `${count(system.statements.count)} timed, ${count(system.statements.slow)} slow`);
    const caches = Object.entries(system.caches);
    this.caches.replaceChildren(...caches.map(([name, each]) => systemRow(name, `${partText(each.rate)} of ${count(each.looked_up)}`)));
    this.processes.replaceChildren(
      ...system.processes.map((each) => h("li", {}, `${each.role === "obs" ? "OBS" : "Hub"}: ${each.name}, process ${each.pid}, ${figureText(each.memory_mb, "MB")}, ${each.threads} threads`)),
    );
  }

  stageRow(name, each) {
    const head = h("th", { scope: "row" }, STAGE_WORDS[name] ?? name);
    return h("tr", {}, head, ...[each.p50, each.p95, each.p99].map((value) => h("td", {}, msText(value))));
  }

  updateDatabase({ database }) {
    const { check } = database;
    const pages = database.log_pages === undefined ? "–" : `${count(database.checkpointed_pages)} of ${count(database.log_pages)} pages`;
    this.facts.replaceChildren(
      systemRow("File", figureText(database.database_mb, "MB")),
      systemRow("Log", figureText(database.wal_mb, "MB")),
      systemRow("Log written back", pages, "Pages of the log that are in the file already."),
      systemRow("Read through", check ? `${new Date(check.at_ns / 1e6).toLocaleTimeString("en-GB")}: ${check.ok ? "sound" : "DAMAGED"}` : "not in this term"),
    );
    if (check && !check.ok) this.tellCheck("error", check.findings.slice(0, 3).join("; "));
  }

  checkNow() {
    this.check.disabled = true;
    this.tellCheck("", "Reading …");
    this.ask("database.check", {}, (error, result) => {
      this.check.disabled = false;
      if (error) this.tellCheck("error", [error.message, error.hint].filter(Boolean).join(" — "));
      else if (result.ok) this.tellCheck("good", `Sound; read in ${result.seconds.toFixed(1)} s.`);
      else this.tellCheck("error", result.findings.slice(0, 3).join("; "));
    });
  }

  tellCheck(level, text) {
    this.checked.dataset.level = level;
    setText(this.checked, text);
  }

  askSlow() {
    this.ask("statements", {}, (error, result) => {
      this.statements.hidden = false;
      if (error) this.statements.replaceChildren(h("li", { class: "rl-bad" }, [error.message, error.hint].filter(Boolean).join(" — ")));
      else if (!result.slow.length) this.statements.replaceChildren(h("li", { class: "rl-none" }, `None took ${result.slow_ms.toFixed(0)} ms or more.`));
      else this.statements.replaceChildren(...result.slow.map((each) => this.statement(each)));
    });
  }

  statement(each) {
    const plan = each.plan.length ? h("details", { class: "rl-folding" }, h("summary", {}, "Plan"), h("ul", {}, ...each.plan.map((line) => h("li", {}, line)))) : null;
    const when = new Date(each.at_ns / 1e6).toLocaleTimeString("en-GB");
    return h("li", {}, h("b", {}, `${each.ms.toFixed(0)} ms`), ` at ${when}, ${each.source}`, h("code", {}, each.sql), each.suggestion ? h("p", { class: "rl-advice" }, `→ ${each.suggestion}`) : null, plan);
  }
}
