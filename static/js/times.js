// Rewords <time data-form> for the reader's zone. The server wrote UTC, which stays as the title.
(function () {
  "use strict";
  var DAY = 86400;
  var full = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  var day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
  var relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

  function ago(moment) {
    var seconds = Math.round((moment - Date.now()) / 1000);
    var size = Math.abs(seconds);
    if (size < 60) {
      return "just now";
    }
    if (size < 3600) {
      return relative.format(Math.round(seconds / 60), "minute");
    }
    if (size < 2 * DAY) {
      return relative.format(Math.round(seconds / 3600), "hour");
    }
    return relative.format(Math.round(seconds / DAY), "day");
  }

  function until(moment) {
    return moment - Date.now() < 60000 ? "due now" : ago(moment);
  }

  function reword(root) {
    root.querySelectorAll("time[data-form]").forEach(function (element) {
      var moment = new Date(element.dateTime);
      if (isNaN(moment)) {
        return;
      }
      var form = element.dataset.form;
      var words = { ago: ago, until: until, date: day.format };
      element.textContent = (words[form] || full.format)(moment);
    });
  }

  reword(document);
  document.addEventListener("htmx:afterSwap", function () {
    reword(document);
  });
})();
