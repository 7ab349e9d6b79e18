// Loaded before the first paint, so that a chosen theme does not flash; without a choice the system decides.
(function () {
  "use strict";
  var KEY = "secretsui-theme";
  var chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch (error) {
    // Storage is switched off: the system's theme it is.
  }
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }

  function current() {
    var system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    return document.documentElement.dataset.theme || system;
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-theme-toggle]")) {
      return;
    }
    var next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(KEY, next);
    } catch (error) {
      // It holds for this page only.
    }
    document.dispatchEvent(new CustomEvent("themechange"));
  });
})();
