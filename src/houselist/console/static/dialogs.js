// Forms above the page: links and buttons with data-dialog show in a dialog what is a page of its own
// without script. What has data-close closes it, as Escape does, and focus goes back where it was.
import { ask, put, tell, toast } from "./parts.js";

const dialog = document.createElement("dialog");
dialog.className = "pop";
document.body.append(dialog);

async function open(address, options) {
  const answer = await ask(address, options).catch(() => null);
  if (!answer) return void toast("The service did not answer. Try again.");
  const html = await answer.text();
  if (answer.ok) put(dialog, html);
  else tell(dialog, html);
  const heading = dialog.querySelector("h2");
  if (heading) heading.id = "dialog-h";
  if (heading) dialog.setAttribute("aria-labelledby", "dialog-h");
  else dialog.setAttribute("aria-label", "Not done");
  document.querySelector(".pop:popover-open")?.hidePopover();
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[autofocus]:checked, [autofocus]") ?? dialog).focus();
  if (dialog.contains(document.activeElement)) document.activeElement.select?.();
}

document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-dialog]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (asked && isPlain) {
    event.preventDefault();
    const menu = asked.closest("details.menu");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (asked.href) return void open(asked.href);
    const body = new URLSearchParams(new FormData(asked.form));
    return void open(asked.formAction, { method: "POST", body });
  }
  if (event.target.closest("[data-close]") && dialog.contains(event.target)) {
    event.preventDefault();
    dialog.close();
  }
  // Beside the form is the backdrop.
  if (event.target === dialog) dialog.close();
});

dialog.addEventListener("close", () => dialog.replaceChildren());
document.addEventListener("houselist:go", () => dialog.close());
