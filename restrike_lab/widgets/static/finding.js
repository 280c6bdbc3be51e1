// One finding: what was lost, how sure that is and why, and the messages that show it.

import { clockText, h, plural, setAttr } from "./dom.js";
import { visible } from "./event_grid.js";
import { showEvent } from "./panel.js";
import { C } from "./rows.js";

/** Return what tells one state of a finding from another. */
export function findingKey(finding) {
  return `${finding.id}/${finding.revision}/${finding.status}`;
}

function placeOf(finding) {
  const round = finding.round === null ? "" : `R${finding.round}`;
  const clock = finding.clock_ms === null ? "" : clockText(finding.clock_ms);
  return [round, clock].filter(Boolean).join(" ") || "–";
}

function evidenceRow(row) {
  const cells = [
    h("span", { class: "rl-evidence-seq" }, `#${row[C.seq]}`),
    h("span", {}, row[C.time] ?? ""),
    h("code", {}, visible(row[C.raw])),
    h("span", { class: "rl-evidence-said" }, row[C.description]),
  ];
  if (!document.querySelector(".rl-table")) return h("li", { class: "rl-evidence-row" }, ...cells);
  const label = `Show event ${row[C.seq]} in the event table`;
  return h("li", {}, h("button", { type: "button", class: "rl-evidence-row", title: label, on: { click: () => showEvent(row[C.seq]) } }, ...cells));
}

/** Return the element of a finding; its evidence is fetched from `source` when it is opened. */
export function findingItem(finding, source) {
  const list = h("ul", { class: "rl-evidence", hidden: true });
  const number = finding.evidence.length;
  const toggle = h("button", { type: "button", class: "rl-link", "aria-expanded": "false", title: "The messages that show it", on: { click: () => open() } }, plural(number, "message"));
  let fetched = false;

  function open() {
    list.hidden = !list.hidden;
    setAttr(toggle, "aria-expanded", String(!list.hidden));
    if (fetched) return;
    fetched = true;
    list.replaceChildren(h("li", { class: "rl-none" }, "…"));
    source.evidence(findingKey(finding), finding.evidence, (rows) => {
      list.replaceChildren(...rows.map(evidenceRow));
      if (!rows.length) list.append(h("li", { class: "rl-none" }, "They cannot be read now."));
      fetched = rows.length > 0;
    });
  }

  return h(
    "li",
    { class: "rl-finding", data: { athlete: String(finding.athlete ?? "none"), status: finding.status } },
    h("span", { class: "rl-finding-place" }, placeOf(finding)),
    h(
      "div",
      {},
      h("p", { class: "rl-finding-text" }, finding.text),
      h("p", { class: "rl-finding-why" }, h("meter", { min: 0, max: 1, value: finding.certainty, "aria-label": "How sure" }), h("span", {}, `${finding.sure}: ${finding.reason}`)),
    ),
    number ? toggle : null,
    list,
  );
}
