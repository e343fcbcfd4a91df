// Keeps the history of jobs up to date while something runs and somebody looks.
import { ask, put } from "./parts.js";

const EVERY = 2_000;
const part = document.getElementById("jobs-part");

// What is being used must not change under the pointer or the keyboard.
const isInUse = () => part.querySelector("details[open]") || document.querySelector(".pop:popover-open");

function keepFocus(change) {
  const at = document.activeElement;
  const address = part.contains(at) && at.getAttribute("href");
  change();
  if (address) part.querySelector(`[href="${CSS.escape(address)}"]`)?.focus({ preventScroll: true });
}

async function refresh() {
  if (document.hidden || !part.querySelector("[data-running]") || isInUse()) return;
  try {
    const answer = await ask(location.href);
    const html = await answer.text();
    if (answer.ok && !isInUse()) keepFocus(() => put(part, html));
  } catch {
    // The service is away for a moment; the next turn asks again.
  }
}

let turn = 0;
function next() {
  clearTimeout(turn);
  turn = setTimeout(() => refresh().finally(next), EVERY);
}
next();
document.addEventListener("visibilitychange", () => refresh().finally(next));
