// Elements from plain data. Text goes in as text nodes and attributes only: names and messages come off the wire.

/** Make an element; `props` are attributes, except `class`, `data` (an object) and `on` (event name -> listener). */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set a node's text if it differs: an unchanged cell costs no layout. */
export function setText(node, text) {
  const wanted = text === null || text === undefined ? "" : String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Set or remove an attribute if it differs. */
export function setAttr(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

const NUMBERS = new Intl.NumberFormat("en");

/** Return a whole number with its thousands set apart. */
export function count(number) {
  return NUMBERS.format(number);
}

/** Return "1 event", "2 events". */
export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return m:ss of milliseconds, as the hub writes it. */
export function clockText(ms) {
  if (ms === null || ms === undefined) return "–:––";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Return a length of time for people: "4 s", "2 min 05 s". */
export function spanText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
