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

  // On a map blocks are pixels: the first that have the color of a healthy pod, through which the screen shines.
  const colorOf = (property) => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(${property})`;
    const channels = getComputedStyle(probe).color.match(/\d+/g).map(Number);
    probe.remove();
    return channels;
  };
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (image, ...rest) {
    put.call(this, image, ...rest);
    if (seen.firstBlocks !== null) return;
    const screen = colorOf("--screen");
    const [red, green, blue] = colorOf("--healthy").map((own, at) => Math.floor((own * 70 + screen[at] * 30) / 100));
    const color = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    // A copy: the image is a part of the program's memory, in which the color stands anyway.
    if (new Uint32Array(image.data.slice().buffer).includes(color)) seen.firstBlocks = performance.now();
  };

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

  // From an action to the end of the frame that shows what came of it.
  const timed = (act, isShown) =>
    new Promise((resolve) => {
      const began = performance.now();
      const frame = new MessageChannel();
      frame.port1.onmessage = () => resolve(performance.now() - began);
      const look = () => (isShown() ? frame.port2.postMessage(null) : requestAnimationFrame(look));
      act();
      requestAnimationFrame(look);
    });
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  // The longest task of what is done, and how many frames there were, how many of them late.
  const watched = async (act) => {
    await pause(1000);
    Object.assign(seen, { longestTask: 0, longTasks: 0 });
    let [frames, late, before] = [0, 0, await new Promise(requestAnimationFrame)];
    let isOver = false;
    const count = (now) => {
      frames += 1;
      if (now - before > 33) late += 1;
      before = now;
      if (!isOver) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    await act();
    isOver = true;
    // The observer is told of a task after its end.
    await pause(100);
    return { longestTask: seen.longestTask, frames, late };
  };

  // Looks at the close-up for some seconds.
  seen.look = async (seconds) => {
    const events = () => window.k8bit.diagnostics().kinds.reduce((sum, { counters }) => sum + counters.events, 0);
    const before = events();
    const found = await watched(() => pause(seconds * 1000));
    const chips = document.querySelectorAll("#map[data-zoom=names] [data-pod]").length;
    seen.looked = { ...found, chips, events: events() - before };
  };

  // Types a query and deletes it again, and looks at pods: how long each keystroke and each click took.
  seen.use = async () => {
    await pause(1000);
    Object.assign(seen, { longestTask: 0, longTasks: 0 });
    const [keystrokes, drawers] = [[], []];
    const query = document.querySelector("#query");
    const type = (text) => () => {
      query.value = text;
      query.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
    query.focus();
    for (const text of ["w", "we", "web", "is:problem", "ns:kube-system", "!web", "restarts>1", "age<1h web"]) {
      // The number of matches is drawn with the picture of them.
      const isFiltered = () => !document.querySelector("#matches").hidden;
      keystrokes.push(await timed(type(text), isFiltered));
      await pause(120);
      keystrokes.push(await timed(type(""), () => !isFiltered()));
      await pause(120);
    }
    query.blur();
    const blocks = [...document.querySelectorAll("#map .card [data-pod]")].slice(0, 200).filter((_, at) => at % 20 === 0);
    for (const block of blocks) {
      // Its containers are known from the object alone, which is fetched.
      const isOpen = () =>
        document.querySelector("#drawer")?.dataset.subject === `pod:${block.dataset.pod}` &&
        document.querySelector("#drawer .containers [data-container]") !== null;
      drawers.push(await timed(() => block.click(), isOpen));
      await pause(120);
      document.querySelector('#drawer [data-action="close"]').click();
      await pause(120);
    }
    const { longestTask, longTasks } = seen;
    seen.used = { keystrokes, drawers, longestTask, longTasks };
  };

  // Looks around: over the map with the pointer, nearer and farther, up and down, and for pods by a query.
  seen.roam = async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const press = (id) => document.querySelector(id).click();
    const query = document.querySelector("#query");
    const type = (text) => {
      query.value = text;
      query.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
    const roamed = {};
    const measure = async (name, steps, step) => {
      roamed[name] = await watched(async () => {
        for (let index = 0; index < steps; index += 1) {
          await step(index);
          await frame();
        }
      });
    };
    const wait = async (frames) => {
      for (let count = 0; count < frames; count += 1) await frame();
    };
    await measure("hovering", 180, (index) => {
      const canvas = document.querySelector("#fleet");
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const [x, y] = [(0.5 + 0.4 * Math.cos(index / 15)) * width, (0.5 + 0.4 * Math.sin(index / 15)) * height];
      const at = { clientX: left + x, clientY: Math.min(top + y, innerHeight - 2), bubbles: true, pointerType: "mouse" };
      canvas.dispatchEvent(new PointerEvent("pointermove", at));
    });
    await measure("zooming", 14, (index) => {
      press(index < 7 ? "#zoom-in" : "#zoom-out");
      return wait(12);
    });
    press("#zoom-fit");
    await measure("scrolling the map", 180, () => {
      scrollBy(0, 40);
    });
    scrollTo(0, 0);
    await measure("querying", 12, (index) => {
      type(["w", "we", "web", "", "is:problem", "", "ns:kube-system", "", "!web", "", "restarts>1", ""][index]);
      return wait(12);
    });
    // The boxes themselves.
    for (let press = 0; press < 30 && document.querySelector("#fleet"); press += 1) {
      document.querySelector("#zoom-in").click();
      await pause(50);
    }
    await measure("scrolling the boxes", 180, () => {
      scrollBy(0, 200);
    });
    await measure("querying the boxes", 12, (index) => {
      type(["w", "we", "web", "", "is:problem", "", "ns:kube-system", "", "!web", "", "restarts>1", ""][index]);
      return wait(12);
    });
    seen.roamed = roamed;
  };
})();
