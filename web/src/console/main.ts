import { openRoom } from "@/shared/room";
import App from "./App.vue";
import { routes } from "./routes";

openRoom({ base: "/console/", root: App, routes, roles: ["counsellor", "college", "school"], name: "去向 · 审核台" });
