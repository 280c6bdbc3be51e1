// The users: who may sign in and with which rights, and the record of what was changed.

import { h, plural, setAttr, setText } from "./dom.js";
import { Panel } from "./panel.js";
import { Source, panelModule, sharedBy } from "./source.js";
import { UserRow } from "./user_row.js";

class UserSource extends Source {
  constructor(model) {
    super(model);
    this.state = null;
    this.refusal = "";
  }

  take(content) {
    if (content.type === "users") {
      this.state = content;
      this.refusal = "";
    } else if (content.type === "refused") {
      this.state = null;
      this.refusal = [content.text, content.hint].filter(Boolean).join(". ");
    } else return false;
    return true;
  }
}

const usersOf = sharedBy(UserSource);

const ROLE_WORDS = [["viewer", "viewer"], ["operator", "operator"], ["admin", "administrator"]];

/** Return what a change was about in one line. */
function detailsText(details) {
  let told = details ?? {};
  if (typeof told === "string") {
    try {
      told = JSON.parse(told);
    } catch {
      return told;
    }
  }
  if (typeof told !== "object" || told === null) return String(told);
  return Object.entries(told).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
}

/** The form for a new user. */
class NewUser {
  constructor(ask) {
    this.ask = ask;
    this.name = h("input", { class: "rl-input", type: "text", autocomplete: "off", maxlength: 64, required: true });
    this.role = h("select", { class: "rl-select" }, ...ROLE_WORDS.map(([role, word]) => h("option", { value: role }, word)));
    this.role.value = "operator";
    this.password = h("input", { class: "rl-input", type: "password", autocomplete: "new-password", required: true });
    this.again = h("input", { class: "rl-input", type: "password", autocomplete: "new-password", required: true });
    this.said = h("p", { class: "rl-user-said", role: "status" });
    this.add = h("button", { type: "submit", class: "rl-button rl-primary" }, "Add");
    const field = (word, control) => h("label", {}, h("span", {}, word), control);
    this.element = h(
      "form",
      { class: "rl-user-new", "aria-label": "New user", on: { submit: (event) => this.submit(event) } },
      field("Name", this.name),
      field("Role", this.role),
      field("Password", this.password),
      field("The same again", this.again),
      this.add,
      this.said,
    );
  }

  submit(event) {
    event.preventDefault();
    if (this.password.value !== this.again.value) {
      this.tell("error", "The two passwords are not the same.");
      return;
    }
    const name = this.name.value.trim();
    this.add.disabled = true;
    this.ask("users.add", { name, role: this.role.value, password: this.password.value }, (error) => {
      this.add.disabled = false;
      this.password.value = this.again.value = "";
      if (!error) this.name.value = "";
      this.tell(error ? "error" : "good", error ? [error.message, error.hint].filter(Boolean).join(". ") : `${name} may sign in.`);
    });
  }

  tell(level, text) {
    this.said.dataset.level = level;
    setText(this.said, text);
  }
}

class UsersView {
  constructor(model, host) {
    this.source = usersOf(model);
    this.rows = new Map();
    const ask = (command, args, done) => this.source.ask(command, args, done);
    this.newRow = (user) => new UserRow(user, ROLE_WORDS, ask);
    this.form = new NewUser(ask);
    this.list = h("ul", { class: "rl-user-list" });
    this.record = h("tbody", {});
    this.empty = h("p", { class: "rl-none rl-user-empty" });
    this.look = h("button", { type: "button", class: "rl-button", on: { click: () => this.source.link.send({ type: "look" }) } }, "Look again");
    const left = h("div", { class: "rl-users-left rl-scroll", tabindex: "0", role: "region", "aria-label": "People who may sign in" }, h("h3", {}, "Users"), this.list, h("h3", {}, "New user"), this.form.element);
    const heads = ["When", "Who", "What", "Result"].map((word) => h("th", { scope: "col" }, word));
    const right = h(
      "div",
      { class: "rl-users-right rl-scroll", tabindex: "0", role: "region", "aria-label": "Record of changes" },
      h("div", { class: "rl-users-head" }, h("h3", {}, "Record of changes"), this.look),
      h("table", { class: "rl-audit" }, h("thead", {}, h("tr", {}, ...heads)), this.record),
    );
    this.main = h("div", { class: "rl-users-main", hidden: true }, left, right);
    this.panel = new Panel(host, model, this.source.link, { name: "rl-users", title: "Users", fold: () => {} });
    this.panel.body.append(this.empty, this.main);
    this.source.views.add(this);
    this.endings = [this.source.link.watch()];
    this.update();
  }

  update() {
    const { state, refusal } = this.source;
    setText(this.empty, refusal || "Reading …");
    this.empty.hidden = Boolean(state);
    this.main.hidden = !state;
    if (!state) {
      this.panel.say("", refusal ? "for administrators" : "");
      return;
    }
    const here = state.users.filter((user) => user.sessions > 0).length;
    this.panel.say("", state.users.length ? `${plural(state.users.length, "user")}, ${here} signed in` : "nobody yet: the first user is an administrator");
    this.updateUsers(state);
    this.updateRecord(state.entries);
  }

  updateUsers(state) {
    const names = new Set(state.users.map((user) => user.name));
    for (const name of [...this.rows.keys()]) if (!names.has(name)) this.rows.delete(name);
    for (const user of state.users) {
      if (this.rows.has(user.name)) this.rows.get(user.name).update(user);
      else this.rows.set(user.name, this.newRow(user));
    }
    const elements = state.users.map((user) => this.rows.get(user.name).element);
    if (elements.length !== this.list.children.length || elements.some((element, at) => this.list.children[at] !== element)) this.list.replaceChildren(...elements);
    for (const user of state.users) setAttr(this.rows.get(user.name).element, "data-you", user.name === state.you ? "true" : null);
  }

  updateRecord(entries) {
    const key = entries.length ? `${entries[0].audit_id} ${entries.length}` : "none";
    if (this.record.dataset.shown === key) return;
    this.record.dataset.shown = key;
    this.record.replaceChildren(...entries.map((entry) => this.entry(entry)));
  }

  entry(entry) {
    const when = new Date(entry.at_ns / 1e6).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" });
    const details = detailsText(entry.details);
    const what = [h("b", {}, entry.action), details ? h("span", { class: "rl-audit-details", dir: "auto", title: details }, details) : null];
    return h("tr", { data: { done: String(entry.result === "done") } }, h("td", {}, when), h("td", { dir: "auto" }, entry.who), h("td", {}, ...what.filter(Boolean)), h("td", { dir: "auto" }, entry.result));
  }

  close() {
    this.source.views.delete(this);
    this.panel.close();
    for (const end of this.endings) end();
  }
}

export default panelModule(UsersView, usersOf);
