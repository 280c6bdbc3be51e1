// Light or dark: what the widget was told, else the reader's own choice, else JupyterLab's theme, else the system's.

const THEME_KEY = "restrike-theme";
const DARK_QUERY = "(prefers-color-scheme: dark)";

function storedTheme() {
  const onPage = document.documentElement.dataset.rlTheme;
  if (onPage) return onPage;
  try {
    return window.localStorage.getItem(THEME_KEY);
  } catch {
    return null; // storage is off in this window
  }
}

function surroundingTheme() {
  const inLab = document.body.dataset.jpThemeLight;
  if (inLab !== undefined && document.documentElement.dataset.rlPage !== "voila") {
    return inLab === "false" ? "dark" : "light";
  }
  return window.matchMedia(DARK_QUERY).matches ? "dark" : "light";
}

/** Return "light" or "dark" for a widget whose own trait says `wanted`. */
export function effectiveTheme(wanted) {
  if (wanted === "light" || wanted === "dark") return wanted;
  const stored = storedTheme();
  return stored === "light" || stored === "dark" ? stored : surroundingTheme();
}

/** Remember the reader's choice for every widget on this page and on later ones. */
export function chooseTheme(theme) {
  try {
    window.localStorage.setItem(THEME_KEY, theme);
  } catch {
    // the choice then holds for this page only
  }
  document.documentElement.dataset.rlTheme = theme;
}

/** Keep `root.dataset.theme` right and call `changed(theme)`; returns the function that ends it. */
export function followTheme(root, model, changed = () => {}) {
  const apply = () => {
    const wanted = model.get("theme");
    const theme = effectiveTheme(wanted);
    // The page around the widgets follows what is set for all of them (restrike.css).
    if (document.documentElement.dataset.rlPage === "voila") document.documentElement.dataset.rlSetTheme = wanted;
    root.dataset.lab = String(document.documentElement.dataset.rlPage !== "voila" && storedTheme() === null);
    if (root.dataset.theme !== theme) {
      root.dataset.theme = theme;
      changed(theme);
    }
  };
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-rl-theme"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const media = window.matchMedia(DARK_QUERY);
  media.addEventListener("change", apply);
  model.on("change:theme", apply);
  apply();
  return () => {
    observer.disconnect();
    media.removeEventListener("change", apply);
    model.off("change:theme", apply);
  };
}
