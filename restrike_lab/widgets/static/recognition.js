// How messages are judged: the rules, one of them in full, and the past recognized anew.

import { AgainDesk } from "./again_desk.js";
import { count, h, plural, setText } from "./dom.js";
import { Link } from "./link.js";
import { Panel } from "./panel.js";
import { RuleForm } from "./rule_form.js";
import { StreamDesk } from "./stream_desk.js";
import { RuleList, RuleSheet } from "./rule_list.js";

const ruleSources = new WeakMap();

/** What all views of one panel share on this page: the rules and the questions under way. */
class RuleSource {
  constructor(model) {
    this.state = null;
    this.caches = {};
    this.problem = "";
    this.panels = new Set();
    this.questions = new Map();
    this.asked = 0;
    this.link = new Link(model);
    this.link.join({ message: (content) => this.message(content) });
  }

  message(content) {
    if (content.type === "answer") {
      this.questions.get(content.key)?.(content);
      this.questions.delete(content.key);
      return;
    }
    if (content.type === "rules") {
      this.state = content;
      this.problem = "";
    } else if (content.type === "caches") this.caches = content.caches;
    else if (content.type === "problem") this.problem = [content.text, content.hint].filter(Boolean).join(" ");
    else return;
    for (const panel of this.panels) panel.update();
  }

  ask(type, content, done) {
    this.asked += 1;
    this.questions.set(this.asked, done);
    this.link.send({ ...content, type, key: this.asked });
  }
}

function rulesOf(model) {
  if (!ruleSources.has(model)) ruleSources.set(model, new RuleSource(model));
  return ruleSources.get(model);
}

class RecognitionPanel {
  constructor(model, host) {
    this.source = rulesOf(model);
    const ask = (type, content, done) => this.source.ask(type, content, done);
    this.form = new RuleForm(ask);
    this.sheet = new RuleSheet(ask, (rule) => this.form.load(rule));
    this.list = new RuleList((rule) => this.sheet.show(rule));
    this.again = new AgainDesk(ask);
    this.streams = new StreamDesk(ask);
    this.empty = h("p", { class: "rl-none rl-rules-empty" }, "Reading …");
    const middle = h("div", { class: "rl-rule-sheet rl-scroll", tabindex: "0", role: "region", "aria-label": "The rule" }, this.sheet.element, this.form.element);
    const right = h("div", { class: "rl-again rl-scroll", tabindex: "0", role: "region", "aria-label": "Courts, streams and the past" }, this.streams.element, this.again.element);
    this.main = h("div", { class: "rl-rules-main", hidden: true }, this.list.element, middle, right);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-recognition", title: "Recognition", fold: () => {} });
    this.panel.body.append(this.empty, this.main);
    this.source.panels.add(this);
    this.endings = [this.source.link.watch()];
    this.update();
  }

  update() {
    const { state, problem } = this.source;
    if (problem) this.panel.say("warning", problem);
    setText(this.empty, problem || "Reading …");
    this.empty.hidden = Boolean(state);
    this.main.hidden = !state;
    if (!state) return;
    const off = state.rules.filter((rule) => !rule.active).length;
    const failed = state.rules.reduce((sum, rule) => sum + rule.failed, 0);
    const parts = [plural(state.rules.length, "rule"), off ? `${count(off)} off` : "", failed ? `broken ${plural(failed, "time")}` : ""];
    if (!problem) this.panel.say("none", parts.filter(Boolean).join(", "));
    this.list.update(state.rules);
    this.sheet.update(state.rules);
    this.form.update(state);
    this.streams.update(state);
    this.again.update(state);
    this.again.remember(this.source.caches);
  }

  close() {
    this.source.panels.delete(this);
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default {
  initialize({ model }) {
    const source = rulesOf(model);
    return () => source.link.close();
  },
  render({ model, el }) {
    const panel = new RecognitionPanel(model, el);
    return () => panel.close();
  },
};
