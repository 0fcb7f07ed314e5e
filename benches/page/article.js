// The dashboard as the article has it, cut to what is measured here: one request, everything parsed at once, keyed by
// name, and every node's HTML written again. Its watch does the same for each event.

const state = { pods: {}, nodes: {} };

function color(pod) {
  switch (pod.status.phase) {
    case "Running": return "green";
    case "Pending": return "yellow";
    case "Succeeded": return "blue";
    default: return "red";
  }
}

function render(root) {
  const byNode = {};
  for (const name of Object.keys(state.nodes)) byNode[name] = [];
  for (const name of Object.keys(state.pods)) {
    const pod = state.pods[name];
    const node = pod.spec.nodeName ?? "";
    (byNode[node] ??= []).push(pod);
  }
  root.innerHTML = "";
  for (const node of Object.keys(byNode)) {
    const box = document.createElement("div");
    box.className = "node";
    box.innerHTML =
      `<h2>${node}</h2>` +
      byNode[node]
        .map((pod) => `<span class="pod" title="${pod.metadata.name}" style="background: ${color(pod)}"></span>`)
        .join("");
    root.append(box);
  }
}

export async function article(root) {
  const nodes = await (await fetch("/api/v1/nodes")).json();
  for (const node of nodes.items) state.nodes[node.metadata.name] = node;
  const pods = await (await fetch("/api/v1/pods")).json();
  for (const pod of pods.items) state.pods[pod.metadata.name] = pod;
  render(root);
  // Laid out, as a picture is.
  root.getBoundingClientRect();
  return { pods: Object.keys(state.pods).length };
}
