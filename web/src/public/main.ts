import { openRoom } from "@/shared/room";
import App from "./App.vue";
import { routes } from "./routes";

openRoom({ base: "/v/", root: App, routes, roles: [], name: "去向 · 核验" });
