// Reads a map; the format is told in src/map/packed.rs.
"use strict";
const Wayfare = {};

Wayfare.data = JSON.parse(document.getElementById("data").textContent);

// The bytes of base64 text.
Wayfare.bytes = function (base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

// Sections of a map by name.
Wayfare.sections = function (bytes) {
  const view = new DataView(bytes.buffer), found = {}, ascii = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
  if (ascii(0, 8) !== "WAYFMAP\n" || view.getUint32(8, true) !== 1) throw new Error("not a map of version 1");
  for (let at = 12; at < bytes.length;) {
    const length = view.getUint32(at + 4, true);
    found[ascii(at, at + 4)] = bytes.subarray(at + 8, at + 8 + length);
    at += 8 + length;
  }
  return found;
};

Wayfare.Reader = class {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  text(length) { return new TextDecoder().decode(this.bytes.subarray(this.at, this.at += length)); }
  byte() { return this.bytes[this.at++]; }
  unsigned() {
    let value = 0, factor = 1, byte;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return value;
  }
  signed() {
    const value = this.unsigned();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }
};

// Volumes (vehicles) and speeds (bytes: 0 nobody, 1..255 = 0..1 of free speed), [hour * n + link].
Wayfare.unpackDay = function (bytes, n) {
  const reader = new Wayfare.Reader(bytes);
  const day = { volume: new Float32Array(24 * n), speed: new Uint8Array(24 * n), daily: new Float32Array(n) };
  for (let link = 0; link < n; link++) {
    if (reader.unsigned() === 0) continue;
    for (let hour = 0; hour < 24; hour++) {
      const volume = reader.unsigned();
      day.volume[hour * n + link] = volume;
      day.daily[link] += volume;
    }
    for (let hour = 0; hour < 24; hour++) day.speed[hour * n + link] = reader.byte();
  }
  return day;
};

// Links that a policy closes or changes.
Wayfare.unpackMarks = function (bytes) {
  const reader = new Wayfare.Reader(bytes), marks = [];
  while (reader.at < bytes.length) marks.push({ link: reader.unsigned(), closed: reader.byte() === 1, what: reader.text(reader.unsigned()) });
  return marks;
};

// Borders: kind (0 edge of all zones, 1 between regions, 2 between zones) and points, metres from the south-west corner.
Wayfare.unpackBorders = function (bytes) {
  const reader = new Wayfare.Reader(bytes), borders = [];
  while (reader.at < bytes.length) {
    const kind = reader.byte(), points = new Float32Array(2 * reader.unsigned());
    let x = 0, y = 0;
    for (let p = 0; p < points.length; p += 2) { points[p] = x += reader.signed(); points[p + 1] = y += reader.signed(); }
    borders.push({ kind, points });
  }
  return borders;
};

// Names of regions, and where they are written.
Wayfare.unpackPlaces = function (bytes) {
  const reader = new Wayfare.Reader(bytes), places = [];
  while (reader.at < bytes.length) places.push({ x: reader.signed(), y: reader.signed(), name: reader.text(reader.unsigned()) });
  return places;
};

// Links: attributes, and points as metres from the south-west corner, first[link]..first[link + 1].
Wayfare.unpackMap = function (base64) {
  const sections = Wayfare.sections(Wayfare.bytes(base64)), reader = new Wayfare.Reader(sections.LINK);
  const head = new DataView(sections.HEAD.buffer, sections.HEAD.byteOffset), n = head.getUint32(0, true);
  const lines = bytes => new TextDecoder().decode(bytes).split("\n").slice(0, -1), routes = lines(sections.ROUT);
  const map = {
    n, names: lines(sections.NAME), location: sections.PLAC ? lines(sections.PLAC) : [], marks: Wayfare.unpackMarks(sections.MARK),
    borders: Wayfare.unpackBorders(sections.EDGE || []), places: Wayfare.unpackPlaces(sections.AREA || []),
    origin: [head.getFloat64(4, true), head.getFloat64(12, true)],
    klass: new Uint8Array(n), lanes: new Float32Array(n), free: new Float32Array(n), capacity: new Float32Array(n),
    length: new Float32Array(n), route: new Array(n), first: new Uint32Array(n + 1), box: new Float32Array(4 * n),
  };
  const points = [];
  let fx = 0, fy = 0;
  for (let link = 0; link < n; link++) {
    map.klass[link] = reader.byte();
    map.lanes[link] = reader.unsigned() / 10;
    map.free[link] = reader.unsigned() / 100;
    map.capacity[link] = reader.unsigned();
    map.length[link] = reader.unsigned() / 10;
    map.route[link] = routes[reader.unsigned()];
    const count = reader.unsigned();
    let x = fx, y = fy, box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < count; k++) {
      x += reader.signed();
      y += reader.signed();
      if (k === 0) { fx = x; fy = y; }
      points.push(x / 10, y / 10);
      box = [Math.min(box[0], x / 10), Math.min(box[1], y / 10), Math.max(box[2], x / 10), Math.max(box[3], y / 10)];
    }
    map.first[link + 1] = points.length / 2;
    map.box.set(box, 4 * link);
  }
  map.points = new Float32Array(points);
  map.day = Wayfare.unpackDay(sections["DAY "], n);
  map.base = sections.BASE ? Wayfare.unpackDay(sections.BASE, n) : null;
  return map;
};
