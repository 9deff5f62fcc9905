import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { roomFallback } from "./dev/rooms.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// What a room's first page stands on, so that a first visit fetches few files: without this, every module that a later
// page also uses would become a file of its own.
const first = [
  /\/src\/api\/(http|session|problem)\b/,
  /\/src\/shared\/(room|clock|countdown|format|resource|icons|place|title|unread|base|tokens)\b/,
  /\/src\/shared\/components\/(Icon|TurnStrip|StepsLine|FilingCard|PageShape|EmptyPage|ProblemNotice)\.vue/,
  /\/src\/student\/(App|entrance|unconfirmed|routes|pages\/HomePage|parts\/(TabBar|EntryList))\b/,
  /plugin-vue:export-helper|vite\/preload-helper|oxc.runtime/,
];

// The running system that the dev server works with: API=http://127.0.0.1:8000.
const api = process.env.API;

export default defineConfig({
  base: "/",
  appType: "mpa",
  plugins: [vue(), roomFallback()],
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
    // Everything is a file of its own, so that a strict Content-Security-Policy needs no exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // The framework changes seldom, the room often.
          groups: [
            { name: "vue", test: /node_modules\/(@vue\/(reactivity|runtime-core|runtime-dom|shared)|vue|vue-router)\//, priority: 2 },
            { name: "first", test: (id: string) => first.some((one) => one.test(id)), priority: 1 },
          ],
        },
      },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.spec.ts"], restoreMocks: true },
});
