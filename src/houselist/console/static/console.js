// What every page has: theme, kept navigation, toasts, times, copying, keys and the palette.
import "./ago.js";
import "./dialogs.js";
import "./files.js";
import "./keys.js";
import "./menus.js";
import "./palette.js";
import { ask, put, remember, tellDone, toast, whenPressed } from "./parts.js";

const root = document.documentElement;

for (const choice of document.querySelectorAll(".theme input")) {
  choice.addEventListener("change", () => {
    const theme = choice.value === "system" ? "" : choice.value;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    remember("houselist_theme", theme);
  });
}

// Folders stay as they were left: the server opens them, so that nothing moves after the first paint.
function keepFolder(folder, isOpen) {
  const all = [...document.querySelectorAll("[data-keep]")];
  const open = all.filter((each) => (each === folder ? isOpen : each.open)).map((each) => each.dataset.keep);
  remember("houselist_open", open.slice(0, 50).join("."));
}
whenPressed("[data-keep]", keepFolder);
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches?.("[data-keep]")) return;
  fetchInto(target);
  keepFolder(target, target.open);
}, true);

// What a closed folder holds is asked for when it is opened first.
async function fetchInto(folder) {
  const address = folder.dataset.ask;
  if (!folder.open || !address) return;
  delete folder.dataset.ask;
  const answer = await ask(address).catch(() => null);
  if (answer?.ok) put(folder.querySelector("ul"), await answer.text());
  else folder.dataset.ask = address;
}

for (const said of document.querySelectorAll("[data-toast]")) {
  const form = said.querySelector("form");
  const undo = form && `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
  said.remove();
  tellDone(said.querySelector("span").textContent, undo);
}

document.addEventListener("click", async (event) => {
  const copied = event.target.closest("[data-copy]");
  if (!copied) return;
  await navigator.clipboard.writeText(copied.dataset.copy || copied.textContent.trim());
  toast("Copied");
});
