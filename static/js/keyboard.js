// `/` searches, `j` and `k` move through the rows, Enter opens (it is a link), `?` shows this.
(function () {
  "use strict";

  function typing(element) {
    return element.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]") !== null;
  }

  function move(step) {
    var links = Array.from(document.querySelectorAll(".row-link")).filter(function (link) {
      return link.offsetParent !== null;
    });
    if (!links.length) {
      return;
    }
    var at = links.indexOf(document.activeElement);
    var next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === "Escape") {
      document.querySelectorAll(".menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      return;
    }
    if (typing(event.target)) {
      return;
    }
    if (event.key === "/") {
      var search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "?") {
      document.getElementById("help").showModal();
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-help]")) {
      document.getElementById("help").showModal();
    }
    document.querySelectorAll(".menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
  });
})();
