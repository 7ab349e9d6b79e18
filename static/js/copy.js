// Copy buttons stand hidden in the page and appear where a script can serve them.
(function () {
  "use strict";
  if (!navigator.clipboard) {
    return;
  }
  document.querySelectorAll("button.copy").forEach(function (button) {
    button.hidden = false;
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button.copy");
    if (!button) {
      return;
    }
    var label = button.querySelector("span");
    navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent).then(
      function () {
        label.textContent = "Copied";
        document.getElementById("live").textContent = "Copied to the clipboard.";
        setTimeout(function () {
          label.textContent = "Copy";
        }, 2000);
      },
      function () {
        label.textContent = "Not allowed";
      }
    );
  });
})();
