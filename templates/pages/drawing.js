/* A drawing that can be moved, enlarged, searched, and whose shapes can be chosen with mouse or keyboard. */
class Drawing {
  /* On a page that scrolls (`within`) the wheel enlarges only with Ctrl: else nobody would get past the drawing. */
  constructor(canvas, choose, within = false) {
    this.canvas = canvas;
    this.within = within;
    this.svg = canvas.querySelector("svg");
    this.choose = choose;
    this.nodes = [...this.svg.querySelectorAll(".node")];
    this.links = [...this.svg.querySelectorAll(".link")];
    this.after = this.neighbours("from", "to");
    this.before = this.neighbours("to", "from");
    const box = this.svg.viewBox.baseVal;
    this.whole = { x: box.x, y: box.y, width: box.width, height: box.height };
    this.svg.removeAttribute("width");
    this.svg.removeAttribute("height");
    this.svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
    this.box = { ...this.whole };
    this.listen();
  }

  listen() {
    this.canvas.addEventListener("wheel", (event) => {
      if (this.within && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), this.point(event));
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    for (const node of this.nodes) {
      node.addEventListener("focus", () => node.matches(":focus-visible") && this.show(node));
    }
  }

  point(event) {
    const place = this.svg.getScreenCTM().inverse();
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(place);
  }

  drag(event) {
    if (event.button !== 0 || event.target.closest("button, input, select")) return;
    const start = this.box;
    const scale = this.svg.getScreenCTM().a;
    let moved = false;
    const move = (next) => {
      const x = next.clientX - event.clientX;
      const y = next.clientY - event.clientY;
      moved = moved || Math.hypot(x, y) > 4;
      if (moved) this.view({ ...start, x: start.x - x / scale, y: start.y - y / scale });
    };
    const end = (last) => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      const node = event.target.closest(".node");
      if (!moved && last.type === "pointerup") this.select(node && this.svg.contains(node) ? node : null);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  key(event) {
    const node = event.target.closest(".node");
    if (node && (event.key === "Enter" || event.key === " ")) this.select(node);
    else if (event.key === "+" || event.key === "=") this.zoom(0.8);
    else if (event.key === "-") this.zoom(1.25);
    else if (event.key === "0") this.fit();
    else if (event.key.startsWith("Arrow")) this.pan(event.key);
    else return;
    event.preventDefault();
  }

  pan(key) {
    const step = this.box.width / 8;
    const x = { ArrowLeft: -step, ArrowRight: step }[key] || 0;
    const y = { ArrowUp: -step, ArrowDown: step }[key] || 0;
    this.view({ ...this.box, x: this.box.x + x, y: this.box.y + y });
  }

  view(box) {
    this.box = box;
    this.svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  }

  zoom(factor, around) {
    const { x, y, width, height } = this.box;
    const limit = Math.max(this.whole.width, this.whole.height, this.canvas.clientWidth) * 3;
    const to = Math.min(Math.max(width * factor, 80), limit);
    const scale = to / width;
    const at = around || { x: x + width / 2, y: y + height / 2 };
    this.view({ x: at.x - (at.x - x) * scale, y: at.y - (at.y - y) * scale, width: to, height: height * scale });
  }

  /* All of it, but never larger than life, nor so small that nothing can be read: then the top of it. */
  fit() {
    const width = this.canvas.clientWidth || this.whole.width;
    const height = this.canvas.clientHeight || this.whole.height;
    const scale = Math.min(width / this.whole.width, height / this.whole.height, 1.15);
    const shown = Math.max(scale, Math.min(0.55, width / this.whole.width));
    const box = { width: width / shown, height: height / shown };
    box.x = this.whole.width / 2 - box.width / 2;
    box.y = shown > scale ? 0 : this.whole.height / 2 - box.height / 2;
    this.view(box);
  }

  show(node) {
    const place = node.getBBox();
    const move = node.transform.baseVal.consolidate().matrix;
    const x = move.e + place.width / 2;
    const y = move.f + place.height / 2;
    const inside = x > this.box.x && x < this.box.x + this.box.width && y > this.box.y && y < this.box.y + this.box.height;
    if (!inside) this.view({ ...this.box, x: x - this.box.width / 2, y: y - this.box.height / 2 });
  }

  select(node) {
    for (const one of this.nodes) one.classList.remove("chosen", "near");
    for (const link of this.links) link.classList.remove("near");
    this.svg.classList.toggle("choosing", Boolean(node));
    if (node) {
      node.classList.add("chosen");
      const around = new Set([...this.reached(node.id, this.after), ...this.reached(node.id, this.before)]);
      for (const one of this.nodes) one.classList.toggle("near", around.has(one.id));
      for (const link of this.links) {
        link.classList.toggle("near", around.has(link.dataset.from) && around.has(link.dataset.to));
      }
      this.show(node);
    }
    this.choose(node ? node.id : null);
  }

  neighbours(start, end) {
    const found = new Map();
    for (const { dataset } of this.links) {
      found.set(dataset[start], [...(found.get(dataset[start]) || []), dataset[end]]);
    }
    return found;
  }

  /* The ids reached from a node along the links, itself among them. */
  reached(id, neighbours) {
    const found = new Set([id]);
    const rest = [id];
    while (rest.length) {
      for (const next of neighbours.get(rest.pop()) || []) {
        if (!found.has(next)) {
          found.add(next);
          rest.push(next);
        }
      }
    }
    return found;
  }

  /* Marks the shapes whose name or lines hold the text; gives them in reading order. */
  search(text) {
    const wanted = text.trim().toLowerCase();
    const found = wanted ? this.nodes.filter((node) => node.querySelector("title").textContent.toLowerCase().includes(wanted)) : [];
    this.svg.classList.toggle("searching", Boolean(wanted));
    for (const node of this.nodes) node.classList.toggle("found", found.includes(node));
    return found;
  }

  controls() {
    const button = (label, sign, act) => element("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign);
    return element("div", { class: "zoom" },
      button("Enlarge", "+", () => this.zoom(0.75)),
      button("Shrink", "−", () => this.zoom(1.33)),
      button("Show all", "⤢", () => this.fit()));
  }

  searchField() {
    const count = element("output", { class: "count" });
    let found = [];
    let next = 0;
    const field = element("input", {
      type: "search", id: "search", placeholder: "Find a step or data  ( / )", "aria-label": "Find a step or data",
      oninput: () => {
        found = this.search(field.value);
        next = 0;
        count.textContent = field.value.trim() ? `${found.length} found` : "";
        if (found.length) this.show(found[0]);
      },
      onkeydown: (event) => {
        if (event.key === "Enter" && found.length) this.select(found[next++ % found.length]);
      },
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target.closest("input, textarea") || this.canvas.hidden) return;
      event.preventDefault();
      field.focus();
    });
    return element("span", { class: "find" }, field, count);
  }
}
