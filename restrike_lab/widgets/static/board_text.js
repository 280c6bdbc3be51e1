// What a court's state says in words: for the scoreboard's strip and for a screen reader. Pure.

import { clockText } from "./dom.js";

export const SIDES = ["blue", "red"];
export const SIDE_NAMES = { 0: "Referee", 1: "Blue", 2: "Red" };

// Only decisions whose meaning is certain are spelled out; the code is always shown.
const DECISIONS = {
  RSC: "referee stops contest",
  PTF: "final score",
  PTG: "point gap",
  GDP: "golden point",
  SUP: "superiority",
  WDR: "withdrawal",
  DSQ: "disqualification",
  PUN: "punitive declaration",
  DQB: "disqualification for behaviour",
};

const STAGES = {
  loading: "Loading",
  ready: "Ready to start",
  fighting: "Fighting",
  stopped: "Time stopped",
  between: "Between rounds",
  decided: "Decided",
};

/** Return the athlete's name to show, long before short. */
export function athleteName(state, side) {
  const athlete = state?.match?.[SIDES[side]];
  return athlete?.long || athlete?.short || "";
}

export function country(state, side) {
  return state?.match?.[SIDES[side]]?.country || "";
}

/** Return what the match is: number, phase, weight class, division. */
export function matchFacts(state) {
  const match = state?.match;
  if (!match) return [];
  return [match.number && `Match ${match.number}`, match.phase, match.weight_class, match.division].filter(Boolean);
}

export function stageOf(state) {
  return state?.match?.stage ?? "";
}

/** Return 1, 2, 0 for a tie, or null while nobody has won. */
export function winnerOf(state) {
  const winner = state?.match?.winner;
  return winner ? ({ BLUE: 1, RED: 2, TIE: 0 }[winner] ?? null) : null;
}

export function decisionText(state) {
  const code = state?.match?.decision;
  if (!code) return "";
  return DECISIONS[code] ? `${code}, ${DECISIONS[code]}` : code;
}

export function winnerText(state) {
  const winner = winnerOf(state);
  if (winner === null) return "";
  const won = (state.match.rounds_won ?? [0, 0]).join("–");
  const who = winner === 0 ? "Tie" : `${athleteName(state, winner - 1) || SIDE_NAMES[winner]} wins`;
  return [who, won === "0–0" ? "" : won, decisionText(state)].filter(Boolean).join(" · ");
}

/** Return the one thing worth saying under the board, with a kind for its colour. */
export function strip(state) {
  if (!state?.match) return { kind: "idle", text: "No bout loaded" };
  const won = winnerText(state);
  if (won) return { kind: ["tie", "blue", "red"][winnerOf(state)], text: won };
  if (state.injury) {
    const whose = state.injury.athlete ? ` · ${SIDE_NAMES[state.injury.athlete]}` : "";
    return { kind: "injury", text: `Injury time ${clockText(state.injury.time_ms)}${whose}` };
  }
  if (state.challenge) {
    const { athlete, state: stage, result } = state.challenge;
    return { kind: "challenge", text: [`${SIDE_NAMES[athlete] ?? "?"} challenge`, result ?? stage].filter(Boolean).join(" · ") };
  }
  if (isBreak(state)) return { kind: "break", text: "Rest between rounds" };
  return { kind: stageOf(state), text: STAGES[stageOf(state)] ?? stageOf(state) };
}

export function isBreak(state) {
  return state?.break_ms !== null && state?.break_ms !== undefined;
}

/** Return what the big clock shows: time, and whether it runs, stands, or counts a break. */
export function clockFace(state) {
  if (!Number.isFinite(state?.clock?.time_ms)) return { text: clockText(null), kind: "idle", label: "" };
  const text = clockText(state.clock.time_ms);
  if (winnerOf(state) !== null) return { text, kind: "final", label: "Final" };
  if (isBreak(state)) return { text: clockText(state.break_ms), kind: "break", label: "Break" };
  if (state.clock.running) return { text, kind: "running", label: "Running" };
  if (["loading", "ready"].includes(stageOf(state))) return { text, kind: "idle", label: "Not started" };
  return { text, kind: "stopped", label: "Stopped" };
}

export function roundText(state) {
  if (!state?.match && !state?.round) return "Round –";
  const of = state.match?.rounds;
  const round = state.round || 1;
  return of && round > of ? "Golden round" : of ? `Round ${round} of ${of}` : `Round ${round}`;
}

/** Return what changed between two states, to be read out; empty when nothing worth a word did. */
export function spokenChange(before, now) {
  if (!now || !before) return "";
  const said = [];
  if (before.match?.match_id !== now.match?.match_id && now.match) {
    said.push(`New bout: ${athleteName(now, 0) || "blue"} against ${athleteName(now, 1) || "red"}`);
  }
  if (before.round !== now.round) said.push(roundText(now));
  if (String(before.score) !== String(now.score)) said.push(`Blue ${now.score[0]}, red ${now.score[1]}`);
  SIDES.forEach((side, index) => {
    const count = now.gam_jeoms?.[index] ?? 0;
    if (count > (before.gam_jeoms?.[index] ?? 0)) said.push(`Gam-jeom ${side}, ${count}`);
  });
  if (winnerOf(before) === null && winnerOf(now) !== null) said.push(winnerText(now));
  else if (!before.challenge && now.challenge) said.push(strip(now).text);
  else if (!before.injury && now.injury) said.push(strip(now).text);
  return said.join(". ");
}
