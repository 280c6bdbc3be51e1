// What works OBS by itself: the rules, what waits, what they did, and what they would have done in a stored bout.

import { h, setAttr, setText } from "./dom.js";
import { block } from "./panel.js";
import { obsButton, obsProblem, obsSay } from "./obs_source.js";

const FIRINGS_SHOWN = 8;

/** Return what is asked of OBS, with what a person must know of its arguments. */
function requestText({ request, args }) {
  return [request, ...Object.values(args ?? {}).map(String)].join(" ");
}

/** `say(error)` tells the head of the panel of a refusal. */
export class ObsRulesBlock {
  constructor(source, say) {
    this.source = source;
    this.say = say;
    this.paused = obsButton("", "", () => this.pause());
    this.waiting = h("span", { class: "rl-obs-why" });
    this.rules = h("div", { class: "rl-obs-rules" });
    this.did = h("ol", { class: "rl-obs-did" });
    this.element = block(
      "Automation",
      h("div", { class: "rl-obs-work" }, this.paused, this.waiting),
      this.rules,
      this.makeTrial(),
      h("h3", {}, "What it did"),
      this.did,
    );
  }

  makeTrial() {
    this.match = h("input", { type: "number", min: 1, class: "rl-input", placeholder: "newest" });
    this.trialSaid = h("p", { class: "rl-obs-said", role: "status", hidden: true });
    this.would = h("ol", { class: "rl-obs-did rl-obs-would" });
    const form = h(
      "form",
      { class: "rl-obs-work", on: { submit: (event) => this.rehearse(event) } },
      h("label", {}, "Match ", this.match),
      h("button", { type: "submit", class: "rl-button" }, "Try the rules"),
    );
    return h("details", { class: "rl-folding" }, h("summary", {}, "What would they have done in a stored bout?"), form, this.trialSaid, this.would);
  }

  update(automation) {
    this.automation = automation;
    setText(this.paused, automation.paused ? "Automation is paused: let it go on" : "Pause all rules");
    setAttr(this.paused, "aria-pressed", String(automation.paused));
    const waiting = automation.waiting.map((each) => `${each.rule} (court ${each.court})`);
    setText(this.waiting, waiting.length ? `Waiting for their time: ${waiting.join(", ")}` : "");
    const key = JSON.stringify(automation.rules);
    if (this.rules.dataset.key !== key) {
      this.rules.dataset.key = key;
      this.rules.replaceChildren(...automation.rules.map((rule) => this.rule(rule)));
    }
    const newest = automation.firings.slice(-FIRINGS_SHOWN).reverse();
    this.did.replaceChildren(...(newest.length ? newest.map((each) => this.firing(each)) : [h("li", { class: "rl-none" }, "Nothing yet.")]));
  }

  rule(rule) {
    const box = h("input", { type: "checkbox", checked: rule.enabled, on: { change: () => this.switchRule(rule.name, box.checked) } });
    const only = rule.instance ? h("span", { class: "rl-obs-why", dir: "auto" }, `(${rule.instance})`) : null;
    return h("label", { title: rule.name }, box, h("span", { dir: "auto" }, rule.help || rule.name), only);
  }

  firing(each) {
    return h(
      "li",
      { data: { outcome: each.outcome } },
      h("time", {}, new Date(each.at).toLocaleTimeString()),
      h("b", {}, each.outcome),
      h("span", { dir: "auto" }, `${each.instance}: ${requestText(each)}`),
      h("span", { class: "rl-obs-why", dir: "auto" }, [each.event, each.result].filter(Boolean).join(" → ")),
    );
  }

  switchRule(name, enabled) {
    this.source.ask("obs.rule.switch", { names: [name], enabled }, (error) => {
      if (!error) return;
      this.rules.dataset.key = ""; // draw the boxes as the hub has them
      this.update(this.automation);
      this.say(error);
    });
  }

  pause() {
    this.source.ask("obs.pause", { paused: !this.automation.paused }, (error) => error && this.say(error));
  }

  /** Ask what the rules that are on, or all where none is, would have done. */
  rehearse(event) {
    event.preventDefault();
    const on = this.automation.rules.filter((rule) => rule.enabled);
    const names = (on.length ? on : this.automation.rules).map((rule) => rule.name);
    const which = this.match.value ? { match_id: Number(this.match.value) } : {};
    this.source.ask("obs.rehearse", { ...which, names }, (error, plan) => {
      this.would.replaceChildren(...(error ? [] : plan.map((each) => this.planned(each))));
      if (error) return obsSay(this.trialSaid, "error", obsProblem(error));
      const whose = on.length ? "the rules that are on" : "all rules, since none is on";
      return obsSay(this.trialSaid, "", plan.length ? `${plan.length} actions by ${whose}; nothing was done.` : `Nothing by ${whose}.`);
    });
  }

  planned(each) {
    return h(
      "li",
      {},
      h("time", {}, `${(each.at_ms / 1000).toFixed(1)} s`),
      h("span", { dir: "auto" }, requestText(each)),
      h("span", { class: "rl-obs-why", dir: "auto" }, `${each.rule} ← ${each.event}`),
    );
  }
}
