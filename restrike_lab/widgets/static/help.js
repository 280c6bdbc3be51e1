// Help on the page: parts with tables of plain text, and a field that leaves the rows that have a word.

import { h, setText } from "./dom.js";
import { Link } from "./link.js";
import { Panel } from "./panel.js";
import { panelModule } from "./source.js";

class HelpView {
  constructor(model, host) {
    this.link = new Link(model);
    this.parts = [];
    this.search = h("input", { type: "search", class: "rl-search", placeholder: "Find in the help", "aria-label": "Find in the help", autocomplete: "off", on: { input: () => this.find() } });
    this.found = h("span", { class: "rl-none", role: "status" });
    this.pages = h("div", { class: "rl-help-parts" });
    this.panel = new Panel(host, model, this.link, { name: "rl-help", title: "Help", fold: () => {} });
    this.panel.body.append(
      h("div", { class: "rl-help-head" }, this.search, this.found),
      h("div", { class: "rl-scroll rl-help-body", tabindex: "0", role: "region", "aria-label": "Help texts" }, this.pages),
    );
    this.panel.say("", "press ?");
    this.endings = [this.link.join({ message: (content) => this.message(content) }), this.link.watch(), this.listen()];
  }

  /** A question mark opens the help from everywhere but a field. */
  listen() {
    const asked = (event) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.target.closest?.("input, textarea, select")) return;
      if (document.documentElement.dataset.rlPage !== "voila") return;
      event.preventDefault();
      event.stopPropagation();
      this.panel.set(!this.panel.open, true);
      if (this.panel.open) this.search.focus({ preventScroll: true });
    };
    window.addEventListener("keydown", asked, true);
    return () => window.removeEventListener("keydown", asked, true);
  }

  message(content) {
    if (content.type !== "help") return;
    this.parts = content.parts;
    this.find();
  }

  find() {
    const wanted = this.search.value.trim().toLowerCase();
    const parts = this.parts.map((part) => ({ ...part, rows: part.rows.filter((row) => row.join("\n").toLowerCase().includes(wanted)) })).filter((part) => part.rows.length);
    this.pages.replaceChildren(...parts.map((part) => this.table(part)));
    setText(this.found, wanted && !parts.length ? "Nothing about that." : "");
  }

  table({ title, columns, rows }) {
    return h(
      "section",
      { class: "rl-block" },
      h("h3", {}, title),
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, ...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row[0]), ...row.slice(1).map((text) => h("td", {}, ...inCode(text)))))),
      ),
    );
  }

  close() {
    this.panel.close();
    for (const end of this.endings) end();
    this.link.close();
  }
}

/** Return a text's pieces, what stands between backticks as code. */
function inCode(text) {
  return text.split(/`+/).map((piece, index) => (index % 2 ? h("code", {}, piece) : piece));
}

export default panelModule(HelpView);
