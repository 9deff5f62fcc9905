/** Dev server only, while no system is running: answers the student client with invented data. Never in the build. */
import type { Plugin } from "vite";

export function standIn(): Plugin {
  return { name: "stand-in", configureServer() {} };
}
