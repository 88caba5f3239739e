/* Elements, the theme, and small things that both pages use. Texts become text nodes, never markup. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

function shape(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function readData() {
  return JSON.parse(document.getElementById("data").textContent);
}

function remembered(key, value) {
  try {
    if (value !== undefined) localStorage.setItem("pipelift." + key, value);
    return localStorage.getItem("pipelift." + key);
  } catch (error) {
    return null; // a browser may keep nothing for pages that are files
  }
}

function themeButton() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const apply = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === "dark" ? "☀" : "☾";
    button.setAttribute("aria-label", theme === "dark" ? "Use light colours" : "Use dark colours");
    button.title = button.getAttribute("aria-label");
  };
  const button = element("button", {
    id: "theme",
    type: "button",
    class: "round",
    onclick: () => {
      const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      remembered("theme", next);
      apply(next);
    },
  });
  apply(remembered("theme") || (dark ? "dark" : "light"));
  return button;
}

function factList(facts) {
  const list = element("dl", { class: "facts" });
  for (const fact of facts) {
    const values = fact.values.map((value) => element("div", { dir: "auto" }, value));
    const content = fact.code ? element("pre", { class: "code", tabindex: "0" }, fact.values.join("\n")) : values;
    list.append(element("dt", {}, fact.name), element("dd", {}, content));
  }
  return list;
}
