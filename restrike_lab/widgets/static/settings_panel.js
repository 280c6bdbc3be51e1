// Settings: by category or found by a word, each with its field; beside them what was changed, and the file.

import { h, plural, setAttr, setText } from "./dom.js";
import { Panel } from "./panel.js";
import { SettingsDesk } from "./settings_desk.js";
import { SettingRow } from "./settings_row.js";
import { Source, panelModule, problemText, sharedBy } from "./source.js";

class SettingsSource extends Source {
  constructor(model) {
    super(model);
    this.state = null;
    this.problem = "";
  }

  take(content) {
    if (content.type === "settings") {
      this.state = content;
      this.problem = "";
    } else if (content.type === "problem") this.problem = problemText(content);
    else return false;
    return true;
  }
}

const settingsOf = sharedBy(SettingsSource);

class SettingsView {
  constructor(model, host) {
    this.source = settingsOf(model);
    this.rows = new Map();
    this.chosen = "";
    const ask = (command, args, done) => this.source.ask(command, args, done);
    this.newRow = (setting) => new SettingRow(setting, ask);
    this.desk = new SettingsDesk(ask, (key) => this.show(key));
    this.search = h("input", { type: "search", class: "rl-search", placeholder: "Find a setting", "aria-label": "Find a setting", on: { input: () => this.arrange() } });
    this.tabs = h("ul", { class: "rl-set-categories" });
    this.about = h("h3", { class: "rl-set-about" });
    this.note = h("p", { class: "rl-set-note", hidden: true });
    this.list = h("ul", { class: "rl-set-list" });
    this.none = h("p", { class: "rl-none", hidden: true }, "No setting has this in its name or its help.");
    this.empty = h("p", { class: "rl-none rl-set-empty" }, "Reading …");
    const nav = h("nav", { class: "rl-set-nav", "aria-label": "Categories of settings" }, this.search, this.tabs);
    const middle = h("div", { class: "rl-set-middle rl-scroll", tabindex: "0", role: "region", "aria-label": "Settings of this category" }, this.about, this.note, this.none, this.list);
    const right = h("div", { class: "rl-set-desk rl-scroll", tabindex: "0", role: "region", "aria-label": "Changes, and settings as a file" }, this.desk.element);
    this.main = h("div", { class: "rl-set-main", hidden: true }, nav, middle, right);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-settings", title: "Settings", fold: () => {} });
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
    const changed = state.settings.filter((each) => each.source !== "default").length;
    const waiting = state.settings.filter((each) => "next" in each).length;
    const parts = [changed ? `${changed} of ${plural(state.settings.length, "setting")} changed` : `${plural(state.settings.length, "setting")}, all at their default`];
    if (waiting) parts.push(`${waiting} from the next start on`);
    if (!problem) this.panel.say(waiting ? "warning" : "", parts.join(", "));
    for (const setting of state.settings) {
      const row = this.rows.get(setting.key);
      if (row) row.update(setting);
      else this.rows.set(setting.key, this.newRow(setting));
    }
    if (!(this.chosen in state.categories)) [this.chosen] = Object.keys(state.categories);
    this.desk.update(state.changes);
    this.arrange();
  }

  /** Show the settings of the chosen category, or those that fit what is looked for. */
  arrange() {
    const { state } = this.source;
    if (!state) return;
    const wanted = this.search.value.trim().toLowerCase();
    const fits = (each) => (wanted ? `${each.key} ${each.help}`.toLowerCase().includes(wanted) : each.category === this.chosen);
    const shown = state.settings.filter(fits).map((each) => this.rows.get(each.key).element);
    if (shown.length !== this.list.children.length || shown.some((element, at) => this.list.children[at] !== element)) this.list.replaceChildren(...shown);
    this.none.hidden = shown.length > 0;
    setText(this.about, wanted ? `Settings with “${this.search.value.trim()}”` : state.categories[this.chosen]);
    const note = wanted ? "" : (state.notes[this.chosen] ?? "");
    setText(this.note, note);
    this.note.hidden = !note;
    this.drawTabs(state, wanted);
  }

  drawTabs(state, wanted) {
    const key = JSON.stringify([Object.keys(state.categories), state.settings.map((each) => each.source !== "default")]);
    if (this.tabs.dataset.shown !== key) {
      const focused = this.tabs.contains(document.activeElement);
      this.tabs.dataset.shown = key;
      this.tabs.replaceChildren(...Object.keys(state.categories).map((name) => this.tab(name, state.settings)));
      if (focused) this.tabs.querySelector(`[data-category="${this.chosen}"]`)?.focus();
    }
    for (const button of this.tabs.querySelectorAll("button")) setAttr(button, "aria-current", !wanted && button.dataset.category === this.chosen ? "true" : null);
  }

  tab(name, settings) {
    const changed = settings.filter((each) => each.category === name && each.source !== "default").length;
    const words = changed ? h("span", { class: "rl-set-changed", "aria-label": `, ${changed} changed` }, String(changed)) : null;
    return h("li", {}, h("button", { type: "button", data: { category: name }, on: { click: () => this.choose(name) } }, name, words));
  }

  choose(category) {
    this.chosen = category;
    this.search.value = "";
    this.arrange();
  }

  show(key) {
    this.choose(key.split(".")[0]);
    this.rows.get(key)?.element.scrollIntoView({ block: "nearest" });
    this.rows.get(key)?.field.controls[0]?.focus();
  }

  close() {
    this.source.views.delete(this);
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default panelModule(SettingsView, settingsOf);
