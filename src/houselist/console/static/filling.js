// The bar of the job that fills an audience, live while somebody looks; then the page is shown anew.

const card = document.querySelector("[data-filling]");
const SILENCE = 10_000; // milliseconds without an answer before it is told
const LOOK = 5_000; // between looks where the key may not see jobs
let source = null;
let lost = null;

const set = (name, text) => {
  const found = card.querySelector(`[data-${name}]`);
  if (found && text !== undefined) found.textContent = text;
};

function percent(part) {
  if (part <= 0) return "0%";
  return part >= 1 ? "100%" : `${Math.min(99, Math.max(1, Math.floor(100 * part + 0.5)))}%`;
}

function show(job) {
  const stage = job.stages.import;
  if (!["queued", "running"].includes(stage.status)) return void location.reload();
  card.querySelector("progress").value = stage.progress;
  set("percent", percent(stage.progress));
  set("rows-read", job.counts.rows.toLocaleString("en"));
  set("added", job.counts.added.toLocaleString("en"));
  const details = card.querySelector("[data-details]");
  details.hidden = !stage.details;
  details.textContent = stage.details ?? "";
  card.classList.toggle("wait", Boolean(stage.details));
  document.title = document.title.replace(/^\d+%/, percent(stage.progress));
}

function watch() {
  source = new EventSource(card.dataset.filling);
  source.addEventListener("progress", (event) => {
    clearTimeout(lost);
    lost = null;
    card.querySelector("[data-stopped]")?.remove();
    show(JSON.parse(event.data));
  });
  source.addEventListener("end", () => location.reload());
  source.addEventListener("error", () => {
    lost ??= setTimeout(tellStopped, SILENCE);
  });
}

function tellStopped() {
  const told = document.createElement("p");
  told.dataset.stopped = "";
  told.setAttribute("role", "status");
  told.textContent = "Live updates stopped. They go on by themselves once the service answers.";
  card.querySelector(".in").append(told);
}

function follow() {
  if (document.hidden) {
    source?.close();
    source = null;
  } else if (!source) watch();
}

if (card?.dataset.filling) {
  follow();
  document.addEventListener("visibilitychange", follow);
} else if (card) {
  setInterval(() => document.hidden || location.reload(), LOOK);
}
