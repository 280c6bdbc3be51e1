// How messages are judged: the rules, one of them in full, and the past recognized anew.

import { AgainDesk } from "./again_desk.js";
import { count, h, plural, setText } from "./dom.js";
import { Panel } from "./panel.js";
import { RuleForm } from "./rule_form.js";
import { Source, panelModule, problemText, sharedBy } from "./source.js";
import { StreamDesk } from "./stream_desk.js";
import { RuleList, RuleSheet } from "./rule_list.js";

/** The rules, and everything beside them. */
class RuleSource extends Source {
  constructor(model) {
    super(model);
    this.state = null;
    this.caches = {};
    this.problem = "";
  }

  take(content) {
    if (content.type === "rules") {
      this.state = content;
      this.problem = "";
    } else if (content.type === "caches") this.caches = content.caches;
    else if (content.type === "problem") this.problem = problemText(content);
    else return false;
    return true;
  }
}

const rulesOf = sharedBy(RuleSource);

class RecognitionPanel {
  constructor(model, host) {
    this.source = rulesOf(model);
    const ask = (type, content, done) => this.source.question({ ...content, type }, done);
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
    this.source.views.add(this);
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
    this.source.views.delete(this);
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default panelModule(RecognitionPanel, rulesOf);
