/** Dev server only: each room is its own page with its own history-mode router. */
import type { Plugin } from "vite";

export const rooms = ["s", "e", "console", "v"];

export function roomFallback(): Plugin {
  return {
    name: "room-fallback",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const [path = "/"] = (request.url ?? "/").split("?");
        const room = rooms.find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
        if (room && request.method === "GET" && !/\.\w+$/.test(path)) request.url = `/${room}/index.html`;
        next();
      });
    },
  };
}
