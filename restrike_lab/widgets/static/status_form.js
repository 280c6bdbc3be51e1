// The status of an event set by hand, with the reason, which is kept.

import { h, setText } from "./dom.js";

const JUDGEMENTS = ["recognized", "partial", "unknown", "deprecated"];

/** `judge(status, why)` is called when the reader has said both. */
export class StatusForm {
  constructor(judge) {
    this.status = h("select", { class: "rl-select", "aria-label": "Status by hand", on: { change: () => this.ready() } }, ...JUDGEMENTS.map((each) => h("option", { value: each }, each)));
    this.why = h("input", { type: "text", class: "rl-text rl-why", placeholder: "Why? (is kept)", "aria-label": "Reason for the status", autocomplete: "off", on: { input: () => this.ready() } });
    this.button = h("button", { type: "submit", class: "rl-button" }, "Set status");
    this.said = h("p", { class: "rl-judged", role: "status" });
    const submit = (event) => {
      event.preventDefault();
      if (this.button.disabled) return;
      this.button.disabled = true;
      judge(this.status.value, this.why.value.trim());
    };
    this.element = h("form", { class: "rl-judge", on: { submit } }, this.status, this.why, this.button, this.said);
    this.ready();
  }

  /** Show what the event is now; a choice that was begun stays. */
  show(status) {
    if (status !== this.now) this.status.value = this.now = status;
    this.ready();
  }

  reset() {
    this.now = null;
    this.why.value = "";
    setText(this.said, "");
  }

  told(refused) {
    this.said.dataset.refused = String(Boolean(refused));
    setText(this.said, refused ?? "Set; what it was is kept.");
    if (!refused) this.why.value = "";
    this.ready();
  }

  ready() {
    this.button.disabled = !this.why.value.trim() || this.status.value === this.now;
  }
}
