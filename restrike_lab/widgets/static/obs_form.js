// Where an OBS listens and how to get in: the form for one that is kept, and for one that is to be.

import { h, setAttr, setText } from "./dom.js";
import { obsButton, obsProblem, obsSay } from "./obs_source.js";

const SURE_MS = 4000;

/** Return what a person reads of a trial. */
function trialText(trial) {
  if (trial.ok) return `It answers: OBS ${trial.obs_version}, obs-websocket ${trial.websocket_version} (${trial.protocol}).`;
  return obsProblem(trial.error);
}

/** `name` is that of the instance, null for one that is to be taken in. */
export class ObsForm {
  constructor(source, name) {
    this.source = source;
    this.name = name;
    this.given = name === null ? this.field("Name", { type: "text", required: true, maxlength: 64, placeholder: "ring1" }) : null;
    this.host = this.field("Host", { type: "text", required: true, value: "127.0.0.1" });
    this.port = this.field("Port", { type: "number", required: true, min: 1, max: 65535, value: 4455 });
    this.password = this.field("Password", { type: "password", autocomplete: "new-password" });
    this.role = this.field("Role", { type: "text", placeholder: "what it is there for" });
    this.said = h("p", { class: "rl-obs-said", role: "status", hidden: true });
    this.test = obsButton("", "Test", () => this.tryIt());
    const save = h("button", { type: "submit", class: "rl-button rl-primary" }, name === null ? "Take in" : "Save");
    const tools = h("div", { class: "rl-obs-work" }, save, this.test);
    if (name !== null) {
      this.enable = obsButton("", "Switch off", () => this.ask("obs.enable", { name, enabled: !this.each.enabled }, ""));
      this.remove = obsButton("", "Remove", () => this.removeIt());
      tools.append(this.enable, this.remove);
    }
    const fields = [this.given, this.host, this.port, this.password, this.role].filter(Boolean);
    this.form = h("form", { class: "rl-obs-form", autocomplete: "off", on: { submit: (event) => this.save(event) } }, ...fields.map((each) => each.label), tools, this.said);
    this.title = h("summary", {}, name === null ? "Take an OBS in" : "Settings");
    this.element = h("details", { class: "rl-folding rl-obs-settings", on: { toggle: () => this.fill() } }, this.title, this.form);
  }

  field(name, props) {
    const control = h("input", { class: "rl-input", autocomplete: "off", spellcheck: "false", ...props });
    return { control, label: h("label", {}, h("span", {}, name), control) };
  }

  update(each) {
    this.each = each;
    setText(this.enable, each.enabled ? "Switch off" : "Switch on");
    setAttr(this.password.control, "placeholder", each.password ? "kept, not shown" : "none");
  }

  /** Put what is kept into the fields; they are the reader's while they are open. */
  fill() {
    if (!this.element.open || !this.each) return;
    this.host.control.value = this.each.host;
    this.port.control.value = this.each.port;
    this.role.control.value = this.each.role;
    this.password.control.value = "";
    obsSay(this.said, "", "");
  }

  settings() {
    const settings = { host: this.host.control.value.trim(), port: Number(this.port.control.value), role: this.role.control.value.trim() };
    if (this.password.control.value) settings.password = this.password.control.value;
    return settings;
  }

  tryIt() {
    if (!this.form.reportValidity()) return;
    const name = this.name === null ? {} : { name: this.name };
    obsSay(this.said, "", "Trying …");
    this.ask("obs.test", { ...name, ...this.settings() }, (trial) => obsSay(this.said, trial.ok ? "good" : "error", trialText(trial)));
  }

  save(event) {
    event.preventDefault();
    const taken = this.name === null;
    const name = taken ? this.given.control.value.trim() : this.name;
    this.ask(taken ? "obs.add" : "obs.change", { name, ...this.settings() }, taken ? `${name} is taken in.` : "Saved.", () => {
      this.password.control.value = "";
      if (taken) this.given.control.value = "";
    });
  }

  removeIt() {
    if (this.sure) {
      clearTimeout(this.sure);
      this.sure = null;
      setText(this.remove, "Remove");
      this.ask("obs.remove", { name: this.name }, "");
      return;
    }
    setText(this.remove, "Really remove?");
    this.sure = setTimeout(() => {
      this.sure = null;
      setText(this.remove, "Remove");
    }, SURE_MS);
  }

  /** Ask; say what came of it: `good` is what to say, or what to do with the result. */
  ask(command, args, good, then = () => {}) {
    setAttr(this.form, "aria-busy", "true");
    this.source.ask(command, args, (error, result) => {
      setAttr(this.form, "aria-busy", null);
      if (error) return obsSay(this.said, "error", obsProblem(error));
      then();
      return typeof good === "function" ? good(result) : obsSay(this.said, "good", good);
    });
  }
}
