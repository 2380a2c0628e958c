// What the map stands on: land, borders, names of regions and roads. A scene is { pen, map, toX, toY, scale, width, height, colours }.
"use strict";

// Land, then borders: 0 the edge of all zones (a coast, where zones end at one), 1 between regions, 2 between zones.
Wayfare.drawBorders = function (scene) {
  const { pen, map, toX, toY, scale, colours } = scene, paths = [new Path2D(), new Path2D(), new Path2D()];
  for (const line of map.borders) {
    if (line.kind === 2 && scale < 0.02) continue;
    for (let p = 0; p < line.points.length; p += 2) {
      const x = toX(line.points[p]), y = toY(line.points[p + 1]);
      if (p) paths[line.kind].lineTo(x, y); else paths[line.kind].moveTo(x, y);
    }
  }
  if (!map.borders.some(line => line.kind === 0)) return;
  pen.fillStyle = colours.ground;
  pen.fill(paths[0], "evenodd");
  for (const [kind, wide, dash] of [[2, 0.6, [2, 3]], [1, 1.2, [6, 3]], [0, 1, []]]) {
    pen.lineWidth = wide;
    pen.strokeStyle = colours.border;
    pen.setLineDash(dash);
    pen.stroke(paths[kind]);
  }
  pen.setLineDash([]);
};

// Boxes that are taken, so that names do not lie on each other.
Wayfare.Room = class {
  constructor() { this.taken = []; }
  take(x, y, halfWide, halfHigh) {
    if (this.taken.some(b => Math.abs(b[0] - x) < b[2] + halfWide && Math.abs(b[1] - y) < b[3] + halfHigh)) return false;
    this.taken.push([x, y, halfWide, halfHigh]);
    return true;
  }
};

// Names of regions, where the whole region is in view.
Wayfare.drawPlaces = function (scene, room) {
  const { pen, map, toX, toY, scale, width, height, colours } = scene;
  if (scale > 0.04) return;
  pen.font = "600 12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const place of map.places) {
    const x = toX(place.x), y = toY(place.y), half = pen.measureText(place.name).width / 2;
    if (x < half || x > width - half || y < 10 || y > height - 10 || !room.take(x, y, half + 4, 10)) continue;
    Wayfare.halo(scene, place.name, x, y, colours.soft);
  }
  pen.textBaseline = "alphabetic";
};

// Text that can be read on roads of any colour.
Wayfare.halo = function ({ pen, colours }, text, x, y, colour) {
  pen.lineJoin = "round";
  pen.lineWidth = 3.5;
  pen.strokeStyle = colours.ground;
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
};

// `101 N` is route 101; `Mission Street` is a street.
Wayfare.routeNumber = name => { const found = /^(.{1,8}) [NSEW]$/.exec(name); return found ? found[1] : ""; };

// Shields with route numbers, and names along streets that are large enough at this scale. `links`: those in view, busiest first.
Wayfare.drawRoadNames = function (scene, links, room) {
  const { pen, map, toX, toY, scale, width, height, colours } = scene, last = new Map();
  let drawn = 0;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const k of links) {
    const name = map.route[k], route = Wayfare.routeNumber(name), label = route || name;
    if (drawn >= 70) break;
    // Far out only freeways have their shields.
    if (!label || scale < (route ? [0, 0.03, 0.008, 0.008, 0.008] : [0.02, 1, 0.03, 0.07, 0.14])[map.klass[k]]) continue;
    const b = 4 * k, x = toX((map.box[b] + map.box[b + 2]) / 2), y = toY((map.box[b + 1] + map.box[b + 3]) / 2);
    if (x < 20 || y < 12 || x > width - 20 || y > height - 12) continue;
    const near = last.get(label) || [];
    if (near.some(at => Math.hypot(at[0] - x, at[1] - y) < (route ? 170 : 260))) continue;
    pen.font = route ? "600 11px system-ui, sans-serif" : "11.5px system-ui, sans-serif";
    const half = pen.measureText(label).width / 2;
    if (!room.take(x, y, half + 7, route ? 10 : Math.max(10, half * 0.7))) continue;
    if (route) Wayfare.shield(scene, route, x, y, half + 5);
    else Wayfare.along(scene, k, label, x, y);
    last.set(label, [...near, [x, y]]);
    drawn++;
  }
  pen.textBaseline = "alphabetic";
};

Wayfare.shield = function ({ pen, colours }, text, x, y, half) {
  pen.beginPath();
  pen.roundRect(x - half, y - 8, 2 * half, 16, 4);
  pen.fillStyle = colours.ground; pen.fill();
  pen.lineWidth = 1; pen.strokeStyle = colours.ink; pen.stroke();
  pen.fillStyle = colours.ink;
  pen.fillText(text, x, y + 0.5);
};

// A name in the direction of its link, never upside down.
Wayfare.along = function (scene, k, text, x, y) {
  const { pen, map, toX, toY, colours } = scene, from = 2 * map.first[k], to = 2 * (map.first[k + 1] - 1);
  let angle = Math.atan2(toY(map.points[to + 1]) - toY(map.points[from + 1]), toX(map.points[to]) - toX(map.points[from]));
  if (angle > Math.PI / 2) angle -= Math.PI; else if (angle < -Math.PI / 2) angle += Math.PI;
  pen.save();
  pen.translate(x, y);
  pen.rotate(angle);
  Wayfare.halo(scene, text, 0, 0, colours.ink);
  pen.restore();
};
