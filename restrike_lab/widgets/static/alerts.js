// What needs a person: one line for each thing, the gravest first, with its way out, and who has seen it.

import { h, plural, setAttr, setText } from "./dom.js";
import { Panel } from "./panel.js";
import { Source, panelModule, sharedBy } from "./source.js";

const GRAVITY = { critical: ["✕", "Critical"], error: ["✕", "Error"], warning: ["!", "Warning"] };

class NoticeSource extends Source {
  constructor(model) {
    super(model);
    this.notices = null;
  }

  take(content) {
    if (content.type !== "notices") return false;
    this.notices = content.notices ?? {};
    return true;
  }

  acknowledge(args, done) {
    this.ask("alert.acknowledge", args, done);
  }
}

const noticesOf = sharedBy(NoticeSource);

function noticeTime(ns) {
  const at = new Date(ns / 1e6);
  const time = at.toLocaleTimeString("en-GB");
  return at.toDateString() === new Date().toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}

/** Return when it happened: once, or from when to when and how often. */
function noticeWhen(each) {
  const first = noticeTime(each.first_ns);
  const last = each.over_ns ?? each.last_ns;
  if (each.count === 1 && !each.over_ns) return each.lasting ? `since ${first}` : first;
  return `${first} to ${noticeTime(last)}${each.lasting && !each.over_ns ? ", lasting" : ""}`;
}

class NoticeItem {
  constructor(source, each) {
    this.sign = h("span", { class: "rl-notice-sign", "aria-hidden": "true" });
    this.level = h("b", { class: "rl-notice-level" });
    this.where = h("span", { class: "rl-notice-where" });
    this.when = h("span", { class: "rl-notice-when" });
    this.times = h("span", { class: "rl-notice-times" });
    this.text = h("p", { class: "rl-notice-text", dir: "auto" });
    this.hint = h("p", { class: "rl-notice-hint", dir: "auto" });
    this.after = h("p", { class: "rl-notice-after", dir: "auto" });
    this.button = h("button", { type: "button", class: "rl-button", on: { click: () => this.see(source) } }, "Seen");
    this.problem = h("p", { class: "rl-notice-problem", role: "alert", hidden: true });
    this.element = h(
      "li",
      { class: "rl-notice" },
      this.sign,
      h("div", { class: "rl-notice-body" }, h("p", { class: "rl-notice-head" }, this.level, this.times, this.where, this.when), this.text, this.hint, this.after, this.problem),
      this.button,
    );
    this.update(each);
  }

  update(each) {
    this.each = each;
    const [sign, word] = GRAVITY[each.level] ?? GRAVITY.error;
    const seen = each.acknowledged_ns !== null;
    this.element.dataset.level = each.level;
    this.element.dataset.seen = String(seen);
    this.element.dataset.over = String(each.over_ns !== null);
    setText(this.sign, sign);
    setText(this.level, word);
    setText(this.times, each.count > 1 ? `${each.count} times` : "");
    setText(this.where, [each.source, each.court && `court ${each.court}`].filter(Boolean).join(", "));
    setText(this.when, noticeWhen(each));
    setText(this.text, each.message);
    setText(this.hint, each.hint ? `→ ${each.hint}` : "");
    this.hint.hidden = !each.hint;
    const after = [each.over_ns !== null && `Over: ${each.over_message || "it has ended"}`, seen && `Seen by ${each.acknowledged_by} at ${noticeTime(each.acknowledged_ns)}`];
    setText(this.after, after.filter(Boolean).join(" · "));
    this.after.hidden = !this.after.textContent;
    this.button.hidden = seen;
    setAttr(this.button, "aria-label", `Seen: ${each.message}`);
  }

  see(source) {
    this.button.disabled = true;
    source.acknowledge({ ids: [this.each.notice_id] }, (error) => {
      this.button.disabled = false;
      setText(this.problem, error ? [error.message, error.hint].filter(Boolean).join(" — ") : "");
      this.problem.hidden = !error;
    });
  }
}

class AlertsView {
  constructor(model, host) {
    this.source = noticesOf(model);
    this.items = new Map();
    this.list = h("ul", { class: "rl-notices", "aria-label": "What needs a person" });
    this.none = h("p", { class: "rl-notice-none" });
    this.all = h("button", { type: "button", class: "rl-button", on: { click: () => this.seeAll() } });
    this.older = h("input", { type: "checkbox", on: { change: () => this.update() } });
    this.problem = h("span", { class: "rl-notice-problem", role: "alert" });
    const bar = h("div", { class: "rl-notice-bar" }, this.all, h("label", {}, this.older, "Show what has been seen"), this.problem);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-alerts", title: "Alerts", fold: () => this.update() });
    this.panel.body.append(bar, h("div", { class: "rl-scroll rl-notice-scroll", tabindex: "0", role: "region", "aria-label": "List of alerts" }, this.none, this.list));
    this.source.views.add(this);
    this.endings = [this.source.link.watch()];
    this.update();
  }

  update() {
    if (!this.panel) return; // the panel says its state while it is being made
    const { notices } = this.source;
    const all = notices?.list ?? [];
    const open = notices?.open ?? 0;
    this.summarize(notices, all, open);
    this.panel.root.dataset.worst = notices?.worst ?? "";
    if (!this.panel.open) return;
    this.all.hidden = open < 2;
    setText(this.all, `All ${open} seen`);
    const shown = this.older.checked ? all : all.filter((each) => each.acknowledged_ns === null);
    const older = all.length - open;
    setText(this.none, older && !this.older.checked ? `Nothing needs you now. ${plural(older, "notice")} seen earlier.` : "Nothing needs you.");
    this.none.hidden = shown.length > 0 || !notices;
    this.arrange(shown);
  }

  arrange(shown) {
    const focused = this.focusedPlace();
    const wanted = new Set(shown.map((each) => each.notice_id));
    for (const [number, item] of this.items) {
      if (wanted.has(number)) continue;
      item.element.remove();
      this.items.delete(number);
    }
    shown.forEach((each, place) => {
      let item = this.items.get(each.notice_id);
      if (item) item.update(each);
      else this.items.set(each.notice_id, (item = new NoticeItem(this.source, each)));
      if (this.list.children[place] !== item.element) this.list.insertBefore(item.element, this.list.children[place] ?? null);
    });
    if (focused !== null) this.focusNear(focused);
  }

  /** Return the place of the line whose button has the focus, null if none has. */
  focusedPlace() {
    const item = document.activeElement?.closest?.(".rl-notice");
    return item && this.list.contains(item) ? [...this.list.children].indexOf(item) : null;
  }

  /** Keep a keyboard reader's place: after a line has gone the next one's button has the focus. */
  focusNear(place) {
    if (this.list.contains(document.activeElement) && !document.activeElement.hidden) return;
    const buttons = [...this.list.children].slice(place).concat([...this.list.children].reverse());
    const next = buttons.map((item) => item.querySelector(":scope > .rl-button")).find((button) => button && !button.hidden);
    (next ?? this.panel.toggle).focus({ preventScroll: true });
  }

  summarize(notices, all, open) {
    if (!notices) this.panel.say("", "");
    else if (!open) this.panel.say("good", "nothing needs you");
    else {
      const rest = open > 1 ? `${open} to look at: ` : "";
      this.panel.say(notices.worst === "warning" ? "warning" : "error", `${rest}${all[0].message}`);
    }
  }

  seeAll() {
    this.source.acknowledge({ all: true }, (error) => {
      setText(this.problem, error ? [error.message, error.hint].filter(Boolean).join(" — ") : "");
    });
  }

  close() {
    this.source.views.delete(this);
    for (const end of this.endings) end();
    this.panel.close();
  }
}

export default panelModule(AlertsView, noticesOf);
