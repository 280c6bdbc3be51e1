// OBS at a glance. One card per instance, kept in place while its contents change; below, what automation does.

import { h } from "./dom.js";
import { ObsCard, linkWord } from "./obs_card.js";
import { ObsForm } from "./obs_form.js";
import { ObsRulesBlock } from "./obs_rules.js";
import { obsSourceOf } from "./obs_source.js";
import { Panel } from "./panel.js";
import { panelModule } from "./source.js";

class ObsView {
  constructor(model, host) {
    this.source = obsSourceOf(model);
    this.cards = new Map();
    this.list = h("div", { class: "rl-obs-cards" });
    this.none = h("p", { class: "rl-none" }, "No OBS yet. Switch its WebSocket server on (Tools > WebSocket Server Settings), give it a password, and take it in:");
    this.form = new ObsForm(this.source, null);
    this.rules = new ObsRulesBlock(this.source, (error) => this.panel.say("error", error.message));
    this.panel = new Panel(host, model, this.source.link, { name: "rl-obs", title: "OBS", fold: () => this.update() });
    this.panel.body.append(h("div", { class: "rl-scroll rl-obs-body", tabindex: "-1" }, this.none, this.list, this.form.element, this.rules.element));
    this.source.views.add(this);
    this.endings = [this.source.link.watch()];
    this.timer = setInterval(() => this.tick(), 1000);
    this.update();
  }

  update() {
    const instances = this.source.obs?.instances ?? [];
    const automation = this.source.obs?.automation ?? null;
    if (!this.panel) return; // the panel says its state while it is being made
    this.summarize(instances, automation);
    if (!this.panel.open) return;
    this.none.hidden = instances.length > 0 || !this.source.obs;
    if (!instances.length && this.source.obs && !this.offered) this.form.element.open = this.offered = true;
    const names = new Set(instances.map((each) => each.name));
    for (const [name, card] of this.cards) {
      if (names.has(name)) continue;
      card.element.remove();
      this.cards.delete(name);
    }
    for (const each of instances) {
      if (!this.cards.has(each.name)) {
        this.cards.set(each.name, new ObsCard(this.source, each.name));
        this.list.append(this.cards.get(each.name).element);
      }
      this.cards.get(each.name).update(each);
    }
    this.rules.element.hidden = automation === null;
    if (automation) this.rules.update(automation);
  }

  summarize(instances, automation) {
    if (!instances.length) return this.panel.say("", this.source.obs ? "none set up" : "");
    const bad = instances.filter((each) => linkWord(each)[0] === "error");
    const parts = instances.map((each) => `${each.name} ${each.connected ? `${each.scene ?? "–"}${each.recording ? " ● rec" : ""}` : linkWord(each)[1]}`);
    if (automation?.paused) parts.push("automation paused");
    return this.panel.say(bad.length ? "error" : "good", parts.join(" · "));
  }

  tick() {
    if (this.panel.open) for (const card of this.cards.values()) card.tick();
  }

  close() {
    clearInterval(this.timer);
    this.source.views.delete(this);
    for (const end of this.endings) end();
    this.panel.close();
  }
}

export default panelModule(ObsView, obsSourceOf);
