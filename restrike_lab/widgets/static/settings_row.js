// One setting on the screen: its field, what it is for, where its value comes from, and what can be done with it.

import { h, setAttr, setText } from "./dom.js";
import { settingField, valueText } from "./settings_field.js";

const GIVERS = { program: "the program that started the hub", environment: "the environment", "config file": "the config file", "command line": "the command line" };

let settingRowCount = 0;

/** Return a moment in ns since 1970 as local date and time. */
export function momentText(ns) {
  return new Date(ns / 1e6).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Return where a value comes from, in words. */
export function sourceText(setting) {
  const parts = [];
  if (setting.source === "default") parts.push("Default");
  else if (setting.source === "stored") parts.push(`Set by ${setting.who}, ${momentText(setting.changed_ns)}`);
  else parts.push(`Set by ${GIVERS[setting.source] ?? setting.source}, which goes before what is stored here`);
  if (setting.source !== "stored" && setting.source !== "default" && setting.stored) parts.push(`stored: ${valueText(setting.stored_value)}`);
  if ("next" in setting) parts.push(`from the next start of the hub: ${valueText(setting.next)}`);
  if (setting.problem) parts.push(`the stored value is left out: ${setting.problem}`);
  return parts.join(" · ");
}

/** Return a refusal with its way out, as sentences. */
export function refusalText(error) {
  return [error.message, error.hint].filter(Boolean).map((part) => (/[.?!:]$/.test(part) ? part : `${part}.`)).join(" ");
}

/** What stands in the form: the value that is stored, or will count, else the one that counts. */
function formValue(setting) {
  if ("next" in setting) return setting.next;
  return setting.stored && !setting.problem ? setting.stored_value : setting.value;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** `ask(command, args, done)` asks the hub. */
export class SettingRow {
  constructor(setting, ask) {
    settingRowCount += 1;
    const id = `rl-setting-${settingRowCount}-${Math.random().toString(36).slice(2)}`;
    this.ask = ask;
    this.key = setting.key;
    this.field = settingField(setting, () => this.typed());
    for (const control of this.field.controls) {
      control.setAttribute("aria-describedby", `${id}-help ${id}-said`);
    }
    const single = this.field.controls.length === 1;
    if (single) this.field.controls[0].id = `${id}-field`;
    else this.field.element.setAttribute("aria-labelledby", `${id}-name`);
    const name = h("code", {}, setting.key);
    this.marks = h("span", { class: "rl-set-marks" });
    this.source = h("p", { class: "rl-set-source" });
    this.said = h("p", { class: "rl-set-said", id: `${id}-said`, role: "status" });
    this.why = h("input", { class: "rl-input rl-set-why", type: "text", placeholder: "Reason (optional)", "aria-label": `Reason for the change of ${setting.key}`, maxlength: 1000 });
    this.save = this.button("Save", "rl-primary", () => this.send("settings.set", { values: { [this.key]: this.field.read() } }));
    this.discard = this.button("Discard", "rl-quiet", () => this.refill());
    this.reset = this.button("Back to default", "rl-quiet", () => this.send("settings.reset", { keys: [this.key] }));
    this.edit = h("div", { class: "rl-set-tools", hidden: true }, this.why, this.save, this.discard);
    this.tools = h("div", { class: "rl-set-tools" }, this.reset);
    this.element = h(
      "li",
      { class: "rl-setting", data: { key: setting.key } },
      h("div", { class: "rl-set-what" }, h("h4", { id: `${id}-name` }, single ? h("label", { for: `${id}-field` }, name) : name), this.marks, h("p", { class: "rl-set-help", id: `${id}-help` }, `${setting.help} `, h("span", {}, `${setting.wanted[0].toUpperCase()}${setting.wanted.slice(1)}.`))),
      h("div", { class: "rl-set-how" }, this.field.element, this.source, this.edit, this.said, this.tools),
    );
    this.element.addEventListener("keydown", (event) => this.keyed(event));
    this.update(setting);
  }

  button(text, extra, click) {
    return h("button", { type: "button", class: `rl-button ${extra}`, "aria-label": `${text}: ${this.key}`, on: { click } }, text);
  }

  get dirty() {
    return !same(this.field.read(), this.base);
  }

  /** Take the setting as the hub has it now; what somebody is typing stays. */
  update(setting) {
    const typing = this.setting !== undefined && this.dirty;
    const before = this.base;
    this.setting = setting;
    if (typing && !same(formValue(setting), before)) {
      this.tell("warning", `Changed meanwhile to ${valueText(formValue(setting))}${setting.who ? ` by ${setting.who}` : ""}.`);
    }
    if (typing) this.base = formValue(setting);
    else this.refill();
    const marks = [];
    if (setting.restart) marks.push(["restart", "needs a restart"]);
    if (setting.role === "admin") marks.push(["role", "administrator"]);
    this.marks.replaceChildren(...marks.map(([kind, text]) => h("span", { data: { kind } }, text)));
    setText(this.source, sourceText(setting));
    this.source.dataset.source = setting.source;
    this.tools.hidden = !setting.stored;
    this.typed();
  }

  refill() {
    this.field.fill(formValue(this.setting));
    this.base = this.field.read();
    this.why.value = "";
    this.typed();
  }

  typed() {
    this.edit.hidden = !this.dirty;
    setAttr(this.element, "data-dirty", this.dirty ? "true" : null);
  }

  keyed(event) {
    if (event.key === "Escape" && this.dirty) {
      this.refill();
      this.tell("", "");
    } else if (event.key === "Enter" && this.dirty && event.target.matches("input")) this.save.click();
  }

  tell(level, text) {
    this.said.dataset.level = level;
    setText(this.said, text);
  }

  send(command, args) {
    setAttr(this.element, "aria-busy", "true");
    this.ask(command, { ...args, why: this.why.value.trim() }, (error, result) => {
      setAttr(this.element, "aria-busy", null);
      if (error) {
        this.tell("error", refusalText(error));
        return;
      }
      this.base = this.field.read();
      this.why.value = "";
      this.typed();
      if (result.overridden[this.key]) this.tell("warning", `Stored, but ${GIVERS[result.overridden[this.key]] ?? result.overridden[this.key]} goes first.`);
      else if (result.restart.includes(this.key)) this.tell("warning", "Stored; it takes effect when the hub starts next.");
      else this.tell("good", result.changes.length ? "Stored." : "It was so already.");
    });
  }
}
