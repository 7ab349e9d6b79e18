// Draws the figures that stand in the page as JSON, with the page's colours, again when the theme changes.
(function () {
  "use strict";
  if (!window.Plotly) {
    return;
  }
  var CONFIG = { displayModeBar: false, responsive: true, showSendToCloud: false, plotlyServerURL: "", doubleClick: false };
  var probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);

  // A token may be any CSS colour, light-dark() included; the browser resolves it.
  function token(name) {
    probe.style.color = "var(--" + name + ")";
    return getComputedStyle(probe).color;
  }

  function resolved(value) {
    if (typeof value === "string") {
      return value.startsWith("token:") ? token(value.slice(6)) : value;
    }
    if (Array.isArray(value)) {
      return value.map(resolved);
    }
    if (value && typeof value === "object") {
      return Object.fromEntries(
        Object.entries(value).map(function (entry) {
          return [entry[0], resolved(entry[1])];
        })
      );
    }
    return value;
  }

  function axis(given) {
    var plain = { gridcolor: token("border"), linecolor: token("border-strong"), zerolinecolor: token("border-strong"), tickcolor: token("border"), automargin: true };
    return Object.assign(plain, given);
  }

  function draw(element) {
    var figure = resolved(JSON.parse(document.getElementById(element.dataset.figure).textContent));
    var layout = Object.assign(
      {
        autosize: true,
        height: Number(element.dataset.height),
        margin: { l: 8, r: 8, t: 8, b: 8 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        showlegend: false,
        dragmode: false,
        font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: token("muted") },
        hoverlabel: { bgcolor: token("raised"), bordercolor: token("border-strong"), font: { color: token("text") } },
      },
      figure.layout
    );
    layout.xaxis = axis(layout.xaxis);
    layout.yaxis = axis(layout.yaxis);
    window.Plotly.react(element, figure.data, layout, CONFIG);
  }

  function drawAll() {
    document.querySelectorAll("[data-figure]").forEach(draw);
  }

  drawAll();
  document.addEventListener("themechange", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
