// How complete the record is: one match at a time, with everything in words as the kernel gives it.

import { h, setText } from "./dom.js";
import { findingItem, findingKey } from "./finding.js";
import { Link } from "./link.js";
import { Panel, block, folding } from "./panel.js";
import { decodeRows } from "./rows.js";
import { panelModule, problemText, sharedBy } from "./source.js";

const GROUPS = [
  ["error", "What analysts count"],
  ["warning", "The course of the bout"],
  ["info", "Told twice, or told by what came next"],
  ["withdrawn", "Withdrawn by what came later"],
];
const SIGNS = { good: "✓", info: "i", warning: "!", error: "✕", none: "–" };
const LEVEL_ORDER = ["good", "info", "warning", "error"];

/** What all views of one panel share on this page: the matches, the one that is looked at, and its report. */
class QualitySource {
  constructor(model) {
    this.model = model;
    this.matches = null;
    this.heard = [];
    this.wanted = null;
    this.report = null;
    this.problem = "";
    this.panels = new Set();
    this.waiting = new Map();
    this.stale = false;
    this.link = new Link(model);
    this.link.join({ message: (content, buffers) => this.message(content, buffers), state: (link) => this.state(link) });
  }

  get courts() {
    const running = (this.matches ?? []).filter((match) => match.running);
    return running.sort((a, b) => a.court.localeCompare(b.court, "en", { numeric: true }));
  }

  message(content, buffers) {
    if (content.type === "matches") {
      this.matches = content.matches;
      this.heard = content.courts;
      this.problem = "";
      if (this.someOpen) this.choose(this.wanted);
    } else if (content.type === "report") {
      if (JSON.stringify(content.wanted) !== JSON.stringify(this.asked)) return;
      this.report = content.report;
      this.problem = "";
    } else if (content.type === "problem") this.problem = problemText(content);
    else if (content.type === "evidence") {
      this.waiting.get(content.key)?.(decodeRows(buffers[0]));
      this.waiting.delete(content.key);
      return;
    } else return;
    for (const panel of this.panels) panel.update();
  }

  /** A kernel that was silent has forgotten what this page looks at. */
  state(link) {
    const stale = link.staleFor() > 0;
    if (this.stale && !stale && this.someOpen) this.show();
    this.stale = stale;
  }

  get someOpen() {
    return [...this.panels].some((panel) => panel.panel?.open);
  }

  /** Look at a match, or at what goes on at a court; without either at the first court. */
  choose(wanted) {
    const fixed = this.model.get("match_id");
    const first = this.courts[0]?.court ?? this.heard[0];
    const chosen = fixed !== null ? { match_id: fixed } : (wanted ?? (first === undefined ? null : { court: first }));
    if (JSON.stringify(chosen) === JSON.stringify(this.wanted)) return false;
    this.wanted = chosen;
    this.report = null;
    this.show();
    return true;
  }

  show() {
    if (!this.wanted) return;
    this.asked = { court: this.wanted.court ?? null, match_id: this.wanted.match_id ?? null };
    this.link.send({ type: "show", ...this.asked });
  }

  shut() {
    if (!this.someOpen) this.link.send({ type: "shut" });
  }

  evidence(key, seqs, done) {
    this.waiting.set(key, done);
    this.link.send({ type: "evidence", key, seqs });
  }
}

const qualityOf = sharedBy(QualitySource);

const asPercent = (share) => `${(100 * share).toFixed(4)}%`;

/** Return a bar from nought to a little beyond the interval, with the interval and the estimate in it. */
function lossBar(rate) {
  if (rate.rate === null) return null;
  const end = Math.min(1, Math.max(0.05, rate.high * 1.25));
  const band = h("i", { class: "rl-loss-band" });
  band.style.left = asPercent(rate.low / end);
  band.style.width = asPercent((rate.high - rate.low) / end);
  const mark = h("b", { class: "rl-loss-mark" });
  mark.style.left = asPercent(rate.rate / end);
  return h("div", { class: "rl-loss-bar", "aria-hidden": "true" }, band, mark, h("small", {}, "0"), h("small", {}, `${Math.round(100 * end)} %`));
}

function checkItem(check) {
  const same = check.agreed === check.compared;
  const kind = !check.compared ? "none" : same ? "good" : "warning";
  const result = check.compared ? `${check.agreed} of ${check.compared}` : "none yet";
  return h("li", { data: { level: kind } }, h("b", { "aria-hidden": "true" }, kind === "good" ? "✓" : kind === "none" ? "–" : "≠"), h("span", {}, check.name), h("span", { class: "rl-check-result" }, result));
}

class QualityPanel {
  constructor(model, host) {
    this.source = qualityOf(model);
    this.items = new Map();
    this.drawn = "";
    this.select = h("select", { class: "rl-select", "aria-label": "Match", on: { change: () => this.chosen() } });
    this.fixed = h("span", { class: "rl-quality-match", dir: "auto" });
    this.sign = h("span", { class: "rl-verdict-sign", "aria-hidden": "true" });
    this.headline = h("strong", {});
    this.text = h("p", {});
    this.verdict = h("div", { class: "rl-verdict", role: "status" }, this.sign, h("div", {}, this.headline, this.text));
    this.found = h("div", { class: "rl-found rl-scroll", tabindex: "0", role: "region", "aria-label": "Findings" });
    this.side = h("div", { class: "rl-side-column rl-scroll", tabindex: "0", role: "region", "aria-label": "What was checked" });
    this.source.panels.add(this);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-quality", title: "Data quality", fold: (open) => this.folded(open) });
    this.panel.body.append(
      h("div", { class: "rl-quality-top" }, h("label", { class: "rl-quality-choice" }, this.select, this.fixed), this.verdict),
      h("div", { class: "rl-quality-main" }, this.found, this.side),
    );
    this.endings = [this.source.link.watch()];
    this.update();
  }

  folded(open) {
    if (open) {
      if (!this.source.choose(this.source.wanted)) this.source.show();
    } else this.source.shut();
  }

  chosen() {
    const [kind, name] = this.select.value.split(/:(.*)/s);
    this.source.choose(kind === "court" ? { court: name } : { match_id: Number(name) });
    this.update();
  }

  update() {
    this.updateSummary();
    this.updateChoice();
    this.updateReport();
  }

  /** One line over all courts: nothing missing, or how much and where. */
  updateSummary() {
    const { courts, matches, problem } = this.source;
    if (problem) this.panel?.say("warning", problem);
    else if (!matches) this.panel?.say("none", "");
    else if (!courts.length) this.panel?.say("none", "No match yet");
    else {
      const worst = courts.reduce((a, b) => (LEVEL_ORDER.indexOf(b.level) > LEVEL_ORDER.indexOf(a.level) ? b : a));
      const several = courts.length > 1 ? ` on ${courts.length} courts` : "";
      const where = courts.length > 1 ? ` on court ${worst.court}` : "";
      const lost = worst.lost ? `${worst.lost} ${worst.lost === 1 ? "message" : "messages"} missing` : "Nobody listened for a while";
      if (worst.level === "good") this.panel?.say("good", `Nothing missing${several}`);
      else this.panel?.say(worst.level, `${lost}${where}`);
    }
  }

  updateChoice() {
    const { matches, courts, wanted, report } = this.source;
    const fixed = this.source.model.get("match_id") !== null;
    this.select.hidden = fixed || !courts.length;
    this.fixed.hidden = !fixed;
    setText(this.fixed, report?.title ?? "");
    const key = JSON.stringify((matches ?? []).map(({ match_id, court, title, running }) => [match_id, court, title, running]));
    if (key !== this.choices) {
      this.choices = key;
      const option = (value, text) => h("option", { value }, text);
      const now = courts.map((match) => option(`court:${match.court}`, `Court ${match.court} now: ${match.title}`));
      const all = (matches ?? []).map((match) => option(`match:${match.match_id}`, `${match.title} (court ${match.court})`));
      this.select.replaceChildren(h("optgroup", { label: "Now" }, ...now), h("optgroup", { label: "Newest first" }, ...all));
    }
    const value = wanted ? (wanted.match_id === undefined ? `court:${wanted.court}` : `match:${wanted.match_id}`) : "";
    if (value && this.select.value !== value) this.select.value = value;
  }

  updateReport() {
    const { report, wanted, matches } = this.source;
    const empty = matches && !wanted ? "No match has been loaded yet." : "Reading the record …";
    const verdict = report?.verdict ?? { level: "none", headline: empty, text: "" };
    this.verdict.dataset.level = verdict.level;
    setText(this.sign, SIGNS[verdict.level]);
    setText(this.headline, verdict.headline);
    setText(this.text, verdict.text);
    this.panel?.body.classList.toggle("is-empty", !report);
    if (!report) return;
    this.updateFindings(report);
    const drawn = JSON.stringify([report.loss, report.checks, report.losses, report.match_id]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.side.replaceChildren(...this.sections(report));
  }

  updateFindings(report) {
    const keys = report.findings.map(findingKey);
    const order = JSON.stringify([report.match_id, keys]);
    if (order === this.order) return;
    this.order = order;
    const held = this.items;
    this.items = new Map();
    for (const finding of report.findings) {
      const key = findingKey(finding);
      this.items.set(key, held.get(key) ?? findingItem(finding, this.source));
    }
    const groups = GROUPS.map(([kind, title]) => {
      const own = report.findings.filter((one) => (one.status === "withdrawn" ? "withdrawn" : one.severity) === kind);
      return own.length ? this.group(kind, title, own) : null;
    });
    this.found.replaceChildren(...groups.filter(Boolean));
    if (!report.findings.length) this.found.append(h("p", { class: "rl-none" }, "No message is known to be missing. What was compared stands beside."));
  }

  group(kind, title, findings) {
    const items = findings.map((finding) => this.items.get(findingKey(finding)));
    return h("section", { class: "rl-finding-group", data: { severity: kind } }, h("h3", {}, `${title} (${findings.length})`), h("ul", {}, ...items));
  }

  sections(report) {
    return [
      block("Estimated loss", lossBar(report.ticks), h("p", {}, report.loss), h("p", { class: "rl-none" }, report.loss_of_all)),
      report.losses.length ? block("Lost by this machine", h("ul", { class: "rl-plain" }, ...report.losses.map((line) => h("li", {}, line)))) : null,
      block("Compared", h("ul", { class: "rl-checks" }, ...report.checks.map(checkItem))),
      folding("What is no error", report.no_errors),
      folding("What cannot be proven", report.not_provable),
    ].filter(Boolean);
  }

  close() {
    this.source.panels.delete(this);
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default panelModule(QualityPanel, qualityOf);
