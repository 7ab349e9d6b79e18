// Rows that can be ticked: how many are, all of the page at once, a range with Shift, `x` for the row in focus.
(function () {
  "use strict";
  var last = null;

  function boxes() {
    return Array.from(document.querySelectorAll("input[form=choice]:not(:disabled)"));
  }

  function tell() {
    var all = boxes();
    var ticked = all.filter(function (box) {
      return box.checked;
    }).length;
    var count = document.querySelector("[data-choice-count]");
    if (!count) {
      return;
    }
    count.textContent = ticked ? ticked + " selected" : "";
    document.querySelectorAll("[data-choice]").forEach(function (button) {
      button.disabled = !ticked;
    });
    var whole = document.querySelector("[data-choose-all]");
    whole.checked = ticked > 0 && ticked === all.length;
    whole.indeterminate = ticked > 0 && ticked < all.length;
  }

  function announce() {
    var count = document.querySelector("[data-choice-count]");
    document.getElementById("live").textContent = (count && count.textContent) || "None selected";
  }

  function range(from, to, checked) {
    var all = boxes();
    var ends = [all.indexOf(from), all.indexOf(to)].sort(function (one, other) {
      return one - other;
    });
    if (ends[0] >= 0) {
      all.slice(ends[0], ends[1] + 1).forEach(function (box) {
        box.checked = checked;
      });
    }
  }

  document.addEventListener("click", function (event) {
    var box = event.target;
    if (box.matches("[data-choose-all]")) {
      boxes().forEach(function (each) {
        each.checked = box.checked;
      });
    } else if (!box.matches("input[form=choice]")) {
      return;
    } else {
      if (event.shiftKey && last) {
        range(last, box, box.checked);
      }
      last = box;
    }
    tell();
    announce();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    var row = document.activeElement.closest("tr, li");
    var box = row && row.querySelector("input[form=choice]:not(:disabled)");
    if (box && !document.activeElement.matches("input:not([type=checkbox]), textarea")) {
      box.checked = !box.checked;
      last = box;
      tell();
      announce();
    }
  });

  document.addEventListener("htmx:afterSettle", tell);
  window.addEventListener("pageshow", tell);
  tell();
})();
