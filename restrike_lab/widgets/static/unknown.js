// What was not understood: a list of patterns, what is known of one, and the desk where it is defined.

import { h, plural, setText } from "./dom.js";
import { DefinitionDesk } from "./definition_desk.js";
import { Panel } from "./panel.js";
import { Source, panelModule, problemText, sharedBy } from "./source.js";
import { explainedParts } from "./unknown_detail.js";
import { PatternList } from "./unknown_list.js";

/** The patterns of what was not understood. */
class UnknownSource extends Source {
  constructor(model) {
    super(model);
    this.patterns = null;
    this.total = 0;
    this.messages = 0;
    this.problem = "";
  }

  take(content) {
    if (content.type === "patterns") {
      this.patterns = content.patterns;
      this.total = content.total;
      this.messages = content.messages;
      this.problem = "";
    } else if (content.type === "problem") this.problem = problemText(content);
    else return false;
    return true;
  }
}

const unknownOf = sharedBy(UnknownSource);

class UnknownPanel {
  constructor(model, host) {
    this.source = unknownOf(model);
    const ask = (type, content, done) => this.source.question({ ...content, type }, done);
    this.list = new PatternList((hash) => this.explain(hash));
    this.empty = h("p", { class: "rl-unknown-empty" });
    this.about = h("div", { class: "rl-about" });
    this.note = h("textarea", { class: "rl-note", rows: 2, placeholder: "Note for whoever looks next", "aria-label": "Note on this pattern", on: { input: () => this.noted() } });
    this.keep = h("button", { type: "button", class: "rl-button", disabled: true, on: { click: () => this.keepNote() } }, "Keep note");
    this.kept = h("span", { class: "rl-none", role: "status" });
    const note = h("section", { class: "rl-block" }, h("h3", {}, "Note"), this.note, h("div", { class: "rl-note-tools" }, this.keep, this.kept));
    this.desk = new DefinitionDesk(ask);
    this.left = h("div", { class: "rl-explained rl-scroll", tabindex: "0", role: "region", "aria-label": "The pattern explained" }, this.about, note);
    this.right = h("div", { class: "rl-definition rl-scroll", tabindex: "0", role: "region", "aria-label": "Its definition" }, this.desk.element);
    this.hash = null;
    this.panel = new Panel(host, model, this.source.link, { name: "rl-unknown", title: "Unknown events", fold: () => {} });
    this.main = h("div", { class: "rl-unknown-main" }, this.list.element, this.left, this.right);
    this.panel.body.append(this.empty, this.main);
    this.source.views.add(this);
    this.endings = [this.source.link.watch()];
    this.update();
  }

  update() {
    const { patterns, total, messages, problem } = this.source;
    const some = Boolean(patterns?.length);
    if (problem) this.panel.say("warning", problem);
    else if (!patterns) this.panel.say("none", "");
    else if (!some) this.panel.say("good", "All understood");
    else this.panel.say("warning", `${plural(total, "pattern")}, ${plural(messages, "message")}`);
    this.empty.hidden = some || this.hash !== null;
    this.main.hidden = !some && this.hash === null;
    setText(this.empty, problem || (patterns ? "Every message that came is understood." : "Reading …"));
    this.list.update(patterns ?? [], total);
    this.main.dataset.chosen = String(this.hash !== null);
    if (some && this.hash === null) this.about.replaceChildren(h("p", { class: "rl-none" }, "Choose a pattern to see what it probably is."));
  }

  explain(hash) {
    this.hash = hash;
    this.note.disabled = true;
    this.update();
    this.about.replaceChildren(h("p", { class: "rl-none" }, "Looking at what comes near it …"));
    this.source.question({ type: "explain", hash }, (answer) => {
      if (hash !== this.hash) return;
      if (!answer.ok) {
        this.about.replaceChildren(h("p", { class: "rl-refused" }, [answer.error.message, answer.error.hint].filter(Boolean).join(" ")));
        return;
      }
      this.about.replaceChildren(...explainedParts(answer.explained));
      this.left.scrollTop = 0;
      if (this.left.offsetLeft <= this.list.element.offsetLeft) this.panel.body.scrollTop = this.left.offsetTop - this.panel.body.offsetTop;
      this.note.disabled = false;
      this.notes = this.note.value = answer.explained.pattern.notes;
      this.noted();
      this.desk.open(answer.explained.toml, answer.explained.problem);
    });
  }

  noted() {
    this.keep.disabled = this.hash === null || this.note.value === this.notes;
    setText(this.kept, "");
  }

  keepNote() {
    const notes = this.note.value;
    this.source.question({ type: "note", hash: this.hash, notes }, (answer) => {
      if (answer.ok) this.notes = notes;
      this.noted();
      setText(this.kept, answer.ok ? "Kept." : answer.error.message);
    });
  }

  close() {
    this.source.views.delete(this);
    this.desk.close();
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default panelModule(UnknownPanel, unknownOf);
