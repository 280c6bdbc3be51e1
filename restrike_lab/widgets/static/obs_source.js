// What all views of one OBS panel share on a page, and the pieces they are made of.

import { h, setText } from "./dom.js";
import { Source, sharedBy } from "./source.js";

class ObsSource extends Source {
  constructor(model) {
    super(model);
    this.obs = null;
  }

  take(content) {
    if (content.type !== "obs") return false;
    this.obs = content.obs ?? {};
    return true;
  }
}

export const obsSourceOf = sharedBy(ObsSource);

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
