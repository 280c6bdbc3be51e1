// Where a definition is mended, tried on what is stored, accepted and undone.

import { h, plural, setText } from "./dom.js";
import { visible } from "./event_grid.js";
import { TomlEditor } from "./toml_editor.js";

/** `ask(type, content, done)` sends a question to the kernel and calls `done(answer)`. */
export class DefinitionDesk {
  constructor(ask) {
    this.ask = ask;
    this.tried = null;
    this.accepted = null;
    this.proposed = "";
    this.editor = new TomlEditor((text) => this.check(text));
    this.again = this.button("Proposal again", "", () => this.propose(this.proposed));
    this.tryOut = this.button("Try on what is stored", "", () => this.preview());
    this.why = h("input", { type: "text", class: "rl-input rl-why", placeholder: "Why? (is kept)", "aria-label": "Reason for accepting", autocomplete: "off", on: { input: () => this.update() } });
    this.take = this.button("Accept", " rl-primary", () => this.accept());
    this.takeBack = this.button("Undo", "", () => this.undo());
    this.result = h("div", { class: "rl-tried", role: "status" });
    this.none = h("p", { class: "rl-none" });
    this.decide = h("div", { class: "rl-desk-tools", hidden: true }, this.why, this.take);
    this.tools = h("div", { class: "rl-desk-tools" }, this.tryOut, this.again);
    this.done = h("div", { class: "rl-accepted", hidden: true, role: "status" });
    this.element = h("section", { class: "rl-desk" }, h("h3", {}, "Definition"), this.none, this.editor.element, this.tools, this.decide, this.result, this.done);
    this.update();
  }

  button(text, kind, click) {
    return h("button", { type: "button", class: `rl-button${kind}`, on: { click } }, text);
  }

  /** Begin with a proposed text, or say why there is none. */
  open(toml, problem) {
    this.proposed = toml;
    setText(this.none, toml ? "" : `No definition can be proposed: ${problem}.`);
    this.none.hidden = Boolean(toml);
    this.propose(toml);
  }

  propose(toml) {
    this.tried = null;
    this.result.replaceChildren();
    this.editor.text = toml;
    this.update();
  }

  check(text) {
    if (this.tried !== null && this.tried !== text) {
      this.tried = null;
      this.result.replaceChildren();
    }
    this.valid = false;
    this.update();
    if (!text.trim()) return;
    this.ask("check", { toml: text }, (answer) => {
      if (text !== this.editor.text) return;
      this.valid = answer.ok;
      if (answer.ok) this.editor.show(null, `Well formed: ${answer.names.join(", ")}`, "good");
      else this.editor.show(answer.error, "");
      this.update();
    });
  }

  preview() {
    const text = this.editor.text;
    setText(this.result, "Trying …");
    this.ask("preview", { toml: text }, (answer) => {
      if (text !== this.editor.text) return;
      if (!answer.ok) return this.refused(answer.error);
      this.tried = text;
      this.result.replaceChildren(h("p", {}, h("strong", {}, answer.preview.text)), h("ul", { class: "rl-examples" }, ...answer.preview.examples.map((each) => this.example(each))));
      this.update();
      return undefined;
    });
  }

  example(each) {
    const fields = Object.entries(each.fields).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const errors = each.errors.map((error) => (typeof error === "string" ? error : JSON.stringify(error)));
    return h("li", {}, h("code", { dir: "auto" }, visible(each.raw)), h("span", {}, each.what), h("span", { class: "rl-none" }, [...fields, ...errors].join(", ")));
  }

  accept() {
    const why = this.why.value.trim();
    this.busy = true;
    this.update();
    setText(this.result, "Accepting, and recognizing what is stored …");
    this.ask("accept", { toml: this.editor.text, why }, (answer) => {
      this.busy = false;
      if (!answer.ok) return this.refused(answer.error);
      this.accepted = { run: answer.run, before: answer.before, names: answer.names };
      this.result.replaceChildren();
      this.done.hidden = false;
      this.done.replaceChildren(h("p", {}, h("strong", {}, `Accepted: ${answer.names.join(", ")}.`), ` ${plural(answer.changed, "stored message")} changed; later ones are understood as they come.`), this.takeBack, h("details", {}, h("summary", {}, "What changed"), h("pre", {}, answer.text)));
      this.why.value = "";
      this.tried = null;
      this.update();
      return undefined;
    });
  }

  undo() {
    this.busy = true;
    this.update();
    this.ask("undo", { ...this.accepted, why: `undone: ${this.accepted.names.join(", ")}` }, (answer) => {
      this.busy = false;
      if (!answer.ok) return this.refused(answer.error);
      this.accepted = null;
      this.done.replaceChildren(h("p", {}, "Undone: everything is as it was."));
      this.update();
      return undefined;
    });
  }

  refused(error) {
    this.update();
    this.result.replaceChildren(h("p", { class: "rl-refused" }, [error.message, error.hint].filter(Boolean).join(" ")));
  }

  update() {
    const ready = this.valid && !this.busy;
    this.tryOut.disabled = !ready;
    this.decide.hidden = this.tried === null || this.tried !== this.editor.text;
    this.take.disabled = !ready || this.tried !== this.editor.text || !this.why.value.trim();
    this.take.title = this.take.disabled ? "Say why first" : "";
    this.takeBack.disabled = Boolean(this.busy);
    this.again.hidden = !this.proposed || this.proposed === this.editor.text;
  }

  close() {
    this.editor.close();
  }
}
