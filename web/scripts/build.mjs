// Builds each room by itself: a room's first load carries only what that room uses, in as few files as can be.
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = process.argv[2] ?? "dist";

for (const [n, room] of ["student", "employer", "console", "public"].entries()) {
  await build({
    root,
    logLevel: "warn",
    build: { outDir, emptyOutDir: n === 0, manifest: `.vite/${room}.json`, rolldownOptions: { input: `${root}${room}.html` } },
  });
}
