// What all views of one OBS panel share on a page: the line to the kernel, the picture and the questions under way.

import { h, setText } from "./dom.js";
import { Link } from "./link.js";

const obsSources = new WeakMap();

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
      this.waiting.get(content.number)?.(content.error, content.result);
      this.waiting.delete(content.number);
    }
  }

  /** Ask the hub for something; `done(error, result)` is called with null, or {message, hint} and nothing. */
  ask(command, args, done) {
    this.number += 1;
    this.waiting.set(this.number, done);
    this.link.send({ type: "ask", number: this.number, command, args });
  }
}

export function obsSourceOf(model) {
  if (!obsSources.has(model)) obsSources.set(model, new ObsSource(model));
  return obsSources.get(model);
}

/** Return a button. */
export function obsButton(extra, text, click) {
  return h("button", { type: "button", class: `rl-button ${extra}`, on: { click } }, text);
}

/** Return an error with its way out as one text. */
export function obsProblem(error) {
  return [error.message, error.hint].filter(Boolean).join(" — ");
}

/** Show what came of something in a line for it: `level` is good, error or nothing. */
export function obsSay(line, level, text) {
  line.dataset.level = level;
  line.hidden = !text;
  setText(line, text);
}
