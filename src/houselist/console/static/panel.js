// The side panel about one person: opened, changed and closed without leaving the table. Whatever it
// shows has an address, which the server answers with the whole page.
import { ask, toast } from "./parts.js";

const OWN = ["person", "do", "find", "with"];
const TYPING = 250; // milliseconds without a key before a search is asked

document.documentElement.classList.add("scripted");

const panel = () => document.getElementById("person");

// What is shown beside or around the panel.
function host(address) {
  const url = new URL(address, location.href);
  for (const name of OWN) url.searchParams.delete(name);
  url.searchParams.sort();
  return url.pathname + url.search;
}

let shown = host(location.href);

const place = () => panel() ?? document.querySelector(".person-page");

// Puts what the server has at an address in the panel's place. `focus`: a selector of what to focus.
function put(html, focus) {
  const read = new DOMParser().parseFromString(html, "text/html");
  const made = read.querySelector("#person, .person-page");
  const old = place();
  if (!made) return void old?.remove();
  if (old && old.className !== made.className) return false;
  if (old) old.replaceWith(made);
  else document.querySelector(".frame").append(made);
  mark();
  const first = focus || ".panel-form :is(.input, [type=radio]:checked)";
  (made.querySelector(first) ?? (made.id ? made : made.querySelector("a")))?.focus();
  return true;
}

// The row of who is shown.
function mark() {
  const id = panel()?.dataset.person;
  for (const row of document.querySelectorAll("[data-rows] tr")) {
    const link = id && row.querySelector(`[data-open][href*="person=${id}"]`);
    row.classList.toggle("here", Boolean(link));
  }
}

async function open(address, { keep = false, focus } = {}) {
  let answer;
  try {
    answer = await ask(address);
  } catch {
    return void toast("The service did not answer. Try again.");
  }
  const html = await answer.text();
  if (!answer.ok || put(html, focus) === false) return void location.assign(address);
  if (!keep) history.pushState(null, "", address);
}

function close(address) {
  const id = panel()?.dataset.person;
  panel()?.remove();
  mark();
  history.pushState(null, "", address);
  document.querySelector(`[data-open][href*="person=${id}"]`)?.focus();
}

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest('a[data-panel], a[data-panel-close], [data-rows] a[data-open][href*="person="]');
  if (!link || host(link.href) !== shown) return;
  event.preventDefault();
  if (link.matches("[data-panel-close]")) close(link.href);
  else open(link.href);
});

addEventListener("popstate", () => {
  // A source within the panel was led to: browsers tell of that in the same way.
  if (location.hash) return;
  if (host(location.href) !== shown) location.reload();
  else if (new URLSearchParams(location.search).has("person") || !panel()) open(location.href, { keep: true });
  else {
    panel().remove();
    mark();
  }
});

// Searches go on as somebody types.
let waiting;
function find(form, focus) {
  const query = new URLSearchParams(new FormData(form));
  open(`${form.getAttribute("action")}?${query}`, { keep: true, focus }).then(() => {
    const input = place()?.querySelector("[data-panel-find] [name=find]");
    input?.setSelectionRange(input.value.length, input.value.length);
  });
}
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-panel-find]");
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => find(form, "[data-panel-find] [name=find]"), TYPING);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.matches("[data-panel-find]")) {
    event.preventDefault();
    clearTimeout(waiting);
    return find(form, "[data-panel-find] [name=find]");
  }
  if (!form.matches("[data-panel-form]")) return;
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-disabled", "true");
  try {
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await ask(form.action, { method: "POST", body, redirect: "follow" });
    if (answer.redirected) return void location.assign(answer.url);
    tell(form, await answer.text());
  } catch {
    toast("The service did not answer. Nothing is lost; try again.");
  } finally {
    button?.removeAttribute("aria-disabled");
  }
});

// A refusal: the form again, with what is wrong at its fields, or a notice above it.
function tell(form, html) {
  const read = new DOMParser().parseFromString(html, "text/html");
  const again = read.querySelector("[data-panel-form]");
  const old = form.parentElement.querySelector(".panel-told");
  old?.remove();
  const notice = read.querySelector(".notice");
  if (again) form.replaceWith(again);
  if (notice) {
    const told = document.createElement("div");
    told.className = "panel-told";
    told.append(notice);
    (again ?? form).before(told);
  }
  (again?.querySelector("[aria-invalid]") ?? notice)?.scrollIntoView({ block: "nearest" });
  again?.querySelector("[aria-invalid]")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || !panel()) return;
  if (document.querySelector("dialog[open], .pop:popover-open, details.menu[open], details.who[open]")) return;
  const leave = panel().querySelector("[data-panel-close]");
  if (leave && host(leave.href) === shown) close(leave.href);
});

mark();
