/* The page of a pipeline file: one drawing at a time, and the details of the shape that is chosen. */
(function () {
  const data = readData();
  const app = document.getElementById("app");
  const canvases = [...document.querySelectorAll("#drawings .canvas")];
  const panel = element("aside", { id: "details", "aria-live": "polite", "aria-label": "Details" });
  const stage = element("main", {});
  const tools = element("div", { class: "tools" });
  let drawing = null;

  function tell(pipeline, id) {
    const node = id && pipeline.nodes[id.replace(/^p\d+-/, "")];
    panel.replaceChildren();
    if (!node) {
      panel.append(...summary(pipeline));
      return;
    }
    panel.append(
      element("button", { type: "button", class: "round close", "aria-label": "Close", onclick: () => drawing.select(null) }, "✕"),
      element("p", { class: "kind" }, node.kind === "dataset" ? "source data" : node.kind),
      element("h2", { dir: "auto" }, node.title),
      factList(node.facts));
  }

  function summary(pipeline) {
    const count = (kind) => Object.values(pipeline.nodes).filter((node) => node.kind === kind).length;
    const facts = [
      { name: "Read from", values: [pipeline.source] },
      { name: "Steps", values: [String(count("step"))] },
      { name: "Outputs", values: [String(count("output"))] },
      { name: "Source data", values: [String(count("dataset"))] },
      ...pipeline.facts,
    ];
    return [
      element("p", { class: "kind" }, "pipeline"), element("h2", { dir: "auto" }, pipeline.name), factList(facts),
      element("p", { class: "hint" }, "Choose a shape for its details. Drag to move; turn the wheel, or + and − to enlarge; 0 shows all."),
    ];
  }

  function open(index) {
    const pipeline = data.pipelines[index];
    canvases.forEach((canvas, number) => { canvas.hidden = number !== index; });
    stage.replaceChildren(canvases[index]);
    drawing = new Drawing(canvases[index], (id) => tell(pipeline, id));
    canvases[index].append(drawing.controls());
    tools.replaceChildren(drawing.searchField(), themeButton());
    tell(pipeline, null);
    drawing.fit();
  }

  const names = data.pipelines.map((pipeline, number) => element("option", { value: number }, pipeline.name));
  const title = names.length > 1
    ? element("select", { id: "pipeline", "aria-label": "Pipeline", onchange: (event) => open(Number(event.target.value)) }, names)
    : element("h1", { dir: "auto" }, data.pipelines.length ? data.pipelines[0].name : "No pipeline");
  app.append(element("header", {}, title, tools), stage, panel);
  if (data.pipelines.length) open(0);
  document.addEventListener("keydown", (event) => event.key === "Escape" && drawing && drawing.select(null));
  window.addEventListener("resize", () => drawing && drawing.fit());
})();
