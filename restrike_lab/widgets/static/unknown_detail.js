// What is known of one unknown pattern: samples, fields, company, the suggested type with its reasons.

import { count, h, plural } from "./dom.js";
import { visible } from "./event_grid.js";
import { block, showEvent } from "./panel.js";
import { momentText, shapeText } from "./unknown_list.js";

function hexText(base64) {
  const bytes = [...atob(base64)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0"));
  return `${bytes.slice(0, 64).join(" ")}${bytes.length > 64 ? " …" : ""}`;
}

function sampleItem(sample) {
  const text = h("code", { dir: "auto" }, sample.base64 ? hexText(sample.base64) : visible(sample.text) || "(empty)");
  const where = h("span", { class: "rl-none" }, `${momentText(sample.at_ns)}${sample.court ? ` · court ${sample.court}` : ""}`);
  if (!sample.seq || !document.querySelector(".rl-table")) return h("li", {}, text, where);
  const show = h("button", { type: "button", class: "rl-link", title: "Show it in the event table", on: { click: () => showEvent(sample.seq) } }, `#${sample.seq}`);
  return h("li", {}, text, where, show);
}

function fieldRow(field) {
  const present = field.present === field.total ? "" : `in ${count(field.present)} of ${count(field.total)}`;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, String(field.place)),
    h("td", {}, field.classes),
    h("td", {}, field.kind, present ? h("small", {}, ` ${present}`) : null),
    h("td", { dir: "auto" }, field.constant ? "" : visible(field.values), ...field.depends.map((each) => h("p", { class: "rl-depends" }, each))),
  );
}

function fieldTable(fields) {
  const head = h("tr", {}, ...["#", "Class", "What it does", "Values, with how often"].map((name) => h("th", { scope: "col" }, name)));
  return h("table", { class: "rl-fields" }, h("thead", {}, head), h("tbody", {}, ...fields.map(fieldRow)));
}

function suggestionBlock(suggestion) {
  if (!suggestion) return null;
  const known = suggestion.event_type !== "unknown";
  return h(
    "section",
    { class: "rl-block rl-suggestion", data: { known: String(known) } },
    h("h3", {}, "Probably"),
    h("p", { class: "rl-suggested" }, h("strong", {}, known ? suggestion.event_type : "cannot be told"), known ? h("meter", { min: 0, max: 1, value: suggestion.score, "aria-label": "How sure" }) : null, known ? h("span", {}, `score ${suggestion.score.toFixed(2)} of 1`) : null),
    h("ul", { class: "rl-reasons" }, ...suggestion.reasons.map((reason) => h("li", {}, reason))),
  );
}

/** Return the parts that say what is known of a pattern, as the kernel explained it. */
export function explainedParts(explained) {
  const { pattern, suggestion, fields, company, near } = explained;
  const courts = Object.entries(pattern.courts).map(([court, number]) => `${court} (${count(number)})`);
  const times = pattern.first_seen === pattern.last_seen ? momentText(pattern.first_seen) : `${momentText(pattern.first_seen)} to ${momentText(pattern.last_seen)}`;
  return [
    h("header", { class: "rl-unknown-head" }, h("code", {}, ...shapeText(pattern).filter(Boolean)), h("p", { class: "rl-none" }, `${plural(pattern.occurrence_count, "message")}${pattern.whole ? "" : " at least"} · ${times} · court ${courts.join(", ")}`)),
    suggestionBlock(suggestion),
    block("Exact samples", h("ul", { class: "rl-samples" }, ...pattern.samples.map(sampleItem))),
    fields.length ? block(`Fields (${plural(explained.count, "message")} of ${explained.codes.join(", ")})`, fieldTable(fields)) : null,
    company.length ? block("Comes together with", h("ul", { class: "rl-reasons" }, ...company.map((each) => h("li", {}, each)))) : null,
    near.length ? block("Patterns like it", h("ul", { class: "rl-reasons" }, ...near.map((each) => h("li", {}, h("code", {}, each.shape), ` ${each.score.toFixed(2)}: ${each.text}`)))) : null,
  ].filter(Boolean);
}
