// The theme, small charts, and the view of one station.
"use strict";
Wayfare.svg = (tag, attributes, parent, text) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  if (text !== undefined) e.textContent = text;
  if (parent) parent.append(e);
  return e;
};

// A small chart of 24 hours: `full` as a line, `dashed` beside it.
Wayfare.chart = function (title, full, dashed, names) {
  const known = [...full, ...dashed].filter(v => v != null), most = Math.max(1, ...known);
  const power = 10 ** Math.floor(Math.log10(most)), top = [1, 1.5, 2, 3, 4, 6, 8, 10].map(f => f * power).find(v => v >= most);
  const chart = Wayfare.svg("svg", { class: "plot small", viewBox: "0 0 320 170", role: "img", "aria-label": title });
  Wayfare.svg("text", { class: "strong", x: 4, y: 14 }, chart, title);
  const x = hour => 44 + (hour + 0.5) * 11.2, y = v => 140 - v / top * 108;
  for (const share of [0, 0.5, 1]) {
    Wayfare.svg("path", { class: "grid", d: `M44 ${y(top * share)}H313` }, chart);
    Wayfare.svg("text", { class: "tick end", x: 39, y: y(top * share) + 4 }, chart, Wayfare.number(top * share));
  }
  for (const hour of [0, 6, 12, 18, 24]) Wayfare.svg("text", { class: "tick mid", x: 44 + hour * 11.2, y: 157 }, chart, hour);
  const line = (values, klass) => {
    let d = "", move = true;
    values.forEach((v, hour) => { if (v == null) { move = true; return; } d += `${move ? "M" : "L"}${x(hour).toFixed(1)} ${y(v).toFixed(1)}`; move = false; });
    if (d) Wayfare.svg("path", { class: klass, d }, chart);
  };
  line(dashed, "obs obs-line");
  line(full, "sim");
  if (dashed.some(v => v != null)) {
    Wayfare.svg("text", { class: "sim-text end", x: 313, y: 14 }, chart, names[0]);
    Wayfare.svg("text", { class: "obs-text end", x: 313, y: 28 }, chart, names[1]);
  }
  return chart;
};

Wayfare.describeStation = function (parent, station) {
  const text = (tag, value) => { const e = document.createElement(tag); e.textContent = value; parent.append(e); };
  text("h3", "Station " + station.n);
  if (station.l) text("p", station.l);
  const hours = [...station.o.keys()].filter(h => station.o[h] != null && station.s[h] != null);
  const good = hours.filter(h => Wayfare.geh(station.s[h], station.o[h]) < 5).length;
  const sum = values => hours.reduce((all, h) => all + values[h], 0);
  if (hours.length) text("p", `GEH below 5 in ${good} of ${hours.length} hours. Observed ${Wayfare.number(sum(station.o))}, simulated ${Wayfare.number(sum(station.s))} vehicles in those hours.`);
  const names = ["simulated", "observed"], [unit, factor] = Wayfare.speedUnit;
  parent.append(Wayfare.chart("Vehicles by hour", station.s, station.o, names));
  const scaled = values => values.map(v => v == null ? null : v * factor);
  if (station.ov.some(v => v != null)) parent.append(Wayfare.chart(`Speed by hour, ${unit}`, scaled(station.sv), scaled(station.ov), names));
};

Wayfare.startStations = function () {
  const select = document.getElementById("station"), place = document.getElementById("station-plot");
  if (!select) return;
  const list = Wayfare.data.stations;
  list.forEach((station, k) => select.add(new Option(station.n + (station.l ? " – " + station.l : ""), k)));
  const show = () => { place.replaceChildren(); Wayfare.describeStation(place, list[Number(select.value)]); };
  select.addEventListener("change", show);
  show();
};

Wayfare.startTheme = function () {
  const button = document.getElementById("theme"), root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const repaint = now => { if (Wayfare.repaintMap) Wayfare.repaintMap(now); };
  button.addEventListener("click", () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
    repaint();
  });
  dark.addEventListener("change", () => repaint());
  // Paper is light: the canvas is drawn again for it. Short tables are unfolded; long ones stay as the reader left them.
  let before = null, opened = [];
  addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "";
    root.dataset.theme = "light";
    opened = [...document.querySelectorAll("details.short:not([open])")];
    opened.forEach(d => { d.open = true; });
    repaint(true);
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before; else delete root.dataset.theme;
    opened.forEach(d => { d.open = false; });
    repaint();
  });
};

Wayfare.startTheme();
Wayfare.startStations();
Wayfare.startMap();
document.documentElement.dataset.ready = "yes";
