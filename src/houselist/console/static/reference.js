// The API reference: finds as you type, and sends requests with the session's cookie.

const MAX_SHOWN = 200_000; // characters of an answer
const reference = document.querySelector(".ref");
const groups = [...document.querySelectorAll("#entries > section")];
const entries = [...document.querySelectorAll(".entry")];
const search = document.querySelector('input[name="q"]');

// Finding ----------------------------------------------------------------------------------
const words = new Map();

function wordsOf(entry) {
  if (!words.has(entry)) words.set(entry, entry.textContent.toLowerCase());
  return words.get(entry);
}

function find() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    entry.hidden = !wanted.every((word) => wordsOf(entry).includes(word));
    if (!entry.hidden) found += 1;
  }
  for (const group of groups) group.hidden = !group.querySelector(".entry:not([hidden])");
  document.getElementById("found").textContent = wanted.length ? `${found} found` : "";
  document.getElementById("nothing").hidden = found > 0;
  document.getElementById("clear").hidden = !wanted.length;
  const query = wanted.length ? `?q=${encodeURIComponent(search.value)}` : "";
  history.replaceState(null, "", location.pathname + query + location.hash);
}

search.addEventListener("input", find);
search.form.addEventListener("submit", (event) => {
  event.preventDefault();
  find();
});
document.getElementById("clear").addEventListener("click", (event) => {
  event.preventDefault();
  search.value = "";
  find();
  search.focus();
});

// A link to what a search has hidden shows it all the same.
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  const entry = target?.closest(".entry");
  if (!entry?.hidden) return;
  search.value = "";
  find();
  target.scrollIntoView();
});

// The address names what was opened last, so that it can be sent to somebody.
document.addEventListener("click", (event) => {
  const each = event.target.closest("details.op > summary")?.parentElement;
  if (!each || each.open) return;
  const name = each.querySelector(".op-in").id;
  history.replaceState(null, "", `${location.pathname}${location.search}#${name}`);
});

// Trying -----------------------------------------------------------------------------------
const group = reference.dataset.group;

// A form is made when its operation is opened: all of them at once would hold the page up.
function ready(operation) {
  const kept = operation.querySelector("[data-try-form]");
  if (!kept) return;
  const form = kept.content.querySelector("form");
  kept.replaceWith(form);
  const ofGroup = form.elements.accountGroupId;
  if (ofGroup && group) ofGroup.value = group;
  form.addEventListener("submit", send);
  form.addEventListener("click", (event) => {
    const example = event.target.closest("[data-example]");
    if (example) form.elements.body.value = example.dataset.example;
  });
}
document.addEventListener("toggle", ({ target }) => target.matches?.("details.op[open]") && ready(target), true);
for (const each of document.querySelectorAll("details.op[open]")) ready(each);

function requestOf(form) {
  const headers = {};
  const query = new URLSearchParams();
  const request = { method: form.dataset.method, headers, credentials: "same-origin" };
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const { in: place } = field.dataset;
    if (place === "file") [request.body] = field.files;
    else if (place === "type") headers["Content-Type"] = field.value;
    else if (!field.value) continue;
    else if (place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (place === "query") query.append(field.name, field.value);
    else if (place === "header") headers[field.name] = field.value;
    else if (place === "body") {
      request.body = field.value;
      headers["Content-Type"] = "application/json";
    }
  }
  return [path + (query.size ? `?${query}` : ""), request];
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const place = form.querySelector("[data-answer]");
  const stop = form.querySelector("[data-stop]");
  const [address, request] = requestOf(form);
  const asked = new AbortController();
  const end = () => asked.abort();
  stop.addEventListener("click", end);
  const waiting = setTimeout(() => {
    stop.hidden = false;
  }, 500);
  const started = performance.now();
  const shown = showing(place);
  try {
    const answer = await fetch(address, { ...request, signal: asked.signal });
    shown.say(answer, performance.now() - started);
    await read(answer, shown);
  } catch (error) {
    shown.fail(error.name === "AbortError" ? "Stopped." : "The service did not answer. Send it again.");
  } finally {
    clearTimeout(waiting);
    stop.removeEventListener("click", end);
    stop.hidden = true;
  }
}

async function read(answer, shown) {
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("application/json")) {
    const text = await answer.text();
    shown.write(JSON.stringify(JSON.parse(text), null, 2));
  } else if (type.startsWith("text/") || type.includes("ndjson")) {
    const decoder = new TextDecoder();
    const reader = answer.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      shown.write(decoder.decode(piece.value, { stream: true }));
      if (!shown.hasRoom()) {
        await reader.cancel();
        shown.fail("The rest is not shown. Take the command below for all of it.");
        break;
      }
    }
  } else {
    const file = await answer.blob();
    if (file.size) shown.offer(file, answer.headers.get("content-disposition"));
  }
}

// Builds what an answer looks like, as it comes.
function showing(place) {
  place.replaceChildren();
  const head = add(place, "p", "answer-head");
  const notes = add(place, "p", "small quiet");
  let code = null;
  let room = MAX_SHOWN;
  head.textContent = "Sent…";
  return {
    say(answer, took) {
      head.textContent = "";
      const status = add(head, "b", answer.ok ? "went" : "refused");
      status.textContent = `${answer.status} ${answer.statusText}`.trim();
      head.append(` in ${Math.round(took)} ms`);
      const told = ["x-trace-id", "location", "retry-after", "etag", "x-row-count", "ratelimit"];
      const headers = told.filter((name) => answer.headers.has(name));
      notes.textContent = headers.map((name) => `${name}: ${answer.headers.get(name)}`).join(" · ");
    },
    write(text) {
      if (!code) {
        const pre = add(place, "pre");
        pre.tabIndex = 0;
        pre.setAttribute("aria-label", "The answer");
        code = add(pre, "code");
      }
      code.append(text.slice(0, room));
      room -= Math.min(room, text.length);
    },
    hasRoom: () => room > 0,
    offer(file, disposition) {
      const link = add(place, "a", "btn sm");
      link.href = URL.createObjectURL(file);
      link.download = /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? "answer";
      link.textContent = `Save ${file.size.toLocaleString("en")} bytes`;
    },
    fail(text) {
      if (head.textContent === "Sent…") head.textContent = text;
      else add(place, "p", "small").textContent = text;
    },
  };
}

function add(place, name, classes = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  place.append(made);
  return made;
}
