import { watch, type ShallowRef } from "vue";
import { useRoute, useRouter } from "vue-router";
import type { Problem } from "@/api/problem";

/** Base data not confirmed yet: go and do that first, then come back here. */
export function useUnconfirmed(...problems: ShallowRef<Problem | null>[]): void {
  const route = useRoute();
  const router = useRouter();
  watch(problems, (now) => {
    if (now.some((problem) => problem?.code === "base_data_unconfirmed")) {
      void router.replace({ path: "/welcome", query: { next: `/s${route.path}` } });
    }
  });
}
