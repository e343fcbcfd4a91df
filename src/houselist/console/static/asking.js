// Questions in a dialog: a link with data-ask shows what the server has at its address, as a part.
import { ask, put, toast } from "./parts.js";

const TYPING = 250; // milliseconds without a key before a search is sent
const place = document.getElementById("asking");
let opener = null;

function focus() {
  const found = place.querySelector("[autofocus], [data-close]");
  found?.focus();
  found?.setSelectionRange?.(found.value.length, found.value.length);
}

function show(html) {
  opener = document.activeElement;
  put(place, html);
  place.showModal?.();
  focus();
}

place?.addEventListener("houselist:ask", (event) => show(event.detail));
place?.addEventListener("close", () => {
  place.replaceChildren();
  if (opener?.isConnected) opener.focus();
});

document.addEventListener("click", async (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (place?.open && event.target.closest("[data-close]")) {
    event.preventDefault();
    return place.close();
  }
  const link = event.target.closest("a[data-ask]");
  if (!link || !place?.showModal) return;
  event.preventDefault();
  link.closest("details.menu")?.removeAttribute("open");
  try {
    const answer = await ask(link.href);
    show(await answer.text());
  } catch {
    toast("The service did not answer. Try again.");
  }
});

let waiting;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-typed]");
  if (!form || event.isComposing) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.isConnected && form.requestSubmit(), TYPING);
});

// What takes long is done some at a time: the answer is a form that goes on by itself.
place?.addEventListener("houselist:put", () => {
  if (place.open) focus();
  const form = place.querySelector("form[data-goes-on]");
  if (form) setTimeout(() => form.isConnected && form.requestSubmit());
});
place?.querySelector("form[data-goes-on]")?.requestSubmit();
