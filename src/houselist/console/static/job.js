// The page of one job, live: figures by the job's events, all else anew from the server.
import { ask, put } from "./parts.js";

const SILENCE = 10_000; // milliseconds without a word, heartbeats included, until we say so
const AGAIN = 2_000;
const SOME_TIME = 2_000;
const MINUTE = 60_000;
const TOLD_AFTER = 3_000;
const TOLD_FROM = 0.02;
const OVER = ["completed", "failed", "cancelled"];
const BAR = 1_000;

const part = document.getElementById("job-part");
const said = document.getElementById("job-said");
const top = () => document.getElementById("job-top");
const live = (name) => top().querySelector(`[data-live="${name}"]`);

let lastWord = Date.now(); // when the service was last heard
let figuresOf = Date.now();
let refreshedAt = 0;
let lastId = null;
let stop = null;
let samples = [];

const number = (value) => value.toLocaleString("en");
const percent = (share) => (share <= 0 ? 0 : share >= 1 ? 100 : Math.min(99, Math.max(1, Math.round(100 * share))));
const of = (count, rows) => `${percent(rows ? count / rows : 0)}%`;

function duration(seconds) {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3_570) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

const stage = (job) => (job.stages.import.status === "completed" ? job.stages.enrichment : job.stages.import);
const details = (job) => `${job.stages.import.details ?? ""}|${job.stages.enrichment.details ?? ""}`;
// Look-ups tell their counts in words, with each person.
const form = (text) => text.replace(/[0-9,]+/g, "…");

// Whether the page's shape is another one, so that figures alone would not do.
const isOtherwise = (job) =>
  OVER.includes(job.status) ||
  (job.status === "running") !== ["running", "waiting"].includes(top().dataset.state) ||
  form(details(job)) !== form(top().dataset.details) ||
  (job.stages.import.status === "completed") !== !live("rate");

function showFigures(job) {
  const share = stage(job).progress;
  const { rows, ...counts } = job.counts;
  write(live("pct"), String(percent(share)));
  write(live("rows"), number(rows));
  const bar = live("progress");
  bar.value = share;
  bar.textContent = of(share, 1);
  let x = 0;
  for (const rect of top().querySelectorAll("[data-part-of]")) {
    const width = rows ? (BAR * share * (counts[rect.dataset.partOf] ?? 0)) / rows : 0;
    rect.setAttribute("x", x.toFixed(2));
    rect.setAttribute("width", width.toFixed(2));
    x += width;
  }
  for (const [name, count] of Object.entries(counts)) {
    write(part.querySelector(`[data-count="${name}"]`), number(count));
    write(part.querySelector(`[data-share="${name}"]`), of(count, rows));
  }
  showRate(rows, share);
  showState(job, share);
}

function showState(job, share) {
  const badge = top().querySelector(".title .out");
  const word = badge.lastChild;
  if (job.status === "running" && word.nodeType === Node.TEXT_NODE) {
    word.data = word.data.replace(/[0-9]+%/, `${percent(share)}%`);
  }
  document.title = `${percent(share)}%: ${top().dataset.title} · Houselist`;
}

// By the last minute, so that a pause long ago does not count.
function showRate(rows, share) {
  const now = Date.now();
  samples.push({ now, rows, share });
  samples = samples.filter((each) => now - each.now <= MINUTE);
  const first = samples[0];
  const time = now - first.now;
  if (time < TOLD_AFTER || !live("rate")) return;
  const rate = (1_000 * (rows - first.rows)) / time;
  write(live("rate"), rate >= 1 ? number(Math.round(rate)) : "–");
  const gained = share - first.share;
  const isKnown = share >= TOLD_FROM && share < 1 && gained > 0;
  write(live("left"), isKnown ? `About ${duration(((1 - share) / gained) * (time / 1_000))}` : "–");
  drawRates();
}

function drawRates() {
  const rates = [];
  for (let at = 1; at < samples.length; at += 1) {
    const before = samples[Math.max(0, at - 5)];
    const time = samples[at].now - before.now;
    if (time > 0) rates.push((1_000 * (samples[at].rows - before.rows)) / time);
  }
  const svg = live("spark");
  if (rates.length < 2 || !svg) return;
  const highest = Math.max(...rates, 1);
  const points = rates.map((rate, at) => `${((100 * at) / (rates.length - 1)).toFixed(1)} ${(23 - (20 * rate) / highest).toFixed(1)}`);
  const line = `M${points.join("L")}`;
  const [under, stroke] = svg.querySelectorAll("path");
  stroke.setAttribute("d", line);
  under.setAttribute("d", `${line}L100 24L0 24Z`);
  const lowest = number(Math.round(Math.min(...rates)));
  svg.setAttribute("aria-label", `Rate over the last minute: between ${lowest} and ${number(Math.round(highest))} rows a second`);
}

// What somebody has entered, or a question that stands open, must not be lost.
const isInUse = () => part.querySelector(".pop:popover-open") || part.querySelector("input.changed");

async function refresh() {
  refreshedAt = Date.now();
  const answer = await ask(location.href);
  if (!answer.ok || isInUse()) return;
  const html = await answer.text();
  const at = document.activeElement;
  const held = part.contains(at) && (at.getAttribute("href") ?? at.getAttribute("popovertarget"));
  const scrolled = scrollY;
  const before = top().dataset.state;
  put(part, html);
  scrollTo(scrollX, scrolled);
  if (held) part.querySelector(`[href="${CSS.escape(held)}"], [popovertarget="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  const state = top().querySelector(".title .out").textContent.trim();
  const word = top().dataset.events ? `${live("pct").textContent}%` : state;
  document.title = `${word}: ${top().dataset.title} · Houselist`;
  if (top().dataset.state !== before) said.textContent = state;
  watchMending();
}

// The last page of the rows grows while the job runs.
const grows = () => document.querySelector("#job-ledger[data-grows]") && Date.now() - refreshedAt > SOME_TIME;

async function take(job) {
  figuresOf = Date.now();
  if (isOtherwise(job) || (job.counts.rows && grows())) await refresh();
  if (!OVER.includes(job.status)) showFigures(job);
}

// The stream is read by hand: EventSource does not tell of the heartbeats by which it lives.
async function follow(signal) {
  const headers = { accept: "text/event-stream", ...(lastId && { "last-event-id": lastId }) };
  const answer = await ask(top().dataset.events, { headers, signal });
  if (!answer.ok) return;
  heard();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    // Of several that came together the last one tells all.
    const events = blocks.map(read).filter(Boolean);
    if (events.length) await take(events.at(-1));
  }
}

function read(block) {
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
  if (!fields.data) return null;
  lastId = fields.id;
  return JSON.parse(fields.data);
}

function heard() {
  lastWord = Date.now();
  const stale = document.getElementById("job-stale");
  if (stale && !stale.hidden) stale.hidden = true;
}

const pause = (time) => new Promise((go) => setTimeout(go, time));

async function keep() {
  while (top().dataset.events && !document.hidden) {
    stop = new AbortController();
    try {
      await follow(stop.signal);
    } catch {
      // Cut, or paused; what was missed comes with the next event.
    }
    if (top().dataset.events && !document.hidden) await pause(AGAIN);
  }
  stop = null;
}

setInterval(() => {
  const silence = Date.now() - lastWord;
  const stale = document.getElementById("job-stale");
  if (document.hidden || !top().dataset.events || silence < SILENCE) return;
  stale.querySelector("[data-since]").textContent = duration(silence / 1_000);
  stale.querySelector("[data-of]").textContent = `${new Date(figuresOf).toISOString().slice(11, 19)} UTC`;
  stale.hidden = false;
}, 1_000);

// A page that nobody sees asks for nothing; when it is seen again it catches up.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stop?.abort();
  } else {
    lastWord = Date.now();
    samples = [];
    if (!stop) keep();
  }
});

// Mending: what was changed is marked and counted, and not left without asking.
function watchMending() {
  const mending = document.getElementById("mend");
  mending?.addEventListener("input", (event) => {
    const cell = event.target;
    cell.classList.toggle("changed", cell.value !== cell.defaultValue);
    const rows = new Set([...mending.querySelectorAll(".changed")].map((each) => each.closest("tr").id));
    const words = rows.size === 1 ? "Import 1 mended row" : `Import ${rows.size} mended rows`;
    mending.querySelector("[data-mend]").textContent = rows.size ? words : "Import mended rows";
  });
  mending?.addEventListener("submit", () => mending.classList.add("sent"));
}
addEventListener("beforeunload", (event) => {
  if (document.querySelector("#mend:not(.sent) .changed")) event.preventDefault();
});

watchMending();
keep();
