// What stands between the reader and the truth, said once per page: a kernel that is silent, a hub that is away.

import { h, setAttr, setText, spanText } from "./dom.js";

/** A strip that shows itself when something is wrong; only the first widget of a page shows one. */
export class Banner {
  constructor(root, link) {
    this.root = root;
    this.text = h("span", { class: "rl-banner-text" });
    this.reload = h("button", { type: "button", class: "rl-button", on: { click: () => window.location.reload() } }, "Reload page");
    this.close = h(
      "button",
      { type: "button", class: "rl-button rl-quiet", "aria-label": "Dismiss", on: { click: () => link.dismiss() } },
      "✕",
    );
    this.said = h("span", { class: "rl-sr", role: "alert" });
    this.element = h("div", { class: "rl-banner", hidden: true }, h("span", { class: "rl-banner-sign", "aria-hidden": "true" }, "!"), this.text, this.reload, this.close);
    this.kind = "ok";
  }

  update(link) {
    const stale = link.staleFor();
    const away = link.awayForSeconds();
    const kind = stale ? "stale" : away ? "away" : link.back ? "back" : "ok";
    if (kind === "stale") setText(this.text, `Stale for ${spanText(stale)}: the kernel is silent. What you see is old.`);
    if (kind === "away") setText(this.text, `The hub has been away for ${spanText(away)}. Connecting again …`);
    if (kind === "back") setText(this.text, `The hub is back after ${spanText(link.back.seconds)}. What the console sent meanwhile may be missing.`);
    if (kind !== this.kind) setText(this.said, kind === "ok" ? "" : this.text.textContent);
    this.kind = kind;
    const first = document.querySelector(".rl") === this.root;
    this.element.hidden = kind === "ok" || !first;
    this.element.dataset.kind = kind;
    this.reload.hidden = kind !== "stale";
    this.close.hidden = kind !== "back";
    setAttr(this.root, "data-line", kind);
  }
}

/** The small sign in a widget's own head: live, stale or hub away. A page says "Live" once. */
export class Pill {
  constructor(root) {
    this.root = root;
    this.text = h("span", {});
    this.element = h("span", { class: "rl-pill", data: { kind: "ok" } }, h("i", { class: "rl-pill-dot", "aria-hidden": "true" }), this.text);
  }

  update(link) {
    const stale = link.staleFor();
    const away = link.awayForSeconds();
    this.element.dataset.kind = stale ? "stale" : away ? "away" : "ok";
    this.element.hidden = !stale && !away && document.querySelector(".rl") !== this.root();
    setText(this.text, stale ? `Stale for ${spanText(stale)}` : away ? `Hub away ${spanText(away)}` : "Live");
  }
}
