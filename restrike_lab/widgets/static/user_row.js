// One user: role, whether they may sign in, and what an administrator can do about it.

import { h, setText } from "./dom.js";

/** Return when something was, in words, or that it never was. */
function sinceText(ns) {
  return ns ? new Date(ns / 1e6).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "never";
}

/** `ask(command, args, done)` asks the hub. */
export class UserRow {
  constructor(user, roles, ask) {
    this.name = user.name;
    this.ask = ask;
    this.facts = h("p", { class: "rl-user-facts" });
    this.said = h("p", { class: "rl-user-said", role: "status" });
    this.role = h("select", { class: "rl-select", "aria-label": `Role of ${user.name}`, on: { change: () => this.send("users.role", { role: this.role.value }) } }, ...roles.map(([role, word]) => h("option", { value: role }, word)));
    this.enabled = this.button("", () => this.send("users.enable", { enabled: !this.user.enabled }));
    this.out = this.button("Sign out", () => this.send("users.sign_out", {}));
    this.change = this.button("New password …", () => this.toggle(this.form));
    this.drop = this.button("Remove …", () => this.toggle(this.sure));
    this.password = h("input", { class: "rl-input", type: "password", autocomplete: "new-password", "aria-label": `New password of ${user.name}`, required: true });
    this.form = h("form", { class: "rl-user-tools", hidden: true, on: { submit: (event) => this.setPassword(event) } }, this.password, h("button", { type: "submit", class: "rl-button rl-primary" }, "Set"));
    const really = h("button", { type: "button", class: "rl-button rl-user-really", on: { click: () => this.send("users.remove", {}) } }, `Remove ${user.name}`);
    this.sure = h("div", { class: "rl-user-tools", hidden: true }, h("span", {}, "What they did stays on record."), really);
    this.element = h(
      "li",
      { class: "rl-user", "aria-label": user.name },
      h("div", { class: "rl-user-head" }, h("b", { dir: "auto" }, user.name), this.role),
      this.facts,
      h("div", { class: "rl-user-tools" }, this.enabled, this.out, this.change, this.drop),
      this.form,
      this.sure,
      this.said,
    );
    this.update(user);
  }

  button(text, click) {
    return h("button", { type: "button", class: "rl-button", on: { click } }, text);
  }

  toggle(part) {
    for (const each of [this.form, this.sure]) each.hidden = each !== part || !each.hidden;
    part.querySelector("input, button")?.focus();
  }

  update(user) {
    this.user = user;
    this.role.value = user.role;
    this.element.dataset.enabled = String(Boolean(user.enabled));
    setText(this.enabled, user.enabled ? "Lock out" : "Let in again");
    this.out.hidden = !user.sessions;
    setText(this.facts, [user.enabled ? "" : "may not sign in", user.sessions ? `signed in ${user.sessions === 1 ? "once" : `${user.sessions} times`}` : `last signed in: ${sinceText(user.last_sign_in_ns)}`, `password of ${sinceText(user.password_ns)}`].filter(Boolean).join(" · "));
  }

  setPassword(event) {
    event.preventDefault();
    const password = this.password.value;
    this.password.value = "";
    this.send("users.password", { password }, "The password is set; their sessions have ended.");
  }

  send(command, args, done = "") {
    this.ask(command, { name: this.name, ...args }, (error) => {
      if (!error) this.form.hidden = this.sure.hidden = true;
      this.said.dataset.level = error ? "error" : "good";
      setText(this.said, error ? [error.message, error.hint].filter(Boolean).join(". ") : done);
      this.role.value = this.user.role;
    });
  }
}
