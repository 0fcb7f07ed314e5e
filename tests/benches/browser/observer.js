// Runs before the page's own scripts: notes when its first block stands in the document, when it is live, and when its
// picture is complete.
(() => {
  if (location.pathname.includes("/bench/")) return;
  const seen = { firstBlocks: null, live: null, picture: null, longestTask: 0, longTasks: 0, latencies: [] };
  window.k8bitBench = seen;
  new PerformanceObserver((entries) => {
    for (const { duration } of entries.getEntries()) {
      seen.longestTask = Math.max(seen.longestTask, duration);
      seen.longTasks += 1;
    }
  }).observe({ type: "longtask" });

  const observer = new MutationObserver(() => {
    if (seen.firstBlocks === null && document.querySelector("#map [data-pod]")) seen.firstBlocks = performance.now();
    if (document.querySelector("#connection")?.dataset.state !== "live") return;
    seen.live = performance.now();
    observer.disconnect();
    window.k8bit.settled().then(() => (seen.picture = performance.now()));
  });
  observer.observe(document, { subtree: true, childList: true, attributeFilter: ["data-state"] });

  // How long a STATUS that says when it was written took to be in the picture: until after the frame that shows it.
  seen.watchLatencies = () => {
    const written = [];
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      const now = Date.now();
      for (const time of written.splice(0)) seen.latencies.push(now - time);
    };
    new MutationObserver((records) => {
      for (const { target } of records) {
        const time = /^T(\d+)$/.exec(target.dataset.status)?.[1];
        if (time) written.push(Number(time));
      }
      // A message comes after the frame that is being made.
      painted.port2.postMessage(null);
    }).observe(document.querySelector("#map"), { subtree: true, attributeFilter: ["data-status"] });
  };
})();
