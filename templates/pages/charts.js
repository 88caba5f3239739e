/* Charts of metrics as SVG: lines, bars, matrices. Colours come from the page's variables. */
const CHART = { width: 460, height: 240, left: 56, right: 14, top: 12, bottom: 34 };

function shortNumber(value) {
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2);
  return String(Number(value.toPrecision(5)));
}

/* Round numbers from low to high, about so many. */
function ticks(low, high, about) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

function extent(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) return [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  return [low, high];
}

function frame(label) {
  const { width, height } = CHART;
  return shape("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
}

function axes(svg, [left, right], [low, high], names) {
  const { width, height } = CHART;
  const x = (value) => CHART.left + ((value - left) / (right - left)) * (width - CHART.left - CHART.right);
  const y = (value) => height - CHART.bottom - ((value - low) / (high - low)) * (height - CHART.top - CHART.bottom);
  for (const at of ticks(low, high, 5)) {
    svg.append(shape("path", { class: "grid", d: `M${CHART.left} ${y(at)}H${width - CHART.right}` }));
    svg.append(shape("text", { class: "tick", x: CHART.left - 7, y: y(at) + 4, "text-anchor": "end" }, shortNumber(at)));
  }
  for (const at of ticks(left, right, 6)) {
    svg.append(shape("text", { class: "tick", x: x(at), y: height - CHART.bottom + 16, "text-anchor": "middle" }, shortNumber(at)));
  }
  if (names.x) svg.append(shape("text", { class: "tick", x: width - CHART.right, y: height - 3, "text-anchor": "end" }, names.x));
  if (names.y) svg.append(shape("text", { class: "tick", x: CHART.left + 4, y: CHART.top + 2 }, names.y));
  return { x, y };
}

function lineChart(label, metric) {
  const lines = metric.lines.map((line) => ({ ...line, points: line.points.filter(([x, y]) => x !== null && y !== null) }));
  const points = lines.flatMap((line) => line.points);
  if (!points.length) return element("p", { class: "hint" }, "nothing that can be drawn");
  const svg = frame(label);
  const { x, y } = axes(svg, extent(points.map((point) => point[0])), extent(points.map((point) => point[1])), metric);
  lines.forEach((line, index) => {
    const colour = `var(--c${(index % 6) + 1})`;
    const way = line.points.map(([a, b], number) => `${number ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
    svg.append(shape("path", { class: "series", d: way, style: `stroke: ${colour}` }));
    if (line.points.length > 60) return;
    for (const [a, b] of line.points) {
      const dot = shape("circle", { class: "dot", cx: x(a), cy: y(b), r: 3, style: `fill: ${colour}` });
      dot.append(shape("title", {}, `${line.name ? line.name + ": " : ""}${shortNumber(b)} at ${shortNumber(a)}`));
      svg.append(dot);
    }
  });
  const thinned = metric.count > metric.lines[0].points.length
    ? element("p", { class: "hint" }, `${metric.lines[0].points.length} of ${metric.count} points`) : null;
  return element("div", {}, svg, lines.length > 1 || lines[0].name ? legend(lines) : null, thinned);
}

function legend(lines) {
  const entries = lines.slice(0, 12).map((line, index) =>
    element("span", {}, element("i", { style: `background: var(--c${(index % 6) + 1})` }), line.name || "value"));
  if (lines.length > 12) entries.push(element("span", {}, `and ${lines.length - 12} more`));
  return element("div", { class: "legend" }, entries);
}

function barChart(label, bars) {
  const svg = frame(label);
  const high = Math.max(...bars.map((bar) => bar.value), 1e-9);
  const { y } = axes(svg, [0, 1], [Math.min(0, ...bars.map((bar) => bar.value)), high], {});
  svg.querySelectorAll('[text-anchor="middle"]').forEach((tick) => tick.remove());
  const space = (CHART.width - CHART.left - CHART.right) / bars.length;
  bars.forEach((bar, index) => {
    const top = Math.min(y(bar.value), y(0));
    const box = shape("rect", { class: "bar", x: CHART.left + space * index + 1, y: top, width: Math.max(1, space - 2), height: Math.abs(y(bar.value) - y(0)) });
    box.append(shape("title", {}, `${bar.name}: ${shortNumber(bar.value)}`));
    svg.append(box);
  });
  return svg;
}

function matrixTable(metric) {
  const high = Math.max(...metric.cells.flat(), 1e-9);
  const head = element("tr", {}, element("th", { scope: "col" }, "true ↓  predicted →"), metric.labels.map((label) => element("th", { scope: "col" }, label)));
  const rows = metric.cells.map((row, index) => element("tr", {},
    element("th", { scope: "row" }, metric.labels[index]),
    row.map((cell) => element("td", { style: `--share: ${Math.round((cell / high) * 100)}%` }, shortNumber(cell)))));
  return element("div", { class: "scroll" }, element("table", { class: "matrix" }, element("thead", {}, head), element("tbody", {}, rows)));
}

function columnTable(metric) {
  const names = Object.keys(metric.columns);
  const shown = Math.max(0, ...names.map((name) => metric.columns[name].length));
  const rows = [];
  for (let index = 0; index < shown; index += 1) {
    rows.push(element("tr", {}, names.map((name) => {
      const value = metric.columns[name][index];
      return element("td", { dir: "auto" }, value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : shortNumber(value));
    })));
  }
  const table = element("table", {}, element("thead", {}, element("tr", {}, names.map((name) => element("th", { scope: "col" }, name)))), element("tbody", {}, rows));
  const note = metric.rows > shown ? element("p", { class: "hint" }, `the first ${shown} of ${metric.rows} rows`) : null;
  return element("div", { class: "scroll", tabindex: "0" }, table, note);
}

function metricView(metric) {
  switch (metric.kind) {
    case "lines": return lineChart(metric.name, metric);
    case "bars": return barChart(metric.name, metric.bars);
    case "matrix": return matrixTable(metric);
    case "table": return element("div", {}, metric.lines.length ? lineChart(metric.name, metric) : null, columnTable(metric));
    case "image": return element("img", { src: metric.uri, alt: metric.name });
    case "note": return element("p", { class: "hint" }, metric.text);
    default: return element("pre", { class: "code" }, metric.text);
  }
}
