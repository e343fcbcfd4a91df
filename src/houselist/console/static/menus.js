// Menus: opened and closed. Those of rows and folders are links to a page without script; here they are
// made from a template when somebody opens one, as there are hundreds of them.

// Makes the menu in place of its link, closed.
export function unfold(link) {
  const id = new URL(link.href).searchParams.get("id");
  const menu = document.createElement("details");
  const summary = document.createElement("summary");
  const sheet = document.createElement("div");
  menu.className = "menu";
  summary.className = link.className;
  summary.ariaLabel = link.ariaLabel;
  sheet.className = "sheet";
  sheet.innerHTML = document.getElementById(`menu-${link.dataset.menu}`).innerHTML.replaceAll("ID", id);
  menu.append(summary, sheet);
  const had = document.activeElement === link;
  link.replaceWith(menu);
  for (const around of ["tr", "tbody"]) menu.closest(around)?.classList.add("unfolded");
  if (had) summary.focus();
  return menu;
}

// A menu closes when something else is clicked, and on Escape, which gives focus back to its button.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-menu]");
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  let opened = null;
  if (link && isPlain) {
    event.preventDefault();
    opened = unfold(link);
    opened.open = true;
  }
  for (const menu of document.querySelectorAll("details.menu[open], details.who[open]")) {
    if (menu !== opened && !menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("[data-menu]")) {
    event.preventDefault();
    event.target.click();
  }
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open], details.who[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
