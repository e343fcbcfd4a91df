// Keeps relative times true: `2 h ago`, in the words that the server has written them in.

const STEPS = [
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [604_800, 86_400, "d"],
];

function words(seconds) {
  const past = seconds >= 0;
  const away = Math.abs(seconds);
  if (away < 60) return past ? "just now" : "in a moment";
  for (const [until, size, unit] of STEPS) {
    if (away < until) {
      const told = `${Math.floor(away / size)} ${unit}`;
      return past ? `${told} ago` : `in ${told}`;
    }
  }
  return null; // a date, which stays
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const told = words((Date.now() - new Date(time.dateTime)) / 1_000);
    if (told && time.textContent !== told) time.textContent = told;
  }
}

setInterval(() => document.hidden || refresh(), 30_000);
document.addEventListener("visibilitychange", refresh);
