// Parts of pages: asked from the server and put in place; toasts; choices kept in cookies.

const YEAR = 31_536_000;
const SHOWN = 6_000; // milliseconds that a toast stays
const SHOWN_WITH_UNDO = 15_000; // one that can be answered stays for longer

// Keeps a choice for this browser. The server reads it, so that the first paint is right.
export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${age}; SameSite=Strict${secure}`;
}

// Calls `work` with what is folded or unfolded, and whether it will be open. Its toggle event comes a
// little later, which is too late for whoever leaves the page at once.
export function whenPressed(which, work) {
  document.addEventListener("click", (event) => {
    const fold = event.target.closest("summary")?.parentElement;
    if (fold?.matches(which) && !event.defaultPrevented) work(fold, !fold.open);
  });
}

// Asks for a part of a page. A session that has ended leads to the sign-in page, and back from there.
export async function ask(address, options = {}) {
  const headers = { "Houselist-Part": "1", ...options.headers };
  const answer = await fetch(address, { ...options, headers });
  if (answer.status === 401) {
    const here = location.pathname + location.search;
    location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
    return new Promise(() => {});
  }
  return answer;
}

// Replaces the content of an element with HTML of the server's.
export function put(element, html) {
  element.innerHTML = html;
  element.dispatchEvent(new CustomEvent("houselist:put", { bubbles: true }));
}

// Tells something in passing. `undo`: what to call when it is to be taken back.
export function toast(text, undo) {
  const place = document.getElementById("toasts");
  const made = document.createElement("div");
  made.className = "toast";
  made.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (undo) {
    const button = document.createElement("button");
    button.className = "btn sm";
    button.textContent = "Undo";
    button.addEventListener("click", () => {
      made.remove();
      undo();
    });
    made.append(button);
  }
  place.append(made);
  const leave = () => {
    if (made.matches(":hover, :focus-within")) setTimeout(leave, 1_000);
    else made.remove();
  };
  setTimeout(leave, undo ? SHOWN_WITH_UNDO : SHOWN);
}

// Forms with data-part: sent without leaving the page. The answer is put into the element that it
// names, or leads to another page; a refusal is told in the form, which keeps all.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.part === undefined || form.method === "dialog") return;
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-disabled", "true");
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const answer = await ask(form.action, { method: "POST", body, headers: TOLD });
    if (answer.headers.has("Houselist-Go")) return void go(answer, form);
    if (answer.redirected) return void location.assign(answer.url);
    const html = await answer.text();
    if (!answer.ok) return void tell(form, html);
    put(document.getElementById(form.dataset.part), html);
  } catch {
    toast("The service did not answer. Nothing is lost; try again.");
  } finally {
    button?.removeAttribute("aria-disabled");
  }
});

// With these headers an answer names the page that it leads to; see go().
export const TOLD = { "Houselist-Part": "go" };

// To the page that an answer names, which says in a toast what was done. A page that can show the
// change by itself keeps the browser with preventDefault.
export function go(answer, from = document) {
  const address = answer.headers.get("Houselist-Go");
  const said = decodeURIComponent(answer.headers.get("Houselist-Said") ?? "");
  const undo = answer.headers.get("Houselist-Undo");
  const going = new CustomEvent("houselist:go", { bubbles: true, cancelable: true, detail: { address, said, undo } });
  if (!from.dispatchEvent(going)) return;
  tellNext(said, undo);
  if (address === location.pathname + location.search) location.reload();
  else location.assign(address);
}

// Has the next page tell it.
export function tellNext(said, undo) {
  for (const [name, value] of [["said", said], ["undo", undo]]) {
    if (value) document.cookie = `houselist_${name}=${encodeURIComponent(value)}; Path=/; Max-Age=60; SameSite=Strict`;
  }
}

// Tells what was done. `undo`: the address and the form that take it back, as an answer names them.
export function tellDone(said, undo) {
  toast(said, undo ? () => takeBack(undo) : null);
}

async function takeBack(undo) {
  const [address, fields] = undo.split("?");
  const body = new URLSearchParams(fields);
  body.set("_back", location.pathname + location.search);
  const answer = await ask(address, { method: "POST", body, headers: TOLD }).catch(() => null);
  if (answer?.ok) return void go(answer);
  toast(answer ? "That can't be undone any more." : "The service did not answer. Nothing was undone.");
}

// Shows a refusal, as HTML of the server's, at the top of a form.
export function tell(form, html) {
  let place = form.querySelector("[data-problem]");
  if (!place) {
    place = document.createElement("div");
    place.dataset.problem = "";
    form.prepend(place);
  }
  put(place, html);
}
