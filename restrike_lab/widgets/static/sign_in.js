// Who is in charge on this page: one line, and a dialog in which a person signs in. The secret of a session stays in
// this tab's sessionStorage, so that a reload goes on in it and a closed tab forgets it.

import { Banner, Pill } from "./banner.js";
import { h, setAttr, setText } from "./dom.js";
import { Link } from "./link.js";
import { followTheme } from "./theme.js";

const SESSION_KEY = "restrike-session";
const LIFE_EVERY_MS = 20000;
const BACK_AFTER_MS = 3000;
const SOON_S = 60;
const NARROW_PX = 560;
const ROLE_WORDS = { viewer: "viewer", operator: "operator", admin: "administrator" };
const ENDINGS = {
  idle: "You were signed out: nobody did anything here for a while.",
  over: "You were signed out: the sign-in is over. Sign in again.",
  "too old": "You were signed out: a sign-in does not last longer.",
  "the password was changed": "You were signed out: the password was changed.",
  "the role was changed": "You were signed out: your role was changed. Sign in again.",
};

const accessLines = new WeakMap();

function keptSession() {
  try {
    return window.sessionStorage.getItem(SESSION_KEY) ?? "";
  } catch {
    return ""; // storage is off in this window: a reload then asks again
  }
}

function keepSession(secret) {
  try {
    if (secret) window.sessionStorage.setItem(SESSION_KEY, secret);
    else window.sessionStorage.removeItem(SESSION_KEY);
  } catch {
    // it holds for this page only
  }
}

/** Return m:ss or h:mm of seconds that are left. */
function leftText(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, "0")} min`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The part all views of one widget share on this page: the line, who is who, and the questions under way. */
class AccessSource {
  constructor(model) {
    this.you = null;
    this.access = null;
    this.heardAt = 0;
    this.ending = "";
    this.views = new Set();
    this.waiting = new Map();
    this.number = 0;
    this.lifeAt = 0;
    this.resuming = false;
    this.link = new Link(model);
    this.link.join({ message: (content) => this.message(content) });
    this.life = () => this.signOfLife();
    for (const kind of ["pointerdown", "keydown", "wheel"]) window.addEventListener(kind, this.life, { passive: true, capture: true });
  }

  message(content) {
    if (content.type === "access") this.take(content.you ?? this.you, content.access ?? this.access);
    else if (content.type === "answer") {
      this.waiting.get(content.number)?.(content.error, content.result);
      this.waiting.delete(content.number);
    }
  }

  take(you, access) {
    const before = this.you;
    this.you = you;
    this.access = access;
    this.heardAt = performance.now();
    if (you?.signed_in) this.ending = "";
    else if (before?.signed_in && you?.ending) {
      this.ending = you.ending;
      keepSession("");
    } else if (before?.signed_in) setTimeout(() => this.resume(), BACK_AFTER_MS); // another hub: the kernel asks it first
    else if (you && !before) this.resume();
    this.changed();
  }

  /** Go on in the session of this tab: the kernel behind a page that was loaded again is another one. */
  resume() {
    const secret = keptSession();
    if (!secret || this.resuming || this.you?.signed_in) return;
    this.resuming = true;
    this.ask("session.resume", { session: secret }, (error) => {
      this.resuming = false;
      if (error?.category === "access") {
        keepSession("");
        this.ending = "over";
      }
      this.changed();
    });
  }

  ask(command, args, done) {
    this.number += 1;
    this.waiting.set(this.number, (error, result) => {
      if (result?.session) keepSession(result.session);
      if (result && "signed_in" in result) this.take({ ...result, session: undefined }, this.access);
      done?.(error, result);
    });
    this.link.send({ type: "ask", number: this.number, command, args });
  }

  signOfLife() {
    const every = Math.min(LIFE_EVERY_MS, ((this.you?.idle_limit_s ?? 60) * 1000) / 3);
    if (!this.you?.signed_in || performance.now() - this.lifeAt < every) return;
    this.lifeAt = performance.now();
    this.ask("session.touch", {});
  }

  /** Seconds until the session ends by itself, and for want of what. */
  left() {
    const gone = (performance.now() - this.heardAt) / 1000;
    const [idle, until] = [(this.you.idle_s ?? 0) - gone, (this.you.left_s ?? 0) - gone];
    return { seconds: Math.max(0, Math.min(idle, until)), idle: idle <= until };
  }

  changed() {
    for (const view of this.views) view.update();
  }

  close() {
    for (const kind of ["pointerdown", "keydown", "wheel"]) window.removeEventListener(kind, this.life, { capture: true });
    this.link.close();
  }
}

function accessSourceOf(model) {
  if (!accessLines.has(model)) accessLines.set(model, new AccessSource(model));
  return accessLines.get(model);
}

/** What a dialog asks for, and the command it sends. */
const ACCESS_FORMS = {
  sign: {
    title: "Advanced mode",
    text: "Sign in to work this screen. What you do is kept under your name.",
    fields: [["name", "Name", "text", "username"], ["password", "Password", "password", "current-password"]],
    command: "sign_in",
    proof: "password",
    send: "Sign in",
  },
  first: {
    title: "Set the first administrator",
    text: "From then on a screen on which nobody has signed in only looks. The set-up code stands where the lab was started; “restrike-lab users code” prints it again.",
    fields: [["code", "Set-up code", "text", "off"], ["name", "Name", "text", "username"], ["password", "Password (8 characters at least)", "password", "new-password"], ["again", "The same again", "password", "new-password"]],
    command: "access.first",
    proof: "code",
    send: "Set",
  },
  change: {
    title: "Change your password",
    text: "Your sign-ins on other screens end.",
    fields: [["old", "Present password", "password", "current-password"], ["new", "New password (8 characters at least)", "password", "new-password"], ["again", "The same again", "password", "new-password"]],
    command: "password.change",
    proof: "old",
    send: "Change",
  },
};

class AccessDialog {
  constructor(source, kind, opener) {
    this.source = source;
    this.form = ACCESS_FORMS[kind];
    this.opener = opener;
    this.problem = h("p", { class: "rl-access-problem", role: "alert" });
    this.send = h("button", { type: "submit", class: "rl-button rl-primary" }, this.form.send);
    const cancel = h("button", { type: "button", class: "rl-button", on: { click: () => this.element.close() } }, "Cancel");
    const heading = `rl-access-${kind}-${source.link.page}`;
    this.inputs = {};
    const fields = this.form.fields.filter(([name]) => name !== "code" || source.you?.kind !== "owner");
    const rows = fields.map(([name, label, type, complete]) => {
      this.inputs[name] = h("input", { class: "rl-input", type, name, autocomplete: complete, required: true, spellcheck: "false", autocapitalize: "off", maxlength: 1024 });
      return h("label", {}, label, this.inputs[name]);
    });
    this.element = h(
      "dialog",
      { class: "rl-access-dialog", "aria-labelledby": heading, on: { close: () => this.closed() } },
      h("form", { on: { submit: (event) => this.submit(event) } }, h("h2", { id: heading }, this.form.title), h("p", {}, this.form.text), ...rows, this.problem, h("div", { class: "rl-access-buttons" }, cancel, this.send)),
    );
  }

  open(root) {
    root.append(this.element);
    this.element.showModal();
    Object.values(this.inputs)[0].focus();
  }

  closed() {
    clearInterval(this.timer);
    this.element.remove();
    this.opener.focus();
  }

  submit(event) {
    event.preventDefault();
    const values = Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, input.value]));
    if ("again" in values && values.again !== (values.new ?? values.password)) return this.refuse({ message: "The two passwords differ." }, "again");
    delete values.again;
    this.busy(true);
    const { name, password } = values;
    this.source.ask(this.form.command, values, (error) => {
      this.busy(false);
      if (error) return this.refuse(error, this.form.proof);
      if (this.form.command === "access.first") this.source.ask("sign_in", { name, password }, () => {});
      return this.element.close();
    });
    return undefined;
  }

  busy(on) {
    this.send.disabled = on;
    setAttr(this.element, "aria-busy", on ? "true" : null);
  }

  refuse(error, name) {
    const words = [error.message, error.wait_s ? "" : error.hint].filter(Boolean).join(" — ");
    setText(this.problem, "");
    setText(this.problem, words);
    const input = this.inputs[name] ?? Object.values(this.inputs)[0];
    input.value = "";
    input.focus();
    if (error.wait_s) this.count(error.wait_s);
  }

  /** Count down to the next try, which would only be refused before. */
  count(seconds) {
    const until = performance.now() + seconds * 1000;
    const show = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      this.send.disabled = left > 0;
      setText(this.send, left > 0 ? `Wait ${left} s` : this.form.send);
      if (left <= 0) clearInterval(this.timer);
    };
    clearInterval(this.timer);
    this.timer = setInterval(show, 250);
    show();
  }
}

class AccessView {
  constructor(model, host) {
    this.source = accessSourceOf(model);
    const { link } = this.source;
    this.who = h("span", { class: "rl-access-who", role: "status" });
    this.time = h("span", { class: "rl-access-time" });
    this.others = h("span", { class: "rl-access-others", dir: "auto" });
    this.sign = this.button("Advanced mode", "sign");
    this.setUp = this.button("Set an administrator", "first");
    this.change = this.button("Password", "change");
    this.out = h("button", { type: "button", class: "rl-button", on: { click: () => this.signOut() } }, "Sign out");
    this.notice = h("p", { class: "rl-access-notice", role: "alert" });
    this.pill = new Pill(() => this.root);
    this.root = h("section", { class: "rl rl-access", "aria-label": "Who is in charge", on: { keydown: (event) => event.stopPropagation() } });
    this.banner = new Banner(this.root, link);
    const bar = h("div", { class: "rl-access-bar" }, this.who, this.time, this.notice, h("span", { class: "rl-grow" }), this.others, this.pill.element, this.setUp, this.sign, this.change, this.out);
    this.root.append(this.banner.element, this.banner.said, bar);
    host.classList.add("rl-access-host");
    host.append(this.root);
    this.source.views.add(this);
    this.narrow = false;
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.root);
    const line = () => {
      this.banner.update(link);
      this.pill.update(link);
    };
    this.endings = [followTheme(this.root, model), link.join({ state: line }), link.watch()];
    this.timer = setInterval(() => this.tick(), 1000);
    this.update();
  }

  button(label, kind) {
    const button = h("button", { type: "button", class: "rl-button", "aria-haspopup": "dialog", "aria-label": label, title: label }, label);
    button.addEventListener("click", () => new AccessDialog(this.source, kind, button).open(this.root));
    return button;
  }

  /** Say the same in fewer words where there is little room, as beside the tabs of a page. */
  fit() {
    const narrow = this.root.clientWidth > 0 && this.root.clientWidth < NARROW_PX;
    if (narrow === this.narrow) return;
    this.narrow = narrow;
    setText(this.setUp, narrow ? "Set up" : "Set an administrator");
    setText(this.change, narrow ? "✎" : "Password");
    this.update();
  }

  signOut() {
    keepSession("");
    this.source.ask("sign_out", {}, () => this.sign.focus());
  }

  update() {
    const { you, access } = this.source;
    this.root.hidden = !you?.role;
    if (!you?.role) return;
    const users = access?.users ?? you.users;
    const [level, words, few] = this.standing(you, users);
    this.root.dataset.level = level;
    const elsewhere = (access?.signed_in ?? []).filter((each) => !you.signed_in || each.name !== you.name);
    const people = elsewhere.map((each) => `${each.name} (${ROLE_WORDS[each.role] ?? each.role})`).join(", ");
    const also = people && `Signed in: ${people}`;
    setText(this.who, this.narrow ? `${few}${also && !you.signed_in ? `. ${also}` : ""}` : words);
    setAttr(this.who, "title", also ? `${words}. ${also}` : words);
    this.sign.hidden = you.signed_in || !users || you.kind === "owner";
    this.setUp.hidden = users || you.signed_in;
    this.change.hidden = this.out.hidden = !you.signed_in;
    setText(this.others, this.narrow ? "" : also);
    this.tellEnding();
    this.tick();
  }

  tellEnding() {
    const { ending } = this.source;
    const words = ending ? (ENDINGS[ending] ?? (ending === "signed out" ? "" : `You were signed out: ${ending}.`)) : "";
    setText(this.notice, words && this.narrow ? `Signed out${ending === "idle" ? ": idle" : ""}` : words);
    setAttr(this.notice, "title", words);
    this.who.hidden = this.narrow && words !== "";
  }

  /** Return a level for the colour, who is in charge in words, and in few words. */
  standing(you, users) {
    const role = ROLE_WORDS[you.role] ?? you.role;
    if (you.signed_in) return [you.role, `${you.name} is in charge here (${role})`, `${you.name} · ${role}`];
    if (you.kind === "owner") return ["admin", "This kernel belongs to the machine's owner (administrator)", "Owner · administrator"];
    if (you.role === "viewer") return ["viewer", "Looking only: to do something, sign in", "Looking only"];
    const all = `everybody who opens this screen acts as ${role}`;
    return ["open", users ? `E${all.slice(1)}` : `No administrator is set: ${all}`, `Everybody is ${role}`];
  }

  tick() {
    const { you } = this.source;
    if (!you?.signed_in) {
      setAttr(this.time, "data-soon", null);
      return setText(this.time, "");
    }
    const { seconds, idle } = this.source.left();
    const soon = seconds <= SOON_S;
    setAttr(this.time, "data-soon", soon ? "true" : null);
    setAttr(this.time, "title", "A click or a key keeps you signed in, up to the longest time.");
    const left = leftText(seconds);
    if (this.narrow) return setText(this.time, idle && soon ? `${left}: click` : left);
    return setText(this.time, idle && soon ? `signed out in ${left}: click to stay` : `${left} left`);
  }

  close() {
    clearInterval(this.timer);
    this.observer.disconnect();
    this.source.views.delete(this);
    for (const end of this.endings) end();
  }
}

export default {
  initialize({ model }) {
    const source = accessSourceOf(model);
    return () => source.close();
  },
  render({ model, el }) {
    const view = new AccessView(model, el);
    return () => view.close();
  },
};
