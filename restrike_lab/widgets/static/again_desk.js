// The protocol version of each court, and the past recognized anew by the rules and definitions as they are now.

import { count, h, plural, setText } from "./dom.js";
import { block } from "./panel.js";
import { momentText } from "./unknown_list.js";

/** A field for a reason and the button that needs one. `decide(why)` is called with what was typed. */
export class ReasonForm {
  constructor(label, button, decide) {
    this.why = h("input", { type: "text", class: "rl-input rl-why", placeholder: "Why? (is kept)", "aria-label": label, autocomplete: "off", on: { input: () => this.ready() } });
    this.button = h("button", { type: "submit", class: "rl-button rl-primary" }, button);
    this.element = h("form", { class: "rl-rule-tools", hidden: true, on: { submit: (event) => this.submit(event, decide) } }, this.why, this.button);
    this.busy = false;
    this.ready();
  }

  /** Ask for a reason, or no longer. */
  ask(wanted) {
    this.element.hidden = !wanted;
    if (!wanted) this.why.value = "";
    this.ready();
  }

  ready() {
    this.button.disabled = this.busy || !this.why.value.trim();
  }

  submit(event, decide) {
    event.preventDefault();
    if (!this.button.disabled) decide(this.why.value.trim());
  }
}

/** `ask(type, content, done)` sends a question to the kernel. */
export class AgainDesk {
  constructor(ask) {
    this.ask = ask;
    this.courts = h("ul", { class: "rl-court-versions" });
    this.courtSaid = h("p", { role: "status" });
    this.look = h("button", { type: "button", class: "rl-button", on: { click: () => this.tryOut() } }, "What would change?");
    this.apply = new ReasonForm("Reason for recognizing anew", "Apply", (why) => this.applied(why));
    this.result = h("div", { class: "rl-tried", role: "status" });
    this.back = new ReasonForm("Reason for taking a run back", "Take back", (why) => this.undone(why));
    this.runs = h("ul", { class: "rl-runs" });
    this.caches = h("dl", { class: "rl-facts" });
    this.element = h(
      "div",
      {},
      block("Protocol version by court", this.courts, this.courtSaid),
      block("The past, recognized anew", h("p", { class: "rl-none" }, "Rules and definitions count from the next event on. This runs them over everything stored."), h("div", { class: "rl-rule-tools rl-look" }, this.look), this.apply.element, this.result),
      block("Runs so far", this.back.element, this.runs),
      block("Remembered, not worked out again", this.caches),
    );
  }

  update({ courts, versions, runs }) {
    const known = JSON.stringify([courts, versions]);
    if (known !== this.known) {
      this.known = known;
      this.courts.replaceChildren(...courts.map((each) => this.courtItem(each, versions)));
    }
    const shown = JSON.stringify(runs);
    if (shown === this.shown) return;
    this.shown = shown;
    this.runs.replaceChildren(...(runs.length ? runs.map((run) => this.runItem(run)) : [h("li", { class: "rl-none" }, "None.")]));
  }

  /** Show of each cache that was asked how often it knew the answer. */
  remember(caches) {
    const asked = Object.entries(caches).filter(([, each]) => each.rate !== null);
    const facts = asked.flatMap(([name, each]) => [h("dt", {}, name), h("dd", {}, `${(each.rate * 100).toFixed(1)} % of ${count(each.looked_up)}`)]);
    this.caches.replaceChildren(...(facts.length ? facts : [h("dd", { class: "rl-none" }, "Nothing was asked yet.")]));
  }

  courtItem({ court, version }, versions) {
    const select = h("select", { class: "rl-select", "aria-label": `Protocol version of court ${court}` }, ...versions.map((each) => h("option", { value: each }, each)));
    const change = new ReasonForm(`Reason for judging court ${court} by another version`, "Judge by it", (why) => {
      this.ask("court", { court, version: select.value, why }, (answer) => say(this.courtSaid, answer, `Court ${court} is judged by ${select.value} from the next event on.`));
    });
    select.value = version;
    select.addEventListener("change", () => change.ask(select.value !== version));
    return h("li", {}, h("span", { "aria-hidden": "true" }, `Court ${court}`), select, change.element);
  }

  runItem(run) {
    const gone = run.undone_by !== null;
    const what = run.undoes !== null ? `took run ${run.undoes} back` : `${plural(run.events, "event")} changed`;
    const undo = gone || run.undoes !== null ? null : h("button", { type: "button", class: "rl-link", "aria-label": `Undo run ${run.run_id}`, on: { click: () => this.choose(run.run_id) } }, "Undo");
    return h("li", { data: { gone: String(gone) } }, h("span", {}, h("b", {}, `Run ${run.run_id}`), `: ${what}${gone ? `, taken back by run ${run.undone_by}` : ""}. `, h("i", { dir: "auto" }, run.why)), h("span", { class: "rl-none" }, `${momentText(run.applied_ns)} · ${run.who}`), undo);
  }

  tryOut() {
    this.busy(true, "Looking at everything stored …");
    this.ask("try", {}, (answer) => {
      this.busy(false);
      this.apply.ask(Boolean(answer.ok && answer.difference.differs));
      if (!answer.ok) {
        this.told(answer, "");
        return;
      }
      const { changed, events, differs, text } = answer.difference;
      const what = changed ? `${count(changed)} of ${plural(events, "event")} would change.` : differs ? "No event would change, but what follows from them." : "Nothing would change.";
      this.result.replaceChildren(h("p", {}, h("strong", {}, what)), differs ? h("pre", { tabindex: "0", "aria-label": "What would change" }, text) : "");
    });
  }

  applied(why) {
    this.busy(true, "Recognizing everything stored anew …");
    this.ask("apply", { why }, (answer) => {
      this.busy(false);
      if (answer.ok) this.apply.ask(false);
      this.told(answer, answer.ok ? `${plural(answer.difference.changed, "event")} changed.` : "");
    });
  }

  /** Ask for the reason to take a run back. */
  choose(runId) {
    this.chosen = runId;
    setText(this.back.button, `Take run ${runId} back`);
    this.back.ask(true);
    this.back.why.focus();
  }

  undone(why) {
    const runId = this.chosen;
    this.busy(true, `Taking run ${runId} back …`);
    this.ask("undo", { run_id: runId, why }, (answer) => {
      this.busy(false);
      if (answer.ok) this.back.ask(false);
      this.told(answer, `Run ${runId} was taken back.`);
    });
  }

  told(answer, text) {
    const said = h("p", {});
    say(said, answer, text);
    this.result.replaceChildren(said);
  }

  busy(busy, text) {
    this.look.disabled = this.apply.busy = this.back.busy = busy;
    this.apply.ready();
    this.back.ready();
    if (text) setText(this.result, text);
  }
}

/** Say in a paragraph what was done, or why not. */
export function say(element, answer, text) {
  element.className = answer.ok ? "rl-done" : "rl-refused";
  setText(element, answer.ok ? text : [answer.error.message, answer.error.hint].filter(Boolean).join(" "));
}
