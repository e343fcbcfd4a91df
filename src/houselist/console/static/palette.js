// The palette: finds while it is typed, and is walked through by arrows while the field has the focus.
import { ask, put } from "./parts.js";

const PAUSE = 120; // milliseconds without a letter
const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const list = document.getElementById("palette-found");
let waiting = 0;
let asked = 0;
let answered = null; // the words that the list answers

function mark(option) {
  for (const each of list.querySelectorAll(".at")) {
    each.classList.remove("at");
    each.removeAttribute("aria-selected");
  }
  field.removeAttribute("aria-activedescendant");
  if (!option) return;
  option.classList.add("at");
  option.setAttribute("aria-selected", "true");
  option.id ||= `found-${[...list.querySelectorAll("a")].indexOf(option)}`;
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

async function find() {
  const mine = ++asked;
  const words = field.value;
  const answer = await ask(`/palette?q=${encodeURIComponent(words)}`).catch(() => null);
  // What was typed meanwhile is answered by a later request.
  if (mine !== asked || !answer?.ok) return;
  put(list, await answer.text());
  list.role = "listbox";
  answered = words;
  mark(list.querySelector("a"));
}

function walk(step) {
  const all = [...list.querySelectorAll("a")];
  if (!all.length) return;
  const at = all.findIndex((each) => each.classList.contains("at"));
  mark(all[(at + step + all.length) % all.length]);
}

if (field) {
  // Without script it is a field of a form, with links below it.
  field.role = "combobox";
  field.ariaAutoComplete = "list";
  field.ariaExpanded = "true";
  field.setAttribute("aria-controls", list.id);
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") walk(1);
    else if (event.key === "ArrowUp") walk(-1);
    else return;
    event.preventDefault();
  });
  field.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    // What is marked may answer a shorter word than is in the field by now.
    if (field.value !== answered) await find();
    list.querySelector(".at")?.click();
  });
  // Empty before it is shown, as its field has the focus at once: whoever types on is not interrupted.
  palette.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") field.value = "";
  });
  palette.addEventListener("toggle", (event) => {
    if (event.newState === "open") find();
  });
  list.addEventListener("click", () => palette.hidePopover());
}
