// The rules in a list that can be searched, and one rule in full: what it asks, what it refused, the switch.

import { count, h, plural, setAttr, setText } from "./dom.js";
import { visible } from "./event_grid.js";
import { block, showEvent } from "./panel.js";
import { momentText } from "./unknown_list.js";

const RULES_SHOWN = 400;

function ruleItem(rule, choose) {
  return h(
    "li",
    { class: "rl-rule", role: "option", id: `rl-rule-${rule.rule_id}`, data: { active: String(rule.active), origin: rule.origin }, on: { click: choose } },
    h("code", {}, rule.field ? `${rule.stream}.${rule.field}` : rule.stream),
    rule.failed ? h("b", { class: "rl-rule-failed" }, count(rule.failed)) : h("span", {}),
    h("span", { class: "rl-rule-says", dir: "auto" }, rule.message || rule.rule_id),
    rule.active ? null : h("span", { class: "rl-rule-off" }, "off"),
  );
}

/** `choose(rule)` is called when the reader picks a rule. */
export class RuleList {
  constructor(choose) {
    this.choose = choose;
    this.rules = [];
    this.shown = [];
    this.chosen = null;
    this.search = h("input", { type: "search", class: "rl-input", placeholder: "Find a rule", "aria-label": "Find a rule", autocomplete: "off", on: { input: () => this.draw() } });
    this.list = h("ul", { class: "rl-rule-list rl-scroll", role: "listbox", tabindex: "0", "aria-label": "Rules", on: { keydown: (event) => this.key(event) } });
    this.element = h("div", { class: "rl-rules" }, h("div", { class: "rl-rules-search" }, this.search), this.list);
  }

  /** Show the user's own first, then those that were broken, then the others. */
  update(rules) {
    const rank = (rule) => (rule.origin === "user" ? 0 : rule.failed || !rule.active ? 1 : 2);
    this.rules = [...rules].sort((a, b) => rank(a) - rank(b) || b.failed - a.failed);
    this.draw();
  }

  draw() {
    const wanted = this.search.value.trim().toLowerCase();
    const fits = (rule) => !wanted || `${rule.rule_id} ${rule.stream} ${rule.field} ${rule.message}`.toLowerCase().includes(wanted);
    const shown = this.rules.filter(fits).slice(0, RULES_SHOWN);
    const key = JSON.stringify(shown.map(({ rule_id, revision, active, failed }) => [rule_id, revision, active, failed]));
    this.shown = shown;
    if (key !== this.drawn) {
      this.drawn = key;
      const top = this.list.scrollTop;
      this.list.replaceChildren(...shown.map((rule) => ruleItem(rule, () => this.pick(rule.rule_id))));
      this.list.scrollTop = top;
    }
    this.mark();
  }

  pick(ruleId) {
    this.chosen = ruleId;
    this.mark();
    this.choose(this.rules.find((rule) => rule.rule_id === ruleId));
  }

  mark() {
    let found = null;
    for (const item of this.list.children) {
      const chosen = item.id === `rl-rule-${this.chosen}`;
      setAttr(item, "aria-selected", String(chosen));
      if (chosen) found = item;
    }
    setAttr(this.list, "aria-activedescendant", found?.id);
    return found;
  }

  key(event) {
    const last = this.shown.length - 1;
    const at = this.shown.findIndex((rule) => rule.rule_id === this.chosen);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last };
    if (!(event.key in moves) || last < 0) return;
    event.preventDefault();
    this.pick(this.shown[Math.min(last, Math.max(0, moves[event.key]))].rule_id);
    this.mark()?.scrollIntoView({ block: "nearest" });
  }
}

function parameterText(parameters) {
  return Object.entries(parameters).map(([name, value]) => `${name} = ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
}

function failedItem(event) {
  const text = h("code", { dir: "auto" }, visible(event.raw));
  const where = h("span", { class: "rl-none" }, `${momentText(event.arrival_ns)} · court ${event.court}`);
  const show = document.querySelector(".rl-table") ? h("button", { type: "button", class: "rl-link", title: "Show it in the event table", on: { click: () => showEvent(event.seq) } }, `#${event.seq}`) : h("span", {}, `#${event.seq}`);
  return h("li", {}, text, where, show);
}

const RULE_WORDS = { true: "on", false: "off" };

function revisionItem(each) {
  const versions = each.versions.includes("*") ? "" : ` for ${each.versions.join(", ")}`;
  const asked = [each.kind, parameterText(each.parameters)].filter(Boolean).join(": ");
  return h("li", {}, h("b", {}, `Revision ${each.revision}`), ` ${RULE_WORDS[each.active]}${versions}, ${asked}. `, h("i", { dir: "auto" }, each.why), h("span", { class: "rl-none" }, ` ${momentText(each.changed_ns)} · ${each.who}`));
}

/** One rule in full. `change(rule)` is called when the reader wants to change one of their own. */
export class RuleSheet {
  constructor(ask, change) {
    this.ask = ask;
    this.rule = null;
    this.facts = h("div", {});
    this.why = h("input", { type: "text", class: "rl-input rl-why", placeholder: "Why? (is kept)", "aria-label": "Reason for switching", autocomplete: "off", on: { input: () => this.ready() } });
    this.flip = h("button", { type: "submit", class: "rl-button" });
    this.edit = h("button", { type: "button", class: "rl-button", on: { click: () => change(this.rule) } }, "Change …");
    this.result = h("p", { class: "rl-refused", role: "status" });
    this.tools = h("form", { class: "rl-rule-tools", hidden: true, on: { submit: (event) => this.switch(event) } }, this.why, this.flip, this.edit);
    this.failed = h("div", {});
    this.past = h("div", {});
    this.element = h("div", { class: "rl-rule-full" }, this.facts, this.tools, this.result, this.failed, this.past);
    this.facts.append(h("p", { class: "rl-none" }, "Choose a rule to see what it asks and what it refused."));
  }

  show(rule) {
    if (!rule) return;
    const before = this.rule;
    const other = rule.rule_id !== before?.rule_id;
    this.rule = rule;
    const kept = `${rule.origin === "user" ? "yours" : "predefined"}, revision ${rule.revision}, last by ${rule.who}: ${rule.why}`;
    const where = `${rule.stream}${rule.field ? `.${rule.field}` : ""}`;
    const asked = rule.asks.map((each) => [each.versions.includes("*") ? "Every version" : each.versions.join(", "), `${where}, ${[rule.kind, parameterText(each.parameters)].filter(Boolean).join(": ")}`]);
    this.facts.replaceChildren(
      h("header", { class: "rl-rule-head" }, h("strong", { dir: "auto" }, rule.message || rule.rule_id), h("code", {}, rule.rule_id)),
      h("dl", { class: "rl-facts" }, ...[...asked, ["Held", plural(rule.passed, "time")], ["Broken", plural(rule.failed, "time")], ["Kept", kept]].flatMap(([name, text]) => [h("dt", {}, name), h("dd", { dir: "auto" }, text)])),
    );
    this.tools.hidden = false;
    this.edit.hidden = rule.origin !== "user";
    setText(this.flip, rule.active ? "Switch off" : "Switch on");
    if (other) {
      this.why.value = "";
      setText(this.result, "");
      this.failed.replaceChildren();
      this.past.replaceChildren();
    }
    if (other || rule.failed !== before.failed || rule.revision !== before.revision) {
      this.ask("rule", { rule_id: rule.rule_id }, (answer) => this.showMore(rule, answer));
    }
    this.ready();
  }

  /** Show what broke a rule, and what it was before. */
  showMore(rule, answer) {
    if (rule.rule_id !== this.rule.rule_id || !answer.ok) return;
    const { events, revisions } = answer;
    this.failed.replaceChildren(...(events.length ? [block("Broken last by", h("ul", { class: "rl-samples" }, ...events.map(failedItem)))] : []));
    this.past.replaceChildren(...(revisions.length > 1 ? [block("Revisions", h("ul", { class: "rl-revisions" }, ...revisions.map(revisionItem)))] : []));
  }

  update(rules) {
    if (this.rule) this.show(rules.find((rule) => rule.rule_id === this.rule.rule_id) ?? this.rule);
  }

  ready() {
    this.flip.disabled = !this.why.value.trim();
  }

  switch(event) {
    event.preventDefault();
    if (this.flip.disabled) return;
    const { rule } = this;
    this.flip.disabled = true;
    this.ask("switch", { rule_id: rule.rule_id, active: !rule.active, why: this.why.value.trim() }, (answer) => {
      setText(this.result, answer.ok ? "" : [answer.error.message, answer.error.hint].filter(Boolean).join(" "));
      if (answer.ok) this.why.value = "";
      this.ready();
    });
  }
}
