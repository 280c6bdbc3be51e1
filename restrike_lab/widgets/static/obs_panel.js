// OBS at a glance. One card per instance, kept in place while its contents change; below, what automation does.

import { h, setAttr, setText } from "./dom.js";
import { Link } from "./link.js";
import { Panel, block } from "./panel.js";

const FIRINGS_SHOWN = 8;
const DISK_LOW_MB = 5000;

const obsLines = new WeakMap();

/** The part all views of one panel share on this page: the line, the picture and the questions under way. */
class ObsSource {
  constructor(model) {
    this.obs = null;
    this.views = new Set();
    this.waiting = new Map();
    this.number = 0;
    this.link = new Link(model);
    this.link.join({ message: (content) => this.message(content) });
  }

  message(content) {
    if (content.type === "obs") {
      this.obs = content.obs ?? {};
      for (const view of this.views) view.update();
    } else if (content.type === "answer") {
      this.waiting.get(content.number)?.(content.error);
      this.waiting.delete(content.number);
    }
  }

  /** Ask the hub for something; `done(error)` is called with null or {message, hint}. */
  ask(command, args, done) {
    this.number += 1;
    this.waiting.set(this.number, done);
    this.link.send({ type: "ask", number: this.number, command, args });
  }
}

function obsSourceOf(model) {
  if (!obsLines.has(model)) obsLines.set(model, new ObsSource(model));
  return obsLines.get(model);
}

/** Return how an instance is: a level for its colour, and a word. */
function linkWord(each) {
  if (each.connected && !each.responding) return ["error", "does not answer"];
  if (each.connected) return ["good", "connected"];
  if (!each.enabled) return ["off", "switched off"];
  return each.error ? ["error", "not connected"] : ["warning", "connecting"];
}

/** Return h:mm:ss since a moment in ns since 1970. */
function runningFor(sinceNs) {
  if (!sinceNs) return "";
  const seconds = Math.max(0, Math.floor(Date.now() / 1000 - sinceNs / 1e9));
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Return what of OBS's figures a person must know, with a mark on what is bad. */
function figures(each) {
  const parts = [];
  if (each.frames_skipped !== null) parts.push([`${each.frames_skipped} dropped`, each.frames_skipped > 0]);
  if (each.disk_free_mb !== null) parts.push([`${(each.disk_free_mb / 1000).toFixed(0)} GB left`, each.disk_free_mb < DISK_LOW_MB]);
  if (each.cpu_percent !== null) parts.push([`CPU ${each.cpu_percent.toFixed(0)} %`, each.cpu_percent > 80]);
  if (each.fps !== null) parts.push([`${each.fps.toFixed(0)} fps`, false]);
  return parts;
}

/** One instance. */
class ObsCard {
  constructor(source, name) {
    this.source = source;
    this.name = name;
    this.refusal = null;
    this.state = h("span", { class: "rl-obs-state" });
    this.version = h("span", { class: "rl-obs-version" });
    this.figures = h("span", { class: "rl-obs-figures" });
    this.scenes = h("div", { class: "rl-obs-scenes", role: "group", "aria-label": `Scenes of ${name}` });
    this.record = this.button("rl-obs-record", () => this.toggle("recording", "record.start", "record.stop"));
    this.pause = this.button("", () => this.toggle("paused", "record.pause", "record.resume"));
    this.replay = this.button("", () => this.toggle("replaying", "replay.start", "replay.stop"));
    this.save = this.button("", () => this.act("replay.save"));
    this.again = this.button("", () => this.act("reconnect"));
    setText(this.save, "Save replay");
    setText(this.again, "Connect now");
    this.time = h("span", { class: "rl-obs-time" });
    this.problem = h("p", { class: "rl-obs-problem", role: "status" });
    this.work = h("div", { class: "rl-obs-work" }, this.record, this.pause, this.time, this.replay, this.save);
    this.element = h(
      "section",
      { class: "rl-obs-card", "aria-label": `OBS ${name}` },
      h("header", {}, h("b", { dir: "auto" }, name), this.state, this.version, h("span", { class: "rl-grow" }), this.figures),
      this.scenes,
      h("div", { class: "rl-obs-work" }, this.again),
      this.work,
      this.problem,
    );
  }

  button(extra, click) {
    return h("button", { type: "button", class: `rl-button ${extra}`, on: { click } });
  }

  toggle(state, begin, end) {
    this.act(this.each[state] ? end : begin);
  }

  act(request, args = {}) {
    setAttr(this.element, "aria-busy", "true");
    this.source.ask("obs.do", { name: this.name, request, args }, (error) => {
      setAttr(this.element, "aria-busy", null);
      this.refusal = error;
      this.tell();
    });
  }

  update(each) {
    this.each = each;
    const [level, word] = linkWord(each);
    this.element.dataset.level = level;
    setText(this.state, word);
    setText(this.version, each.connected ? `OBS ${each.obs_version ?? "?"} · ${each.protocol}${each.role ? ` · ${each.role}` : ""}` : `${each.host}:${each.port}`);
    this.figures.replaceChildren(...figures(each).map(([text, bad]) => h("span", { class: bad ? "is-bad" : "" }, text)));
    this.scenes.hidden = this.work.hidden = !each.connected;
    this.again.hidden = each.connected || !each.enabled;
    this.updateScenes(each);
    setText(this.record, each.recording ? "Stop recording" : "Record");
    setAttr(this.record, "aria-pressed", String(each.recording));
    setText(this.pause, each.paused ? "Resume" : "Pause");
    this.pause.hidden = !each.recording;
    setText(this.replay, each.replaying ? "Replay buffer on" : "Start replay buffer");
    setAttr(this.replay, "aria-pressed", String(each.replaying));
    this.save.hidden = !each.replaying;
    this.tick();
    this.tell();
  }

  updateScenes(each) {
    const key = JSON.stringify(each.scenes);
    if (this.scenes.dataset.key !== key) {
      this.scenes.dataset.key = key;
      this.scenes.replaceChildren(
        ...each.scenes.map((scene) => h("button", { type: "button", class: "rl-button", dir: "auto", title: scene, data: { scene }, on: { click: () => this.act("scene", { scene }) } }, scene)),
      );
    }
    for (const button of this.scenes.children) setAttr(button, "aria-pressed", String(button.dataset.scene === each.scene));
  }

  tick() {
    const running = this.each.recording ? runningFor(this.each.record_since_ns) || "recording" : "";
    setText(this.time, this.each.paused ? `${running} (paused)` : running);
  }

  /** Say what is wrong: with this page's last click, else with anybody's, else with the connection. */
  tell() {
    const wrong = this.refusal ?? this.each.last_error ?? (this.each.connected ? null : this.each.error);
    setText(this.problem, wrong ? [wrong.message, wrong.hint].filter(Boolean).join(" — ") : "");
    this.problem.hidden = !wrong;
  }
}

class ObsView {
  constructor(model, host) {
    this.source = obsSourceOf(model);
    this.cards = new Map();
    this.list = h("div", { class: "rl-obs-cards" });
    this.none = h("p", { class: "rl-none" }, "No OBS yet. Take one in: restrike-lab obs add ring1 4455, or lab.obs.add(\"ring1\", port=4455, password=…).");
    this.paused = h("button", { type: "button", class: "rl-button", on: { click: () => this.pause() } });
    this.rules = h("div", { class: "rl-obs-rules" });
    this.did = h("ol", { class: "rl-obs-did" });
    this.automation = block("Automation", h("div", { class: "rl-obs-work" }, this.paused), this.rules, h("h3", {}, "What it did"), this.did);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-obs", title: "OBS", fold: () => this.update() });
    this.panel.body.append(h("div", { class: "rl-scroll rl-obs-body" }, this.none, this.list, this.automation));
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
    this.none.hidden = instances.length > 0;
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
    this.automation.hidden = automation === null;
    if (automation) this.updateAutomation(automation);
  }

  summarize(instances, automation) {
    if (!instances.length) return this.panel.say("", this.source.obs ? "none set up" : "");
    const bad = instances.filter((each) => linkWord(each)[0] === "error");
    const parts = instances.map((each) => `${each.name} ${each.connected ? `${each.scene ?? "–"}${each.recording ? " ● rec" : ""}` : linkWord(each)[1]}`);
    if (automation?.paused) parts.push("automation paused");
    return this.panel.say(bad.length ? "error" : "good", parts.join(" · "));
  }

  updateAutomation(automation) {
    setText(this.paused, automation.paused ? "Automation is paused: let it go on" : "Pause all rules");
    setAttr(this.paused, "aria-pressed", String(automation.paused));
    this.isPaused = automation.paused;
    const key = JSON.stringify(automation.rules);
    if (this.rules.dataset.key !== key) {
      this.rules.dataset.key = key;
      this.rules.replaceChildren(...automation.rules.map((rule) => this.rule(rule)));
    }
    const newest = automation.firings.slice(-FIRINGS_SHOWN).reverse();
    this.did.replaceChildren(...(newest.length ? newest.map((each) => this.firing(each)) : [h("li", { class: "rl-none" }, "Nothing yet.")]));
  }

  rule(rule) {
    const box = h("input", { type: "checkbox", checked: rule.enabled, on: { change: () => this.switchRule(rule.name, box.checked) } });
    return h("label", { title: rule.name }, box, h("span", { dir: "auto" }, rule.help || rule.name));
  }

  firing(each) {
    const time = new Date(each.at).toLocaleTimeString();
    const what = `${each.instance}: ${each.request}${each.args.scene ? ` ${each.args.scene}` : ""}`;
    return h(
      "li",
      { data: { outcome: each.outcome } },
      h("time", {}, time),
      h("b", {}, each.outcome),
      h("span", { dir: "auto" }, what),
      h("span", { class: "rl-obs-why", dir: "auto" }, [each.event, each.result].filter(Boolean).join(" → ")),
    );
  }

  switchRule(name, enabled) {
    this.source.ask("obs.rule.switch", { names: [name], enabled }, (error) => {
      if (!error) return;
      this.rules.dataset.key = ""; // draw the boxes as the hub has them
      this.update();
      this.panel.say("error", error.message);
    });
  }

  pause() {
    this.source.ask("obs.pause", { paused: !this.isPaused }, (error) => error && this.panel.say("error", error.message));
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

export default {
  initialize({ model }) {
    const source = obsSourceOf(model);
    return () => source.link.close();
  },
  render({ model, el }) {
    const view = new ObsView(model, el);
    return () => view.close();
  },
};
