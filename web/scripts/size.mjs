// What the student home costs on the first visit: every script and style its page asks for, compressed.
// Fails over the budget. `npm run size -- --json` prints the figures as JSON.
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const budget = { bytes: 110_000, requests: 6 };
const manifest = JSON.parse(readFileSync(`${dist}.vite/student.json`, "utf8"));

function reach(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) reach(next, seen);
  return seen;
}

const wanted = new Set();
for (const key of reach("student.html")) {
  const chunk = manifest[key];
  if (chunk.file.endsWith(".js")) wanted.add(chunk.file);
  for (const style of chunk.css ?? []) wanted.add(style);
}

const rows = [...wanted].map((file) => {
  const plain = statSync(dist + file).size;
  const packed = (suffix) => (existsSync(`${dist}${file}${suffix}`) ? statSync(`${dist}${file}${suffix}`).size : plain);
  return { file, plain, gzip: packed(".gz"), brotli: packed(".br") };
});
const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
const total = { requests: rows.length, plain: sum("plain"), gzip: sum("gzip"), brotli: sum("brotli") };

if (process.argv.includes("--json")) console.log(JSON.stringify({ budget, total, rows }, null, 2));
else {
  for (const row of rows) console.log(`${String(row.gzip).padStart(8)} gz ${String(row.brotli).padStart(8)} br  ${row.file}`);
  console.log(`${String(total.gzip).padStart(8)} gz ${String(total.brotli).padStart(8)} br  ${total.requests} requests; budget ${budget.bytes} in ${budget.requests}`);
}
// gzip is what the poorest client gets; the budget holds for it.
if (total.gzip > budget.bytes || total.requests > budget.requests) {
  console.error("The student home is over its budget.");
  process.exit(1);
}
