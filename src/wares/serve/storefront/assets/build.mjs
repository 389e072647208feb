// Bundles the pages' scripts and styles: node build.mjs FOLDER. Names carry a hash of their content, so that browsers
// may keep them for ever; manifest.json says which name is which, THIRD-PARTY.txt what else is in them.
import { build } from "esbuild";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["shop.js", "theme.js", "css/shop.css", "css/reference.css", "icon.svg"],
  outdir: out,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  charset: "utf8",
  loader: { ".svg": "copy" },
  legalComments: "none",
  banner: { js: "/* Licences of what is in here: /static/THIRD-PARTY.txt */" },
  metafile: true,
});

const files = {};
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) files[basename(entryPoint)] = basename(path);
}

function manifestOf(name) {
  return JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8"));
}

const bundled = new Set();
function add(name) {
  if (bundled.has(name)) return;
  bundled.add(name);
  Object.keys(manifestOf(name).dependencies ?? {}).forEach(add); // some come inside of others
}
for (const path of Object.keys(metafile.inputs)) {
  const named = path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (named) add(named[1]);
}

const notices = [...bundled].sort().map((name) => {
  const about = manifestOf(name);
  const folder = join(here, "node_modules", name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file && about.license !== "MIT") throw new Error(`${name} comes without its licence`);
  const author = about.author?.name ?? about.author ?? `the authors of ${name}`;
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `MIT License\n\nCopyright (c) ${author}\n\n${MIT}`;
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
});
writeFileSync(join(out, "THIRD-PARTY.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
writeFileSync(join(out, "manifest.json"), JSON.stringify(files, null, 1));
for (const name of readdirSync(out)) {
  const kept = [...Object.values(files), "THIRD-PARTY.txt", "manifest.json"].includes(name);
  if (!kept) rmSync(join(out, name)); // of an earlier build
}
