/** The rooms: where each is served and the page it starts from. */
import type { Plugin } from "vite";

export const rooms: Record<string, string> = { s: "student", e: "employer", console: "console", v: "public" };

/** Dev server only: each room is its own page with its own history-mode router. */
export function roomFallback(): Plugin {
  return {
    name: "room-fallback",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const [path = "/"] = (request.url ?? "/").split("?");
        const room = Object.keys(rooms).find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
        if (room && request.method === "GET" && (room === "v" || !/\.\w+$/.test(path))) request.url = `/${rooms[room]}.html`;
        next();
      });
    },
  };
}
