import { defineStore } from "pinia";
import { request } from "./request";

export const useSession = defineStore("session", {
  state: () => ({ token: "", account: null, home: null }),
  actions: {
    async refresh() {
      const session = await request.post("/session/refresh");
      this.token = session.access_token;
      this.account = session.account;
    },
    async loadHome() {
      if (!this.token) await this.refresh();
      this.home = await request.get("/home");
    },
  },
});
