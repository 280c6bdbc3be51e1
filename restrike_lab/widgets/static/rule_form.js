// A form for a rule of the user's own. The kernel says what is wrong with it.

import { say } from "./again_desk.js";
import { h, setText } from "./dom.js";

const PARAMETER_NAMES = { range: ["low", "high"], enumeration: ["choices"], format: ["format"], expression: ["expression"], type: ["kind"], required: [] };
const PARAMETER_HINTS = { low: "0", high: "40", choices: "body, head", format: "[A-Z]{3}", expression: "blue + red <= 40", kind: "integer" };

function parameterValue(name, text) {
  if (name === "choices") return text.split(",").map((each) => each.trim()).filter(Boolean).map((each) => (each !== "" && Number.isFinite(Number(each)) ? Number(each) : each));
  return name === "low" || name === "high" ? Number(text) : text;
}

/** `ask(type, content, done)` sends a question to the kernel. */
export class RuleForm {
  constructor(ask) {
    this.ask = ask;
    this.fields = {};
    this.versions = h("fieldset", { class: "rl-form-versions" });
    this.stream = this.choice("Stream", () => this.showFields());
    this.field = this.choice("Field", () => {});
    this.kind = this.choice("Kind", () => this.showParameters());
    this.id = this.input("Name of the rule", "strong-hits");
    this.message = this.input("What holds when it holds", "level is 30 or more");
    this.why = this.input("Why?", "is kept with the rule");
    this.parameters = h("div", { class: "rl-form-parameters" });
    this.add = h("button", { type: "submit", class: "rl-button rl-primary" }, "Add rule");
    this.result = h("p", { role: "status" });
    this.title = h("summary", {}, "A rule of your own");
    const form = h("form", { class: "rl-rule-form", on: { submit: (event) => this.submit(event) } }, this.id.label, this.stream.label, this.field.label, this.kind.label, this.parameters, this.versions, this.message.label, this.why.label, h("div", { class: "rl-rule-tools" }, this.add), this.result);
    this.element = h("details", { class: "rl-folding rl-rule-new" }, this.title, form);
  }

  choice(name, changed) {
    const select = h("select", { class: "rl-select", on: { change: changed } });
    return { control: select, label: h("label", {}, h("span", {}, name), select) };
  }

  input(name, hint) {
    const control = h("input", { type: "text", class: "rl-input", placeholder: hint, autocomplete: "off" });
    return { control, label: h("label", {}, h("span", {}, name), control) };
  }

  update({ fields, kinds, versions }) {
    const known = JSON.stringify([fields, kinds, versions]);
    if (known === this.known) return;
    this.known = known;
    this.fields = fields;
    this.fill(this.stream.control, Object.keys(fields));
    this.fill(this.kind.control, kinds);
    const box = (version) => h("label", {}, h("input", { type: "checkbox", value: version, checked: true }), version);
    this.versions.replaceChildren(h("legend", {}, "Protocol versions"), ...versions.map(box));
    this.showFields();
    this.showParameters();
  }

  fill(select, values) {
    const before = select.value;
    select.replaceChildren(...values.map((value) => h("option", { value }, value || "(the whole message)")));
    if (values.includes(before)) select.value = before;
  }

  showFields() {
    this.fill(this.field.control, ["", ...(this.fields[this.stream.control.value] ?? [])]);
  }

  showParameters() {
    const names = PARAMETER_NAMES[this.kind.control.value] ?? [];
    this.given = names.map((name) => [name, this.input(name, PARAMETER_HINTS[name])]);
    this.parameters.replaceChildren(...this.given.map(([, each]) => each.label));
  }

  /** Show a rule of the user's own to be changed. */
  load(rule) {
    this.element.open = true;
    this.id.control.value = rule.rule_id;
    this.stream.control.value = rule.stream;
    this.showFields();
    this.field.control.value = rule.field;
    this.kind.control.value = rule.kind;
    this.showParameters();
    for (const [name, each] of this.given) {
      const value = rule.parameters[name];
      each.control.value = Array.isArray(value) ? value.join(", ") : (value ?? "");
    }
    for (const box of this.boxes()) box.checked = rule.versions.includes("*") || rule.versions.includes(box.value);
    this.message.control.value = rule.message;
    this.why.control.value = "";
    setText(this.result, "");
    this.element.scrollIntoView({ block: "nearest" });
    this.why.control.focus();
  }

  boxes() {
    return [...this.versions.querySelectorAll("input")];
  }

  submit(event) {
    event.preventDefault();
    const boxes = this.boxes();
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    if (!chosen.length) {
      say(this.result, { ok: false, error: { message: "A rule needs a protocol version to count for.", hint: "" } }, "");
      return;
    }
    const filled = this.given.filter(([, each]) => each.control.value.trim());
    const rule = {
      rule_id: this.id.control.value.trim(),
      stream: this.stream.control.value,
      field: this.field.control.value,
      kind: this.kind.control.value,
      message: this.message.control.value.trim(),
      versions: chosen.length === boxes.length ? [] : chosen,
      parameters: Object.fromEntries(filled.map(([name, each]) => [name, parameterValue(name, each.control.value.trim())])),
      why: this.why.control.value.trim(),
    };
    this.add.disabled = true;
    this.ask("add", { rule }, (answer) => {
      this.add.disabled = false;
      say(this.result, answer, `${rule.rule_id}, revision ${answer.revision}, counts from the next event on.`);
    });
  }
}
