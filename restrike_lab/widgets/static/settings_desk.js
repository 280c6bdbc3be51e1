// Beside the settings: what was changed by whom, with a way back, and the settings as a file.

import { h, setText } from "./dom.js";
import { valueText } from "./settings_field.js";
import { momentText, refusalText } from "./settings_row.js";

const LARGEST_FILE = 40000;

function oldAndNew(change) {
  const [old, now] = ["old", "new"].map((name) => (name in change ? valueText(change[name]) : "default"));
  return h("span", { class: "rl-set-change" }, h("s", { dir: "auto" }, old), " → ", h("b", { dir: "auto" }, now));
}

/** `ask(command, args, done)` asks the hub; `choose(key)` shows a setting. */
export class SettingsDesk {
  constructor(ask, choose) {
    this.ask = ask;
    this.choose = choose;
    this.list = h("ol", { class: "rl-set-history" });
    this.said = h("p", { class: "rl-set-said", role: "status" });
    this.picker = h("input", { type: "file", accept: ".toml,text/plain", class: "rl-sr", tabindex: "-1", "aria-hidden": "true", on: { change: () => this.picked() } });
    this.would = h("ul", { class: "rl-set-would" });
    this.why = h("input", { class: "rl-input", type: "text", placeholder: "Reason (optional)", "aria-label": "Reason for the import", maxlength: 1000 });
    this.apply = h("button", { type: "button", class: "rl-button rl-primary", on: { click: () => this.take() } }, "Take over");
    this.drop = h("button", { type: "button", class: "rl-button rl-quiet", on: { click: () => this.forget() } }, "Leave it");
    this.confirm = h("div", { class: "rl-set-confirm", hidden: true }, this.would, h("div", { class: "rl-set-tools" }, this.why, this.apply, this.drop));
    this.element = h(
      "div",
      {},
      h("h3", {}, "As a file"),
      h(
        "div",
        { class: "rl-set-tools" },
        h("button", { type: "button", class: "rl-button", on: { click: () => this.export() } }, "Export"),
        h("button", { type: "button", class: "rl-button", on: { click: () => this.picker.click() } }, "Import …"),
        this.picker,
      ),
      this.confirm,
      this.said,
      h("h3", {}, "Changes"),
      this.list,
    );
  }

  update(changes) {
    const key = JSON.stringify(changes);
    if (this.list.dataset.shown === key) return;
    this.list.dataset.shown = key;
    this.list.replaceChildren(...(changes.length ? changes.map((change) => this.change(change)) : [h("li", { class: "rl-none" }, "Nothing was changed yet.")]));
  }

  change(change) {
    const undo = h("button", { type: "button", class: "rl-button rl-quiet", "aria-label": `Undo change ${change.change_id} of ${change.key}`, on: { click: () => this.undo(change) } }, "Undo");
    return h(
      "li",
      {},
      h("div", { class: "rl-set-line" }, h("button", { type: "button", class: "rl-link", on: { click: () => this.choose(change.key) } }, change.key), undo),
      oldAndNew(change),
      h("p", { class: "rl-set-source" }, h("bdi", {}, change.who), ` · ${momentText(change.changed_ns)}`, ...this.reason(change)),
    );
  }

  reason(change) {
    if (change.undoes) return [` · takes change ${change.undoes} back`];
    return change.why ? [" · ", h("bdi", {}, change.why)] : [];
  }

  tell(level, text) {
    this.said.dataset.level = level;
    setText(this.said, text);
  }

  refuse(error) {
    this.tell("error", refusalText(error));
  }

  undo(change) {
    this.ask("settings.undo", { change_id: change.change_id }, (error, result) => {
      if (error) this.refuse(error);
      else this.tell("good", result.changes.length ? `Change ${change.change_id} is taken back.` : "It is so already.");
    });
  }

  export() {
    this.ask("settings.export", {}, (error, result) => {
      if (error) {
        this.refuse(error);
        return;
      }
      const url = URL.createObjectURL(new Blob([result.toml], { type: "text/plain" }));
      h("a", { href: url, download: "restrike-settings.toml" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      this.tell("good", "Written to restrike-settings.toml.");
    });
  }

  async picked() {
    const [file] = this.picker.files;
    this.picker.value = "";
    if (!file) return;
    if (file.size > LARGEST_FILE) {
      this.tell("error", `${file.name} is too large for settings.`);
      return;
    }
    const text = await file.text();
    this.ask("settings.import", { toml: text, dry_run: true }, (error, result) => {
      this.forget();
      if (error) {
        this.tell("error", `${file.name}, ${refusalText(error)}`);
        return;
      }
      const would = Object.entries(result.would);
      if (!would.length) {
        this.tell("good", `${file.name} says nothing that is not so already.`);
        return;
      }
      this.toml = text;
      this.tell("", `${file.name} would change:`);
      this.would.replaceChildren(...would.map(([key, value]) => h("li", {}, h("code", {}, key), " → ", h("b", { dir: "auto" }, valueText(value)))));
      this.confirm.hidden = false;
      this.apply.focus();
    });
  }

  take() {
    this.ask("settings.import", { toml: this.toml, why: this.why.value.trim() }, (error, result) => {
      if (error) {
        this.refuse(error);
        return;
      }
      this.forget();
      this.tell("good", `${result.changes.length === 1 ? "1 setting is" : `${result.changes.length} settings are`} taken over.`);
    });
  }

  forget() {
    this.toml = "";
    this.why.value = "";
    this.confirm.hidden = true;
    this.tell("", "");
  }
}
