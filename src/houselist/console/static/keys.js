// The keyboard: Ctrl K and ?, "g" and a letter, letters of the page (data-key), rows of a table.
import { unfold } from "./menus.js";

const AWAY = { a: "/", p: "/people", j: "/jobs", k: "/keys" };
const SEQUENCE = 1_200; // milliseconds between G and its letter
let goingSince = 0;

const inField = (target) => target.closest("input:not(.check), textarea, select, [contenteditable]");
const lettersAreOff = () => document.documentElement.dataset.keys === "off";

// Seen, or in a menu that is: what stands in a closed one is offered too.
const isOffered = (each) => each.checkVisibility() || each.closest("details.menu:not([open])")?.checkVisibility();

function press(name) {
  const all = [...document.querySelectorAll(`[data-key="${name}"]`)].filter(isOffered);
  // What is done with all that is selected comes first.
  const found = all.find((each) => each.closest(".bulk")) ?? all[0];
  if (!found) return false;
  if (found.matches("input")) found.focus();
  else found.click();
  return true;
}

// What a letter does to the row that has the focus.
function pressInRow(name) {
  const row = document.activeElement.closest("tr");
  const folded = row?.querySelector("[data-menu]");
  if (folded) unfold(folded);
  const found = row?.querySelector(`[data-row-key="${name}"]`);
  found?.click();
  return Boolean(found);
}

// Links that open a row, in their order.
const rows = () => [...document.querySelectorAll("[data-rows] [data-open]")].filter((each) => each.checkVisibility());

function move(step) {
  const all = rows();
  if (!all.length) return;
  const row = document.activeElement.closest("tr");
  const at = all.findIndex((each) => row?.contains(each));
  all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))].focus();
}

let lastPicked = null;
function pick(toHere) {
  const here = document.activeElement.closest("tr")?.querySelector(".check");
  if (!here) return;
  const all = [...document.querySelectorAll("[data-rows] tbody .check")];
  const from = toHere && lastPicked ? all.indexOf(lastPicked) : all.indexOf(here);
  const to = all.indexOf(here);
  const on = toHere && lastPicked ? lastPicked.checked : !here.checked;
  for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (each.checked !== on) each.click();
  }
  lastPicked = here;
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    document.getElementById("palette")?.togglePopover();
    return;
  }
  if (inField(event.target) || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "a") {
    if (press("all")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || lettersAreOff()) return;
  // Letters belong to the page, not to a dialog or a palette above it.
  if (document.querySelector("dialog[open], .pop:popover-open")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const going = Date.now() - goingSince < SEQUENCE;
  goingSince = 0;
  if (going && AWAY[key]) location.assign(AWAY[key]);
  else if (key === "g") goingSince = Date.now();
  else if (key === "?") document.getElementById("shortcuts")?.togglePopover();
  else if (key === "/") press("search") && event.preventDefault();
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "x") pick(event.shiftKey);
  else if (press(key) || pressInRow(key)) event.preventDefault();
});
