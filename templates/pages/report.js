/* The page of a run: summary, drawing with states, timeline, steps with reasons and logs, metrics. */
(function () {
  const data = readData();
  const app = document.getElementById("app");
  const ran = data.steps.filter((step) => step.started !== undefined);
  let drawing = null;

  const badge = (status) => element("span", { class: `badge ${status}` }, status);
  const seconds = (value) => {
    if (value < 60) return `${Number(value.toFixed(value < 10 ? 2 : 1))} s`;
    const whole = Math.round(value);
    const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    if (parts[0]) return `${parts[0]} h${parts[1] ? ` ${parts[1]} min` : ""}`;
    return `${parts[1]} min${parts[2] ? ` ${parts[2]} s` : ""}`;
  };
  const card = (id, title, ...children) => element("section", { class: "card", id, "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title), children);

  function summary() {
    const counts = {};
    for (const step of data.steps) counts[step.status] = (counts[step.status] || 0) + 1;
    const tile = (name, ...value) => element("div", { class: "tile" }, element("div", { class: "name" }, name), element("div", { class: "value" }, value));
    const tiles = [
      tile("Run", data.run),
      tile("Started", element("time", { datetime: new Date(data.started * 1000).toISOString() }, new Date(data.started * 1000).toLocaleString())),
      tile("Took", seconds(data.seconds)),
      tile("Steps", element("span", { class: "counts" }, Object.entries(counts).map(([status, count]) => element("span", { class: `count ${status}` }, `${count} ${status}`)))),
    ];
    if (data.engine) tiles.splice(1, 0, tile("Ran on", data.engine));
    if (data.resumed) tiles.push(tile("Resumed", data.resumed === 1 ? "once" : `${data.resumed} times`));
    if (data.git) tiles.push(tile("Commit", `${data.git.commit.slice(0, 12)}${data.git.branch ? ` on ${data.git.branch}` : ""}${data.git.dirty ? ", with changes" : ""}`));
    const parameters = data.parameters.length
      ? element("table", { class: "pairs" }, element("caption", {}, "Parameters"), element("tbody", {}, data.parameters.map(([name, value]) => element("tr", {}, element("th", { scope: "row", dir: "auto" }, name), element("td", { dir: "auto" }, value)))))
      : null;
    const failed = data.steps.filter((step) => step.status === "failed");
    const alarm = failed.map((step) => element("p", { class: "alarm" }, element("strong", { dir: "auto" }, step.name), ` failed: ${step.reason || `exit status ${step.exit_code}`} `,
      element("button", { type: "button", onclick: () => open(step) }, "Show its log")));
    return element("section", { class: "card", id: "summary", "aria-label": "Summary" }, element("div", { class: "tiles" }, tiles), alarm, parameters);
  }

  function open(step) {
    const shown = document.getElementById(`step-${data.steps.indexOf(step)}`);
    shown.open = true;
    shown.scrollIntoView({ block: "start" });
    shown.querySelector("summary").focus({ preventScroll: true });
  }

  /* Round times up to a whole: minutes and hours are no tens of seconds. */
  function moments(whole) {
    const step = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].find((one) => one >= whole / 6);
    if (whole <= 90 || !step) return ticks(0, whole, 6);
    return Array.from({ length: Math.floor(whole / step) + 1 }, (_, index) => index * step);
  }

  function timeline() {
    if (!ran.length) return element("p", { class: "hint" }, "No step has started.");
    const first = Math.min(...ran.map((step) => step.started));
    const whole = Math.max(...ran.map((step) => step.started + step.seconds)) - first || 1;
    const rows = ran.map((step) => {
      const left = ((step.started - first) / whole) * 100;
      const width = (step.seconds / whole) * 100;
      const bar = element("span", { class: `bar ${step.status}`, style: `left: ${left}%; width: ${width}%` });
      return element("button", { type: "button", class: "lane", title: `${step.name}: ${step.status}, ${seconds(step.seconds)}`, onclick: () => open(step) },
        element("span", { class: "who", dir: "auto" }, step.name), element("span", { class: "track" }, bar), element("span", { class: "long" }, step.status === "reused" ? "reused" : seconds(step.seconds)));
    });
    const marks = moments(whole).map((at) => element("span", { style: `left: ${(at / whole) * 100}%` }, seconds(at)));
    return element("div", { class: "timeline" }, rows, element("div", { class: "lane scale", "aria-hidden": "true" }, element("span", { class: "who" }), element("span", { class: "track" }, marks), element("span", { class: "long" })));
  }

  function stepView(step, index) {
    const time = step.started === undefined ? "" : step.status === "reused" ? "" : seconds(step.seconds);
    const head = element("summary", {}, badge(step.status), element("strong", { dir: "auto" }, step.name), element("span", { class: "took" }, time), element("span", { class: "sentence", dir: "auto" }, step.why ? step.why.sentence : "never started"));
    const view = element("details", { class: "step", id: `step-${index}` }, head);
    view.addEventListener("toggle", () => {
      if (view.open && view.children.length === 1) view.append(stepBody(step));
    });
    return view;
  }

  /* A field that leaves only the steps whose name, status or reason holds a text; for runs of many steps. */
  function stepFilter(views) {
    const field = element("input", {
      type: "search", id: "step-filter", placeholder: "Only steps with … (a name, failed, reused)", "aria-label": "Show only some steps",
      oninput: () => {
        const wanted = field.value.trim().toLowerCase();
        for (const view of views) view.hidden = !view.firstChild.textContent.toLowerCase().includes(wanted);
      },
    });
    return field;
  }

  function stepBody(step) {
    const body = element("div", { class: "body" });
    if (step.reason) body.append(element("p", { class: step.status === "failed" ? "alarm" : "hint", dir: "auto" }, step.reason));
    if (step.why) body.append(element("h3", {}, "Why it ran, or did not"), whyView(step.why));
    if (step.log && (step.log.text || step.log.link)) body.append(element("h3", {}, "Log"), logView(step.log));
    if (step.metrics && step.metrics.length) body.append(element("h3", {}, "Metrics"), metricsOf(step));
    if (step.outputs && step.outputs.length) {
      body.append(element("h3", {}, "Outputs"), element("table", { class: "pairs" }, element("tbody", {}, step.outputs.map((output) =>
        element("tr", {}, element("th", { scope: "row" }, output.port), element("td", {}, output.place, output.path ? element("div", { class: "path" }, output.path) : null))))));
    }
    if (step.parameters && step.parameters.length) {
      body.append(element("h3", {}, "Parameters"), element("table", { class: "pairs" }, element("tbody", {}, step.parameters.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", { dir: "auto" }, value))))));
    }
    if (step.files && step.files.length) {
      body.append(element("h3", {}, "Files kept with the run"), element("ul", { class: "files" }, step.files.map((file) => element("li", {}, element("a", { href: file.link }, file.name), ` ${file.size} bytes`))));
    }
    if (step.facts && step.facts.length) body.append(element("details", { class: "definition" }, element("summary", {}, "As the pipeline defines it"), factList(step.facts)));
    return body;
  }

  function whyView(why) {
    const lines = [...why.changed.map((text) => element("li", { dir: "auto" }, text)), ...why.because.map((text) => element("li", { dir: "auto" }, text))];
    return element("div", { class: "why" },
      element("p", { dir: "auto" }, why.sentence),
      why.compared_with ? element("p", { class: "hint" }, `compared with run ${why.compared_with}`) : null,
      lines.length ? element("ul", {}, lines) : null,
      why.compared_with && why.same.length ? element("p", { class: "hint" }, `the same: ${why.same.join(", ")}`) : null);
  }

  function logView(log) {
    const lines = log.text.replace(/\n$/, "").split("\n");
    const pre = element("pre", { class: "log", tabindex: "0", "aria-label": "Log" });
    const count = element("output", { class: "count" });
    const draw = (wanted) => {
      const low = wanted.toLowerCase();
      let found = 0;
      pre.replaceChildren(...lines.map((line) => {
        const parts = [];
        let rest = line;
        let at = low ? rest.toLowerCase().indexOf(low) : -1;
        if (at >= 0) found += 1;
        while (at >= 0) {
          parts.push(rest.slice(0, at), element("mark", {}, rest.slice(at, at + low.length)));
          rest = rest.slice(at + low.length);
          at = rest.toLowerCase().indexOf(low);
        }
        return element("div", { class: low && !parts.length ? "line other" : "line" }, ...parts, rest || (parts.length ? "" : "\u200b"));
      }));
      count.textContent = low ? `${found} line${found === 1 ? "" : "s"}` : "";
      const first = pre.querySelector("mark");
      if (first) pre.scrollTop = first.parentElement.offsetTop - pre.offsetTop - 40;
    };
    const field = element("input", { type: "search", class: "log-search", placeholder: "Search the log", "aria-label": "Search the log", oninput: () => draw(field.value) });
    draw("");
    const link = log.link ? element("a", { href: log.link }, log.left_out ? "the whole log" : "as a file") : null;
    const note = log.left_out ? element("span", { class: "hint" }, `${log.left_out} bytes in the middle are left out: `) : null;
    return element("div", { class: "log-view" }, element("div", { class: "bar-of-log" }, field, count, element("span", { class: "grow" }), note, link), pre);
  }

  function metricsOf(step) {
    const values = step.metrics.filter((metric) => metric.kind === "value");
    const others = step.metrics.filter((metric) => metric.kind !== "value");
    const table = values.length ? element("table", { class: "pairs" }, element("tbody", {}, values.map((metric) => element("tr", {}, element("th", { scope: "row", dir: "auto" }, metric.name), element("td", { dir: "auto" }, typeof metric.value === "object" ? JSON.stringify(metric.value) : shortNumber(metric.value)))))) : null;
    return element("div", { class: "metrics" }, table, others.map((metric) => element("figure", {}, element("figcaption", { dir: "auto" }, metric.name), metricView(metric))));
  }

  function start() {
    const canvas = document.querySelector("#drawings .canvas");
    const parts = [["graph", "Graph"], ["timeline", "Timeline"], ["steps", "Steps"], ["metrics", "Metrics"]];
    const logged = ran.filter((step) => step.metrics.length);
    const views = data.steps.map(stepView);
    const tools = element("div", { class: "tools" });
    const nav = element("nav", { "aria-label": "Parts of the report" }, parts.filter(([id]) => id !== "metrics" || logged.length).map(([id, name]) => element("a", { href: `#${id}` }, name)));
    app.append(
      element("header", {}, element("div", { class: "heading" }, element("h1", { dir: "auto" }, data.pipeline), badge(data.status)), nav, tools),
      element("main", {}, summary(), card("graph", "Graph", canvas, element("p", { class: "hint" }, "Choose a step to see why it ran, its log and its metrics. Drag to move; Ctrl and the wheel enlarge.")), card("timeline", "Timeline", timeline()),
        card("steps", "Steps", views.length > 9 ? stepFilter(views) : null, views),
        logged.length ? card("metrics", "Metrics", logged.map((step) => element("div", { class: "of-step" }, element("h3", { dir: "auto" }, step.name), metricsOf(step)))) : null));
    canvas.hidden = false;
    drawing = new Drawing(canvas, (id) => {
      const step = id && data.steps.find((one) => one.node === id);
      if (step) open(step);
    }, true);
    canvas.append(drawing.controls());
    tools.append(drawing.searchField(), themeButton());
    const shown = Math.min(620, Math.max(260, drawing.whole.height * Math.min(1.15, canvas.clientWidth / drawing.whole.width)));
    canvas.style.height = `${shown}px`;
    drawing.fit();
    window.addEventListener("resize", () => drawing.fit());
    document.addEventListener("keydown", (event) => event.key === "Escape" && drawing.select(null));
  }

  start();
})();
