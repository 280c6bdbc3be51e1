// The streams that people defined: seen, shared as one TOML file, taken in from one, dropped.

import { ReasonForm, say } from "./again_desk.js";
import { h, plural, setText } from "./dom.js";
import { block } from "./panel.js";

const SHARED_NAME = "restrike-streams.toml";

/** `ask(type, content, done)` sends a question to the kernel. */
export class StreamDesk {
  constructor(ask) {
    this.ask = ask;
    this.list = h("ul", { class: "rl-own-streams" });
    this.file = h("input", { type: "file", class: "rl-sr", accept: ".toml,application/toml,text/plain", "aria-label": "TOML file with streams", tabindex: "-1", on: { change: () => this.chosen() } });
    this.take = h("button", { type: "button", class: "rl-button", on: { click: () => this.file.click() } }, "Take a file in …");
    this.share = h("button", { type: "button", class: "rl-button", on: { click: () => this.saved() } }, "Save as a file");
    this.put = new ReasonForm("Reason for taking the file in", "Take in", (why) => this.decide("put", { toml: this.text }, why, "counts from the next event on"));
    this.drop = new ReasonForm("Reason for dropping the stream", "Drop", (why) => this.decide("drop", { name: this.dropping }, why, "counts no more; its revisions stay"));
    this.said = h("p", { role: "status" });
    this.element = block("Your streams", this.list, h("div", { class: "rl-rule-tools rl-look" }, this.take, this.share, this.file), this.put.element, this.drop.element, this.said);
  }

  update({ definitions }) {
    const shown = JSON.stringify(definitions);
    if (shown === this.shown) return;
    this.shown = shown;
    this.definitions = definitions;
    this.share.hidden = !definitions.length;
    this.list.replaceChildren(...(definitions.length ? definitions.map((each) => this.item(each)) : [h("li", { class: "rl-none" }, "None. An unknown pattern can be made one, or take a file in.")]));
  }

  item(each) {
    const drop = h("button", { type: "button", class: "rl-link", "aria-label": `Drop ${each.name}`, on: { click: () => this.choose(each.name) } }, "Drop");
    const refused = each.refused ? h("p", { class: "rl-refused" }, `Left out: ${each.refused}`) : null;
    return h("li", {}, h("details", {}, h("summary", {}, h("b", {}, each.name), ` ${each.codes.join(", ")}`), h("p", { class: "rl-none", dir: "auto" }, each.description), h("pre", { tabindex: "0", "aria-label": `Definition of ${each.name}` }, each.toml)), drop, refused);
  }

  choose(name) {
    this.dropping = name;
    setText(this.drop.button, `Drop ${name}`);
    this.put.ask(false);
    this.drop.ask(true);
    this.drop.why.focus();
  }

  async chosen() {
    const [file] = this.file.files;
    if (!file) return;
    this.text = await file.text();
    this.file.value = "";
    this.drop.ask(false);
    this.ask("check", { toml: this.text, source: file.name }, (answer) => {
      this.put.ask(answer.ok);
      say(this.said, answer, answer.ok ? `${file.name} is well formed: ${plural(answer.names.length, "stream")}, ${answer.names.join(", ")}.` : "");
      if (answer.ok) this.put.why.focus();
    });
  }

  decide(type, content, why, what) {
    const form = type === "put" ? this.put : this.drop;
    form.busy = true;
    form.ready();
    this.ask(type, { ...content, why }, (answer) => {
      form.busy = false;
      form.ready();
      if (answer.ok) form.ask(false);
      say(this.said, answer, answer.ok ? `${answer.names.join(", ")} ${what}.` : "");
    });
  }

  saved() {
    const url = URL.createObjectURL(new Blob([this.definitions.map((each) => each.toml.trimEnd()).join("\n\n"), "\n"], { type: "application/toml" }));
    const link = h("a", { href: url, download: SHARED_NAME });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
