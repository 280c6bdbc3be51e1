// The player of the page: a click on an event opens its video at its place. Nothing is loaded from anywhere.
(() => {
  "use strict";
  const player = document.querySelector("video");
  const status = document.querySelector("#status");
  const lead = document.querySelector("#lead");
  const chooser = document.querySelector("#chooser");
  const sources = JSON.parse(document.querySelector("#videos").textContent);
  const chosen = new Map();
  const events = [...document.querySelectorAll("a.event")];
  let current = null;

  const say = (text) => {
    status.textContent = text;
  };

  const open = (link) => {
    const number = Number(link.dataset.video);
    const at = Math.max(0, Number(link.dataset.at) - Number(lead.value));
    const address = chosen.get(sources[number].name) ?? sources[number].uri;
    for (const each of events) each.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    current = link;
    if (player.dataset.video !== String(number) || player.dataset.address !== address) {
      player.dataset.video = String(number);
      player.dataset.address = address;
      player.src = address;
      player.addEventListener("loadedmetadata", () => { player.currentTime = at; }, { once: true });
    } else {
      player.currentTime = at;
    }
    say(sources[number].name);
    player.play().catch(() => {});
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.event");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
    }
  });

  player.addEventListener("error", () => {
    const source = sources[Number(player.dataset.video)];
    if (source) say(`${source.name} does not open here. Choose the file below, or play it elsewhere: ${source.file}`);
  });

  chooser.addEventListener("change", () => {
    for (const file of chooser.files) chosen.set(file.name, URL.createObjectURL(file));
    const known = sources.filter((source) => chosen.has(source.name)).length;
    if (known === 0 && sources.length === 1 && chooser.files.length === 1) {
      chosen.set(sources[0].name, URL.createObjectURL(chooser.files[0]));
    } else if (known === 0) {
      say("None of these files has the name of a video of this match.");
      return;
    }
    open(current ?? events[0]);
  });

  for (const box of document.querySelectorAll("input[data-kind]")) {
    box.addEventListener("change", () => {
      for (const each of document.querySelectorAll(`li[data-kind="${box.dataset.kind}"]`)) each.hidden = !box.checked;
    });
  }

  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
    const shown = events.filter((each) => !each.closest("li").hidden);
    const next = shown[shown.indexOf(current) + step] ?? (current ? null : shown[0]);
    if (next) {
      open(next);
      next.scrollIntoView({ block: "nearest" });
    }
  });
})();
