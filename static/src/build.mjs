// Builds static/dist: one stylesheet, a bundle for each script, the sprite of the icons in use,
// and pictures.
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const modules = join(root, "node_modules");
const dist = join(here, "..", "dist");
mkdirSync(dist, { recursive: true });

const css = sass.compile(join(here, "theme.scss"), {
  style: "compressed",
  loadPaths: [modules],
  quietDeps: true,
  silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
}).css;
writeFileSync(join(dist, "balcao.css"), css);

// Each script of this folder is an entry: with what it imports it becomes one file.
buildSync({
  entryPoints: readdirSync(here).filter((name) => name.endsWith(".js")).map((name) => join(here, name)),
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  nodePaths: [modules],
  logLevel: "warning",
});
for (const name of readdirSync(here).filter((n) => n.endsWith(".css") || n.endsWith(".svg") || n.endsWith(".png"))) {
  copyFileSync(join(here, name), join(dist, name));
}

// The pictures of the manuals: script/help_pictures.py makes them.
cpSync(join(here, "help"), join(dist, "help"), { recursive: true });

const icons = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
const symbols = icons.map((name) => {
  const svg = readFileSync(join(modules, "bootstrap-icons", "icons", `${name}.svg`), "utf8");
  const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 16 16">${body}</symbol>`;
});
writeFileSync(
  join(dist, "icons.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
);
