// An editor for a TOML text: plain typing with line numbers, and a mark at the place of an error.

import { h, setAttr, setText } from "./dom.js";

const CHECK_AFTER_MS = 250;

/** `changed(text)` is called a moment after the last key. */
export class TomlEditor {
  constructor(changed) {
    this.changed = changed;
    this.mark = null;
    this.numbers = h("div", { class: "rl-editor-numbers", "aria-hidden": "true" });
    this.area = h("textarea", {
      class: "rl-editor-text",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      wrap: "off",
      "aria-label": "Definition in TOML",
      on: { input: () => this.typed(), scroll: () => this.follow(), keydown: (event) => this.key(event) },
    });
    this.message = h("p", { class: "rl-editor-message", role: "status", id: `rl-editor-${Math.random().toString(36).slice(2)}` });
    this.area.setAttribute("aria-describedby", this.message.id);
    this.element = h("div", { class: "rl-editor" }, h("div", { class: "rl-editor-pane" }, this.numbers, this.area), this.message);
    this.draw();
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.area.scrollTop = 0;
    this.typed();
  }

  /** Escape leaves the editor, so that Tab is free to move on. */
  key(event) {
    if (event.key === "Escape") this.area.blur();
  }

  typed() {
    this.show(null, "");
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.changed(this.text), CHECK_AFTER_MS);
  }

  follow() {
    this.numbers.scrollTop = this.area.scrollTop;
  }

  /** Show what is wrong at a line and column (from 1; 0 for none), or with `level` good that nothing is. */
  show(error, text, level = "none") {
    this.mark = error?.line || null;
    setText(this.message, error ? `${error.line ? `Line ${error.line}, column ${error.column}: ` : ""}${error.message}${error.hint ? ` (${error.hint})` : ""}` : text);
    this.message.dataset.level = error ? "error" : level;
    setAttr(this.area, "aria-invalid", error ? "true" : null);
    this.draw();
  }

  /** Put the cursor where the error is. */
  goTo(line, column) {
    const lines = this.text.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + Math.max(0, column - 1);
    this.area.focus();
    this.area.setSelectionRange(at, at);
  }

  draw() {
    const count = this.text.split("\n").length;
    while (this.numbers.children.length < count) this.numbers.append(h("span", {}, String(this.numbers.children.length + 1)));
    while (this.numbers.children.length > count) this.numbers.lastChild.remove();
    [...this.numbers.children].forEach((line, index) => line.classList.toggle("is-wrong", index + 1 === this.mark));
    this.follow();
  }

  close() {
    clearTimeout(this.typing);
  }
}
