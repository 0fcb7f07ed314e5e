// Runs before the page's own scripts and notes what the tests ask for afterwards. Not part of the page: it is put there
// by the browser's automation, which the page's Content-Security-Policy does not bind.
(() => {
  Error.stackTraceLimit = 60;
  const probe = { violations: [], errors: [], longestTaskMs: 0, longTasks: 0, longTasksMs: 0, fewestBlocks: null };
  addEventListener("securitypolicyviolation", (event) => {
    probe.violations.push(`${event.violatedDirective}: ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
  });
  addEventListener("error", (event) => {
    probe.errors.push(event.message ?? `${event.target.tagName} could not load ${event.target.src ?? event.target.href}`);
  }, true);
  addEventListener("unhandledrejection", (event) => probe.errors.push(`unhandled: ${event.reason}`));
  // What a panic says comes before its "unreachable".
  const say = console.error.bind(console);
  console.error = (...words) => {
    if (String(words[0]).startsWith("panicked")) probe.errors.push(String(words[0]));
    say(...words);
  };
  // Chromium alone knows of them.
  const canObserve = PerformanceObserver.supportedEntryTypes.includes("longtask");
  if (canObserve) new PerformanceObserver((list) => {
    for (const task of list.getEntries()) {
      probe.longestTaskMs = Math.max(probe.longestTaskMs, task.duration);
      probe.longTasks += 1;
      probe.longTasksMs += task.duration;
    }
  }).observe({ type: "longtask", buffered: true });

  // From now on, after every change of the document: the fewest blocks that were ever there.
  probe.watchBlocks = () => {
    const count = () => {
      const blocks = document.querySelectorAll("#map [data-pod]").length;
      probe.fewestBlocks = Math.min(probe.fewestBlocks ?? Infinity, blocks);
    };
    count();
    new MutationObserver(count).observe(document, { subtree: true, childList: true, attributeFilter: ["data-pod"] });
  };

  // The page's clocks and timers, in the hands of the tests from the first call of `skip` or `hasten` on. What the browser
  // itself times (frames, the network, the throttling of hidden pages) goes on as ever.
  const real = {
    now: performance.now.bind(performance),
    date: Date.now.bind(Date),
    timeout: setTimeout.bind(window),
    interval: setInterval.bind(window),
    header: Headers.prototype.get,
  };
  const born = real.date();
  const warp = { speed: 1, monotonic: 0, wall: 0, isOn: false };
  const takeClocks = () => {
    if (warp.isOn) return;
    warp.isOn = true;
    performance.now = () => real.now() * warp.speed + warp.monotonic;
    Date.now = () => born + (real.date() - born) * warp.speed + warp.wall;
    window.setTimeout = (task, delay, ...rest) => real.timeout(task, (delay ?? 0) / warp.speed, ...rest);
    window.setInterval = (task, delay, ...rest) => real.interval(task, (delay ?? 0) / warp.speed, ...rest);
  };
  // So much later at once, as after sleep: by the monotonic clock, and by that on the wall, which may also go back.
  probe.skip = (monotonicMs, wallMs) => {
    takeClocks();
    warp.monotonic += monotonicMs;
    warp.wall += wallMs;
  };
  // This many times as fast, from where they are. What was timed before keeps its time. The server's clock is not hastened, so
  // its `Date` is kept from the page.
  probe.hasten = (speed) => {
    takeClocks();
    warp.monotonic += real.now() * (warp.speed - speed);
    warp.wall += (real.date() - born) * (warp.speed - speed);
    warp.speed = speed;
    Headers.prototype.get = function (name) {
      return String(name).toLowerCase() === "date" ? null : real.header.call(this, name);
    };
  };

  // From now on, the time between two animation frames, in milliseconds.
  probe.watchFrames = () => {
    const gaps = (probe.frameGaps = []);
    let last = real.now();
    const note = () => {
      if (probe.frameGaps !== gaps) return;
      const now = real.now();
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  };
  // Ends that; what it noted.
  probe.takeFrames = () => {
    const gaps = probe.frameGaps;
    probe.frameGaps = null;
    return gaps;
  };

  // From when `began` fires on: how long until the page knows exactly these pods, and whether it called itself live in a
  // frame before that.
  probe.watchReturn = (target, event, names) => {
    const seen = (probe.comeBack = { persisted: null, rightMs: null, lied: false });
    target.addEventListener(event, (fired) => {
      if (document.hidden && event === "visibilitychange") return;
      seen.persisted = fired.persisted ?? null;
      const began = real.now();
      // After the frame has been drawn: what a user sees of it.
      const look = () => requestAnimationFrame(() => real.timeout(() => {
        const known = k8bit.snapshot().pods.map((pod) => pod.name).sort();
        const isRight = known.join() === names.join();
        if (isRight && seen.rightMs === null) seen.rightMs = real.now() - began;
        if (!isRight && document.querySelector("#connection").dataset.state === "live") seen.lied = true;
        if (seen.rightMs === null) look();
      }, 0));
      look();
    });
  };
  window.k8bitProbe = probe;
})();
