// The table of people: searched as somebody types, chosen by rows, changed without leaving the page.
import { show } from "./dialogs.js";
import "./filling.js";
import { ask, remember, tell, toast, whenPressed } from "./parts.js";

const TYPING = 250; // milliseconds without a key before a search is asked
const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

// Puts what the server has of a part at an address in the part's place.
async function swap(id, address, signal) {
  const answer = await ask(address, { headers: { "Houselist-Part": id }, signal });
  const made = parsed(await answer.text()).getElementById(id);
  const old = document.getElementById(id);
  if (!made || !old) return void location.assign(address);
  const find = old.querySelector(".find");
  const typing = find?.contains(document.activeElement) ? document.activeElement : null;
  // What is typed in stays, with what was typed since.
  if (find) made.querySelector(".find")?.replaceWith(find);
  old.replaceWith(made);
  tellWhom();
  typing?.focus();
  tellChosen();
  again();
  return made;
}

// An export is of whom the table shows, with its columns.
function tellWhom() {
  const shown = document.querySelector("template[data-whom]");
  const place = document.querySelector("[data-export] [data-whom]");
  if (!shown || !place) return;
  place.replaceChildren(shown.content.cloneNode(true));
  const fields = place.closest("form").elements.fields;
  if (fields) fields.value = shown.dataset.whom;
}

const failed = (error) => error.name === "AbortError" || toast("The service did not answer. Try again.");

document.addEventListener("click", async (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-swap]");
  if (!link) return;
  event.preventDefault();
  const made = await swap(link.dataset.swap, link.href).catch(failed);
  const focus = made?.querySelector?.("[autofocus]");
  focus?.focus();
  focus?.select?.();
});

// A fold stays as it was left: the server opens it, so that nothing moves after the first paint.
const keepFold = ({ dataset }, isOpen) => dataset.fold && remember(dataset.fold, isOpen ? "" : "folded");
whenPressed("[data-fold]", keepFold);
document.addEventListener("toggle", ({ target }) => {
  keepFold(target, target.open);
  // What was folded from the start is not there yet.
  if (target.dataset.fold && target.open) target.querySelector("a[href*='pictures=1']")?.click();
}, true);

let waiting;
let asking;
function search(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  const address = form.action.split("?")[0] + (query.size ? `?${query}` : "");
  asking?.abort();
  asking = new AbortController();
  swap("people", address, asking.signal).then(() => history.replaceState(null, "", address), failed);
}
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-search]");
  if (!form || event.isComposing) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => search(form), TYPING);
});

// A page that could not be shown yet is asked for again, a few times, while somebody looks.
let tries = 0;
function again() {
  const notice = document.querySelector("[data-again]");
  if (!notice || (tries += 1) > 20) return;
  const wait = Math.min(30, Number(notice.dataset.again) || 10);
  setTimeout(() => {
    if (!notice.isConnected) return;
    if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
    else swap("people", location.href).catch(failed);
  }, wait * 1_000);
}

const form = () => document.querySelector("[data-chosen]");
const boxes = () => [...document.querySelectorAll("[data-chosen] tbody .check")];
const all = () => form()?.querySelector("[name=all]");

function tellChosen() {
  const told = form()?.querySelector("[data-told]");
  if (!told) return;
  const picked = boxes().filter((each) => each.checked).length;
  const page = form().querySelector("[data-page]");
  page.checked = picked > 0 && picked === boxes().length;
  page.indeterminate = picked > 0 && !page.checked;
  const words = all().checked ? form().querySelector("[data-all]").dataset.all : picked.toLocaleString("en");
  told.textContent = picked ? `${words} selected` : "";
}

let last = null;
document.addEventListener("click", (event) => {
  const here = event.target.closest?.("[data-chosen] tbody .check");
  if (!here) return;
  if (event.shiftKey && last?.isConnected) {
    const list = boxes();
    const [from, to] = [list.indexOf(last), list.indexOf(here)].sort((one, other) => one - other);
    for (const each of list.slice(from, to + 1)) each.checked = here.checked;
  }
  last = here;
  tellChosen();
});
document.addEventListener("change", (event) => {
  if (!event.target.closest("[data-chosen]")) return;
  if (event.target.matches("[data-page], [name=all]")) for (const each of boxes()) each.checked = event.target.checked;
  if (!event.target.matches("[name=all]") && !event.target.checked) all().checked = false;
  tellChosen();
});
document.addEventListener("reset", () => setTimeout(tellChosen));
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-choose-all]")) return;
  for (const each of boxes()) each.checked = true;
  if (all()) all().checked = true;
  tellChosen();
});

const write = (address, body) =>
  ask(address, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const refresh = () => Promise.all([swap("people", location.href), swap("head", location.href)]).catch(failed);
const people = (count) => (count === 1 ? "1 person" : `${count.toLocaleString("en")} people`);

// Taking out some can be undone, so it asks nothing.
async function remove(api, ids) {
  const answer = await write(`${api}/prospects/remove`, { prospectIds: ids });
  const told = await answer.json();
  if (!told.success) return void toast(`${told.error.message} Nobody was removed.`);
  await refresh();
  toast(`${people(told.data.removed)} removed`, async () => {
    const back = await write(`${api}/prospects`, { prospectIds: ids });
    if (!back.ok) return void toast("They could not be put back.");
    await refresh();
    toast(`${people(ids.length)} put back, as the newest`);
  });
}

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-chosen]")) return;
  event.preventDefault();
  const body = new FormData(event.target, event.submitter);
  const ids = body.getAll("person");
  try {
    if (body.get("do") === "remove" && !body.get("all")) {
      return void (await remove(event.target.querySelector("[data-api]").dataset.api, ids));
    }
    const answer = await ask(event.target.action, { method: "POST", body: new URLSearchParams(body) });
    const html = await answer.text();
    if (!answer.ok) return void tell(event.target, html);
    show(html);
  } catch (error) {
    failed(error);
  }
});

tellChosen();
again();
