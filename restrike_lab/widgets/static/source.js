// What all views of one panel share on a page: the line to the kernel, and the questions under way.

import { Link } from "./link.js";

/** A panel's source keeps what the kernel said last in `take`, and its views are drawn anew from it. */
export class Source {
  constructor(model) {
    this.model = model;
    this.views = new Set();
    this.waiting = new Map();
    this.number = 0;
    this.link = new Link(model);
    this.link.join({ message: (content, buffers) => this.heard(content, buffers) });
  }

  heard(content, buffers) {
    if (content.type === "answer") {
      this.waiting.get(content.number)?.(content);
      this.waiting.delete(content.number);
    } else if (this.take(content, buffers)) for (const view of this.views) view.update();
  }

  /** Send a question; `done(answer)` is called with what comes back. */
  question(message, done) {
    this.number += 1;
    this.waiting.set(this.number, done);
    this.link.send({ ...message, number: this.number });
  }

  /** Ask the hub for something; `done(error, result)` is called with null, or {message, hint} and nothing. */
  ask(command, args, done) {
    this.question({ type: "ask", command, args }, (answer) => done(answer.error, answer.result));
  }
}

/** Return a problem that the kernel tells of, with the way out behind it. */
export function problemText({ text, hint }) {
  return [text, hint].filter(Boolean).join(" ");
}

/** Return a function that gives each model the one source of its own. */
export function sharedBy(Shared) {
  const held = new WeakMap();
  return (model) => {
    if (!held.has(model)) held.set(model, new Shared(model));
    return held.get(model);
  };
}

/** Return what the module of a panel exports: `View` is made for each place it is shown at. */
export function panelModule(View, sourceOf) {
  return {
    initialize({ model }) {
      const source = sourceOf?.(model);
      return () => source?.link.close();
    },
    render({ model, el }) {
      const view = new View(model, el);
      return () => view.close();
    },
  };
}
