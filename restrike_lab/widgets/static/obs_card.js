// One OBS: how it is, and everything a person may want of it in the middle of a bout.

import { h, setAttr, setText } from "./dom.js";
import { ObsForm } from "./obs_form.js";
import { obsButton, obsProblem } from "./obs_source.js";

const DISK_LOW_MB = 5000;
const CPU_HIGH_PERCENT = 80;

/** Return how an instance is: a level for its colour, and a word. */
export function linkWord(each) {
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

/** Return who and where it is: versions and protocol while it is connected, else the address. */
function versionText(each) {
  const place = `${each.host}:${each.port}`;
  const version = each.connected ? `OBS ${each.obs_version ?? "?"}, obs-websocket ${each.websocket_version ?? "?"} (${each.protocol})` : place;
  return [version, each.role].filter(Boolean).join(" · ");
}

/** Return what of OBS's figures a person must know, with a mark on what is bad. */
function obsFigures(each) {
  const parts = [];
  if (!each.connected) return parts;
  if (each.frames_skipped !== null) parts.push([`${each.frames_skipped} dropped`, each.frames_skipped > 0]);
  if (each.disk_free_mb !== null) parts.push([`${(each.disk_free_mb / 1000).toFixed(0)} GB left`, each.disk_free_mb < DISK_LOW_MB]);
  if (each.cpu_percent !== null) parts.push([`CPU ${each.cpu_percent.toFixed(0)} %`, each.cpu_percent > CPU_HIGH_PERCENT]);
  if (each.fps !== null) parts.push([`${each.fps.toFixed(0)} fps`, false]);
  return parts;
}

export class ObsCard {
  constructor(source, name) {
    this.source = source;
    this.name = name;
    this.refusal = null;
    this.state = h("span", { class: "rl-obs-state" });
    this.version = h("span", { class: "rl-obs-version" });
    this.figures = h("span", { class: "rl-obs-figures" });
    this.scenes = h("div", { class: "rl-obs-scenes", role: "group", "aria-label": `Scenes of ${name}` });
    this.record = obsButton("rl-obs-record", "Record", () => this.toggle("recording", "record.start", "record.stop"));
    this.pause = obsButton("", "Pause", () => this.toggle("paused", "record.pause", "record.resume"));
    this.replay = obsButton("", "", () => this.toggle("replaying", "replay.start", "replay.stop"));
    this.save = obsButton("", "Save replay", () => this.act("replay.save"));
    this.stream = obsButton("rl-obs-stream", "", () => this.toggle("streaming", "stream.start", "stream.stop"));
    this.again = obsButton("", "Connect now", () => this.act("reconnect"));
    this.time = h("span", { class: "rl-obs-time" });
    this.work = h("div", { class: "rl-obs-work" }, this.record, this.pause, this.time, this.replay, this.save, this.stream);
    this.problem = h("p", { class: "rl-obs-problem", role: "status" });
    this.hiddenItems = h("span", { class: "rl-obs-count" });
    this.items = h("div", { class: "rl-obs-items" });
    this.folded = h("details", { class: "rl-folding" }, h("summary", {}, "Items ", this.hiddenItems), this.items);
    this.form = new ObsForm(source, name);
    this.element = h(
      "section",
      { class: "rl-obs-card", "aria-label": `OBS ${name}` },
      h("header", {}, h("b", { dir: "auto" }, name), this.state, this.version, h("span", { class: "rl-grow" }), this.figures),
      this.problem,
      this.scenes,
      h("div", { class: "rl-obs-work" }, this.again),
      this.work,
      this.makeStudio(),
      this.folded,
      this.form.element,
    );
  }

  makeStudio() {
    this.studio = obsButton("", "Studio mode", () => this.act("studio", { enabled: !this.each.studio_mode }));
    this.preview = h("select", { class: "rl-select", on: { change: () => this.act("preview", { scene: this.preview.value }) } });
    this.transition = h("select", { class: "rl-select", on: { focus: () => this.askTransitions(), change: () => this.act("transition", { name: this.transition.value }) } });
    this.take = obsButton("rl-primary", "Take", () => this.act("take"));
    this.ofStudio = h("span", { class: "rl-obs-of-studio" }, h("label", {}, "Preview ", this.preview), h("label", {}, "Transition ", this.transition), this.take);
    this.studioRow = h("div", { class: "rl-obs-work" }, this.studio, this.ofStudio);
    return this.studioRow;
  }

  toggle(state, begin, end) {
    this.act(this.each[state] ? end : begin);
  }

  act(request, args = {}, done = () => {}) {
    setAttr(this.element, "aria-busy", "true");
    this.source.ask("obs.do", { name: this.name, request, args }, (error, result) => {
      setAttr(this.element, "aria-busy", null);
      this.refusal = error;
      this.tell();
      if (!error) done(result);
      this.update(this.each); // what was refused must not look done
    });
  }

  askTransitions() {
    this.source.ask("obs.do", { name: this.name, request: "transitions", args: {} }, (error, known) => {
      if (!error) this.fillSelect(this.transition, known.names, known.current);
    });
  }

  fillSelect(select, names, current) {
    const key = JSON.stringify(names);
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
    }
    if (select.value !== current) select.value = current;
  }

  update(each) {
    const wasStudio = this.each?.studio_mode && this.each.connected;
    this.each = each;
    const [level, word] = linkWord(each);
    this.element.dataset.level = level;
    setText(this.state, word);
    setText(this.version, versionText(each));
    this.figures.replaceChildren(...obsFigures(each).map(([text, bad]) => h("span", { class: bad ? "is-bad" : "" }, text)));
    this.scenes.hidden = this.work.hidden = this.studioRow.hidden = this.folded.hidden = !each.connected;
    this.again.hidden = each.connected || !each.enabled;
    this.updateScenes(each);
    this.updateItems(each);
    this.updateOutputs(each);
    setAttr(this.studio, "aria-pressed", String(each.studio_mode === true));
    this.ofStudio.hidden = !each.studio_mode;
    if (each.studio_mode) this.fillSelect(this.preview, each.scenes, each.preview);
    if (each.studio_mode && each.connected && !wasStudio) this.askTransitions();
    this.form.update(each);
    this.tick();
    this.tell();
  }

  updateOutputs(each) {
    setText(this.record, each.recording ? "Stop recording" : "Record");
    setAttr(this.record, "aria-pressed", String(each.recording));
    setText(this.pause, each.paused ? "Resume" : "Pause");
    this.pause.hidden = !each.recording;
    setText(this.replay, each.replaying ? "Replay buffer on" : "Start replay buffer");
    setAttr(this.replay, "aria-pressed", String(each.replaying));
    this.save.hidden = !each.replaying;
    setText(this.stream, each.streaming ? "Streaming" : "Stream");
    setAttr(this.stream, "aria-pressed", String(each.streaming));
  }

  updateScenes(each) {
    const key = JSON.stringify(each.scenes);
    if (this.scenes.dataset.key !== key) {
      this.scenes.dataset.key = key;
      const button = (scene) => h("button", { type: "button", class: "rl-button", dir: "auto", title: scene, data: { scene }, on: { click: () => this.act("scene", { scene }) } }, scene);
      this.scenes.replaceChildren(...each.scenes.map(button));
    }
    for (const button of this.scenes.children) setAttr(button, "aria-pressed", String(button.dataset.scene === each.scene));
  }

  updateItems(each) {
    const all = Object.entries(each.items);
    const unseen = all.flatMap(([, items]) => items).filter((item) => item.visible === false).length;
    setText(this.hiddenItems, unseen ? `${unseen} hidden` : "all shown");
    const key = JSON.stringify(all.map(([scene, items]) => [scene, items.map((item) => item.name)]));
    if (this.items.dataset.key !== key) {
      this.items.dataset.key = key;
      this.items.replaceChildren(...all.map(([scene, items]) => this.itemGroup(scene, items)));
    }
    const shown = all.flatMap(([, items]) => items.map((item) => item.visible === true));
    this.items.querySelectorAll("input").forEach((box, index) => {
      box.checked = shown[index];
    });
  }

  itemGroup(scene, items) {
    const one = (item) => {
      const box = h("input", { type: "checkbox", on: { change: () => this.act("visible", { scene, item: item.name, visible: box.checked }) } });
      return h("label", {}, box, h("span", { dir: "auto" }, item.name));
    };
    return h("fieldset", {}, h("legend", { dir: "auto" }, scene), ...items.map(one));
  }

  tick() {
    const running = this.each.recording ? runningFor(this.each.record_since_ns) || "recording" : "";
    setText(this.time, this.each.paused ? `${running} (paused)` : running);
  }

  /** Say what is wrong: with this page's last click, else with anybody's, else with the connection or the recording. */
  tell() {
    const wrong = this.refusal ?? this.each.last_error ?? (this.each.connected ? this.each.hazard ?? null : this.each.error);
    setText(this.problem, wrong ? obsProblem(wrong) : "");
    this.problem.hidden = !wrong;
  }
}
