import { openRoom } from "@/shared/room";
import { signInFrom } from "./entrance";
import App from "./App.vue";
import { routes } from "./routes";

// WeChat's log-in leaves its mark at the end of the address; nobody needs to share it.
if (window.location.hash === "#wechat_redirect") {
  window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
}

openRoom({ base: "/s/", root: App, routes, roles: ["graduate"], name: "去向", eager: true, signIn: signInFrom });
