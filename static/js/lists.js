// After htmx has replaced a list: the search form follows the address, and the number of results is announced.
(function () {
  "use strict";

  function follow(form) {
    form.querySelectorAll("input[type=hidden]").forEach(function (field) {
      field.remove();
    });
    var query = new URLSearchParams(location.search);
    var search = form.querySelector("input[type=search]");
    query.forEach(function (value, name) {
      if (name === search.name || name === "page") {
        return;
      }
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    });
    if (document.activeElement !== search) {
      search.value = query.get(search.name) || "";
    }
  }

  document.addEventListener("htmx:afterSettle", function () {
    document.querySelectorAll("form[data-follows-address]").forEach(follow);
    var count = document.querySelector("[data-announce]");
    if (count) {
      document.getElementById("live").textContent = count.textContent.trim();
    }
  });

  document.addEventListener("htmx:responseError", function () {
    document.getElementById("live").textContent = "The list could not be loaded. Reload the page.";
  });
})();
