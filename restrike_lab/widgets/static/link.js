// The browser's end of the line to the kernel: greets, keeps saying "alive" while a view is on the page, and notices by
// itself when nobody answers.

const ALIVE_EVERY_MS = 5000;
const STALE_AFTER_MS = 3500;
const BACK_SHOWN_MS = 15000;

/** One line per widget model and page, shared by all its views. */
export class Link {
  /** `have()` returns the number of the last event the page has, 0 for none. */
  constructor(model, have = () => 0) {
    this.model = model;
    this.have = have;
    this.page = Math.random().toString(36).slice(2) + Date.now().toString(36);
    this.greeted = false;
    this.lastPulse = performance.now();
    this.lastAlive = 0;
    this.connected = true;
    this.awayFrom = null;
    this.back = null;
    this.listeners = new Set();
    this.watchers = 0;
    model.on("msg:custom", (content, buffers) => this.receive(content, buffers));
    this.timer = setInterval(() => this.tick(), 500);
    window.addEventListener("pagehide", () => this.send({ type: "bye" }));
  }

  send(content) {
    try {
      this.model.send({ ...content, page: this.page });
    } catch {
      // a line that is down shows itself by the missing pulse
    }
  }

  /** Whether a message is for this page: an answer to another page's hello is not. */
  concerns(content) {
    return !content.page || content.page === this.page;
  }

  receive(content, buffers) {
    if (!this.concerns(content)) return;
    if (content.type === "pulse") this.pulse(content);
    for (const listener of this.listeners) listener.message?.(content, buffers);
  }

  pulse(content) {
    const now = performance.now();
    const wasStale = this.staleFor() > 0;
    this.lastPulse = now;
    // Answering a message keeps a hidden tab alive: browsers slow timers down there, not messages.
    if (now - this.lastAlive >= ALIVE_EVERY_MS) this.alive(now);
    const since = now - (content.away ?? 0) * 1000;
    this.awayFrom = content.connected ? null : Math.min(since, this.awayFrom ?? since);
    if (content.connected && !this.connected && content.lastAway !== null) {
      this.back = { seconds: content.lastAway, until: now + BACK_SHOWN_MS };
    }
    this.connected = content.connected;
    if (wasStale && this.watchers) this.greet();
    this.changed();
  }

  greet() {
    this.send({ type: "hello", seq: this.have() });
  }

  alive(now) {
    if (!this.watchers) return;
    this.lastAlive = now;
    this.send({ type: "alive" });
  }

  tick() {
    const now = performance.now();
    if (now - this.lastAlive >= ALIVE_EVERY_MS) this.alive(now);
    if (this.back && now > this.back.until) this.back = null;
    this.changed();
  }

  dismiss() {
    this.back = null;
    this.changed();
  }

  /** Seconds since the kernel was heard, 0 while it is heard. */
  staleFor() {
    const silent = performance.now() - this.lastPulse;
    return silent > STALE_AFTER_MS ? silent / 1000 : 0;
  }

  /** Seconds the hub has been away, 0 while it is there. */
  awayForSeconds() {
    return this.awayFrom === null ? 0 : Math.max(0.001, (performance.now() - this.awayFrom) / 1000);
  }

  changed() {
    for (const listener of this.listeners) listener.state?.(this);
  }

  /** Have `listener.message(content, buffers)` and `listener.state(link)` called from now on. */
  join(listener) {
    this.listeners.add(listener);
    listener.state?.(this);
    return () => this.listeners.delete(listener);
  }

  /** Note that one more view is on the page; the first one greets the kernel. */
  watch() {
    this.watchers += 1;
    if (this.greeted) this.alive(performance.now());
    else {
      this.greeted = true;
      this.lastPulse = this.lastAlive = performance.now();
      this.greet();
    }
    return () => {
      this.watchers -= 1;
      if (this.watchers) return;
      this.greeted = false; // what is missed from now on comes with the next greeting
      this.send({ type: "bye" });
    };
  }

  close() {
    clearInterval(this.timer);
    this.listeners.clear();
  }
}
