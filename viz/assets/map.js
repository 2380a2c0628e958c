// The map: canvas, pan and zoom, hours, colours, stations. Draws only the links in view.
"use strict";
Wayfare.CLASSES = ["freeway", "ramp", "arterial", "collector", "local"];
Wayfare.css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
Wayfare.number = value => Math.round(value).toLocaleString("en-US").replace(/,/g, "\u202f").replace("-", "−");
Wayfare.speedUnit = Wayfare.data.miles ? ["mph", 3600 / 1609.344] : ["km/h", 3.6];
Wayfare.geh = (m, c) => m + c > 0 ? Math.sqrt(2 * (m - c) * (m - c) / (m + c)) : 0;

Wayfare.startMap = function () {
  const canvas = document.getElementById("canvas");
  if (!canvas || !Wayfare.data.map) return;
  const map = Wayfare.unpackMap(Wayfare.data.map), n = map.n;
  Wayfare.data.map = null; // the text is unpacked: let it go
  const pen = canvas.getContext("2d");
  const tip = document.getElementById("tip"), detail = document.getElementById("detail"), legend = document.getElementById("legend"), legendBox = document.getElementById("legend-box");
  const stations = Wayfare.data.stations.filter(s => s.xy).map(s => ({ ...s, x: s.xy[0] - map.origin[0], y: s.xy[1] - map.origin[1] }));
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < n; k++) for (let side = 0; side < 4; side++) box[side] = (side < 2 ? Math.min : Math.max)(box[side], map.box[4 * k + side]);
  const view = { x: 0, y: 0, scale: 1 };   // metres in the middle; pixels a metre
  const state = { hour: -1, colour: map.base ? "difference" : "speed", stations: stations.length > 0, picked: -1, over: -1 };
  let width = 0, height = 0, queued = 0, colours = {};

  // What is drawn: colours by mode. Steps of speed are those of HCM 2010 for urban streets (levels of service A to F).
  const speedSteps = [0.3, 0.4, 0.5, 0.67, 0.85];
  const loadSteps = [0.25, 0.5, 0.75, 0.9, 1];
  const modes = {
    speed: { name: "speed, % of free speed", colours: ["--v1", "--v2", "--v3", "--v4", "--v5", "--v6"], labels: ["below 30 %", "30–40", "40–50", "50–67", "67–85", "above 85 %"] },
    load: { name: "volume, % of capacity", colours: ["--v6", "--v5", "--v4", "--v3", "--v2", "--v1"], labels: ["below 25 %", "25–50", "50–75", "75–90", "90–100", "above 100 %"] },
    volume: { name: "volume only", colours: ["--flow"], labels: ["vehicles"] },
    error: { name: "stations: simulated against counted", colours: ["--e1", "--e2", "--e3", "--e4", "--e5"], labels: ["less than half", "15–50 % too few", "within 15 %", "15–50 % too many", "over half too many"] },
    difference: { name: "difference to the base", colours: ["--d1", "--d2", "--d3", "--d4"], labels: ["far fewer", "fewer", "more", "far more"] },
  };
  const select = document.getElementById("colour");
  for (const key of [...(map.base ? ["difference"] : []), "speed", "load", "volume", ...(stations.length ? ["error"] : [])]) select.add(new Option(modes[key].name, key));

  const volume = (day, k) => state.hour < 0 ? day.daily[k] : day.volume[state.hour * n + k];
  const shown = k => state.colour === "difference" ? volume(map.day, k) - volume(map.base, k) : volume(map.day, k);
  const speedShare = (day, k, hour) => {
    if (hour >= 0) { const byte = day.speed[hour * n + k]; return byte ? (byte - 1) / 254 : NaN; }
    let time = 0, all = 0;
    for (let h = 0; h < 24; h++) {
      const byte = day.speed[h * n + k], v = day.volume[h * n + k];
      if (byte && v) { all += v; time += v / Math.max((byte - 1) / 254, 1 / 254); }
    }
    return all ? all / time : NaN;
  };
  const step = (value, steps) => { let k = 0; while (k < steps.length && value >= steps[k]) k++; return k; };
  const colourOf = (k, value, top) => {
    switch (state.colour) {
      case "speed": { const share = dailySpeed ? dailySpeed[k] : speedShare(map.day, k, state.hour); return Number.isNaN(share) ? -1 : step(share, speedSteps); }
      case "load": return step(value / (map.capacity[k] * (state.hour < 0 ? 24 : 1)), loadSteps);
      case "difference": return value < 0 ? (value < -top / 4 ? 0 : 1) : (value > top / 4 ? 3 : 2);
      case "error": return -1;
      default: return 0;
    }
  };
  // Width 1 is the 99.8th percentile, so that one odd link does not make all others thin.
  let top = 1, dailySpeed = null;
  const measure = () => {
    const all = [];
    for (let k = 0; k < n; k++) { const v = Math.abs(state.hour < 0 || state.colour === "difference" ? shown(k) : peak[k]); if (v > 0) all.push(v); }
    all.sort((a, b) => a - b);
    top = all.length ? all[Math.min(all.length - 1, Math.floor(all.length * 0.998))] : 1;
    dailySpeed = null;
    if (state.hour < 0 && state.colour === "speed") dailySpeed = Float32Array.from({ length: n }, (_, k) => speedShare(map.day, k, -1));
  };
  const peak = new Float32Array(n);
  for (let h = 0; h < 24; h++) for (let k = 0; k < n; k++) peak[k] = Math.max(peak[k], map.day.volume[h * n + k]);

  const toX = x => (x - view.x) * view.scale + width / 2, toY = y => (view.y - y) * view.scale + height / 2;
  // Bundles are up to 4 px wide far out, where the two directions of a freeway lie close, and 22 px close by.
  const widest = () => Math.min(22, Math.max(3.5, 4 + 6 * Math.log10(view.scale / 0.004)));
  const scene = () => ({ pen, map, toX, toY, scale: view.scale, width, height, colours });

  function trace(path, k, offset) {
    let px = 0, py = 0, started = false;
    const last = map.first[k + 1] - 1;
    for (let p = map.first[k]; p < last; p++) {
      const x0 = started ? px : toX(map.points[2 * p]), y0 = started ? py : toY(map.points[2 * p + 1]);
      const x1 = toX(map.points[2 * p + 2]), y1 = toY(map.points[2 * p + 3]);
      const dx = x1 - x0, dy = y1 - y0, length = Math.hypot(dx, dy);
      if (length < 0.6 && p + 1 < last) { if (!started) { px = x0; py = y0; started = true; } continue; }
      const ox = length ? -dy / length * offset : 0, oy = length ? dx / length * offset : 0;
      if (p === map.first[k] || path.fresh !== k) path.moveTo(x0 + ox, y0 + oy); else path.lineTo(x0 + ox, y0 + oy);
      path.fresh = k;
      path.lineTo(x1 + ox, y1 + oy);
      px = x1; py = y1; started = true;
    }
  }

  function draw() {
    cancelAnimationFrame(queued);
    queued = 0;
    const began = performance.now();
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = map.borders.length ? colours.outside : colours.ground;
    pen.fillRect(0, 0, width, height);
    Wayfare.drawBorders(scene());
    const pad = 24 / view.scale, left = view.x - width / 2 / view.scale - pad, right = view.x + width / 2 / view.scale + pad;
    const bottom = view.y - height / 2 / view.scale - pad, upper = view.y + height / 2 / view.scale + pad;
    const mode = modes[state.colour], most = widest(), buckets = new Map(), ground = new Path2D(), minor = new Path2D(), named = [];
    let drawn = 0;
    for (let k = 0; k < n; k++) {
      const b = 4 * k;
      if (map.box[b] > right || map.box[b + 2] < left || map.box[b + 1] > upper || map.box[b + 3] < bottom) continue;
      drawn++;
      if (map.route[k]) named.push(k);
      const value = shown(k), size = Math.min(1, Math.abs(value) / top) * most;
      if (map.klass[k] < 3 || view.scale > 0.02) trace(map.klass[k] < 3 ? ground : minor, k, 0);
      else if (view.scale > 0.006 || map.klass[k] === 3) trace(minor, k, 0);
      if (size < 0.25) continue;
      const wide = Math.max(1, Math.round(size * 2)), colour = colourOf(k, value, top);
      // Low classes first, then thin before wide: the big roads lie on top.
      const key = (4 - map.klass[k]) * 10000 + wide * 100 + colour + 1;
      let bucket = buckets.get(key);
      if (!bucket) buckets.set(key, bucket = { path: new Path2D(), wide: wide / 2, colour });
      trace(bucket.path, k, wide / 4 + 0.4);
    }
    pen.lineJoin = "round";
    pen.lineCap = "butt";
    pen.lineWidth = view.scale > 0.03 ? 1 : 0.5;
    pen.strokeStyle = colours.minor;
    pen.stroke(minor);
    pen.strokeStyle = colours.road;
    pen.stroke(ground);
    for (const key of [...buckets.keys()].sort((a, b) => a - b)) {
      const bucket = buckets.get(key);
      pen.lineWidth = bucket.wide;
      pen.lineCap = bucket.wide > 2 ? "round" : "butt";
      pen.strokeStyle = bucket.colour < 0 ? colours.road : colours[mode.colours[bucket.colour]];
      pen.stroke(bucket.path);
    }
    drawMarks();
    if (state.stations) drawStations();
    // A link that is pointed at lies in a pale casing, so that it is seen on roads of every colour, light and dark.
    for (const [k, line] of [[state.over, 3], [state.picked, 4.5]]) if (k >= 0) {
      const path = new Path2D();
      trace(path, k, Math.min(1, Math.abs(shown(k)) / top) * most / 2 + 0.4);
      pen.lineCap = "round";
      pen.lineWidth = line + 4; pen.strokeStyle = colours.ground; pen.stroke(path);
      pen.lineWidth = line; pen.strokeStyle = colours.pick; pen.stroke(path);
    }
    named.sort((a, b) => map.klass[a] - map.klass[b] || map.day.daily[b] - map.day.daily[a] || a - b);
    const room = new Wayfare.Room();
    Wayfare.drawPlaces(scene(), room);
    Wayfare.drawRoadNames(scene(), named, room);
    drawScale();
    Wayfare.drawn = { links: drawn, ms: performance.now() - began };
    canvas.dataset.links = drawn;
  }

  function drawMarks() {
    for (const mark of map.marks) {
      if (mark.link >= n) continue;
      const path = new Path2D();
      trace(path, mark.link, 3);
      pen.lineCap = "butt"; pen.lineWidth = 5; pen.strokeStyle = colours.ground; pen.setLineDash([]); pen.stroke(path);
      pen.lineWidth = 3.5; pen.strokeStyle = mark.closed ? colours["--poor"] : colours["--fair"]; pen.setLineDash([5, 4]); pen.stroke(path);
      pen.setLineDash([]);
      const b = 4 * mark.link, x = toX((map.box[b] + map.box[b + 2]) / 2), y = toY((map.box[b + 1] + map.box[b + 3]) / 2);
      pen.beginPath(); pen.arc(x, y, 7, 0, 2 * Math.PI); pen.fillStyle = mark.closed ? colours["--poor"] : colours["--fair"]; pen.fill();
      pen.lineWidth = 2; pen.strokeStyle = colours.ground; pen.stroke();
      pen.beginPath(); pen.moveTo(x - 3, y - 3); pen.lineTo(x + 3, y + 3);
      if (mark.closed) { pen.moveTo(x + 3, y - 3); pen.lineTo(x - 3, y + 3); }
      pen.stroke();
    }
  }

  // Simulated vehicles less counted ones, as a share of these, in the hours that have both; NaN where none has.
  function stationError(station) {
    const hours = (state.hour < 0 ? [...station.o.keys()] : [state.hour]).filter(h => station.o[h] != null && station.s[h] != null);
    const sum = values => hours.reduce((all, h) => all + values[h], 0), counted = sum(station.o);
    return counted > 0 ? sum(station.s) / counted - 1 : NaN;
  }
  // Far out, rings would lie on each other and hide the roads below them.
  const RINGS_FROM = 0.012;
  const errorSteps = [-0.5, -0.15, 0.15, 0.5];
  // Rings that leave the colour of the road to be seen, or, where errors are shown, dots in their colour.
  function drawStations() {
    const errors = state.colour === "error";
    if (!errors && view.scale < RINGS_FROM) return;
    const near = Math.log10(view.scale / 0.004);
    const radius = errors ? Math.min(8, Math.max(2.4, 3 + 2.5 * near)) : Math.min(5, Math.max(1.2, 1.5 + 2 * near));
    for (let tone = -1; tone < (errors ? 5 : 0); tone++) {
      pen.beginPath();
      for (const station of stations) {
        const error = errors ? stationError(station) : NaN;
        if ((Number.isNaN(error) ? -1 : step(error, errorSteps)) !== tone) continue;
        const x = toX(station.x), y = toY(station.y);
        if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, 2 * Math.PI);
      }
      if (tone >= 0) { pen.fillStyle = colours[modes.error.colours[tone]]; pen.fill(); }
      pen.lineWidth = errors ? 0.8 : 1; pen.strokeStyle = colours.ink; pen.stroke();
    }
  }

  function drawScale() {
    const unit = Wayfare.data.miles ? 1609.344 : 1000, name = Wayfare.data.miles ? "mi" : "km";
    const most = 120 / view.scale / unit, round = [100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01].find(v => v <= most);
    if (!round) return;
    const length = round * unit * view.scale, x = width - 16 - length, y = height - 16;
    pen.lineWidth = 1.5; pen.lineCap = "butt"; pen.strokeStyle = colours.ink;
    pen.beginPath(); pen.moveTo(x, y - 5); pen.lineTo(x, y); pen.lineTo(x + length, y); pen.lineTo(x + length, y - 5); pen.stroke();
    pen.fillStyle = colours.ink; pen.font = "12px system-ui, sans-serif"; pen.textAlign = "center";
    pen.fillText(`${round} ${name}`, x + length / 2, y - 6);
  }

  function drawLegend() {
    const mode = modes[state.colour], most = widest(), unit = state.hour < 0 ? "vehicles a day" : "vehicles an hour";
    const swatch = (name, label) => `<span class="key"><i${state.colour === "error" ? ' class="dot"' : ""} style="background:var(${name})"></i>${label}</span>`;
    let html = `<strong>${mode.name}</strong>` + mode.colours.map((c, k) => {
      const edge = Wayfare.number(top / 4);
      const labels = state.colour === "difference" ? [`fewer by ${edge} and more`, "fewer", "more", `more by ${edge} and more`] : mode.labels;
      return swatch(c, labels[k]);
    }).join("");
    const bars = [1, 0.5, 0.1].map(share => `<span class="key"><i class="bar" style="height:${Math.max(1, share * most).toFixed(1)}px"></i>${Wayfare.number(top * share)}</span>`).join("");
    html += `<strong>width, ${state.colour === "difference" ? "difference in " : ""}${unit}</strong>${bars}`;
    if (state.stations) html += `<span class="key"><i class="ring"></i>station${state.colour === "error" ? ", nothing to compare" : view.scale < RINGS_FROM ? " (seen closer by)" : ""}</span>`;
    if (map.marks.length) html += `<strong>policy</strong>`
      + (map.marks.some(m => m.closed) ? `<span class="key"><i class="dot" style="background:var(--poor)"></i>closed ×</span>` : "")
      + (map.marks.some(m => !m.closed) ? `<span class="key"><i class="dot" style="background:var(--fair)"></i>changed /</span>` : "");
    legend.innerHTML = html;
  }

  const later = () => { queued ||= requestAnimationFrame(draw); };
  const refresh = () => { measure(); drawLegend(); showDetail(); later(); };
  function readColours() {
    colours = { ground: Wayfare.css("--map"), road: Wayfare.css("--road"), minor: Wayfare.css("--minor"), ink: Wayfare.css("--ink"),
      soft: Wayfare.css("--soft"), pick: Wayfare.css("--pick"), outside: Wayfare.css("--outside"), border: Wayfare.css("--border") };
    for (const name of [...Object.values(modes).flatMap(m => m.colours), "--poor", "--fair"]) colours[name] = Wayfare.css(name);
  }
  function resize() {
    const ratio = window.devicePixelRatio || 1;
    width = canvas.clientWidth; height = canvas.clientHeight;
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    later();
  }
  function everything() {
    view.x = (box[0] + box[2]) / 2; view.y = (box[1] + box[3]) / 2;
    view.scale = Math.min(width / Math.max(1, box[2] - box[0]), height / Math.max(1, box[3] - box[1])) * 0.94;
    drawLegend();
    // Where there is room beside the network, leave it to the legend.
    const spare = (width - (box[2] - box[0]) * view.scale) / 2 - 12;
    if (spare > 0 && legendBox.open) view.x -= Math.min(spare, legendBox.offsetWidth / 2) / view.scale;
    later();
  }
  function zoom(factor, x = width / 2, y = height / 2) {
    const mx = view.x + (x - width / 2) / view.scale, my = view.y - (y - height / 2) / view.scale;
    view.scale = Math.min(20, Math.max(1e-4, view.scale * factor));
    view.x = mx - (x - width / 2) / view.scale; view.y = my + (y - height / 2) / view.scale;
    drawLegend(); later();
  }

  // The nearest link within 8 px, measured to where it is drawn: its offset tells the directions apart.
  function linkAt(x, y) {
    let best = -1, nearest = 9;
    const reach = 30 / view.scale, mx = view.x + (x - width / 2) / view.scale, my = view.y - (y - height / 2) / view.scale;
    for (let k = 0; k < n; k++) {
      const b = 4 * k;
      if (map.box[b] > mx + reach || map.box[b + 2] < mx - reach || map.box[b + 1] > my + reach || map.box[b + 3] < my - reach) continue;
      const half = Math.min(1, Math.abs(shown(k)) / top) * widest() / 2;
      for (let p = map.first[k]; p + 1 < map.first[k + 1]; p++) {
        const x0 = toX(map.points[2 * p]), y0 = toY(map.points[2 * p + 1]), dx = toX(map.points[2 * p + 2]) - x0, dy = toY(map.points[2 * p + 3]) - y0;
        const length = Math.hypot(dx, dy) || 1e-9, along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (length * length)));
        const far = Math.hypot(x - x0 - along * dx + dy / length * (half + 0.4), y - y0 - along * dy - dx / length * (half + 0.4)) - half;
        if (far < nearest) { nearest = far; best = k; }
      }
    }
    return best;
  }
  function stationAt(x, y) {
    if (!state.stations) return null;
    let best = null, nearest = 8;
    for (const station of stations) {
      const far = Math.hypot(toX(station.x) - x, toY(station.y) - y);
      if (far < nearest) { nearest = far; best = station; }
    }
    return best;
  }
  const text = (parent, tag, value, klass) => { const e = document.createElement(tag); e.textContent = value; if (klass) e.className = klass; parent.append(e); return e; };
  const speedText = (day, k, hour) => {
    const share = speedShare(day, k, hour), [unit, factor] = Wayfare.speedUnit;
    return Number.isNaN(share) ? "–" : `${Math.round(share * map.free[k] * factor)} ${unit} (${Math.round(share * 100)} % of free)`;
  };
  const linkName = k => [map.location[k] || map.route[k], "link " + map.names[k]].filter(Boolean).join(", ");
  const when = () => state.hour < 0 ? "whole day" : `${String(state.hour).padStart(2, "0")}:00–${String(state.hour + 1).padStart(2, "0")}:00`;

  function showDetail() {
    const k = state.picked >= 0 ? state.picked : state.over;
    if (k < 0) return;
    detail.replaceChildren();
    text(detail, "h3", linkName(k));
    const [unit, factor] = Wayfare.speedUnit, list = text(detail, "dl", "");
    const row = (name, value) => { text(list, "dt", name); text(list, "dd", value); };
    row("Class", Wayfare.CLASSES[map.klass[k]] || "–");
    row("Lanes", map.lanes[k] > 100 ? "connector" : String(map.lanes[k]));
    row("Length", Wayfare.data.miles ? `${(map.length[k] / 1609.344).toFixed(2)} mi` : `${(map.length[k] / 1000).toFixed(2)} km`);
    row("Free speed", `${Math.round(map.free[k] * factor)} ${unit}`);
    row("Capacity", `${Wayfare.number(map.capacity[k])} veh/h`);
    row("Volume, " + when(), Wayfare.number(volume(map.day, k)));
    row("Speed, " + when(), speedText(map.day, k, state.hour));
    if (map.base) {
      row("Volume in the base", Wayfare.number(volume(map.base, k)));
      row("Difference", Wayfare.number(volume(map.day, k) - volume(map.base, k)));
      row("Speed in the base", speedText(map.base, k, state.hour));
    }
    for (const mark of map.marks) if (mark.link === k) row(mark.closed ? "Closed" : "Changed", mark.what);
    const hours = day => Array.from({ length: 24 }, (_, h) => day.volume[h * n + k]);
    detail.append(Wayfare.chart("Vehicles by hour", hours(map.day), map.base ? hours(map.base) : [], ["this run", "base"]));
    const speeds = day => Array.from({ length: 24 }, (_, h) => { const s = speedShare(day, k, h); return Number.isNaN(s) ? null : s * map.free[k] * factor; });
    detail.append(Wayfare.chart(`Speed by hour, ${unit}`, speeds(map.day), map.base ? speeds(map.base) : [], ["this run", "base"]));
    if (state.picked >= 0) { const b = text(detail, "button", "Close"); b.type = "button"; b.onclick = () => pick(-1); }
  }
  function showStation(station) {
    state.picked = -1;
    detail.replaceChildren();
    Wayfare.describeStation(detail, station);
    later();
  }
  function pick(k) {
    state.picked = k;
    if (k < 0) detail.replaceChildren(Object.assign(document.createElement("p"), { className: "soft", textContent: "Point at a link or a station." }));
    showDetail(); later();
  }
  function visit(k) {
    const b = 4 * k;
    view.x = (map.box[b] + map.box[b + 2]) / 2; view.y = (map.box[b + 1] + map.box[b + 3]) / 2;
    view.scale = Math.max(view.scale, 0.08);
    drawLegend(); pick(k);
    canvas.scrollIntoView({ block: "center" });
  }

  // All links of a road, with the busiest of them in the frame beside the map.
  function visitAll(links) {
    const around = [Infinity, Infinity, -Infinity, -Infinity];
    for (const k of links) for (let side = 0; side < 4; side++) around[side] = (side < 2 ? Math.min : Math.max)(around[side], map.box[4 * k + side]);
    view.x = (around[0] + around[2]) / 2; view.y = (around[1] + around[3]) / 2;
    view.scale = Math.min(0.2, 0.8 * Math.min(width / Math.max(1, around[2] - around[0]), height / Math.max(1, around[3] - around[1])));
    drawLegend();
    pick(links.reduce((a, b) => map.day.daily[b] > map.day.daily[a] ? b : a));
  }

  let grip = null, touches = new Map(), spread = 0;
  canvas.addEventListener("pointerdown", e => {
    canvas.setPointerCapture(e.pointerId);
    touches.set(e.pointerId, e);
    grip = { x: e.clientX, y: e.clientY, moved: false };
    if (touches.size === 2) { const [a, b] = [...touches.values()]; spread = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); }
  });
  canvas.addEventListener("pointermove", e => {
    const rim = canvas.getBoundingClientRect(), x = e.clientX - rim.left, y = e.clientY - rim.top;
    if (touches.has(e.pointerId)) touches.set(e.pointerId, e);
    if (touches.size === 2) {
      const [a, b] = [...touches.values()], now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      if (spread > 0) zoom(now / spread, (a.clientX + b.clientX) / 2 - rim.left, (a.clientY + b.clientY) / 2 - rim.top);
      spread = now;
      return;
    }
    if (grip) {
      const dx = e.clientX - grip.x, dy = e.clientY - grip.y;
      if (grip.moved || Math.hypot(dx, dy) > 3) {
        view.x -= dx / view.scale; view.y += dy / view.scale;
        grip = { x: e.clientX, y: e.clientY, moved: true };
        tip.hidden = true;
        later();
      }
      return;
    }
    const station = stationAt(x, y), k = station ? -1 : linkAt(x, y);
    tip.hidden = !station && k < 0;
    canvas.style.cursor = tip.hidden ? "grab" : "pointer";
    if (!tip.hidden) {
      tip.textContent = station ? `Station ${station.n} · ${station.l}` : `${linkName(k)} · ${Wayfare.CLASSES[map.klass[k]] || ""}\n${when()}: ${Wayfare.number(volume(map.day, k))} vehicles, ${speedText(map.day, k, state.hour)}`
        + (map.base ? `\ndifference: ${Wayfare.number(volume(map.day, k) - volume(map.base, k))}` : "");
      tip.style.left = Math.min(x + 14, width - 260) + "px"; tip.style.top = Math.min(y + 14, height - 60) + "px";
    }
    if (k !== state.over) { state.over = k; if (state.picked < 0) showDetail(); later(); }
  });
  canvas.addEventListener("pointerup", e => {
    touches.delete(e.pointerId);
    if (grip && !grip.moved) {
      const rim = canvas.getBoundingClientRect(), x = e.clientX - rim.left, y = e.clientY - rim.top, station = stationAt(x, y);
      if (station) showStation(station); else pick(linkAt(x, y));
    }
    grip = null;
  });
  canvas.addEventListener("pointercancel", e => { touches.delete(e.pointerId); grip = null; });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; if (state.over >= 0) { state.over = -1; later(); } });
  canvas.addEventListener("wheel", e => {
    e.preventDefault();
    const rim = canvas.getBoundingClientRect();
    zoom(Math.exp(-e.deltaY * (e.deltaMode === 1 ? 0.05 : 0.0016)), e.clientX - rim.left, e.clientY - rim.top);
  }, { passive: false });
  canvas.addEventListener("keydown", e => {
    const far = 60 / view.scale;
    const act = { ArrowLeft: () => view.x -= far, ArrowRight: () => view.x += far, ArrowUp: () => view.y += far, ArrowDown: () => view.y -= far,
      "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), "0": everything, Escape: () => pick(-1) }[e.key];
    if (act && !e.ctrlKey && !e.metaKey) { e.preventDefault(); act(); later(); }
  });

  const slider = document.getElementById("hour"), whole = document.getElementById("whole-day"), play = document.getElementById("play");
  function setHour(hour) {
    state.hour = hour;
    if (hour >= 0) slider.value = hour;
    whole.setAttribute("aria-pressed", String(hour < 0));
    document.getElementById("hour-shown").textContent = hour < 0 ? "–" : when();
    refresh();
  }
  let timer = 0;
  const stop = () => { clearInterval(timer); timer = 0; play.setAttribute("aria-pressed", "false"); play.textContent = "Play"; };
  slider.addEventListener("input", () => { stop(); setHour(Number(slider.value)); });
  whole.addEventListener("click", () => { stop(); setHour(state.hour < 0 ? Number(slider.value) : -1); });
  play.addEventListener("click", () => {
    if (timer) return stop();
    play.setAttribute("aria-pressed", "true"); play.textContent = "Stop";
    timer = setInterval(() => setHour((state.hour + 1) % 24), 900);
  });
  select.addEventListener("change", () => {
    state.colour = select.value;
    if (state.colour === "error") state.stations = box2.checked = true;
    refresh();
  });
  const box2 = document.getElementById("show-stations");
  document.getElementById("station-switch").hidden = !stations.length;
  box2.addEventListener("change", () => { state.stations = box2.checked && stations.length > 0; drawLegend(); later(); });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.5));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  document.getElementById("zoom-all").addEventListener("click", everything);
  const roadOf = k => Wayfare.routeNumber(map.route[k]) || map.route[k];
  const found = document.getElementById("found"), search = document.getElementById("find");
  for (const name of Wayfare.roadNames(map)) document.getElementById("roads").append(new Option(name, name));
  search.addEventListener("change", () => {
    const word = search.value.trim().toLowerCase();
    found.textContent = "";
    if (!word) return;
    const links = Wayfare.findRoad(map, word), station = stations.find(s => s.n.toLowerCase() === word);
    if (station) { view.x = station.x; view.y = station.y; view.scale = Math.max(view.scale, 0.08); showStation(station); }
    else if (links.length) { visitAll(links); found.textContent = links.length > 1 ? `${roadOf(links[0])}: ${links.length} links` : ""; }
    else found.textContent = "No road or station has that name.";
  });
  for (const button of document.querySelectorAll("button[data-link]")) button.addEventListener("click", () => { const k = Number(button.dataset.link); if (k < n) visit(k); });
  Wayfare.repaintMap = now => { readColours(); drawLegend(); if (now) draw(); else later(); };
  new ResizeObserver(resize).observe(canvas);
  readColours();
  resize();
  legendBox.open = width > 620;
  everything();
  setHour(-1);
  // The first picture waits for no frame: printers and busy machines may not give one in time.
  draw();
};
