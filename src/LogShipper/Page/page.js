"use strict";
(() => {
  // Everything that comes from files, sinks or the configuration is set as text: nothing here makes markup of a string.
  const SVG = "http://www.w3.org/2000/svg";
  const QUARTER_HOUR = 900, MAP_LANES = 12, FEW = 24;
  const $ = id => document.getElementById(id);
  const wide = matchMedia("(min-width: 60rem)");

  // Control characters and direction marks in a file's name are shown, not obeyed.
  const shown = text => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  const put = (node, text) => { text = shown(text); if (node.textContent !== text) node.textContent = text; return node; };
  const mark = (node, name, value) => { if (value === null) node.removeAttribute(name); else if (node.getAttribute(name) !== value) node.setAttribute(name, value); return node; };
  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    for (const child of children) node.append(child instanceof Node ? child : shown(child));
    return node;
  };
  const draw = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const name in attributes) node.setAttribute(name, attributes[name]);
    return node;
  };

  const digits = value => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  const size = bytes => {
    if (bytes < 1024) return Math.round(bytes) + " B";
    let unit = -1;
    do { bytes /= 1024; unit++; } while (bytes >= 999.5 && unit < 4);
    return digits(bytes) + " " + ["KiB", "MiB", "GiB", "TiB", "PiB"][unit];
  };
  const count = number => number < 1e4 ? (Number.isInteger(number) || number >= 100 ? Math.round(number).toString() : number.toFixed(1))
    : number < 1e6 ? digits(number / 1e3) + " k" : digits(number / 1e6) + " M";
  const exact = number => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const plural = (number, one, more = one + "s") => exact(number) + " " + (number === 1 ? one : more);
  const span = seconds => {
    if (seconds < 10) return seconds > 0 && seconds < 1 ? "under 1 s" : Math.round(seconds) + " s";
    if (seconds < 100) return Math.round(seconds) + " s";
    const minutes = Math.round(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    return minutes < 60 ? minutes + " min" : hours < 24 ? hours + " h " + minutes % 60 + " min" : days + " d " + hours % 24 + " h";
  };
  const clock = time => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  const lanes = new Map();
  let report = null, started = null, every = 15, showAll = false, lastStatus = 0, order = [], orderTime = 0;

  // The past of a lane: samples every fifteen seconds, the server's first, then our own; the last one is always the newest status.
  class Lane {
    constructor(key) {
      this.key = key;
      this.past = [];
      this.item = make("li", "lane");
      this.name = make("h3", "name");
      this.path = make("p", "path");
      this.state = make("p", "state");
      this.rate = make("p", "rate");
      this.lag = make("p", "lag");
      this.error = make("p", "error");
      this.spark = draw("svg", { class: "spark", viewBox: "0 0 900 100", preserveAspectRatio: "none", role: "img" });
      this.up = draw("path", { class: "up" });
      this.down = draw("path", { class: "down" });
      this.spark.append(this.up, this.down, draw("path", { class: "base", d: "M0 50H900" }));
      this.rateNumber = make("b"); this.rateRecords = make("small");
      this.rate.append(this.rateNumber, " ", this.rateRecords);
      this.lagBytes = make("b"); this.lagSeconds = make("small");
      this.lag.append(this.lagBytes, " ", this.lagSeconds);
      this.item.append(this.name, this.path, this.state, this.spark, this.rate, this.lag, this.error);
      this.row = make("tr");
      this.drawn = 0;
    }

    take(status, now) {
      const fresh = !this.status;
      this.status = status;
      const ledger = status.ledger;
      const sample = { t: now, bytes: ledger.read.bytes - ledger.inFlight.bytes, records: ledger.read.records - ledger.inFlight.records, behind: status.bytesBehind };
      const past = this.past;
      if (past.length === 0 && report.uptimeSeconds < 2 * every) past.push(nothingAt(now - report.uptimeSeconds));
      if (past.length > 1 && past[past.length - 1].t - past[past.length - 2].t < every) past.pop();
      past.push(sample);
      while (past.length > 1 && past[0].t < now - QUARTER_HOUR - every) past.shift();
      // A look every half minute ships in gulps: the rate is that of the last two looks.
      const window = Math.min(180, Math.max(10, 2 * report.intervalSeconds));
      let from = past[0];
      for (let i = past.length - 2; i >= 0; i--) if (past[i].t <= now - window) { from = past[i]; break; }
      const seconds = now - from.t;
      this.bytesRate = seconds > 0.5 ? Math.max(0, (sample.bytes - from.bytes) / seconds) : 0;
      this.recordsRate = seconds > 0.5 ? Math.max(0, (sample.records - from.records) / seconds) : 0;
      const sink = report.sinks.find(one => one.name === status.sink);
      this.breaker = sink ? sink.breaker : "";
      this.late = status.secondsBehind > 30 + 2 * report.intervalSeconds;
      this.tone = status.state === "current" ? (this.bytesRate > 0 ? "fine" : "still")
        : status.state === "behind" ? (this.late ? "late" : "fine")
        : status.state === "failing" && !this.late && this.breaker === "closed" ? "late" : "bad";
      this.rank = ["blocked", "failing", "ended"].includes(status.state) ? (this.tone === "bad" ? 0 : 1) : this.late ? 2 : status.state === "behind" ? 3 : 4;
      this.show(fresh, now);
    }

    show(fresh, now) {
      const s = this.status;
      if (fresh) this.name.append(make("bdi", "", s.log), make("i", "", " → "), make("bdi", "", s.sink));
      mark(this.item, "data-tone", this.tone);
      put(this.path, s.path);
      put(this.state, s.state === "behind" && !this.late ? "keeping up" : s.state);
      put(this.rateNumber, size(this.bytesRate) + "/s");
      put(this.rateRecords, count(this.recordsRate) + " records/s");
      put(this.lagBytes, s.bytesBehind === 0 ? "nothing behind" : size(s.bytesBehind));
      mark(this.lagBytes, "data-none", s.bytesBehind === 0 ? "" : null);
      put(this.lagSeconds, s.bytesBehind === 0 ? "" : "behind, " + span(s.secondsBehind));
      const breaker = this.breaker && this.breaker !== "closed" ? "breaker " + this.breaker.replace("_", " ") : "";
      put(this.error, s.problems.length ? s.problems[0]
        : s.lastError ? [(s.state === "failing" ? "" : "last error ") + s.lastError.reason + " at " + clock(s.lastError.time), breaker].filter(Boolean).join(", ") : breaker);
      if (fresh || now - this.drawn >= 5) { this.drawn = now; this.sketch(now); }
    }

    sketch(now) {
      const x = t => Math.max(0, 900 - (now - t)).toFixed(0);
      const smooth = Math.max(1, Math.min(6, Math.ceil(report.intervalSeconds / every)));
      const flow = [];
      for (let i = 1; i < this.past.length; i++) {
        const from = this.past[Math.max(0, i - smooth)], to = this.past[i];
        if (to.t - from.t > 0.5) flow.push([to.t, Math.max(0, (to.bytes - from.bytes) / (to.t - from.t))]);
      }
      const behind = this.past.map(one => [one.t, one.behind]);
      this.up.setAttribute("d", area(flow, x, -44));
      this.down.setAttribute("d", area(behind, x, 44));
      const most = points => points.reduce((top, point) => Math.max(top, point[1]), 0);
      mark(this.spark, "aria-label", "Last 15 minutes: at most " + size(most(flow)) + " a second shipped, at most " + size(most(behind)) + " behind");
    }
  }

  const area = (points, x, height) => {
    const top = points.reduce((most, point) => Math.max(most, point[1]), 0);
    if (top === 0 || points.length < 2) return "";
    let path = "M" + x(points[0][0]) + " 50";
    for (const [t, value] of points) path += "L" + x(t) + " " + (50 + height * value / top).toFixed(1);
    return path + "L" + x(points[points.length - 1][0]) + " 50Z";
  };

  const nothingAt = t => ({ t, bytes: 0, records: 0, behind: 0 });
  const keyOf = lane => lane.log + "\u0000" + lane.sink;

  function takeHistory(history) {
    const now = performance.now() / 1000 - history.newestAgeSeconds;
    every = history.everySeconds;
    for (const one of history.lanes) {
      const lane = laneOf(keyOf(one));
      lane.past = one.bytes.map((bytes, i) => ({ t: now - every * (one.bytes.length - 1 - i), bytes, records: one.records[i], behind: one.behind[i] }));
      // A lane younger than a quarter of an hour began at nothing.
      if (lane.past.length * every < QUARTER_HOUR) lane.past.unshift(nothingAt(now - every * one.bytes.length));
      lane.drawn = 0;
    }
  }

  function laneOf(key) {
    let lane = lanes.get(key);
    if (!lane) lanes.set(key, lane = new Lane(key));
    return lane;
  }

  function takeStatus(next) {
    const now = performance.now() / 1000;
    if (started !== null && next.started !== started) for (const lane of lanes.values()) lane.past = lane.past.filter(one => one.t > now - 1);
    report = next;
    started = next.started;
    lastStatus = now;
    const known = new Set(next.lanes.map(keyOf));
    for (const key of lanes.keys()) if (!known.has(key)) lanes.delete(key);
    for (const status of next.lanes) laneOf(keyOf(status)).take(status, now);
    showVerdict();
    showProblems();
    showLanes();
    showLedger();
    put($("instance"), next.instance);
    put($("version"), "version " + next.version.split("+")[0]);
    put($("uptime"), span(next.uptimeSeconds));
    put($("interval"), span(next.intervalSeconds));
    put($("since"), new Date(next.started).toLocaleString());
    beat();
  }

  const current = () => report.lanes.map(status => lanes.get(keyOf(status)));
  const named = lane => lane.status.log + " → " + lane.status.sink;
  const some = (found, what) => found.length === 1 ? named(found[0]) + " " + what[0] : found.length + " of " + report.lanes.length + " lanes " + what[1];

  const refused = () => report.configuration && report.configuration.problems.length > 0;

  function verdict() {
    const all = current();
    const blocked = all.filter(lane => lane.tone === "bad" && lane.status.state === "blocked");
    const ended = all.filter(lane => lane.status.state === "ended");
    const failing = all.filter(lane => lane.tone === "bad" && lane.status.state === "failing");
    const late = all.filter(lane => lane.tone === "late");
    if (!report.alive) return ["bad", "A loop has not turned for too long."];
    if (!report.ready) return ["late", "The configuration is not applied yet."];
    const noFile = report.refusedLogs || [];
    if (!blocked.length && noFile.length) return ["bad", noFile.length === 1 ? noFile[0].log + " is blocked." : noFile.length + " logs are blocked."];
    if (blocked.length) return ["bad", some(blocked, ["is blocked.", "are blocked."])];
    if (failing.length) {
      const down = report.sinks.filter(sink => failing.some(lane => lane.status.sink === sink.name));
      return ["bad", down.length === 1 ? "Nothing gets into " + down[0].name + (down[0].failure ? ": " + down[0].failure : "") + "." : down.length + " of " + report.sinks.length + " sinks take nothing."];
    }
    if (refused()) return ["late", "The changed configuration is not applied; what was in force goes on."];
    if (ended.length) return ["bad", some(ended, ["has ended.", "have ended."])];
    if (late.length) return ["late", late.length === 1 && late[0].late ? named(late[0]) + " is " + span(late[0].status.secondsBehind) + " behind." : some(late, ["has trouble.", "are late."])];
    if (!all.length) return ["", "There is no log yet."];
    return ["", all.every(lane => lane.status.state === "current") ? "Everything written so far is shipped." : "All lanes keep up."];
  }

  let announced = "", announcedAt = -1e9;
  function showVerdict() {
    const [tone, text] = verdict();
    put($("verdict"), text);
    mark($("verdict"), "data-tone", tone);
    document.title = (tone ? "! " : "") + shown(text) + " LogShipper";
    const now = performance.now();
    // For those who listen: how it stands, not every number that changes on the way.
    const kind = tone + text.replace(/\d+ (s|min|h|d)\b/g, "");
    if (kind !== announced && now - announcedAt > 10000) { announced = kind; announcedAt = now; put($("announce"), text); }

    const all = current(), sum = of => all.reduce((total, lane) => total + of(lane), 0);
    const worst = all.reduce((most, lane) => Math.max(most, lane.status.secondsBehind), 0);
    const lost = sum(lane => lane.status.ledger.lost.bytes), dead = sum(lane => lane.status.ledger.deadLettered.records);
    const behind = sum(lane => lane.status.bytesBehind);
    figures([
      ["shipped now", size(sum(lane => lane.bytesRate)) + "/s", count(sum(lane => lane.recordsRate)) + " records/s"],
      ["behind", size(behind), behind ? "oldest " + span(worst) : "nothing waits"],
      ["in flight", size(sum(lane => lane.status.inFlightBytes)), plural(sum(lane => lane.status.inFlightBatches), "batch", "batches")],
      ["lost", size(lost), plural(dead, "dead letter")],
      ["memory of batches", size(report.memoryHeldBytes), "of " + size(report.memoryLimitBytes)],
    ]);
  }

  function figures(entries) {
    const list = $("figures");
    while (list.children.length < entries.length) list.append(make("div", "", make("dt"), make("dd", "", make("span"), make("small"))));
    entries.forEach(([label, value, more], i) => {
      const [dt, dd] = list.children[i].children;
      put(dt, label); put(dd.firstChild, value); put(dd.lastChild, more);
    });
  }

  // A dead sink is one problem, however many lanes wait for it.
  const MOST_PROBLEMS = 12;
  function problems() {
    const found = [], all = current(), configuration = report.configuration;
    if (configuration) {
      for (const problem of configuration.problems) found.push(["Changed configuration", "is not applied: " + problem]);
      for (const key of configuration.waitingForNextStart) found.push([key, "has changed, which takes effect at the next start"]);
    }
    for (const log of report.refusedLogs || []) found.push([log.log, log.problem]);
    for (const sink of report.sinks) {
      const down = sink.failure || sink.breaker !== "closed";
      const waiting = all.filter(lane => lane.status.sink === sink.name && lane.late);
      const bytes = waiting.reduce((sum, lane) => sum + lane.status.bytesBehind, 0), oldest = waiting.reduce((most, lane) => Math.max(most, lane.status.secondsBehind), 0);
      const waits = waiting.length ? (waiting.length === 1 ? "one lane waits" : waiting.length + " lanes wait") + " with " + size(bytes) + ", the oldest " + span(oldest) : "";
      if (down) found.push([sink.name, [sink.failure || "no failure now", "breaker " + sink.breaker.replace("_", " "), waits].filter(Boolean).join(", ")]);
      else if (waiting.length > 4) found.push([sink.name, waits]);
      else for (const lane of waiting) if (!lane.status.problems.length) found.push([named(lane), size(lane.status.bytesBehind) + " behind, the oldest " + span(lane.status.secondsBehind)]);
    }
    for (const lane of all) {
      for (const problem of lane.status.problems) found.push([named(lane), problem]);
      if (lane.status.state === "ended") found.push([named(lane), "the sink will take nothing any more"]);
      const reasons = lane.status.ledger.lostByReason;
      const lost = Object.keys(reasons).filter(reason => reasons[reason].bytes || reasons[reason].records).map(reason => size(reasons[reason].bytes) + " " + reason.replace(/_/g, " "));
      if (lost.length) found.push([named(lane), "lost: " + lost.join(", ")]);
      if (lane.status.keptDeadLetters) found.push([named(lane), plural(lane.status.keptDeadLetters, "record") + (lane.status.keptDeadLetters === 1 ? " was" : " were") + " refused and " + (lane.status.keptDeadLetters === 1 ? "is" : "are") + " kept as " + (lane.status.keptDeadLetters === 1 ? "a dead letter" : "dead letters")]);
    }
    return found.length <= MOST_PROBLEMS ? found : [...found.slice(0, MOST_PROBLEMS - 1), ["and " + (found.length - MOST_PROBLEMS + 1) + " more", "see the lanes, worst first"]];
  }

  function showProblems() {
    const found = problems(), list = $("problem-list");
    $("problems").hidden = found.length === 0;
    while (list.children.length > found.length) list.lastChild.remove();
    while (list.children.length < found.length) list.append(make("li", "", make("b"), make("span")));
    found.forEach(([who, what], i) => { put(list.children[i].firstChild, who); put(list.children[i].lastChild, what); });
  }

  const compare = {
    worst: (a, b) => a.rank - b.rank || (a.rank < 4 ? Math.round(b.status.secondsBehind / 10) - Math.round(a.status.secondsBehind / 10) : 0),
    rate: (a, b) => b.bytesRate - a.bytesRate,
    name: () => 0,
  };
  const { compare: spell } = new Intl.Collator(undefined, { numeric: true });
  const byName = (a, b) => spell(a.status.log, b.status.log) || spell(a.status.sink, b.status.sink);

  function showLanes(now = false) {
    if (!report) return;
    const all = current(), isMap = wide.matches && all.length <= MAP_LANES;
    mark($("map"), "data-form", isMap ? "map" : "list");
    $("tools").hidden = all.length <= 6 || isMap;
    let chosen;
    if (isMap) {
      const logs = [...new Set(all.map(lane => lane.status.log))];
      const sinks = report.sinks.map(sink => sink.name);
      chosen = all.slice().sort((a, b) => logs.indexOf(a.status.log) - logs.indexOf(b.status.log) || sinks.indexOf(a.status.sink) - sinks.indexOf(b.status.sink));
      order = [];
    } else {
      // Lanes do not jump about under the hand that points at one.
      const busy = $("lanes").matches(":hover, :focus-within");
      const time = performance.now();
      if (now || order.length !== all.length || (time - orderTime > 5000 && !busy)) {
        order = all.slice().sort((a, b) => compare[$("order").value](a, b) || byName(a, b)).map(lane => lane.key);
        orderTime = time;
      }
      const words = $("tools").hidden ? [] : $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
      chosen = order.map(key => lanes.get(key)).filter(lane => lane && words.every(word =>
        (lane.status.log + " " + lane.status.sink + " " + lane.status.path + " " + lane.status.state).toLowerCase().includes(word)));
    }
    const found = chosen.length;
    if (!isMap && !showAll) chosen = chosen.slice(0, FEW);
    arrange($("lanes"), chosen.map(lane => lane.item));
    put($("shown"), !isMap && all.length > chosen.length ? chosen.length + " of " + all.length + " lanes" : "");
    $("all").hidden = isMap || found <= FEW;
    put($("all"), showAll ? "Show the first " + FEW : "Show all " + found);
    showNodes(isMap);
    if (isMap) wire(chosen);
  }

  function arrange(parent, nodes) {
    nodes.forEach((node, i) => { if (parent.children[i] !== node) parent.insertBefore(node, parent.children[i] || null); });
    while (parent.children.length > nodes.length) parent.lastChild.remove();
  }

  const nodes = { logs: new Map(), sinks: new Map() };
  function node(kind, name) {
    let found = nodes[kind].get(name);
    if (!found) nodes[kind].set(name, found = make("li", "", make("strong", "", make("bdi", "", name)), make("span", kind === "logs" ? "path" : "facts")));
    return found;
  }

  function showNodes(isMap) {
    const counts = new Map();
    for (const status of report.lanes) counts.set(status.log, { path: status.path, lanes: (counts.get(status.log) || { lanes: 0 }).lanes + 1 });
    const logs = isMap ? [...counts].map(([name, log]) => {
      const item = node("logs", name);
      item.style.flex = log.lanes + " 1 0";
      put(item.lastChild, log.path);
      return item;
    }) : [];
    arrange($("logs"), logs);
    for (const name of nodes.logs.keys()) if (!counts.has(name)) nodes.logs.delete(name);
    arrange($("sinks"), report.sinks.map(sink => {
      const item = node("sinks", sink.name);
      const down = sink.failure || sink.breaker !== "closed";
      mark(item.lastChild, "data-tone", down ? "bad" : null);
      put(item.lastChild, (sink.failure ? sink.failure + ", " : "") + "breaker " + sink.breaker.replace("_", " ") + ", holds " + size(sink.memoryHeldBytes));
      return item;
    }));
  }

  let wires = null;
  function wire(chosen) {
    if (!wires) { wires = draw("svg", { class: "wires", "aria-hidden": "true" }); $("map").prepend(wires); }
    const box = $("map").getBoundingClientRect(), paths = [];
    const most = Math.max(1, ...chosen.map(lane => lane.bytesRate));
    const places = kind => new Map([...nodes[kind]].map(([name, item]) => [name, item.getBoundingClientRect()]));
    const logs = places("logs"), sinks = places("sinks");
    for (const lane of chosen) {
      const log = logs.get(lane.status.log), sink = sinks.get(lane.status.sink), spark = lane.spark.getBoundingClientRect();
      if (!log || !sink) continue;
      const y = spark.top + spark.height / 2 - box.top, gap = 14;
      const width = lane.bytesRate > 0 ? (1.5 + 5 * Math.sqrt(lane.bytesRate / most)).toFixed(1) : "1.5";
      const curve = (x1, y1, x2, y2) => { const m = (x1 + x2) / 2; return `M${x1.toFixed(1)} ${y1.toFixed(1)}C${m.toFixed(1)} ${y1.toFixed(1)} ${m.toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`; };
      const tone = lane.tone === "fine" ? "" : lane.tone;
      paths.push([curve(log.right - box.left + gap, log.top + log.height / 2 - box.top, spark.left - box.left, y), width, tone]);
      paths.push([curve(spark.right - box.left, y, sink.left - box.left - gap, sink.top + sink.height / 2 - box.top), width, tone]);
    }
    while (wires.children.length > paths.length) wires.lastChild.remove();
    while (wires.children.length < paths.length) wires.append(draw("path", {}));
    paths.forEach(([d, width, tone], i) => { const path = wires.children[i]; mark(path, "d", d); mark(path, "stroke-width", width); mark(path, "data-tone", tone); });
  }

  const TERMS = [["read", ""], ["acknowledged", "="], ["deadLettered", "+"], ["filtered", "+"], ["lost", "+"], ["inFlight", "+"]];
  const WORDS = { read: "read", acknowledged: "acknowledged", deadLettered: "dead-lettered", filtered: "filtered", lost: "lost", inFlight: "in flight" };
  const gapOf = numbers => numbers.read - numbers.acknowledged - numbers.deadLettered - numbers.filtered - numbers.lost - numbers.inFlight;
  const classOf = (term, number) => number === 0 ? "zero" : term === "lost" || term === "deadLettered" ? "bad" : "";

  function showLedger() {
    if (!report) return;
    const unit = document.querySelector("input[name=unit]:checked").value;
    const sum = $("sum");
    if (!sum.firstChild) {
      for (const [term, sign] of TERMS) {
        if (sign) sum.append(make("i", "", sign));
        const cell = make("div", "", make("b"), make("span", "", WORDS[term]));
        cell.dataset.term = term;
        sum.append(cell);
      }
      sum.append(make("span", "closes"));
      $("by-lane").open = report.lanes.length <= MAP_LANES;
      $("ledger-head").append(...["Lane", ...TERMS.map(([term, sign]) => sign + " " + WORDS[term]), "closes"].map(text => { const th = make("th", "", text.trim()); th.scope = "col"; return th; }));
    }
    const total = {};
    for (const [term] of TERMS) total[term] = report.lanes.reduce((all, lane) => all + lane.ledger[term][unit], 0);
    for (const cell of sum.querySelectorAll("div")) {
      cell.className = classOf(cell.dataset.term, total[cell.dataset.term]);
      put(cell.firstChild, exact(total[cell.dataset.term]));
    }
    const gap = gapOf(total), closes = sum.lastChild;
    put(closes, gap === 0 ? "✓ it closes" : "does not close: " + exact(Math.abs(gap)) + " " + unit);
    mark(closes, "data-closes", gap === 0 ? "yes" : "no");
    if (!$("by-lane").open) return;
    const ordered = current().sort(byName);
    for (const lane of ordered) {
      const row = lane.row;
      if (!row.firstChild) {
        const th = make("th", "", make("bdi", "", lane.status.log), make("i", "", " → "), make("bdi", "", lane.status.sink));
        th.scope = "row";
        row.append(th, ...TERMS.map(() => make("td")), make("td", "closes"));
      }
      const numbers = {};
      TERMS.forEach(([term], i) => {
        const cell = row.children[i + 1], number = numbers[term] = lane.status.ledger[term][unit];
        put(cell, exact(number));
        cell.className = classOf(term, number);
      });
      const off = gapOf(numbers), last = row.lastChild;
      put(last, off === 0 ? "✓" : "off by " + exact(off));
      last.className = off === 0 ? "closes" : "closes bad";
      mark(last, "aria-label", off === 0 ? "yes" : null);
    }
    arrange($("ledger-rows"), ordered.map(lane => lane.row));
  }

  function takeConfiguration(configuration) {
    const groups = new Map();
    for (const setting of configuration.settings) {
      const parts = setting.key.split(":");
      const title = parts.length === 1 ? "General" : parts.length === 2 ? parts[0].replace(/([a-z])([A-Z])/g, (_, a, b) => a + " " + b.toLowerCase()) : parts[0].replace(/s$/, "") + " " + parts.slice(1, -1).join(":");
      if (!groups.has(title)) groups.set(title, []);
      groups.get(title).push([parts[parts.length - 1], setting]);
    }
    $("groups").replaceChildren(...[...groups].map(([title, settings]) => make("div", "group", make("h3", "", title), make("dl", "", ...settings.map(([name, setting]) => {
      const values = setting.values.length ? setting.values : [name === "Logs" ? "all" : "–"];
      return make("div", "", make("dt", "", name), make("dd", setting.isDefault ? "" : "set", ...values.map(value => make("span", "", value || "–"))));
    })))));
  }

  // The connection. Hidden pages do not listen: nothing is computed for them.
  let source = null, retry = 0, paused = false;
  function beat() {
    const dot = $("dot");
    mark(dot, "data-beat", "");
    setTimeout(() => mark(dot, "data-beat", null), 80);
    tell("yes", "live");
  }
  function tell(live, text) { mark($("dot"), "data-live", live); put($("live"), text); }
  function connect() {
    clearTimeout(retry);
    if (source || paused || document.hidden) return;
    source = new EventSource("/events");
    source.addEventListener("history", event => takeHistory(JSON.parse(event.data)));
    source.addEventListener("config", event => takeConfiguration(JSON.parse(event.data)));
    source.addEventListener("status", event => takeStatus(JSON.parse(event.data)));
    source.onerror = () => {
      // The browser tries a broken connection again by itself, one that was refused it does not.
      if (source.readyState === EventSource.CLOSED) { disconnect(); retry = setTimeout(connect, 10000); }
      tell("no", report ? "no connection; as of " + clock(Date.now() - 1000 * (performance.now() / 1000 - lastStatus)) : "no connection, or too many are watching");
    };
  }
  function disconnect() { clearTimeout(retry); if (source) { source.close(); source = null; } }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(retry);
    if (document.hidden) retry = setTimeout(disconnect, 30000); else connect();
  });
  $("pause").addEventListener("click", () => {
    paused = !paused;
    mark($("pause"), "aria-pressed", String(paused));
    if (paused) { disconnect(); tell("", "paused at " + clock(Date.now())); } else { tell("", "connecting"); connect(); }
  });
  $("tools").addEventListener("submit", event => event.preventDefault());
  $("find").addEventListener("input", () => showLanes());
  $("order").addEventListener("change", () => showLanes(true));
  $("all").addEventListener("click", () => { showAll = !showAll; showLanes(); });
  $("by-lane").addEventListener("toggle", showLedger);
  for (const input of document.querySelectorAll("input[name=unit]")) input.addEventListener("change", showLedger);
  wide.addEventListener("change", () => showLanes());
  addEventListener("resize", () => showLanes());
  connect();
})();
