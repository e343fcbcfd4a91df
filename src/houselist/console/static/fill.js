// The page that fills an audience: uploads with a bar, a live dry run, and what changes as one types.
import { ask, put, tell, toast } from "./parts.js";

const root = document.getElementById("fill");
const { api, base } = root.dataset;
const TYPES = { csv: "text/csv", ndjson: "application/x-ndjson", workbook: "application/vnd.ms-excel" };
const ENDINGS = { ndjson: "ndjson", jsonl: "ndjson", json: "ndjson", xlsx: "workbook", xlsm: "workbook", xltx: "workbook", xltm: "workbook", xlsb: "workbook", xls: "workbook", ods: "workbook" };
const numbers = new Intl.NumberFormat("en");
const at = (id) => document.getElementById(id);
let file = null; // what was chosen last, so that it can be read again in another encoding
let read = null; // the file that the page shows as read
let sending = null;
let events = null;

// 1. The file --------------------------------------------------------------

function typeOf(name, encoding) {
  const type = TYPES[ENDINGS[name.toLowerCase().split(".").pop()] ?? "csv"];
  return encoding && type !== TYPES.workbook ? `${type}; charset=${encoding}` : type;
}

function upload() {
  if (!file || sending) return;
  const [encoding, delimiter, sheet] = ["encoding", "delimiter", "sheet"].map(chosen);
  const query = { name: file.name.slice(0, 200), ...(sheet && { sheet }), ...(delimiter && { delimiter }) };
  const address = `${api}/uploads?${new URLSearchParams(query)}`;
  sending = new XMLHttpRequest();
  sending.open("POST", address);
  sending.setRequestHeader("Content-Type", typeOf(file.name, encoding));
  sending.responseType = "json";
  sending.upload.addEventListener("progress", (event) => show(event.loaded, event.total));
  sending.addEventListener("load", () => arrived(sending));
  sending.addEventListener("error", () => ended("The file did not arrive", "The connection broke off. Nothing of it was kept; choose it again."));
  sending.addEventListener("abort", () => ended());
  at("file-problem").hidden = true;
  at("reading").hidden = false;
  at("reading-what").textContent = file.name;
  at("reading-stop").focus();
  show(0, file.size);
  sending.send(file);
}

// How the file is to be read. What is not changed stays as the page shows it; another file is read
// as it is found.
function chosen(name) {
  const field = at("upload").elements[name];
  if (!field || (read && read !== file)) return "";
  return field.value.trim() || (field.value === "" && read ? (field.dataset.read ?? "") : field.value);
}

function show(sent, all) {
  const bar = at("reading").querySelector("progress");
  const far = sent < all ? `${Math.floor((100 * sent) / all)}% of ${size(all)}` : `${size(all)} sent, being read…`;
  if (sent < all) bar.value = sent / all;
  else bar.removeAttribute("value");
  at("reading-far").textContent = far;
}

function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function arrived(request) {
  const answer = request.response;
  if (request.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  } else if (answer?.success) {
    sending = null;
    read = file;
    const kept = new URLSearchParams(location.search);
    const query = new URLSearchParams({ source: "file", upload: answer.data.uploadId, file: file.name.slice(0, 200) });
    for (const name of ["folder", "update", "emails"]) if (kept.get(name)) query.set(name, kept.get(name));
    const name = at("name")?.value;
    if (name && name !== stem(kept.get("file"))) query.set("name", name);
    visit(`${base}?${query}`).then(() => at("map")?.querySelector("select")?.focus({ preventScroll: true }));
  } else {
    const error = answer?.error;
    const problems = error?.fields?.map((each) => each.message).join(" ");
    ended(error?.message ?? "The file could not be read", problems || error?.details || "Try again.", answer?.traceId);
  }
}

const stem = (name) => (name ?? "").replace(/\.[^.]*$/, "");

function ended(title, words, trace) {
  sending = null;
  at("reading").hidden = true;
  at("upload").elements.file.value = "";
  if (!title) return void at("file").focus();
  const place = at("file-problem");
  const notice = document.createElement("div");
  notice.className = "notice o-refused";
  notice.setAttribute("role", "alert");
  const text = document.createElement("div");
  text.append(made("b", title), made("p", words));
  if (trace) {
    const line = made("p", "Trace id ");
    line.className = "small quiet";
    const code = made("code", trace);
    code.className = "trace";
    code.dataset.copy = "";
    line.append(code);
    text.append(line);
  }
  notice.append(document.createElement("span"), text);
  place.replaceChildren(notice);
  place.hidden = false;
}

const made = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

function take(found) {
  if (!found || !at("upload")) return;
  file = found;
  upload();
}

root.addEventListener("change", (event) => {
  const changed = event.target;
  if (changed.id === "file") take(changed.files[0]);
  else if (changed.form?.id === "upload" && changed.name !== "file") {
    if (file) upload();
    else if (at("reread")) at("reread").textContent = "Choose the file again, and it is read this way.";
  } else if (changed.form?.id === "start") keep(changed);
});

root.addEventListener("click", async (event) => {
  if (event.target.closest("#reading-stop")) sending?.abort();
  const sample = event.target.closest("[data-sample]");
  if (!sample) return;
  event.preventDefault();
  const answer = await fetch(sample.href);
  take(new File([await answer.blob()], "us-legislators.csv"));
});

// A file may be dropped anywhere on the page.
const holdsFile = (event) => at("upload") && event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!holdsFile(event)) return;
  event.preventDefault();
  at("file-card").classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) at("file-card")?.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!holdsFile(event)) return;
  event.preventDefault();
  at("file-card").classList.remove("over");
  take(event.dataTransfer.files[0]);
});

// 2. The page's state is its address -------------------------------------------

async function visit(address) {
  const answer = await ask(address);
  put(root, await answer.text());
  history.pushState(null, "", address);
  begin();
}
// A place within the page is no other state of it.
window.addEventListener("popstate", () => location.hash || location.reload());

// Notes in the address what was changed, and says that the dry run no longer fits.
function keep(field) {
  const query = new URLSearchParams(location.search);
  const changed = [];
  const value = field.type === "checkbox" ? (field.checked ? "1" : "") : field.value;
  if (field.name.startsWith("to.")) {
    if (value === field.dataset.suggested) query.delete(field.name);
    else query.set(field.name, value);
    outdate();
    changed.push("map");
  } else if (["name", "folder", "update", "emails", "max", "operation"].includes(field.name)) {
    if (value) query.set(field.name, value);
    else query.delete(field.name);
  }
  history.replaceState(null, "", `${base}?${query}`);
  if (field.name === "emails" || field.name === "operation" || changed.length) refresh([...changed, "go"]);
}

function outdate() {
  const stale = document.querySelector("#dry .stale");
  if (stale) stale.hidden = false;
  if (at("go-button")) at("go-button").textContent = at("go-button").dataset.plain;
}

// Takes parts of the page anew; what is being typed in the others stays.
async function refresh(ids) {
  const here = location.href;
  const answer = await ask(here);
  const html = await answer.text();
  // The page may have gone on to another state, such as that after a cancel.
  if (answer.ok && location.href === here) replace(html, ids);
}

function replace(html, ids) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const focused = document.activeElement;
  for (const id of ids) {
    const found = fresh.getElementById(id);
    if (!found || !at(id)) continue;
    const held = at(id).contains(focused) ? focused.name : null;
    at(id).replaceWith(document.adoptNode(found));
    if (held) at(id).querySelector(`[name="${held}"]`)?.focus({ preventScroll: true });
  }
  if (ids.includes("dry")) begin();
}

// 3. Dry run and start ------------------------------------------------------------

root.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id === "upload") {
    event.preventDefault();
    return void take(form.elements.file.files[0] ?? file);
  }
  if (form.id !== "start") return;
  event.preventDefault();
  const button = event.submitter ?? at("go-button");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const answer = await ask(form.action, { method: "POST", body });
    const there = new URL(answer.url);
    if (!answer.redirected) tell(form, await answer.text());
    else if (there.pathname !== base) return void location.assign(answer.url);
    else await came(answer, there);
  } catch {
    toast("The service did not answer. Nothing is lost; try again.");
  }
  button.removeAttribute("aria-disabled");
});

// The dry run began or was cancelled: its part of the page is new, and so is the form's id.
async function came(answer, there) {
  history.pushState(null, "", there.pathname + there.search);
  replace(await answer.text(), ["dry", "go"]);
}

// What a provider knows comes when the page is there, whatever the provider takes for it.
async function load(address) {
  try {
    const answer = await ask(address);
    replace(await answer.text(), ["lists"]);
  } catch {
    const place = at("lists");
    if (place?.dataset.ask !== address) return;
    const again = Object.assign(document.createElement("a"), { className: "btn", href: address });
    again.textContent = "The service did not answer. Ask again";
    place.replaceChildren(again);
  }
}

function begin() {
  const asked = at("lists")?.dataset.ask;
  if (asked) load(asked);
  events?.close();
  events = null;
  const job = at("dry")?.dataset.job;
  if (!job) return;
  const title = document.title;
  events = new EventSource(`${api}/prospecting/${job}/events`);
  events.addEventListener("progress", (event) => {
    const { stages, counts } = JSON.parse(event.data);
    const far = stages.import.progress;
    if (!at("dry-bar")) return;
    at("dry-bar").value = far;
    at("dry-far").textContent = `${numbers.format(counts.rows)} rows tried. Nothing is written.`;
    document.title = `${Math.floor(100 * far)}%: ${title.replace(/^\d+%.*?: /, "")}`;
  });
  events.addEventListener("end", () => {
    events.close();
    events = null;
    document.title = title.replace(/^\d+%.*?: /, "");
    refresh(["dry", "go"]);
  });
}

// 4. Addresses, as they are typed ---------------------------------------------------

let counting = 0;
root.addEventListener("input", (event) => {
  if (event.target.name !== "urls") return;
  outdate();
  clearTimeout(counting);
  counting = setTimeout(count, 300);
});

async function count() {
  const urls = document.querySelector("[name=urls]")?.value;
  if (urls === undefined) return;
  const answer = await ask("/fill/addresses", { method: "POST", body: new URLSearchParams({ urls }) });
  if (answer.ok) put(at("addresses"), await answer.text());
}

begin();
if (document.querySelector("[name=urls]")?.value) count();
