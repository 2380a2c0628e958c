// Reads what src/map.rs and src/pack.rs wrote.
"use strict";
const Wayfare = {};

Wayfare.data = JSON.parse(document.getElementById("data").textContent);

Wayfare.Reader = class {
  constructor(base64) {
    const text = atob(base64);
    this.bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[i] = text.charCodeAt(i);
    this.at = 0;
  }
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
Wayfare.unpackDay = function (base64, n) {
  const reader = new Wayfare.Reader(base64);
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

// Links: attributes, and points as metres from the south-west corner, first[link]..first[link + 1].
Wayfare.unpackMap = function (packed) {
  const n = packed.n, reader = new Wayfare.Reader(packed.links);
  const map = {
    n, names: packed.names.split("\n"), marks: packed.marks, origin: packed.origin_m,
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
    map.route[link] = packed.routes[reader.unsigned()];
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
  map.day = Wayfare.unpackDay(packed.day, n);
  map.base = packed.base ? Wayfare.unpackDay(packed.base, n) : null;
  return map;
};
