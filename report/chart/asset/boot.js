"use strict";
(function () {
  var page = JSON.parse(document.getElementById("data").textContent);
  var dark = matchMedia("(prefers-color-scheme: dark)");
  var short = function (v) { return Number(v).toLocaleString("en", { maximumSignificantDigits: 3 }); };
  var known = function (v, text) { return v === null || v === undefined || v === "-" || isNaN(v) ? "–" : text(Number(v)); };
  var ms = function (v) {
    return v < 1000 ? short(v) + " ms" : v < 1e7 ? short(v / 1000) + " s" : short(v / 3600000) + " h";
  };
  var percentile = function (x) { return x <= 1 ? "min" : Number((100 * (1 - 1 / x)).toPrecision(6)) + " %"; };
  var clock = function (s) {
    var two = function (n) { return (n < 10 ? "0" : "") + n; }, m = Math.floor(s / 60), rest = two(Math.floor(s % 60));
    return m < 60 ? m + ":" + rest : Math.floor(m / 60) + ":" + two(m % 60) + ":" + rest;
  };
  // The only formatters there are. Options name them; no code is in the data.
  var formatters = {
    "@ms": function (v) { return known(v, ms); },
    "@count": function (v) { return known(v, short); },
    "@rate": function (v) { return known(v, short); },
    "@percent": function (v) { return known(v, function (n) { return short(n) + " %"; }); },
    "@priceShare": function (v) { return short(v[0]) + " attempts per success, " + short(v[1]) + " %"; },
    "@pricePerMin": function (v) { return short(v[0]) + " attempts per success, " + short(v[1]) + " per minute"; },
    "@percentile": percentile,
    "@percentileAt": function (p) { return percentile(p.value) + " were faster than"; },
    "@clock": clock,
    "@clockAt": function (p) { return clock(p.value); },
    "@name": function (p) { return p.name; }
  };
  function revive(node) {
    Object.keys(node).forEach(function (key) {
      var value = node[key];
      if (key === "formatter" || key === "valueFormatter") {
        if (Object.hasOwn(formatters, value)) node[key] = formatters[value]; else delete node[key];
      } else if (key !== "data" && value && typeof value === "object") revive(value);
    });
    return node;
  }
  function option(raw) {
    var o = revive(structuredClone(raw));
    if (o.step) o.series.forEach(function (s) { s.data = s.data.map(function (v, i) { return [i * o.step, v]; }); });
    return o;
  }
  var drawn = page.charts.map(function (c) {
    var el = document.getElementById(c.id);
    var chart = echarts.init(el, page.themes[dark.matches ? "dark" : "light"], { renderer: "svg" });
    if (c.sync) chart.group = c.sync;
    return { data: c, el: el, chart: chart };
  });
  function show(by, index) {
    drawn.forEach(function (d) {
      if (d.data.by !== by) return;
      var raw = d.data.options[index];
      d.el.hidden = !raw;
      if (!raw) { d.chart.clear(); return; }
      d.chart.resize();
      d.chart.setOption(option(raw), true);
    });
    document.querySelectorAll("[data-" + by + "]").forEach(function (el) { el.hidden = el.getAttribute("data-" + by) !== String(index); });
  }
  function paint(name) {
    drawn.forEach(function (d) { d.chart.setTheme(page.themes[name]); });
  }
  var scheme = function () { paint(dark.matches ? "dark" : "light"); };
  ["group", "cell"].forEach(function (by) {
    var select = document.querySelector("select[data-by=" + by + "]");
    show(by, 0);
    if (select) select.addEventListener("change", function () { show(by, Number(select.value)); });
  });
  echarts.connect("time");
  dark.addEventListener("change", scheme);
  addEventListener("beforeprint", function () { paint("light"); });
  addEventListener("afterprint", scheme);
  addEventListener("resize", function () { drawn.forEach(function (d) { if (!d.el.hidden) d.chart.resize(); }); });
  document.querySelectorAll("table.sortable th button").forEach(function (button) {
    button.addEventListener("click", function () {
      var th = button.parentNode, at = Array.prototype.indexOf.call(th.parentNode.children, th), body = th.closest("table").tBodies[0];
      var up = th.getAttribute("aria-sort") !== "ascending";
      Array.prototype.forEach.call(th.parentNode.children, function (o) { o.removeAttribute("aria-sort"); });
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      Array.prototype.slice.call(body.rows).sort(function (a, b) {
        var x = a.cells[at].getAttribute("data-v"), y = b.cells[at].getAttribute("data-v");
        if (x === "" || y === "") return (x === "") - (y === "");
        var d = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
        return up ? d : -d;
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
})();
