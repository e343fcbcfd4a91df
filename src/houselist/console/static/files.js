// Files that the server makes (data-file): asked for by script first, to be told of a refusal here; then
// the browser loads them as it does without script, and the page stays.
import { show } from "./dialogs.js";
import { ask, tell, toast } from "./parts.js";

async function load(address, from) {
  const answer = await ask(address).catch(() => null);
  if (!answer) return void toast("The service did not answer. Try again.");
  if (!answer.ok) {
    const html = await answer.text();
    return void (from.matches("form") ? tell(from, html) : show(html, true));
  }
  location.assign(address);
  from.querySelector?.("[data-problem]")?.remove();
  from.closest("dialog")?.close();
  const menu = from.closest("details.menu");
  if (menu) menu.open = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.file === undefined) return;
  event.preventDefault();
  const button = event.submitter;
  if (button?.ariaDisabled === "true") return;
  button?.setAttribute("aria-disabled", "true");
  await load(`${form.action}?${new URLSearchParams(new FormData(form, button))}`, form);
  button?.removeAttribute("aria-disabled");
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-file]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  load(link.href, link);
});
