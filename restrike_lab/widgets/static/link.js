// The browser's end of the line to the kernel: greets, keeps saying "alive", and notices by itself when nobody answers.

const ALIVE_EVERY_MS = 5000;
const STALE_AFTER_MS = 3500;
const BACK_SHOWN_MS = 15000;

/** One line per widget model and page, shared by all its views. Listeners: `message(content, buffers)`, `state(link)`. */
export class Link {
  constructor(model) {
    this.model = model;
    this.page = Math.random().toString(36).slice(2) + Date.now().toString(36);
    this.lastPulse = performance.now();
    this.lastAlive = 0;
    this.connected = true;
    this.awayFrom = null;
    this.back = null;
    this.views = new Set();
    model.on("msg:custom", (content, buffers) => this.receive(content, buffers));
    this.timer = setInterval(() => this.tick(), 500);
    window.addEventListener("pagehide", () => this.send({ type: "bye" }));
    this.send({ type: "hello" });
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
    for (const view of this.views) view.message?.(content, buffers);
  }

  pulse(content) {
    const now = performance.now();
    const wasStale = this.staleFor() > 0;
    this.lastPulse = now;
    // Answering a message keeps a hidden tab alive: browsers slow timers down there, not messages.
    if (now - this.lastAlive >= ALIVE_EVERY_MS) this.alive(now);
    this.awayFrom = content.connected ? null : now - (content.away ?? 0) * 1000;
    if (content.connected && !this.connected && content.lastAway !== null) {
      this.back = { seconds: content.lastAway, until: now + BACK_SHOWN_MS };
    }
    this.connected = content.connected;
    if (wasStale) this.send({ type: "hello" });
    this.changed();
  }

  alive(now) {
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
    for (const view of this.views) view.state?.(this);
  }

  join(view) {
    this.views.add(view);
    view.state?.(this);
    return () => this.views.delete(view);
  }

  close() {
    clearInterval(this.timer);
    this.views.clear();
  }
}
