// Forms above the page: links and buttons with data-dialog show in a dialog what is a page of its own
// without script. What has data-close closes it, as Escape does, and focus goes back where it was.
import { ask, put, tell, toast } from "./parts.js";

const TYPING = 250; // milliseconds without a key before a search is sent
const dialog = document.createElement("dialog");
dialog.className = "pop asking";
// A question that is a page of its own has the place that its forms name.
const page = document.getElementById("asking");
if (!page) dialog.id = "asking";
document.body.append(dialog);

// Shows HTML of the server's, or with `refused` a notice.
export function show(html, refused = false) {
  if (refused) tell(dialog, html);
  else put(dialog, html);
  document.querySelector(".pop:popover-open")?.hidePopover();
  if (!dialog.open) dialog.showModal();
  focus();
  if (dialog.contains(document.activeElement)) document.activeElement.select?.();
}

function focus() {
  const first = ["[autofocus]:checked", "[autofocus]", "[data-close]"];
  const found = first.map((each) => dialog.querySelector(each)).find(Boolean);
  (found ?? dialog).focus();
  if (found?.type === "search") found.setSelectionRange(found.value.length, found.value.length);
}

function name() {
  const heading = dialog.querySelector("h2");
  if (heading) heading.id = "dialog-h";
  dialog.ariaLabel = heading ? null : "Not done";
  dialog.toggleAttribute("aria-labelledby", Boolean(heading));
  if (heading) dialog.setAttribute("aria-labelledby", heading.id);
}

async function open(address, options) {
  const answer = await ask(address, options).catch(() => null);
  if (!answer) return void toast("The service did not answer. Try again.");
  show(await answer.text(), !answer.ok);
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
    const address = asked.hasAttribute("formaction") ? asked.formAction : asked.form.action;
    return void open(address, { method: "POST", body: new URLSearchParams(new FormData(asked.form, asked)) });
  }
  if (event.target.closest("[data-close]") && dialog.contains(event.target)) {
    event.preventDefault();
    dialog.close();
  }
  // Beside the form is the backdrop.
  if (event.target === dialog) dialog.close();
});

// This comes a little later: the next form may be there by then.
dialog.addEventListener("close", () => dialog.open || dialog.replaceChildren());
document.addEventListener("houselist:go", () => dialog.close());

// A search within it is sent while it is typed.
let waiting = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-typed]");
  if (!form || event.isComposing) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.isConnected && form.requestSubmit(), TYPING);
});

// What takes long is done some at a time: the answer is a form that goes on by itself.
const goOn = (place) => place?.querySelector("form[data-goes-on]")?.requestSubmit();
dialog.addEventListener("houselist:put", () => {
  name();
  if (dialog.open) focus();
  setTimeout(() => goOn(dialog));
});
page?.addEventListener("houselist:put", () => setTimeout(() => goOn(page)));
goOn(page);
