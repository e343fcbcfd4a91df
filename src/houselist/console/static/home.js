// Home: what is filling, kept up to date; finding while it is typed; moving by drag; files dropped.
import { TOLD, ask, go, put, tellDone, tellNext, toast } from "./parts.js";

const list = document.getElementById("audiences");
const live = document.querySelector("[data-live]");
const OFTEN = 2_000;
const SELDOM = 15_000;
const STALE = 10_000;

/* The table ------------------------------------------------------------------ */

let asking = null;

// Asks for the table anew, as an address says.
async function refresh(address) {
  await replace((signal) => ask(address, { signal }), (html) => put(list, html));
}

// The whole page after a change: the table, and what is told of it around.
async function renew(said, undo) {
  const told = ["#audiences", "#navigation", ".head", ".figures"];
  await replace((signal) => fetch(location.href, { signal }), (html) => {
    const made = new DOMParser().parseFromString(html, "text/html");
    if (!made.getElementById("audiences")) {
      tellNext(said, undo);
      return void location.reload();
    }
    if (said) tellDone(said, undo);
    for (const name of told) {
      const part = made.querySelector(name);
      if (part) document.querySelector(name)?.replaceChildren(...part.childNodes);
    }
  });
}

// Whoever is at a row stays there.
async function replace(get, show) {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await get(asking.signal);
    if (!answer.ok) return;
    const html = await answer.text();
    const focused = document.activeElement.closest?.("[data-id]")?.dataset.id;
    show(html);
    const row = focused && list.querySelector(`[data-id="${focused}"] [data-open]`);
    row?.focus();
  } catch (failure) {
    if (failure.name !== "AbortError") toast("The service did not answer. Try again.");
  }
}

async function showMore(link) {
  const row = link.closest("tr");
  const answer = await ask(link.dataset.more).catch(() => null);
  if (!answer?.ok) return void toast("The service did not answer. Try again.");
  const before = row.previousElementSibling;
  row.outerHTML = await answer.text();
  before?.nextElementSibling?.querySelector("[data-open]")?.focus();
}

list?.addEventListener("click", async (event) => {
  const more = event.target.closest("[data-more]");
  if (more && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    showMore(more);
  }
  if (event.target.closest("[data-choose-all]")) {
    for (const each of list.querySelectorAll("tr[data-id]:not([hidden]) .check")) each.checked = true;
  }
  const quick = event.target.closest("[data-quick]");
  if (quick) {
    event.preventDefault();
    const body = new URLSearchParams();
    const answer = await ask(quick.formAction, { method: "POST", body, headers: TOLD }).catch(() => null);
    if (answer?.ok) go(answer);
    else toast("That was not done. Try again.");
  }
});

// A form that leads back to this page does not load it again.
document.addEventListener("houselist:go", (event) => {
  const { address, said, undo } = event.detail;
  if (!list || address.split("?")[0] !== "/") return;
  event.preventDefault();
  renew(said, undo);
});

/* Finding ---------------------------------------------------------------------- */

const field = document.getElementById("q");
let typing = 0;

function find() {
  const words = field.value.trim();
  const known = new URLSearchParams(location.search);
  known.delete("after");
  if (words) known.set("q", words);
  else known.delete("q");
  const address = `${location.pathname}${known.size ? `?${known}` : ""}`;
  history.replaceState(null, "", address);
  refresh(address);
}

// At once on what is loaded; by the server when the typing rests, for what is not.
function sift() {
  const words = field.value.trim().toLowerCase();
  for (const row of list.querySelectorAll("tr[data-id]")) {
    row.hidden = !row.querySelector("[data-open]").textContent.toLowerCase().includes(words);
  }
}

field?.addEventListener("input", () => {
  sift();
  clearTimeout(typing);
  typing = setTimeout(find, 200);
});
field?.form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  find();
});

/* Moving by drag ---------------------------------------------------------------- */

const MOVED = "application/x-houselist-audiences";
let dragged = [];

const folderAt = (event) => event.target.closest?.("tbody[data-folder]");
const fits = (folder) => folder.dataset.folder === "" || dragged.every((row) => row.dataset.kind === folder.dataset.takes);

list?.addEventListener("dragstart", (event) => {
  const row = event.target.closest("tr[data-id]");
  if (!row) return;
  const picked = [...list.querySelectorAll("tr[data-id]:has(.check:checked)")];
  dragged = picked.includes(row) ? picked : [row];
  event.dataTransfer.setData(MOVED, dragged.map((each) => each.dataset.id).join(" "));
  event.dataTransfer.effectAllowed = "move";
  for (const each of dragged) each.classList.add("dragged");
  for (const folder of list.querySelectorAll("tbody[data-folder]")) folder.classList.toggle("drop-not", !fits(folder));
});
list?.addEventListener("dragover", (event) => {
  const folder = folderAt(event);
  for (const each of list.querySelectorAll(".drop-here")) if (each !== folder) each.classList.remove("drop-here");
  if (!dragged.length || !folder || !fits(folder)) return;
  event.preventDefault();
  folder.classList.add("drop-here");
});
list?.addEventListener("drop", (event) => {
  const folder = folderAt(event);
  if (!dragged.length || !folder || !fits(folder)) return;
  event.preventDefault();
  const rows = dragged.filter((row) => row.closest("tbody") !== folder);
  if (rows.length) move(rows.map((row) => row.dataset.id), folder.dataset.folder || "none");
});
list?.addEventListener("dragend", () => {
  dragged = [];
  for (const each of list.querySelectorAll(".dragged, .drop-here, .drop-not")) {
    each.classList.remove("dragged", "drop-here", "drop-not");
  }
});

async function move(ids, folder) {
  const body = new URLSearchParams([...ids.map((id) => ["id", id]), ["folder", folder]]);
  const answer = await ask("/audiences/move", { method: "POST", body, headers: TOLD }).catch(() => null);
  if (answer?.ok) return void go(answer);
  toast(answer ? "These were not moved. Open the menu of one to see why." : "The service did not answer. Try again.");
}

/* Filling now -------------------------------------------------------------------- */

let heard = Date.now();
let next = 0;

const jobs = () => (live.querySelector("[data-jobs]")?.dataset.jobs ?? "").split(" ").filter(Boolean);

async function look() {
  clearTimeout(next);
  const before = jobs();
  const answer = await ask("/filling", { signal: AbortSignal.timeout(STALE) }).catch(() => null);
  if (answer?.ok) {
    heard = Date.now();
    show(await answer.text());
    const now = jobs();
    const over = before.filter((id) => !now.includes(id)).length;
    tellTitle(now.length);
    // Whoever has rows selected keeps them.
    if (over && list && !list.querySelector(".check:checked, details[open]")) renew();
  } else if (Date.now() - heard >= STALE) {
    tellStale();
  }
  if (!document.hidden) next = setTimeout(look, jobs().length ? OFTEN : SELDOM);
}

// Who is at a link of a job with the keyboard stays there.
function show(html) {
  const at = live.contains(document.activeElement) && document.activeElement.getAttribute("href");
  const alike = () => [...live.querySelectorAll(`a[href="${at}"]`)];
  const nth = at ? alike().indexOf(document.activeElement) : -1;
  put(live, html);
  if (nth >= 0) alike()[nth]?.focus();
}

function tellTitle(count) {
  const rest = document.title.replace(/^[\d,]+ filling: /, "");
  document.title = count ? `${count} filling: ${rest}` : rest;
}

function tellStale() {
  const told = live.querySelector(".stale");
  if (!told?.hidden) return;
  told.hidden = false;
  told.querySelector("[data-stale]").textContent = `${new Date(heard).toISOString().slice(11, 19)} UTC`;
}

if (live) {
  next = setTimeout(look, jobs().length ? OFTEN : SELDOM);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(next);
    if (!document.hidden) look();
  });
}

/* Files ----------------------------------------------------------------------------- */

const frame = document.querySelector("[data-fills]");
const TYPES = { csv: "text/csv", ndjson: "application/x-ndjson", jsonl: "application/x-ndjson", ods: "application/vnd.oasis.opendocument.spreadsheet", xls: "application/vnd.ms-excel" };
const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

function typeOf(name) {
  const ending = name.split(".").pop().toLowerCase();
  return TYPES[ending] ?? (ending.startsWith("xl") ? WORKBOOK : "text/csv");
}

let curtain = null;
function drawCurtain(text) {
  curtain ??= Object.assign(document.createElement("div"), { className: "curtain" });
  curtain.replaceChildren(Object.assign(document.createElement("div"), { textContent: text }));
  document.body.append(curtain);
  return curtain.firstChild;
}
function lift() {
  curtain?.remove();
  curtain = null;
}

function upload(file) {
  const inside = drawCurtain(`Uploading ${file.name}`);
  curtain.classList.add("busy");
  curtain.setAttribute("role", "status");
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", "Uploaded");
  const stop = Object.assign(document.createElement("button"), { className: "btn", textContent: "Cancel upload", type: "button" });
  inside.append(bar, stop);
  stop.focus();
  const request = new XMLHttpRequest();
  stop.addEventListener("click", () => request.abort());
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("abort", lift);
  request.addEventListener("error", () => {
    lift();
    toast("The upload broke off. Drop the file again.");
  });
  request.addEventListener("load", () => {
    const { data, error } = JSON.parse(request.responseText);
    if (request.status === 201) {
      return void location.assign(`/fill?upload=${data.uploadId}`);
    }
    lift();
    refuse(file.name, error);
  });
  const named = new URLSearchParams({ name: file.name.slice(0, 200) });
  request.open("POST", `/v1/accounts/${frame.dataset.group}/uploads?${named}`);
  request.setRequestHeader("Content-Type", typeOf(file.name));
  request.send(file);
}

// A refused file is told where files are dropped, and stays until another is.
function refuse(name, error) {
  const place = document.getElementById("drop") ?? document.querySelector(".start");
  place.parentNode.querySelector(".file-refused")?.remove();
  const told = Object.assign(document.createElement("p"), { className: "problem file-refused" });
  told.setAttribute("role", "alert");
  told.textContent = `${name} was not taken. ${error.message} ${error.details ?? ""}`;
  place.before(told);
  told.scrollIntoView({ block: "nearest" });
}

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
if (frame) {
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (!curtain) drawCurtain("Drop to start an audience");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget && !curtain?.classList.contains("busy")) lift();
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    lift();
    const files = event.dataTransfer.files;
    if (files.length > 1) toast("One file at a time: the first was taken.");
    if (files.length) upload(files[0]);
  });
  document.addEventListener("click", async (event) => {
    const sample = event.target.closest("[data-sample]");
    if (!sample) return;
    event.preventDefault();
    const answer = await fetch(sample.href);
    upload(new File([await answer.blob()], "us-legislators.csv", { type: "text/csv" }));
  });
}
