import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { rooms, roomFallback } from "./dev/rooms.ts";
import { standIn } from "./dev/stand-in.ts";
import { workStandIn } from "./dev/stand-in-work.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const first = [
  /\/src\/api\//,
  /\/src\/shared\/(room|clock|countdown|format|resource|icons|place|base|tokens)\b/,
  /\/src\/shared\/components\/(Icon|TurnStrip|StepsLine|FilingCard|PageShape|EmptyPage|ProblemNotice)\.vue/,
  /plugin-vue:export-helper|vite\/preload-helper/,
];
const standsUnderEveryRoom = (id: string) => first.some((one) => one.test(id));

// With API=http://127.0.0.1:8000 the dev server talks to a running system, otherwise to the stand-in data.
const api = process.env.API;

export default defineConfig({
  base: "/",
  appType: "mpa",
  plugins: [vue(), roomFallback(), ...(api ? [] : [workStandIn(), standIn()])],
  resolve: { alias: { "@": here("./src") } },
  define: {
    __VUE_OPTIONS_API__: "true", // Vant's functional calls need it
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  server: {
    host: "127.0.0.1",
    proxy: api ? { "/api": { target: api }, "/auth": { target: api } } : {},
  },
  build: {
    target: ["es2020", "chrome87", "safari14"],
    manifest: true,
    // Everything is a file of its own, so that a strict Content-Security-Policy needs no exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: Object.values(rooms).map((room) => here(`./${room}.html`)),
      output: {
        codeSplitting: {
          // Few requests for a first visit: the framework, what every room's first page stands on, the room itself.
          groups: [
            { name: "vue", test: /node_modules\/(@vue\/(reactivity|runtime-core|runtime-dom|shared)|vue|vue-router)\//, priority: 2 },
            { name: "base", test: standsUnderEveryRoom, priority: 1 },
          ],
        },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.spec.ts"], restoreMocks: true },
});
