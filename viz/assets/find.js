// Looks for roads and stations by name.
"use strict";

// Distinct names of roads, those of the larger roads first; enough for the list under the search box.
Wayfare.roadNames = function (map) {
  const best = new Map();
  for (let k = 0; k < map.n; k++) {
    const name = Wayfare.routeNumber(map.route[k]) || map.route[k];
    if (name && (best.get(name) ?? 9) > map.klass[k]) best.set(name, map.klass[k]);
  }
  return [...best].sort((a, b) => a[1] - b[1] || a[0].localeCompare(b[0], "en", { numeric: true })).slice(0, 1500).map(entry => entry[0]);
};

// The links of the road whose name is the word, else begins with it, else holds it; else the link of that name.
Wayfare.findRoad = function (map, word) {
  const names = map.route.map(name => name.toLowerCase());
  const is = [
    k => names[k] === word || Wayfare.routeNumber(map.route[k]).toLowerCase() === word,
    k => map.names[k].toLowerCase() === word,
    k => names[k].startsWith(word),
    k => names[k].includes(word),
    k => (map.location[k] || "").toLowerCase().includes(word),
  ];
  for (const test of is) {
    const links = [];
    for (let k = 0; k < map.n; k++) if (test(k)) links.push(k);
    if (links.length) return links;
  }
  return [];
};
