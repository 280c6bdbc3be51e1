// Who wins: two bars a court, and how good such predictions have been. Both corners are named and told in numbers, so
// that the colours only repeat what is written.

import { h, setAttr, setText } from "./dom.js";
import { Panel, block } from "./panel.js";
import { Source, panelModule, sharedBy } from "./source.js";

class ChanceSource extends Source {
  constructor(model) {
    super(model);
    this.courts = [];
    this.trained = null;
  }

  take(content) {
    if (content.type !== "chances") return false;
    this.courts = content.courts;
    this.trained = content.model;
    return true;
  }
}

const chancesOf = sharedBy(ChanceSource);

/** Return the two shares in whole per cent that add up to 100; only what is decided is 0 or 100. */
function shares(chance) {
  if (chance === 0 || chance === 1) return [100 * chance, 100 - 100 * chance];
  const blue = Math.min(99, Math.max(1, Math.round(100 * chance)));
  return [blue, 100 - blue];
}

/** A bar from blue's share to red's. */
class ChanceBar {
  constructor(title) {
    this.blue = h("b", { class: "rl-chance-blue" });
    this.red = h("b", { class: "rl-chance-red" });
    this.fill = h("i", {});
    this.title = h("span", { class: "rl-chance-title" }, title);
    this.bar = h("div", { class: "rl-chance-bar", role: "img" }, this.fill);
    this.element = h("div", { class: "rl-chance" }, this.title, this.blue, this.bar, this.red);
  }

  show(title, names, chance) {
    const [blue, red] = shares(chance);
    setText(this.title, title);
    setText(this.blue, `${blue} %`);
    setText(this.red, `${red} %`);
    this.fill.style.width = `${blue}%`;
    setAttr(this.bar, "aria-label", `${title}: ${names[0]} (blue) ${blue} per cent, ${names[1]} (red) ${red} per cent`);
  }
}

class CourtChances {
  constructor() {
    this.heading = h("h3", {});
    this.blue = h("span", { class: "rl-chance-name", dir: "auto", data: { athlete: 1 } });
    this.red = h("span", { class: "rl-chance-name", dir: "auto", data: { athlete: 2 } });
    this.names = h("div", { class: "rl-chance-names" }, this.blue, this.red);
    this.round = new ChanceBar("Round");
    this.bout = new ChanceBar("Bout");
    this.reason = h("p", { class: "rl-none" });
    this.element = h("section", { class: "rl-block" }, this.heading, this.names, this.round.element, this.bout.element, this.reason);
  }

  show({ court, names, round, chances, reason }) {
    setText(this.heading, `Court ${court}`);
    for (const part of [this.names, this.round.element, this.bout.element]) part.hidden = !chances;
    this.reason.hidden = Boolean(chances);
    setText(this.reason, reason);
    if (!chances) return;
    setText(this.blue, names[0]);
    setText(this.red, names[1]);
    this.round.show(`Round ${round}`, names, chances[0]);
    this.bout.show("Bout", names, chances[1]);
  }
}

function qualityTable(rows) {
  const names = Object.keys(rows[0]);
  const cell = (row, name) => h(name === "predicted is" ? "th" : "td", { scope: name === "predicted is" ? "row" : null }, row[name] ?? "");
  return h(
    "table",
    { class: "rl-chance-table" },
    h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...names.map((name) => cell(row, name))))),
  );
}

class ChancePanel {
  constructor(model, host) {
    this.source = chancesOf(model);
    this.drawn = "";
    this.shown = [];
    this.courts = h("div", { class: "rl-chance-courts" });
    this.quality = h("div", { class: "rl-chance-quality" });
    this.source.views.add(this);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-chances", title: "Who wins", fold: () => {} });
    this.panel.body.append(h("div", { class: "rl-chance-body rl-scroll", tabindex: "0", role: "region", "aria-label": "Chances" }, this.courts, this.quality));
    this.endings = [this.source.link.watch()];
    this.update();
  }

  update() {
    const { courts, trained } = this.source;
    while (this.shown.length < courts.length) this.shown.push(new CourtChances());
    this.shown.length = courts.length;
    this.courts.replaceChildren(...this.shown.map((each) => each.element));
    courts.forEach((court, place) => this.shown[place].show(court));
    this.summarize(courts[0]);
    const drawn = JSON.stringify(trained);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.quality.replaceChildren();
    if (!trained) return;
    this.quality.append(
      block(
        "How good this is",
        h("p", {}, trained.statement),
        qualityTable(trained.quality),
        h("p", { class: "rl-none" }, "Measured on bouts that were not in the training. Brier is the mean squared error; skill tells how much smaller it is than that of the score alone. A prediction is no verdict: it knows score, clock, gam-jeoms, superiority and the last hits, and nothing of the athletes."),
      ),
    );
  }

  summarize(court) {
    if (!court) this.panel.say("none", "No court yet");
    else if (!court.chances) this.panel.say("none", court.reason);
    else {
      const [blue, red] = shares(court.chances[1]);
      this.panel.say("none", blue === red ? "Even" : `${blue > red ? `Blue ${blue}` : `Red ${red}`} % to win the bout`);
    }
  }

  close() {
    this.source.views.delete(this);
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default panelModule(ChancePanel, chancesOf);
