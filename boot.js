// Starts the WebAssembly application and says so in plain words if that fails.
// It is a file of its own, and not the inline script that Trunk would write, because the page's
// Content-Security-Policy allows no inline script. Trunk.toml puts the names of the bundle's files into the page.

const { js, wasm } = document.querySelector('meta[name="k8bit-bundle"]').dataset;
const absolute = (path) => new URL(path, document.baseURI).href;

// The theme, before the program is there. What is no theme has no colours of its own, and the program takes it away.
const named = [location.hash, location.search].map((part) => new URLSearchParams(part.slice(1)).get("theme"));
try {
  const theme = named.find(Boolean) ?? localStorage.getItem("k8bit-theme") ?? "auto";
  if (theme !== "auto") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden. Then nothing was chosen before.
}

try {
  const { default: init } = await import(absolute(js));
  await init({ module_or_path: absolute(wasm) });
} catch (error) {
  const message = document.createElement("p");
  message.id = "boot-error";
  message.setAttribute("role", "alert");
  message.textContent =
    `K8bit could not start: ${error.message ?? error}. ` +
    "It needs a browser with WebAssembly SIMD (Chrome or Edge 91, Firefox 89, Safari 16.4, or later), " +
    "and all files of its build in the same folder.";
  document.body.prepend(message);
  throw error;
}
