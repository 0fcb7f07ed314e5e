// Starts the WebAssembly application, and explains a failure.
// It is a file of its own, and not the inline script that Trunk would write, because the page's
// Content-Security-Policy allows no inline script. Trunk.toml puts the names of the bundle's files into the page. This
// file has the same name in every build, so it is there for a page that the browser has kept from an earlier one.

const { js, wasm } = document.querySelector('meta[name="k8bit-bundle"]').dataset;
const style = document.querySelector('link[rel="stylesheet"]');
const absolute = (path) => new URL(path, document.baseURI).href;

// The theme, before the program runs. An unknown theme has no colors of its own, and the program removes it.
const named = [location.hash, location.search].map((part) => new URLSearchParams(part.slice(1)).get("theme"));
try {
  const theme = named.find(Boolean) ?? localStorage.getItem("k8bit-theme") ?? "auto";
  if (theme !== "auto") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden. Then nothing was chosen before.
}

// After an upgrade the files of an earlier build are gone: the server answers 404, or with another page.
const isGone = async (path) => {
  try {
    const response = await fetch(absolute(path), { method: "HEAD", cache: "no-store" });
    const type = response.headers.get("Content-Type") ?? "";
    return [404, 410].includes(response.status) || type.startsWith("text/html");
  } catch {
    return false;
  }
};

// Reloads the page past the browser's cache, once until the program has started. Returns whether a reload has begun.
const RELOADED = "k8bit-reloaded";
const reloadOnce = async () => {
  try {
    if (sessionStorage.getItem(RELOADED)) return false;
    sessionStorage.setItem(RELOADED, "1");
    await fetch(location.href, { cache: "reload" });
  } catch {
    // Without storage a loop could not be ended; or there was no response.
    return false;
  }
  location.reload();
  return true;
};

// A browser may run this before the style sheet has come: WebKit does so now and then.
const isStyled = async () => {
  if (style && !style.sheet && document.readyState !== "complete") {
    await new Promise((resolve) => {
      for (const type of ["load", "error"]) style.addEventListener(type, resolve, { once: true });
      addEventListener("load", resolve, { once: true });
    });
  }
  return Boolean(style?.sheet);
};

try {
  if (!(await isStyled())) throw new Error("its style sheet could not be loaded");
  const { default: init } = await import(absolute(js));
  await init({ module_or_path: absolute(wasm) });
  try {
    sessionStorage.removeItem(RELOADED);
  } catch {
    // Nothing was remembered.
  }
} catch (error) {
  const files = [js, wasm, style?.getAttribute("href")].filter(Boolean);
  const gone = await Promise.all(files.map(isGone));
  const isOld = gone.includes(true);
  if (!(isOld && (await reloadOnce()))) {
    const message = document.createElement("p");
    message.id = "boot-error";
    message.setAttribute("role", "alert");
    message.textContent = isOld
      ? "K8bit could not start: a file of this build no longer exists. K8bit was probably upgraded, and the browser has " +
        "cached the page of an earlier build. Reload the page. If that does not help, clear the browser's cache for it."
      : `K8bit could not start: ${error.message ?? error}. ` +
        "It needs a browser with WebAssembly SIMD (Chrome or Edge 91, Firefox 89, Safari 16.4, or later), " +
        "and all files of its build in the same folder.";
    document.querySelector("#boot-late")?.remove();
    document.body.prepend(message);
    throw error;
  }
}
