// The form field of a setting: made from its declaration, filled with its value, read as a value.

import { h } from "./dom.js";

/** Return a value as a person reads it in a line of text. */
export function valueText(value) {
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.length ? value.join(", ") : "empty";
  if (typeof value === "object") return Object.keys(value).length ? Object.entries(value).map(([name, each]) => `${name} = ${each}`).join(", ") : "empty";
  return value === "" ? "empty" : String(value);
}

/** Return a text as the number it is, or as it stands: the hub says what is wrong with it. */
function numberOf(text) {
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? text : number;
}

function choiceList(choices, none) {
  return [...(none === null ? [] : [h("option", { value: "" }, none)]), ...choices.map((choice) => h("option", { value: choice }, String(choice)))];
}

function lineArea(changed, rows) {
  return h("textarea", { class: "rl-set-lines", rows, spellcheck: "false", autocomplete: "off", dir: "auto", on: { input: changed } });
}

/** A field of one control; `fill` and `read` translate between it and the value. */
class SingleField {
  constructor(control, fill, read) {
    Object.assign(this, { element: control, controls: [control], fill, read });
  }
}

/** A field with one control for each name that a setting knows. */
class NamedField {
  constructor(setting, changed) {
    this.rows = setting.names.map((name) => {
      const control = setting.choices.length
        ? h("select", { class: "rl-select", "aria-label": name, on: { change: changed } }, ...choiceList(setting.choices, "–"))
        : h("input", { class: "rl-input", type: "text", inputmode: setting.part === "text" ? null : "decimal", "aria-label": name, on: { input: changed } });
      return { name, control, element: h("label", { class: "rl-set-named" }, h("span", {}, name), control) };
    });
    this.numeric = setting.part === "int" || setting.part === "float";
    this.controls = this.rows.map((row) => row.control);
    this.element = h("div", { class: "rl-set-names", role: "group" }, ...this.rows.map((row) => row.element));
  }

  fill(value) {
    for (const row of this.rows) row.control.value = value?.[row.name] ?? "";
  }

  read() {
    const filled = this.rows.filter((row) => row.control.value !== "");
    return Object.fromEntries(filled.map((row) => [row.name, this.numeric ? numberOf(row.control.value) : row.control.value]));
  }
}

/** A field with one box for each value that may be in a list. */
class ChosenField {
  constructor(setting, changed) {
    this.boxes = setting.choices.map((choice) => h("input", { type: "checkbox", value: choice, on: { change: changed } }));
    this.controls = this.boxes;
    this.element = h("div", { class: "rl-set-chosen", role: "group" }, ...this.boxes.map((box) => h("label", {}, box, h("span", {}, box.value))));
  }

  fill(value) {
    for (const box of this.boxes) box.checked = (value ?? []).map(String).includes(box.value);
  }

  read() {
    return this.boxes.filter((box) => box.checked).map((box) => box.value);
  }
}

function listField(changed) {
  const area = lineArea(changed, 3);
  const lines = () => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return new SingleField(area, (value) => { area.value = (value ?? []).join("\n"); }, lines);
}

function dictField(setting, changed) {
  const area = lineArea(changed, 3);
  area.placeholder = "name = value";
  const read = () => {
    const pairs = area.value.split("\n").filter((line) => line.trim()).map((line) => {
      const at = line.lastIndexOf("=");
      return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
    const numeric = setting.part === "int" || setting.part === "float";
    return Object.fromEntries(pairs.map(([name, text]) => [name, numeric ? numberOf(text) : text]));
  };
  return new SingleField(area, (value) => { area.value = Object.entries(value ?? {}).map(([name, each]) => `${name} = ${each}`).join("\n"); }, read);
}

function numberField(setting, changed) {
  const input = h("input", {
    class: "rl-input rl-set-number",
    type: "number",
    min: setting.low,
    max: setting.high,
    step: setting.kind === "int" ? 1 : "any",
    placeholder: setting.nullable ? "none" : null,
    on: { input: changed },
  });
  const read = () => (input.value.trim() === "" && setting.nullable ? null : numberOf(input.value));
  return new SingleField(input, (value) => { input.value = value ?? ""; }, read);
}

/** Return the field of a setting; `changed()` is called with every key and click. */
export function settingField(setting, changed) {
  switch (setting.kind) {
    case "bool": {
      const box = h("input", { type: "checkbox", class: "rl-set-box", on: { change: changed } });
      return new SingleField(box, (value) => { box.checked = Boolean(value); }, () => box.checked);
    }
    case "choice": {
      const select = h("select", { class: "rl-select", on: { change: changed } }, ...choiceList(setting.choices, null));
      const read = () => setting.choices.find((choice) => String(choice) === select.value) ?? select.value;
      return new SingleField(select, (value) => { select.value = String(value); }, read);
    }
    case "int":
    case "float":
      return numberField(setting, changed);
    case "list":
      return setting.choices.length ? new ChosenField(setting, changed) : listField(changed);
    case "dict":
      return setting.names.length ? new NamedField(setting, changed) : dictField(setting, changed);
    default: {
      const input = h("input", { class: "rl-input rl-set-text", type: "text", dir: "auto", autocomplete: "off", spellcheck: "false", on: { input: changed } });
      return new SingleField(input, (value) => { input.value = value ?? ""; }, () => input.value);
    }
  }
}
