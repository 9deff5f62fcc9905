import { openRoom } from "@/shared/room";
import { signInFrom } from "./entrance";
import App from "./App.vue";
import { routes } from "./routes";

openRoom({ base: "/s/", root: App, routes, roles: ["graduate"], name: "去向", eager: true, signIn: signInFrom });
