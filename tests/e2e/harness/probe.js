// Runs before the page's own scripts and notes what the tests ask for afterwards. Not part of the page: it is put there
// by the browser's automation, which the page's Content-Security-Policy does not bind.
(() => {
  const probe = { violations: [], errors: [], longestTaskMs: 0, fewestBlocks: null };
  addEventListener("securitypolicyviolation", (event) => {
    probe.violations.push(`${event.violatedDirective}: ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
  });
  addEventListener("error", (event) => {
    probe.errors.push(event.message ?? `${event.target.tagName} could not load ${event.target.src ?? event.target.href}`);
  }, true);
  addEventListener("unhandledrejection", (event) => probe.errors.push(`unhandled: ${event.reason}`));
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) probe.longestTaskMs = Math.max(probe.longestTaskMs, task.duration);
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
  window.k8bitProbe = probe;
})();
