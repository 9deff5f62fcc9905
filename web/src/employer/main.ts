import { openRoom } from "@/shared/room";
import App from "./App.vue";
import { routes } from "./routes";

openRoom({ base: "/e/", root: App, routes, roles: ["employer"], name: "去向 · 单位" });
